"""The notice that is to be read now, in the status line, and the way to those before it."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QWidget

from engine.base.numbers import plural
from gui.look.elided import Elided
from gui.look.icons import icon
from gui.look.named import named
from gui.look.words import words
from gui.state.notices import Notices


class NoticeBar(QWidget):
    """Shows `Notices.current` with its hint, how many more wait, a button for the details and one to close it."""

    def __init__(self, notices: Notices) -> None:
        super().__init__()
        self.setObjectName("status.notice")
        self._notices = notices
        self._sign = named(words(""), "status.notice.sign")
        self._label = Elided("status.notice.text", "")
        self._label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._waiting = named(QPushButton(), "status.notice.waiting")
        self._waiting.setProperty("look", "link")
        self._waiting.setToolTip("Show all notices, the newest first. Help > Notices does the same.")
        self._copy = named(QPushButton("Copy details"), "status.notice.copy")
        self._copy.setProperty("look", "link")
        self._copy.setToolTip("Copy the technical details, for a report of the problem.")
        self._close = named(QToolButton(), "status.notice.close")
        self._close.setIcon(icon("close", "muted"))
        self._close.setIconSize(QSize(14, 14))
        self._close.setAccessibleName("Close this notice")
        self._close.setToolTip("Close this notice. Help > Notices shows it again.")
        self._copy.clicked.connect(self._copy_details)
        self._waiting.clicked.connect(notices.listWanted)
        self._close.clicked.connect(notices.close_current)
        self._lay_out()
        notices.changed.connect(self._show)
        self._show()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addStretch(1)
        for each in (self._sign, self._label, self._waiting, self._copy, self._close):
            row.addWidget(each)
        for each in (self._waiting, self._copy, self._close):
            each.setFixedHeight(24)

    def _show(self) -> None:
        line = self._notices.current
        parts = (self._sign, self._label, self._copy, self._close)
        for each in parts:
            each.setVisible(line is not None)
        others = max(0, len(self._notices.waiting) - 1)
        self._waiting.setText(f"{others} more")
        self._waiting.setAccessibleName(plural(others, "more notice"))
        self._waiting.setVisible(others > 0)
        if line is None:
            self.setAccessibleName("No notice")
            return
        self.setAccessibleName(line.text)
        self._label.set_words(line.text)
        name, tint = ("warning", "warn") if line.failure else ("info", "muted")
        self._sign.setPixmap(icon(name, tint).pixmap(QSize(16, 16), self.devicePixelRatioF()))
        self._copy.setVisible(bool(line.details))

    def _copy_details(self) -> None:
        line = self._notices.current
        if line:
            QGuiApplication.clipboard().setText(f"{line.text}\n\n{line.details}")
