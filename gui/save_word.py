"""The word at the right end of the status line that says whether what happens is saved."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from gui.plain import plain_tip
from gui.sessions import Sessions
from gui.widgets.words import Tone, set_tone


class SaveWord(QLabel):
    """Seen once there is a run of one's own; notices stand beside it, never over it."""

    def __init__(self, sessions: Sessions) -> None:
        super().__init__()
        self.setObjectName("status.saved")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("look", "label")
        self.setContentsMargins(0, 0, 8, 0)
        self._sessions = sessions
        sessions.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        text, told, tone = self._words()
        self.setText(text)
        self.setToolTip(plain_tip(told))
        self.setAccessibleName(f"{text}. {told}" if text else "Nothing to save yet")
        set_tone(self, tone)
        self.setVisible(bool(text))

    def _words(self) -> tuple[str, str, Tone]:
        session = self._sessions
        if session.saving_as:
            return f"Saving as {session.saving_as}…", "A training goes on meanwhile.", "muted"
        if session.is_bundled:
            return "", "", "muted"
        if session.read_only:
            return "Read only", session.read_only, "warn"
        if session.trouble:
            return "Not being saved", session.trouble, "warn"
        if not session.runs:
            return "", "", "muted"
        where = f"in {session.path}" if session.is_saved else "until you give it a place with File > Save as"
        return "All work saved", f"Every step is kept {where}.", "muted"
