"""The mean output of each neuron of a hidden layer over the test images of each class."""

from engine.core.lazy import Array
from engine.core.messages import LensAnswer, Turns
from engine.data.dataset import DataCache, Dataset
from engine.model.network.activations import activations_of
from engine.model.network.lens_network import Key, LensNetwork
from engine.model.network.probe import images_probe
from engine.model.network.summary import summary

MOST_KEPT = 64  # maximum number of lenses whose means are cached, at some kilobytes each


class ClassMeans(LensAnswer):
    """Mean outputs (classes, neurons) of hidden layer `layer`, from 0, by class; NaN for one without images."""

    layer: int
    means: Array


@images_probe
def class_means(network: LensNetwork, data: Dataset, layer: int = 0) -> Turns[ClassMeans]:
    """Return the `ClassMeans` in turns, the same object for the same question; raise `UserError` without the layer."""
    network.hidden_layer(layer)
    key = network.key, data, layer
    means = _kept.get(key)
    if means is None:
        activations = yield from activations_of(network, data)
        layer_summary = yield from summary(activations.hidden[layer], activations.labels, network.architecture.classes)
        means = _kept.get(key) or _kept.put(  # another job may have computed them meanwhile
            key, ClassMeans(**network.shown, layer=layer, means=layer_summary.means)
        )
    return means


_kept: DataCache[tuple[Key, Dataset, int], ClassMeans] = DataCache(count=MOST_KEPT)
