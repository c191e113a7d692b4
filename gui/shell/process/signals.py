"""A signal that asks the process to end closes the window as a person would; a second Ctrl-C ends it at once."""

import contextlib
import os
import signal
import socket
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QSocketNotifier

from engine.core.machine.signals import heard, status_of


class Signals(QObject):
    """Calls `leave` at a signal, while installed.

    Qt waits for events in native code, where Python's handlers never run. So Python writes a byte into a socket at each
    signal; Qt wakes up to read it, and the handler runs.
    """

    def __init__(self, leave: Callable[[], None]) -> None:
        super().__init__()
        self._leave = leave
        self._asked = False
        self._reading, self._writing = socket.socketpair()
        self._reading.setblocking(False)
        self._writing.setblocking(False)
        self._notifier = QSocketNotifier(self._reading.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._read)
        self._fd_before = signal.set_wakeup_fd(self._writing.fileno(), warn_on_full_buffer=False)
        self._heard = contextlib.ExitStack()
        self._heard.enter_context(heard(self._handle))

    def rest(self) -> None:
        """Ignore signals except Ctrl-C, which ends the process: the window is closed and only the saving continues."""
        self._asked = True

    def uninstall(self) -> None:
        self._heard.close()
        signal.set_wakeup_fd(self._fd_before)
        self._notifier.setEnabled(False)
        self._reading.close()
        self._writing.close()

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._reading.recv(64)  # Python calls `_handle` before this returns

    def _handle(self, number: int, _: Any) -> None:
        if self._asked and number == signal.SIGINT:
            os._exit(status_of(number))
        if not self._asked:
            self._asked = True
            self._leave()
