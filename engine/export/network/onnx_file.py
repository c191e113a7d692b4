"""A network as an ONNX file, made of the steps of its plan; needs the package onnx, and no TensorFlow."""

import importlib.util
from collections.abc import Mapping
from typing import Any

from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.layers import kinds
from engine.core.layers.kinds import Activation, ConvLayer, DenseLayer, Norm, Pair, same_padding, slope_of
from engine.core.layers.plan import HIDDEN, Channel, Join, Plan, Shape, Step, Sum, computed
from engine.core.lazy import Array, np

OPSET, FORMAT = 20, 9  # the first versions that know GELU, of 2023: readers open files of their past only

MOST = 2**31  # bytes: no protobuf holds as many

NO_ONNX = mark("ONNX needs the package onnx, which is not installed.")
INSTALL_ONNX = mark("Install the extra `onnx`: pip install onnx.")


def check_onnx() -> None:
    """Raise `UserError` where no networks can be written as ONNX."""
    if importlib.util.find_spec("onnx") is None:
        raise UserError(tr(NO_ONNX), hint=tr(INSTALL_ONNX))


def onnx_of(plan: Plan, arrays: Mapping[str, Array], about: Mapping[str, str]) -> bytes:
    """Return the content of a file with a network: from `image` (n, rows, columns) to `logits` (n, classes).

    `arrays` are those of the plan by name, `layer1/kernel`, and have these names in the file, as the outputs of hidden
    layers have theirs, `layer1`; `about` are texts in it. Feature maps come before rows and columns. Raises `UserError`
    if the network is too large for the format.
    """
    from onnx import TensorProto, helper, numpy_helper

    if (size := sum(array.nbytes for array in arrays.values())) >= MOST:
        sentence = tr("The network has {size:.1f} GB, more than an ONNX file can hold.", size=size / 1e9)
        raise UserError(sentence, hint=tr("Choose another kind of file."))
    writing = _Writing(plan, arrays)
    images = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", *plan.shape])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", plan.classes])
    weights = [numpy_helper.from_array(array, name) for name, array in writing.stored.items()]
    graph = helper.make_graph(writing.nodes, "network", [images], [logits], weights)
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=FORMAT, producer_name="layerlight")
    helper.set_model_props(model, dict(about))
    return model.SerializeToString()


