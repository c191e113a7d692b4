"""The training images that are most similar to a picture for the network, or that speak for or against its answer."""

from typing import Literal

import numpy as np

from engine.core.lazy import Array
from engine.core.messages import LensAnswer, Turns
from engine.data.dataset import Dataset
from engine.model.network.influence import influences, influences_of_last_layer
from engine.model.network.lens_network import LensNetwork
from engine.model.network.probe import KnownRuns, runs_probe
from engine.model.network.training_vectors import training_vectors, vector_of
from engine.model.training.learned import compared_with

# The choice of images: those most similar to the picture, or those that speak most for the answer or against it.
type Ranking = Literal["alike", "for", "against"]


class NearestImages(LensAnswer):
    """The run's training images nearest to the picture in the last hidden layer, or of the most influence, in order."""

    numbers: Array  # in the training images, (k,)
    pictures: Array  # of shape (k, rows, columns), uint8
    labels: Array  # the labels that the run learned them with, wrong ones too, (k,) uint8
    distances: Array  # Euclidean, (k,)
    by: Ranking = "alike"
    influences: Array | None = None  # their influences if these decide, as in `engine.model.network.influence`, (k,)
    # Whether the influences are those of the last layer's weights alone, as for a network with other than dense layers.
    of_last_layer: bool = False
    remark: str = ""  # a sentence if the run did not learn from these images; else empty


@runs_probe
def nearest_images(
    network: LensNetwork, data: Dataset, runs: KnownRuns, picture: Array, count: int = 8, by: Ranking = "alike"
) -> Turns[NearestImages]:
    """Return the `NearestImages`, in turns; a network without hidden layers compares the pixels.

    If the outputs do not read the last hidden layer as it is, images are always chosen as `alike`, where the places of
    feature maps are averaged; for any other network with more than dense layers the influence is that of the last
    layer's weights alone.
    """
    run = runs[network.key.run]
    vectors = yield from training_vectors(network, data, runs)
    compared = compared_with(data, run, runs)
    chosen = compared.learned
    vector = vector_of(network, picture)
    chosen_influences, of_last_layer = None, not network.plan.is_dense
    if by == "alike" or (network.layers and not network.plan.reads_last):
        places, distances = vectors.nearest(vector, count)
        by = "alike"
    else:
        if of_last_layer:  # through convolutions it would take more than a minute: see `influence`
            outputs = network.kernel(-1), network.bias(-1)
            all_influences = influences_of_last_layer(vectors.all, chosen.labels, outputs, run.spec.loss, vector)
        else:
            images = compared.data.train_images
            all_influences = yield from influences(network, run.spec.loss, picture, images, chosen.labels)
        places = np.argsort(all_influences if by == "against" else -all_influences, kind="stable")[:count]
        distances = np.linalg.norm(vectors.all[places].astype(np.float64) - vector, axis=1)
        chosen_influences = all_influences[places]
    numbers = chosen.numbers[places]
    return NearestImages(
        **network.shown,
        numbers=numbers,
        pictures=data.shown(numbers, train=True),
        labels=chosen.labels[places],
        distances=distances,
        by=by,
        influences=chosen_influences,
        remark=compared.caveat,
        of_last_layer=of_last_layer and chosen_influences is not None,
    )
