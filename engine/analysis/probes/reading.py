"""The jobs of a drawing: first the answer, then the reasons for it; beside them, the images that it resembles."""

from typing import NamedTuple

from engine.analysis.probes.answer import answer
from engine.analysis.probes.breakdown import breakdown as breakdown_of
from engine.analysis.probes.breakdown import has_breakdown, no_breakdown
from engine.analysis.probes.class_means import class_means
from engine.analysis.probes.familiarity import familiarity
from engine.analysis.probes.nearest import Ranking, nearest_images
from engine.analysis.probes.saliency import Method, saliency
from engine.core.lazy import Array
from engine.core.lens import Lens
from engine.core.messages import Job
from engine.core.preload import tensorflow_there
from engine.model.network.lens_network import fits, lens_network
from engine.session.session import Session


class Why(NamedTuple):
    """What to explain: a class (`None`: the likeliest), optionally against another one, and by which method."""

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
    """Read a picture (rows, columns) as the network receives it: yield `PictureAnswer` in the first turn.

    Then, once TensorFlow is imported, with `means` the `ClassMeans` of the first hidden layer, with `why` the
    `Saliency`, with `breakdown` the `Breakdown` of that answer. Skips what the network or the data do not allow.
    """
    # One job for the answer and its reasons: a newer stroke replaces it, so an answer never waits for outdated reasons.
    yield from answer(session, lens, picture)
    yield from tensorflow_there()
    network = lens_network(session, lens)
    has_data = fits(session.dataset, network.architecture)
    question = Why(*why) if why is not None else Why()
    label = int(network.answer(picture)[1].argmax()) if question.label is None else question.label
    if means and has_data and network.layers:
        yield from class_means(session, lens)
    if why is not None and label != question.against:
        yield from saliency(session, lens, picture, label, question.against, question.method)
    if breakdown and has_breakdown(network):
        yield from breakdown_of(session, lens, picture, label)
    elif breakdown:
        yield no_breakdown(network, picture, label)


def near_drawing(session: Session, lens: Lens, picture: Array, by: Ranking = "alike") -> Job:
    """Answer with `NearestImages` and `Familiarity` if the network reads the data."""
    # A job of its own: it passes all training images through the network, so during a training it is rarer.
    yield from tensorflow_there()
    if fits(session.dataset, lens_network(session, lens).architecture):
        yield from nearest_images(session, lens, picture, by=by)
        yield from familiarity(session, lens, picture)
