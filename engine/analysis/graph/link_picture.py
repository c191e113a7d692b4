"""A network as nodes and links: the strongest neurons for one picture, and what flows most between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from engine.core.array import Array
from engine.core.lazy import np
from engine.core.messages import Answer, read_only
from engine.core.specs import ConvLayer
from engine.model.network.plain import plain_forward, pooled, softmax

if TYPE_CHECKING:
    from engine.analysis.graph.values import Fed
    from engine.model.network.lens_network import LensNetwork

MOST_NEURONS, MOST_LINKS = 40, 160
"""Maximum number of neurons shown of a layer, and of links between two layers."""


class Column(NamedTuple):
    """The neurons of a layer that are shown: their numbers, rising, and outputs (n,); of how many."""

    numbers: Array
    values: Array
    neurons: int
    are_maps: bool = False
    """Whether they are feature maps of a convolution."""


class Links(NamedTuple):
    """What flows between two columns: where in each column (n,), and activation times weight (n,), strongest first."""

    sources: Array
    """Numbers of pixels where the input is the source."""
    targets: Array
    flows: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPicture(Answer):
    """The network for one picture. `links` are one more than `hidden`: from the pixels on, to the classes."""

    picture: Array
    hidden: tuple[Column, ...]
    links: tuple[Links, ...]
    probabilities: Array
    about: str


def link_picture(network: LensNetwork, fed: Fed, run: str = "") -> LinkPicture:
    """Return how a network reads a picture; `run` is what its run is called."""
    hidden, logits = plain_forward(network.layers, network.weights, fed.picture, network.passed)
    columns = [_column(output) for output in hidden]
    inputs = [fed.picture, *(_handed_on(network, number, output) for number, output in enumerate(hidden))]
    kernels = network.weights[::2]
    flows = [_flows(given, kernel) for given, kernel in zip(inputs, kernels, strict=True)]
    classes = Column(np.arange(len(logits)), logits, len(logits))
    ends = [None, *columns, classes]
    links = [_strongest(flow, *ends[place : place + 2]) for place, flow in enumerate(flows)]
    return LinkPicture(
        picture=fed.picture,
        hidden=tuple(columns),
        links=tuple(links),
        probabilities=softmax(logits),
        about=f"{fed.words}; run {run or network.key.run} after {network.key.step:,} steps",
    )


def _column(output: Array) -> Column:
    """Return the neurons with the strongest outputs; of a feature map the mean counts."""
    values = output.mean(axis=(0, 1)) if output.ndim == 3 else output
    numbers = np.sort(np.argsort(-np.abs(values), kind="stable")[:MOST_NEURONS])
    return Column(read_only(numbers), read_only(values[numbers]), len(values), output.ndim == 3)


def _handed_on(network: LensNetwork, number: int, output: Array) -> Array:
    return pooled(output) if isinstance(network.layers[number], ConvLayer) else output


def _flows(given: Array, kernel: Array) -> Array:
    """Return what flows from each input to each neuron (inputs, neurons): activation times weight.

    From a feature map it is summed over its places; into one, the mean over the places of what the nine weights bring.
    """
    maps = given.shape[2] if given.ndim == 3 else 0
    if kernel.ndim == 4:
        if not maps:  # from the pixels themselves
            return given.reshape(-1, 1) * kernel.sum(axis=(0, 1, 2))
        return given.mean(axis=(0, 1))[:, None] * kernel.sum(axis=(0, 1))
    flows = given.reshape(-1, 1) * kernel
    return flows.reshape(-1, maps, kernel.shape[1]).sum(axis=0) if maps else flows


def _strongest(flow: Array, source: Column | None, target: Column | None) -> Links:
    assert target is not None
    flow = flow[:, target.numbers]
    flow = flow if source is None else flow[source.numbers]
    order = np.argsort(-np.abs(flow), axis=None, kind="stable")[:MOST_LINKS]
    order = order[flow.ravel()[order] != 0]
    sources, targets = np.unravel_index(order, flow.shape)
    return Links(read_only(sources), read_only(targets), read_only(flow.ravel()[order]))
