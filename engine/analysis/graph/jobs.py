"""The jobs of the graph: draw it, tell what flows out of a node, and picture a network as nodes and links."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from engine.analysis.graph.layout import laying_out
from engine.analysis.graph.link_picture import link_picture
from engine.analysis.graph.messages import Block, Drawing, Graph, GraphDrawn
from engine.analysis.graph.tracing import Of
from engine.analysis.graph.values import Fed, fed, graph_of, plan_of, value_of
from engine.core.array import Array
from engine.core.lens import Lens
from engine.core.messages import Job
from engine.core.preload import preload_tensorflow
from engine.model.network.lens_network import lens_network

WIDEST = 3_400.0
"""Wider graphs could not be read from so far that all is seen."""

if TYPE_CHECKING:
    from engine.session.session import Session

type Opened = frozenset[Block] | None


def draw_graph(session: Session, of: Of, lens: Lens | None, opened: Opened = None) -> Job:
    """Answer with `GraphDrawn`; `opened` are the open blocks, `None` those that make the clearest first picture.

    Raises `UserError` without a network.
    """
    plan = plan_of(session, of, lens)  # a run that is gone ends the job here, before a second of loading
    preload_tensorflow()
    yield None
    graph = graph_of(plan)  # some tenths of a second at the first time: TensorFlow's tracing cannot be cut
    yield None
    if opened is None:
        opened, drawing = yield from first_drawing(graph, first_opened(of, graph))
    else:
        drawing = yield from laying_out(graph, opened)
    yield GraphDrawn(of=of, graph=graph, drawing=drawing, opened=opened)


def tell_value(
    session: Session,
    of: Of,
    lens: Lens | None,
    key: str,
    image: int | None = None,
    picture: Array | None = None,
) -> Job:
    """Answer with the `NodeValue` of an item for a test image, or for a picture (rows, columns), 0 to 1."""
    plan, what = plan_of(session, of, lens), None
    preload_tensorflow()
    yield None
    if of != "warmup":
        assert lens is not None
        what = fed(session, lens_network(session, lens), image, picture)
    value = yield from value_of(session, plan, lens, key, what)
    yield value


def picture_network(
    session: Session, lens: Lens, image: int | None = None, picture: Array | None = None
) -> Job:
    """Answer with the `LinkPicture` of the network for a test image or a picture; needs no TensorFlow."""
    network = lens_network(session, lens)
    what: Fed = fed(session, network, image, picture)
    yield link_picture(network, what, session.run(lens.run).label)


def first_drawing(
    graph: Graph, opened: frozenset[Block]
) -> Generator[None, None, tuple[frozenset[Block], Drawing]]:
    """Return the blocks that are open at first, and the drawing: of deep networks fewer blocks."""
    for tried in (opened, opened - {("gradients",)}):
        drawing = yield from laying_out(graph, tried)
        if drawing.width <= WIDEST:
            return tried, drawing
    drawing = yield from laying_out(graph, frozenset())
    return frozenset(), drawing


def first_opened(of: Of, graph: Graph) -> frozenset[Block]:
    """Return the blocks that are open at first: as many as can still be read from afar."""
    wanted: dict[Of, tuple[Block, ...]] = {
        "warmup": (("forward",), ("loss",), ("gradients",)),
        "network": (("forward",), ("forward", "layer1"), ("forward", "logits")),
        "training": (("forward",), ("gradients",)),
    }
    return frozenset(wanted[of]) & all_opened(graph)


def all_opened(graph: Graph) -> frozenset[Block]:
    """Return all blocks."""
    return frozenset(graph.titles)
