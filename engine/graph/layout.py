"""Where everything in a graph is drawn: blocks that are open are frames around what is in them."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from engine.graph.layers import Link, Vertex, arrange
from engine.graph.messages import Block, Drawing, Edge, Graph, Item, Kind, Node, Wire, block_key

LETTER = 7.2
"""About how wide a letter is in the picture."""

NODE_HEIGHT, BLOCK_HEIGHT, CONSTANT_HEIGHT = 30.0, 50.0, 22.0
ROOM, LEAST_WIDTH = 30.0, 46.0
COLUMN_GAP, EDGE_GAP = 78.0, 24.0
HEAD, PADDING = 30.0, 14.0
"""Of the frame of an open block: room for its title, and at its other sides."""


class _End(NamedTuple):
    """Where an edge ends on one level: at a child, at a tensor's port of an open child, or at the frame itself."""

    child: str
    port: str = ""


@dataclass(slots=True)
class _Laid:
    """A level that is laid out, with places relative to its upper left corner."""

    width: float
    height: float
    items: list[Item] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    ports: dict[tuple[str, str], float] = field(default_factory=dict)
    """How far down an edge comes in (`in`, tensor) or goes out (`out`, tensor)."""


def lay_out(graph: Graph, opened: frozenset[Block]) -> Drawing:
    """Return where everything is when these blocks are open; others are one node each, with their edges merged."""
    turns = laying_out(graph, opened)
    while True:
        try:
            next(turns)
        except StopIteration as end:
            drawing: Drawing = end.value
            return drawing


def laying_out(graph: Graph, opened: frozenset[Block]) -> Generator[None, None, Drawing]:
    """Return the same, in turns."""
    shown = {node.name: _shown(node, opened) for node in graph.nodes}
    laid = yield from _Level(graph, (), opened, shown, graph.nodes, graph.edges).lay_out()
    pairs = ((shown[edge.source], shown[edge.target]) for edge in graph.edges)
    links = tuple(dict.fromkeys(pair for pair in pairs if pair[0] != pair[1]))
    order = _in_order(graph, shown, links)
    return Drawing(tuple(laid.items), tuple(laid.wires), links, order, laid.width, laid.height)


