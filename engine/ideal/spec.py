"""The settings of ideal images, and the blog post's presets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from engine.knobs import Spec, knob


@dataclass(frozen=True, slots=True, kw_only=True)
class IdealSpec(Spec):
    """Everything that decides how ideal images come about; the defaults are the blog post's without penalty."""

    objective: str = knob(
        "class",
        title="Objective",
        help="What is wanted. Class: a probability of one (cross-entropy). Logit: the number before softmax, as large "
        "as it gets. Neuron: a hidden neuron, as excited as it gets.",
        choices={"class": "Class", "logit": "Logit", "neuron": "Neuron"},
    )
    penalty: str = knob(
        "none",
        title="Penalty",
        help="What is to stay small besides. L1: the sum of the pixels' sizes, most become exactly zero. L2: the sum "
        "of their squares. Smooth: the total variation, the differences between neighbours.",
        choices={"none": "None", "l1": "L1", "l2": "L2", "tv": "Smooth"},
    )
    weight: float = knob(
        0.25,
        title="Weight",
        help="How much the penalty counts. May be changed while it runs.",
        minimum=1e-4,
        maximum=10.0,
        live=True,
        scale="log",
    )
    start: str = knob(
        "empty",
        title="Start from",
        help="What is there before the first step: nothing, grey (0.5), noise, or the mean of the real images.",
        choices={"empty": "Empty", "grey": "Grey", "noise": "Noise", "mean": "Class mean"},
    )
    pixels: str = knob(
        "free",
        title="Pixels",
        help="Free pixels may be darker than the ground; otherwise they stay between 0 and 1, as in real images.",
        choices={"free": "Free", "unit": "0 to 1"},
    )
    shift: int = knob(
        0,
        title="Shift",
        help="Each step looks at the images moved by up to so many pixels: what is then left is robust. "
        "May be changed while it runs.",
        minimum=0,
        maximum=4,
        live=True,
    )
    optimizer: str = knob(
        "sgd",
        title="Optimiser",
        help="How a gradient becomes a step.",
        choices={"sgd": "SGD", "momentum": "Momentum", "adam": "Adam"},
    )
    learning_rate: float = knob(
        0.1,
        title="Step size",
        help="How far each step goes. May be changed while it runs.",
        minimum=1e-4,
        maximum=10.0,
        live=True,
        scale="log",
    )
    steps: int = knob(
        1000,
        title="Steps",
        help="How many steps are taken. May be changed while it runs.",
        minimum=1,
        maximum=1_000_000,
        live=True,
    )
    seed: int = knob(
        0, title="Seed", help="The same seed gives the same noise and shifts.", minimum=0, maximum=2**31 - 1
    )


class IdealPreset(NamedTuple):
    """Settings with a name and a sentence on what comes of them."""

    title: str
    sentence: str
    spec: IdealSpec


PRESETS = {
    "none": IdealPreset("No penalty", "Looks like noise, and the network is sure of it.", IdealSpec()),
    "l1": IdealPreset("L1 0.25", "All but a few pixels become exactly zero.", IdealSpec(penalty="l1")),
    "l2": IdealPreset("L2 0.25", "Less noise: what the network really goes by.", IdealSpec(penalty="l2")),
}
"""The blog post's three."""
