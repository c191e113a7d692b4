"""Where a graph's nodes and wires are: nothing overlaps, data flow to the right, frames hold what is in them."""

import xml.etree.ElementTree as ET
from itertools import combinations
from typing import NamedTuple

import pytest
from PIL import ImageFont
from test_tracing import PLANS

from engine.analysis.graph import layout
from engine.analysis.graph.drawing import HALF_LABEL, label_lines, label_width, words_of_all, words_width
from engine.analysis.graph.jobs import first_drawing, first_opened
from engine.analysis.graph.messages import Edge, Graph, Node, block_key
from engine.analysis.graph.svg import labels, svg
from engine.analysis.graph.tracing import Plan, traced
from engine.analysis.graph.values import graph_of, grouped
from engine.core.layers.language import parse_layers
from engine.core.machine.folders import RESOURCES
from engine.core.messages import run_through

SVG = "{http://www.w3.org/2000/svg}"


def lay_out(graph, opened):
    return run_through(layout.lay_out(graph, opened))


@pytest.fixture(scope="module", params=["warmup", "adam"])
def graph(request):
    return graph_of(PLANS[request.param])


@pytest.fixture(scope="module")
def drawings(graph):
    """It closed, as it is at first, and with all blocks open."""
    return [
        lay_out(graph, opened) for opened in (frozenset(), first_opened("training", graph), frozenset(graph.titles))
    ]


class Box(NamedTuple):
    """A place in a picture, as an item has one."""

    x: float
    y: float
    width: float
    height: float


def overlap(one, other):
    across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    return across > 0.1 and down > 0.1


def holds(frame, item):
    across = item.x >= frame.x - 0.01 and item.x + item.width <= frame.x + frame.width + 0.01
    return across and item.y >= frame.y - 0.01 and item.y + item.height <= frame.y + frame.height + 0.01


def test_nothing_overlaps_but_frames_what_is_in_them_and_all_is_inside_the_picture(drawings):
    for drawing in drawings:
        for one, other in combinations(drawing.items, 2):
            if one.is_open and other.block[: len(one.block)] == one.block:
                assert holds(one, other), (one.key, other.key)
            else:
                assert not overlap(one, other), (one.key, other.key)
        picture = Box(0, 0, drawing.width, drawing.height)
        assert all(holds(picture, item) for item in drawing.items)
        assert all(holds(picture, Box(*point, 0, 0)) for wire in drawing.wires for point in wire.points)

        words = [Box(x, y - HALF_LABEL, label_width(each), 2 * HALF_LABEL) for x, y, each in labels(drawing.wires)]
        assert not [pair for pair in combinations(words, 2) if overlap(*pair)]
        assert not [item.key for item in drawing.items if not item.is_open for each in words if overlap(item, each)]


def test_wires_pass_no_node_lead_to_the_right_and_end_in_an_arrow_head(drawings):
    for drawing in drawings:
        places = {item.key: item for item in drawing.items}
        flowing = [(places[source], places[target]) for source, target in drawing.links]
        backwards = [(s.key, t.key) for s, t in flowing if s.x + s.width > t.x]
        # Closed blocks may depend on each other both ways; then one of the two has to point back.
        assert all((t, s) in drawing.links for s, t in backwards), backwards

        closed = {item.key: item for item in drawing.items if not item.is_open}
        for wire in drawing.wires:
            for (x0, y), (x1, _) in zip(wire.points[::2], wire.points[1::2], strict=True):
                for item in closed.values():
                    if item.key == wire.source:
                        continue  # it begins a little under its outline
                    across = min(max(x0, x1), item.x + item.width) - max(min(x0, x1), item.x)
                    assert not (across > 0.01 and item.y + 0.01 < y < item.y + item.height - 0.01), item.key
            assert bool(wire.arrow) == (wire.target in closed)
            (begin, _), (end, _) = wire.points[-2:]
            assert (end - begin) * wire.arrow >= -0.01
        assert {wire.target for wire in drawing.wires if wire.arrow} == {target for _, target in drawing.links}


def test_every_edge_that_can_be_seen_has_a_wire_with_its_shape_and_type_and_closed_blocks_merge_theirs(graph, drawings):
    closed, _, whole = drawings
    drawn = {tensor for wire in whole.wires for tensor in wire.tensors}
    assert drawn == {edge.tensor for edge in graph.edges}
    answer = {(tensor, wire.words) for wire in whole.wires if wire.label for tensor in wire.tensors}
    data = [edge for edge in graph.edges if not edge.is_control]
    assert {(edge.tensor, edge.words) for edge in data} <= answer
    assert all(any(name in edge.words for name in ("float", "int", "bool", "string")) for edge in data)

    tops = {node.block[:1] for node in graph.nodes if node.block}
    assert {item.key for item in closed.items if item.is_block} == {block_key(block) for block in tops}
    assert len(set(closed.links)) == len(closed.links)
    ends = [(wire.points[0], wire.points[-1]) for wire in closed.wires]
    assert len(set(ends)) == len(ends)


