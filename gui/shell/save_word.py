"""The word at the right end of the status line that says whether what happens is saved, and what gives saving up."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QToolButton

from gui.look.named import named
from gui.look.plain import plain_tip
from gui.look.words import Tone, set_tone
from gui.state.sessions import Sessions


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
        if session.saving:
            told = "A training goes on meanwhile." if session.is_saving_as else "The window closes then."
            return session.saving, told, "muted"
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


def stop_saving(sessions: Sessions) -> QToolButton:
    """Return the button that gives up writing the session into another file; it is there as long as that lasts."""
    button = named(QToolButton(), "status.saved.cancel")
    button.setText("Cancel")
    button.setAccessibleName("Cancel saving")
    button.setToolTip(
        "Do not save it there: that place stays as it was, and the session goes on where it is."
    )
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setProperty("look", "")
    button.clicked.connect(sessions.stop_saving)
    sessions.changed.connect(lambda: button.setVisible(sessions.is_saving_as))
    button.hide()
    return button
