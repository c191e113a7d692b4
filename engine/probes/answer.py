"""What does the network answer to a picture, and what do its hidden layers make of it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from engine.base.array import Array
from engine.base.messages import Job, Message, read_only
from engine.network.lens_network import lens_network
from engine.network.plain import softmax

if TYPE_CHECKING:
    from engine.base.lens import Lens
    from engine.session.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Message):
    """The network's answer to `picture` (rows, columns), through the lens."""

    latest_only: ClassVar[bool] = True
    run: str
    step: int
    picture: Array
    logits: Array
    """Of shape (classes,), float64."""
    probabilities: Array
    """Of shape (classes,); they sum to 1."""
    hidden: tuple[Array, ...]
    """What each hidden layer makes of it, (neurons,): feature maps averaged, silenced neurons zero."""

    @property
    def label(self) -> int:
        """The likeliest class."""
        return int(self.logits.argmax())


def answer(session: Session, lens: Lens, picture: Array) -> Job:
    """Answer with `Answer`, at once: 0.1 ms for the blog's network, and TensorFlow need not be there yet.

    `picture` is what the network receives: float (rows, columns), 0 to 1. Of a run that was deleted meanwhile there
    is nothing to tell. Raises `UserError` when the picture is not of the network's shape.
    """
    network = lens_network(session, lens)
    hidden, logits = network.answer(picture)
    yield Answer(
        run=lens.run,
        step=network.key.step,
        picture=read_only(picture),
        logits=read_only(logits),
        probabilities=read_only(softmax(logits)),
        hidden=tuple(read_only(layer) for layer in hidden),
    )
