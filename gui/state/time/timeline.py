"""The time machine: which run and which of its moments are looked at, and every way to another one."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from engine.analysis.probes.moment_test import moment_test
from engine.core.lens import Lens, Share
from engine.model.training.messages import EpochDone, MomentKept, Parent, RunStarted, StepsDone
from engine.session.jobs.data import DatasetOpened
from engine.session.jobs.files import SessionOpened
from engine.session.jobs.runs import RunRemoved, RunRestored, RunsTogether, bookmark, tell_run
from engine.studies.sweep.messages import RunGathered
from gui.state.link.one_shot import one_shot
from gui.state.sessions import lens_of_session
from gui.state.training.runs import STOPPED, Run, RunsChanged, with_epochs_left

if TYPE_CHECKING:
    from gui.state.link.bridge import Bridge
    from gui.state.selection import Selection
    from gui.state.training.run_controls import RunControls

CHANGE_PERIOD_MS = 100
"""Minimum interval in ms at which a training is shown; what a person does is shown at once."""

SPEEDS = (2, 5, 10, 20)
"""Moments a second that can be chosen."""


class Timeline(QObject):
    """Moves the lens through runs and time. Invariant: it stands on a moment that is kept, or is live.

    A run that begins or comes back is looked at, and the newest one where the one that was looked at is deleted; those
    that an experiment trains one after the other only where there is nothing else to look at. Live
    means that no moment is chosen: then the position is wherever the run has come to.
    """

    changed = Signal()
    """Another run or moment is looked at, or its figures have changed."""
    bookmarkWanted = Signal()
    """A person wants to name the moment that is looked at."""

    def __init__(
        self, bridge: Bridge, selection: Selection, controls: RunControls, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.selection = selection
        self.runs = bridge.runs
        self._trained: list[str] = []
        """The runs that were started last, until they have ended: two where these are twins."""
        self._bridge, self._controls = bridge, controls
        self._timer = one_shot(self, self.changed)
        self.dataset = ""
        """Summary of the data that are open; a run may have been trained and tested on others."""
        self.film = Film(self)
        bridge.listen(DatasetOpened, self._take_dataset)
        for often in (StepsDone, MomentKept, EpochDone):
            bridge.listen(often, lambda _: self._soon())
        bridge.listen(RunStarted, self._take_start)
        bridge.listen(RunRemoved, lambda message: self._leave([message.run]))
        bridge.listen(RunsTogether, self._take_together)
        bridge.listen(RunGathered, self._take_gathered)
        bridge.listen(RunRestored, lambda message: selection.change(lens=Lens(message.run)))
        bridge.listen(SessionOpened, self._take_session)
        bridge.runs.changed.connect(self._take_runs)
        controls.stateChanged.connect(self._ask_for_last_moment)
        selection.changed.connect(self._show_selection)

    # Where one is ---------------------------------------------------------------------------------------------------

    @property
    def run(self) -> Run | None:
        """The run that is looked at."""
        return self.runs.seen(self.selection.lens)

    @property
    def is_live(self) -> bool:
        """Whether one looks at now."""
        lens = self.selection.lens
        return lens is None or (lens.moment is None and not lens.mixed)

    @property
    def position(self) -> int:
        """The step that is looked at; the newest one while live."""
        lens = self.selection.lens
        if lens is not None and lens.moment is not None:
            return lens.moment
        return self.run.newest if self.run else 0

    @property
    def moment(self) -> int | None:
        """The kept moment that is looked at: while live, the newest one."""
        return self.run.nearest(self.position) if self.run else None

    @property
    def interruption(self) -> str:
        """Say where the run that is looked at ended before its time: `Run C stopped at epoch 1.6 of 40`.

        Empty while a run is going on, and for one that has come to its end.
        """
        run = self.run
        if run is None or not run.steps or self._controls.state in ("running", "paused"):
            return ""
        return f"Run {run.name} {end}" if (end := run.say_end()).startswith(STOPPED) else ""

    # Ways to another moment -----------------------------------------------------------------------------------------

    def go(self, step: float) -> None:
        """Look at the kept moment that is nearest to `step`."""
        moment = self.run.nearest(step) if self.run else None
        if moment is not None:
            self._look_at(moment)

    def live(self) -> None:
        """Look at now."""
        self._look_at(None)

    def move(self, count: int) -> None:
        """Look at the moment `count` places later, or earlier; after the last one comes now."""
        moment = self.run.beside(self.position, count) if self.run else None
        if moment is not None:
            self._look_at(moment)
        elif count > 0:
            self.live()

    def previous(self) -> None:
        """Look at the moment before."""
        self.move(-1)

    def next(self) -> None:
        """Look at the moment after."""
        self.move(1)

    def first(self) -> None:
        """Look at the network as it was before its first step."""
        self.go(0)

    def last(self) -> None:
        """Look at the last moment that is kept."""
        self.go(math.inf)

    def previous_bookmark(self) -> None:
        """Look at the nearest earlier moment that has a name."""
        self._go_to_bookmark(forwards=False)

    def next_bookmark(self) -> None:
        """Look at the nearest later moment that has a name."""
        self._go_to_bookmark(forwards=True)

    def play(self, on: bool) -> None:
        """Show all moments as a film, or hold it; it is of the run alone."""
        if on:
            self.unmix()
        self.film.play(on)

    # Mixtures -------------------------------------------------------------------------------------------------------

    @property
    def mixture(self) -> tuple[Share, ...]:
        """What is mixed into the network that is looked at; its place on the road where it is one network."""
        return self.selection.lens.mixed if self.selection.lens else ()

    def go_along(self, place: float) -> None:
        """Go to another place on the road between two networks, 0 to 1."""
        lens = self.selection.lens
        if lens is not None and len(lens.mixed) == 1:
            share = lens.mixed[0]._replace(weight=min(max(place, 0.0), 1.0))
            self.selection.change(lens=dataclasses.replace(lens, mixed=(share,)))

    def latest(self, count: int) -> list[int]:
        """Return the steps of the last `count` kept moments, or fewer, up to the one that is looked at."""
        kept = [step for step in self.run.steps if step <= self.position] if self.run else []
        return kept[-count:]

    def average(self, count: int) -> None:
        """Look at the mean of the weights of the last `count` moments up to the one that is looked at."""
        lens, steps = self.selection.lens, self.latest(count)
        if lens is not None and len(steps) > 1:
            others = tuple(Share(lens.run, step, 1 / len(steps)) for step in reversed(steps[:-1]))
            self.selection.change(lens=dataclasses.replace(lens, moment=steps[-1], mixed=others))

    def unmix(self) -> None:
        """Look at the run's own network again, where it was left: as the latest where its newest snapshot was mixed."""
        if (lens := self.selection.lens) and lens.mixed:
            is_newest = self.run is not None and self.run.steps[-1:] == [lens.moment]
            self.selection.change(lens=lens.at(None) if is_newest else lens.unmixed())

    # What can be done with a moment ---------------------------------------------------------------------------------

    def set_bookmark(self, name: str | None, step: int | None = None) -> None:
        """Give the moment that is looked at (or the one at `step`) a name; `None` takes it away."""
        step = self.moment if step is None else step
        if self.run is not None and step is not None:
            self._bridge.submit(bookmark, self.run.name, step, name)

    def train_on(self) -> None:
        """Start a run that continues from the snapshot that is looked at, with the settings of the next run.

        Where these have no more epochs than the moment has behind it, their epochs come on top of those.
        """
        run, step, spec = self.run, self.moment, self._controls.next_spec()
        if run is None or step is None or spec is None:
            return
        self._controls.start(with_epochs_left(spec, step / run.steps_per_epoch), Parent(run.name, step))

    # What the engine tells ------------------------------------------------------------------------------------------

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
        """Look at the first run of a sweep where there was none to look at; later ones come without being asked for."""
        if self.selection.lens is None:
            self.selection.change(lens=Lens(message.summary.name))

    def _leave(self, runs: Collection[str]) -> None:
        """Look at no run that was removed."""
        if any(share.run in runs for share in self.mixture):
            self.unmix()
        if self.selection.lens and self.selection.lens.run in runs:
            newest = self.runs.newest()
            self.selection.change(lens=Lens(newest.name) if newest else None)

    def _take_session(self, message: SessionOpened) -> None:
        """Look at what was looked at when the session was left, or at its newest run."""
        self.film.play(False)
        self.selection.change(
            lens=lens_of_session(message), label=None, neuron=None, image=None, training=None
        )

    def _take_runs(self, changes: RunsChanged) -> None:
        lens = self.selection.lens
        if lens is not None and lens.run in changes.moments:
            self._snap()
        self.changed.emit()

    def _take_dataset(self, message: DatasetOpened) -> None:
        self.dataset = message.summary
        self.changed.emit()

    def _ask_for_last_moment(self, state: str) -> None:
        """Where a run was stopped it kept a moment: learn of it when it has ended, and have it tested."""
        if state == "idle":
            for run in self._trained:
                self._bridge.submit(tell_run, run)
                self._bridge.submit(moment_test, run)
            self._trained.clear()

    # How it moves ---------------------------------------------------------------------------------------------------

    def _look_at(self, moment: int | None) -> None:
        """Look at a moment of the run; every way to one ends a mixture, so none stays unnoticed."""
        if lens := self.selection.lens:
            self.selection.change(lens=lens.at(moment))

    def _go_to_bookmark(self, *, forwards: bool) -> None:
        step = self.run.bookmark_beside(self.position, forwards=forwards) if self.run else None
        if step is not None:
            self.go(step)

    def _show_selection(self, changed: frozenset[str]) -> None:
        if "lens" in changed:
            self._snap()
            self.changed.emit()

    def _snap(self) -> None:
        """Go to the nearest moment when the one that is looked at is not kept, or no more."""
        run, lens = self.run, self.selection.lens
        if run and run.steps and lens and lens.moment is not None and not run.holds(lens.moment):
            self.go(lens.moment)

    def _soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start(CHANGE_PERIOD_MS)


