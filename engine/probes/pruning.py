"""How many neurons or weights does a network need? Accuracy against how much of it is taken away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from engine.messages import Job, Message

if TYPE_CHECKING:
    import numpy as np

    from engine.lens import Lens
    from engine.session import Session

    type Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PruningCurve(Message):
    """The curve as far as it is known; the last one of a job is `finished`."""

    latest_only: ClassVar[bool] = True
    run: str
    step: int
    kind: Literal["neurons", "weights"]
    """What is taken away: neurons of one layer by silencing them, or weights of all kernels by setting them to 0."""
    layer: int | None
    """The hidden layer, from 0; `None` for weights."""
    total: int
    """How many there are."""
    removed: Array
    """How many are gone at each point, (points,) int, rising from 0, ..."""
    accuracies: Array
    """... and the accuracy on all test images then, (points,) float64."""
    order: Array
    """The neurons as they went, the least useful first, (removed,) int; empty for weights."""
    measure: str
    """In words, how the next one to go is chosen."""
    finished: bool


def prune_greedily(session: Session, lens: Lens, layer: int, on: Literal["test", "train"] = "test") -> Job:
    """Silence the neurons of a layer one by one; answer with `PruningCurve` as it grows."""
    raise NotImplementedError
    yield None


def prune_weights(session: Session, lens: Lens) -> Job:
    """Set the smallest weights of all kernels to 0, more and more; answer with `PruningCurve` as it grows."""
    raise NotImplementedError
    yield None


def needed(curve: PruningCurve, loss: float = 0.01) -> int:
    """Return how many suffice for an accuracy that is at most `loss` below the whole network's."""
    raise NotImplementedError
