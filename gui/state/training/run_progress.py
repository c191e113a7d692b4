"""Progress, speed and time left of the current run, for the bars and the window's title."""

import time
from collections import deque
from collections.abc import Callable
from typing import Self

from PySide6.QtCore import QObject, Signal

from engine.core.language import tr
from engine.model.training.messages import EpochDone, RunFinished, RunStarted, StepsDone
from engine.session.jobs.files import SessionOpened
from gui.state.link.bridge import Bridge
from gui.state.link.clock import one_shot
from gui.state.training.run_controls import RunControls
from gui.state.training.runs import Run

# Minimum interval in ms between two changes: figures that change more often cannot be read.
CHANGE_PERIOD_MS = 100

WINDOW_SECONDS = 8.0  # the speed is measured over this many last seconds
JUMP = 0.3  # maximum relative change of the time left from one update to the next

# Maximum relative difference from the pace of slow motion at which that pace is shown: the clock jitters that much.
NEAR = 0.2


class TimeLeft:
    """The time left, from the speed of the last seconds. It counts down and never jumps by more than 30 %."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._samples: deque[tuple[float, int]] = deque()  # times and the steps done by then
        # The time of the last update, and the seconds left then.
        self._last: tuple[float, float] | None = None
        self.speed: float | None = None  # steps a second by the clock; `None` while unknown

    def forget(self) -> None:
        """Start again: the run was paused, or it is another one."""
        self._samples.clear()
        self._last = self.speed = None

    def update(self, done: int, total: int, pace: float | None = None) -> None:
        """Set that `done` of `total` steps are done; `pace` is that of slow motion, in steps a second."""
        now = self._clock()
        self._samples.append((now, done))
        while now - self._samples[0][0] > WINDOW_SECONDS:
            self._samples.popleft()
        (begin, first), (end, last) = self._samples[0], self._samples[-1]
        self.speed = pace
        if last > first and end - begin >= 0.5:
            speed = (last - first) / (end - begin)
            self.speed = pace if pace and abs(speed - pace) <= NEAR * pace else speed
        if self.speed is None:
            return
        seconds = (total - done) / self.speed
        if self._last is not None:
            expected = max(0.0, self._last[1] - (now - self._last[0]))
            # Half a second more lets it settle near zero, where 30 % is nothing.
            low, high = expected * (1 - JUMP) - 0.5, expected * (1 + JUMP) + 0.5
            seconds = min(max(seconds, low, 0.0), high)
        self._last = now, seconds

    def seconds(self) -> float | None:
        """Return the seconds left; `None` while unknown."""
        return self._last[1] if self._last else None


class RunProgress(QObject):
    """The figures of the current or latest run.

    Of twins, epoch and accuracy are those of the one that is behind; time left, share done and speed are those of both.
    """

    changed = Signal()  # at most ten times a second

    def __init__(self, bridge: Bridge, controls: RunControls, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(bridge)
        self._bridge, self._controls, self._runs = bridge, controls, bridge.runs
        self._all: list[Run] = []  # the run, or both twins
        self._ended: set[Run] = set()
        self._job = 0  # number of the job that trains them
        self._has_epoch = False  # whether an epoch has ended since the run started or continued
        # Of the steps alone; in slow motion by the clock, pauses included. 0 while unknown.
        self.images_per_second = 0.0
        self.finished: RunFinished | None = None
        self._time_left = TimeLeft(clock)
        self._timer = one_shot(self, self.changed)
        bridge.listen(SessionOpened, lambda _: self._begin(None))
        bridge.listen(RunStarted, lambda message: self._begin(self._runs.get(message.run)), controls.job)
        bridge.listen(StepsDone, self._take_steps, controls.job)
        bridge.listen(EpochDone, self._take_epoch, controls.job)
        bridge.listen(RunFinished, self._finish, controls.job)
        controls.stateChanged.connect(self._follow)
        controls.paceChanged.connect(self._restart)

    def take_over(self, before: Self) -> None:
        """Continue with the runs of a window that stood here before."""
        known = {run.name: run for run in self._runs}
        self._all = [known[run.name] for run in before._all if run.name in known]
        self._ended = {known[run.name] for run in before._ended if run.name in known}
        self._job, self._has_epoch, self.finished = before._job, before._has_epoch, before.finished
        self.images_per_second = before.images_per_second
        self._soon()

    @property
    def going(self) -> list[Run]:
        """The runs that are still training; the last one once all have ended."""
        return [run for run in self._all if run not in self._ended] or self._all[-1:]

    @property
    def _run(self) -> Run | None:
        return min(self.going, key=lambda run: run.newest / run.steps_per_epoch, default=None)

    @property
    def run(self) -> str:
        return self._run.name if self._run else ""

    @property
    def step(self) -> int:
        return self._run.newest if self._run else 0

    @property
    def steps_per_epoch(self) -> int:
        return self._run.steps_per_epoch if self._run else 0

    @property
    def epochs(self) -> int:
        return self._run.spec.epochs if self._run else 0

    @property
    def epoch(self) -> float:
        return self.step / self.steps_per_epoch if self.steps_per_epoch else 0.0

    @property
    def fraction(self) -> float:
        """Share of the steps that are done, 0 to 1."""
        return min(1.0, self._done / self._total) if self._total else 0.0

    def seconds_left(self) -> float | None:
        """Return the seconds left; `None` while unknown."""
        return self._time_left.seconds()

    @property
    def _done(self) -> int:
        return sum(run.newest for run in self._all)

    @property
    def _total(self) -> int:
        """Number of steps of all runs; a run that has ended counts those that it did."""
        return sum(run.newest if run in self._ended else run.steps_per_epoch * run.spec.epochs for run in self._all)

    def _begin(self, run: Run | None) -> None:
        is_twin = run is not None and bool(self._all) and self._job == self._bridge.sending_job
        self._job = self._bridge.sending_job
        self._all = [*(self._all if is_twin else []), *([run] if run else [])]
        self._ended.clear()
        self._has_epoch, self.images_per_second, self.finished = False, 0.0, None
        self._time_left.forget()
        self._soon()

    def _take_steps(self, message: StepsDone) -> None:
        if self._run is None:
            return  # the run of a session that was left, which is being stopped
        pace = self._controls.pace and self._controls.pace * len(self.going)
        self._time_left.update(self._done, self._total, pace)
        if pace is not None:
            self.images_per_second = (self._time_left.speed or pace) * self._run.spec.batch
        elif not (self._has_epoch and self.images_per_second):
            # The first turns are slow; after the first epoch, epochs are more exact.
            self._smooth(message.images_per_second, 0.2)
        self._soon()

    def _take_epoch(self, message: EpochDone) -> None:
        self._has_epoch = True
        if self._controls.pace is None:
            self._smooth(message.images_per_second, 0.4)
        self._soon()

    def _smooth(self, images_per_second: float, share: float) -> None:
        """Average exponentially: single turns and epochs differ by half, which nobody could read."""
        if not self.images_per_second:
            share = 1.0
        self.images_per_second += share * (images_per_second - self.images_per_second)

    def _finish(self, message: RunFinished) -> None:
        self.finished = message
        self._ended |= {run for run in self._all if run.name == message.run}
        self._soon()

    def _restart(self) -> None:
        self.images_per_second = 0.0
        self._time_left.forget()
        self._soon()

    def _follow(self, state: str) -> None:
        if state != "running":
            self._restart()
        self._soon()

    def _soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start(CHANGE_PERIOD_MS)


def duration(seconds: float) -> str:
    """Return a time in words, rounded as people do: `4 s`, `2 min 10 s`, `12 min`, `3 h 5 min`."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if seconds < 300:
        whole, rest = divmod(round(seconds / 10) * 10, 60)
        if rest:
            return tr("{minutes} min {seconds} s", minutes=whole, seconds=rest)
        return tr("{minutes} min", minutes=whole)
    if minutes < 60:
        return tr("{minutes} min", minutes=minutes)
    return tr("{hours} h {minutes} min", hours=minutes // 60, minutes=minutes % 60)


def say_left(seconds: float) -> str:
    """Return the duration that is left in words: `6 min left`."""
    return tr("{duration} left", duration=duration(seconds))
