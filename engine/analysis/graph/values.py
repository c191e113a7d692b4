"""A traced function as a graph of plain values, and every tensor in it for one picture, through a lens."""

import functools
import re
from collections import defaultdict
from collections.abc import Generator
from typing import Any, NamedTuple

from engine.analysis.graph.messages import Block, Edge, Graph, Kind, Node, NodeValue, block_key
from engine.analysis.graph.tracing import Of, Plan, Traced, Values, traced
from engine.analysis.warmup.problem import drawn_matrix
from engine.analysis.warmup.spec import WarmupSpec
from engine.core.cache import Cache
from engine.core.errors import UserError
from engine.core.knobs import knobs
from engine.core.language import language, mark, tr, tr_context
from engine.core.layers.kinds import Dropout, Norm
from engine.core.lazy import Array, np, tf
from engine.core.lens import Lens
from engine.core.specs import TrainSpec
from engine.model.network.lens_network import Key, LensNetwork, fitting_data, lens_network
from engine.model.training.schedule import rate_factors
from engine.session.session import Session

TITLES = {
    "forward": mark("Forward pass"),
    "flat": mark("Flatten"),
    "loss": mark("Loss"),
    "gradients": mark("Gradients"),
    "optimiser": mark("Optimiser"),
    "softmax": mark("Softmax"),
    "channel": mark("Add a channel"),
    "logits": mark("Output layer"),
    "normalisation": mark("Normalisation"),
}
# Of steps that a network may have several of, by what their names begin with.
NUMBERED = {
    "layer": mark("Layer {number}"),
    "dropout": mark("Dropout {number}"),
    "norm": mark("Normalisation {number}"),
    "activation": mark("Activation {number}"),
    "pool": mark("Pooling {number}"),
    "global": mark("Global pooling {number}"),
    "sum": mark("Sum {number}"),
    "join": mark("Join {number}"),
    "flat": mark("Flatten {number}"),
    "channel": mark("Add a channel {number}"),
    "rescale": mark("Rescale {number}"),
    "pad": mark("Pad {number}"),
    "resize": mark("Resize {number}"),
    "colour": mark("Grey as colour {number}"),
}
PARTS = {"kernel": mark("kernel"), "bias": mark("bias")}
# The kinds of operations in these blocks.
KINDS: dict[str, Kind] = {"loss": "loss", "gradients": "gradient", "optimiser": "optimiser"}

# Labels of the operations at the end.
OUTPUTS = {
    "loss_before": mark("loss"),
    "probabilities": mark("probabilities"),
    "Identity": mark("returned"),  # no text
    "NoOp": mark("done"),
}

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
    if variable is None:
        return "variable"
    return f"{shape_words(variable.shape)} {variable.dtype.name} variable"  # no text


def shape_words(shape: Any) -> str:
    """Return a shape in words; a dimension that is only known when it runs is `None`."""
    if shape is None or getattr(shape, "rank", 0) is None:
        return tr("any shape")
    return " × ".join(map(str, tuple(shape))) or tr("scalar")


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
        value = tf.get_static_value(operation.outputs[0])
        if value is None or np.size(value) > 3:
            return tr("constant")
        return np.array2string(np.asarray(value), separator=", ", precision=8).replace("-", "−")
    if operation.name in OUTPUTS:
        return tr(OUTPUTS[operation.name])
    if operation.type != "Placeholder":
        return str(operation.type).removesuffix("VariableOp")  # Read, Assign, AssignSub
    name = traced.name_of(operation.outputs[0].name) or operation.name
    return name.rpartition("/")[2].replace("network_", "").replace("_", " ")[-LONGEST_LABEL:]


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
        return next((("forward", *_block_of(part)) for part in parts if _is_block(part, traced)), ("forward",))
    return ("loss",) if parts[0] == "loss" and len(parts) > 1 else ()


def _is_block(part: str, traced: Traced) -> bool:
    return part in traced.layers or part == "softmax" or bool(re.fullmatch(r"dropout\d+", part))


def _block_of(step: str) -> Block:
    """Return the block of a step: a hidden layer has its normalisation, as a block of its own, and its activation."""
    layer, _, part = step.partition("_")
    return (layer, "normalisation") if part == "norm" else (layer,)


def _block_of_sum(operation: Any, blocks: dict[str, Block], traced: Traced) -> Block:
    """Return the block where gradients are added up, or begin: that of the layer in the sum nearest to the input."""
    if not traced.layers:
        return ("gradients",)
    layers = [*reversed([_block_of(step)[0] for step in traced.layers])]

    def depth(block: Block) -> int:
        return layers.index(block[1]) if len(block) > 1 and block[1] in layers else -1

    inputs = [blocks[tensor.op.name] for tensor in operation.inputs]
    gradients = [block for block in inputs if block[0] == "gradients"]
    return max(gradients, default=("gradients", "loss"), key=depth)


