"""A trial: one seed of an experiment, carried out in a session of its own, which may go into a file."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from engine.core.errors import UserError
from engine.core.knobs import Spec
from engine.core.numbers import number
from engine.core.turns import run_through
from engine.data.formats.unseen import is_full
from engine.session.session import Session, save_all
from engine.session.store.places import remove_session
from engine.session.store.schema import SUFFIX
from engine.studies.experiments.parts.experiment import Measured, experiment_called
from engine.studies.experiments.parts.kept import picture_as_plain
from engine.studies.experiments.parts.lab import Lab
from engine.studies.experiments.parts.messages import ExperimentPicture, ExperimentProgress

if TYPE_CHECKING:
    from engine.data.dataset import Dataset

OF_OTHERS = "The figures here are of {}, the paper's are of MNIST: they are not judged."

type Keep = Literal["all", "ends", ""]
"""Which moments of its runs go into its file: all, the first and the last of each run, or there is no file."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One seed of an experiment, and its number in the plan, from 0."""

    number: int
    experiment: str
    seed: int
    keep: Keep = "all"

    def said(self) -> dict[str, Any]:
        """Return it in values that JSON has, for a worker."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def file(self, folder: Path) -> Path:
        """Return the path of the session file with its runs."""
        return folder / f"{self.number:06}{SUFFIX}"


def of_others(data: Dataset) -> str:
    """Return what a person should know of these data; empty where they are the papers'."""
    return "" if is_full(data) else OF_OTHERS.format(data.summary)


def with_seed(sizes: Any, seed: int) -> Any:
    """Return the sizes of an experiment with that seed in all settings that have one."""
    changed = {
        field.name: value.but(seed=seed)
        for field in fields(sizes)
        if isinstance(value := getattr(sizes, field.name), Spec) and hasattr(value, "seed")
    }
    return replace(sizes, **changed)


def carry_out(
    trial: Trial, data: Dataset, folder: Path, tell: Callable[..., object], sizes: Any = None
) -> dict[str, Any]:
    """Carry a trial out on these data, and return in plain values what it came to.

    `tell` is called with a `report`: the share that is done and the words for it, or a picture. Other `sizes` make it
    smaller, say. Raises `UserError`, `OSError` or `sqlite3.Error`.
    """
    experiment = experiment_called(trial.experiment)
    session = Session(data)
    begun = time.process_time()
    lab = Lab(session, trial.experiment)
    measuring = experiment.measure(lab, with_seed(sizes or experiment.sizes, trial.seed))
    measured: Measured | None = None
    with contextlib.closing(measuring):
        while measured is None:
            try:
                message = next(measuring)
            except StopIteration as end:
                measured = end.value
                continue
            if isinstance(message, ExperimentProgress):
                tell(report={"share": message.share, "words": message.words})
            elif isinstance(message, ExperimentPicture):
                tell(report={"picture": picture_as_plain(message.picture)})
    if trial.keep:
        _write(session, trial, folder)
    look = measured.look
    return {
        "here": [number(float(value)) for value in measured.here],
        "resolution": [float(value) for value in measured.resolution] or [0.0] * len(measured.here),
        "picture": picture_as_plain(measured.picture),
        "verdict": measured.verdict,
        "look": [look.tab, look.run, look.step],
        "remark": of_others(data),
        "processor": time.process_time() - begun,
    }


def _write(session: Session, trial: Trial, folder: Path) -> None:
    if trial.keep == "ends":
        session.budget = 0
    file = trial.file(folder)
    remove_session(file)  # of a process that died
    session.new_place = lambda: file
    run_through(save_all(session))
    if not session.close():
        raise UserError("The runs of an experiment could not be written.", hint="Make room on the disk.")
