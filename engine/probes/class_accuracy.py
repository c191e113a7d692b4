"""How many test images of each class does the network classify correctly, and how many before anything was silenced?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from engine.base.messages import Job, Message, read_only
from engine.data.learned import remark_on
from engine.network.accuracy import accuracy
from engine.network.activations import activations_of, untouched
from engine.network.lens_network import lens_network

if TYPE_CHECKING:
    from engine.base.array import Array
    from engine.base.lens import Lens
    from engine.session.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassAccuracy(Message):
    """Shares of right answers through the lens, and of the untouched network at the same moment."""

    latest_only: ClassVar[bool] = True
    run: str
    step: int
    accuracy: float
    class_accuracy: Array
    """Of each class' images, (classes,) float64; NaN for a class without images."""
    counts: Array
    """Test images of each class, (classes,) int."""
    before_accuracy: float
    before_class_accuracy: Array
    """The same of the untouched network."""
    remark: str = ""
    """A sentence that says that the run learned from other data; empty where it learned from these."""


def class_accuracy(session: Session, lens: Lens) -> Job:
    """Answer with `ClassAccuracy`, in turns.

    Where only the last hidden layer is changed, the rest of the network is not asked again: 10 ms for the blog's. Of a
    run that was deleted meanwhile there is nothing to tell. Raises `UserError` when the data are not what the network
    reads.
    """
    network = lens_network(session, lens)
    plain = untouched(session, network)
    before = yield from activations_of(session, plain)
    found = before if plain is network else (yield from activations_of(session, network))
    now, then = accuracy(found.logits, found.labels), accuracy(before.logits, before.labels)
    yield ClassAccuracy(
        run=lens.run,
        step=network.key.step,
        accuracy=now.whole,
        class_accuracy=read_only(now.of_classes),
        counts=read_only(now.counts),
        before_accuracy=then.whole,
        before_class_accuracy=read_only(then.of_classes),
        remark=remark_on(session.data(), session.run(lens.run)),
    )
