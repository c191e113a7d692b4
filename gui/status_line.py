"""The bottom line: what is running, how far it is, how fast, how long it will take; at its right notices, or
whether all is saved."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from engine.jobs import DatasetOpened
from gui.bridge import Bridge
from gui.fonts import font
from gui.named import named
from gui.notice_bar import NoticeBar
from gui.notices import Notices
from gui.run_controls import RunControls
from gui.run_progress import RunProgress, duration, percent
from gui.save_word import SaveWord
from gui.sessions import Sessions

HEIGHT = 28


class StatusLine(QFrame):
    """Words that follow the run; never a dialog."""

    def __init__(
        self,
        bridge: Bridge,
        controls: RunControls,
        progress: RunProgress,
        notices: Notices,
        sessions: Sessions,
    ) -> None:
        super().__init__()
        self.setObjectName("status")
        self.setProperty("look", "bar")
        self.setFixedHeight(HEIGHT)
        self._controls, self._progress = controls, progress
        self._has_data = False
        self._words = named(QLabel(), "status.words")
        self._words.setProperty("look", "label")
        self._words.setFont(font("label", numbers=True))
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 8, 0)
        row.setSpacing(24)
        row.addWidget(self._words)
        row.addWidget(NoticeBar(notices), 1)
        row.addWidget(SaveWord(sessions))
        bridge.listen(DatasetOpened, self._show_dataset)
        controls.stateChanged.connect(self._show)
        progress.changed.connect(self._show)
        self._show()

    def _show_dataset(self, _: DatasetOpened) -> None:
        self._has_data = True
        self._show()

    def _show(self) -> None:
        self._words.setText("  ·  ".join(filter(None, self._parts())))

    def _parts(self) -> list[str]:
        state = self._controls.state
        if state == "starting":
            return ["Loading TensorFlow" if self._has_data else "Loading data"]
        if state == "idle":
            return self._after_the_run()
        if not self._progress.steps_per_epoch or not self._progress.run:
            return ["Preparing the run"]
        return [
            "Training" if state == "running" else "Paused",
            self._epoch(),
            f"{self._progress.images_per_second:,.0f} images/s" if self._progress.images_per_second else "",
            self._left() if state == "running" else "",
        ]

    def _after_the_run(self) -> list[str]:
        progress = self._progress
        if not progress.run:
            return ["Ready"]
        accuracy = f"{percent(progress.accuracy)} of the test images right" if progress.accuracy else ""
        if progress.finished is None:
            return [f"Run {progress.run} stopped", f"epoch {progress.epoch:.1f}", accuracy]
        how = {
            "epochs": "is done",
            "accuracy": "reached its accuracy",
            "not finite": "broke: its weights are no numbers any more",
        }[progress.finished.reason]
        epochs = progress.finished.epoch
        return [f"Run {progress.run} {how}", f"{epochs} epoch{'' if epochs == 1 else 's'}", accuracy]

    def _epoch(self) -> str:
        current = min(int(self._progress.epoch) + 1, self._progress.epochs)
        return f"epoch {current} of {self._progress.epochs}"

    def _left(self) -> str:
        seconds = self._progress.seconds_left()
        return f"{duration(seconds)} left" if seconds is not None else ""
