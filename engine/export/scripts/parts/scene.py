"""What scripts are filled with: the run, the network and the lens, the data and the paths of files, in plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.core.specs import ConvLayer, HiddenLayer, TrainSpec

if TYPE_CHECKING:
    from engine.core.knobs import Spec
    from engine.core.lens import OutputScaling


class DataFile(NamedTuple):
    """An .npz file in Keras' layout. `first` training images are left out."""

    path: str
    shape: tuple[int, int]
    classes: int
    first: int = 0
    is_plain: bool = True
    """Whether its images are (images, rows, columns), and its labels (images,)."""


class Looked(NamedTuple):
    """The network that is looked at, in words and figures."""

    run: str
    step: int
    spec: TrainSpec
    shape: tuple[int, int]
    classes: int
    passed: Sequence[OutputScaling | None]
    """What the neurons of each hidden layer pass on; `None` where that is all."""
    remarks: Sequence[str] = ()
    """What was otherwise in the run than its settings say, in sentences."""
    rates: Sequence[tuple[int, float]] = ()
    """Learning rates that were set while it ran, and after how many steps."""
    mixed: str = ""
    """What is mixed in of other networks, in words: the file of the weights holds the mixture."""
    steps: int = 0
    """Steps of an epoch of a run that was taught, whose first network lies in a file; 0 for any other."""

    @property
    def hidden(self) -> tuple[HiddenLayer, ...]:
        """The hidden layers."""
        return self.spec.hidden

    @property
    def convolutions(self) -> int:
        """How many layers are convolutions; they are the first ones."""
        return sum(isinstance(layer, ConvLayer) for layer in self.hidden)

    @property
    def places(self) -> tuple[int, int, int]:
        """Rows, columns and maps of what the first dense layer reads."""
        (rows, columns), maps = self.shape, 1
        for layer in self.hidden[: self.convolutions]:
            rows, columns, maps = (rows + 1) // 2, (columns + 1) // 2, layer.width
        return rows, columns, maps

    @property
    def about(self) -> str:
        """Which network it is, in sentences."""
        changed = ", with some neurons silenced or changed" if any(self.passed) else ""
        mixed = f", mixed with {self.mixed} (the weights in the file are the mixture)" if self.mixed else ""
        return " ".join(
            [f"The network: run {self.run} after {self.step:,} steps{mixed}{changed}.", *self.remarks]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """All that the script of a tab may ask for; `None` is what it does not need."""

    settings: Spec
    network: Looked | None = None
    data: DataFile | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    """The paths of the files that it reads: `digits` (the data), `weights`, `before`, `start`, `picture`, `matrix`."""
    given: Mapping[str, Any] = field(default_factory=dict)
    """What is no setting, as the neurons that are wanted."""

    @property
    def looked(self) -> Looked:
        """The network; only for scripts that need one."""
        assert self.network is not None
        return self.network

    @property
    def source(self) -> DataFile:
        """The data; only for scripts that need some."""
        assert self.data is not None
        return self.data
