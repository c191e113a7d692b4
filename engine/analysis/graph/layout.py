"""The layout of a graph's drawing: open blocks are frames around their contents."""

import heapq
from collections import defaultdict
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from engine.analysis.graph import drawing
from engine.analysis.graph.layers import Link, Port, Vertex, arrange
from engine.analysis.graph.messages import Block, Drawing, Edge, Graph, Item, Kind, Node, Wire, block_key
from engine.core.language import tr_plural

NODE_HEIGHT, BLOCK_HEIGHT, CONSTANT_HEIGHT = 30.0, 50.0, 22.0

ROOM, LEAST_WIDTH = 18.0, 40.0

COLUMN_GAP, EDGE_GAP = 18.0, 12.0
# How much wider a gap is for each pixel that a wire rises or falls in it, and at most.
STEEP, MOST_STEEP = 0.08, 40.0
# Above and below all ports of an item; less is needed between those of a frame.
PORT_ROOM, EDGE_ROOM = 6.0, 9.0
# Of the frame of an open block: the height of its title, and the width of its other sides.
HEAD, PADDING = 26.0, 10.0


def lay_out(graph: Graph, opened: frozenset[Block]) -> Generator[None, None, Drawing]:
    """Return the drawing with these blocks open, in turns; other blocks are one node each, with their edges merged."""
    shown = {node.name: _shown(node, opened) for node in graph.nodes}
    laid = yield from _best_laid(graph, opened, shown)
    pairs = ((shown[edge.source], shown[edge.target]) for edge in graph.edges)
    links = tuple(dict.fromkeys(pair for pair in pairs if pair[0] != pair[1]))
    return Drawing(tuple(laid.items), tuple(laid.wires), links, _in_order(graph, shown, links), laid.width, laid.height)


def _best_laid(graph: Graph, opened: frozenset[Block], shown: dict[str, str]) -> "Generator[None, None, Laid]":
    """Return the layout with the ports of frames ordered by what is outside: first the inputs, then the outputs."""
    # In two drafts: both sides at once would turn two frames towards each other, without gain.
    preferred: dict[PortKey, float] = {}
    for side in ("in", "out") if opened else ():
        draft = Whole(graph, opened, shown, preferred, is_draft=True)
        yield from Level(draft, (), graph.nodes, graph.edges).lay_out()
        means = {key: sum(places) / len(places) for key, places in draft.places.items()}
        preferred = preferred | {key: place for key, place in means.items() if key[1] == side}
    return (yield from Level(Whole(graph, opened, shown, preferred), (), graph.nodes, graph.edges).lay_out())


