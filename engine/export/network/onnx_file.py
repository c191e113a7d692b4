"""A network as an ONNX file, made of the arrays of its layers; needs the package onnx, and no TensorFlow."""

import importlib.util
from collections.abc import Mapping, Sequence
from typing import Any

from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.layers.kinds import ConvLayer, HiddenLayer
from engine.core.layers.plan import HIDDEN
from engine.core.lazy import Array, np

OPSET, FORMAT = 20, 9  # the first versions that know GELU, of 2023: readers open files of their past only

SLOPE = 0.2  # of Leaky ReLU below zero, as Keras has it

MOST = 2**31  # bytes: no protobuf holds as many

NO_ONNX = mark("ONNX needs the package onnx, which is not installed.")
INSTALL_ONNX = mark("Install the extra `onnx`: pip install onnx.")


def check_onnx() -> None:
    """Raise `UserError` where no networks can be written as ONNX."""
    if importlib.util.find_spec("onnx") is None:
        raise UserError(tr(NO_ONNX), hint=tr(INSTALL_ONNX))


def onnx_of(
    layers: Sequence[HiddenLayer], arrays: Mapping[str, Array], shape: tuple[int, int], about: Mapping[str, str]
) -> bytes:
    """Return the content of a file with a network: from `image` (n, rows, columns) to `logits` (n, classes).

    `arrays` are kernel and bias of each layer by name, `layer1/kernel`, and have these names in the file; `about` are
    texts in it. Raises `UserError` if the network is too large for the format.
    """
    from onnx import TensorProto, helper, numpy_helper

    if (size := sum(array.nbytes for array in arrays.values())) >= MOST:
        sentence = tr("The network has {size:.1f} GB, more than an ONNX file can hold.", size=size / 1e9)
        raise UserError(sentence, hint=tr("Choose another kind of file."))
    stored, nodes = dict(arrays), list[Any]()

    def then(operation: str, *more: str, to: str = "", **attributes: Any) -> None:
        taken = nodes[-1].output[0] if nodes else "image"
        nodes.append(helper.make_node(operation, [taken, *more], [to or f"value{len(nodes) + 1}"], **attributes))

    def activate(name: str, layer: HiddenLayer) -> None:
        # ONNX has Keras' names without underscores: LeakyRelu.
        operation, attributes = layer.activation.title().replace("_", ""), {}
        if layer.activation == "leaky_relu":
            attributes["alpha"] = SLOPE
        then(operation, to=name, **attributes)

    names = [f"{HIDDEN}{number}" for number in range(1, len(layers) + 2)]
    convolutions = sum(isinstance(layer, ConvLayer) for layer in layers)
    if convolutions:
        stored["axes"] = np.array([1])
        # ONNX has channels before rows and columns.
        then("Unsqueeze", "axes")  # no text
    for name, layer in zip(names[:convolutions], layers[:convolutions], strict=True):
        stored[f"{name}/kernel"] = np.ascontiguousarray(arrays[f"{name}/kernel"].transpose(3, 2, 0, 1))
        then("Conv", f"{name}/kernel", f"{name}/bias", auto_pad="SAME_UPPER")  # no text
        activate(name, layer)
        then("MaxPool", kernel_shape=[2, 2], strides=[2, 2], auto_pad="SAME_UPPER")
    if convolutions:
        then("Transpose", perm=[0, 2, 3, 1])  # no text
    then("Flatten")  # no text
    for name, layer in zip(names[convolutions:-1], layers[convolutions:], strict=True):
        then("Gemm", f"{name}/kernel", f"{name}/bias")  # no text
        activate(name, layer)
    then("Gemm", f"{names[-1]}/kernel", f"{names[-1]}/bias", to="logits")  # no text
    images = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", *shape])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", len(arrays[f"{names[-1]}/bias"])])
    weights = [numpy_helper.from_array(array, name) for name, array in stored.items()]
    graph = helper.make_graph(nodes, "network", [images], [logits], weights)
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=FORMAT, producer_name="layerlight")
    helper.set_model_props(model, dict(about))
    return model.SerializeToString()
