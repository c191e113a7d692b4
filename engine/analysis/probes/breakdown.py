"""How the network computes the logit of a class."""

import math
from typing import NamedTuple

from engine.core.errors import UserError
from engine.core.language import tr
from engine.core.lazy import Array, np
from engine.core.messages import LensAnswer
from engine.model.network.lens_network import LensNetwork
from engine.model.network.probe import network_probe


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


@network_probe
def breakdown(network: LensNetwork, picture: Array, label: int) -> Breakdown:
    """Return the `Breakdown` of the logit of class `label`; `UserError` unless the last hidden layer is dense."""
    if not has_breakdown(network):
        raise UserError(tr("This network has no dense hidden layer, whose neurons could be added up."))
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
