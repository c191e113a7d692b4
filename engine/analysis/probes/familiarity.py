"""Is the picture like anything that the network has learned from? Its probability does not say: it has to choose.

Two distances to the training images are compared with what is usual. In the last hidden layer it is that to the nearest
one, regardless of length: Sun, Ming, Zhu, Li: Out-of-distribution detection with deep nearest neighbors, ICML 2022. In
pixels it is that to the nearest one of the class that is answered. Either notices what the other does not: see
`docs/decisions.md`. The limits are the training images' own: 1 of 200 is as far from the others, for each distance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.core.array import Array
from engine.core.messages import LensAnswer
from engine.core.turns import Turns
from engine.data.dataset import Dataset
from engine.model.network.lens_network import LensNetwork
from engine.model.network.probe import runs_probe
from engine.model.network.training_vectors import Seen, training_vectors, vector_of
from engine.model.training.learned import compared_with
from engine.model.training.run import Run

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Familiarity(LensAnswer):
    """How unlike the training images a picture is, to the network and in its pixels."""

    unlikeness: float
    """The cosine distance to the training image that is most like it, 0 to 2; no number where the weights are none."""
    limit: float
    """What 995 of 1,000 training images do not exceed."""
    pixels: float
    """The Euclidean distance, with pixels of 0 to 1, to the nearest training image of the class that is answered."""
    pixels_limit: float
    """What 995 of 1,000 training images do not exceed."""
    remark: str = ""
    """A sentence that says that the run did not learn from these training images; empty where it did."""

    @property
    def is_unlike(self) -> bool:
        """Whether it is unlike anything in the training images."""
        return self.unlikeness > self.limit or self.pixels > self.pixels_limit


@runs_probe
def familiarity(
    network: LensNetwork, data: Dataset, runs: Mapping[str, Run], picture: Array
) -> Turns[Familiarity]:
    """Return the `Familiarity` of a picture (rows, columns), 0 to 1.

    What training images usually are is found in turns once for each network.
    """
    vectors = yield from training_vectors(network, data, runs)
    limit, pixels_limit = (yield from vectors.usual()).tolist()
    answer = network.answer(picture)[1].argmax()
    seen = Seen(picture[None], vector_of(network, picture)[None], answer[None])
    ((unlikeness, pixels),) = (yield from vectors.unlikeness(seen)).tolist()
    return Familiarity(
        run=network.key.run,
        step=network.key.step,
        unlikeness=unlikeness,
        limit=limit,
        pixels=pixels,
        pixels_limit=pixels_limit,
        remark=compared_with(data, runs[network.key.run], runs).caveat,
    )
