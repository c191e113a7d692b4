"""The road between two networks: the accuracy of the networks along it, and the height of the barrier."""

import dataclasses

import numpy as np

from engine.core.language import mark, tr
from engine.core.lazy import Array
from engine.core.lens import Lens, Share
from engine.core.messages import Job, LensAnswer, Turns
from engine.data.dataset import Dataset, Results
from engine.model.network.lens_network import Key, LensNetwork, fitting_data, key_of, lens_network, new_network
from engine.model.training.losses import LOSSES
from engine.model.training.tensors import tensors_of
from engine.session.session import Session

POINTS = 25  # number of networks that are tested on the road, both ends among them
MEASURED = mark(
    "Means and variances of batch normalisation are mixed as weights are, not measured on images, which can raise the "
    "barrier."
)
MOST_KEPT = 64  # maximum number of finished roads in the cache


class Road(LensAnswer):
    """How the networks between that of `run` at `step` and another read the test images, as far as they were tested."""

    other: Share  # the end; its weight has no meaning here
    places: Array  # the share of the other network in each, (points,), 0 to 1, ascending
    accuracies: Array  # the share of the test images that each reads correctly, (points,)
    # The mean loss of the test images, (points,): that which the run at the beginning of the road minimised, ...
    losses: Array
    loss: str  # ... by its name in a `TrainSpec`
    is_whole: bool
    remark: str = ""  # a sentence if the networks have a batch normalisation; else empty

    @property
    def barrier(self) -> float:
        """The largest loss of accuracy against a straight line between both ends, after Ainsworth et al. (2023)."""
        return _barrier(self.places, -self.accuracies)

    @property
    def loss_barrier(self) -> float:
        """The same of the loss."""
        return _barrier(self.places, self.losses)


def road(session: Session, lens: Lens, other: Share) -> Job:
    """Answer with `Road` after each network that is tested, in turns; neurons stay silenced on all of it.

    Raises `NotYetError` without a run or weights, `UserError` for unfit data or networks. Continues a stopped job.
    """
    end = key_of(session, dataclasses.replace(lens, mixed=(other._replace(weight=1.0),)))
    data = fitting_data(session.data(), lens_network(session, lens).architecture)
    yield from _results.job(data, end, lambda: _walk(session, data, end))


def _walk(session: Session, data: Dataset, end: Key) -> Job:
    """Test the networks up to the one that is mixed in."""
    lens, (other,) = end.lens, end.lens.mixed
    loss = session.run(lens.run).spec.loss
    all_places = np.linspace(0, 1, POINTS)
    figures: list[tuple[float, float]] = []
    for place in all_places:
        mixture = dataclasses.replace(lens, mixed=(other._replace(weight=float(place)),))
        network = new_network(session, key_of(session, mixture))  # not cached: they would evict all others
        figures.append((yield from _read(network, data, loss)))
        accuracies, losses = np.array(figures).T
        yield Road(
            **network.shown,
            other=network.key.mixed[0][2],
            places=all_places[: len(figures)],
            accuracies=accuracies,
            losses=losses,
            loss=loss,
            is_whole=len(figures) == POINTS,
            remark=tr(MEASURED) if any(weight.role == "mean" for weight in network.plan.weights) else "",
        )


def _read(network: LensNetwork, data: Dataset, loss: str) -> Turns[tuple[float, float]]:
    """Return the share of the test images that a network reads correctly, and the mean of that loss."""
    _, logits = yield from network.outputs_in_turns(tensors_of(data).test_images)
    labels = data.test_labels.astype(np.int64)
    losses = LOSSES[loss](labels, logits).numpy()
    return float((logits.argmax(axis=1) == labels).mean()), float(losses.mean(dtype=np.float64))


def _barrier(places: Array, heights: Array) -> float:
    line = heights[0] + (heights[-1] - heights[0]) * places / max(places[-1], np.finfo(float).tiny)
    return float(np.max((heights - line)[1:-1], initial=0.0))  # both ends are on it, up to rounding


_results: Results[Key] = Results(MOST_KEPT)
