"""What flows in a graph: every tensor for one picture, through a lens, by running the traced function on copies."""

from __future__ import annotations

import functools
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.analysis.graph.grouping import grouped, shape_words
from engine.analysis.graph.messages import Edge, Graph, Node, NodeValue, block_key
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

if TYPE_CHECKING:
    from engine.session.session import Session

WARMUP_STEPS = 300
"""Number of steps after which the warm-up is shown: in the first one x is still zero."""

TURN_STEPS = 50
MOST_KEPT = 2


class Fed(NamedTuple):
    """What is fed into a network: a picture (rows, columns) float32 with its label, and what it is in words."""

    picture: Array
    label: int
    words: str
    name: str
    """What tells it from other pictures."""


def plan_of(session: Session, of: Of, lens: Lens | None) -> Plan:
    """Return which function is traced: the warm-up's as the blog post has it, or one of the run that the lens shows."""
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
    """Return the graph of a plan, traced at the first call."""
    return grouped(traced(plan))


def fed(session: Session, network: LensNetwork, image: int | None, picture: Array | None) -> Fed:
    """Return a picture that is given, or a test image by its number (the first for `None`)."""
    if picture is not None:
        ink = np.asarray(picture, np.float32)
        label = int(network.answer(ink)[1].argmax())
        called = session.run(network.key.run).classes or (session.dataset.classes if session.dataset else ())
        name = called[label] if label < len(called) else f"{label}"
        read_as = f"a {name}" if name == f"{label}" else name
        return Fed(ink, label, f"the drawing, as {read_as}", f"drawing {hash(ink.tobytes())}")
    data = fitting_data(session.data(), network.architecture)
    number = min(image or 0, len(data.test_images) - 1)
    label = int(data.test_labels[number])
    pixels = data.test_images[number].astype(np.float32) / np.float32(255)
    return Fed(
        pixels, label, f"test image {number:,}, {data.one_of(label)}", f"{data.fingerprint()} {number}"
    )


def value_of(
    session: Session, plan: Plan, lens: Lens | None, key: str, fed: Fed | None
) -> Generator[None, None, NodeValue]:
    """Return what flows out of an item of the drawing, in turns."""
    graph = graph_of(plan)
    yield
    found, about = yield from _values(session, plan, lens, fed)
    tensor = tensor_of(graph, key)
    if tensor not in found:
        return NodeValue(
            key=key, name=tensor, about=about, shape="", value=None, least=np.nan, most=np.nan, mean=np.nan
        )
    value = np.asarray(found[tensor])
    numbers = value.astype(np.float64) if value.size else np.full(1, np.nan)
    with np.errstate(over="ignore", invalid="ignore"):  # weights that are no numbers any more
        least, most, mean = (float(number) for number in (numbers.min(), numbers.max(), numbers.mean()))
    shape = f"{shape_words(value.shape)} {value.dtype.name}"
    return NodeValue(
        key=key,
        name=tensor,
        about=about,
        shape=shape,
        value=value,
        least=least,
        most=most,
        mean=mean,
    )


def tensor_of(graph: Graph, key: str) -> str:
    """Return the tensor that is looked at for an item: a node's first output, or the last that leaves a block."""
    nodes = {node.name: node for node in graph.nodes}
    if key in nodes:
        return _tensor(graph, nodes[key])
    inside = [node for node in graph.nodes if _is_in(node, key)]
    names = {node.name for node in inside}
    leaving = {edge.source for edge in graph.edges if _leaves(edge, names)}
    numbers = [node for node in inside if node.kind not in ("constant", "variable") and _has_numbers(node)]
    last = [node for node in numbers if node.name in leaving] or numbers
    return f"{last[-1].name}:0" if last else ""


def _tensor(graph: Graph, node: Node) -> str:
    """Return its first output; where it has none, or hands on what comes in, what comes in last: what it assigns."""
    if node.outputs and node.name != "Identity":
        return f"{node.name}:0"
    data = [edge for edge in graph.edges if edge.target == node.name and not edge.is_control]
    return data[-1].tensor if data else ""


def _leaves(edge: Edge, names: set[str]) -> bool:
    return edge.source in names and edge.target not in names and not edge.is_control


def _is_in(node: Node, key: str) -> bool:
    return any(block_key(node.block[:depth]) == key for depth in range(1, len(node.block) + 1))


def _has_numbers(node: Node) -> bool:
    return bool(node.outputs) and "float" in node.outputs[0]


# Computing --------------------------------------------------------------------------------------------------------

_kept: Cache[tuple[Plan, Key | None, str], tuple[Values, str]] = Cache(count=MOST_KEPT)


def _values(
    session: Session, plan: Plan, lens: Lens | None, fed: Fed | None
) -> Generator[None, None, tuple[Values, str]]:
    """Return every tensor by name, and in words for what; the last ones are kept: clicks follow each other."""
    network = lens_network(session, lens) if lens is not None and plan.of != "warmup" else None
    name = (plan, network.key if network else None, fed.name if fed else "")
    made = _kept.get(name)
    if made is None:
        if network is None or fed is None:
            made = (yield from _warmup_values(traced(plan))), f"after {WARMUP_STEPS} steps"
        else:
            assert lens is not None
            made = _network_values(session, plan, lens, network, fed)
        _kept.put(name, made)
    return made


def _warmup_values(function: Traced) -> Generator[None, None, Values]:
    matrix = drawn_matrix(function.plan.shape[0], WarmupSpec().seed)
    function.set_variables(())
    given = [tf.constant(matrix, tf.float64)]
    for step in range(WARMUP_STEPS):
        function.function(*given)
        if step % TURN_STEPS == TURN_STEPS - 1:
            yield
    return function.values([matrix])


def _network_values(
    session: Session, plan: Plan, lens: Lens, network: LensNetwork, fed: Fed
) -> tuple[Values, str]:
    function, run, step = traced(plan), session.run(lens.run), network.key.step
    passed = [np.stack(network.passed[number]) for number in plan.changed]  # type: ignore[arg-type]
    remembered = run.moments[step].optimizer if plan.of == "training" else ()
    has_all = len(network.weights) + len(passed) + len(remembered) == len(function.variables)
    function.set_variables([*network.weights, *passed, *(remembered if has_all else ())])
    given: dict[str, Any] = {"images": fed.picture[None]}
    if plan.of == "training":
        now = run.spec_at(step)
        function.rate.assign(now.learning_rate)
        given |= {"labels": np.array([fed.label], np.int32), "l2": now.l2, "dropout": now.dropout}
    values = function.values([given[name] for name in function.given])
    return values, f"{fed.words}; run {run.label} after {step:,} steps"
