"""The words of a notebook: the heading of each section, and what to look for in its picture."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

from engine.core.knobs import Spec, in_sentence, knobs
from engine.core.machine.resources import read_toml
from engine.core.numbers import plural
from engine.export.scripts.parts.scene import ShownNetwork

MOST_NAMED = 12  # neurons that are named; of more only their number is said


class Words(NamedTuple):
    """A heading, and a sentence or two on what to look for."""

    heading: str
    look: str


@functools.cache
def words() -> dict[str, Words]:
    """Return the words of all sections: by tab, and by page for a tab with several."""
    return {name: Words(**text) for name, text in read_toml("scripts/sections.toml").items()}


def words_of(tab: str, settings: object) -> Words:
    """Return the words of a tab with its settings."""
    page = getattr(settings, "page", "") or ("links" if getattr(settings, "of", "") == "links" else "")
    return words()[page or tab]


def settings_in_words(spec: Spec) -> str:
    """Return a sentence on the settings that differ from the defaults; empty if a page decides which of them count."""
    if not {"page", "of"}.isdisjoint(known := knobs(type(spec))):
        return ""
    changed = spec.differences(type(spec)())
    words = ", ".join(
        f"{in_sentence(known[name].title)} {known[name].say(value)}" for name, (value, _) in changed.items()
    )
    return f"With {words}." if words else ""


def changes_in_words(network: ShownNetwork) -> str:
    """Return a sentence for each layer on its neurons whose output the lens changes."""
    sentences = []
    for number, change in enumerate(network.passed, 1):
        if change is None:
            continue
        kinds: dict[str, list[int]] = {}
        for neuron, (factor, offset) in enumerate(zip(change.factors, change.offsets, strict=True)):
            if (factor, offset) != (1, 0):
                if factor:
                    kind = "passes on more or less than it computes"
                else:
                    kind = "always passes on the same" if offset else "passes nothing on"
                kinds.setdefault(kind, []).append(neuron)
        words = ", ".join(f"{_neurons(neurons)} {kind}" for kind, neurons in kinds.items())
        sentences.append(f"In layer {number} {words}.")
    return " ".join(sentences)


def _neurons(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"neuron {numbers[0]}"
    if len(numbers) > MOST_NAMED:
        return f"each of {plural(len(numbers), 'neuron')}"
    *first, last = numbers
    return f"each of the neurons {', '.join(map(str, first))} and {last}"
