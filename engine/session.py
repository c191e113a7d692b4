"""The session: what is loaded. Only the engine thread holds it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.errors import UserError
from engine.lens import Lens, silence
from engine.training.run import Run
from engine.training.tensors import Tensors, on_device

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.lens import Weights
    from engine.specs import TrainSpec


COLORS = 10
"""So many colours there are for runs; the theme's `classes`."""


class Session:
    """A data set and the runs trained so far, by name."""

    def __init__(self, dataset: Dataset | None = None) -> None:
        self.dataset = dataset
        self.runs: dict[str, Run] = {}
        self.deleted: dict[str, Run] = {}
        """What was deleted and can still be restored."""
        self.view: Mapping[str, Any] = {}
        """The window's state: plain values."""
        self._on_device: tuple[Dataset, Tensors] | None = None

    def close(self, view: Mapping[str, Any] | None = None) -> None:
        """End the session in an orderly way, with the window's state as it is left; `None`: as it is known."""
        if view is not None:
            self.view = view

    def data(self) -> Dataset:
        """Return the data set; raise `UserError` when none is loaded."""
        if self.dataset is None:
            raise UserError("No data set is loaded.", hint="Open one, or use the embedded sample.")
        return self.dataset

    def tensors(self) -> Tensors:
        """Return the data set on the device, copied there at the first call."""
        data = self.data()
        if self._on_device is None or self._on_device[0] is not data:
            self._on_device = data, on_device(data)
        return self._on_device[1]

    def new_run(self, spec: TrainSpec, steps_per_epoch: int) -> Run:
        """Add a run under the next free name: A, B, ... Z, AA, AB, ..."""
        known = self.runs.keys() | self.deleted.keys()
        name = next(name for name in _names() if name not in known)
        color = (max((run.color for run in self.runs.values()), default=-1) + 1) % COLORS
        self.runs[name] = Run(name=name, spec=spec, steps_per_epoch=steps_per_epoch, color=color)
        return self.runs[name]

    def run(self, name: str) -> Run:
        """Return the run called `name`; raise `UserError` when there is none."""
        if name not in self.runs:
            raise UserError(f"There is no run {name}.")
        return self.runs[name]

    def weights(self, lens: Lens) -> Weights:
        """Return the weights that the lens shows; those that leave a silenced neuron are zero."""
        return silence(self.run(lens.run).moment(lens.moment).weights, lens.silenced)


def _names() -> itertools.chain[str]:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return itertools.chain.from_iterable(
        map("".join, itertools.product(letters, repeat=length)) for length in itertools.count(1)
    )
