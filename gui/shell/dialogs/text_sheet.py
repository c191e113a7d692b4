"""A sheet of text that can be read and copied: the notices so far, and what Layerlight is made of."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from engine.system.about import facts
from gui.look.words import words
from gui.shell.dialogs.sheet import Sheet
from gui.state.notices import NoticeLine

REPORT_HELP = "Nothing is sent. Copy this text into your report, and add what you did and what happened."


class TextSheet(Sheet):
    """A title, text that can be selected, and the buttons Copy and Close."""

    def __init__(self, parent: QWidget, name: str, title: str, text: str) -> None:
        super().__init__(parent, name, title)
        heading = words(title, "title")
        self._text = QPlainTextEdit(text)
        self._text.setObjectName(f"{name}.text")
        self._text.setAccessibleName(title)
        self._text.setToolTip("This text can be selected and copied.")
        self._text.setReadOnly(True)
        self._text.setTabChangesFocus(True)
        buttons = QDialogButtonBox()
        for label, role, slot in (
            ("Copy", QDialogButtonBox.ButtonRole.ActionRole, self._copy),
            ("Close", QDialogButtonBox.ButtonRole.RejectRole, self.reject),
        ):
            button = buttons.addButton(label, role)
            button.setObjectName(f"{name}.{label.lower()}")
            button.setAccessibleName(label)
            button.setToolTip("Copy the whole text." if label == "Copy" else "Close this sheet. (Esc)")
            button.clicked.connect(slot)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(14)
        for widget in (heading, self._text, buttons):
            column.addWidget(widget)
        self.resize(720, 420)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text.toPlainText())


def about_sheet(parent: QWidget, device: str, data: str) -> TextSheet:
    """Return the sheet with versions, commit, device, folders and licences."""
    text = f"See what a neural network learned, while it learns.\n\n{facts(device, _data_line(data))}"
    return TextSheet(parent, "about", "About Layerlight", text)


def report_sheet(parent: QWidget, device: str, data: str, lines: Iterable[NoticeLine]) -> TextSheet:
    """Return the sheet with all that a report of a problem needs: the facts, and what was told in this session."""
    text = (
        f"{REPORT_HELP}\n\n{facts(device, _data_line(data))}\n\nNotices, the newest first:\n{told_in(lines)}"
    )
    return TextSheet(parent, "report", "Report a problem", text)


def _data_line(data: str) -> str:
    return f"Data: {data or 'none yet'}"


def notices_sheet(parent: QWidget, lines: Iterable[NoticeLine]) -> TextSheet:
    """Return the sheet with all that was told, the newest first."""
    return TextSheet(parent, "notices", "Notices", told_in(lines))


def told_in(lines: Iterable[NoticeLine]) -> str:
    """Return what was told as text, the newest first; a sentence where there was nothing."""
    told = [
        "\n".join(filter(None, (f"{line.time:%H:%M:%S}  {line.text}", line.details)))
        for line in reversed(list(lines))
    ]
    return "\n".join(told) or "There was nothing to tell yet."
