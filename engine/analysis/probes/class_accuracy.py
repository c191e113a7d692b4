"""The accuracy on each class of the test images, as the lens shows the network and untouched."""

from engine.core.lazy import Array
from engine.core.messages import LensAnswer, Turns
from engine.data.dataset import Dataset
from engine.model.network.activations import activations_of
from engine.model.network.lens_network import LensNetwork
from engine.model.network.plain import accuracy
from engine.model.network.probe import KnownRuns, runs_probe
from engine.model.training.learned import remark_on


class ClassAccuracy(LensAnswer):
    """Shares of right answers through the lens, and of the untouched network at the same moment."""

    accuracy: float
    class_accuracy: Array  # for each class, (classes,) float64; NaN for a class without images
    counts: Array  # test images of each class, (classes,) int
    before_accuracy: float
    before_class_accuracy: Array  # the same of the untouched network
    remark: str = ""  # a sentence if the run learned from other data; else empty


@runs_probe
def class_accuracy(network: LensNetwork, data: Dataset, runs: KnownRuns) -> Turns[ClassAccuracy]:
    """Return the accuracy on each class of a data set, in turns."""
    plain = network.untouched()
    before = yield from activations_of(plain, data)
    after = before if plain is network else (yield from activations_of(network, data))
    now, then = accuracy(after.logits, after.labels), accuracy(before.logits, before.labels)
    return ClassAccuracy(
        **network.shown,
        accuracy=now.whole,
        class_accuracy=now.of_classes,
        counts=now.counts,
        before_accuracy=then.whole,
        before_class_accuracy=then.of_classes,
        remark=remark_on(data, runs[network.key.run]),
    )
