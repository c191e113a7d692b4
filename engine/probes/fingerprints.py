"""How does every neuron of a hidden layer answer to every test image, class by class?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from engine.messages import Job, Message

if TYPE_CHECKING:
    import numpy as np

    from engine.lens import Lens
    from engine.probes.neuron_order import ImageKey, NeuronKey
    from engine.session import Session

    type Array = np.ndarray[Any, Any]


class View(NamedTuple):
    """What of the fingerprints is wanted: the orders, the part that is looked at, and how many pixels there are.

    `top`, `bottom`, `left` and `right` are shares of rows and columns, 0 to 1, the same for all classes; neurons and
    images that lie in it only in part are shown whole. `held` is an order of the neurons (neurons,) from outside, in
    place of that by `rows`: so rows stay where they are while a film runs.
    """

    layer: int = 0
    rows: NeuronKey = "index"
    columns: ImageKey = "index"
    top: float = 0.0
    bottom: float = 1.0
    left: float = 0.0
    right: float = 1.0
    height: int = 200
    width: int = 150
    held: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprints(Message):
    """A map per class: rows are neurons in `order`, columns that class' test images.

    The orders, `most` and `silent` are those of the untouched network at this moment, so nothing moves when neurons
    are silenced; `maps`, `means` and `hidden` are what the lens shows.
    """

    latest_only: ClassVar[bool] = True
    run: str
    step: int
    view: View
    order: Array
    """All neurons, from top to bottom, (neurons,) int."""
    images: tuple[Array, ...]
    """For each class the numbers of all its test images in the columns' order, (images of the class,) int."""
    rows: tuple[int, int]
    """The first place in `order` that is shown, and the first after the last one, ..."""
    columns: tuple[tuple[int, int], ...]
    """... and the same in `images`, for each class."""
    maps: tuple[Array, ...]
    """For each class (h, w) float32: the mean of what falls into each pixel, a part of a neuron or an image counting
    as that part. Never more pixels than neurons or images: one each is its exact value. A class without images has
    no columns."""
    means: Array
    """The mean of each neuron over each class, (classes, neurons) float32 in natural order; NaN without images."""
    most: float
    """Upper end of the colour scale that all classes share: 99.5 % of what fires lies below it."""
    silent: Array
    """Numbers of the neurons that never fire on any test image, whatever is silenced by hand, (k,) int."""
    hidden: Array
    """The activations (images, neurons), read-only and shared, float32 or (where that is large) float16."""
    labels: Array
    """Of the test images, (images,)."""
    kind: str
    """What a row is: `neurons`, or `feature maps, averaged`."""


def fingerprints(session: Session, lens: Lens, view: View) -> Job:
    """Answer with `Fingerprints`, in turns."""
    raise NotImplementedError
    yield None