def _owners(traced: Traced, operations: list[Any]) -> dict[str, Block]:
    """Return the single variable that each operation serves to change: `("layer1 kernel",)`, or `()`."""
    # The name of a variable, or of an optimiser's memory of it; `network` stands before it where layers form a chain.
    named = re.compile(rf"(?:^|[/_])({'|'.join(traced.layers)})[/_](kernel|bias|gamma|beta)(?:_|$)")
    served: dict[str, set[str]] = defaultdict(set)
    for operation in reversed(operations):
        name = operation.name
        resource = next((tensor for tensor in operation.inputs if tensor.dtype == tf.resource), None)
        if operation.type.startswith("Assign") and resource is not None:
            match = named.search(traced.name_of(resource.name)) if traced.layers else None
            served[name].add(f"{match[1]} {match[2]}" if match else "")
        for tensor in operation.inputs:
            # A read of a variable serves what uses that read, not other readers of the variable.
            served[tensor.op.name] |= served[name]
    owners: dict[str, Block] = {}
    for operation in operations:
        own = served[operation.name]
        is_own = traced.layers and len(own) == 1 and "" not in own
        owners[operation.name] = (next(iter(own)),) if is_own else ()
    return owners


def _titles(traced: Traced, blocks: set[Block]) -> dict[Block, str]:
    every = {block[:depth] for block in blocks for depth in range(1, len(block) + 1)}
    titles = {block: _title(block[-1]) for block in every}
    if traced.plan.of != "network":
        titles["optimiser",] = tr(
            "Optimiser: {optimiser}", optimiser=knobs(TrainSpec)["optimizer"].say(traced.plan.optimizer)
        )
    return titles


def _title(name: str) -> str:
    step, _, part = name.partition(" ")
    layer = step.partition("_")[0]  # the variables of its normalisation are a layer's own
    if (numbered := re.fullmatch(r"([a-z]+)(\d+)", layer)) and numbered[1] in NUMBERED:
        title = tr(NUMBERED[numbered[1]], number=int(numbered[2]))
    else:
        title = tr(TITLES[layer]) if layer in TITLES else layer[:1].upper() + layer[1:]
    return f"{title}: {tr(PARTS.get(part, part))}" if part else title


WARMUP_STEPS = 300  # the warm-up is shown after these steps: at first x is still zero
TURN_STEPS = 50
MOST_KEPT = 2


class InputPicture(NamedTuple):
    """The input of a network: a picture (rows, columns) float32 with its label, in words, and a key for caches."""

    picture: Array
    label: int
    words: str
    key: str


def plan_of(session: Session, of: Of, lens: Lens | None) -> Plan:
    """Return the function to trace: the warm-up's as in the blog post, or one of the run that the lens shows."""
    if of == "warmup":
        spec = WarmupSpec()
        return Plan("warmup", loss=spec.loss, optimizer=spec.optimizer, shape=(spec.size, spec.size))
    if lens is None:
        raise UserError(tr("There is no network yet."), hint=tr("Train one, or open a session."))
    network = lens_network(session, lens)
    layers, shape, classes = network.architecture
    changed = tuple(number for number, change in enumerate(network.passed) if change)
    plan = Plan(of, layers, shape=shape, classes=classes, changed=changed)
    if of == "network":
        return plan
    now = session.run(lens.run).spec_at(network.key.step)
    has_dropout = now.dropout > 0 and bool(network.layers)
    is_random = has_dropout or any(isinstance(step.operation, Dropout) for step in network.plan.steps)
    return plan._replace(
        loss=now.loss,
        optimizer=now.optimizer,
        l2=now.l2 > 0,
        decay=now.decay > 0,
        smoothing=now.smoothing > 0,
        dropout=has_dropout,
        changed=() if is_random else changed,
    )


def graph_of(plan: Plan) -> Graph:
    """Return the graph of a plan, which is traced at the first call."""
    return _graph_of(plan, language())


@functools.lru_cache(8)
def _graph_of(plan: Plan, _language: str) -> Graph:
    return grouped(traced(plan))


def input_picture(session: Session, network: LensNetwork, image: int | None, picture: Array | None) -> InputPicture:
    """Return a given picture, or a test image by its number (the first for `None`)."""
    if picture is not None:
        ink = np.asarray(picture, np.float32)
        label = int(network.answer(ink)[1].argmax())
        names = session.run(network.key.run).classes or (session.dataset.classes if session.dataset else ())
        name = names[label] if label < len(names) else f"{label}"
        read_as = tr_context("within a sentence", "a {digit}", digit=name) if name == f"{label}" else name
        return InputPicture(
            ink,
            label,
            tr("the drawing, as {label}", label=read_as),
            f"drawing {hash(ink.tobytes())}",  # no text
        )
    data = fitting_data(session.data(), network.architecture)
    number = min(image or 0, len(data.test_images) - 1)
    label = int(data.test_labels[number])
    pixels = data.test_images[number].astype(np.float32) / np.float32(255)
    return InputPicture(
        pixels,
        label,
        tr("test image {number:,}, {label}", number=number, label=data.one_of(label)),
        f"{data.fingerprint()} {number}",
    )