class Film(QObject):
    """Moves the timeline by a clock; whatever else moves it ends the film."""

    changed = Signal()
    """It began or ended, or its speed is another one."""

    def __init__(self, timeline: Timeline) -> None:
        super().__init__(timeline)
        self.speed = 10
        self._timeline = timeline
        self._at: tuple[str, int | None, tuple[Share, ...]] | None = None
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.advance)
        timeline.selection.changed.connect(self._show_selection)

    @property
    def playing(self) -> bool:
        """Whether it is on."""
        return self._timer.isActive()

    def play(self, on: bool) -> None:
        """Play from the current snapshot, from the first one at the end; or pause."""
        if on == self.playing:
            return
        run = self._timeline.run
        if on and (run is None or len(run.steps) < 2):
            return
        if on:
            assert run is not None
            if self._timeline.is_live or self._timeline.position >= run.steps[-1]:
                self._move_to(run.steps[0])
            self._remember()
            self._timer.start(round(1000 / self.speed))
        else:
            self._timer.stop()
        self.changed.emit()

    def set_speed(self, speed: int) -> None:
        """Set the number of moments a second."""
        self.speed = speed
        if self.playing:
            self._timer.start(round(1000 / speed))
        self.changed.emit()

    def advance(self) -> None:
        """Show the next moment; the newest is now, and the end."""
        run = self._timeline.run
        step = run.beside(self._timeline.position, 1) if run else None
        if run is None or step is None or step == run.steps[-1]:
            self.play(False)
            self._timeline.live()
        else:
            self._move_to(step)

    def _move_to(self, step: int) -> None:
        run = self._timeline.run
        assert run is not None
        self._at = run.name, step, ()
        self._timeline.go(step)

    def _remember(self) -> None:
        lens = self._timeline.selection.lens
        self._at = (lens.run, lens.moment, lens.mixed) if lens else None

    def _show_selection(self, changed: frozenset[str]) -> None:
        lens = self._timeline.selection.lens
        if (
            "lens" in changed
            and self.playing
            and (lens is None or (lens.run, lens.moment, lens.mixed) != self._at)
        ):
            self.play(False)
