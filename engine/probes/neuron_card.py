"""What is known of one hidden neuron: what it looks for, what excites it, what it speaks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from engine.messages import Job, Message

if TYPE_CHECKING:
    import numpy as np

    from engine.lens import Lens, Neuron
    from engine.session import Session

    type Array = np.ndarray[Any, Any]


class Excited(NamedTuple):
    """Test images: numbers and labels (k,), pictures (k, rows, columns) uint8, and the neuron's output to each (k,)."""

    numbers: Array
    labels: Array
    pictures: Array
    values: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class NeuronCard(Message):
    """A neuron as it is by itself: neither silenced nor adjusted, nor anything in its own layer or a later one."""

    latest_only: ClassVar[bool] = True
    run: str
    step: int
    neuron: Neuron
    kind: str
    """`neuron`, or `feature map, averaged`."""
    weights: Array | None
    """Incoming weights as a picture (rows, columns) float32: of the pixels for a dense first layer, of a 3x3 kernel
    (the mean over the maps that it reads) for a convolution, `None` deeper."""
    bias: float
    means: Array
    """Its mean over each class' test images, (classes,) float32; NaN without images."""
    counts: Array
    """Histogram of its outputs to all test images: how many images, (bins,) int, ..."""
    edges: Array
    """... between these outputs, (bins + 1,)."""
    share_firing: float
    """The share of the test images to which its output is more than 0."""
    most_images: Excited
    """Those that excite it most, the strongest first, ..."""
    least_images: Excited
    """... and least, the weakest first."""
    outgoing: Array | None
    """Its weights to the classes, (classes,) float32, where the next layer is the output; else `None`."""


def neuron_card(session: Session, lens: Lens, neuron: Neuron) -> Job:
    """Answer with `NeuronCard`, in turns."""
    raise NotImplementedError
    yield None
