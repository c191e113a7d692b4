"""What every view looks through: which run, at which moment of its training, with which neurons changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from engine.core.array import Array
from engine.core.lazy import np
from engine.core.plain import MOST_STEPS, flag, real, several, whole, word

type Weights = tuple[Array, ...]  # kernel and bias of each layer in turn, as Keras' `get_weights` orders them

MOST_SHARES, LONGEST_NAME = 8, 100
"""How many networks are mixed in at most, and how many letters the name of a run has."""


class Neuron(NamedTuple):
    """A hidden neuron, or a feature map of a convolution: hidden layer and number in it, both from 0."""

    layer: int
    number: int


class Adjusted(NamedTuple):
    """A hidden neuron that passes on `factor` times its output plus `offset`: boosted, or with factor 0 fixed."""

    layer: int
    number: int
    factor: float = 1.0
    offset: float = 0.0


class Share(NamedTuple):
    """A network that is mixed into another one of the same layers: its run and moment as in `Lens`, and how much of it.

    `matched`: its neurons are put in the order in which they are most like those of the lens' own network.
    """

    run: str
    moment: int | None
    weight: float
    matched: bool = False


@dataclass(frozen=True, slots=True)
class Lens:
    """A run by name, a moment by its step (`None`: the newest, "live"), the silenced and the adjusted neurons.

    A neuron that is silenced passes nothing on, however it is adjusted. With other networks mixed in, the run's own
    has what their weights leave of 1: between two networks lies a road, of several there is an average.
    """

    run: str
    moment: int | None = None
    silenced: frozenset[Neuron] = field(default_factory=frozenset)
    adjusted: frozenset[Adjusted] = field(default_factory=frozenset)
    mixed: tuple[Share, ...] = ()

    def untouched(self) -> Lens:
        """Return the same network with no neuron silenced or adjusted."""
        return Lens(self.run, self.moment, mixed=self.mixed)

    def at(self, moment: int | None) -> Lens:
        """Return the run's own network at another moment: what was mixed in belongs to this one."""
        return replace(self, moment=moment, mixed=())

    def unmixed(self) -> Lens:
        """Return the run's own network, with the same neurons silenced and adjusted."""
        return replace(self, mixed=())


def shares_as_plain(shares: Sequence[Share]) -> list[list[Any]]:
    """Return shares as plain values, fit for JSON."""
    return [list(share) for share in shares]


def shares_from_plain(values: Any) -> tuple[Share, ...]:
    """Return what `shares_as_plain` gave; raise `ValueError` or `TypeError` for anything else."""
    return tuple(_share(*share) for share in several(values, 0, MOST_SHARES))


def _share(run: Any, moment: Any, weight: Any, matched: Any) -> Share:
    step = None if moment is None else whole(moment, 0, MOST_STEPS)
    return Share(word(run, LONGEST_NAME), step, real(weight, 0, 1), flag(matched))


class Passing(NamedTuple):
    """What the neurons of one hidden layer pass on: `factors` times their output plus `offsets`, (neurons,) each."""

    factors: Array
    offsets: Array


def output_scaling(
    widths: Sequence[int], silenced: frozenset[Neuron], adjusted: frozenset[Adjusted] = frozenset()
) -> list[Passing | None]:
    """Return scale and offset for the output of each hidden layer (2, neurons); `None` where the lens changes nothing.

    `widths` are the layers' sizes. Raises `IndexError` for a neuron that is not there.
    """
    layers: list[Passing | None] = [None] * len(widths)
    changes = [*sorted(adjusted), *(Adjusted(*neuron, factor=0.0) for neuron in silenced)]
    for layer, number, factor, offset in changes:
        if not (0 <= layer < len(widths) and 0 <= number < widths[layer]):
            raise IndexError(f"There is no hidden neuron {number} in layer {layer}.")
        found = layers[layer] or Passing(
            np.ones(widths[layer], np.float32), np.zeros(widths[layer], np.float32)
        )
        found.factors[number], found.offsets[number] = factor, offset
        layers[layer] = found
    return layers
