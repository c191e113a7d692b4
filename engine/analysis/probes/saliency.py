"""The pixels that speak for a class, or for one class against another."""

from typing import Literal

import numpy as np

from engine.core.errors import UserError
from engine.core.language import tr
from engine.core.lazy import Array
from engine.core.messages import LensAnswer, Turns, slices
from engine.model.network.lens_network import LensNetwork
from engine.model.network.probe import network_probe

type Method = Literal["gradient", "integrated"]

FEWEST_STEPS, MOST_STEPS = 32, 2048
SIDE = 336  # pixels of a picture for a notebook
AT_ONCE = 32  # number of interpolated pictures that go through the network in one turn
EXACT, LEAST = 0.005, 0.1  # the sum may miss the difference of logits d by EXACT * max(|d|, LEAST)


class Saliency(LensAnswer):
    """How much each pixel speaks for `label`, or for it against `against`.

    `heat` (rows, columns) is signed. For `gradient` it is the derivative of the logit (or of the difference of both) by
    the pixel; for `integrated` the pixel's part of it, so that `total`, the sum of all, is `difference` within 1 %: the
    logit (or the difference of both) minus that of an empty picture.
    """

    picture: Array
    heat: Array
    method: Method
    label: int
    against: int | None
    difference: float
    total: float

    def _repr_png_(self) -> bytes:
        from engine.analysis.ideal.sheet import drawn_sheet, png

        title = (
            tr("for {label}", label=self.label)
            if self.against is None
            else tr("for {label} against {other}", label=self.label, other=self.against)
        )
        pixel = max(1, SIDE // self.heat.shape[1])
        return png(drawn_sheet(self.heat[None], [title], [""], pixel=pixel))


@network_probe
def saliency(
    network: LensNetwork, picture: Array, label: int, against: int | None = None, method: Method = "integrated"
) -> Turns[Saliency]:
    """Return the `Saliency`; integrated gradients are from an empty picture (Sundararajan et al., 2017)."""
    direction = towards(network, label, against)
    difference = float(direction @ (network.answer(picture)[1] - network.answer(np.zeros_like(picture))[1]))
    if method == "gradient":
        heat = network.gradients(picture[None], direction[None])[1][0]
    else:
        heat = yield from _integrated(network, picture, direction, difference)
    return Saliency(
        **network.shown,
        picture=picture,
        heat=heat,
        method=method,
        label=label,
        against=against,
        difference=difference,
        total=float(heat.sum(dtype=np.float64)),
    )


def towards(network: LensNetwork, label: int, against: int | None) -> Array:
    """Return 1 at `label` and -1 at `against`, else zero (classes,); raise `UserError` if there is no such class."""
    direction = np.zeros(network.architecture.classes)
    for number, sign in ((label, 1.0), (against, -1.0)):
        if number is None:
            continue
        if not 0 <= number < len(direction):
            raise UserError(tr("The network knows no class {label}.", label=number))
        direction[number] += sign
    return direction


def _integrated(network: LensNetwork, picture: Array, direction: Array, difference: float) -> Turns[Array]:
    """Return the integrated gradients, with enough steps for their sum to be `EXACT`."""
    steps = FEWEST_STEPS
    while True:
        gradient = np.zeros(picture.shape)
        for part in slices(steps, AT_ONCE):
            way = (np.arange(part.start, part.stop) + 0.5) / steps
            images = way[:, None, None] * picture
            gradient += network.gradients(images, np.tile(direction, (AT_ONCE, 1)))[1].sum(axis=0)
            yield None
        heat: Array = picture * gradient / steps
        if steps >= MOST_STEPS or abs(heat.sum() - difference) <= EXACT * max(abs(difference), LEAST):
            return heat.astype(np.float32)
        steps *= 4
