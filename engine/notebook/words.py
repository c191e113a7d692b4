"""What a notebook says: the heading of each section, and what to look for in what it draws."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from engine.base.knobs import in_sentence, knobs
from engine.base.numbers import plural

if TYPE_CHECKING:
    from engine.base.knobs import Spec
    from engine.scripts.parts.scene import Looked

MOST_NAMED = 12
"""Neurons that are named; of more it is said how many they are."""


class Words(NamedTuple):
    """A heading, and a sentence or two on what to look for."""

    heading: str
    look: str


DATA = Words(
    "The data",
    "A row for each class. The training images are what a network learns from; the test images it never sees before "
    "it is asked about them.",
)

SILENCE = Words(
    "Neurons silenced",
    "What a neuron is good for shows when it is gone: the classes whose bars become shorter needed it. Where hardly "
    "anything changes, others know the same.",
)

WORDS = {
    "train": Words(
        "Training",
        "The train loss falls all the time. Where the test loss turns up again while it does, the network overfits.",
    ),
    "draw": Words(
        "A picture is read",
        "Blue pixels speak for the answer, red ones against it. The nearest training images show with which others the "
        "network confuses the picture, if it does.",
    ),
    "fingerprints": Words(
        "Fingerprints",
        "Rows that are strong in one class only: those neurons tell it from the others. A row that is strong "
        "everywhere tells no class from another.",
    ),
    "ideal": Words(
        "Ideal images",
        "What gets the highest probability need not look like a digit to us. A penalty takes away what hardly matters "
        "to the answer.",
    ),
    "confusion": Words(
        "Mistakes",
        "Off the diagonal stand the mistakes. A large number there names two classes that the network confuses, "
        "and the way in which it does.",
    ),
    "calibration": Words(
        "Calibration",
        "Points below the diagonal: the probabilities are higher than the accuracy.",
    ),
    "spoil": Words(
        "Robustness",
        "How soon the accuracy falls. A network that learned from clean images only often falls early.",
    ),
    "activations": Words(
        "What each layer makes of one picture",
        "Few neurons answer to any one picture, and which they are depends on the class.",
    ),
    "weights": Words(
        "Weights",
        "Blue excites, red inhibits: a picture that is like this one makes the neuron active. Weights that look like "
        "noise have learned little.",
    ),
    "map": Words(
        "A map of the test images",
        "Each point is an image, and neighbours are alike to the layer. A point among those of another class is likely "
        "to be a mistake.",
    ),
    "graph": Words(
        "The computation graph",
        "What TensorFlow computes, from left to right: each name is an operation, each arrow an array that flows.",
    ),
    "links": Words(
        "The strongest connections",
        "Blue connections add to what a neuron receives, orange ones take away from it. Follow them back from the "
        "answer to the pixels.",
    ),
    "data": Words(
        "What a network learns from",
        "How evenly the classes share the images, and what a mean still shows of its class. A network can only know "
        "what is among the images that are chosen.",
    ),
    "answers": Words(
        "Two networks compared",
        "Images that only one of them reads correctly. Where there are many, both together know more than each alone.",
    ),
    "road": Words(
        "The road between two networks",
        "A valley between two good ends is a barrier: what lies halfway between their weights is neither of them.",
    ),
    "layers": Words(
        "Layers of two networks compared",
        "Numbers near 1: these layers take the same images for alike, whichever neuron does what.",
    ),
    "neurons": Words(
        "Neurons of two networks compared",
        "A neuron whose class means differ much has come to another task, unless its place is another one.",
    ),
    "settings": Words(
        "Two runs compared",
        "How much of what they answer differs, where only a setting does.",
    ),
    "warmup": Words(
        "The warm-up: a matrix is inverted by gradient descent",
        "The third picture is x times A: the closer it is to the identity, the better x is as an inverse.",
    ),
}
"""By tab, and by page where a tab has several."""


def words_of(tab: str, settings: object) -> Words:
    """Return what is said of a tab with its settings."""
    page = getattr(settings, "page", "") or ("links" if getattr(settings, "of", "") == "links" else "")
    return WORDS[page or tab]


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
