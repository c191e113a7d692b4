"""A set of hidden neurons that are silenced or adjusted. The session keeps named ones."""

from __future__ import annotations

from typing import Any, NamedTuple

from engine.core.lens import Adjusted, Lens, Neuron
from engine.core.plain import real, whole
from engine.core.specs import MAX_LAYERS, MAX_WIDTH

FARTHEST = 3.4e38  # about the largest float32


class NeuronSet(NamedTuple):
    """The neurons that a lens changes: the silenced ones, and those that are boosted or set to their mean."""

    silenced: frozenset[Neuron]
    adjusted: frozenset[Adjusted] = frozenset()

    @classmethod
    def of(cls, lens: Lens) -> NeuronSet:
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
    def from_plain(cls, values: Any) -> NeuronSet:
        """Return the set from the values of `as_plain`; raise `ValueError`, `TypeError` or `KeyError` otherwise."""
        silenced = frozenset(_neuron(layer, number) for layer, number in values["silenced"])
        adjusted = frozenset(
            Adjusted(*_neuron(layer, number), _finite(factor), _finite(offset))
            for layer, number, factor, offset in values["adjusted"]
        )
        return cls(silenced, adjusted)


def _neuron(layer: Any, number: Any) -> Neuron:
    return Neuron(whole(layer, 0, MAX_LAYERS - 1), whole(number, 0, MAX_WIDTH - 1))


def _finite(value: Any) -> float:
    return real(value, -FARTHEST, FARTHEST)
