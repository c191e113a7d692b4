"""Where a graph's nodes and wires are: nothing overlaps, data flow to the right, frames hold what is in them."""

import time
import xml.etree.ElementTree as ET
from itertools import combinations

import pytest
from test_tracing import PLANS

from engine.graph.jobs import all_opened, first_opened
from engine.graph.layout import lay_out
from engine.graph.messages import Edge, Graph, Node, block_key
from engine.graph.svg import svg
from engine.graph.values import graph_of

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(params=["warmup", "network", "training", "adam"])
def graph(request):
    return graph_of(PLANS[request.param])


@pytest.fixture(params=["closed", "first", "all"])
def drawing(request, graph):
    of = "training" if "gradients" in str(graph.titles) else "network"
    opened = {"closed": frozenset(), "first": first_opened(of, graph), "all": all_opened(graph)}
    return lay_out(graph, opened[request.param])


def overlap(one, other):
    across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    return across > 0.01 and down > 0.01


def holds(frame, item):
    return (
        frame.x <= item.x
        and frame.y <= item.y
        and item.x + item.width <= frame.x + frame.width + 0.01
        and item.y + item.height <= frame.y + frame.height + 0.01
    )


def test_nothing_overlaps_but_frames_what_is_in_them(drawing):
    for one, other in combinations(drawing.items, 2):
        if one.is_open and other.block[: len(one.block)] == one.block:
            assert holds(one, other), (one.key, other.key)
        else:
            assert not overlap(one, other), (one.key, other.key)


def test_data_flow_from_left_to_right(drawing):
    places = {item.key: item for item in drawing.items}
    flowing = [(places[source], places[target]) for source, target in drawing.links]
    backwards = [(s.key, t.key) for s, t in flowing if s.x + s.width > t.x]
    # Closed blocks may depend on each other both ways; then one of the two has to point back.
    assert all((t, s) in drawing.links for s, t in backwards), backwards


def test_everything_is_inside_the_picture(drawing):
    for item in drawing.items:
        assert item.x >= -0.01 and item.x + item.width <= drawing.width + 0.01
        assert item.y >= -0.01 and item.y + item.height <= drawing.height + 0.01
    for wire in drawing.wires:
        assert all(
            -0.01 <= x <= drawing.width + 0.01 and -0.01 <= y <= drawing.height + 0.01 for x, y in wire.points
        )


def test_wires_pass_no_node(drawing):
    closed = [item for item in drawing.items if not item.is_open]
    for wire in drawing.wires:
        for (x0, y), (x1, _) in zip(wire.points[::2], wire.points[1::2], strict=True):
            for item in closed:
                across = min(max(x0, x1), item.x + item.width) - max(min(x0, x1), item.x)
                assert not (across > 0.01 and item.y + 0.01 < y < item.y + item.height - 0.01), item.key


def test_every_edge_that_can_be_seen_has_a_wire(graph):
    drawing = lay_out(graph, all_opened(graph))
    drawn = {tensor for wire in drawing.wires for tensor in wire.tensors}
    assert drawn == {edge.tensor for edge in graph.edges}


def test_closed_blocks_are_one_node_with_merged_edges(graph):
    drawing = lay_out(graph, frozenset())
    tops = {node.block[:1] for node in graph.nodes if node.block}
    assert {item.key for item in drawing.items if item.is_block} == {block_key(block) for block in tops}
    assert len(set(drawing.links)) == len(drawing.links)
    ends = [(wire.points[0], wire.points[-1]) for wire in drawing.wires]
    assert len(set(ends)) == len(ends)


def test_the_order_is_that_of_the_flow_forwards_and_then_backwards():
    graph = graph_of(PLANS["training"])
    for opened in (all_opened(graph), first_opened("training", graph)):
        drawing = lay_out(graph, opened)
        places = {key: place for place, key in enumerate(drawing.order)}
        for source, target in drawing.links:
            assert (
                source not in places or places[source] < places[target] or (target, source) in drawing.links
            )
    layers = [key for key in drawing.order if "logits" in key or "layer1" in key]
    assert layers == ["▸forward/layer1", "▸forward/logits", "▸gradients/logits", "▸gradients/layer1"]


def test_the_same_graph_is_drawn_the_same_again(graph):
    assert lay_out(graph, all_opened(graph)) == lay_out(graph, all_opened(graph))


def test_a_circle_of_closed_blocks_is_drawn_all_the_same():
    nodes = [Node(name, "Op", "operation", block, name, ()) for name, block in
             (("a", ("one",)), ("b", ("two",)), ("c", ("one",)))]  # fmt: skip
    edges = (Edge("a", "b", 0, "scalar"), Edge("b", "c", 0, "scalar"))
    graph = Graph(tuple(nodes), edges, {("one",): "One", ("two",): "Two"})
    drawing = lay_out(graph, frozenset())
    assert set(drawing.links) == {("▸one", "▸two"), ("▸two", "▸one")}
    assert set(drawing.order) == {"▸one", "▸two"}
    assert len(drawing.wires) == 2


def test_parts_without_connection_lie_apart():
    nodes = tuple(Node(name, "Op", "operation", (), name, ()) for name in "abcd")
    drawing = lay_out(Graph(nodes, (Edge("a", "b", 0, "scalar"),), {}), frozenset())
    assert len(drawing.items) == 4
    assert not any(overlap(*pair) for pair in combinations(drawing.items, 2))


def test_the_training_step_is_laid_out_within_a_second():
    graph = graph_of(PLANS["training"])
    begin = time.perf_counter()
    lay_out(graph, all_opened(graph))
    assert time.perf_counter() - begin < 1


# As a file --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_file_has_all_nodes_and_wires(graph, theme):
    drawing = lay_out(graph, all_opened(graph))
    root = ET.fromstring(svg(drawing, "A < title", theme))
    assert root.tag == f"{SVG}svg" and len(root.attrib["viewBox"].split()) == 4
    assert "Inter" in root.attrib["font-family"]
    groups = {group.attrib["id"] for group in root.iter(f"{SVG}g") if "id" in group.attrib}
    assert groups == {item.key for item in drawing.items}
    words = [text.text for text in root.iter(f"{SVG}text")]
    assert set(words) >= {item.label for item in drawing.items}
    assert len(list(root.iter(f"{SVG}path"))) >= len(drawing.wires)