def _in_order(graph: Graph, shown: dict[str, str], links: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Return what is shown, but constants, so that everything comes after what it comes from.

    Of what could come next that is first which TensorFlow traced first: so the forward pass comes before the gradients.
    """
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
        if not ready:  # a circle among closed blocks: begin it anywhere
            ready.append(min((place, key) for key, place in rest.items()))
        _, key = heapq.heappop(ready)
        if rest.pop(key, None) is None:
            continue
        order.append(key)
        for each in after[key]:
            missing[each] -= 1
            if not missing[each]:
                heapq.heappush(ready, (traced[each], each))
    constants = {node.name for node in graph.nodes if node.kind == "constant"}
    return tuple(key for key in order if key not in constants)


def _shown(node: Node, opened: frozenset[Block]) -> str:
    """Return the key of what stands for a node: itself, or the outermost closed block around it."""
    for depth in range(1, len(node.block) + 1):
        if node.block[:depth] not in opened:
            return block_key(node.block[:depth])
    return node.name


class _Level:
    """What is directly in one block, and the edges that begin or end in it."""

    def __init__(
        self,
        graph: Graph,
        block: Block,
        opened: frozenset[Block],
        shown: dict[str, str],
        nodes: Sequence[Node],
        edges: Sequence[Edge],
    ) -> None:
        self._graph, self._block, self._opened, self._shown = graph, block, opened, shown
        self._child_of: dict[str, str] = {}
        self._members: dict[str, list[Node]] = {}
        for node in nodes:
            key = node.name if len(node.block) == len(block) else block_key(node.block[: len(block) + 1])
            self._child_of[node.name] = key
            self._members.setdefault(key, []).append(node)
        self._edges = [
            edge for edge in edges if edge.source in self._child_of or edge.target in self._child_of
        ]
        self._open: dict[str, _Laid] = {}

    def lay_out(self) -> Generator[None, None, _Laid]:
        """Return the level with all that is in it, which is laid out first."""
        for key in self._members:
            if self._is_open(key):
                self._open[key] = yield from self._lay_out_child(key)
        self._vertices: list[Vertex] = []
        self._numbers: dict[str, int] = {}
        merged = self._merged()
        for key in self._members:
            self._add(key, *self._size(key))
        for source, target in merged:
            if not source.child:
                self._add(f"in {source.port}", 0.0, 2.0, fixed="first")
            if not target.child:
                self._add(f"out {target.port}", 0.0, 2.0, fixed="last")
        links = {
            ends: Link(
                self._number(ends[0], "in"),
                self._number(ends[1], "out"),
                self._by(ends[0], "out"),
                self._by(ends[1], "in"),
            )
            for ends in merged
        }
        columns = yield from arrange(self._vertices, list(links.values()))
        return self._drawn(merged, links, columns)

    # What there is --------------------------------------------------------------------------------------------

    def _is_open(self, key: str) -> bool:
        block = self._members[key][0].block[: len(self._block) + 1]
        return key == block_key(block) and len(block) > len(self._block) and block in self._opened

    def _lay_out_child(self, key: str) -> Generator[None, None, _Laid]:
        members = self._members[key]
        block = members[0].block[: len(self._block) + 1]
        return _Level(self._graph, block, self._opened, self._shown, members, self._edges).lay_out()

    def _merged(self) -> dict[tuple[_End, _End], list[Edge]]:
        """Return the edges by where they end on this level; those inside one child are no matter of it."""
        found: dict[tuple[_End, _End], list[Edge]] = {}
        for edge in self._edges:
            port = self._port(edge)
            source, target = (self._end(name, port) for name in (edge.source, edge.target))
            if source.child != target.child:
                found.setdefault((source, target), []).append(edge)
        return found

    def _port(self, edge: Edge) -> str:
        """Return which edges pass a frame at the same place: those of a tensor, those between two closed blocks."""
        source, target = self._shown[edge.source], self._shown[edge.target]
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

    def _by(self, end: _End, side: str) -> float:
        """Return how far below the middle of its vertex an edge ends."""
        if end.child not in self._open:
            return 0.0
        child = self._open[end.child]
        return child.ports[side, end.port] - child.height / 2

    def _size(self, key: str) -> tuple[float, float]:
        if key in self._open:
            return self._open[key].width, self._open[key].height
        if self._is_block(key):
            title, caption = self._title(key), _count(self._members[key])
            label, height = max(title, caption, key=len), BLOCK_HEIGHT
        else:
            node = self._members[key][0]
            label, height = node.label, CONSTANT_HEIGHT if node.kind == "constant" else NODE_HEIGHT
        return max(LEAST_WIDTH, len(label) * LETTER + ROOM), height

    def _is_block(self, key: str) -> bool:
        return len(self._members[key][0].block) > len(self._block)

    def _title(self, key: str) -> str:
        return self._graph.titles[self._members[key][0].block[: len(self._block) + 1]]

    # Where it is ----------------------------------------------------------------------------------------------

    def _drawn(
        self,
        merged: dict[tuple[_End, _End], list[Edge]],
        links: dict[tuple[_End, _End], Link],
        columns: list[list[int]],
    ) -> _Laid:
        head, padding = (HEAD, PADDING) if self._block else (0.0, 0.0)
        for vertex in self._vertices:
            vertex.y += head + (PADDING if self._block else 0.0)
        lefts, rights = self._columns(columns)
        bottom = max((vertex.y + vertex.height / 2 for vertex in self._vertices), default=0.0)
        right = rights[-1] if rights else 0.0
        title = len(self._graph.titles.get(self._block, "")) * LETTER + 2 * ROOM
        laid = _Laid(max(right, title if self._block else 0.0), bottom + padding)
        for key, number in self._numbers.items():
            vertex = self._vertices[number]
            if vertex.fixed:
                side, _, port = key.partition(" ")
                laid.ports[side, port] = vertex.y
                continue
            x = (lefts[vertex.rank] + rights[vertex.rank] - vertex.width) / 2
            self._put(laid, key, x, vertex.y - vertex.height / 2)
        for ends, edges in merged.items():
            points = self._points(links[ends], lefts, rights, laid.width)
            laid.wires.append(_wire(*ends, edges, points))
        return laid

    def _columns(self, columns: list[list[int]]) -> tuple[list[float], list[float]]:
        """Return where each column begins and ends; a frame's ports are at its very edges."""
        lefts, rights, x = list[float](), list[float](), 0.0
        for place, column in enumerate(columns):
            here = [self._vertices[number] for number in column]
            if place:
                are_ports = any(vertex.fixed for vertex in here) or rights[-1] == 0.0
                x += EDGE_GAP if are_ports else COLUMN_GAP
            elif self._block and not any(vertex.fixed for vertex in here):
                x += PADDING
            lefts.append(x)
            x += max((vertex.width for vertex in here), default=0.0)
            rights.append(x)
        if self._block and columns and not any(self._vertices[number].fixed for number in columns[-1]):
            rights[-1] += 0.0
            lefts.append(x + PADDING)
            rights.append(x + PADDING)
        return lefts, rights

    def _put(self, laid: _Laid, key: str, x: float, y: float) -> None:
        members, is_block = self._members[key], self._is_block(key)
        width, height = self._size(key)
        block = members[0].block[: len(self._block) + 1] if is_block else self._block
        laid.items.append(
            Item(
                key=key,
                label=self._title(key) if is_block else members[0].label,
                caption=_count(members) if is_block else f"{members[0].op}: {members[0].name}",
                kind=_kind_of_block(members) if is_block else members[0].kind,
                block=block,
                is_block=is_block,
                is_open=key in self._open,
                x=x,
                y=y,
                width=width,
                height=height,
            )
        )
        if key in self._open:
            inner = self._open[key]
            laid.items += [item._replace(x=item.x + x, y=item.y + y) for item in inner.items]
            laid.wires += [
                wire._replace(points=tuple((px + x, py + y) for px, py in wire.points))
                for wire in inner.wires
            ]

    def _points(
        self, link: Link, lefts: Sequence[float], rights: Sequence[float], width: float
    ) -> tuple[tuple[float, float], ...]:
        """Return where a link goes: straight through columns, curved between them."""
        source, target = self._vertices[link.source], self._vertices[link.target]
        points = list[tuple[float, float]]()
        forward = not link.is_back
        for vertex, by, is_begin in ((source, link.out_by, True), (target, link.in_by, False)):
            left, right, y = lefts[vertex.rank], rights[vertex.rank], vertex.y + by
            middle, half = (left + right) / 2, vertex.width / 2
            leaves_right = is_begin == forward
            own = middle + half if leaves_right else middle - half
            if vertex.fixed:
                own = 0.0 if vertex.fixed == "first" else width
            edge = right if leaves_right else left
            points += [(own, y), (edge, y)] if is_begin else [(edge, y), (own, y)]
        for place, number in enumerate(link.through):
            vertex = self._vertices[number]
            across = (lefts[vertex.rank], rights[vertex.rank])
            across = across if forward else across[::-1]
            points[2 + 2 * place : 2 + 2 * place] = [(each, vertex.y) for each in across]
        return tuple(points)


def _count(members: Sequence[Node]) -> str:
    return f"{len(members)} operation{'s' if len(members) != 1 else ''}"


def _kind_of_block(members: Sequence[Node]) -> Kind:
    kinds: list[Kind] = [
        node.kind for node in members if node.kind not in ("constant", "variable", "placeholder")
    ]
    return max(kinds, key=kinds.count, default="operation")


def _wire(source: _End, target: _End, edges: Sequence[Edge], points: tuple[tuple[float, float], ...]) -> Wire:
    data = [edge for edge in edges if not edge.is_control]
    tensors = tuple(dict.fromkeys(edge.tensor for edge in edges))
    words = tuple(dict.fromkeys(edge.words for edge in data))
    text = words[0] if len(words) == 1 else f"{len(words)} tensors" if words else "waits for it"
    return Wire(source.child, target.child, tensors, text, not data, points)
