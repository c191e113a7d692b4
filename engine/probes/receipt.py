"""Which hidden neurons add how much to a class?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from engine.messages import Message


class Line(NamedTuple):
    """A neuron of the last hidden layer: activation times weight is its product."""

    neuron: int
    activation: float
    weight: float
    product: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt(Message):
    """The lines sorted by the size of their products; these and the bias add up to the logit."""

    latest_only: ClassVar[bool] = True
    run: str
    step: int
    label: int
    lines: tuple[Line, ...]
    bias: float
    logit: float