def value_of(
    session: Session, plan: Plan, lens: Lens | None, key: str, source: InputPicture | None
) -> Generator[None, None, NodeValue]:
    """Return the value of an item of the drawing, in turns."""
    graph = graph_of(plan)
    yield
    values, about = yield from _values(session, plan, lens, source)
    tensor = tensor_of(graph, key)
    value = np.asarray(values[tensor]) if tensor in values else None
    numbers = np.full(1, np.nan) if value is None or not value.size else value.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):  # after a diverged training
        least, most, mean = (float(number) for number in (numbers.min(), numbers.max(), numbers.mean()))
    return NodeValue(
        key=key,
        name=tensor,
        about=about,
        shape="" if value is None else f"{shape_words(value.shape)} {value.dtype.name}",
        value=value,
        least=least,
        most=most,
        mean=mean,
    )


def tensor_of(graph: Graph, key: str) -> str:
    """Return the tensor of an item: a node's first output, or the last that leaves a block."""
    nodes = {node.name: node for node in graph.nodes}
    if (node := nodes.get(key)) is not None:
        if node.outputs and node.name != "Identity":
            return f"{node.name}:0"
        # Without output, or handing on its input: the last input, which an assignment assigns.
        data = [edge for edge in graph.edges if edge.target == node.name and not edge.is_control]
        return data[-1].tensor if data else ""
    inside = [
        node
        for node in graph.nodes
        if any(block_key(node.block[:depth]) == key for depth in range(1, len(node.block) + 1))
    ]
    names = {node.name for node in inside}
    leaving = {
        edge.source for edge in graph.edges if edge.source in names and edge.target not in names and not edge.is_control
    }
    numbers = [
        node
        for node in inside
        if node.kind not in ("constant", "variable") and node.outputs and "float" in node.outputs[0]
    ]
    last = [node for node in numbers if node.name in leaving] or numbers
    return f"{last[-1].name}:0" if last else ""


# The last ones: clicks on several nodes follow each other.
_kept: Cache[tuple[Plan, Key | None, str, str], tuple[Values, str]] = Cache(count=MOST_KEPT)


def _values(
    session: Session, plan: Plan, lens: Lens | None, source: InputPicture | None
) -> Generator[None, None, tuple[Values, str]]:
    """Return every tensor by name, and in words what they were computed for."""
    network = lens_network(session, lens) if lens is not None and plan.of != "warmup" else None
    key = (plan, network.key if network else None, source.key if source else "", language())
    values = _kept.get(key)
    if values is None:
        if network is None or source is None:
            values = (yield from _warmup_values(traced(plan))), tr("after {step:,} steps", step=WARMUP_STEPS)
        else:
            assert lens is not None
            values = _network_values(session, plan, lens, network, source)
        _kept.put(key, values)
    return values


def _warmup_values(function: Traced) -> Generator[None, None, Values]:
    matrix = drawn_matrix(function.plan.shape[0], WarmupSpec().seed)
    function.set_variables(())
    arguments = [tf.constant(matrix, tf.float64)]
    for step in range(WARMUP_STEPS):
        function.function(*arguments)
        if step % TURN_STEPS == TURN_STEPS - 1:
            yield
    return function.values([matrix])


def _network_values(
    session: Session, plan: Plan, lens: Lens, network: LensNetwork, source: InputPicture
) -> tuple[Values, str]:
    function, run, step = traced(plan), session.run(lens.run), network.key.step
    passed = [np.stack(network.passed[number]) for number in plan.changed]  # type: ignore[arg-type]
    memories = run.moments[step].optimizer if plan.of == "training" else ()
    has_all = len(network.weights) + len(passed) + len(memories) == len(function.variables)
    function.set_variables([*network.weights, *passed, *(memories if has_all else ())])
    arguments: dict[str, Any] = {"images": source.picture[None]}
    if plan.of == "training":
        spec = run.spec_at(step)
        factor = rate_factors(spec, run.steps_per_epoch, step, 1)[0]
        function.rate.assign(spec.learning_rate * factor)
        arguments |= {"labels": np.array([source.label], np.int32)}
        arguments |= {name: getattr(spec, name) for name in plan.rates}
    values = function.values([arguments[name] for name in function.arguments])
    said = mark("{picture}; run {run} after {step:,} steps")
    if plan.of == "training" and any(
        isinstance(step.operation, Norm) and step.operation.kind == "batch" for step in network.plan.steps
    ):
        said = mark("{picture}, as a batch of its own; run {run} after {step:,} steps")
    return values, tr(said, picture=source.words, run=run.label, step=step)
