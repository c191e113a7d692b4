"""The job `sweep`: workers train the runs, and it gathers them in the session as they finish."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from engine.core.errors import UserError
from engine.core.messages import Job, Message, Notice, Rest
from engine.data.sources import SAMPLE
from engine.model.training.messages import Member
from engine.model.training.run import Moments, Run
from engine.session.session import Session, save_all, save_runs, tell
from engine.session.store.opening import open_store
from engine.session.store.places import move_sweep, sweep_folder
from engine.session.store.trouble import cannot_read
from engine.studies.sweep.messages import RunGathered, SweepEnded, SweepProgress, SweepWaits, TaskRefused
from engine.studies.sweep.plan import FILE, Plan
from engine.studies.sweep.processes import TaskNews
from engine.studies.sweep.task import Task, remove_parts

AT_ONCE = 20
"""The most finished tasks that are gathered before the session is written, which looks at all its runs."""

REST_SECONDS = 0.1
"""How long a job that may not wait for news lets others have the turns; a message then tells how far it is."""


class Workers(Protocol):
    """Processes or machines that run the tasks."""

    def news(self, seconds: float = 0.0) -> Sequence[TaskNews]:
        """Return what happened since the last call; wait up to `seconds` for the first of it."""

    def close(self) -> None:
        """Stop all tasks that are running."""


type MakeWorkers = Callable[[Iterable[Task], Path, str | None], Workers]
"""Starts workers for tasks, which write into a folder, on the data set of that name (see `open_dataset`)."""


def sweep_beside(session: Session, wanted: Plan, make_workers: MakeWorkers, *, again: bool = False) -> Job:
    """Train a plan's runs in a folder beside the session's file, which is made where there is none; see `sweep`.

    Unless it is gone on with (`again`), its name is changed to one that no group of the session has, and its data to
    those that are open. Raises `UserError` where another sweep of the session is not finished. Its runs are shown in
    the plots. The plan is written at once: one that is stopped before its first turn can be gone on with.
    """
    told = session.settle()
    assert session.store is not None
    folder = sweep_folder(session.store.path)
    if not again:
        if (folder / FILE).exists():
            raise UserError(
                "Another sweep of this session is not finished.", hint="Go on with that one first."
            )
        data = session.data()
        if data.examples:
            raise UserError(
                "Runs on data with examples of one's own cannot be repeated.",
                hint="Look at a run that was not taught any.",
            )
        wanted = replace(distinct(wanted, session), dataset=data.wanted or SAMPLE)
    _write(wanted, folder)

    def going() -> Job:
        yield from tell(told)
        yield from sweep(session, wanted, folder, make_workers, shown=True)

    return going()


def find_sweep(session: Session) -> Job:
    """Look whether the session has an unfinished sweep, and tell what one could not that was stopped. Answers
    `SweepWaits`.

    Raises `UserError` when there is one that cannot be read.
    """
    yield from tell(session.pending_messages())
    store, found = session.store, SweepWaits()
    if store is not None and not store.read_only and session.sweeping is None:
        folder = sweep_folder(store.path)
        if (folder / FILE).exists():
            plan = Plan.read(folder)
            found = SweepWaits(plan=plan, done=len(_numbers(session, plan.name)))
    yield found


def forget_sweep(session: Session) -> Job:
    """Give up a sweep that is not finished: its runs that are in the session stay. Answers `SweepWaits`."""
    if session.store is not None and session.sweeping is None:
        folder = sweep_folder(session.store.path)
        remove_parts(folder)
        _clean(folder)
    yield from find_sweep(session)


def distinct(plan: Plan, session: Session) -> Plan:
    """Return the plan under a name that no group of the session has."""
    return replace(plan, name=free_group(session, plan.name))


def free_group(session: Session, name: str) -> str:
    """Return `name`, or where a group of the session has it the first of `name 2`, `name 3`, ... that is free."""
    taken = {run.member.sweep for run in (*session.runs.values(), *session.deleted.values()) if run.member}
    names = itertools.chain([name], (f"{name} {number}" for number in itertools.count(2)))
    return next(each for each in names if each not in taken)


def sweep(
    session: Session,
    wanted: Plan,
    folder: Path,
    make_workers: MakeWorkers,
    *,
    wait_seconds: float = 0.0,
    shown: bool = False,
) -> Job:
    """Train all runs of a plan and gather them; those that an earlier, interrupted sweep has done are not done again.

    What is done but not gathered lies in `folder`, which goes when all is done. A gathered run keeps its last moment;
    all have one colour, and are `shown` in the plots or not. Yields `SweepProgress`, `RunGathered`, `TaskRefused` and
    at last `SweepEnded`. A turn may wait `wait_seconds` for news of the workers; a window lets it wait for none, and
    the job rests then. Raises `UserError` when nothing can be trained or written.
    """
    yield from _Sweep(session, wanted, folder, wait_seconds, shown=shown).run(make_workers)


class _Sweep:
    def __init__(
        self, session: Session, wanted: Plan, folder: Path, wait_seconds: float, *, shown: bool
    ) -> None:
        self._session, self._plan, self._folder, self._wait_seconds = session, wanted, folder, wait_seconds
        self._shown = shown
        self._color = next((run.color for run in session.runs.values() if _is_of(run, wanted.name)), None)
        """The colour of its runs; `None` before the first."""
        self._specs = wanted.specs()
        self._done = _numbers(session, wanted.name)
        """The numbers of the tasks whose runs are in the session, be they deleted since."""
        self._refused: dict[int, str] = {}
        self._going: dict[int, int] = {}
        """Epochs that are trained of the tasks that are being done."""
        self._begun = time.monotonic()
        self._before = 0
        """Number of runs that were there already."""

    def run(self, make_workers: MakeWorkers) -> Job:
        _write(self._plan, self._folder)
        self._session.sweeping = self._folder
        try:
            yield from self._go(make_workers)
        finally:
            self._session.sweeping = None
            if self._session.store is not None:  # it may lie elsewhere by now
                move_sweep(self._folder, self._session.store.path)

    def _go(self, make_workers: MakeWorkers) -> Job:
        remove_parts(self._folder)
        there = [task for task in self._tasks() if task.file(self._folder).exists()]
        for some in itertools.batched(there, AT_ONCE):
            yield from self._gather(some, again=True)
        self._before = len(self._done)
        left = [task for task in self._tasks() if task.number not in self._done]
        if left:
            try:
                workers = make_workers(left, self._folder, self._plan.dataset)
            except UserError:
                if not self._done:  # there is nothing to go on with
                    _clean(self._folder)
                raise
            with contextlib.closing(workers):
                while len(self._done) + len(self._refused) < len(self._specs):
                    news = workers.news(self._wait_seconds)
                    yield from self._take(news)
                    yield self._progress()
                    if not (news or self._wait_seconds):
                        yield Rest(seconds=REST_SECONDS)
        yield from save_all(self._session)
        if not self._session.trouble:
            _clean(self._folder)
        yield SweepEnded(
            sweep=self._plan.name,
            done=len(self._done),
            refused=len(self._refused),
            seconds=time.monotonic() - self._begun,
        )

    def _tasks(self) -> Iterable[Task]:
        return (Task(number, spec) for number, spec in enumerate(self._specs))

    def _take(self, news: Sequence[TaskNews]) -> Job:
        finished = list[Task]()
        for each in news:
            task = Task(each.number, self._specs[each.number])
            if each.done:
                finished.append(task)
            elif each.refused:
                self._going.pop(each.number, None)
                self._refused[each.number] = each.refused
                yield TaskRefused(
                    sweep=self._plan.name, title=self._plan.title(task.spec), sentence=each.refused
                )
            else:
                self._going[each.number] = each.epoch
        for some in itertools.batched(finished, AT_ONCE):
            yield from self._gather(some)

    def _gather(self, tasks: Sequence[Task], *, again: bool = False) -> Job:
        """Take tasks' runs into the session, unless they are there, and delete their files once the session has them.

        One that cannot be read counts as refused, or it is trained `again`.
        """
        untold, new = list[Message](), list[str]()
        try:
            for task in tasks:
                self._going.pop(task.number, None)
                if task.number in self._done:
                    continue
                file = task.file(self._folder)
                try:
                    run = yield from _read(file)
                except (OSError, sqlite3.Error, UserError, LookupError) as error:
                    said = f"{file.name} cannot be read: {error}"
                    if isinstance(error, sqlite3.Error):
                        said = f"{cannot_read(file, error)}"
                    if not again:
                        self._refused[task.number] = said
                    yield Notice(sentence=said)
                    continue
                self._adopt(run, task)
                new.append(run.name)
                untold.append(RunGathered(summary=run.summary()))
            yield from save_runs(self._session, new)  # first: what is reported is in the file
            while untold:
                yield untold.pop(0)
        finally:
            self._session.post_later(untold)  # it was stopped
        is_safe = self._session.holds(new)
        if len(new) < len(tasks):  # of the others some were there before, in whatever state that was left
            yield from save_all(self._session)
            is_safe = self._session.is_saved()
        if is_safe:
            for task in tasks:
                if task.number in self._done:
                    with contextlib.suppress(OSError):
                        task.file(self._folder).unlink(missing_ok=True)

    def _adopt(self, run: Run, task: Task) -> None:
        run.title, run.member = self._plan.title(task.spec), Member(self._plan.name, task.number)
        self._session.adopt(run)
        self._color = run.color = run.color if self._color is None else self._color
        run.pinned = self._shown
        self._done.add(task.number)

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


def _write(plan: Plan, folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
        plan.write(folder)
    except OSError as error:
        raise UserError(
            f"{folder} cannot be written: {error.strerror or error}.", hint="Choose another place."
        ) from error


def _clean(folder: Path) -> None:
    with contextlib.suppress(OSError):  # something of a person's lies there, too
        (folder / FILE).unlink(missing_ok=True)
        folder.rmdir()


def _is_of(run: Run, name: str) -> bool:
    return run.member is not None and run.member.sweep == name


def _numbers(session: Session, name: str) -> set[int]:
    """Return the numbers of a group's runs that are in the session, be they deleted since."""
    runs = (*session.runs.values(), *session.deleted.values())
    return {run.member.number for run in runs if run.member and run.member.sweep == name}


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
