"""How the network computes the logit of a class."""

import math
from typing import NamedTuple

from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.lazy import Array, np
from engine.core.messages import LensAnswer
from engine.model.network.lens_network import LensNetwork
from engine.model.network.probe import network_probe

NO_NEURONS = mark(
    "This network's outputs do not read a dense hidden layer as it is, so it has no neurons whose products add up to a "
    "logit."
)


class Line(NamedTuple):
    """A neuron of the last hidden layer, how strongly it fires, its weight towards the class, and their product."""

    neuron: int
    activation: float
    weight: float
    product: float


class Breakdown(LensAnswer):
    """The arithmetic of one logit: the sum of the lines' products and the bias. The largest products come first."""

    label: int
    lines: tuple[Line, ...]
    bias: float
    logit: float
    remark: str = ""  # a sentence where there are no lines, as the network has no such neurons; else empty


@network_probe
def breakdown(network: LensNetwork, picture: Array, label: int) -> Breakdown:
    """Return the `Breakdown` of the logit of class `label`; `UserError` unless the last hidden layer is dense."""
    if not has_breakdown(network):
        raise UserError(tr(NO_NEURONS))
    if not 0 <= label < network.architecture.classes:
        raise UserError(tr("The network knows no class {label}.", label=label))
    activations = network.answer(picture)[0][-1].astype(np.float64)
    weights = network.kernel(-1)[:, label].astype(np.float64)
    products = activations * weights
    order = np.argsort(-np.abs(products), kind="stable")
    columns = (order, activations[order], weights[order], products[order])
    lines = tuple(map(Line._make, zip(*(column.tolist() for column in columns), strict=True)))
    bias = float(network.bias(-1)[label])
    logit = math.fsum([bias, *(line.product for line in lines)])
    return Breakdown(**network.shown, label=label, lines=lines, bias=bias, logit=logit)


def has_breakdown(network: LensNetwork) -> bool:
    """Whether the outputs are sums over the neurons of a dense layer."""
    return network.plan.reads_last


def no_breakdown(network: LensNetwork, picture: Array, label: int) -> Breakdown:
    """Return what is said of a logit in place of its neurons, for a network that has none to add up."""
    logit, bias = float(network.answer(picture)[1][label]), float(network.bias(-1)[label])
    return Breakdown(**network.shown, label=label, lines=(), bias=bias, logit=logit, remark=tr(NO_NEURONS))
