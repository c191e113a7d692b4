"""A picture that the network repaints, step by step, to make it more of a class, or less."""

from typing import ClassVar

import numpy as np

from engine.core.errors import UserError
from engine.core.language import tr
from engine.core.lazy import Array
from engine.core.messages import Job, LensAnswer
from engine.model.network.lens_network import LensNetwork
from engine.model.network.plain import softmax
from engine.model.network.probe import network_probe

MOST_STEPS = 100
ENOUGH = 0.99  # the probability at which the repainting towards a class ends; away from it, 1 minus this
BEYOND = 20  # number of steps if the probability is that high from the start, to see where they lead
STRIDE = 0.05  # change of the pixel with the steepest gradient in a step


class Repainted(LensAnswer):
    """The picture (rows, columns), 0 to 1, after `number` steps (from 1), and the network's answer to it.

    `is_last`: the probability has reached its goal, or no pixel can change further within 0 and 1.
    """

    latest_only: ClassVar[bool] = False  # each step is shown
    label: int
    number: int
    picture: Array
    logits: Array
    probabilities: Array
    is_last: bool


@network_probe
def repaint(
    network: LensNetwork,
    picture: Array,
    label: int,
    *,
    less: bool = False,
    only_ink: bool = False,
    steps: int = MOST_STEPS,
) -> Job:
    """Answer with a `Repainted` per step along the gradient of log(probability of `label`); with `less` against it.

    With `only_ink` only drawn pixels change. If the probability is reached from the start, there are `BEYOND` steps.
    Raises `UserError` if there is no such class, or the picture has another shape.
    """
    if not 0 <= label < network.architecture.classes:
        raise UserError(tr("The network knows no class {label}.", label=label))
    may_change = picture > 0 if only_ink else np.ones(picture.shape, bool)
    logits = network.answer(picture)[1]
    if was_there := _is_there(softmax(logits)[label], less=less):
        steps = min(steps, BEYOND)
    for number in range(1, steps + 1):
        before, picture = picture, _stepped(network, picture, logits, label, -1 if less else 1, may_change)
        logits = network.answer(picture)[1]
        probabilities = softmax(logits)
        is_reached = not was_there and _is_there(probabilities[label], less=less)
        is_last = bool(is_reached or number == steps or np.array_equal(before, picture))
        yield Repainted(
            **network.shown,
            label=label,
            number=number,
            picture=picture,
            logits=logits,
            probabilities=probabilities,
            is_last=is_last,
        )
        if is_last:
            return


def _is_there(probability: float, *, less: bool) -> bool:
    return bool(probability <= 1 - ENOUGH if less else probability >= ENOUGH)


def _stepped(network: LensNetwork, picture: Array, logits: Array, label: int, sign: int, may_change: Array) -> Array:
    """Return the picture after a step; unchanged if no pixel can change in that direction."""
    direction = -softmax(logits)  # the gradient of the logarithm, ...
    direction[label] += 1
    size = np.abs(direction).max()
    if not size > 0:  # also NaN, after a diverged training
        return picture
    # ... scaled to that of a single logit: for a probability near 1 it would vanish in the rounding.
    change = sign * network.gradients(picture[None], (direction / size)[None])[1][0]
    is_free = may_change & np.where(change > 0, picture < 1, picture > 0)
    change = np.where(is_free, change, 0)
    loudest = np.abs(change).max()
    if not loudest > 0:
        return picture
    return np.clip(picture + STRIDE * change / loudest, 0, 1).astype(np.float32)