def test_what_differs_leaves_a_closed_block_at_places_of_its_own():
    drawing = lay_out(graph_of(PLANS["training"]), frozenset())
    leaving = [wire for wire in drawing.wires if wire.source == "▸forward" and not wire.is_control]
    assert len({wire.tensors for wire in leaving}) == len({wire.points[0] for wire in leaving}) > 1
    (block,) = [item for item in drawing.items if item.key == "▸forward"]
    assert all(block.y < wire.points[0][1] < block.y + block.height for wire in leaving)


def test_shape_stands_above_a_wire_and_an_unusual_type_below_and_tensors_of_the_same_shape_are_counted():
    for words, lines in {
        "None × 300 float32": ("None × 300", ""),
        "None int32": ("None", "int32"),
        "784 × 300 float32 variable": ("784 × 300", "variable"),
        "4 tensors": ("4 tensors", ""),
        "2 × (None × 300 float32)": ("2 × (None × 300)", ""),
    }.items():
        assert label_lines(words) == lines
    edges = [Edge("a", "z", 0, "5 float32"), Edge("b", "z", 0, "5 float32"), Edge("c", "z", -1, "")]
    assert words_of_all(edges) == "2 × (5 float32)"
    assert words_of_all([*edges, Edge("d", "z", 0, "scalar int32")]) == "3 tensors"
    assert words_of_all(edges[2:]) == "waits for it"


def test_words_at_no_wire_leave_a_narrow_gap_and_parts_without_connection_are_apart():
    nodes = tuple(Node(name, "Op", "operation", (), name, ()) for name in "abcd")
    drawing = lay_out(Graph(nodes, (Edge("a", "b", 0, "None × 300 float32"), Edge("b", "c", -1, "")), {}), frozenset())
    (one, two, three, _) = drawing.items
    worded, silent = two.x - one.x - one.width, three.x - two.x - two.width
    assert silent <= 20 and worded == pytest.approx(silent + label_width("None × 300 float32"))
    assert not any(overlap(*pair) for pair in combinations(drawing.items, 2))


def test_of_a_deep_network_fewer_blocks_are_open_at_first():
    layers = parse_layers("9, 9, 9, 9, 9, 9, 9, 9", "relu")
    graph = grouped(traced(Plan("training", layers, loss="squared", optimizer="sgd", shape=(8, 8))))
    opened, drawing = run_through(first_drawing(graph, first_opened("training", graph)))
    assert opened < first_opened("training", graph)
    assert drawing.width <= 3_400


def test_the_order_is_that_of_the_flow_forwards_and_then_backwards():
    graph = graph_of(PLANS["training"])
    for opened in (frozenset(graph.titles), first_opened("training", graph)):
        drawing = lay_out(graph, opened)
        places = {key: place for place, key in enumerate(drawing.order)}
        for source, target in drawing.links:
            assert source not in places or places[source] < places[target] or (target, source) in drawing.links
    layers = [key for key in drawing.order if "logits" in key or "layer1" in key]
    assert layers == ["▸forward/layer1", "▸forward/logits", "▸gradients/logits", "▸gradients/layer1"]


def test_a_circle_of_closed_blocks_is_drawn_all_the_same():
    nodes = [Node(name, "Op", "operation", block, name, ()) for name, block in
             (("a", ("one",)), ("b", ("two",)), ("c", ("one",)))]  # fmt: skip
    edges = (Edge("a", "b", 0, "scalar"), Edge("b", "c", 0, "scalar"))
    graph = Graph(tuple(nodes), edges, {("one",): "One", ("two",): "Two"})
    drawing = lay_out(graph, frozenset())
    assert set(drawing.links) == {("▸one", "▸two"), ("▸two", "▸one")}
    assert set(drawing.order) == {"▸one", "▸two"}
    assert len(drawing.wires) == 2


def test_the_file_has_all_nodes_and_wires(graph, drawings):
    whole = drawings[-1]
    for theme in ("light", "dark"):
        root = ET.fromstring(svg(whole, "A < title", theme))
        assert root.tag == f"{SVG}svg" and len(root.attrib["viewBox"].split()) == 4
        assert "Inter" in root.attrib["font-family"]
        groups = {group.attrib["id"] for group in root.iter(f"{SVG}g") if "id" in group.attrib}
        assert groups == {item.key for item in whole.items}
        words = {text.text for text in root.iter(f"{SVG}text")}
        assert words >= {item.label for item in whole.items}
        assert len(list(root.iter(f"{SVG}path"))) >= len(whole.wires)
        arrows = [each for each in root.iter(f"{SVG}polygon") if each.get("class") == "arrow"]
        assert len(arrows) == sum(bool(wire.arrow) for wire in whole.wires)
        assert words >= {line for _, _, label in labels(whole.wires) for line in label_lines(label) if line}
    assert whole == lay_out(graph, frozenset(graph.titles)), "it is drawn the same again"


def test_words_have_room_and_little_more():
    letters = ImageFont.truetype(next((RESOURCES / "fonts").glob("*SemiBold*.otf")), 100)
    for text in ("Output layer", "None × 28 × 28", "float32 variable", "SparseSoftmaxCrossEntropy"):
        assert 0.99 * letters.getlength(text) <= words_width(text, 100) <= 1.14 * letters.getlength(text)
