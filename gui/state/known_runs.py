"""What a view has to know of the session's runs before it asks about one: its layers, its moments and their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.base.lens import Lens, Neuron
from engine.base.specs import ConvLayer, HiddenLayer, TrainSpec
from engine.session.run_jobs import RunRemoved, RunRestored
from engine.session.session_jobs import SessionOpened
from engine.training.messages import MomentKept, RunChanged, RunStarted, RunSummary
from gui.state.run_moments import RunMoments

if TYPE_CHECKING:
    from gui.state.bridge import Bridge


class KnownRuns(QObject):
    """Follows what the engine tells of runs."""

    changed = Signal(str)
    """The name of a run of which there is more to choose from, or less; empty: of all."""
    appeared = Signal()
    """There is another run to look at, or a first moment of one; said after `changed`."""

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self.runs: dict[str, RunMoments] = {}
        self._specs: dict[str, TrainSpec] = {}
        """Those of removed runs too: a lens may look at one for a moment more."""
        bridge.listen(RunStarted, self._take_start)
        bridge.listen(MomentKept, self._take_moment)
        bridge.listen(RunChanged, self._take_change)
        bridge.listen(RunRemoved, self._take_removal)
        bridge.listen(RunRestored, lambda message: self._take(message.summary))
        bridge.listen(SessionOpened, self._take_session)

    # The run that a lens looks at ---------------------------------------------------------------------------------

    def knows(self, lens: Lens | None) -> bool:
        """Return whether there is the run that is looked at."""
        return lens is not None and lens.run in self._specs

    def is_unborn(self, lens: Lens | None) -> bool:
        """Return whether that run has begun, but no moment of it is kept yet: so there are no weights to look at."""
        run = self.runs.get(lens.run) if lens else None
        return run is not None and not run.steps

    def hidden(self, lens: Lens | None) -> tuple[HiddenLayer, ...]:
        """Return its hidden layers; none where it is not known."""
        return self._specs[lens.run].hidden if lens and lens.run in self._specs else ()

    def width(self, lens: Lens | None, layer: int) -> int:
        """Return how many neurons a hidden layer has; 0 where there is none."""
        layers = self.hidden(lens)
        return layers[layer].width if layer < len(layers) else 0

    def has(self, lens: Lens | None, neuron: Neuron) -> bool:
        """Return whether there is such a neuron."""
        return neuron.number < self.width(lens, neuron.layer)

    def is_map(self, lens: Lens | None, neuron: Neuron | None) -> bool:
        """Return whether it is a feature map of a convolution."""
        layers = self.hidden(lens)
        return (
            neuron is not None and neuron.layer < len(layers) and isinstance(layers[neuron.layer], ConvLayer)
        )

    # Runs by name -------------------------------------------------------------------------------------------------

    def layers(self, run: str) -> int | None:
        """Return how many layers the network of a run has, the classes included; `None` where that is not known."""
        return len(self._specs[run].hidden) + 1 if run in self._specs else None

    def titles(self, run: str) -> dict[int, str]:
        """Return what the moments of a run are called, by step: by their names, else by where they lie."""
        known = self.runs.get(run)
        if known is None:
            return {}
        return {
            step: "the start" if step == 0 else known.bookmarks.get(step) or known.say_epoch(step)
            for step in known.steps
        }

    # What the engine tells ----------------------------------------------------------------------------------------

    def _take_start(self, message: RunStarted) -> None:
        self.runs[message.run], self._specs[message.run] = RunMoments.begun(message), message.spec
        self.changed.emit(message.run)
        self.appeared.emit()

    def _take_moment(self, message: MomentKept) -> None:
        if run := self.runs.get(message.run):
            is_first = not run.steps
            run.keep(message.step)
            self.changed.emit(message.run)
            if is_first:
                self.appeared.emit()

    def _take_change(self, message: RunChanged) -> None:
        if run := self.runs.get(message.run):
            run.replace(message.moments, message.bookmarks)
            self.changed.emit(message.run)

    def _take_removal(self, message: RunRemoved) -> None:
        self.runs.pop(message.run, None)
        self.changed.emit(message.run)

    def _take(self, summary: RunSummary) -> None:
        self.runs[summary.name], self._specs[summary.name] = RunMoments.of(summary), summary.spec
        self.changed.emit(summary.name)

    def _take_session(self, message: SessionOpened) -> None:
        self.runs = {summary.name: RunMoments.of(summary) for summary in message.runs}
        self._specs = {summary.name: summary.spec for summary in message.runs}
        self.changed.emit("")
        self.appeared.emit()