class _Writing:
    """The nodes of a plan's steps, and the arrays that they take by name."""

    def __init__(self, plan: Plan, arrays: Mapping[str, Array]) -> None:
        self.stored, self.nodes = dict(arrays), list[Any]()
        self._plan, self._last = plan, plan.steps[-1]
        computed(plan, "image", self._step)

    def _node(self, operation: str, *taken: str, to: str = "", **attributes: Any) -> str:
        """Add a node; return the name of its value."""
        from onnx import helper

        name = to or f"value{len(self.nodes) + 1}"
        self.nodes.append(helper.make_node(operation, list(taken), [name], **attributes))
        return name

    def _constant(self, name: str, values: Any, kind: Any = np.int64) -> str:
        self.stored[name] = np.array(values, kind)
        return name

    def _step(self, step: Step, values: list[str]) -> str:
        to = "logits" if step is self._last else "" if step.hidden is None else f"{HIDDEN}{step.hidden + 1}"
        x, arrays = values[0], [weight.name for weight in step.weights]
        match step.operation:
            case DenseLayer(activation=of):
                bare = to if of == "linear" else ""
                return self._activated(of, self._node("Gemm", x, *arrays, to=bare), to)  # no text
            case ConvLayer() as layer:
                bare = to if layer.activation == "linear" else ""
                return self._activated(layer.activation, self._convolution(step, layer, x, bare), to)
            case Norm("batch", epsilon):
                return self._node("BatchNormalization", x, *arrays, to=to, epsilon=epsilon)  # no text
            case Norm(_, epsilon):
                is_maps = len(step.shape) == 3
                x = self._node("Transpose", x, perm=[0, 2, 3, 1]) if is_maps else x  # no text
                norm = self._node("LayerNormalization", x, *arrays, to="" if is_maps else to, epsilon=epsilon)
                return self._node("Transpose", norm, to=to, perm=[0, 3, 1, 2]) if is_maps else norm  # no text
            case kinds.Pool() as pool:
                pads = _pads(self._plan.shape_of(step.reads[0]), pool.size, pool.stride, pool.padding)
                operation = "MaxPool" if pool.kind == "max" else "AveragePool"  # which leaves out what is padded
                return self._node(operation, x, kernel_shape=pool.size, strides=pool.stride, pads=pads)
            case kinds.GlobalPool(kind):
                axes = self._constant("places", [2, 3])
                return self._node("ReduceMax" if kind == "max" else "ReduceMean", x, axes, keepdims=0)
            case Activation(of):
                return self._activated(of, x, to)
            case kinds.Dropout():
                return x
            case kinds.Flatten():
                is_maps = len(self._plan.shape_of(step.reads[0])) == 3
                x = self._node("Transpose", x, perm=[0, 2, 3, 1]) if is_maps else x  # no text
                return self._node("Flatten", x)  # no text
            case Channel():
                return self._node("Unsqueeze", x, self._constant("axes", [1]))  # no text
            case kinds.Rescale(scale, offset):
                x = self._node("Mul", x, self._constant(f"{step.name}/scale", scale, np.float32))  # no text
                return self._node("Add", x, self._constant(f"{step.name}/offset", offset, np.float32))  # no text
            case kinds.Pad(top, bottom, left, right):
                edges = self._constant(f"{step.name}/pads", [0, 0, top, left, 0, 0, bottom, right])
                return self._node("Pad", x, edges)  # no text
            case kinds.Resize():
                return self._resized(step, x)
            case Sum():
                return self._node("Add", *values)  # no text
            case Join() | kinds.Colour():
                return self._node("Concat", *values, axis=1)  # no text
        raise TypeError(f"There is no node for {step.operation}.")

    def _convolution(self, step: Step, layer: ConvLayer, x: str, to: str) -> str:
        kernel, bias = (weight.name for weight in step.weights)
        maps = self._plan.shape_of(step.reads[0])[2]
        groups = maps if layer.is_depthwise else layer.groups
        array = self.stored[kernel]
        if layer.is_depthwise:
            array = array.reshape(*layer.kernel, 1, layer.width)
        self.stored[kernel] = np.ascontiguousarray(array.transpose(3, 2, 0, 1))
        pads = _pads(self._plan.shape_of(step.reads[0]), layer.kernel, layer.stride, layer.padding, layer.dilation)
        window: dict[str, Any] = {"kernel_shape": layer.kernel, "strides": layer.stride, "dilations": layer.dilation}
        return self._node("Conv", x, kernel, bias, to=to, group=groups, pads=pads, **window)  # no text

    def _activated(self, activation: str, x: str, to: str) -> str:
        if (slope := slope_of(activation)) is not None:
            return self._node("LeakyRelu", x, to=to, alpha=slope)
        match activation:
            case "linear":
                return x
            case "silu":
                return self._node("Mul", x, self._node("Sigmoid", x), to=to)  # no text
            case "relu6":
                ends = [self._constant(name, end, np.float32) for name, end in (("zero", 0), ("six", 6))]
                return self._node("Clip", x, *ends, to=to)  # no text
        return self._node(activation.title(), x, to=to)

    def _resized(self, step: Step, x: str) -> str:
        """Add a node that interpolates between the centres of pixels."""
        sizes = self._constant(f"{step.name}/sizes", step.shape[:2])
        between = "half_pixel"
        return self._node(
            "Resize",  # no text
            x,
            "",
            "",
            sizes,
            mode="linear",
            coordinate_transformation_mode=between,
            axes=[2, 3],  # no text
        )


def _pads(shape: Shape, size: Pair, stride: Pair, padding: str, dilation: Pair = (1, 1)) -> list[int]:
    """Return the rows and columns of zeros before and behind what a window slides over, as ONNX lists them."""
    if padding != "same":
        return [0, 0, 0, 0]
    (above, below), (left, right) = same_padding(shape, size, stride, dilation)
    return [above, left, below, right]
