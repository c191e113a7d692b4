"""The settings of the warm-up."""

from engine.core.knobs import Spec, knob
from engine.core.language import mark

POST_STEPS = 100_000  # number of steps in the blog post


class EntrySpec(Spec):
    """A number of a matrix that a person edits."""

    entry: float = knob(
        0.0,
        title=mark("A number of the matrix"),
        help=mark("Any number; those that are drawn are whole, from 0 to 9."),
        within=(-1e6, 1e6),
    )


class WarmupSpec(Spec):
    """All settings of the warm-up; the defaults are the blog post's."""

    size: int = knob(10, title=mark("Size"), help=mark("How many rows and columns the matrix has."), within=(2, 100))
    seed: int = knob(
        0,
        title=mark("Seed"),
        help=mark("The same seed draws the same matrix of whole numbers from 0 to 9."),
        within=(0, 2**31 - 1),
    )
    steps: int = knob(
        POST_STEPS, title=mark("Steps"), help=mark("How many steps are taken."), within=(1, 100_000_000), live=True
    )
    optimizer: str = knob(
        "adagrad",
        title=mark("Optimiser"),
        help=mark("How a gradient becomes a step."),
        choices={"adagrad": "Adagrad", "sgd": "SGD", "adam": "Adam"},  # no text
        live=True,
    )
    loss: str = knob(
        "absolute",
        title=mark("Loss"),
        help=mark("What is minimised: the sum of the absolute values of x A − I, or of their squares."),
        choices={"absolute": "|x A − I|", "squared": "(x A − I)²"},
        live=True,
    )
    learning_rate: float = knob(
        0.01,
        title=mark("Learning rate"),
        help=mark("How far each step goes."),
        within=(1e-8, 10.0),
        live=True,
        scale="log",
    )
