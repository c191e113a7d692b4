"""The settings of the tabs' scripts, where a tab has no spec of its own in the engine."""

from __future__ import annotations

from dataclasses import dataclass

from engine.base.knobs import Spec, knob
from engine.data.corruption import CORRUPTIONS
from engine.ideal.spec import IdealSpec
from engine.mapping.settings import MapSpec

MOST_LAYERS, MOST_IMAGES = 9, 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawSettings(Spec):
    """Which picture is read, and how its answer is explained."""

    image: int = knob(0, title="Image", help="The test image that is read.", minimum=0, maximum=MOST_IMAGES)
    method: str = knob(
        "integrated",
        title="Method",
        help="How it is told which pixels speak for the answer.",
        choices={"integrated": "Integrated gradients", "gradient": "Gradient"},
    )
    against: int = knob(
        -1,
        title="Against",
        help="The class that the answer is held against; -1: none.",
        minimum=-1,
        maximum=99,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FingerprintSettings(Spec):
    """Which hidden layer, and the orders."""

    layer: int = knob(1, title="Layer", help="The hidden layer, from 1.", minimum=1, maximum=MOST_LAYERS)
    rows: str = knob(
        "index",
        title="Rows",
        help="The order of the neurons.",
        choices={"index": "Number", "class": "Class", "similar": "Similarity", "mean": "Mean"},
    )
    columns: str = knob(
        "index",
        title="Columns",
        help="The order of the images of each class.",
        choices={"index": "Number", "confidence": "Confidence", "similar": "Similarity"},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class IdealSettings(IdealSpec):
    """Ideal images, with the layer of the wanted neurons."""

    layer: int = knob(
        1,
        title="Layer",
        help="The hidden layer of the wanted neurons, from 1.",
        minimum=1,
        maximum=MOST_LAYERS,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightSettings(Spec):
    """Which layer's weights, as what, and against which moment."""

    layer: int = knob(
        1,
        title="Layer",
        help="The layer, from 1; the last are the classes.",
        minimum=1,
        maximum=MOST_LAYERS,
    )
    view: str = knob(
        "pixels",
        title="View",
        help="Through to the pixels, or over the neurons before.",
        choices={"pixels": "Pixels", "inputs": "Inputs"},
    )
    against: int = knob(
        -1,
        title="Against",
        help="Less the weights of this moment (a step); -1: of none.",
        minimum=-1,
        maximum=2**53,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MistakeSettings(Spec):
    """Which page, and which images."""

    page: str = knob(
        "confusion",
        title="Page",
        help="What is shown of the mistakes.",
        choices={"confusion": "Confusion", "calibration": "Calibration", "spoil": "Spoil"},
    )
    kind: str = knob(
        "noise",
        title="Kind",
        help="How the test images of the page Spoil are spoiled.",
        choices={kind: corruption.title for kind, corruption in CORRUPTIONS.items()},
    )
    label: int = knob(
        -1, title="Label", help="The true class of the listed images; -1: any.", minimum=-1, maximum=99
    )
    answer: int = knob(
        -1, title="Answer", help="The answer to the listed images; -1: any.", minimum=-1, maximum=99
    )
    temperature: float = knob(
        1.0, title="Temperature", help="What the logits are divided by.", minimum=0.001, maximum=1000.0
    )
    threshold: float = knob(
        0.0,
        title="Confidence threshold",
        help="How sure the network must be not to abstain.",
        minimum=0.0,
        maximum=1.0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MapSettings(MapSpec):
    """A map, and of which layer."""

    layer: int = knob(
        0, title="Layer", help="The layer, from 1; 0: the last hidden one.", minimum=0, maximum=MOST_LAYERS
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphSettings(Spec):
    """Of what the graph is, and for which image."""

    of: str = knob(
        "warmup",
        title="Of",
        help="What is traced.",
        choices={
            "warmup": "Warm-up",
            "network": "Network",
            "training": "Training step",
            "links": "Strongest connections",
        },
    )
    image: int = knob(
        0, title="Image", help="The test image whose connections are shown.", minimum=0, maximum=MOST_IMAGES
    )
