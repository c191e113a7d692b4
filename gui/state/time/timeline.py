"""The timeline: which run and which of its snapshots the lens shows, and every way to another one.

A moment is a snapshot (checkpoint) of a run, by its step.
"""

import dataclasses
from bisect import bisect_right
from collections.abc import Collection
from typing import Self

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from engine.core.language import tr
from engine.core.lens import Lens, Share
from engine.model.training.messages import EpochDone, MomentKept, Parent, RunStarted, StepsDone
from engine.session.jobs.data import DatasetOpened
from engine.session.jobs.files import SessionOpened
from engine.session.jobs.runs import RunsTogether, bookmark, tell_run
from engine.studies.sweep.messages import RunGathered
from gui.state.link.bridge import Bridge
from gui.state.link.clock import one_shot
from gui.state.selection import Selection
from gui.state.sessions import lens_of_session
from gui.state.training.run_controls import RunControls, moment_test
from gui.state.training.runs import Run, RunsChanged, with_epochs_left

# Minimum interval in ms at which a training is shown; what a person does is shown at once.
CHANGE_PERIOD_MS = 100

SPEEDS = (2, 5, 10, 20)  # snapshots a second that can be chosen


class Timeline(QObject):
    """Moves the lens through runs and time. Invariant: the lens is live or at a moment that is kept.

    Live means that no moment is selected: the position is the newest step of the run. A run that starts or is restored
    is selected; so is the newest run when the selected one is deleted. Runs of an experiment are selected only if
    nothing else is.
    """

    changed = Signal()  # another run or moment is selected, or its figures have changed
    bookmarkWanted = Signal()  # a person wants to name the selected moment

    def __init__(self, bridge: Bridge, selection: Selection, controls: RunControls) -> None:
        super().__init__(bridge)
        self.selection = selection
        self.runs = bridge.runs
        self._trained: list[str] = []  # the runs that were started last, until they have ended: two for twins
        self._bridge, self._controls = bridge, controls
        self._timer = one_shot(self, self.changed)
        self.dataset = ""  # summary of the open data; a run may have been trained and tested on others
        self.film = Film(self)
        bridge.listen(DatasetOpened, self._take_dataset)
        for frequent in (StepsDone, MomentKept, EpochDone):
            bridge.listen(frequent, lambda _: self._soon())
        bridge.listen(RunStarted, self._take_start)
        bridge.listen(RunsTogether, self._take_together)
        bridge.listen(RunGathered, self._take_gathered)
        bridge.listen(SessionOpened, self._take_session)
        bridge.runs.changed.connect(self._take_runs)
        controls.stateChanged.connect(self._ask_for_last_moment)
        selection.changed.connect(self._show_selection)

    def take_over(self, before: Self) -> None:
        """Await the end of the same runs as a window that stood here before, and play films at its speed."""
        self._trained, self.film.speed = before._trained, before.film.speed

    @property
    def run(self) -> Run | None:
        return self.runs.seen(self.selection.lens)

    @property
    def is_live(self) -> bool:
        """Whether the lens follows the newest weights."""
        lens = self.selection.lens
        return lens is None or (lens.moment is None and not lens.mixed)

    @property
    def position(self) -> int:
        """The selected step; the newest one while live."""
        if (lens := self.selection.lens) is not None and lens.moment is not None:
            return lens.moment
        return self.run.newest if self.run else 0

    @property
    def moment(self) -> int | None:
        """The selected kept moment; while live the newest one."""
        return self.run.nearest(self.position) if self.run else None

    @property
    def interruption(self) -> str:
        """Where the selected run was stopped: `Run C stopped at epoch 1.6 of 40`; empty if it was not."""
        run = self.run
        if run is None or not run.steps or self._controls.state in ("running", "paused"):
            return ""
        return tr("Run {run} {how}", run=run.name, how=run.say_end()) if run.ending == "stopped" else ""

    def go(self, step: float) -> None:
        """Select the kept moment that is nearest to `step`."""
        moment = self.run.nearest(step) if self.run else None
        if moment is not None:
            self._select(moment)

    def live(self) -> None:
        self._select(None)

    def move(self, count: int) -> None:
        """Select the moment `count` places later, or earlier if negative; behind the last one the lens is live."""
        moment = self.run.beside(self.position, count) if self.run else None
        if moment is not None:
            self._select(moment)
        elif count > 0:
            self.live()

    def go_to_bookmark(self, *, forwards: bool) -> None:
        """Select the nearest later moment that has a name, or the nearest earlier one."""
        step = self.run.bookmark_beside(self.position, forwards=forwards) if self.run else None
        if step is not None:
            self.go(step)

    def play(self, on: bool) -> None:
        """Play all moments of the run, without a mixture, as a film; or pause it."""
        if on:
            self.unmix()
        self.film.play(on)

    @property
    def mixture(self) -> tuple[Share, ...]:
        """The networks that are mixed into the selected one, with their shares."""
        return self.selection.lens.mixed if self.selection.lens else ()

    def go_along(self, place: float) -> None:
        """Set the place on the road between two networks, 0 to 1."""
        if (lens := self.selection.lens) is not None and len(lens.mixed) == 1:
            share = lens.mixed[0]._replace(weight=min(max(place, 0.0), 1.0))
            self.selection.change(lens=dataclasses.replace(lens, mixed=(share,)))

    def latest(self, count: int) -> list[int]:
        """Return the steps of the last `count` kept moments, or fewer, up to the selected one."""
        steps = self.run.steps if self.run else []
        return steps[: bisect_right(steps, self.position)][-count:]

    def average(self, count: int) -> None:
        """Select the mean of the weights of the last `count` moments up to the selected one."""
        lens, steps = self.selection.lens, self.latest(count)
        if lens is not None and len(steps) > 1:
            others = tuple(Share(lens.run, step, 1 / len(steps)) for step in reversed(steps[:-1]))
            self.selection.change(lens=dataclasses.replace(lens, moment=steps[-1], mixed=others))

    def unmix(self) -> None:
        """Select the run's own network at the same moment; live, if that is the newest one."""
        if (lens := self.selection.lens) and lens.mixed:
            is_newest = self.run is not None and self.run.steps[-1:] == [lens.moment]
            self.selection.change(lens=lens.at(None) if is_newest else lens.unmixed())

    def set_bookmark(self, name: str | None, step: int | None = None) -> None:
        """Name the selected moment, or the one at `step`; `None` removes the name."""
        step = self.moment if step is None else step
        if self.run is not None and step is not None:
            self._bridge.submit(bookmark, self.run.name, step, name)

    def train_on(self) -> None:
        """Start a run that continues from the selected moment, with the settings of the next run.

        If these have no more epochs than the moment is old, their epochs are added to those.
        """
        run, step, spec = self.run, self.moment, self._controls.next_spec()
        if run is not None and step is not None and spec is not None:
            self._controls.start(with_epochs_left(spec, step / run.steps_per_epoch), Parent(run.name, step))

    def _take_start(self, message: RunStarted) -> None:
        if not message.group:
            self._trained.append(message.run)
        if not message.group or self.selection.lens is None:
            self.selection.change(lens=Lens(message.run))

    def _take_together(self, message: RunsTogether) -> None:
        self._leave(message.removed)
        if message.restored:
            self.selection.change(lens=Lens(message.restored[-1].name))

    def _take_gathered(self, message: RunGathered) -> None:
        if self.selection.lens is None:
            self.selection.change(lens=Lens(message.summary.name))

    def _leave(self, runs: Collection[str]) -> None:
        """Select another run if the selected one was removed, and unmix what was."""
        if any(share.run in runs for share in self.mixture):
            self.unmix()
        if self.selection.lens and self.selection.lens.run in runs:
            newest = self.runs.newest()
            self.selection.change(lens=Lens(newest.name) if newest else None)

    def _take_session(self, message: SessionOpened) -> None:
        """Restore the lens of the session, or select its newest run."""
        self.film.play(False)
        self.selection.change(lens=lens_of_session(message), label=None, neuron=None, image=None, training=None)

    def _take_runs(self, changes: RunsChanged) -> None:
        lens = self.selection.lens
        if lens is not None and lens.run in changes.moments:
            self._snap()
        self.changed.emit()

    def _take_dataset(self, message: DatasetOpened) -> None:
        self.dataset = message.summary
        self.changed.emit()

    def _ask_for_last_moment(self, state: str) -> None:
        """Request and test the moment that a stopped run has kept: its generator is closed by then and cannot."""
        if state == "idle":
            for run in self._trained:
                self._bridge.submit(tell_run, run)
                self._bridge.submit(moment_test, run)
            self._trained.clear()

    def _select(self, moment: int | None) -> None:
        if lens := self.selection.lens:
            self.selection.change(lens=lens.at(moment))  # ends a mixture, so that none stays unnoticed

    def _show_selection(self, changed: frozenset[str]) -> None:
        if "lens" in changed:
            self._snap()
            self.changed.emit()

    def _snap(self) -> None:
        """Go to the nearest kept moment if the selected one is not kept, or no longer."""
        run, lens = self.run, self.selection.lens
        if run and run.steps and lens and lens.moment is not None and not run.holds(lens.moment):
            self.go(lens.moment)

    def _soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start(CHANGE_PERIOD_MS)


