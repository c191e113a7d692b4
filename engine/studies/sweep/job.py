"""The job `sweep`: workers train the runs, and it gathers them in the session as they finish."""

import contextlib
import itertools
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from engine.core.errors import UserError
from engine.core.language import tr
from engine.core.messages import Job, Message, Notice, Rest, Turns
from engine.data.sources import SAMPLE
from engine.model.training.messages import Member
from engine.model.training.run import Moments, Run
from engine.session.session import Session, save_all, tell
from engine.session.store.opening import open_store
from engine.session.store.places import move_sweep, sweep_folder
from engine.session.store.trouble import cannot_read
from engine.studies.sweep.messages import RunGathered, SweepEnded, SweepProgress, SweepWaits, TaskRefused
from engine.studies.sweep.plan import FILE, Plan, Task, remove_parts
from engine.studies.sweep.processes import TaskNews

# Finished tasks that are gathered before the session is written. With 1,000 runs a look at all of them takes 20 ms.
AT_ONCE = 20

# How long a job that may not wait for news leaves the turns to others; then it reports its progress.
REST_SECONDS = 0.1


class Workers(Protocol):
    """Processes or machines that run the tasks."""

    def news(self, seconds: float = 0.0) -> Sequence[TaskNews]:
        """Return the news since the last call; wait up to `seconds` for the first."""

    def close(self) -> None:
        """Stop all tasks that are running."""


# Starts workers for tasks, which write into a folder, on the data set of that name (see `open_dataset`).
type MakeWorkers = Callable[[Iterable[Task], Path, str | None], Workers]


def sweep_beside(session: Session, plan: Plan, make_workers: MakeWorkers, *, again: bool = False) -> Job:
    """Train a plan's runs in a folder beside the session's file, which is made if there is none; see `sweep`.

    A new plan (not `again`) gets a free name and the open data. Raises `UserError` if another sweep is not finished.
    """
    # The plan is written at once, not in the first turn: a sweep that is stopped before can then be continued.
    messages = session.settle()
    assert session.store is not None
    folder = sweep_folder(session.store.path)
    if not again:
        if (folder / FILE).exists():
            raise UserError(tr("Another sweep of this session is not finished."), hint=tr("Go on with that one first."))
        data = session.data()
        if data.examples:
            sentence = tr("Runs on data with examples of one's own cannot be repeated.")
            raise UserError(sentence, hint=tr("Look at a run that was not taught any."))
        plan = replace(distinct(plan, session), dataset=data.wanted or SAMPLE)
    _write(plan, folder)

    def turns() -> Job:
        yield from tell(messages)
        yield from sweep(session, plan, folder, make_workers, shown=True)

    return turns()


def find_sweep(session: Session) -> Job:
    """Answer with `SweepWaits`: the session's unfinished sweep, if any; raise `UserError` if it cannot be read."""
    yield from tell(session.pending_messages())
    store, answer = session.store, SweepWaits()
    if store is not None and not store.read_only and session.sweeping is None:
        folder = sweep_folder(store.path)
        if (folder / FILE).exists():
            plan = Plan.read(folder)
            answer = SweepWaits(plan=plan, done=len(_numbers(session, plan.name)))
    yield answer


def forget_sweep(session: Session) -> Job:
    """Discard an unfinished sweep; its runs in the session stay. Answers with `SweepWaits`."""
    if session.store is not None and session.sweeping is None:
        folder = sweep_folder(session.store.path)
        remove_parts(folder)
        _clean(folder)
    yield from find_sweep(session)


def distinct(plan: Plan, session: Session) -> Plan:
    """Return the plan with a name that no group of the session has."""
    return replace(plan, name=session.free_group(plan.name))


def sweep(
    session: Session,
    plan: Plan,
    folder: Path,
    make_workers: MakeWorkers,
    *,
    wait_seconds: float = 0.0,
    shown: bool = False,
) -> Job:
    """Train all runs of a plan and gather them, except those that an earlier, interrupted sweep has done.

    Runs that are not gathered yet are in `folder`, which is removed at the end. A gathered run keeps its last moment;
    all have one colour, and are `shown` in the plots or not. Yields `SweepProgress`, `RunGathered`, `TaskRefused` and
    at last `SweepEnded`. A turn may wait `wait_seconds` for news of the workers. Raises `UserError` if nothing can be
    trained or written.
    """
    yield from _Sweep(session, plan, folder, wait_seconds, shown=shown).run(make_workers)


