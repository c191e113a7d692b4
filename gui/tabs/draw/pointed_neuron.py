"""The neuron that is pointed at: its weights are fetched from the engine as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.probes.weight_picture import WeightPicture, weight_picture
from gui.state.query import Request

if TYPE_CHECKING:
    from engine.base.lens import Neuron
    from gui.widgets.tab import Tab


class PointedNeuron(QObject):
    """Asks for one picture at a time; an answer to an earlier neuron goes unheard."""

    pictured = Signal(object, object)
    """Carries the neuron and its picture (rows, columns), `None` where it has none; twice `None` for no neuron."""

    def __init__(self, tab: Tab) -> None:
        super().__init__(tab)
        self._selection = tab.selection
        self._neuron: Neuron | None = None
        self._query = tab.query(self._ask, every_ms=0, patience_ms=0)
        self._query.listen(WeightPicture, self._show_picture)
        self._query.ended.connect(lambda: self.pictured.emit(self._neuron, None))

    def point_at(self, neuron: Neuron | None) -> None:
        """Ask for the weights of this neuron, as the lens shows them; `None`: nothing is pointed at any more."""
        self._neuron = neuron
        if neuron is None:
            self._query.drop()
            self.pictured.emit(None, None)
        else:
            self._query.refresh()

    def ask_again(self) -> None:
        """Ask for the same neuron's weights, which may be others now."""
        if self._neuron is not None:
            self._query.refresh()

    def _ask(self) -> Request[...] | None:
        lens, neuron = self._selection.lens, self._neuron
        return Request(weight_picture, lens, neuron) if lens and neuron else None

    def _show_picture(self, message: WeightPicture) -> None:
        self._query.drop()  # one that ends without a picture has none
        self.pictured.emit(message.neuron, message.picture)
