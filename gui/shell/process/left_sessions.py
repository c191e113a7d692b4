"""Sessions that were left without a file of their own: finding them, and opening or deleting them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from engine.session.jobs.files import SessionsFound, find_left_sessions
from gui.state.link.bridge import Bridge
from gui.state.sessions import Sessions

if TYPE_CHECKING:
    from gui.shell.dialogs.recovery import RecoveryDialog


class LeftSessions(QObject):
    """Creates the dialogs that list them."""

    def __init__(self, bridge: Bridge, sessions: Sessions) -> None:
        super().__init__(bridge)
        self._bridge, self._sessions = bridge, sessions
        # The job that looks for all of them, and the dialog that waits for it.
        self._asking: tuple[int, RecoveryDialog] | None = None
        bridge.listen(SessionsFound, self._take_found, lambda: self._asking and self._asking[0])

    def all(self, parent: QWidget) -> RecoveryDialog:
        """Return the dialog with all of them; it is filled when the engine has found them."""
        dialog = self.dialog(parent, crashed=False)
        self._asking = self._bridge.ask(find_left_sessions), dialog
        dialog.finished.connect(self._stop_asking)
        return dialog

    def dialog(self, parent: QWidget, *, crashed: bool) -> RecoveryDialog:
        """Return an empty dialog; what a crash left is offered otherwise than sessions without a name."""
        # Imported here, because the first picture of the window must not wait for it.
        from gui.shell.dialogs.recovery import RecoveryDialog

        dialog = RecoveryDialog(parent, crashed=crashed)
        dialog.restoreWanted.connect(self._sessions.open)
        dialog.lookWanted.connect(lambda path: self._sessions.open(path, copy=True))
        dialog.discardWanted.connect(self._sessions.discard)
        return dialog

    def _take_found(self, message: SessionsFound) -> None:
        if self._asking:
            self._asking[1].turn_to(message.sessions)
            self._asking = None

    def _stop_asking(self) -> None:
        self._asking = None
