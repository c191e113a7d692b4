"""Closing the window where the session could not be saved: elsewhere first, and if that fails too, one is asked."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMessageBox

from engine.base.messages import JobEnded, JobFailed
from gui.look.plain import question_box
from gui.shell.main_window import MainWindow
from gui.state.bridge import Bridge
from gui.state.sessions import Sessions


class Closing(QObject):
    """Lets the window close when the session is safe, or when a person has said that it may be lost."""

    def __init__(self, window: MainWindow, bridge: Bridge, sessions: Sessions) -> None:
        super().__init__(window)
        self._window, self._sessions = window, sessions
        self._job: int | None = None
        self._sentence = ""
        self._is_decided = False
        self._box: QMessageBox | None = None
        bridge.listen(JobFailed, self._take_failure, lambda: self._job)
        bridge.listen(JobEnded, self._take_end, lambda: self._job)

    def may_close(self) -> bool:
        """Whether the window may close now; otherwise it closes by itself when the session is safe, or one is asked."""
        if self._is_decided or not self._sessions.trouble:
            return True
        if self._job is None and self._box is None:
            self._sentence = self._sessions.trouble
            self._job = self._sessions.secure()
        return False

    def _take_failure(self, message: JobFailed) -> None:
        self._sentence = message.sentence

    def _take_end(self, message: JobEnded) -> None:
        self._job = None
        if message.outcome == "done":
            self._close()
        else:
            self._ask()

    def _close(self) -> None:
        self._is_decided = True
        self._window.close()

    def _ask(self) -> None:
        means = (
            f"{self._sentence} What is not saved is lost when the window closes. "
            "Make room and try again, or save it in another place."
        )
        box, close = question_box(
            self._window,
            "closing",
            "Close Layerlight",
            ("This session could not be saved anywhere.", means),
            keep=("keep", "Keep it open"),
            act=("close", "Close and lose it"),
        )
        box.finished.connect(lambda _: self._take_answer(box.clickedButton() is close))
        self._box = box
        box.open()  # it returns at once: mail goes on being delivered

    def _take_answer(self, shall_close: bool) -> None:
        box, self._box = self._box, None
        if box is not None:
            box.deleteLater()
        if shall_close:
            self._close()
