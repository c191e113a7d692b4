"""Which training images look most alike to the network?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from engine.base.messages import Job, Message, read_only
from engine.data.fitting import fitting_data, spec_on
from engine.data.learned import learned
from engine.network.lens_network import lens_network
from engine.network.training_vectors import training_vectors, vector_of

if TYPE_CHECKING:
    from engine.base.lens import Lens
    from engine.session.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestImages(Message):
    """The training images nearest to the picture in the space of the last hidden layer, the nearest first."""

    latest_only: ClassVar[bool] = True
    run: str
    step: int
    numbers: np.ndarray[Any, Any]
    """In the training images, (k,)."""
    pictures: np.ndarray[Any, Any]
    """Of shape (k, rows, columns), uint8."""
    labels: np.ndarray[Any, Any]
    """As what the run learned them, wrong ones too, (k,) uint8."""
    distances: np.ndarray[Any, Any]
    """Euclidean, (k,)."""


def nearest_images(session: Session, lens: Lens, picture: np.ndarray[Any, Any], count: int = 8) -> Job:
    """Answer with `NearestImages`; a network without hidden layers compares the pixels.

    What it makes of all training images is computed in turns once, and kept also when the job is stopped half-way. Of
    a run that was deleted meanwhile there is nothing to tell. Raises `UserError` when the data are not what the
    network reads.
    """
    network = lens_network(session, lens)
    data = fitting_data(session, network.architecture)
    vectors = yield from training_vectors(session, lens)
    places, distances = vectors.nearest(vector_of(network, picture), count)
    chosen = learned(data, spec_on(data, session.run(lens.run)))
    numbers = chosen.numbers[places]
    yield NearestImages(
        run=lens.run,
        step=network.key.step,
        numbers=read_only(numbers),
        pictures=read_only(data.shown(numbers, train=True)),
        labels=read_only(chosen.labels[places]),
        distances=read_only(distances),
    )