class _Sweep:
    def __init__(self, session: Session, plan: Plan, folder: Path, wait_seconds: float, *, shown: bool) -> None:
        self._session, self._plan, self._folder, self._wait_seconds = session, plan, folder, wait_seconds
        self._shown = shown
        runs = session.runs.values()
        # The colour of its runs; `None` before the first.
        self._color = next((run.color for run in runs if run.member and run.member.sweep == plan.name), None)
        self._specs = plan.specs()
        # The numbers of the tasks whose runs are in the session, or were deleted from it.
        self._done = _numbers(session, plan.name)
        self._refused: dict[int, str] = {}
        self._running: dict[int, int] = {}  # epochs that the running tasks have trained
        self._start = time.monotonic()
        self._before = 0  # number of runs that were in the session already

    def run(self, make_workers: MakeWorkers) -> Job:
        _write(self._plan, self._folder)
        self._session.sweeping = self._folder
        try:
            yield from self._gather_all(make_workers)
        finally:
            self._session.sweeping = None
            if self._session.store is not None:  # the file may have been moved meanwhile
                move_sweep(self._folder, self._session.store.path)

    def _gather_all(self, make_workers: MakeWorkers) -> Job:
        remove_parts(self._folder)
        finished = [task for task in self._tasks() if task.file(self._folder).exists()]
        for some in itertools.batched(finished, AT_ONCE):
            yield from self._gather(some, again=True)
        self._before = len(self._done)
        left = [task for task in self._tasks() if task.number not in self._done]
        if left:
            try:
                workers = make_workers(left, self._folder, self._plan.dataset)
            except UserError:
                if not self._done:  # nothing to continue
                    _clean(self._folder)
                raise
            with contextlib.closing(workers):
                while len(self._done) + len(self._refused) < len(self._specs):
                    news = workers.news(self._wait_seconds)
                    yield from self._take(news)
                    yield self._progress()
                    if not (news or self._wait_seconds):
                        # A waiting turn would slow a training in the window, one that did not wait keep a core busy.
                        yield Rest(seconds=REST_SECONDS)
        yield from save_all(self._session)
        if not self._session.trouble:
            _clean(self._folder)
        yield SweepEnded(
            sweep=self._plan.name,
            done=len(self._done),
            refused=len(self._refused),
            seconds=time.monotonic() - self._start,
        )

    def _tasks(self) -> Iterable[Task]:
        return (Task(number, spec) for number, spec in enumerate(self._specs))

    def _take(self, news: Sequence[TaskNews]) -> Job:
        finished = list[Task]()
        for item in news:
            task = Task(item.number, self._specs[item.number])
            if item.done:
                finished.append(task)
            elif item.refused:
                self._running.pop(item.number, None)
                self._refused[item.number] = item.refused
                yield TaskRefused(sweep=self._plan.name, title=self._plan.title(task.spec), sentence=item.refused)
            else:
                self._running[item.number] = item.epoch
        for some in itertools.batched(finished, AT_ONCE):
            yield from self._gather(some)

    def _gather(self, tasks: Sequence[Task], *, again: bool = False) -> Job:
        """Add tasks' runs to the session, and delete their files then; unreadable ones are trained `again`."""
        messages, new = list[Message](), list[str]()
        try:
            for task in tasks:
                self._running.pop(task.number, None)
                if task.number in self._done:
                    continue
                file = task.file(self._folder)
                try:
                    run = yield from _read(file)
                except (OSError, sqlite3.Error, UserError, LookupError) as error:
                    sentence = tr("{file} cannot be read: {reason}", file=file.name, reason=error)
                    if isinstance(error, sqlite3.Error):
                        sentence = f"{cannot_read(file, error)}"
                    if not again:
                        self._refused[task.number] = sentence
                    yield Notice(sentence=sentence)
                    continue
                self._adopt(run, task)
                new.append(run.name)
                messages.append(RunGathered(summary=run.summary()))
            yield from save_all(self._session, new)  # first: what is reported is in the file
            while messages:
                yield messages.pop(0)
        finally:
            self._session.post_later(messages)  # if it was stopped
        is_safe = self._session.holds(new)
        if len(new) < len(tasks):  # others were in the session before, perhaps not yet in its file
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
        running = sum(epochs / self._specs[number].epochs for number, epochs in self._running.items())
        share = (done + len(self._refused) + running) / total
        new = done - self._before + running
        seconds = time.monotonic() - self._start
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
        sentence = tr("{folder} cannot be written: {reason}.", folder=folder, reason=error.strerror or error)
        raise UserError(sentence, hint=tr("Choose another place.")) from error


def _clean(folder: Path) -> None:
    with contextlib.suppress(OSError):  # a person has put something else there
        (folder / FILE).unlink(missing_ok=True)
        folder.rmdir()


def _numbers(session: Session, name: str) -> set[int]:
    """Return the numbers of a group's runs that are in the session, or were deleted from it."""
    runs = session.known_runs.values()
    return {run.member.number for run in runs if run.member and run.member.sweep == name}


def _read(file: Path) -> Turns[Run]:
    """Return the only run of a session file, with its last moment in memory. Raises as opening and reading do."""
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
