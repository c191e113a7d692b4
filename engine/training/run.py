"""A run: its settings, its history, and the moments that were kept of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.messages import read_only
from engine.specs import TrainSpec
from engine.training.messages import EpochDone, Parent, RunChanged, RunSummary

if TYPE_CHECKING:
    from engine.lens import Weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The network and its optimiser as they stood after `step` steps. Arrays are read-only."""

    step: int
    weights: Weights
    optimizer: Weights


class Moments(MutableMapping[int, Moment]):
    """The moments kept of a run, by step, in rising order. Those that only a file holds are read when asked for."""

    def __init__(self, read: Callable[[int], Moment] | None = None, steps: Iterable[int] = ()) -> None:
        """Begin with the moments at `steps`, which `read` gets from the file."""
        self._read = read
        self._kept: dict[int, Moment | None] = dict.fromkeys(sorted(steps))

    def __getitem__(self, step: int) -> Moment:
        moment = self._kept[step]
        if moment is None:
            assert self._read is not None
            return self._read(step)
        return moment

    def __setitem__(self, step: int, moment: Moment) -> None:
        is_newest = all(step > kept for kept in self._kept)
        self._kept[step] = moment
        if not is_newest:
            self._kept = dict(sorted(self._kept.items()))

    def __delitem__(self, step: int) -> None:
        del self._kept[step]

    def __contains__(self, step: object) -> bool:
        return step in self._kept

    def __iter__(self) -> Iterator[int]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def leave_to_file(self, read: Callable[[int], Moment]) -> None:
        """Hold only the newest moment in memory from now on; `read` gets all others."""
        self._read = read
        for step in list(self._kept)[:-1]:
            self._kept[step] = None


@dataclass(slots=True, kw_only=True)
class Run:
    """One training, from its first step on. Only the engine thread touches it."""

    name: str
    spec: TrainSpec
    steps_per_epoch: int
    title: str = ""
    color: int = 0
    pinned: bool = True
    dataset: str = ""
    """Summary of the data that it learns from, and ..."""
    fingerprint: str = ""
    """... what tells whether other data are the same."""
    parent: Parent | None = None
    started: float = field(default_factory=time.time)
    losses: list[np.ndarray[Any, Any]] = field(default_factory=list)
    """Loss of every step, in chunks."""
    norms: list[np.ndarray[Any, Any]] = field(default_factory=list)
    """Gradient norms of the measured steps, in chunks (measured, layers) beside those of the losses."""
    epochs: list[EpochDone] = field(default_factory=list)
    changes: list[tuple[int, str, float]] = field(default_factory=list)
    """Live knobs that were changed on the way: after which step, which one, to what."""
    moments: MutableMapping[int, Moment] = field(default_factory=Moments)
    bookmarks: dict[int, str] = field(default_factory=dict)
    """Names of moments, by step."""

    def moment(self, step: int | None) -> Moment:
        """Return the newest moment at or before `step`; the newest of all for `None`."""
        steps = [kept for kept in self.moments if step is None or kept <= step]
        if not steps:
            raise KeyError(f"Run {self.name} has no moment at or before step {step}.")
        return self.moments[max(steps)]

    def summary(self) -> RunSummary:
        """Return all that can be told of the run without its weights."""
        return RunSummary(
            name=self.name,
            title=self.title,
            color=self.color,
            pinned=self.pinned,
            spec=self.spec,
            dataset=self.dataset,
            steps_per_epoch=self.steps_per_epoch,
            parent=self.parent,
            started=self.started,
            epochs=tuple(self.epochs),
            losses=read_only(np.concatenate(self.losses)) if self.losses else np.zeros(0, np.float32),
            changes=tuple(self.changes),
            moments=tuple(self.moments),
            bookmarks=dict(self.bookmarks),
        )

    def changed(self) -> RunChanged:
        """Return the message that tells how the run is listed now."""
        return RunChanged(
            run=self.name,
            title=self.title,
            color=self.color,
            pinned=self.pinned,
            moments=tuple(self.moments),
            bookmarks=dict(self.bookmarks),
        )


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
