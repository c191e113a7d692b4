"""The content of a script in plain values: the run, the network and the lens, the data and the paths of files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from engine.core.knobs import Spec
from engine.core.lens import OutputScaling
from engine.core.specs import ConvLayer, HiddenLayer, TrainSpec


class DataFile(NamedTuple):
    """An .npz file in Keras' layout. The first `first` training images are set aside."""

    path: str
    shape: tuple[int, int]
    classes: int
    first: int = 0
    is_plain: bool = True  # whether its images are (images, rows, columns), and its labels (images,)


class ShownNetwork(NamedTuple):
    """The network that the lens shows, in words and figures."""

    run: str
    step: int
    spec: TrainSpec
    shape: tuple[int, int]
    classes: int
    # The factors and offsets of each hidden layer's output; `None` for an unchanged layer.
    passed: Sequence[OutputScaling | None]
    remarks: Sequence[str] = ()  # sentences on what in the run differs from its settings
    rates: Sequence[tuple[int, float]] = ()  # learning rates that were set while it ran, and after how many steps
    mixed: str = ""  # the other networks that are mixed in, in words: the file of the weights holds the mixture
    steps: int = 0  # steps per epoch of a taught run, whose first network is in a file; 0 for any other

    @property
    def hidden(self) -> tuple[HiddenLayer, ...]:
        """The hidden layers."""
        return self.spec.hidden

    @property
    def convolutions(self) -> int:
        """The number of convolutions; they are the first layers."""
        return sum(isinstance(layer, ConvLayer) for layer in self.hidden)

    @property
    def places(self) -> tuple[int, int, int]:
        """Rows, columns and maps of the first dense layer's input."""
        (rows, columns), maps = self.shape, 1
        for layer in self.hidden[: self.convolutions]:
            rows, columns, maps = (rows + 1) // 2, (columns + 1) // 2, layer.width
        return rows, columns, maps

    @property
    def about(self) -> str:
        """The network in sentences."""
        changed = ", with some neurons silenced or changed" if any(self.passed) else ""
        mixed = f", mixed with {self.mixed} (the weights in the file are the mixture)" if self.mixed else ""
        return " ".join([f"The network: run {self.run} after {self.step:,} steps{mixed}{changed}.", *self.remarks])


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene[S: Spec]:
    """All that the script of a tab may need; `None` for what it does not."""

    settings: S
    network: ShownNetwork | None = None
    data: DataFile | None = None
    # The paths of the files that it reads: `digits` (the data), `weights`, `before`, `start`, `picture`, `matrix`.
    files: Mapping[str, str] = field(default_factory=dict)
    extras: Mapping[str, Any] = field(default_factory=dict)  # what is not a setting, such as the chosen neurons

    @property
    def shown(self) -> ShownNetwork:
        """The network; only for scripts that need one."""
        assert self.network is not None
        return self.network

    @property
    def source(self) -> DataFile:
        """The data; only for scripts that need some."""
        assert self.data is not None
        return self.data
