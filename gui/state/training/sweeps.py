"""The sweep of the session: runs that processes beside the window train, and an unfinished one to be continued."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.core.language import tr, tr_plural
from engine.core.messages import JobEnded
from engine.core.text import clipped, isolated, printable
from engine.session.jobs.files import SessionOpened
from engine.studies.sweep.messages import SweepEnded, SweepProgress, SweepWaits, TaskRefused
from gui.state.link.bridge import Bridge, late
from gui.state.notices import Offer
from gui.state.training.ongoing import Ongoing
from gui.state.training.run_progress import duration, say_left
from gui.state.training.runs import final_accuracy, say_test_images

if TYPE_CHECKING:
    from engine.studies.sweep.job import MakeWorkers
    from engine.studies.sweep.plan import Plan
    from gui.state.notices import Notices
    from gui.state.sessions import Sessions

LONGEST = 40  # maximum number of letters of a sweep's name in a sentence

begin_sweep = late("engine.studies.sweep.job", "sweep_beside")
find_sweep = late("engine.studies.sweep.job", "find_sweep")
forget_sweep = late("engine.studies.sweep.job", "forget_sweep")


def processes(count: int) -> MakeWorkers:
    """Return what starts that many processes on this machine."""
    from engine.studies.sweep.processes import Processes

    return lambda tasks, folder, data: Processes(tasks, folder, data, count)


class Sweeps(Ongoing):
    """One sweep at a time, beside a training. Opening another session, or closing the window, stops it.

    A stopped sweep can be continued, at once or when its session is opened again. `changed` is sent at any change.
    """

    KEPT = (*Ongoing.KEPT, "progress", "end", "_refused")

    def __init__(
        self,
        bridge: Bridge,
        sessions: Sessions,
        notices: Notices,
        make_workers: Callable[[int], MakeWorkers] = processes,
    ) -> None:
        super().__init__(bridge, notices)
        self._make_workers = make_workers
        self._search: int | None = None
        self.progress: SweepProgress | None = None  # progress of the running sweep
        # The unfinished sweep of the session that is not running, if there is one.
        self.waiting = SweepWaits()
        # The latest sweep's outcome, as a sentence; empty while one runs, and if it was stopped.
        self.end = ""
        self._refused: list[TaskRefused] = []
        self._is_new = False  # whether the session has just been opened
        bridge.listen(SweepProgress, self._take_progress, self.job)
        bridge.listen(TaskRefused, lambda message: self._refused.append(message), self.job)
        bridge.listen(SweepEnded, self._take_end, self.job)
        bridge.listen(JobEnded, self._take_stop, self.job)
        bridge.listen(SweepWaits, self._take_waiting, lambda: self._search, shared=True)
        bridge.listen(SessionOpened, self._take_session)
        sessions.leaving.connect(self.give_up)

    @property
    def is_busy(self) -> bool:
        return self._job is not None

    def go_on(self, count: int | None = None) -> None:
        """Continue the unfinished sweep in `count` processes, or in as many as fit."""
        from engine.studies.sweep.processes import fitting_processes

        if (plan := self.waiting.plan) is not None:
            self.begin(plan, count or fitting_processes(), again=True)

    def forget(self) -> None:
        """Give up the unfinished sweep; its runs that are in the session stay."""
        if not self.is_busy:
            self._search = self._bridge.submit(forget_sweep)

    def begin(self, plan: Plan, count: int, *, again: bool = False) -> None:
        """Train a plan's runs in `count` processes, `again` only the missing ones; does nothing during a sweep."""
        if self.is_busy:
            return
        self._refused, self.progress, self.end = [], None, ""
        self._job = self._bridge.submit(begin_sweep, plan, self._make_workers(count), again=again)
        self.waiting = SweepWaits()
        self._say(tr_plural("Starting {count:,} run…", "Starting {count:,} runs…", len(plan)))

    def _take_progress(self, message: SweepProgress) -> None:
        self.progress = message
        left = "" if message.seconds_left is None else say_left(message.seconds_left)
        refused = tr_plural("{count:,} refused", "{count:,} refused", message.refused) if message.refused else ""
        done = _say_done(message.done, message.total)
        self._say(" · ".join(filter(None, (tr("Sweep: {done}", done=done), refused, left))))

    def _take_end(self, message: SweepEnded) -> None:
        runs = [run for run in self._bridge.runs if run.member and run.member.sweep == message.sweep]
        span = final_accuracy(runs).span
        done = tr_plural("{count:,} run", "{count:,} runs", message.done)
        accuracy = tr("{span} of {images}", span=span, images=say_test_images(runs[0])) if span else ""
        facts = ", ".join(filter(None, (done, accuracy, duration(message.seconds))))
        self.end = tr("“{sweep}” is trained: {facts}.", sweep=say(message.sweep), facts=facts)
        self._notices.tell(self.end)
        if self._refused:
            first = self._refused[0]
            sentence = tr_plural(
                "{count:,} run of “{sweep}” could not be trained.",
                "{count:,} runs of “{sweep}” could not be trained.",
                len(self._refused),
                sweep=say(message.sweep),
            )
            self._notices.fail(f"{sentence} {isolated(first.title).capitalize()}: {isolated(first.sentence)}")

    def _take_stop(self, message: JobEnded) -> None:
        self._job, self.progress = None, None
        self._say("")
        if message.outcome != "done":
            self._search = self._bridge.submit(find_sweep)

    def _take_session(self, _: SessionOpened) -> None:
        self.waiting, self._is_new = SweepWaits(), True
        self._search = self._bridge.submit(find_sweep)
        self.changed.emit()

    def _take_waiting(self, message: SweepWaits) -> None:
        self.waiting = message
        if message.plan is not None and self._is_new:
            name = say(message.plan.name)
            sentence = tr("“{sweep}” is not finished: {done} are trained.", sweep=name, done=say_done(message))
            self._notices.offer(sentence, Offer(tr("Go on"), self.go_on, lambda: None))
        self._is_new = False
        self.changed.emit()

    def _say(self, words: str) -> None:
        self.words = words
        self.changed.emit()


def say(name: str) -> str:
    """Return a sweep's name for a sentence, shortened."""
    return clipped(printable(name), LONGEST - 1)


def say_done(waiting: SweepWaits) -> str:
    """Return how many of an unfinished sweep's runs are trained: `3 of 8 runs`."""
    return _say_done(waiting.done, len(waiting.plan or ()))


def _say_done(done: int, total: int) -> str:
    return tr_plural("{done:,} of {count:,} run", "{done:,} of {count:,} runs", total, done=done)
