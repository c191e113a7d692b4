"""The Train tab: settings at the left; loss, progress and health of the run at the right."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QGridLayout

from engine.atomic import atomic_write
from engine.errors import UserError
from engine.jobs import DatasetOpened
from engine.lens import Lens
from engine.messages import Job, JobEnded, Notice
from engine.probes.weight_histograms import WeightHistograms, weight_histograms
from engine.session_jobs import SessionOpened
from engine.specs import TrainSpec
from engine.training.messages import Diagnosis, EpochDone, RunFinished, RunStarted, StepsDone
from gui.fonts import metrics
from gui.paced import Paced
from gui.tab import Tab
from gui.widgets.health_panel import HealthPanel
from gui.widgets.loss_panel import LossPanel
from gui.widgets.progress_panel import ProgressPanel
from gui.widgets.run_history import RunHistory
from gui.widgets.settings_panel import SettingsPanel

if TYPE_CHECKING:
    from gui.bridge import Bridge
    from gui.run_controls import RunControls
    from gui.selection import Selection

MOST_RUNS = 6
"""So many runs are drawn; the oldest is forgotten when one more begins."""

WEIGHTS_PERIOD_MS = 1000
"""Epochs can be shorter than the answer to a question, and nobody sees histograms change more often."""

DRAG_PERIOD_MS = 40
"""The weights follow a hand on the time slider that often; training shares the cores with the answers."""


class TrainTab(Tab):
    """Watches every run and offers the settings of the next one."""

    TITLE, ORDER = "Train", 20
    HELP = "Choose a network and how it learns, press Start, and watch its loss and accuracy."

    def __init__(self, bridge: Bridge, controls: RunControls, selection: Selection) -> None:
        super().__init__(bridge, controls, selection)
        self.setObjectName("train")
        self.settings, self.loss = SettingsPanel(), LossPanel()
        self.progress, self.health = ProgressPanel(), HealthPanel()
        self.runs: dict[str, RunHistory] = {}
        self._current: RunHistory | None = None
        self._live: dict[str, float] = {}

        self._weights_timer = QTimer(self)
        self._weights_timer.setSingleShot(True)
        self._weights_timer.setInterval(WEIGHTS_PERIOD_MS)
        self._weights = Paced(self._ask_weights, DRAG_PERIOD_MS, self)
        self._weights_timer.timeout.connect(self._weights.want)

        grid = QGridLayout(self)
        space = metrics()["space"]
        grid.setContentsMargins(space["large"], space["large"], space["large"], space["medium"])
        grid.setSpacing(space["medium"])
        grid.addWidget(self.settings, 0, 0, 2, 1)
        grid.addWidget(self.loss, 0, 1, 1, 2)
        grid.addWidget(self.progress, 1, 1)
        grid.addWidget(self.health, 1, 2)
        for column, stretch in ((1, 60), (2, 40)):
            grid.setColumnStretch(column, stretch)
        for row, stretch in ((0, 53), (1, 47)):
            grid.setRowStretch(row, stretch)

        self.settings.liveChanged.connect(self._change_live)
        self.settings.specEdited.connect(self._show_end)
        self.loss.empty.button.clicked.connect(self._start_run)
        self.loss.runSwitched.connect(self.progress.curves.set_shown)
        self.loss.clearWanted.connect(self._forget_older_runs)
        self.loss.tools.saveWanted.connect(self._save)
        self.progress.saveWanted.connect(self._save)
        self.health.remedyWanted.connect(self._apply_remedy)
        for plot in (self.loss.plot, *self.progress.plots):
            plot.placeClicked.connect(self._go_to)
        controls.set_spec_source(self.spec)
        controls.stateChanged.connect(self._show_state)
        selection.changed.connect(self._show_selection)

        self.listen(DatasetOpened, self._show_dataset)
        self.listen(RunStarted, self._show_run)
        self.listen(StepsDone, self._show_steps)
        self.listen(EpochDone, self._show_epoch)
        self.listen(Diagnosis, self._show_diagnosis)
        self.listen(RunFinished, self._show_finished)
        self.listen(SessionOpened, self._show_session)
        self.listen(WeightHistograms, self._show_weights)
        bridge.listen(JobEnded, lambda _: self._weights.answered(), job=lambda: self._job)
        self._show_state(controls.state)
        self._show_end()

    def spec(self) -> TrainSpec | None:
        """Return the settings of the next run; where one is wrong, show it and return `None`."""
        return self.settings.spec()

    # What the engine tells ----------------------------------------------------------------------------------------

    def _show_dataset(self, message: DatasetOpened) -> None:
        self.settings.set_ends(message.shape[0] * message.shape[1], message.classes)

    def _show_run(self, message: RunStarted) -> None:
        self._live = {}
        self._show_history(RunHistory(message))
        self._show_state(self.controls.state)

    def _show_session(self, message: SessionOpened) -> None:
        """Forget all runs, and show those of the session."""
        self._current = None
        for run in list(self.runs):
            self._forget(run)
        for part in (self.loss, self.progress, self.health):
            part.end()
        for summary in message.runs[-MOST_RUNS:]:
            self._show_history(RunHistory.of(summary))
        self._live = {}
        self._show_end()
        self._show_state(self.controls.state)

    def _show_history(self, history: RunHistory) -> None:
        """Show a run as the current one."""
        for run in list(self.runs)[: max(0, len(self.runs) - MOST_RUNS + 1)]:
            self._forget(run)
        self._current = self.runs[history.name] = history
        self.loss.begin(history)
        self.progress.begin(history)
        self.health.begin(len(history.gradients))
        self.settings.runs.show_runs(list(self.runs.values()))
        self._show_end()
        self._show_moment()

    def _show_steps(self, message: StepsDone) -> None:
        if history := self.runs.get(message.run):
            history.add_steps(message)
            self.loss.refresh()  # the other plots have a point per epoch
            self._show_cursor()

    def _show_epoch(self, message: EpochDone) -> None:
        if history := self.runs.get(message.run):
            history.add_epoch(message)
            self.settings.runs.show_runs(list(self.runs.values()))
            self._refresh()
            if history is self._current and self._looked_at() is None:
                self.health.show_epoch(message)
                if not self._weights_timer.isActive():
                    self._weights_timer.start()

    def _show_diagnosis(self, message: Diagnosis) -> None:
        if self._current and message.run == self._current.name:
            self.health.show_diagnosis(message)

    def _show_finished(self, message: RunFinished) -> None:
        if message.run in self.runs:
            self._refresh()

    def _show_weights(self, message: WeightHistograms) -> None:
        if self._current and message.run == self._current.name:
            self.health.show_weights(message.layers)

    def _ask_weights(self) -> bool:
        if self._current is None:
            return False
        self.ask(weight_histograms, self._lens(self._current))
        return True

    def _refresh(self) -> None:
        self.loss.refresh()
        self.progress.refresh()
        self._show_cursor()

    # What a person wants ------------------------------------------------------------------------------------------

    def _start_run(self) -> None:
        if spec := self.spec():
            self.controls.start(spec)

    def _go_to(self, epoch: float) -> None:
        """Look at the current run's moment at `epoch`; behind its end, at now."""
        if run := self._current:
            step = round(epoch * run.steps_per_epoch) if epoch <= run.position else None
            self.selection.change(lens=dataclasses.replace(self._lens(run), moment=step))

    def _change_live(self, changes: dict[str, float]) -> None:
        self._live.update(changes)
        self.controls.change_live(changes)

    def _apply_remedy(self, diagnosis: Diagnosis) -> None:
        if not diagnosis.restart and self.controls.state in ("running", "paused"):
            self.settings.set_values(diagnosis.changes)
            self._change_live({name: float(value) for name, value in diagnosis.changes.items()})
        elif self._current:
            # From the settings that fell ill, not from those that are being prepared for the next run.
            spec = self._current.spec.but(**(self._live | dict(diagnosis.changes)))
            self.settings.set_spec(spec)
            self.controls.start(spec)

    def _forget_older_runs(self) -> None:
        for run in list(self.runs):
            if self._current and run != self._current.name:
                self._forget(run)
        self._show_end()

    def _show_end(self) -> None:
        """Let the plots reach as far as the longest run, or the one that is being prepared, will go."""
        spec = self.settings.form.spec()
        planned = [spec.epochs] if spec and not self.runs else []
        if ends := [run.spec.epochs for run in self.runs.values()] + planned:
            self.loss.plot.set_end(max(ends))
            self.progress.set_end(max(ends))

    def _forget(self, run: str) -> None:
        del self.runs[run]
        self.loss.forget(run)
        self.progress.curves.forget(run)
        self.settings.runs.show_runs(list(self.runs.values()))

    def _save(self, path: Path, content: bytes) -> None:
        self.bridge.submit(save_file, path, content)

    # What others change -------------------------------------------------------------------------------------------

    def _show_state(self, state: str) -> None:
        busy = state in ("running", "paused")
        run = self._current
        self.settings.set_running(run.name if run else "", run.spec if run and busy else None)
        button = self.loss.empty.button
        button.setEnabled(state == "idle")
        button.setToolTip(
            "Train with the settings at the left." if state == "idle" else "TensorFlow is still being loaded."
        )
        self._show_cursor()

    def _show_selection(self, changed: frozenset[str]) -> None:
        if "lens" in changed:
            self._show_moment()

    def _show_moment(self) -> None:
        """Let everything tell of the moment that is looked at."""
        if self._current:
            position = self._looked_at()
            self.loss.look_at(position)
            self.progress.look_at(position)
            self.health.show_epoch(self._current.epoch_at(position))
            self._weights.want()
        self._show_cursor()

    def _show_cursor(self) -> None:
        """Mark the moment that is looked at: the lens' own, or where the run is while it goes on."""
        position = self._looked_at()
        for plot in self.progress.plots:
            # While live these curves end where the run is; to mark that as well would cost drawings.
            plot.set_cursor(position, at_once=True)
        if position is None and self._current and self.controls.state in ("running", "paused"):
            self.loss.plot.set_cursor(self._current.position)
        else:
            self.loss.plot.set_cursor(position, at_once=True)

    def _looked_at(self) -> float | None:
        """Return the current run's moment that is looked at, in epochs; `None` while live."""
        if self._current is None:
            return None
        moment = self._lens(self._current).moment
        return None if moment is None else moment / self._current.steps_per_epoch

    def _lens(self, run: RunHistory) -> Lens:
        """Return the lens on `run`: what is looked at, if that is of this run."""
        lens = self.selection.lens
        return lens if lens and lens.run == run.name else Lens(run.name)


def save_file(session: Any, path: Path, content: bytes) -> Job:
    """Write a file on the engine's thread, so that a slow disk does not stop the window; tells that it is there."""
    try:
        atomic_write(path, content)
    except OSError as error:
        raise UserError(f"{path.name} cannot be saved: {error.strerror or error}.") from None
    yield Notice(sentence=f"Saved {path}.")


TAB = TrainTab
