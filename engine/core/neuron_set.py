"""A set of hidden neurons that pass on something else than the training left them with; named, it is kept."""

from __future__ import annotations

from typing import Any, NamedTuple

from engine.core.lens import Adjusted, Lens, Neuron
from engine.core.plain import real, whole
from engine.core.specs import MAX_LAYERS, MAX_WIDTH

FARTHEST = 3.4e38  # no float32 is much larger


class NeuronSet(NamedTuple):
    """What a lens changes: the silenced neurons, and those that are boosted or set to their mean."""

    silenced: frozenset[Neuron]
    adjusted: frozenset[Adjusted] = frozenset()

    @classmethod
    def of(cls, lens: Lens) -> NeuronSet:
        """Return what a lens changes."""
        return cls(lens.silenced, lens.adjusted)

    @property
    def neurons(self) -> frozenset[Neuron]:
        """All that are changed."""
        return self.silenced | {Neuron(each.layer, each.number) for each in self.adjusted}

    def as_plain(self) -> dict[str, Any]:
        """Return it as plain values, fit for JSON."""
        return {
            "silenced": [list(neuron) for neuron in sorted(self.silenced)],
            "adjusted": [list(each) for each in sorted(self.adjusted)],
        }

    @classmethod
    def from_plain(cls, values: Any) -> NeuronSet:
        """Return what `as_plain` gave; raise `ValueError`, `TypeError` or `KeyError` for anything else."""
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
