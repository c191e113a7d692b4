"""What a view has to know of runs before it asks about their neurons: their layers, and whether there are weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.lens import Lens, Neuron
from engine.run_jobs import RunRestored
from engine.session_jobs import SessionOpened
from engine.specs import ConvLayer, HiddenLayer
from engine.training.messages import MomentKept, RunStarted, RunSummary

if TYPE_CHECKING:
    from gui.bridge import Bridge


class RunLayers(QObject):
    """Hears of all runs of the session."""

    changed = Signal()
    """There is another run, or a first moment of one."""

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._layers: dict[str, tuple[HiddenLayer, ...]] = {}
        self._unborn: set[str] = set()
        bridge.listen(SessionOpened, self._take_session)
        bridge.listen(RunStarted, self._take_start)
        bridge.listen(RunRestored, lambda message: self._take(message.summary))
        bridge.listen(MomentKept, self._take_moment)

    def of(self, lens: Lens | None) -> tuple[HiddenLayer, ...]:
        """Return the hidden layers of the run that is looked at; none where it is not known."""
        return self._layers.get(lens.run, ()) if lens else ()

    def knows(self, lens: Lens | None) -> bool:
        """Return whether there is the run that is looked at."""
        return lens is not None and lens.run in self._layers

    def is_unborn(self, lens: Lens | None) -> bool:
        """Return whether that run has begun, but no moment of it is kept yet: so there are no weights to look at."""
        return lens is not None and lens.run in self._unborn

    def width(self, lens: Lens | None, layer: int) -> int:
        """Return how many neurons a layer has; 0 where there is none."""
        layers = self.of(lens)
        return layers[layer].width if layer < len(layers) else 0

    def has(self, lens: Lens | None, neuron: Neuron) -> bool:
        """Return whether there is such a neuron."""
        return neuron.number < self.width(lens, neuron.layer)

    def is_map(self, lens: Lens | None, neuron: Neuron | None) -> bool:
        """Return whether it is a feature map of a convolution."""
        layers = self.of(lens)
        return (
            neuron is not None and neuron.layer < len(layers) and isinstance(layers[neuron.layer], ConvLayer)
        )

    def _take_session(self, message: SessionOpened) -> None:
        self._layers.clear()
        self._unborn.clear()
        for summary in message.runs:
            self._take(summary)
        self.changed.emit()

    def _take(self, summary: RunSummary) -> None:
        self._layers[summary.name] = summary.spec.hidden
        if not summary.moments:
            self._unborn.add(summary.name)

    def _take_start(self, message: RunStarted) -> None:
        self._layers[message.run] = message.spec.hidden
        if message.resumed is None:
            self._unborn.add(message.run)
        self.changed.emit()

    def _take_moment(self, message: MomentKept) -> None:
        if message.run in self._unborn:
            self._unborn.discard(message.run)
            self.changed.emit()
