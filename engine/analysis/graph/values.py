"""The values in a graph: every tensor for one picture, through a lens, by running the traced function on copies."""

from __future__ import annotations

import functools
from collections.abc import Generator
from typing import Any, NamedTuple

from engine.analysis.graph.grouping import grouped, shape_words
from engine.analysis.graph.messages import Graph, NodeValue, block_key
from engine.analysis.graph.tracing import Of, Plan, Traced, Values, traced
from engine.analysis.warmup.matrix import drawn_matrix
from engine.analysis.warmup.spec import WarmupSpec
from engine.core.array import Array
from engine.core.cache import Cache
from engine.core.errors import UserError
from engine.core.lazy import np, tf
from engine.core.lens import Lens
from engine.model.network.fitting import fitting_data
from engine.model.network.lens_network import Key, LensNetwork, lens_network
from engine.session.session import Session

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
        raise UserError("There is no network yet.", hint="Train one, or open a session.")
    network = lens_network(session, lens)
    layers, shape, classes = network.architecture
    changed = tuple(number for number, change in enumerate(network.passed) if change)
    plan = Plan(of, layers, shape=shape, classes=classes, changed=changed)
    if of == "network":
        return plan
    now = session.run(lens.run).spec_at(network.key.step)
    has_dropout = now.dropout > 0 and bool(layers)
    return plan._replace(
        loss=now.loss,
        optimizer=now.optimizer,
        l2=now.l2 > 0,
        dropout=has_dropout,
        changed=() if has_dropout else changed,
    )


@functools.lru_cache(8)
def graph_of(plan: Plan) -> Graph:
    """Return the graph of a plan, which is traced at the first call."""
    return grouped(traced(plan))


def input_picture(session: Session, network: LensNetwork, image: int | None, picture: Array | None) -> InputPicture:
    """Return a given picture, or a test image by its number (the first for `None`)."""
    if picture is not None:
        ink = np.asarray(picture, np.float32)
        label = int(network.answer(ink)[1].argmax())
        names = session.run(network.key.run).classes or (session.dataset.classes if session.dataset else ())
        name = names[label] if label < len(names) else f"{label}"
        read_as = f"a {name}" if name == f"{label}" else name
        return InputPicture(ink, label, f"the drawing, as {read_as}", f"drawing {hash(ink.tobytes())}")
    data = fitting_data(session.data(), network.architecture)
    number = min(image or 0, len(data.test_images) - 1)
    label = int(data.test_labels[number])
    pixels = data.test_images[number].astype(np.float32) / np.float32(255)
    words = f"test image {number:,}, {data.one_of(label)}"
    return InputPicture(pixels, label, words, f"{data.fingerprint()} {number}")


def value_of(
    session: Session, plan: Plan, lens: Lens | None, key: str, source: InputPicture | None
) -> Generator[None, None, NodeValue]:
    """Return the value of an item of the drawing, in turns."""
    graph = graph_of(plan)
    yield
    values, about = yield from _values(session, plan, lens, source)
    tensor = tensor_of(graph, key)
    if tensor not in values:
        return NodeValue(
            key=key, name=tensor, about=about, shape="", value=None, least=np.nan, most=np.nan, mean=np.nan
        )
    value = np.asarray(values[tensor])
    numbers = value.astype(np.float64) if value.size else np.full(1, np.nan)
    with np.errstate(over="ignore", invalid="ignore"):  # after a diverged training
        least, most, mean = (float(number) for number in (numbers.min(), numbers.max(), numbers.mean()))
    return NodeValue(
        key=key,
        name=tensor,
        about=about,
        shape=f"{shape_words(value.shape)} {value.dtype.name}",
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
_kept: Cache[tuple[Plan, Key | None, str], tuple[Values, str]] = Cache(count=MOST_KEPT)


def _values(
    session: Session, plan: Plan, lens: Lens | None, source: InputPicture | None
) -> Generator[None, None, tuple[Values, str]]:
    """Return every tensor by name, and in words what they were computed for."""
    network = lens_network(session, lens) if lens is not None and plan.of != "warmup" else None
    key = (plan, network.key if network else None, source.key if source else "")
    values = _kept.get(key)
    if values is None:
        if network is None or source is None:
            values = (yield from _warmup_values(traced(plan))), f"after {WARMUP_STEPS} steps"
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
        function.rate.assign(spec.learning_rate)
        arguments |= {"labels": np.array([source.label], np.int32), "l2": spec.l2, "dropout": spec.dropout}
    values = function.values([arguments[name] for name in function.arguments])
    return values, f"{source.words}; run {run.label} after {step:,} steps"
