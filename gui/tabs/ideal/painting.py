"""The job that paints ideal images, as the window controls it."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QObject, Signal

from engine.analysis.ideal.job import IdealImages, paint_ideal
from engine.analysis.ideal.spec import IdealSpec
from engine.core.lens import Lens, Neuron
from gui.look import motion
from gui.state.link.bridge import Bridge
from gui.state.link.steered import AUTOMATIC, ONE, ControlledJob

# Growth is shown in this many turns, in one second; a painting of more steps runs at full speed.
TURNS, MOST_SHOWN = 50, 5_000

# How long the engine steps before it takes changes in. Without a window it is twice as long: turns as short as these
# cost a fifth of the speed.
TURN_SECONDS = 0.008


class Painting(ControlledJob):
    """The newest job; it begins with the present images, or with new ones."""

    painted = Signal(object)  # an `IdealImages`

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(bridge, parent)
        self.latest: IdealImages | None = None
        self.earlier = self.number = 0  # steps behind the images when the job began, and of the job itself
        self._held = self._step_due = False
        bridge.listen(IdealImages, self._show_images, self.job)

    @property
    def steps(self) -> int:
        """The number of steps behind the images, with those under earlier lenses and settings."""
        return self.earlier + self.number

    @property
    def rests(self) -> bool:
        """Whether a person lets it rest; not where it does as nobody looks."""
        return self.state == "resting" and not self._held

    def begin(self, lens: Lens, spec: IdealSpec, neurons: Sequence[Neuron], *, rest: bool = False) -> None:
        self.latest, self.earlier, self.number = None, 0, 0
        self._ask(lens, spec, neurons, rest)
        self._show_growth(spec.steps)

    def go_on(
        self, lens: Lens, spec: IdealSpec, neurons: Sequence[Neuron], *, rest: bool = False, at_once: bool = False
    ) -> None:
        """Paint on from the present images, as many steps as the spec has; with `rest` show them under the new lens and
        pause.

        `at_once` is for what follows something that moves by itself: a film, a training.
        """
        self.earlier, self.number = self.steps, 0
        self._ask(lens, spec, neurons, rest)
        if not at_once:
            self._show_growth(spec.steps)

    def grow(self) -> None:
        if self._job is not None:
            self._bridge.runner.change(self._job, AUTOMATIC)
            self._bridge.runner.resume(self._job)

    def step(self) -> None:
        if self._job is not None:
            self._bridge.runner.change(self._job, ONE)
            self._bridge.runner.step(self._job, IdealImages)

    def step_on(self, lens: Lens, spec: IdealSpec, neurons: Sequence[Neuron]) -> None:
        """Take one step from the images of a job that has ended, then pause."""
        self.go_on(lens, spec, neurons, rest=True)
        self._step_due = True

    def change_live(self, changes: Mapping[str, float | str]) -> None:
        """Change live settings of the job; one that is paused takes them with its next step."""
        super().change_live(changes)
        if self._job is not None and "steps" in changes:
            self._show_growth(int(changes["steps"]))

    def hold(self) -> None:
        """Pause while nobody looks."""
        if self.state == "running":
            self._held = True
            self.pause()

    def release(self) -> None:
        if self._held:
            self._held = False
            self.grow()

    def drop(self) -> None:
        self._stop_job()
        self._job, self.latest = None, None
        self.earlier = self.number = 0
        self._held = self._step_due = False
        self._set_state("none")

    def _ask(self, lens: Lens, spec: IdealSpec, neurons: Sequence[Neuron], rest: bool) -> None:
        self._stop_job()
        begin = self.latest.images if self.latest else None
        self._held = self._step_due = False
        with self._bridge.runner.together:
            self._job = self._bridge.ask(paint_ideal, lens, spec, tuple(neurons), begin, turn_seconds=TURN_SECONDS)
            if rest:
                self._bridge.runner.step(self._job, IdealImages)  # the first message is of the start
        self._set_state("resting" if rest else "running")

    def _show_growth(self, steps: int) -> None:
        """Slow the steps so that growth is seen, unless motion is reduced: a thousand take a tenth of a second."""
        assert self._job is not None
        is_seen = steps <= MOST_SHOWN and not motion.is_reduced()
        self._bridge.runner.change(self._job, {"most_per_turn": -(-steps // TURNS) if is_seen else 0})
        self._bridge.runner.pace(self._job, TURNS if is_seen else None)

    def _show_images(self, message: IdealImages) -> None:
        self.latest, self.number = message, message.number
        self.painted.emit(message)

    def _show_paused(self) -> None:
        if self._step_due:
            self._step_due = False
            self.step()
        else:
            super()._show_paused()
