"""A trial: one seed of an experiment, in a session of its own, and the process that carries out trials one by one.

In: a line of JSON with `dataset` and `folder`, then one for each trial. Out: `number` with a `report` of the progress
or the picture, and at a trial's end `done` with its result.
"""

import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

from engine.core.errors import UserError
from engine.core.frozen import Frozen
from engine.core.knobs import Spec
from engine.core.language import tr, untranslated
from engine.core.messages import WithResult, run_through
from engine.core.text import number
from engine.data.dataset import Dataset
from engine.data.formats.sample import is_full
from engine.session.session import Session, save_all
from engine.session.store.places import remove_session
from engine.session.store.schema import SUFFIX
from engine.studies.experiments.parts.experiment import OF_OTHERS, experiment_called
from engine.studies.experiments.parts.kept import picture_as_plain
from engine.studies.experiments.parts.lab import Lab
from engine.studies.experiments.parts.messages import ExperimentPicture, ExperimentProgress
from engine.studies.sweep.worker import Tell, serve

# "ends" for all seeds but the first: five times the moments of collapse are 1 GB.
# The moments of its runs in its file: all, the first and the last of each run, or no file.
type Keep = Literal["all", "ends", ""]


class Trial(NamedTuple):
    """One seed of an experiment, and its number in the plan, from 0."""

    number: int
    experiment: str
    seed: int
    keep: Keep = "all"

    def as_plain(self) -> dict[str, Any]:
        """Return the trial as values for JSON, for a worker."""
        return self._asdict()

    def file(self, folder: Path) -> Path:
        """Return the path of the session file with its runs."""
        return folder / f"{self.number:06}{SUFFIX}"


def of_others(data: Dataset) -> str:
    """Return a remark on these data; empty if they are the papers'."""
    with untranslated():  # it is kept
        return "" if is_full(data) else OF_OTHERS.format(data=data.summary)


def with_seed(sizes: Frozen, seed: int) -> Frozen:
    """Return the sizes of an experiment with that seed in all settings that have a seed."""
    changed = {
        name: value.but(seed=seed)
        for name, value in vars(sizes).items()
        if isinstance(value, Spec) and hasattr(value, "seed")
    }
    return replace(sizes, **changed)


def carry_out(
    trial: Trial, data: Dataset, folder: Path, tell: Callable[..., object], sizes: Frozen | None = None
) -> dict[str, Any]:
    """Carry a trial out on these data, and return its result in plain values.

    `tell` gets reports: the done share and words, or a picture. Raises `UserError`, `OSError` or `sqlite3.Error`.
    """
    experiment = experiment_called(trial.experiment)
    session = Session(data)
    begin = time.process_time()
    lab = Lab(session, trial.experiment)
    measuring = experiment.measure(lab, with_seed(sizes or experiment.sizes, trial.seed))
    turns = WithResult(measuring)
    with contextlib.closing(measuring), untranslated():
        for message in turns:
            if isinstance(message, ExperimentProgress):
                tell(report={"share": message.share, "words": message.words})
            elif isinstance(message, ExperimentPicture):
                tell(report={"picture": picture_as_plain(message.picture)})
    if trial.keep:
        _write(session, trial, folder)
    measured, look = turns.result, turns.result.look
    return {
        "here": [number(float(value)) for value in measured.here],
        "resolution": [float(value) for value in measured.resolution] or [0.0] * len(measured.here),
        "picture": picture_as_plain(lab.picture),
        "verdict": measured.verdict,
        "look": [look.tab, look.run, look.step],
        "remark": of_others(data),
        "processor": time.process_time() - begin,
    }


def _write(session: Session, trial: Trial, folder: Path) -> None:
    if trial.keep == "ends":
        session.budget = 0
    file = trial.file(folder)
    remove_session(file)  # of a process that died
    session.new_place = lambda: file
    run_through(save_all(session))
    if not session.close():
        raise UserError(tr("The runs of an experiment could not be written."), hint=tr("Make room on the disk."))


PERIOD = 0.25  # minimum seconds between two reports of a kind


def _carry_out(trial: dict[str, Any], data: Dataset, folder: Path, tell: Tell) -> dict[str, Any]:
    last: dict[str, float] = {}

    def tell_some(report: dict[str, Any]) -> None:
        kind, now = next(iter(report)), time.monotonic()
        if now >= last.get(kind, 0.0) + PERIOD:
            last[kind] = now
            tell(report=report)

    return carry_out(Trial(**trial), data, folder, tell_some)


def main() -> None:
    """Carry out the trials that arrive on stdin, until it is closed."""
    serve(_carry_out)
