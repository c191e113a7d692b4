"""How does a hidden layer answer to the test images of each class, on average?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from engine.base.errors import UserError
from engine.base.messages import Job, Message, read_only
from engine.data.fitting import fitting_data
from engine.data.kept import DataCache
from engine.network.activations import activations
from engine.network.lens_network import Key, lens_network
from engine.network.summary import summary

if TYPE_CHECKING:
    from engine.base.array import Array
    from engine.base.lens import Lens
    from engine.data.dataset import Dataset
    from engine.session.session import Session

MOST_KEPT = 64
"""Maximum number of lenses whose means are cached, at some kilobytes each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassMeans(Message):
    """The mean output of each neuron of hidden layer `layer` (from 0) over the test images of each class.

    `means` is (classes, neurons), NaN for a class without images. Asked again, the answer is the very same message.
    """

    latest_only: ClassVar[bool] = True
    run: str
    step: int
    layer: int
    means: Array


def class_means(session: Session, lens: Lens, layer: int = 0) -> Job:
    """Answer with `ClassMeans`, in turns; what was computed is kept, also when the job is stopped half-way.

    Of a run that was deleted meanwhile there is nothing to tell. Raises `UserError` when the data are not what the
    network reads, or there is no such layer.
    """
    network = lens_network(session, lens)
    if not 0 <= layer < len(network.layers):
        raise UserError(f"Run {lens.run} has no hidden layer {layer + 1}.")
    asked = network.key, fitting_data(session, network.architecture), layer
    means = _kept.get(asked)
    if means is None:
        found = yield from activations(session, lens)
        whole = yield from summary(found.hidden[layer], found.labels, network.architecture.classes)
        means = _kept.get(asked) or _kept.put(  # another job may have computed them meanwhile
            asked, ClassMeans(run=lens.run, step=network.key.step, layer=layer, means=read_only(whole.means))
        )
    yield means


_kept: DataCache[tuple[Key, Dataset, int], ClassMeans] = DataCache(count=MOST_KEPT)
