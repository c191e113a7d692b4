"""A run: its settings, its history, and the moments that were kept of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.specs import TrainSpec
from engine.training.messages import EpochDone

if TYPE_CHECKING:
    import numpy as np

    from engine.lens import Weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The network and its optimiser as they stood after `step` steps. Arrays are read-only."""

    step: int
    weights: Weights
    optimizer: Weights


@dataclass(slots=True, kw_only=True)
class Run:
    """One training, from its first step on. Only the engine thread touches it."""

    name: str
    spec: TrainSpec
    steps_per_epoch: int
    losses: list[np.ndarray[Any, Any]] = field(default_factory=list)
    """Loss of every step, in chunks."""
    epochs: list[EpochDone] = field(default_factory=list)
    changes: list[tuple[int, str, float]] = field(default_factory=list)
    """Live knobs that were changed on the way: after which step, which one, to what."""
    moments: dict[int, Moment] = field(default_factory=dict)
    """By step, in rising order."""

    def moment(self, step: int | None) -> Moment:
        """Return the newest moment at or before `step`; the newest of all for `None`."""
        steps = [kept for kept in self.moments if step is None or kept <= step]
        if not steps:
            raise KeyError(f"Run {self.name} has no moment at or before step {step}.")
        return self.moments[max(steps)]


def is_kept(step: int, steps_per_epoch: int) -> bool:
    """Whether the moment after `step` steps is kept: 0, Fibonacci numbers in the first epoch, and every epoch's end.

    A network changes fastest in its first hundred steps, so there the moments stand closest.
    """
    if step % steps_per_epoch == 0:
        return True
    if step > steps_per_epoch:
        return False
    before, fibonacci = 1, 1
    while fibonacci < step:
        before, fibonacci = fibonacci, before + fibonacci
    return fibonacci == step
