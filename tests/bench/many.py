"""What many runs cost the engine: gathering them, their file, opening it; beside a folder with two files for each run.

Nothing is trained: the runs have drawn weights and curves, of the sizes that trainings leave.
"""

from __future__ import annotations

import csv
import itertools
import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.core.specs import PRESETS, TrainSpec
from engine.model.training.epochs import Epochs
from engine.model.training.messages import EpochDone
from engine.model.training.run import Moment
from engine.session.jobs.files import SessionOpened, open_session
from engine.session.session import Session
from engine.session.store.opening import create_store
from engine.studies.sweep.job import sweep
from engine.studies.sweep.messages import RunGathered
from engine.studies.sweep.plan import Plan, Task
from engine.studies.sweep.processes import TaskNews

if TYPE_CHECKING:
    from engine.data.dataset import Dataset

# How many runs at the begin and at the end of a sweep are timed: they tell whether each costs more than the last.
ENDS = 50

SPEC = PRESETS["quick"].spec
NAME = "seeds"


def plan(count: int) -> Plan:
    """Return a sweep over that many seeds."""
    return Plan(name=NAME, spec=SPEC, over={"seed": list(range(1, count + 1))})


def make_tasks(data: Dataset, folder: Path, specs: Sequence[TrainSpec]) -> float:
    """Write a finished task's file for each of the specs; return the mean seconds for one, which a worker spends."""
    folder.mkdir(exist_ok=True)
    begin = time.perf_counter()
    for number, spec in enumerate(specs):
        session = Session(data)
        session.begin(create_store(Task(number, spec).file(folder)))
        _fill(session, data, spec, number)
        session.close()
    return (time.perf_counter() - begin) / len(specs)


def _fill(session: Session, data: Dataset, spec: TrainSpec, number: int) -> None:
    noise = np.random.default_rng(number)
    per_epoch = len(data.train_images) // spec.batch
    run = session.new_run(spec, per_epoch)
    falling = 2 * np.exp(-np.arange(spec.epochs * per_epoch) / (3 * per_epoch))
    run.losses.extend((falling * noise.uniform(0.5, 1.5, len(falling))).astype(np.float32))
    run.norms.extend(np.ones((len(falling) // 10, len(spec.hidden) + 1), np.float32))
    run.epochs = Epochs(_epoch(run.name, each, per_epoch, noise) for each in range(1, spec.epochs + 1))
    shapes = spec.plan(data.shape, len(data.classes)).shapes
    weights = tuple(noise.normal(0, 0.1, shape).astype(np.float32) for shape in shapes)
    last = spec.epochs * per_epoch
    run.moments[last] = Moment(step=last, weights=weights, optimizer=())
    run.moment_bytes = run.moments[last].bytes


def _epoch(run: str, number: int, per_epoch: int, noise: np.random.Generator) -> EpochDone:
    return EpochDone(
        run=run,
        epoch=number,
        step=number * per_epoch,
        train_loss=2 * 0.8**number,
        test_loss=2 * 0.8**number + 0.1,
        test_accuracy=0.95 - 0.3 * 0.7**number + float(noise.normal(0, 0.003)),
        images_per_second=1e5,
        seconds=0.1,
        gradient_norms=(0.1, 0.1),
        dead=(3,),
        widths=(64,),
        finite=True,
    )


class OneByOne:
    """Workers whose tasks are all done already, and who report one at a time, as trainings end."""

    def __init__(self, tasks: Iterable[Task], folder: Path, dataset: str | None) -> None:
        self._numbers = iter([task.number for task in tasks])

    def news(self, seconds: float = 0.0) -> list[TaskNews]:
        """Report the next one."""
        return [TaskNews(number, done=True) for number in itertools.islice(self._numbers, 1)]

    def close(self) -> None:
        """There is nothing to end."""


def gather_one_by_one(data: Dataset, file: Path, tasks: Path, count: int) -> dict[str, float]:
    """Gather that many runs, each as it ends; return ms for one at the begin and at the end, and the longest turn.

    The tasks are not in the folder of the sweep at first, or it would take them as left from an earlier one.
    """
    folder = file.with_suffix(".sweep")
    folder.mkdir()
    session = Session(data)
    session.begin(create_store(file))

    def workers(wanted: Iterable[Task], into: Path, dataset: str | None) -> OneByOne:
        for task in wanted:
            task.file(tasks).rename(task.file(into))
        return OneByOne(wanted, into, dataset)

    took, turns = [], []
    begin = time.perf_counter()
    for message, seconds in _timed(sweep(session, plan(count), folder, workers, wait_seconds=0.001)):
        turns.append(seconds)
        if isinstance(message, RunGathered):
            took.append(time.perf_counter() - begin)
            begin = time.perf_counter()
    session.close()
    return {
        "first_ms": 1000 * statistics.median(took[1:ENDS]),
        "last_ms": 1000 * statistics.median(took[-ENDS:]),
        "longest_turn_ms": 1000 * max(turns[1:-1]),
    }


def gather_at_once(data: Dataset, file: Path, folder: Path, count: int) -> float:
    """Gather runs whose tasks were finished before, as `--resume` does; return the ms for each."""
    session = Session(data)
    session.begin(create_store(file))
    begin = time.perf_counter()
    for _ in sweep(session, plan(count), folder, OneByOne, wait_seconds=0.001):
        pass
    took = time.perf_counter() - begin
    session.close()
    return 1000 * took / count


def open_seconds(data: Dataset, file: Path) -> float:
    """Return how long it takes until the engine has told a session's runs."""
    session = Session(data)
    begin = time.perf_counter()
    next(message for message in open_session(session, str(file)) if isinstance(message, SessionOpened))
    took = time.perf_counter() - begin
    session.close()
    return took


def _timed(job: Any) -> Iterator[tuple[Any, float]]:
    while True:
        begin = time.perf_counter()
        try:
            message = next(job)
        except StopIteration:
            return
        yield message, time.perf_counter() - begin


# The rival ----------------------------------------------------------------------------------------------------------


def write_folder(data: Dataset, folder: Path, count: int) -> float:
    """Write what a script usually leaves of each run: a CSV of its epochs and an npz of its weights; return ms each."""
    folder.mkdir()
    shapes = SPEC.plan(data.shape, len(data.classes)).shapes
    begin = time.perf_counter()
    for number in range(count):
        noise = np.random.default_rng(number)
        with (folder / f"{number}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["epoch", "train_loss", "test_loss", "test_accuracy"])
            for each in range(1, SPEC.epochs + 1):
                done = _epoch("", each, 1, noise)
                writer.writerow([each, done.train_loss, done.test_loss, done.test_accuracy])
        np.savez(folder / f"{number}.npz", *(noise.normal(0, 0.1, shape).astype(np.float32) for shape in shapes))
    return 1000 * (time.perf_counter() - begin) / count


def read_folder(folder: Path) -> float:
    """Return the seconds until all curves of such a folder are read."""
    begin = time.perf_counter()
    for path in folder.glob("*.csv"):
        with path.open() as file:
            [[float(value) for value in row] for row in itertools.islice(csv.reader(file), 1, None)]
    return time.perf_counter() - begin
