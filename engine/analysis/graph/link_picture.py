"""A network as nodes and links: the neurons with the strongest outputs for one picture, and the largest flows."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from engine.analysis.graph.values import InputPicture
from engine.core.language import tr
from engine.core.layers.kinds import Colour, ConvLayer, Flatten, GlobalPool, Pad, Pool, Resize
from engine.core.layers.plan import RESHAPING, Join, Plan, Step, Sum
from engine.core.lazy import Array, np
from engine.core.messages import Answer, read_only
from engine.model.network.lens_network import LensNetwork
from engine.model.network.plain import plain_answer, reach, softmax

# Maximum number of neurons shown of a layer, and of links between two layers.
MOST_NEURONS, MOST_LINKS = 40, 160


class Column(NamedTuple):
    """The shown neurons of a layer: their numbers, ascending, and outputs (n,); and the number of all its neurons."""

    numbers: Array
    values: Array
    neurons: int
    are_maps: bool = False  # whether they are feature maps of a convolution


class Links(NamedTuple):
    """The flows into a column: places in two columns (n,), and activation times weight (n,), the strongest first."""

    sources: Array  # numbers of pixels if the input is the source
    targets: Array
    flows: Array
    begins: Array  # the column of each source, from 0 for the first hidden layer; -1 for the input
    is_whole: bool = True  # false where a part of what the column reads is the sum of several layers, or no layer's


class LinkPicture(Answer):
    """The network for one picture. `links` has one more than `hidden`: from the pixels on, up to the classes."""

    picture: Array
    hidden: tuple[Column, ...]
    links: tuple[Links, ...]
    probabilities: Array
    about: str


def link_picture(network: LensNetwork, source: InputPicture, run: str = "") -> LinkPicture:
    """Return the network's nodes and links for a picture; `run` is the label of its run."""
    plan = network.plan
    hidden, logits, reads = plain_answer(plan, network.weights, source.picture, network.passed)
    columns = [_column(output) for output in hidden]
    ends = [*columns, Column(np.arange(len(logits)), logits, len(logits))]
    origins = _origins(plan)
    links = []
    for number, (step, before, kernel) in enumerate(zip(plan.with_kernels, reads, network.kernels, strict=True)):
        own = origins[plan.origin(step.reads[0], *RESHAPING)]  # before it is flattened
        if is_pixels := bool((own == HERE).all()):
            own = np.array([(PIXELS, pixel) for pixel in range(source.picture.size)])
        flow = _flows(before if before.ndim != 2 else before[..., None], kernel, step, is_pixels=is_pixels)
        links.append(_strongest(flow, own, number, columns, ends[number]))
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


PIXELS, NOBODY = -1, -2  # instead of the number of a column
HERE = PIXELS, -1  # what comes from the pixel at the same place


def _origins(plan: Plan) -> list[Array]:
    """Return for each value where its channels come from (channels, 2): a column, and a neuron's or pixel's number.

    Nobody's is what is the sum of several, and what comes from the picture and is no longer at its place.
    """
    origins = [np.array([HERE])]
    for step in plan.steps:
        own, operation = origins[step.reads[0]], step.operation
        if step.hidden is not None:
            own = np.stack([np.full(step.shape[-1], step.hidden), np.arange(step.shape[-1])], axis=1)
        elif isinstance(operation, Sum):
            own = np.full_like(own, NOBODY)
        elif isinstance(operation, Colour):
            own = own.repeat(step.shape[-1], axis=0)
        elif isinstance(operation, Join):
            parts = (origins[value] for value in step.reads)
            own = np.concatenate([np.where((part == HERE).all(), NOBODY, part) for part in parts])
        elif isinstance(operation, Flatten):
            places = math.prod((plan.steps[step.reads[0] - 1].shape if step.reads[0] else plan.shape)[:2])
            is_here = (own == HERE).all()
            own = np.tile(own, (places, 1))
            if is_here:
                own[:, 1] = np.arange(len(own)) // (len(own) // places)
        elif isinstance(operation, (GlobalPool, Pad, Pool, Resize)):
            own = np.where(own[:, :1] == PIXELS, NOBODY, own)
        origins.append(own)
    return origins


