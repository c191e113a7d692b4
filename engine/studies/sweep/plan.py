"""The plan of a sweep, one run for each combination of values; its tasks train each into a file of its own."""

import contextlib
import itertools
import json
import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from engine.core.errors import UserError
from engine.core.frozen import Frozen
from engine.core.knobs import Knob, Spec, Value, in_sentence, knob, knobs
from engine.core.language import mark, tr, untranslated
from engine.core.machine.atomic import atomic_write, replace_file
from engine.core.specs import TrainSpec, read_setting
from engine.data.dataset import Dataset
from engine.model.training.messages import EpochDone
from engine.session.jobs.train import train
from engine.session.session import Session
from engine.session.store.opening import create_store
from engine.session.store.places import remove_session
from engine.session.store.schema import SUFFIX

MOST_TASKS = 100_000
FILE = "plan.json"  # name of the plan's file in the folder of an unfinished sweep


class RepeatSpec(Spec):
    """The number of repetitions of a run, and of processes."""

    seeds: int = knob(
        8,
        title=mark("Seeds"),
        help=mark("How many seeds, from the run's own on. With 1 only the settings below change."),
        within=(1, 10_000),
    )
    processes: int = knob(
        2,
        title=mark("Processes"),
        help=mark("How many runs are trained at once. By default as many as cores and memory allow."),
        within=(1, 1024),
    )


class Plan(Frozen):
    """The settings of all runs, the values that some go through, and the data."""

    name: str  # unique among the sweeps of its session
    spec: TrainSpec
    over: Mapping[str, Sequence[Value]]  # by setting; the last one changes fastest
    dataset: str | None = None  # a name for `open_dataset`

    def __post_init__(self) -> None:
        count = len(self)
        if not 1 <= count <= MOST_TASKS:
            sentence = tr("That makes {runs:,} runs; a sweep has between 1 and {most:,}.", runs=count, most=MOST_TASKS)
            raise UserError(sentence, hint=tr("Name fewer values."))

    def __len__(self) -> int:
        return math.prod(map(len, self.over.values()))

    def specs(self) -> list[TrainSpec]:
        """Return the settings of each run, in their order."""
        return [
            self.spec.but(**dict(zip(self.over, values, strict=True)))
            for values in itertools.product(*self.over.values())
        ]

    def title(self, spec: TrainSpec) -> str:
        """Return the values that distinguish a run from the others of its sweep: `seed 3, hidden layers 50`."""
        with untranslated():  # they are kept in the session
            known = knobs(TrainSpec)
            return ", ".join(
                f"{in_sentence(known[name].title)} {known[name].say(getattr(spec, name))}" for name in self.over
            )

    def write(self, folder: Path) -> None:
        """Write the plan into a folder, where `read` finds it."""
        plain = {"name": self.name, "spec": self.spec.as_dict(), "over": self.over, "dataset": self.dataset}
        atomic_write(folder / FILE, json.dumps(plain).encode())

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Return the plan in a folder; raise `UserError` if there is none, or it is damaged."""
        try:
            plain = json.loads((folder / FILE).read_bytes())
            known = knobs(TrainSpec)
            over = {name: [known[name].check(value) for value in values] for name, values in plain["over"].items()}
            dataset = plain["dataset"]
            if not isinstance(dataset, str | None) or not isinstance(plain["name"], str):
                raise TypeError("A plan has a name and data.")
            return cls(name=plain["name"], spec=TrainSpec.from_dict(plain["spec"]), over=over, dataset=dataset)
        except FileNotFoundError:
            raise UserError(
                tr("{folder} has no sweep to go on with.", folder=folder.name), hint=tr("Begin one.")
            ) from None
        except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            sentence = tr("{file} cannot be read.", file=folder / FILE)
            raise UserError(sentence, hint=tr("Delete the folder and begin the sweep anew.")) from error


def read_over(text: str) -> tuple[str, list[Value]]:
    """Read a setting and its values: `seed=1..8`, `layers=10,50,300-100`; raise `UserError` for anything else."""
    setting, listed = read_setting(text, mark("“{text}” is no setting with its values."), "seed=1..8")
    values = [value for part in listed.split(",") for value in _values(setting, part.strip())]
    return setting.name, list(dict.fromkeys(values))


def _values(setting: Knob, part: str) -> list[Value]:
    if setting.kind == "whole" and (ends := re.fullmatch(r"(\d{1,9})\s*\.\.\s*(\d{1,9})", part)):
        first, last = int(ends[1]), int(ends[2])
        if not 0 <= last - first < MOST_TASKS:
            sentence = tr("{setting}: {range} is no range.", setting=setting.title, range=part)
            raise UserError(sentence, hint=tr("Write the smaller end first; at most {most:,}.", most=MOST_TASKS))
        return [setting.check(number) for number in range(first, last + 1)]
    return [setting.parse(part)]


def plan(name: str, spec: TrainSpec, over: Sequence[str], dataset: str | None) -> Plan:
    """Return the plan of a sweep `over` settings as `read_over` reads them; raises `UserError` as that does."""
    read: dict[str, Any] = {}
    for text in over:
        setting, values = read_over(text)
        if setting in read:
            raise UserError(
                tr("The sweep goes over {setting} twice.", setting=setting), hint=tr("Name all its values at once.")
            )
        read[setting] = values
    return Plan(name=name, spec=spec, over=read, dataset=dataset)


PART = ".part"  # marks the name of a session file whose training is not finished


class Task(NamedTuple):
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
            raise UserError(tr("{file} could not be written.", file=part.name), hint=tr("Make room on the disk."))
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
