"""What the Weights tab asks: a layer's pictures, then how all weights spread; and the order of its neurons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from engine.base.array import Array
from engine.base.lazy import np
from engine.base.lens import Lens
from engine.base.messages import Job, Message, read_only
from engine.network.activations import activations
from engine.network.lens_network import lens_network
from engine.network.summary import summary
from engine.probes.neuron_order import NeuronKey, ordered
from engine.probes.weight_histograms import weight_histograms
from engine.probes.weight_pictures import View, weight_pictures

if TYPE_CHECKING:
    from engine.session.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class NeuronsSorted(Message):
    """The neurons of a hidden layer (from 0) in the order `key`: their numbers, (neurons,) int, read-only."""

    latest_only: ClassVar[bool] = True
    run: str
    step: int
    layer: int
    key: NeuronKey
    order: Array


def read_weights(session: Session, lens: Lens, layer: int, view: View, against: int | None) -> Job:
    """Answer with `WeightPictures`, then with `WeightHistograms`. Refuses as `weight_pictures` does."""
    yield from weight_pictures(session, lens, layer, view, against)
    yield from weight_histograms(session, lens)


def sort_neurons(session: Session, lens: Lens, layer: int, key: NeuronKey) -> Job:
    """Answer with `NeuronsSorted`; of the classes, and of a run that was deleted, there is nothing to tell.

    Raises `UserError` where the test images do not fit the network.
    """
    if layer >= len(lens_network(session, lens).layers):
        return
    # As the fingerprints are ordered: by the untouched network, or each neuron that is silenced would move all rows.
    plain = lens.untouched()
    network = lens_network(session, plain)
    found = yield from activations(session, plain)
    hidden = found.hidden[layer]
    told = yield from summary(hidden, found.labels, network.architecture.classes)
    order = yield from ordered(hidden, told, key)
    yield NeuronsSorted(
        run=lens.run, step=network.key.step, layer=layer, key=key, order=read_only(np.asarray(order))
    )
