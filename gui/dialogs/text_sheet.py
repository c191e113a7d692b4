"""A sheet of text that can be read and copied: the notices so far, and what Layerlight is made of."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from engine import VERSION
from engine.folders import logs
from gui.dialogs.sheet import Sheet
from gui.notices import NoticeLine

PACKAGES = ("tensorflow", "keras", "numpy", "PySide6-Essentials", "pyqtgraph")
LICENCES = """\
Layerlight is free software under the MIT licence.
Qt and PySide6 are used under the GNU Lesser General Public Licence, version 3.
TensorFlow and Keras are under the Apache licence 2.0, NumPy under the BSD licence, pyqtgraph under the MIT licence.
The font Inter is under the SIL Open Font Licence 1.1."""


class TextSheet(Sheet):
    """A title, text that can be selected, and the buttons Copy and Close."""

    def __init__(self, parent: QWidget, name: str, title: str, text: str) -> None:
        super().__init__(parent, name, title)
        heading = QLabel(title)
        heading.setProperty("look", "title")
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
    """Return the sheet with versions, device, folders and licences."""
    lines = [f"Layerlight {VERSION}", f"Python {platform.python_version()} on {platform.platform()}"]
    lines += [f"{package} {_version(package)}" for package in PACKAGES]
    lines += [
        f"Computes on: {device or 'not known yet'}",
        f"Data: {data or 'none yet'}",
        f"Log files: {logs()}",
    ]
    text = "\n".join(["See what a neural network learned, while it learns.", "", *lines, "", LICENCES])
    return TextSheet(parent, "about", "About Layerlight", text)


def notices_sheet(parent: QWidget, lines: Iterable[NoticeLine]) -> TextSheet:
    """Return the sheet with all that was told, the newest first."""
    told = [
        "\n".join(filter(None, (f"{line.time:%H:%M:%S}  {line.text}", line.details)))
        for line in reversed(list(lines))
    ]
    return TextSheet(parent, "notices", "Notices", "\n".join(told) or "There was nothing to tell yet.")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(version not known)"
