"""The sheet that offers sessions which were left without a place: after a crash, or because a person asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from engine.session.session_jobs import LeftSession
from gui.look.fonts import metrics
from gui.look.words import words
from gui.shell.dialogs.session_row import SessionRow
from gui.shell.dialogs.sheet import Sheet

WIDTH, MOST_ROWS = 860, 5
CRASHED, NOT_WRITTEN = "Layerlight ended unexpectedly", "What could not be saved in its file"


class RecoveryDialog(Sheet):
    """A list of sessions. What was discarded in it is told, and so removed, only when it closes."""

    restoreWanted = Signal(object)
    lookWanted = Signal(object)
    discardWanted = Signal(object)
    """They carry the path of the session."""

    def __init__(self, parent: QWidget, *, crashed: bool) -> None:
        title = CRASHED if crashed else "Unsaved sessions"
        super().__init__(parent, "recovery" if crashed else "unsaved", title)
        self._crashed = crashed
        self.rows: list[SessionRow] = []
        self._title = words(title, "title")
        self._sentence = words("Looking for them …", "label", wrapped=True)
        self._area = self._make_area()
        self.later = QPushButton("Later" if crashed else "Close")
        self.later.setObjectName(f"{self.objectName()}.later")
        self.later.setAccessibleName(self.later.text())
        self.later.setToolTip(
            "Keep them all. They are offered again at the next start. (Esc)"
            if crashed
            else "Close this list. (Esc)"
        )
        self.later.setAutoDefault(False)
        self.later.clicked.connect(self.reject)
        self._lay_out()

    def show_sessions(self, sessions: Sequence[LeftSession]) -> None:
        """Fill the list, the newest first."""
        assert not self.rows, "The list is filled once."
        for number, session in enumerate(sessions, 1):
            self._add(number, session)
        refuges = [session.is_refuge for session in sessions]
        if self._crashed and all(refuges):
            self._title.setText(NOT_WRITTEN)
            self.setWindowTitle(NOT_WRITTEN)
        self._sentence.setText(self._say(len(sessions), all(refuges)))
        self._fit(len(sessions))
        (self.rows[0].restore if self.rows else self.later).setFocus()

    def done(self, result: int) -> None:
        """Close, and tell what shall go."""
        for row in self.rows:
            if row.discarded:
                self.discardWanted.emit(row.session.path)
        super().done(result)

    def _make_area(self) -> QScrollArea:
        sheet = QWidget()
        sheet.setObjectName("content")
        self._list = QVBoxLayout(sheet)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(metrics()["space"]["small"])
        self._list.addStretch(1)
        area = QScrollArea()
        area.setObjectName(f"{self.objectName()}.list")
        area.setAccessibleName("Sessions")
        area.setToolTip("The sessions that were kept, the newest first.")
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidgetResizable(True)
        area.setWidget(sheet)
        return area

    def _lay_out(self) -> None:
        space = metrics()["space"]
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(24, space["large"], 24, space["large"])
        column.setSpacing(space["medium"])
        head = QVBoxLayout()
        head.setSpacing(space["tight"])
        head.addWidget(self._title)
        head.addWidget(self._sentence)
        column.addLayout(head)
        column.addWidget(self._area, 1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.later)
        column.addLayout(foot)
        self.resize(WIDTH, 240)

    def _add(self, number: int, session: LeftSession) -> None:
        text = "Restore" if self._crashed else "Open"
        tip = "Go on with this session where it ended." if self._crashed else "Go on with this session."
        row = SessionRow(f"{self.objectName()}.{number}", session, text, tip)
        row.restoreWanted.connect(lambda: self._restore(session.path))
        row.lookWanted.connect(lambda: self.lookWanted.emit(session.path))
        self.rows.append(row)
        self._list.insertWidget(len(self.rows) - 1, row)

    def _restore(self, path: Path) -> None:
        self.restoreWanted.emit(path)
        self.accept()

    def _say(self, number: int, are_refuges: bool) -> str:
        if self._crashed and are_refuges:
            why = "Its file could not be written at the end, so it was"
            if number > 1:
                why = "Their files could not be written at the end, so they were"
            return f"{why} kept here as a whole."
        if self._crashed:
            kept = "This session was kept." if number == 1 else "These sessions were kept."
            return f"{kept} Nothing is removed unless you discard it."
        if not number:
            return "There are none. A session without a place of its own is kept here when it is left."
        return "They have no place of their own yet. Open one, then File > Save as gives it one."

    def _fit(self, number: int) -> None:
        """Be as high as the rows need; from five on they scroll."""
        shown = min(number, MOST_ROWS)
        if number > MOST_ROWS:
            self._list.setContentsMargins(0, 0, metrics()["space"]["medium"], 0)
        gaps = metrics()["space"]["small"] * max(0, shown - 1)
        rows = shown * self.rows[0].sizeHint().height() + gaps if self.rows else 0
        rest = self._column.sizeHint().height() - self._area.sizeHint().height()
        self.resize(WIDTH, rest + rows)
