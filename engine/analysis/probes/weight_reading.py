"""The jobs of the Weights tab: a layer's pictures with the histograms of all weights, and the order of its neurons."""

from engine.analysis.probes.neuron_order import NeuronKey, ordered
from engine.analysis.probes.weight_histograms import weight_histograms
from engine.analysis.probes.weight_pictures import View, weight_pictures
from engine.core.lazy import Array, np
from engine.core.lens import Lens
from engine.core.messages import Job, LensAnswer, Turns
from engine.data.dataset import Dataset
from engine.model.network.activations import activations_of
from engine.model.network.lens_network import LensNetwork, lens_network
from engine.model.network.probe import images_probe
from engine.model.network.summary import summary
from engine.session.session import Session


class NeuronsSorted(LensAnswer):
    """The neurons of a hidden layer (from 0) in the order `key`: their numbers, (neurons,) int."""

    layer: int
    key: NeuronKey
    order: Array


def read_weights(session: Session, lens: Lens, layer: int, view: View, against: int | None) -> Job:
    """Answer with `WeightPictures`, then with `WeightHistograms`. Raises as `weight_pictures` does."""
    yield from weight_pictures(session, lens, layer, view, against)
    yield from weight_histograms(session, lens)


def sort_neurons(session: Session, lens: Lens, layer: int, key: NeuronKey) -> Job:
    """Answer with `NeuronsSorted` for a hidden layer; nothing for the last layer, the classes."""
    if layer < len(lens_network(session, lens).layers):
        yield from _sorted_neurons(session, lens, layer, key)


@images_probe
def _sorted_neurons(network: LensNetwork, data: Dataset, layer: int, key: NeuronKey) -> Turns[NeuronsSorted]:
    # By the untouched network, as fingerprints: otherwise each silenced neuron would move all rows.
    network = network.untouched()
    activations = yield from activations_of(network, data)
    hidden = activations.hidden[layer]
    layer_summary = yield from summary(hidden, activations.labels, network.architecture.classes)
    order = yield from ordered(hidden, layer_summary, key)
    return NeuronsSorted(**network.shown, layer=layer, key=key, order=np.asarray(order))
