"""What a notebook says: the heading of each section, and what to look for in what it draws."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from engine.core.knobs import in_sentence, knobs
from engine.core.machine.resources import read_toml
from engine.core.numbers import plural

if TYPE_CHECKING:
    from engine.core.knobs import Spec
    from engine.export.scripts.parts.scene import Looked

MOST_NAMED = 12
"""Neurons that are named; of more it is said how many they are."""


class Words(NamedTuple):
    """A heading, and a sentence or two on what to look for."""

    heading: str
    look: str


@functools.cache
def words() -> dict[str, Words]:
    """Return the words of all sections: by tab, and by page where a tab has several."""
    return {name: Words(**text) for name, text in read_toml("scripts/sections.toml").items()}


def words_of(tab: str, settings: object) -> Words:
    """Return what is said of a tab with its settings."""
    page = getattr(settings, "page", "") or ("links" if getattr(settings, "of", "") == "links" else "")
    return words()[page or tab]


def settings_in_words(spec: Spec) -> str:
    """Return a sentence on the settings that are not as usual; empty where a page decides which of them count."""
    if not {"page", "of"}.isdisjoint(known := knobs(type(spec))):
        return ""
    changed = spec.differences(type(spec)())
    told = ", ".join(
        f"{in_sentence(known[name].title)} {known[name].say(value)}" for name, (value, _) in changed.items()
    )
    return f"With {told}." if told else ""


def changes_in_words(looked: Looked) -> str:
    """Return a sentence for each layer on what its neurons pass on otherwise than the training left it."""
    sentences = []
    for number, change in enumerate(looked.passed, 1):
        if change is None:
            continue
        kinds: dict[str, list[int]] = {}
        for neuron, (factor, offset) in enumerate(zip(change.factors, change.offsets, strict=True)):
            if (factor, offset) != (1, 0):
                kinds.setdefault(_kind(float(factor), float(offset)), []).append(neuron)
        told = ", ".join(f"{_neurons(neurons)} {what}" for what, neurons in kinds.items())
        sentences.append(f"In layer {number} {told}.")
    return " ".join(sentences)


def _kind(factor: float, offset: float) -> str:
    if factor:
        return "passes on more or less than it computes"
    return "always passes on the same" if offset else "passes nothing on"


def _neurons(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"neuron {numbers[0]}"
    if len(numbers) > MOST_NAMED:
        return f"each of {plural(len(numbers), 'neuron')}"
    *first, last = numbers
    return f"each of the neurons {', '.join(map(str, first))} and {last}"
