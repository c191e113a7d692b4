"""A task of a sweep: one training into a session file of its own, which gets its final name when it is complete."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.core.errors import UserError
from engine.core.machine.atomic import replace_file
from engine.core.specs import TrainSpec
from engine.data.dataset import Dataset
from engine.model.training.messages import EpochDone
from engine.session.jobs.train import train
from engine.session.session import Session
from engine.session.store.opening import create_store
from engine.session.store.places import remove_session
from engine.session.store.schema import SUFFIX

PART = ".part"  # marks the name of a session file whose training is not finished


@dataclass(frozen=True, slots=True)
class Task:
    """The settings of one training, and its number in the plan, from 0."""

    # Its result is a session file: a cluster needs only a shared folder, or bytes sent back, window and command line
    # continue each other's sweeps, and a kill leaves whole files and the plan.

    number: int
    spec: TrainSpec

    def as_plain(self) -> dict[str, Any]:
        """Return the task as values for JSON, for a worker."""
        return {"number": self.number, "spec": self.spec.as_dict()}

    def file(self, folder: Path) -> Path:
        """Return the path of its session file once it is finished."""
        return folder / f"{self.number:06}{SUFFIX}"


def run_task(task: Task, data: Dataset, folder: Path, report: Callable[[EpochDone], object]) -> None:
    """Train one task into its file, with a `report` of each epoch; raise `UserError`, `OSError` or `sqlite3.Error`."""
    file = task.file(folder)
    part = file.with_name(f"{file.stem}.{os.getpid()}{PART}{SUFFIX}")
    session = Session(data)
    try:
        session.begin(create_store(part))
        with contextlib.closing(train(session, task.spec, large=True)) as turns:
            for message in turns:
                if isinstance(message, EpochDone):
                    report(message)
        if not session.close():
            raise UserError(f"{part.name} could not be written.", hint="Make room on the disk.")
        replace_file(part, file)
    finally:
        session.close()
        with contextlib.suppress(OSError):
            remove_session(part)


def remove_parts(folder: Path) -> None:
    """Remove the unfinished files of trainings that were killed."""
    for part in folder.glob(f"*{PART}{SUFFIX}*"):
        with contextlib.suppress(OSError):
            part.unlink()