def _flows(inputs: Array, kernel: Array, step: Step, *, is_pixels: bool) -> Array:
    """Return activation times weight (inputs, neurons): a sum over a map's places from it, a mean over them into it.

    From pixels it is a sum over the places into a map.
    """
    layer, channels = step.operation, inputs.shape[-1]
    if not isinstance(layer, ConvLayer):
        flows = inputs.reshape(-1, 1) * kernel
        if inputs.ndim == 1:
            return flows
        return flows.reshape(-1, channels, kernel.shape[1]).sum(axis=1 if is_pixels else 0)
    if layer.is_plain:  # as if no edge were near
        weights = kernel.sum(axis=(0, 1))
        return inputs.reshape(-1, channels) @ weights if is_pixels else inputs.mean(axis=(0, 1))[:, None] * weights
    down, right = (_met(inputs, step, layer, axis) for axis in (0, 1))
    flows = np.zeros((math.prod(inputs.shape[:2]) if is_pixels else channels, layer.width), np.float32)
    groups = channels if layer.is_depthwise else layer.groups
    taken, given = channels // groups, layer.width // groups
    for group in range(groups):
        some, out = (slice(group * count, (group + 1) * count) for count in (taken, given))
        part = kernel[:, :, some] if layer.is_depthwise else kernel[..., out]
        if is_pixels:
            total = np.einsum("ry,sx,yxck,rsc->rsk", down, right, part, inputs[..., some], optimize=True)
            flows[:, out] += total.reshape(-1, given)
        else:
            met = np.einsum("ry,sx,rsc->yxc", down, right, inputs[..., some], optimize=True)
            flows[some, out] = np.einsum("yxc,yxck->ck", met, part) / math.prod(step.shape[:2])
    return flows


def _met(inputs: Array, step: Step, layer: ConvLayer, axis: int) -> Array:
    """Return along an axis which inputs each place of a kernel meets: 1 where it does (inputs, places), else 0."""
    count = inputs.shape[axis]
    met = np.zeros((count, layer.kernel[axis]), np.float32)
    for place in range(step.shape[axis]):
        covered = reach(count, place, layer.kernel[axis], layer.stride[axis], layer.dilation[axis], layer.padding)
        for number, index in enumerate(covered):
            if 0 <= index < count:
                met[index, number] = 1
    return met


def _strongest(flow: Array, origins: Array, number: int, columns: Sequence[Column], target: Column) -> Links:
    """Return the strongest flows into column `number` from the shown neurons; several from one neuron are added up."""
    flow = flow[:, target.numbers]
    begins, sources, rows = list[Array](), list[Array](), list[Array]()
    for begin in np.unique(origins[:, 0][origins[:, 0] != NOBODY]).tolist():
        chosen = origins[:, 0] == begin
        numbers, count = origins[chosen, 1], columns[begin].neurons if begin != PIXELS else len(origins)
        added = np.zeros((count, flow.shape[1]), flow.dtype)
        np.add.at(added, numbers, flow[chosen])
        if begin != PIXELS:
            added = added[columns[begin].numbers]
        begins.append(np.full(len(added), begin))
        sources.append(np.arange(len(added)))
        rows.append(added)
    is_whole = bool((origins[:, 0] != NOBODY).all())
    if not rows:
        nothing = np.zeros(0, int)
        return Links(nothing, nothing, np.zeros(0, np.float32), nothing, is_whole)
    flow = np.concatenate(rows)
    order = np.argsort(-np.abs(flow), axis=None, kind="stable")[:MOST_LINKS]
    order = order[flow.ravel()[order] != 0]
    places, targets = np.unravel_index(order, flow.shape)
    begin, source = (np.concatenate(parts)[places] for parts in (begins, sources))
    return Links(read_only(source), read_only(targets), read_only(flow.ravel()[order]), read_only(begin), is_whole)
