"""Whether a network is trained that would take much of the memory that is free: one is asked before it is built."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMessageBox, QWidget

from engine.training.messages import MemoryAsked
from gui.look.plain import question_box
from gui.state.bridge import Bridge
from gui.state.run_controls import RunControls


class LargeNetwork(QObject):
    """Asks where the engine has not begun a run for its size, and starts it if a person wants it."""

    def __init__(self, window: QWidget, bridge: Bridge, controls: RunControls) -> None:
        super().__init__(window)
        self._window, self._controls = window, controls
        self._box: QMessageBox | None = None
        bridge.listen(MemoryAsked, self._ask)

    def _ask(self, asked: MemoryAsked) -> None:
        if self._box is not None:
            return
        box, train = question_box(
            self._window,
            "large",
            "Train a large network",
            (asked.sentence, "Other programs may become slow, or the system may end one."),
            keep=("leave", "Don't train it"),
            act=("train", "Train it"),
            role=QMessageBox.ButtonRole.AcceptRole,
        )
        box.finished.connect(lambda _: self._take_answer(asked, shall_train=box.clickedButton() is train))
        self._box = box
        box.open()  # it returns at once: mail goes on being delivered

    def _take_answer(self, asked: MemoryAsked, *, shall_train: bool) -> None:
        box, self._box = self._box, None
        if box is not None:
            box.deleteLater()
        if shall_train:
            self._controls.start_large(asked)
