"""The experiments of this session: predictions, the one that runs, and results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Signal

from engine.core.charts import Picture
from engine.core.language import mark, tr, tr_plural
from engine.core.messages import JobEnded, JobFailed
from engine.session.jobs.runs import tell_run
from engine.studies.experiments.parts import messages
from engine.studies.experiments.parts.experiment import Standing
from engine.studies.experiments.parts.messages import ExperimentProgress, ExperimentResult, ExperimentStarted
from gui.state.link.bridge import Bridge, late
from gui.state.link.steered import OneJob

STOPPED = mark("You stopped it.")

reproduce = late("engine.studies.experiments.parts.job", "reproduce")


@dataclass(slots=True, eq=False)
class Trial:
    """What is known of one experiment in this session."""

    predicted: int | None = None  # the number of the predicted choice
    progress: ExperimentProgress | None = None
    picture: Picture | None = None  # as far as it is measured
    remark: str = ""  # about the data; empty where they are the paper's
    result: ExperimentResult | None = None  # of its last whole run; of the finished seeds where there was none
    trouble: str = ""  # sentences on why the last run was not whole


class Trials(OneJob):
    """Runs one experiment at a time; results stay until another session is opened."""

    changed = Signal(str)  # the name of an experiment that has changed; empty for all

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(bridge, parent)
        self.running = ""  # the name of the running experiment; empty for none
        self._trials: dict[str, Trial] = {}
        self._before: ExperimentResult | None = None  # the running experiment's result of an earlier run, ...
        self._newest: ExperimentResult | None = None  # ... and of its seeds that are finished now
        bridge.listen(ExperimentStarted, self._take_start, self.job)
        bridge.listen(ExperimentProgress, self._take_progress, self.job)
        bridge.listen(messages.ExperimentPicture, self._take_picture, self.job)
        bridge.listen(ExperimentResult, self._take_result, self.job)
        bridge.listen(JobFailed, self._take_failure, self.job)
        bridge.listen(JobEnded, self._take_end, self.job)

    def of(self, name: str) -> Trial:
        return self._trials.setdefault(name, Trial())

    def standing(self, name: str) -> Standing | Literal["new", "running"]:
        result = self.of(name).result
        if name == self.running:
            return "running"
        return "new" if result is None else result.standing

    def run(self, name: str, *, seeds: Sequence[int], own_data: bool) -> None:
        before = self.of(name)
        self._trials[name] = Trial(predicted=before.predicted, result=before.result)
        self.running, self._before, self._newest = name, before.result, None
        self._job = self._bridge.submit(reproduce, [name], seeds=seeds, own_data=own_data, predicted=before.predicted)
        self.changed.emit(name)

    def stop(self) -> None:
        """Stop the running experiment; the runs that it has made stay."""
        self._stop_job()

    def predict(self, name: str, choice: int | None) -> None:
        self.of(name).predicted = choice
        self.changed.emit(name)

    def begin_session(self, results: Mapping[str, ExperimentResult]) -> None:
        """Forget all, and take the results that the opened session keeps."""
        self.stop()
        self.running, self._job = "", None
        self._trials = {name: Trial(predicted=result.predicted, result=result) for name, result in results.items()}
        self.changed.emit("")

    def _take_start(self, message: ExperimentStarted) -> None:
        self.of(message.experiment).remark = message.remark
        self.changed.emit(message.experiment)

    def _take_progress(self, message: ExperimentProgress) -> None:
        self.of(message.experiment).progress = message
        self.changed.emit(message.experiment)

    def _take_picture(self, message: messages.ExperimentPicture) -> None:
        self.of(message.experiment).picture = message.picture
        self.changed.emit(message.experiment)

    def _take_result(self, message: ExperimentResult) -> None:
        self._newest, trial = message, self.of(message.experiment)
        if message.is_whole or self._before is None:
            trial.result = message
        self.changed.emit(message.experiment)

    def _take_failure(self, message: JobFailed) -> None:
        self.of(self.running).trouble = f"{message.sentence} {message.hint}".strip()

    def _take_end(self, message: JobEnded) -> None:
        name, newest, self.running, self._job = self.running, self._newest, "", None
        trial = self.of(name)
        if message.outcome != "done":
            self._bridge.submit(tell_run, "")  # a stopped job could not say this itself
        if not (newest and newest.is_whole) and not trial.trouble:
            trial.trouble = tr(STOPPED) if message.outcome == "stopped" else tr("It ended without a result.")
            if newest:
                kept = tr_plural(
                    "What {count:,} seed came to is kept, and their runs are in the session.",
                    "What {count:,} seeds came to is kept, and their runs are in the session.",
                    len(newest.seeds),
                )
                trial.trouble += f" {kept}"
        self.changed.emit(name)
