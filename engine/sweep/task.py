"""One task of a sweep: one training, in a session file of its own that has its name only once it is whole."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.base.errors import UserError
from engine.base.specs import TrainSpec
from engine.session.session import Session
from engine.store.opening import create_store
from engine.store.places import remove_session
from engine.store.schema import SUFFIX
from engine.system.atomic import replace_file
from engine.training.job import train
from engine.training.messages import EpochDone

if TYPE_CHECKING:
    from engine.data.dataset import Dataset

PART = ".part"
"""What a file's name has behind its number as long as the training is going on."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is trained, by its number in the plan, from 0."""

    number: int
    spec: TrainSpec

    def file(self, folder: Path) -> Path:
        """Return where its session lies once it is finished."""
        return folder / f"{self.number:06}{SUFFIX}"


def do(task: Task, data: Dataset, folder: Path, told: Callable[[EpochDone], object]) -> None:
    """Train one task into its file; `told` hears of each epoch. Raises `UserError`, `OSError` or `sqlite3.Error`.

    Whatever ends it before, there is no such file then.
    """
    file = task.file(folder)
    part = file.with_name(f"{file.stem}.{os.getpid()}{PART}{SUFFIX}")
    session = Session(data)
    try:
        session.begin(create_store(part))
        with contextlib.closing(train(session, task.spec, large=True)) as turns:
            for message in turns:
                if isinstance(message, EpochDone):
                    told(message)
        if not session.close():
            raise UserError(f"{part.name} could not be written.", hint="Make room on the disk.")
        replace_file(part, file)
    finally:
        session.close()
        with contextlib.suppress(OSError):
            remove_session(part)


def remove_parts(folder: Path) -> None:
    """Remove what trainings that were killed left in a folder."""
    for part in folder.glob(f"*{PART}{SUFFIX}*"):
        with contextlib.suppress(OSError):
            part.unlink()
