"""What is asked about a drawing: the answer at once and then why, and beside it what it is like."""

from __future__ import annotations

from typing import NamedTuple

from engine.analysis.probes.answer import answer
from engine.analysis.probes.breakdown import breakdown as breakdown_of
from engine.analysis.probes.breakdown import has_breakdown
from engine.analysis.probes.class_means import class_means
from engine.analysis.probes.familiarity import familiarity
from engine.analysis.probes.nearest import Ranking, nearest_images
from engine.analysis.probes.saliency import Method, saliency
from engine.core.array import Array
from engine.core.lens import Lens
from engine.core.messages import Job
from engine.core.preload import tensorflow_there
from engine.model.network.fitting import fits
from engine.model.network.lens_network import lens_network
from engine.session.session import Session


class Why(NamedTuple):
    """What is to be explained: a class (`None`: the likeliest), or it and not another; and by which method."""

    label: int | None = None
    against: int | None = None
    method: Method = "integrated"


def read_drawing(
    session: Session,
    lens: Lens,
    picture: Array,
    *,
    why: tuple[int | None, int | None, Method] | None = None,
    means: bool = True,
    breakdown: bool = False,
) -> Job:
    """Read a picture (rows, columns) as the network receives it; a newer drawing's job takes this one's place.

    Yields `PictureAnswer` in its first turn, then in turns of their own, as soon as TensorFlow is there: with `means`
    the `ClassMeans` of the first hidden layer (the very same message as long as the lens is the same), with `why` the
    `Saliency`, with `breakdown` the `Breakdown` of that answer. What the network or the data do not allow is left out.
    """
    yield from answer(session, lens, picture)
    yield from tensorflow_there()
    network = lens_network(session, lens)
    has_data = fits(session.dataset, network.architecture)
    asked = Why(*why) if why is not None else Why()
    label = int(network.answer(picture)[1].argmax()) if asked.label is None else asked.label
    if means and has_data and network.layers:
        yield from class_means(session, lens)
    if why is not None and label != asked.against:
        yield from saliency(session, lens, picture, label, asked.against, asked.method)
    if breakdown and has_breakdown(network):
        yield from breakdown_of(session, lens, picture, label)


def near_drawing(session: Session, lens: Lens, picture: Array, by: Ranking = "alike") -> Job:
    """Answer with `NearestImages` and `Familiarity` as soon as TensorFlow is there, and the data are what it reads.

    It may take long: the network has to read all training images for it.
    """
    yield from tensorflow_there()
    if fits(session.dataset, lens_network(session, lens).architecture):
        yield from nearest_images(session, lens, picture, by=by)
        yield from familiarity(session, lens, picture)
