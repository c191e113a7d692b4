"""The settings of the warm-up."""

from engine.core.knobs import Knob, Spec, knob

POST_STEPS = 100_000  # number of steps in the blog post

# A number of a matrix that a person edits.
ENTRY = Knob(
    name="entry",
    kind="real",
    default=0.0,
    title="A number of the matrix",
    help="Any number; those that are drawn are whole, from 0 to 9.",
    minimum=-1e6,
    maximum=1e6,
)


class WarmupSpec(Spec):
    """All settings of the warm-up; the defaults are the blog post's."""

    size: int = knob(10, title="Size", help="How many rows and columns the matrix has.", within=(2, 100))
    seed: int = knob(
        0, title="Seed", help="The same seed draws the same matrix of whole numbers from 0 to 9.", within=(0, 2**31 - 1)
    )
    steps: int = knob(POST_STEPS, title="Steps", help="How many steps are taken.", within=(1, 100_000_000), live=True)
    optimizer: str = knob(
        "adagrad",
        title="Optimiser",
        help="How a gradient becomes a step.",
        choices={"adagrad": "Adagrad", "sgd": "SGD", "adam": "Adam"},
        live=True,
    )
    loss: str = knob(
        "absolute",
        title="Loss",
        help="What is minimised: the sum of the absolute values of x A − I, or of their squares.",
        choices={"absolute": "|x A − I|", "squared": "(x A − I)²"},
        live=True,
    )
    learning_rate: float = knob(
        0.01, title="Learning rate", help="How far each step goes.", within=(1e-8, 10.0), live=True, scale="log"
    )