class Film(QObject):
    """Moves the timeline by a timer; anything else that moves it ends the film."""

    changed = Signal()  # it started or ended, or has another speed

    def __init__(self, timeline: Timeline) -> None:
        super().__init__(timeline)
        self.speed = 10
        self._timeline = timeline
        # Run, snapshot and mixture of the current frame.
        self._shown: tuple[str, int | None, tuple[Share, ...]] | None = None
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.advance)
        timeline.selection.changed.connect(self._follow_selection)

    @property
    def playing(self) -> bool:
        return self._timer.isActive()

    def play(self, on: bool) -> None:
        """Play from the current snapshot, or from the first one if that is the last; or pause."""
        run = self._timeline.run
        if on == self.playing or (on and (run is None or len(run.steps) < 2)):
            return
        if on:
            assert run is not None
            if self._timeline.is_live or self._timeline.position >= run.steps[-1]:
                self._move_to(run, run.steps[0])
            lens = self._timeline.selection.lens
            self._shown = (lens.run, lens.moment, lens.mixed) if lens else None
            self._timer.start(round(1000 / self.speed))
        else:
            self._timer.stop()
        self.changed.emit()

    def set_speed(self, speed: int) -> None:
        self.speed = speed
        if self.playing:
            self._timer.start(round(1000 / speed))
        self.changed.emit()

    def advance(self) -> None:
        """Show the next snapshot; the newest ends the film, and the view is live."""
        run = self._timeline.run
        step = run.beside(self._timeline.position, 1) if run else None
        if run is None or step is None or step == run.steps[-1]:
            self.play(False)
            self._timeline.live()
        else:
            self._move_to(run, step)

    def _move_to(self, run: Run, step: int) -> None:
        self._shown = run.name, step, ()
        self._timeline.go(step)

    def _follow_selection(self, changed: frozenset[str]) -> None:
        lens = self._timeline.selection.lens
        is_other = lens is None or (lens.run, lens.moment, lens.mixed) != self._shown
        if "lens" in changed and self.playing and is_other:
            self.play(False)
