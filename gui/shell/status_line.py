"""The bottom line: what is running, how far it is, how fast, how long it will take; at its right notices, or
whether all is saved."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from gui.look.fonts import font
from gui.look.named import named
from gui.look.percents import percent
from gui.look.words import words
from gui.shell.notice_bar import NoticeBar
from gui.shell.save_word import SaveWord, stop_saving
from gui.state.notices import Notices
from gui.state.run_controls import RunControls
from gui.state.run_progress import RunProgress, duration
from gui.state.runs import Runs
from gui.state.sessions import Sessions
from gui.state.timeline import Timeline

HEIGHT = 28


class StatusLine(QFrame):
    """Words that follow the run; never a dialog. What stands in the `corner` has a place that no words move."""

    def __init__(
        self,
        controls: RunControls,
        progress: RunProgress,
        notices: Notices,
        sessions: Sessions,
        timeline: Timeline,
        runs: Runs,
        corner: QWidget | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("status")
        self.setProperty("look", "bar")
        self.setFixedHeight(HEIGHT)
        self._controls, self._progress = controls, progress
        self._timeline, self._runs = timeline, runs
        self._words = named(words(""), "status.words")
        self._words.setProperty("look", "label")
        self._words.setFont(font("label", numbers=True))
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 8, 0)
        row.setSpacing(24)
        row.addWidget(self._words)
        row.addWidget(NoticeBar(notices), 1)
        row.addWidget(SaveWord(sessions))
        row.addWidget(stop_saving(sessions))
        if corner is not None:
            row.addWidget(corner)
        controls.stateChanged.connect(self._show)
        for teller in (progress, timeline):
            teller.changed.connect(self._show)
        runs.changed.connect(lambda changes: self._show() if changes.listed else None)
        self._show()

    def _show(self) -> None:
        self._words.setText("  ·  ".join(filter(None, self._parts())))

    def _parts(self) -> list[str]:
        state = self._controls.state
        if state == "starting":
            return [self._controls.waits_for]
        if state == "idle":
            return self._after_the_run()
        if not self._progress.steps_per_epoch or not self._progress.run:
            return ["Preparing the run"]
        # Another run may be looked at meanwhile: then it must be clear which one these words are about.
        looked = self._timeline.run
        other = f" run {self._name()}" if looked and looked.name != self._progress.run else ""
        if state == "paused":
            return [f"Paused{':' if other else ''}{other}", self._epoch()]
        speed = self._progress.images_per_second
        return [f"Training{other}", self._epoch(), f"{speed:,.0f} images/s" if speed else "", self._left()]

    def _name(self) -> str:
        return self._runs.label(self._progress.run)

    def _after_the_run(self) -> list[str]:
        """Tell how the run that is looked at ended, whichever was trained last."""
        run = self._timeline.run
        if run is None:
            return ["Ready"]
        how = run.say_end()
        done = "" if how.startswith("stopped") or not run.tests else epochs(run.tests[-1].epoch)
        accuracy = f"{percent(run.tests[-1].test_accuracy)} test accuracy" if run.tests else ""
        return [f"Run {run.look.label} {how}", done, accuracy]

    def _epoch(self) -> str:
        current = min(int(self._progress.epoch) + 1, self._progress.epochs)
        return f"epoch {current} of {self._progress.epochs}"

    def _left(self) -> str:
        seconds = self._progress.seconds_left()
        return f"{duration(seconds)} left" if seconds is not None else ""


def epochs(count: int) -> str:
    """Return a number of epochs in words."""
    return f"{count:,} epoch{'' if count == 1 else 's'}"
