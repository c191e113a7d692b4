"""Whether a picture resembles anything in the training images. A softmax probability cannot say: it has to choose.

Two distances to the training images are compared with their usual values. In the last hidden layer it is the cosine
distance to the nearest one (Sun, Ming, Zhu, Li: Out-of-distribution detection with deep nearest neighbors, ICML 2022);
in pixels the Euclidean distance to the nearest one of the answered class. Each notices what the other misses: see
`docs/decisions.md`. The limits come from the training images themselves: 1 of 200 is as far from the others.
"""

from engine.core.lazy import Array
from engine.core.messages import LensAnswer, Turns
from engine.data.dataset import Dataset
from engine.model.network.lens_network import LensNetwork
from engine.model.network.probe import KnownRuns, runs_probe
from engine.model.network.training_vectors import Seen, training_vectors, vector_of
from engine.model.training.learned import compared_with


class Familiarity(LensAnswer):
    """How unlike the training images a picture is, to the network and in its pixels."""

    # The cosine distance to the most similar training image, 0 to 2; NaN if the weights are not finite.
    unlikeness: float
    limit: float  # the value that 995 of 1,000 training images do not exceed
    # The Euclidean distance, with pixels from 0 to 1, to the nearest training image of the answered class.
    pixels: float
    pixels_limit: float  # the value that 995 of 1,000 training images do not exceed
    remark: str = ""  # a sentence if the run did not learn from these training images; else empty

    @property
    def is_unlike(self) -> bool:
        """Whether it is unlike all training images."""
        return self.unlikeness > self.limit or self.pixels > self.pixels_limit


@runs_probe
def familiarity(network: LensNetwork, data: Dataset, runs: KnownRuns, picture: Array) -> Turns[Familiarity]:
    """Return the `Familiarity` of a picture (rows, columns), 0 to 1; limits are computed once for each network."""
    vectors = yield from training_vectors(network, data, runs)
    limit, pixels_limit = (yield from vectors.usual()).tolist()
    answer = network.answer(picture)[1].argmax()
    seen = Seen(picture[None], vector_of(network, picture)[None], answer[None])
    ((unlikeness, pixels),) = (yield from vectors.unlikeness(seen)).tolist()
    return Familiarity(
        **network.shown,
        unlikeness=unlikeness,
        limit=limit,
        pixels=pixels,
        pixels_limit=pixels_limit,
        remark=compared_with(data, runs[network.key.run], runs).caveat,
    )