def _in_order(graph: Graph, shown: dict[str, str], links: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Return what is shown, without constants, inputs before outputs; of several as TensorFlow traced them."""
    traced: dict[str, int] = {}
    for place, node in enumerate(graph.nodes):
        traced.setdefault(shown[node.name], place)
    missing, after = dict.fromkeys(traced, 0), defaultdict[str, list[str]](list)
    for source, target in links:
        missing[target] += 1
        after[source].append(target)
    ready, rest, order = [(traced[key], key) for key in traced if not missing[key]], dict(traced), list[str]()
    heapq.heapify(ready)
    while rest:
        if not ready:  # a cycle among closed blocks: begin it anywhere
            ready.append(min((place, key) for key, place in rest.items()))
        _, key = heapq.heappop(ready)
        if rest.pop(key, None) is None:
            continue
        order.append(key)
        for target in after[key]:
            missing[target] -= 1
            if not missing[target]:
                heapq.heappush(ready, (traced[target], target))
    constants = {node.name for node in graph.nodes if node.kind == "constant"}
    return tuple(key for key in order if key not in constants)


def _shown(node: Node, opened: frozenset[Block]) -> str:
    """Return the key of the item that shows a node: itself, or the outermost closed block around it."""
    for depth in range(1, len(node.block) + 1):
        if node.block[:depth] not in opened:
            return block_key(node.block[:depth])
    return node.name


class _End(NamedTuple):
    """The end of an edge on one level: at a child, at a tensor's port of an open child, or at the frame itself."""

    child: str
    port: str = ""


class _Bundle(NamedTuple):
    """The edges with the same ends on one level: one wire."""

    source: _End
    target: _End
    edges: Sequence[Edge]
    link: Link

    @property
    def is_control(self) -> bool:
        return all(edge.is_control for edge in self.edges)

    @property
    def has_label(self) -> bool:
        """Whether shape and type are written where it begins: not with a frame's edge just before or behind."""
        leaves = not self.target.child and not self.link.through
        return bool(self.source.child) and not leaves and not self.link.is_back and not self.is_control


type PortKey = tuple[str, str, str]  # a port of a frame: the block's key, `in` or `out`, the port's name


@dataclass(slots=True)
class Whole:
    """What all levels of one pass share."""

    graph: Graph
    opened: frozenset[Block]
    shown: dict[str, str]
    preferred: dict[PortKey, float] = field(default_factory=dict)  # preferred heights of ports, from the pass before
    places: dict[PortKey, list[float]] = field(default_factory=lambda: defaultdict(list))
    is_draft: bool = False


@dataclass(slots=True)
class Laid:
    """The layout of a level, with places relative to its upper left corner."""

    width: float
    height: float
    items: list[Item] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    # The height at which an edge enters (`in`, tensor) or leaves (`out`, tensor).
    ports: dict[tuple[str, str], float] = field(default_factory=dict)


class Level:
    """The direct contents of one block, and the edges that begin or end in it."""

    def __init__(self, whole: Whole, block: Block, nodes: Sequence[Node], edges: Sequence[Edge]) -> None:
        self._whole, self._block, self._graph = whole, block, whole.graph
        self._child_of: dict[str, str] = {}
        self._members: dict[str, list[Node]] = {}
        for node in nodes:
            key = node.name if len(node.block) == len(block) else block_key(node.block[: len(block) + 1])
            self._child_of[node.name] = key
            self._members.setdefault(key, []).append(node)
        self._edges = [edge for edge in edges if edge.source in self._child_of or edge.target in self._child_of]
        self._open: dict[str, Laid] = {}

    def lay_out(self) -> Generator[None, None, Laid]:
        """Return the layout of the level with its contents, which are laid out first."""
        # An open block is then one large node of this level, so that its frame holds its contents.
        for key, members in self._members.items():
            block = members[0].block[: len(self._block) + 1]
            if key == block_key(block) and len(block) > len(self._block) and block in self._whole.opened:
                self._open[key] = yield from Level(self._whole, block, members, self._edges).lay_out()
        self._vertices: list[Vertex] = []
        self._numbers: dict[str, int] = {}
        self._ports: dict[tuple[str, object], Port] = {}
        merged = self._merged()
        for key in self._members:
            self._add(key, *self._size(key))
        for ends, edges in merged.items():
            for end, side, fixed in ((ends[0], "in", "first"), (ends[1], "out", "last")):
                if not end.child:
                    height = 2.0 if side == "in" or edges[0].is_control else 2 * drawing.HALF_LABEL - EDGE_ROOM
                    self._add(f"{side} {end.port}", 0.0, height, fixed=fixed)
                    preferred = self._whole.preferred.get((block_key(self._block), side, end.port))
                    self._vertices[self._number(end, side)].preferred = preferred
        self._bundles = list[_Bundle]()
        for (source, target), edges in merged.items():
            link = Link(self._out(source, edges), self._port_at(self._number(target, "out"), target, "in"))
            self._bundles.append(_Bundle(source, target, edges, link))
        self._make_room()
        links = [bundle.link for bundle in self._bundles]
        columns = yield from arrange(self._vertices, links, is_draft=self._whole.is_draft)
        self._note_outside()
        return self._drawn(columns)

    def _merged(self) -> dict[tuple[_End, _End], list[Edge]]:
        """Return the edges by their ends on this level; those inside one child belong to that."""
        merged: dict[tuple[_End, _End], list[Edge]] = {}
        for edge in self._edges:
            port = self._port(edge)
            source, target = (self._end(name, port) for name in (edge.source, edge.target))
            if source.child != target.child:
                merged.setdefault((source, target), []).append(edge)
        return merged

    def _port(self, edge: Edge) -> str:
        """Return the port of an edge at a frame: edges of a tensor share one, and those between two closed blocks."""
        source, target = self._whole.shown[edge.source], self._whole.shown[edge.target]
        if edge.is_control:
            return f"^{target}"
        return f"{source}→{target}" if source != edge.source else edge.tensor

    def _end(self, name: str, port: str) -> _End:
        child = self._child_of.get(name, "")
        return _End(child, port if not child or child in self._open else "")

    def _add(self, key: str, width: float, height: float, fixed: str = "") -> None:
        if key not in self._numbers:
            self._numbers[key] = len(self._vertices)
            self._vertices.append(Vertex(height=height, width=width, fixed=fixed))

    def _number(self, end: _End, side: str) -> int:
        return self._numbers[end.child or f"{side} {end.port}"]

    def _out(self, end: _End, edges: Sequence[Edge]) -> Port:
        """Return the port where edges leave: one for each tensor, or bundle of them."""
        number = self._number(end, "in")
        if end.child in self._open or not end.child:
            return self._port_at(number, end, "out")
        data = tuple(dict.fromkeys(edge.tensor for edge in edges if not edge.is_control))
        return self._ports.setdefault(
            (end.child, data), Port(number, room=2 * drawing.HALF_LABEL if data else 0.0, is_at_rim=not data)
        )

    def _port_at(self, number: int, end: _End, side: str) -> Port:
        """Return the port where edges enter, or leave an open child: at its place in that."""
        by = 0.0
        if end.child in self._open:
            child = self._open[end.child]
            by = child.ports[side, end.port] - child.height / 2
        return self._ports.setdefault((f"{side} {end.child}", end.port), Port(number, by))

    def _make_room(self) -> None:
        rooms: dict[int, float] = defaultdict(float)
        for port in self._ports.values():
            rooms[port.vertex] += port.room
        for number, room in rooms.items():
            vertex = self._vertices[number]
            if room > 2 * drawing.HALF_LABEL:
                vertex.height = max(vertex.height, room + PORT_ROOM)

    def _note_outside(self) -> None:
        """Record the best places of frames' ports: level with what is outside."""
        for source, target, _, link in self._bundles:
            for end, side, beside, other in (
                (source, "out", link.through[:1], link.into),
                (target, "in", link.through[-1:], link.out),
            ):
                if end.child in self._open:
                    place = beside[0] if beside else other.vertex
                    y = self._vertices[place].y + (0.0 if beside else other.by)
                    self._whole.places[end.child, side, end.port].append(y)

    def _size(self, key: str) -> tuple[float, float]:
        if key in self._open:
            return self._open[key].width, self._open[key].height
        if self._is_block(key):
            title, caption = self._title(key), _count(self._members[key])
            width = max(
                drawing.words_width(title, drawing.TITLE_SIZE), drawing.words_width(caption, drawing.CAPTION_SIZE)
            )
            height = BLOCK_HEIGHT
        else:
            node = self._members[key][0]
            width = drawing.words_width(node.label, drawing.NAME_SIZE)
            height = CONSTANT_HEIGHT if node.kind == "constant" else NODE_HEIGHT
        return max(LEAST_WIDTH, width + ROOM), height

    def _is_block(self, key: str) -> bool:
        return len(self._members[key][0].block) > len(self._block)

    def _title(self, key: str) -> str:
        return self._graph.titles[self._members[key][0].block[: len(self._block) + 1]]

    def _drawn(self, columns: list[list[int]]) -> Laid:
        head, padding = (HEAD, PADDING) if self._block else (0.0, 0.0)
        for vertex in self._vertices:
            vertex.y += head + (PADDING if self._block else 0.0)
        self._lefts, self._rights, self._bends = self._columns(columns)
        bottom = max((vertex.y + vertex.height / 2 for vertex in self._vertices), default=0.0)
        title = drawing.words_width(self._graph.titles.get(self._block, ""), drawing.TITLE_SIZE) + 2 * ROOM
        laid = Laid(max([*self._rights[-1:], title if self._block else 0.0]), bottom + padding)
        for key, number in self._numbers.items():
            vertex = self._vertices[number]
            if vertex.fixed:
                side, _, port = key.partition(" ")
                laid.ports[side, port] = vertex.y
                continue
            self._put(laid, key, vertex, self._middle(vertex) - vertex.width / 2)
        laid.wires += [self._wire(bundle, laid.width) for bundle in self._bundles]
        return laid

    def _middle(self, vertex: Vertex) -> float:
        return (self._lefts[vertex.rank] + self._rights[vertex.rank]) / 2

    def _columns(self, columns: list[list[int]]) -> tuple[list[float], list[float], list[float]]:
        """Return where each column begins and ends (a frame's ports are at its edges), and where wires may bend."""
        lefts, rights, bends, x = list[float](), list[float](), list[float](), 0.0
        widths, jumps = self._label_widths(), self._jumps()
        for place, column in enumerate(columns):
            here = [self._vertices[number] for number in column]
            if place:
                are_ports = any(vertex.fixed for vertex in here) or rights[-1] == 0.0
                x = bends[-1] + (EDGE_GAP if are_ports else COLUMN_GAP)
                x += min(STEEP * jumps[place - 1], MOST_STEEP)
            elif self._block and not any(vertex.fixed for vertex in here):
                x += PADDING
            lefts.append(x)
            body = max((vertex.width for vertex in here), default=0.0)
            rights.append(x + body)
            # A label begins beside its vertex, which may be narrower than the column.
            over = [(body + self._vertices[number].width) / 2 + widths[number] for number in column]
            bends.append(x + max([body, *over]))
        if self._block and columns and not any(self._vertices[number].fixed for number in columns[-1]):
            lefts.append(rights[-1] + PADDING)
            rights.append(rights[-1] + PADDING)
        return lefts, rights, bends

    def _label_widths(self) -> dict[int, float]:
        widths: dict[int, float] = defaultdict(float)
        for bundle in self._bundles:
            if bundle.has_label:
                source = bundle.link.out.vertex
                widths[source] = max(widths[source], drawing.label_width(drawing.words_of_all(bundle.edges)))
        return widths

    def _jumps(self) -> dict[int, float]:
        """Return by how much wires rise or fall behind each column, at most."""
        jumps: dict[int, float] = defaultdict(float)
        for link in (bundle.link for bundle in self._bundles):
            ends = [(link.out.vertex, link.out.by), *((vertex, 0.0) for vertex in link.through)]
            ends.append((link.into.vertex, link.into.by))
            for (here, by), (there, to_by) in pairwise(ends):
                one, other = self._vertices[here], self._vertices[there]
                rank = min(one.rank, other.rank)
                jumps[rank] = max(jumps[rank], abs(one.y + by - other.y - to_by))
        return jumps

    def _put(self, laid: Laid, key: str, vertex: Vertex, x: float) -> None:
        members, is_block = self._members[key], self._is_block(key)
        y = vertex.y - vertex.height / 2
        laid.items.append(
            Item(
                key=key,
                label=self._title(key) if is_block else members[0].label,
                caption=_count(members) if is_block else f"{members[0].op}: {members[0].name}",
                kind=_kind_of_block(members) if is_block else members[0].kind,
                block=members[0].block[: len(self._block) + 1] if is_block else self._block,
                is_block=is_block,
                is_open=key in self._open,
                x=x,
                y=y,
                width=vertex.width,
                height=vertex.height,
            )
        )
        if key in self._open:
            inner = self._open[key]
            laid.items += [item._replace(x=item.x + x, y=item.y + y) for item in inner.items]
            laid.wires += [
                wire._replace(
                    points=tuple((px + x, py + y) for px, py in wire.points),
                    label=wire.label and (wire.label[0] + x, wire.label[1] + y),
                )
                for wire in inner.wires
            ]

    def _points(self, link: Link, width: float) -> list[tuple[float, float]]:
        """Return the points of a link: straight through columns, curved between them."""
        source, target = self._vertices[link.out.vertex], self._vertices[link.into.vertex]
        points = list[tuple[float, float]]()
        forward = not link.is_back
        for vertex, by, is_begin in ((source, link.out.by, True), (target, link.into.by, False)):
            left, right, y = self._lefts[vertex.rank], self._bends[vertex.rank], vertex.y + by
            middle, half = self._middle(vertex), vertex.width / 2
            leaves_right = is_begin == forward
            own = middle + half if leaves_right else middle - half
            if vertex.fixed:
                own = 0.0 if vertex.fixed == "first" else width
            edge = right if leaves_right else left
            points += [(own, y), (edge, y)] if is_begin else [(edge, y), (own, y)]
        for place, number in enumerate(link.through):
            vertex = self._vertices[number]
            across = (self._lefts[vertex.rank], self._bends[vertex.rank])
            across = across if forward else across[::-1]
            points[2 + 2 * place : 2 + 2 * place] = [(x, vertex.y) for x in across]
        return points

    def _wire(self, bundle: _Bundle, width: float) -> Wire:
        """Return a wire; it continues a little under a closed item, whose outline need not be a rectangle."""
        source, target, is_back = bundle.source.child, bundle.target.child, bundle.link.is_back
        points = self._points(bundle.link, width)
        x, y = points[0]
        if source and source not in self._open:
            points[0] = (x + drawing.UNDER if is_back else x - drawing.UNDER, y)
        arrives = bool(target) and target not in self._open
        return Wire(
            source,
            target,
            tuple(dict.fromkeys(edge.tensor for edge in bundle.edges)),
            drawing.words_of_all(bundle.edges),
            bundle.is_control,
            tuple(points),
            (x, y) if bundle.has_label else None,
            (-1 if is_back else 1) if arrives else 0,
        )


def _count(members: Sequence[Node]) -> str:
    return tr_plural("{count:,} operation", "{count:,} operations", len(members))


def _kind_of_block(members: Sequence[Node]) -> Kind:
    kinds: list[Kind] = [node.kind for node in members if node.kind not in ("constant", "variable", "placeholder")]
    return max(kinds, key=kinds.count, default="operation")
