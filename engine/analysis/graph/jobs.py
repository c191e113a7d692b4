"""The jobs of the graph: draw it, compute a node's value, and picture a network as nodes and links."""

from collections.abc import Generator

from engine.analysis.graph.layout import lay_out
from engine.analysis.graph.link_picture import link_picture
from engine.analysis.graph.messages import Block, Drawing, Graph, GraphDrawn
from engine.analysis.graph.tracing import Of
from engine.analysis.graph.values import graph_of, input_picture, plan_of, value_of
from engine.core.lazy import Array
from engine.core.lens import Lens
from engine.core.messages import Job
from engine.core.preload import preload_tensorflow
from engine.model.network.lens_network import lens_network
from engine.session.session import Session

WIDEST = 3_400.0  # wider graphs are not legible when all of them is in view

type Opened = frozenset[Block] | None


def draw_graph(session: Session, of: Of, lens: Lens | None, opened: Opened = None) -> Job:
    """Answer with `GraphDrawn` with these open blocks, `None` for the clearest; raise `UserError` without a network."""
    plan = plan_of(session, of, lens)  # raises for a deleted run before TensorFlow's import takes a second
    preload_tensorflow()
    yield None
    # Some tenths of a second at first, in one turn: TensorFlow's tracing cannot be cut.
    graph = graph_of(plan)
    yield None
    if opened is None:
        opened, drawing = yield from first_drawing(graph, first_opened(of, graph))
    else:
        drawing = yield from lay_out(graph, opened)
    yield GraphDrawn(of=of, graph=graph, drawing=drawing, opened=opened)


def tell_value(
    session: Session, of: Of, lens: Lens | None, key: str, image: int | None = None, picture: Array | None = None
) -> Job:
    """Answer with the `NodeValue` of an item for a test image, or for a picture (rows, columns), 0 to 1."""
    plan, source = plan_of(session, of, lens), None
    preload_tensorflow()
    yield None
    if of != "warmup":
        assert lens is not None
        source = input_picture(session, lens_network(session, lens), image, picture)
    yield (yield from value_of(session, plan, lens, key, source))


def picture_network(session: Session, lens: Lens, image: int | None = None, picture: Array | None = None) -> Job:
    """Answer with the `LinkPicture` of the network for a test image or a picture; needs no TensorFlow."""
    network = lens_network(session, lens)
    yield link_picture(network, input_picture(session, network, image, picture), session.run(lens.run).label)


def first_drawing(graph: Graph, opened: frozenset[Block]) -> Generator[None, None, tuple[frozenset[Block], Drawing]]:
    """Return the blocks that are open at first, and the drawing: fewer blocks for deep networks."""
    for tried in (opened, opened - {("gradients",)}, opened & {("forward",)}):
        drawing = yield from lay_out(graph, tried)
        if drawing.width <= WIDEST:
            return tried, drawing
    drawing = yield from lay_out(graph, frozenset())
    return frozenset(), drawing


def first_opened(of: Of, graph: Graph) -> frozenset[Block]:
    """Return the blocks that are open at first: as many as are legible when all of the graph is in view."""
    wanted: dict[Of, tuple[Block, ...]] = {
        "warmup": (("forward",), ("loss",), ("gradients",)),
        "network": (("forward",), ("forward", "layer1"), ("forward", "logits")),
        "training": (("forward",), ("gradients",)),
    }
    return frozenset(wanted[of]) & frozenset(graph.titles)
