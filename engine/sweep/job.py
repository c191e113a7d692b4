"""The job `sweep`: workers train the runs, and it gathers them in the session as they finish."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

from engine.base.errors import UserError
from engine.base.messages import Job, Message, Notice
from engine.session.session import Session, save_all
from engine.store.opening import open_store
from engine.sweep.plan import FILE, Plan
from engine.sweep.processes import TaskNews
from engine.sweep.task import Task, remove_parts
from engine.training.messages import RunSummary
from engine.training.run import Member, Moments, Run

if TYPE_CHECKING:
    pass

FOLDER = ".sweep"
"""Suffix, after the session's name, of the folder that holds finished tasks until they are gathered."""


class Workers(Protocol):
    """Processes or machines that run the tasks."""

    def news(self, seconds: float = 0.0) -> Sequence[TaskNews]:
        """Return what happened since the last call; wait up to `seconds` for the first of it."""

    def close(self) -> None:
        """Stop all tasks that are running."""


type MakeWorkers = Callable[[Iterable[Task], Path, str | None], Workers]
"""Starts workers for tasks, which write into a folder, on the data set of that name (see `open_dataset`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunGathered(Message):
    """A task of a sweep is done, and its run in the session."""

    summary: RunSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepProgress(Message):
    """How far a sweep is."""

    latest_only: ClassVar[bool] = True
    sweep: str
    done: int
    """Tasks whose runs are in the session, ..."""
    refused: int
    """... and those that could not be trained."""
    total: int
    epochs: float
    """Share of the epochs of all runs that are trained, 0 to 1."""
    seconds_left: float | None
    """As far as can be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRefused(Message):
    """A task could not be trained; `sentence` says why."""

    sweep: str
    title: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepEnded(Message):
    """All tasks were done, or could not be."""

    sweep: str
    done: int
    refused: int
    seconds: float


def sweep_folder(session: Path) -> Path:
    """Return the folder of finished tasks of a sweep that is gathered in that session file."""
    return session.with_name(session.stem + FOLDER)


def sweep(
    session: Session, wanted: Plan, folder: Path, make_workers: MakeWorkers, *, wait_seconds: float = 0.0
) -> Job:
    """Train all runs of a plan and gather them; those that an earlier, interrupted sweep has done are not done again.

    What is done but not gathered lies in `folder`, which goes when all is done. A gathered run keeps its last moment.
    Yields `SweepProgress`, `RunGathered`, `TaskRefused` and at last `SweepEnded`. A turn may wait `wait_seconds` for
    news of the workers; a window lets it wait for none. Raises `UserError` when nothing can be trained or written.
    """
    yield from _Sweep(session, wanted, folder, wait_seconds).run(make_workers)


class _Sweep:
    def __init__(self, session: Session, wanted: Plan, folder: Path, wait_seconds: float) -> None:
        self._session, self._plan, self._folder, self._wait_seconds = session, wanted, folder, wait_seconds
        self._specs = wanted.specs()
        runs = (*session.runs.values(), *session.deleted.values())
        self._done = {run.member.number for run in runs if run.member and run.member.sweep == wanted.name}
        """The numbers of the tasks whose runs are in the session, be they deleted since."""
        self._refused: dict[int, str] = {}
        self._going: dict[int, int] = {}
        """Epochs that are trained of the tasks that are being done."""
        self._begun = time.monotonic()
        self._before = 0
        """Number of runs that were there already."""

    def run(self, make_workers: MakeWorkers) -> Job:
        try:
            self._folder.mkdir(exist_ok=True)
            self._plan.write(self._folder)
        except OSError as error:
            raise UserError(
                f"{self._folder} cannot be written: {error.strerror or error}.", hint="Choose another place."
            ) from error
        remove_parts(self._folder)
        for task in self._tasks():
            if task.file(self._folder).exists():
                yield from self._gather(task, again=True)
        self._before = len(self._done)
        left = [task for task in self._tasks() if task.number not in self._done]
        if left:
            try:
                workers = make_workers(left, self._folder, self._plan.dataset)
            except UserError:
                if not self._done:  # there is nothing to go on with
                    self._clean()
                raise
            with contextlib.closing(workers):
                while len(self._done) + len(self._refused) < len(self._specs):
                    for news in workers.news(self._wait_seconds):
                        yield from self._take(news)
                    yield self._progress()
        yield from save_all(self._session)
        if not self._session.trouble:
            self._clean()
        yield SweepEnded(
            sweep=self._plan.name,
            done=len(self._done),
            refused=len(self._refused),
            seconds=time.monotonic() - self._begun,
        )

    def _tasks(self) -> Iterable[Task]:
        return (Task(number, spec) for number, spec in enumerate(self._specs))

    def _take(self, news: TaskNews) -> Job:
        task = Task(news.number, self._specs[news.number])
        if news.done:
            self._going.pop(news.number, None)
            yield from self._gather(task)
        elif news.refused:
            self._going.pop(news.number, None)
            self._refused[news.number] = news.refused
            yield TaskRefused(sweep=self._plan.name, title=self._plan.title(task.spec), sentence=news.refused)
        else:
            self._going[news.number] = news.epoch

    def _gather(self, task: Task, *, again: bool = False) -> Job:
        """Take a task's run into the session, unless it is there, and delete its file once the session has it.

        Where it cannot be read it counts as refused, or it is trained `again`.
        """
        file = task.file(self._folder)
        if task.number not in self._done:
            try:
                run = yield from _read(file)
            except (OSError, sqlite3.Error, UserError, LookupError) as error:
                if not again:
                    self._refused[task.number] = f"{error}"
                yield Notice(sentence=f"{file.name} cannot be read: {error}")
                return
            run.title, run.member = self._plan.title(task.spec), Member(self._plan.name, task.number)
            self._session.adopt(run)
            self._done.add(task.number)
            yield from save_all(self._session)  # first: what was told is in the file
            yield RunGathered(summary=run.summary())
        yield from save_all(self._session)
        if self._session.is_saved():
            with contextlib.suppress(OSError):
                file.unlink(missing_ok=True)

    def _progress(self) -> SweepProgress:
        done, total = len(self._done), len(self._specs)
        going = sum(epochs / self._specs[number].epochs for number, epochs in self._going.items())
        share = (done + len(self._refused) + going) / total
        new = done - self._before + going
        seconds = time.monotonic() - self._begun
        return SweepProgress(
            sweep=self._plan.name,
            done=done,
            refused=len(self._refused),
            total=total,
            epochs=share,
            seconds_left=(1 - share) * total * seconds / new if new else None,
        )

    def _clean(self) -> None:
        with contextlib.suppress(OSError):  # something of a person's lies there, too
            (self._folder / FILE).unlink(missing_ok=True)
            self._folder.rmdir()


def _read(file: Path) -> Generator[None, object, Run]:
    """Return the one run of a session file, with its last moment in memory. Raises what opening and reading do."""
    opened = yield from open_store(file, look_only=True)
    try:
        (run,) = opened.store.load().runs.values()
        last = run.moments.newest
        run.moments = Moments({last: run.moments[last]})
        return run
    except (ValueError, StopIteration) as error:
        raise LookupError("it holds no finished run") from error
    finally:
        opened.store.close(whole=opened.is_whole)
