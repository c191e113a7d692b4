"""Turns a traced function into a graph of plain values: kinds, blocks, short names."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from engine.analysis.graph.messages import Block, Edge, Graph, Kind, Node
from engine.analysis.graph.tracing import Traced
from engine.core.lazy import np, tf

TITLES = {
    "forward": "Forward pass",
    "loss": "Loss",
    "gradients": "Gradients",
    "optimiser": "Optimiser",
    "softmax": "Softmax",
    "flat": "Flatten",
    "channel": "Add a channel",
    "logits": "Output layer",
}
OPTIMIZERS = {"sgd": "SGD", "momentum": "Momentum", "adam": "Adam", "adagrad": "Adagrad", "rmsprop": "RMSprop"}
# The kinds of operations in these blocks.
KINDS: dict[str, Kind] = {"loss": "loss", "gradients": "gradient", "optimiser": "optimiser"}

# Labels of the operations at the end.
OUTPUTS = {"loss_before": "loss", "probabilities": "probabilities", "Identity": "returned", "NoOp": "done"}

LONGEST_LABEL = 18


def grouped(traced: Traced) -> Graph:
    """Return the graph of all operations of a traced function and of their inputs."""
    operations = traced.function.graph.get_operations()
    blocks = _blocks(traced, operations)
    nodes = tuple(_node(traced, operation, blocks[operation.name]) for operation in operations)
    edges = tuple(edge for operation in operations for edge in _edges(traced, operation))
    return Graph(nodes, edges, _titles(traced, {node.block for node in nodes}))


def words_of(traced: Traced, tensor: Any) -> str:
    """Return shape and type: `None × 300 float32`, `scalar int32`, `300 float32 variable`."""
    if tensor.dtype != tf.resource:
        return f"{shape_words(tensor.shape)} {tensor.dtype.name}"
    variable = traced.variable_of(tensor.name)
    return "variable" if variable is None else f"{shape_words(variable.shape)} {variable.dtype.name} variable"


def shape_words(shape: Any) -> str:
    """Return a shape in words; a dimension that is only known when it runs is `None`."""
    if shape is None or getattr(shape, "rank", 0) is None:
        return "any shape"
    return " × ".join(map(str, tuple(shape))) or "scalar"


def _edges(traced: Traced, operation: Any) -> list[Edge]:
    name = operation.name
    data = [Edge(tensor.op.name, name, tensor.value_index, words_of(traced, tensor)) for tensor in operation.inputs]
    # Sorted: TensorFlow has them in another order in each trace.
    return data + [Edge(before, name, -1, "") for before in sorted(other.name for other in operation.control_inputs)]


def _node(traced: Traced, operation: Any, block: Block) -> Node:
    outputs = tuple(words_of(traced, tensor) for tensor in operation.outputs)
    return Node(operation.name, operation.type, _kind(operation, block), block, _label(traced, operation), outputs)


def _kind(operation: Any, block: Block) -> Kind:
    if operation.type == "Placeholder":
        return "variable" if operation.outputs[0].dtype == tf.resource else "placeholder"
    if operation.type == "Const":
        return "constant"
    return KINDS.get(block[0], "operation") if block else "output"


def _label(traced: Traced, operation: Any) -> str:
    if operation.type == "Const":
        return _constant_words(tf.get_static_value(operation.outputs[0]))
    if operation.name in OUTPUTS:
        return OUTPUTS[operation.name]
    if operation.type != "Placeholder":
        return str(operation.type).removesuffix("VariableOp")  # Read, Assign, AssignSub
    name = traced.name_of(operation.outputs[0].name) or operation.name
    own = name.rpartition("/")[2].replace("network_", "")
    return own.replace("_", " ")[-LONGEST_LABEL:]


def _constant_words(value: Any) -> str:
    if value is None or np.size(value) > 3:
        return "constant"
    return np.array2string(np.asarray(value), separator=", ", precision=8).replace("-", "−")


def _blocks(traced: Traced, operations: list[Any]) -> dict[str, Block]:
    """Return the block of each operation by name: by TensorFlow's names, in the optimiser by variable."""
    owners = _owners(traced, operations)
    blocks: dict[str, Block] = {}
    for operation in operations:
        parts = [re.sub(r"_\d+$", "", part) for part in operation.name.split("/")]
        if parts[0] == "optimiser":
            blocks[operation.name] = ("optimiser", *owners[operation.name])
        elif parts[0] == "gradients" and len(parts) > 1:
            blocks[operation.name] = _block_of_sum(operation, blocks, traced)
        else:
            blocks[operation.name] = _named_block(parts, traced)
    return blocks


def _named_block(parts: list[str], traced: Traced) -> Block:
    if parts[0] == "gradient_tape":
        rest = _named_block(parts[1:], traced)
        return ("gradients", *(rest[1:] or rest[:1])) if traced.layers else ("gradients",)
    if parts[0] == "forward":
        return ("forward", *[part for part in parts if _is_block(part, traced)][:1])
    return ("loss",) if parts[0] == "loss" and len(parts) > 1 else ()


def _is_block(part: str, traced: Traced) -> bool:
    return part in traced.layers or part == "softmax" or bool(re.fullmatch(r"dropout\d+", part))


def _block_of_sum(operation: Any, blocks: dict[str, Block], traced: Traced) -> Block:
    """Return the block where gradients are added up, or begin: that of the layer in the sum nearest to the input."""
    if not traced.layers:
        return ("gradients",)
    layers = [*reversed(traced.layers)]

    def depth(block: Block) -> int:
        return layers.index(block[1]) if len(block) > 1 and block[1] in layers else -1

    inputs = [blocks[tensor.op.name] for tensor in operation.inputs]
    gradients = [block for block in inputs if block[0] == "gradients"]
    return max(gradients, default=("gradients", "loss"), key=depth)


def _owners(traced: Traced, operations: list[Any]) -> dict[str, Block]:
    """Return the single variable that each operation serves to change: `("layer1 kernel",)`, or `()`."""
    served: dict[str, set[str]] = defaultdict(set)
    for operation in reversed(operations):
        name = operation.name
        resource = next((tensor for tensor in operation.inputs if tensor.dtype == tf.resource), None)
        if operation.type.startswith("Assign") and resource is not None:
            served[name].add(_owner(traced.name_of(resource.name)))
        for tensor in operation.inputs:
            # A read of a variable serves what uses that read, not other readers of the variable.
            served[tensor.op.name] |= served[name]
    owners: dict[str, Block] = {}
    for operation in operations:
        own = served[operation.name]
        is_own = traced.layers and len(own) == 1 and "" not in own
        owners[operation.name] = (next(iter(own)),) if is_own else ()
    return owners


def _owner(variable: str) -> str:
    """Return `layer1 kernel` for a variable or an optimiser's memory of it, else an empty string."""
    match = re.search(r"network[/_](\w+?)[/_](kernel|bias)", variable)
    return f"{match[1]} {match[2]}" if match else ""


def _titles(traced: Traced, blocks: set[Block]) -> dict[Block, str]:
    """Return the titles of all blocks."""
    every = {block[:depth] for block in blocks for depth in range(1, len(block) + 1)}
    titles = {block: _title(block[-1]) for block in every}
    if traced.plan.of != "network":
        titles["optimiser",] = f"Optimiser: {OPTIMIZERS[traced.plan.optimizer]}"
    return titles


def _title(name: str) -> str:
    layer, _, part = name.partition(" ")
    spaced = re.sub(r"(\d+)$", r" \1", layer)
    title = TITLES.get(layer, spaced[0].upper() + spaced[1:])
    return f"{title}: {part}" if part else title
