"""Layered drawing of one level of a graph: columns from left to right, few crossings, straight wires."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field

import fast_sugiyama

for talker in ("rust-sugiyama", "connected_components"):
    logging.getLogger(talker).setLevel(logging.ERROR)  # it writes thirty lines at each call

SWEEPS, TURN_SWEEPS = 24, 4
GAP, THIN_GAP = 16.0, 9.0
"""Between two vertices above each other; thin where a wire passes."""

STRAIGHT = 8.0
"""How much more a wire wants to be straight where it passes columns than where it ends."""


@dataclass(slots=True)
class Vertex:
    """Something in a column: an item, a port of the frame, or (without width) a wire that passes."""

    height: float
    width: float = 0.0
    fixed: str = ""
    """`first` or `last` for ports: those stand in a column of their own."""
    passes: bool = False
    rank: int = 0
    y: float = 0.0
    """Its middle."""


@dataclass(slots=True)
class Link:
    """An edge between vertices by number; where it ends above or below their middles."""

    source: int
    target: int
    out_by: float = 0.0
    in_by: float = 0.0
    is_back: bool = False
    """It closes a circle, and is laid out the other way round."""
    through: list[int] = field(default_factory=list)
    """The vertices where it passes columns, from the source on."""


def arrange(vertices: list[Vertex], links: Sequence[Link]) -> Generator[None, None, list[list[int]]]:
    """Give every vertex rank and y, in turns, and return the columns: numbers of vertices from top to bottom.

    Vertices where links pass a column are added at the end of `vertices`.
    """
    _break_circles(vertices, links)
    _rank(vertices, links)
    steps = _passing(vertices, links)
    yield
    columns = _ordered(vertices, steps)
    yield
    yield from _place(vertices, steps, columns)
    return columns


def _ends(link: Link) -> tuple[int, int]:
    return (link.target, link.source) if link.is_back else (link.source, link.target)


def _break_circles(vertices: Sequence[Vertex], links: Sequence[Link]) -> None:
    """Turn round what leads back to a vertex that is on the way."""
    after = defaultdict(list)
    for link in links:
        after[link.source].append(link)
    state = [0] * len(vertices)  # 1: on the way, 2: done
    for start in range(len(vertices)):
        stack = [(start, iter(after[start]))] if not state[start] else []
        state[start] = state[start] or 1
        while stack:
            number, rest = stack[-1]
            found = next(rest, None)
            if found is None:
                state[number] = 2
                stack.pop()
            elif state[found.target] == 1:
                found.is_back = True
            elif not state[found.target]:
                state[found.target] = 1
                stack.append((found.target, iter(after[found.target])))


def _rank(vertices: Sequence[Vertex], links: Sequence[Link]) -> None:
    """Let everything stand right of what it comes from, and what comes from nothing just left of its use."""
    before, after = defaultdict(list), defaultdict(list)
    for link in links:
        source, target = _ends(link)
        before[target].append(source)
        after[source].append(target)
    order = _topological(len(vertices), before, after)
    has_ports = any(vertex.fixed == "first" for vertex in vertices)
    for number in order:
        floor = 1 if has_ports and vertices[number].fixed != "first" else 0
        vertices[number].rank = max([vertices[each].rank + 1 for each in before[number]] + [floor])
    pulled: set[int] = set()
    for number in order:
        if vertices[number].fixed != "first" and pulled.issuperset(before[number]):
            pulled.add(number)
    for number in reversed(order):
        if number in pulled and after[number]:
            vertices[number].rank = min(vertices[each].rank for each in after[number]) - 1
    last = max((vertex.rank for vertex in vertices if vertex.fixed != "last"), default=0) + 1
    for vertex in vertices:
        if vertex.fixed == "last":
            vertex.rank = last


def _topological(count: int, before: Mapping[int, list[int]], after: Mapping[int, list[int]]) -> list[int]:
    missing = [len(before[number]) for number in range(count)]
    order = [number for number in range(count) if not missing[number]]
    for number in order:  # it grows meanwhile
        for each in after[number]:
            missing[each] -= 1
            if not missing[each]:
                order.append(each)
    return order


type Step = tuple[int, int, float, float, float]
"""From a vertex to one in the next column, where it ends above or below their middles, and its weight."""


def _passing(vertices: list[Vertex], links: Sequence[Link]) -> list[Step]:
    """Add a vertex wherever a link passes a column; links from the same place share them."""
    shared: dict[tuple[int, float, int], int] = {}
    steps: dict[tuple[int, int, float, float], float] = {}
    for link in links:
        source, target = _ends(link)
        begin, end = (link.in_by, link.out_by) if link.is_back else (link.out_by, link.in_by)
        passed = list[int]()
        for rank in range(vertices[source].rank + 1, vertices[target].rank):
            place = (source, begin, rank)
            if place not in shared:
                shared[place] = len(vertices)
                vertices.append(Vertex(height=0, passes=True, rank=rank))
            passed.append(shared[place])
        for here, there in zip([source, *passed], [*passed, target], strict=True):
            ends = (begin if here == source else 0.0, end if there == target else 0.0)
            is_straight = vertices[here].passes and vertices[there].passes
            steps[here, there, *ends] = STRAIGHT if is_straight else 1.0
        link.through = passed[::-1] if link.is_back else passed
    return [(*ends, weight) for ends, weight in steps.items()]


def _ordered(vertices: Sequence[Vertex], steps: Sequence[Step]) -> list[list[int]]:
    """Return the columns, each in the order that crosses fewest wires. Parts without connection lie below others."""
    places: dict[int, tuple[int, float]] = {}
    if steps:
        edges = sorted({(source, target) for source, target, *_ in steps})
        parts = fast_sugiyama.from_edges(
            edges, minimum_length=1, crossing_minimization="barycenter", transpose=True
        )
        for part, layout in enumerate(sorted(parts, key=lambda layout: -len(layout[0]))):
            places |= {int(number): (part, x) for number, (x, _) in layout[0]}
    columns: list[list[int]] = [[] for _ in range(max((v.rank for v in vertices), default=-1) + 1)]
    for number in sorted(range(len(vertices)), key=lambda each: places.get(each, (len(vertices), each))):
        columns[vertices[number].rank].append(number)
    return columns


def _place(
    vertices: list[Vertex], steps: Sequence[Step], columns: Sequence[list[int]]
) -> Generator[None, None, None]:
    """Let wires be as straight as the order allows."""
    left, right = defaultdict(list), defaultdict(list)
    for source, target, out_by, in_by, weight in steps:
        right[source].append((target, in_by - out_by, weight))
        left[target].append((source, out_by - in_by, weight))
    for column in columns:
        _stack(vertices, column, [0.0] * len(column), [1.0] * len(column))
    for sweep in range(SWEEPS):
        is_last = sweep >= SWEEPS - 2
        if sweep % TURN_SWEEPS == 0:
            yield
        for column in columns if sweep % 2 == 0 else columns[::-1]:
            wanted, weights = list[float](), list[float]()
            for number in column:
                near = (left if sweep % 2 == 0 else right)[number]
                near = left[number] + right[number] if is_last or not near else near
                total = sum(weight for *_, weight in near)
                mean = sum((vertices[each].y + by) * weight for each, by, weight in near)
                wanted.append(mean / total if near else vertices[number].y)
                weights.append(total or 0.1)
            _stack(vertices, column, wanted, weights)
    top = min((vertex.y - vertex.height / 2 for vertex in vertices), default=0.0)
    for vertex in vertices:
        vertex.y -= top


def _stack(
    vertices: list[Vertex], column: Sequence[int], wanted: Sequence[float], weights: Sequence[float]
) -> None:
    """Place a column as near to what is wanted as fits, in its order: the least squares, by pooling neighbours."""
    offsets, total = list[float](), 0.0
    for place, number in enumerate(column):
        if place:
            total += _distance(vertices[column[place - 1]], vertices[number])
        offsets.append(total)
    pools: list[list[float]] = []  # mean, weight, how many
    for goal, offset, weight in zip(wanted, offsets, weights, strict=True):
        pools.append([goal - offset, weight, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            mean, more, count = pools.pop()
            pool = pools[-1]
            pool[0] = (pool[0] * pool[1] + mean * more) / (pool[1] + more)
            pool[1] += more
            pool[2] += count
    means = [pool[0] for pool in pools for _ in range(int(pool[2]))]
    for number, mean, offset in zip(column, means, offsets, strict=True):
        vertices[number].y = mean + offset


def _distance(upper: Vertex, lower: Vertex) -> float:
    gap = THIN_GAP if upper.passes or lower.passes or upper.fixed else GAP
    return (upper.height + lower.height) / 2 + gap
