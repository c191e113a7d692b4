"""The neuron that is pointed at: its weights are fetched from the engine as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.base.messages import JobEnded
from engine.probes.weight_picture import WeightPicture, weight_picture

if TYPE_CHECKING:
    from engine.base.lens import Neuron
    from gui.state.bridge import Bridge
    from gui.state.selection import Selection


class PointedNeuron(QObject):
    """Asks for one picture at a time; an answer to an earlier neuron goes unheard."""

    pictured = Signal(object, object)
    """Carries the neuron and its picture (rows, columns), `None` where it has none; twice `None` for no neuron."""

    def __init__(self, bridge: Bridge, selection: Selection, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge, self._selection = bridge, selection
        self._neuron: Neuron | None = None
        self._job: int | None = None
        bridge.listen(WeightPicture, self._show_picture, job=lambda: self._job)
        bridge.listen(JobEnded, lambda _: self._show_end(), job=lambda: self._job)

    def point_at(self, neuron: Neuron | None) -> None:
        """Ask for the weights of this neuron, as the lens shows them; `None`: nothing is pointed at any more."""
        self._neuron, self._job = neuron, None
        if neuron is None:
            self.pictured.emit(None, None)
        elif self._selection.lens is not None:
            self._job = self._bridge.ask(weight_picture, self._selection.lens, neuron)

    def ask_again(self) -> None:
        """Ask for the same neuron's weights, which may be others now."""
        if self._neuron is not None:
            self.point_at(self._neuron)

    def _show_picture(self, message: WeightPicture) -> None:
        self._job = None
        self.pictured.emit(message.neuron, message.picture)

    def _show_end(self) -> None:
        self._job = None
        self.pictured.emit(self._neuron, None)
