"""Which training images look most alike to the network, and which speak for its answer, or against it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from engine.base.array import Array
from engine.base.messages import Job, Message, read_only
from engine.base.specs import ConvLayer
from engine.data.fitting import fitting_data
from engine.data.learned import compared_with
from engine.network.influence import influences, influences_of_last_layer
from engine.network.lens_network import lens_network
from engine.network.training_vectors import training_vectors, vector_of

if TYPE_CHECKING:
    from engine.base.lens import Lens
    from engine.session.session import Session

type Ranking = Literal["alike", "for", "against"]
"""By what images are chosen: those nearest to the picture, or those that speak most for the answer or against it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestImages(Message):
    """Of the images that the run learned from those nearest to the picture in the space of the last hidden layer, the
    nearest first.

    Or those that spoke for its answer, or against it, the one with the greatest influence first.
    """

    latest_only: ClassVar[bool] = True
    run: str
    step: int
    numbers: Array
    """In the training images, (k,)."""
    pictures: Array
    """Of shape (k, rows, columns), uint8."""
    labels: Array
    """As what the run learned them, wrong ones too, (k,) uint8."""
    distances: Array
    """Euclidean, (k,)."""
    by: Ranking = "alike"
    influences: Array | None = None
    """Where they are chosen by these: see `engine.network.influence`, (k,)."""
    of_last_layer: bool = False
    """Whether the influences are those of the last layer's weights alone, as in a network with convolutions."""
    remark: str = ""
    """A sentence that says that the run did not learn from them; empty where it did."""


def nearest_images(
    session: Session,
    lens: Lens,
    picture: Array,
    count: int = 8,
    by: Ranking = "alike",
) -> Job:
    """Answer with `NearestImages`; a network without hidden layers compares the pixels.

    Where the last hidden layer is a convolution, whose places are averaged here, they are always chosen as `alike`; in
    any other network with convolutions the influence is that of the last layer's weights alone.

    What it makes of all training images is computed in turns once, and kept also when the job is stopped half-way. Of
    a run that was deleted meanwhile there is nothing to tell. Raises `UserError` when the data are not what the
    network reads.
    """
    network = lens_network(session, lens)
    data = fitting_data(session, network.architecture)
    run = session.run(lens.run)
    vectors = yield from training_vectors(session, lens)
    compared = compared_with(data, run, session.known_runs)
    chosen = compared.learned
    vector = vector_of(network, picture)
    found, of_last_layer = None, any(isinstance(layer, ConvLayer) for layer in network.layers)
    if by == "alike" or (network.layers and isinstance(network.layers[-1], ConvLayer)):
        places, distances = vectors.nearest(vector, count)
        by = "alike"
    else:
        if of_last_layer:
            outputs = network.weights[-2:]
            everyone = influences_of_last_layer(vectors.all, chosen.labels, outputs, run.spec.loss, vector)
        else:
            images = compared.data.train_images
            everyone = yield from influences(network, run.spec.loss, picture, images, chosen.labels)
        places = np.argsort(everyone if by == "against" else -everyone, kind="stable")[:count]
        distances = np.linalg.norm(vectors.all[places].astype(np.float64) - vector, axis=1)
        found = everyone[places]
    numbers = chosen.numbers[places]
    yield NearestImages(
        run=lens.run,
        step=network.key.step,
        numbers=read_only(numbers),
        pictures=read_only(data.shown(numbers, train=True)),
        labels=read_only(chosen.labels[places]),
        distances=read_only(distances),
        by=by,
        influences=None if found is None else read_only(found),
        remark=compared.caveat,
        of_last_layer=of_last_layer and found is not None,
    )
