"""A network as a hand-out's page computes it: the steps of its plan in few kinds, and its kernels in 8 bits."""

import base64
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from engine.analysis.probes.weight_pictures import layout
from engine.core.layers import kinds
from engine.core.layers.kinds import ConvLayer, Pair, same_padding
from engine.core.layers.plan import Join, Plan, Shape, Step
from engine.core.lazy import Array
from engine.core.lens import Weights

MOST = 127  # the largest whole number


class Quantised(NamedTuple):
    """A kernel: `whole` (inputs ..., outputs) int8, and the `scales` (outputs,) float32."""

    whole: Array
    scales: Array

    @property
    def widened(self) -> Array:
        """The weights that these numbers represent, float32."""
        return (self.whole.reshape(-1, len(self.scales)) * self.scales).reshape(self.whole.shape)


def quantised(plan: Plan, weights: Weights) -> list[Quantised | Array]:
    """Return the arrays of a network with finite weights, kernels in 8 bits; each output has a scale of its own."""
    widths = {step.first: step.shape[-1] for step in plan.with_kernels}
    return [
        _whole(array, widths[number]) if number in widths else array.astype(np.float32)
        for number, array in enumerate(weights)
    ]


def widened(arrays: Sequence[Quantised | Array]) -> list[Array]:
    """Return the arrays as a network takes them."""
    return [array.widened if isinstance(array, Quantised) else array for array in arrays]


def as_plain(array: Quantised | Array) -> str | dict[str, Any]:
    """Return an array for JSON, as `arrayOf` in `network.js` reads it."""
    if isinstance(array, Quantised):
        return {"whole": packed(array.whole), "scales": packed(array.scales), "shape": array.whole.shape}
    return packed(array)


def packed(array: Array) -> str:
    """Return an array of int8, uint8 or float32 as text (base64, little-endian)."""
    return base64.b64encode(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()).decode("ascii")


def text_size(plan: Plan) -> int:
    """Return the number of letters of a network's arrays, without their shapes and names."""
    sizes = {"kernel": 1, "bias": 8}  # a kernel has as many scales as its layer has biases
    return sum(-(-sizes.get(weight.role, 4) * math.prod(weight.shape) // 3) * 4 for weight in plan.weights)


def multiplications(plan: Plan) -> int:
    """Return how many multiplications of weights an answer takes."""
    return sum(
        math.prod(step.weights[0].shape) * (math.prod(step.shape[:2]) if isinstance(step.operation, ConvLayer) else 1)
        for step in plan.with_kernels
    )


def steps_of(plan: Plan) -> list[dict[str, Any]]:
    """Return the steps of a computation, as `networkOf` in `network.js` reads them."""
    return [
        {
            "reads": step.reads,
            "shape": step.shape,
            "arrays": len(step.weights),
            "hidden": step.hidden,
            "activation": getattr(step.operation, "activation", "linear"),
            **_kind(step, plan.shape_of(step.reads[0])),
        }
        for step in plan.steps
    ]


def layers_of(plan: Plan) -> list[dict[str, Any]]:
    """Return the hidden layers: their kind and width, the step that gives their output, and how their pictures lie."""
    completed = {step.hidden: place for place, step in enumerate(plan.steps)}
    layers = []
    for number, layer in enumerate(plan.hidden):
        own = layout(plan, number)
        path = [plan.steps.index(plan.with_kernels[before]) for before in own.path]
        layers.append(
            {
                "kind": "conv" if isinstance(layer, ConvLayer) else "dense",
                "width": layer.width,
                "step": completed[number],
                "weights": {**own._asdict(), "path": path},
            }
        )
    return layers


def _kind(step: Step, read: Shape) -> Mapping[str, Any]:
    """Return the kind of a step for the page, and what that kind needs; `read` is the shape of what it reads."""
    match step.operation:
        case kinds.DenseLayer():
            return {"kind": "dense"}
        case ConvLayer() as layer:
            window = _window(read, layer.kernel, layer.stride, layer.padding, layer.dilation)
            return {
                "kind": "conv",
                "maps": read[2],
                "groups": read[2] if layer.is_depthwise else layer.groups,
                **window,
            }
        case kinds.Norm(kind, epsilon):
            return {"kind": kind, "epsilon": epsilon}
        case kinds.Pool() as pool:
            return {"kind": pool.kind, **_window(read, pool.size, pool.stride, pool.padding)}
        case kinds.GlobalPool(kind):
            return {"kind": kind, "shape": (1, 1, *step.shape), **_window(read, (read[0], read[1]), (1, 1), "valid")}
        case kinds.Activation(name):
            return {"kind": "sum", "activation": name}
        case kinds.Rescale(scale, offset):
            return {"kind": "scale", "factors": [scale], "offsets": [offset]}
        case kinds.Pad() as pad:
            return {"kind": "pad", "top": pad.top, "left": pad.left}
        case kinds.Resize():
            return {"kind": "resize"}
        case Join() | kinds.Colour():
            return {"kind": "join"}
        case _:  # of one value, if it is not a sum: its numbers as they are
            return {"kind": "sum"}


def _window(read: Shape, size: Pair, stride: Pair, padding: str, dilation: Pair = (1, 1)) -> Mapping[str, Any]:
    """Return how a window slides; `edges` are the rows above and the columns on the left that padding adds."""
    (top, _), (left, _) = same_padding(read, size, stride, dilation) if padding == "same" else ((0, 0), (0, 0))
    return {"size": size, "stride": stride, "dilation": dilation, "edges": (top, left)}


def _whole(kernel: Array, width: int) -> Quantised:
    flat = kernel.reshape(-1, width).astype(np.float64)
    most = np.abs(flat).max(axis=0)
    scales = np.where(most > 0, most / MOST, 1).astype(np.float32)
    whole = np.rint(flat / scales).clip(-MOST, MOST).astype(np.int8)
    return Quantised(whole.reshape(kernel.shape), scales)
