"""The lens of every view: which run, at which moment of its training, with which neurons changed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Self

from engine.core.layers.kinds import MAX_WIDTH
from engine.core.layers.language import MAX_HIDDEN
from engine.core.lazy import Array, np
from engine.core.plain import MOST_STEPS, flag, real, several, whole, word

type Weights = tuple[Array, ...]  # the arrays of a network in the order of its plan

# Maximum number of networks that are mixed in, and of letters in the name of a run.
MOST_SHARES, LONGEST_NAME = 8, 100


class Neuron(NamedTuple):
    """A hidden neuron or a feature map of a convolution: its layer and its number there, both from 0."""

    layer: int
    number: int


class Adjusted(NamedTuple):
    """A hidden neuron that passes on `factor` times its output plus `offset`: boosted, or fixed with factor 0."""

    layer: int
    number: int
    factor: float = 1.0
    offset: float = 0.0


class Share(NamedTuple):
    """A network mixed into a similar one: run and moment as in `Lens`, its weight, whether its neurons are matched."""

    run: str
    moment: int | None
    weight: float
    matched: bool = False


@dataclass(frozen=True, slots=True)
class Lens:
    """A run by name, a moment by its step (`None` is the newest, "live"), the silenced and the adjusted neurons.

    A silenced neuron passes nothing on, even if it is also adjusted. With other networks mixed in, the weight of the
    run's own network is what theirs leave of 1: two networks have a path of mixtures between them, several an average.
    """

    run: str
    moment: int | None = None
    silenced: frozenset[Neuron] = field(default_factory=frozenset)
    adjusted: frozenset[Adjusted] = field(default_factory=frozenset)
    mixed: tuple[Share, ...] = ()

    def at(self, moment: int | None) -> Self:
        """Return the run's own network at another moment: a mixture belongs to this one."""
        return replace(self, moment=moment, mixed=())

    def unmixed(self) -> Self:
        """Return the run's own network, with the same neurons silenced and adjusted."""
        return replace(self, mixed=())


def shares_as_plain(shares: Sequence[Share]) -> list[list[Any]]:
    """Return shares as values for JSON."""
    return [list(share) for share in shares]


def shares_from_plain(values: Any) -> tuple[Share, ...]:
    """Return shares from the values of `shares_as_plain`; raise `ValueError` or `TypeError` otherwise."""
    return tuple(_share(*share) for share in several(values, 0, MOST_SHARES))


def _share(run: Any, moment: Any, weight: Any, matched: Any) -> Share:
    step = None if moment is None else whole(moment, 0, MOST_STEPS)
    return Share(word(run, LONGEST_NAME), step, real(weight, 0, 1), flag(matched))


class OutputScaling(NamedTuple):
    """What one hidden layer passes on: `factors` times its output plus `offsets`, both of shape (neurons,)."""

    factors: Array
    offsets: Array


def output_scaling(
    widths: Sequence[int], silenced: frozenset[Neuron], adjusted: frozenset[Adjusted] = frozenset()
) -> list[OutputScaling | None]:
    """Return the scaling of each of the layers of these widths; `None` where the lens changes nothing.

    Raises `IndexError` for a neuron that does not exist.
    """
    layers: list[OutputScaling | None] = [None] * len(widths)
    changes = [*sorted(adjusted), *(Adjusted(*neuron, factor=0.0) for neuron in silenced)]
    for layer, number, factor, offset in changes:
        if not (0 <= layer < len(widths) and 0 <= number < widths[layer]):
            raise IndexError(f"There is no hidden neuron {number} in layer {layer}.")
        scaling = layers[layer] or OutputScaling(
            np.ones(widths[layer], np.float32), np.zeros(widths[layer], np.float32)
        )
        scaling.factors[number], scaling.offsets[number] = factor, offset
        layers[layer] = scaling
    return layers


FARTHEST = 3.4e38  # about the largest float32


class NeuronSet(NamedTuple):
    """The neurons that a lens changes: the silenced ones, and those that are boosted or set to their mean."""

    silenced: frozenset[Neuron]
    adjusted: frozenset[Adjusted] = frozenset()

    @classmethod
    def of(cls, lens: Lens) -> Self:
        """Return the neurons that a lens changes."""
        return cls(lens.silenced, lens.adjusted)

    @property
    def neurons(self) -> frozenset[Neuron]:
        """All changed neurons."""
        return self.silenced | {Neuron(neuron.layer, neuron.number) for neuron in self.adjusted}

    def as_plain(self) -> dict[str, Any]:
        """Return the set as values for JSON."""
        return {
            "silenced": [list(neuron) for neuron in sorted(self.silenced)],
            "adjusted": [list(neuron) for neuron in sorted(self.adjusted)],
        }

    @classmethod
    def from_plain(cls, values: Any) -> Self:
        """Return the set from the values of `as_plain`; raise `ValueError`, `TypeError` or `KeyError` otherwise."""
        silenced = frozenset(_neuron(layer, number) for layer, number in values["silenced"])
        adjusted = frozenset(
            Adjusted(*_neuron(layer, number), _finite(factor), _finite(offset))
            for layer, number, factor, offset in values["adjusted"]
        )
        return cls(silenced, adjusted)


def _neuron(layer: Any, number: Any) -> Neuron:
    return Neuron(whole(layer, 0, MAX_HIDDEN - 1), whole(number, 0, MAX_WIDTH - 1))


def _finite(value: Any) -> float:
    return real(value, -FARTHEST, FARTHEST)
