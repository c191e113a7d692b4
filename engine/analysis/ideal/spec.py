"""The settings of ideal images, and their presets."""

from engine.core.knobs import Preset, Spec, knob
from engine.core.language import mark


class IdealSpec(Spec):
    """All settings of ideal images; the defaults are the blog post's without penalty."""

    objective: str = knob(
        "clipped",
        title=mark("Objective"),
        help=mark(
            "What is maximised. Binary cross-entropy (clipped): the blog's loss, a probability of 1 for the class and "
            "of 0 for all others; it stops once that is nearly reached. Class probability: cross-entropy. Logit: the "
            "class' score before softmax. Neuron: the input of a hidden neuron."
        ),
        choices={
            "clipped": mark("Binary cross-entropy"),
            "class": mark("Class probability"),
            "logit": mark("Logit"),
            "neuron": mark("Neuron"),
        },
    )
    penalty: str = knob(
        "none",
        title=mark("Penalty"),
        help=mark(
            "What is kept small besides. L1: the sum of the pixels' sizes, most become exactly zero. L2: the sum "
            "of their squares. Total variation: the differences between neighbours, which leaves even areas."
        ),
        choices={"none": mark("None"), "l1": "L1", "l2": "L2", "tv": mark("Total variation")},
    )
    weight: float = knob(
        0.25,
        title=mark("Penalty weight"),
        help=mark("How much the penalty counts."),
        within=(1e-4, 10.0),
        live=True,
        scale="log",
    )
    start: str = knob(
        "noise",
        title=mark("Start from"),
        help=mark(
            "The images before the first step: empty, grey (0.5), uniform noise from 0 to 1 as in the blog, or the "
            "class means of the real images. An empty start already regularises: what no step touches stays zero."
        ),
        choices={"empty": mark("Empty"), "grey": mark("Grey"), "noise": mark("Noise"), "mean": mark("Class mean")},
    )
    pixels: str = knob(
        "free",
        title=mark("Pixels"),
        help=mark("Free: pixels may leave 0..1, even be negative. 0 to 1: they stay there, as in real images."),
        choices={"free": mark("Free"), "unit": mark("0 to 1")},
    )
    shift: int = knob(
        0,
        title=mark("Jitter"),
        help=mark(
            "Each step sees the images moved at random by up to this many pixels, so that what remains is robust to "
            "shifts."
        ),
        within=(0, 4),
        live=True,
    )
    optimizer: str = knob(
        "sgd",
        title=mark("Optimiser"),
        help=mark("How a gradient becomes a step."),
        choices={"sgd": "SGD", "momentum": "Momentum", "adam": "Adam"},  # no text
    )
    learning_rate: float = knob(
        0.1, title=mark("Step size"), help=mark("How far each step goes."), within=(1e-4, 10.0), live=True, scale="log"
    )
    steps: int = knob(
        1000, title=mark("Steps"), help=mark("How many steps are taken."), within=(1, 1_000_000), live=True
    )
    seed: int = knob(
        0, title=mark("Seed"), help=mark("The same seed gives the same noise and jitter."), within=(0, 2**31 - 1)
    )


# The blog post's three, as in its author's notebook, and one with the remedies that came after it.
PRESETS = {
    "none": Preset(mark("No penalty"), mark("Noise remains noise, and its probability is high."), IdealSpec()),
    "l1": Preset("L1", mark("L1 0.25: all but a few pixels become exactly zero."), IdealSpec(penalty="l1")),
    "l2": Preset("L2", mark("L2 0.25: less noise, and more of what the network looks for."), IdealSpec(penalty="l2")),
    "robust": Preset(
        mark("Robust"),
        mark("Pixels from 0 to 1, jitter and L2: strokes that hold up when they are shifted, closest to real images."),
        IdealSpec(
            objective="logit", penalty="l2", weight=0.1, pixels="unit", shift=2, optimizer="adam", learning_rate=0.05
        ),
    ),
}

OF_THE_BLOG = ("none", "l1", "l2")
