"""A network as nodes and links: the neurons with the strongest outputs for one picture, and the largest flows."""

from typing import NamedTuple

from engine.analysis.graph.values import InputPicture
from engine.core.language import tr
from engine.core.lazy import Array, np
from engine.core.messages import Answer, read_only
from engine.model.network.lens_network import LensNetwork
from engine.model.network.plain import plain_answer, softmax

# Maximum number of neurons shown of a layer, and of links between two layers.
MOST_NEURONS, MOST_LINKS = 40, 160


class Column(NamedTuple):
    """The shown neurons of a layer: their numbers, ascending, and outputs (n,); and the number of all its neurons."""

    numbers: Array
    values: Array
    neurons: int
    are_maps: bool = False  # whether they are feature maps of a convolution


class Links(NamedTuple):
    """The flows between two columns: places in each (n,), and activation times weight (n,), the strongest first."""

    sources: Array  # numbers of pixels if the input is the source
    targets: Array
    flows: Array


class LinkPicture(Answer):
    """The network for one picture. `links` has one more than `hidden`: from the pixels on, up to the classes."""

    picture: Array
    hidden: tuple[Column, ...]
    links: tuple[Links, ...]
    probabilities: Array
    about: str


def link_picture(network: LensNetwork, source: InputPicture, run: str = "") -> LinkPicture:
    """Return the network's nodes and links for a picture; `run` is the label of its run."""
    hidden, logits, reads = plain_answer(network.plan, network.weights, source.picture, network.passed)
    columns = [_column(output) for output in hidden]
    flows = [_flows(before, kernel) for before, kernel in zip(reads, network.kernels, strict=True)]
    ends = [None, *columns, Column(np.arange(len(logits)), logits, len(logits))]
    links = [_strongest(flow, *ends[place : place + 2]) for place, flow in enumerate(flows)]
    return LinkPicture(
        picture=source.picture,
        hidden=tuple(columns),
        links=tuple(links),
        probabilities=softmax(logits),
        about=tr(
            "{picture}; run {run} after {step:,} steps",
            picture=source.words,
            run=run or network.key.run,
            step=network.key.step,
        ),
    )


def _column(output: Array) -> Column:
    """Return the neurons with the strongest outputs; a feature map counts by its mean."""
    values = output.mean(axis=(0, 1)) if output.ndim == 3 else output
    numbers = np.sort(np.argsort(-np.abs(values), kind="stable")[:MOST_NEURONS])
    return Column(read_only(numbers), read_only(values[numbers]), len(values), output.ndim == 3)


def _flows(inputs: Array, kernel: Array) -> Array:
    """Return activation times weight (inputs, neurons): a sum over a map's places from it, a mean over them into it."""
    maps = inputs.shape[2] if inputs.ndim == 3 else 0
    if kernel.ndim == 4:
        if not maps:  # from the pixels themselves
            return inputs.reshape(-1, 1) * kernel.sum(axis=(0, 1, 2))
        return inputs.mean(axis=(0, 1))[:, None] * kernel.sum(axis=(0, 1))
    flows = inputs.reshape(-1, 1) * kernel
    return flows.reshape(-1, maps, kernel.shape[1]).sum(axis=0) if maps else flows


def _strongest(flow: Array, source: Column | None, target: Column | None) -> Links:
    assert target is not None
    flow = flow[:, target.numbers]
    flow = flow if source is None else flow[source.numbers]
    order = np.argsort(-np.abs(flow), axis=None, kind="stable")[:MOST_LINKS]
    order = order[flow.ravel()[order] != 0]
    sources, targets = np.unravel_index(order, flow.shape)
    return Links(read_only(sources), read_only(targets), read_only(flow.ravel()[order]))
