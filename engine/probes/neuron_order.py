"""Orders of neurons and images in which a picture of activations shows its pattern. The other probes may use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np

    type Array = np.ndarray[Any, Any]

type NeuronKey = Literal["index", "class", "similar", "mean"]
type ImageKey = Literal["index", "confidence", "similar"]


def selectivity(activations: Array, labels: Array, classes: int = 10) -> tuple[Array, Array]:
    """Return each neuron's favourite class (neurons,) int and how selective it is for that (neurons,), 0 to 1."""
    raise NotImplementedError


def neuron_order(activations: Array, labels: Array, key: NeuronKey, classes: int = 10) -> Array:
    """Return the neurons (neurons,) int in the wanted order."""
    raise NotImplementedError


def image_order(logits: Array, hidden: Array, members: Array, key: ImageKey, label: int) -> Array:
    """Return `members`, the numbers of one class' images (k,) int, in the wanted order."""
    raise NotImplementedError
