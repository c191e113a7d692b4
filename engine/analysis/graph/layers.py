"""Layered drawing of one level of a graph: columns from left to right, few crossings, straight wires."""

import functools
import logging
from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import TopologicalSorter

# The library orders the vertices of a column. Ranks and coordinates are computed here: it knows no sizes or frames.
import fast_sugiyama

SWEEPS, DRAFT_SWEEPS, TURN_SWEEPS = 16, 2, 4
GAP, THIN_GAP = 16.0, 9.0  # between two vertices above each other; thin beside a wire that passes
RIM = 2.0
FAR = 1e5  # more than the height of any vertex
STRAIGHT = 8.0  # weight of straightness where a wire passes columns; it is 1 where it ends
ROUNDS, DRAFT_ROUNDS, PATIENCE = 10, 4, 2  # maximum number of rounds, and of rounds without a gain
SWAPS = 4


for logger in ("rust-sugiyama", "connected_components"):
    logging.getLogger(logger).setLevel(logging.ERROR)  # the library logs thirty lines in each call


@dataclass(slots=True)
class Vertex:
    """A thing in a column: an item, a port of the frame, or (without width) a wire that passes."""

    height: float
    width: float = 0.0
    fixed: str = ""  # `first` or `last` for ports: those are in a column of their own
    preferred: float | None = None  # a port's preferred height, by the wires outside; `None` if there is none
    passes: bool = False
    rank: int = 0
    y: float = 0.0  # its middle


@dataclass(slots=True, eq=False)
class Port:
    """The place where links leave a vertex, or reach it."""

    vertex: int
    by: float = 0.0  # distance below the vertex' middle
    room: float = 0.0  # height that it needs on the vertex' right side if the layout may choose its place there; else 0
    is_at_rim: bool = False  # whether it is at the upper or lower rim, beside those that need room, and needs none


@dataclass(slots=True)
class Link:
    """An edge between two ports."""

    out: Port
    into: Port
    is_back: bool = False  # whether it closes a cycle, and is laid out in the opposite direction
    through: list[int] = field(default_factory=list)  # the vertices where it passes columns, from the source on


def arrange(
    vertices: list[Vertex], links: Sequence[Link], *, is_draft: bool = False
) -> Generator[None, None, list[list[int]]]:
    """Give every vertex rank and y, in turns; return the columns, top to bottom."""
    _break_cycles(vertices, links)
    _rank(vertices, links)
    steps = _passing(vertices, links)
    yield
    columns = yield from ordered(vertices, steps, _first_columns(vertices, steps), is_draft=is_draft)
    yield
    _spread(vertices, steps, columns)
    yield from _place(vertices, steps, columns, DRAFT_SWEEPS if is_draft else SWEEPS)
    return columns


def _ends(link: Link) -> tuple[int, int]:
    return (link.into.vertex, link.out.vertex) if link.is_back else (link.out.vertex, link.into.vertex)


def _break_cycles(vertices: Sequence[Vertex], links: Sequence[Link]) -> None:
    """Reverse links that lead back to a vertex on the way (a depth-first search)."""
    after = defaultdict(list)
    for link in links:
        after[link.out.vertex].append(link)
    state = [0] * len(vertices)  # 1: on the way, 2: done
    for start in range(len(vertices)):
        stack = [(start, iter(after[start]))] if not state[start] else []
        state[start] = state[start] or 1
        while stack:
            number, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                state[number] = 2
                stack.pop()
            elif state[following.into.vertex] == 1:
                following.is_back = True
            elif not state[following.into.vertex]:
                state[following.into.vertex] = 1
                stack.append((following.into.vertex, iter(after[following.into.vertex])))


def _rank(vertices: Sequence[Vertex], links: Sequence[Link]) -> None:
    """Put everything right of its sources, and what has no source just left of its use."""
    before, after = defaultdict(list), defaultdict(list)
    for link in links:
        source, target = _ends(link)
        before[target].append(source)
        after[source].append(target)
    order = [*TopologicalSorter({number: before[number] for number in range(len(vertices))}).static_order()]
    has_ports = any(vertex.fixed == "first" for vertex in vertices)
    for number in order:
        floor = 1 if has_ports and vertices[number].fixed != "first" else 0
        vertices[number].rank = max([vertices[source].rank + 1 for source in before[number]] + [floor])
    pulled: set[int] = set()
    for number in order:
        if vertices[number].fixed != "first" and pulled.issuperset(before[number]):
            pulled.add(number)
    for number in reversed(order):
        if number in pulled and after[number]:
            vertices[number].rank = min(vertices[target].rank for target in after[number]) - 1
    last = max((vertex.rank for vertex in vertices if vertex.fixed != "last"), default=0) + 1
    for vertex in vertices:
        if vertex.fixed == "last":
            vertex.rank = last


# From a vertex to one in the next column: both, the ports of a link that begins or ends there, and its weight.
type Step = tuple[int, int, Port | None, Port | None, float]


def _passing(vertices: list[Vertex], links: Sequence[Link]) -> list[Step]:
    """Add a vertex wherever a link passes a column; links from the same port share them."""
    shared: dict[tuple[int, int], int] = {}
    steps: dict[tuple[int, int, int, int], Step] = {}
    for link in links:
        source, target = _ends(link)
        begin, end = (link.into, link.out) if link.is_back else (link.out, link.into)
        passed = list[int]()
        for rank in range(vertices[source].rank + 1, vertices[target].rank):
            place = (id(begin), rank)
            if place not in shared:
                shared[place] = len(vertices)
                vertices.append(Vertex(height=0, passes=True, rank=rank))
            passed.append(shared[place])
        for here, there in zip([source, *passed], [*passed, target], strict=True):
            ports = (begin if here == source else None, end if there == target else None)
            is_straight = vertices[here].passes and vertices[there].passes
            steps[here, there, id(ports[0]), id(ports[1])] = (here, there, *ports, STRAIGHT if is_straight else 1.0)
        link.through = passed[::-1] if link.is_back else passed
    return list(steps.values())


def _first_columns(vertices: Sequence[Vertex], steps: Sequence[Step]) -> list[list[int]]:
    """Return the columns in the library's order. Separate parts are below others."""
    places = _library_order(tuple(sorted({(source, target) for source, target, *_ in steps})))
    columns: list[list[int]] = [[] for _ in range(max((v.rank for v in vertices), default=-1) + 1)]
    for number in sorted(range(len(vertices)), key=lambda v: places.get(v, (len(vertices), v))):
        columns[vertices[number].rank].append(number)
    return columns


@functools.lru_cache(256)
def _library_order(edges: tuple[tuple[int, int], ...]) -> Mapping[int, tuple[int, float]]:
    """Return part and place in its column of each vertex; cached, as a graph is laid out several times."""
    places: dict[int, tuple[int, float]] = {}
    if edges:
        parts = fast_sugiyama.from_edges(
            list(edges), minimum_length=1, crossing_minimization="barycenter", transpose=True
        )
        for part, layout in enumerate(sorted(parts, key=lambda layout: -len(layout[0]))):
            places |= {int(number): (part, x) for number, (x, _) in layout[0]}
    return places


def _spread(vertices: Sequence[Vertex], steps: Sequence[Step], columns: Sequence[list[int]]) -> None:
    """Stack the ports at the right of a vertex in the order of their targets."""
    places = {number: place for column in columns for place, number in enumerate(column)}
    goals: dict[int, dict[Port, list[float]]] = defaultdict(lambda: defaultdict(list))
    for here, there, out, into, _ in steps:
        for port, other, end in ((out, there, into), (into, here, out)):
            if port is not None and (port.room or port.is_at_rim):
                goals[port.vertex][port].append(places[other] + (end.by / FAR if end else 0.0))
    for number, port_goals in goals.items():
        means = {port: sum(goal) / len(goal) for port, goal in port_goals.items()}
        thick = sorted((port for port in means if port.room), key=means.__getitem__)
        y = -sum(port.room for port in thick) / 2
        for port in thick:
            port.by = y + port.room / 2
            y += port.room
        for port in means.keys() - thick:
            above = sum(means[other] > means[port] for other in thick) > len(thick) / 2
            port.by = (vertices[number].height / 2 - RIM) * (-1 if above else 1) if thick else 0.0


type _Pull = tuple[int, float, float]  # the vertex that pulls, the preferred distance below it, and the weight


def _place(
    vertices: list[Vertex], steps: Sequence[Step], columns: Sequence[list[int]], sweeps: int
) -> Generator[None, None, None]:
    """Move vertices so that wires are as straight as the order allows."""
    left: list[list[_Pull]] = [[] for _ in vertices]
    right: list[list[_Pull]] = [[] for _ in vertices]
    for source, target, out, into, weight in steps:
        by = (into.by if into else 0.0) - (out.by if out else 0.0)
        right[source].append((target, by, weight))
        left[target].append((source, -by, weight))
    both = [one + other for one, other in zip(left, right, strict=True)]
    for column in columns:
        _stack(vertices, column, [0.0] * len(column), [1.0] * len(column))
    for sweep in range(sweeps):
        pulls = both if sweep >= sweeps - 2 else left if sweep % 2 == 0 else right
        if sweep % TURN_SWEEPS == 0:
            yield
        for column in columns if sweep % 2 == 0 else columns[::-1]:
            goals, weights = list[float](), list[float]()
            for number in column:
                goal = total = 0.0
                for other, by, weight in pulls[number] or both[number]:
                    goal += (vertices[other].y + by) * weight
                    total += weight
                goals.append(goal / total if total else vertices[number].y)
                weights.append(total or 0.1)
            _stack(vertices, column, goals, weights)
    top = min((vertex.y - vertex.height / 2 for vertex in vertices), default=0.0)
    for vertex in vertices:
        vertex.y -= top


def _stack(vertices: list[Vertex], column: Sequence[int], goals: Sequence[float], weights: Sequence[float]) -> None:
    """Place a column as close to the goals as fits, in its order: weighted least squares, by pooling neighbours."""
    offsets, total = list[float](), 0.0
    for place, number in enumerate(column):
        if place:
            upper, lower = vertices[column[place - 1]], vertices[number]
            gap = THIN_GAP if upper.passes or lower.passes or upper.fixed else GAP
            total += (upper.height + lower.height) / 2 + gap
        offsets.append(total)
    pools: list[list[float]] = []  # mean, weight, number of vertices
    for goal, offset, weight in zip(goals, offsets, weights, strict=True):
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


def ordered(
    vertices: Sequence[Vertex], steps: Sequence[Step], columns: list[list[int]], *, is_draft: bool = False
) -> Generator[None, None, list[list[int]]]:
    """Return the columns in a better order, with fewer crossings; regards where in a tall vertex a wire ends."""
    order = _Order(vertices, steps, columns)
    best, fewest, waited = [list(column) for column in columns], order.crossings(), 0
    for number in range(DRAFT_ROUNDS if is_draft else ROUNDS):
        if not fewest or waited >= PATIENCE:
            break
        yield
        order.sweep(to_right=number % 2 == 0)
        if not is_draft:
            order.swap()
        waited += 1
        if (now := order.crossings()) < fewest:
            best, fewest, waited = [list(column) for column in order.columns], now, 0
    return best


class _Order:
    """The current columns."""

    def __init__(self, vertices: Sequence[Vertex], steps: Sequence[Step], columns: Sequence[list[int]]) -> None:
        self._vertices = vertices
        self.columns = [list(column) for column in columns]
        self._left: list[list[tuple[int, float]]] = [[] for _ in vertices]
        self._right: list[list[tuple[int, float]]] = [[] for _ in vertices]
        self._gaps: list[list[tuple[int, float, int, float]]] = [[] for _ in columns]
        for here, there, out, into, _ in steps:
            begin, end = _share(vertices[here], out), _share(vertices[there], into)
            self._right[here].append((there, end))
            self._left[there].append((here, begin))
            self._gaps[vertices[here].rank].append((here, begin, there, end))
        for column in self.columns:
            if self._is_preferred(column):
                column.sort(key=lambda number: vertices[number].preferred or 0.0)
        self._place = [0.0] * len(vertices)
        for column in self.columns:
            self._number(column)

    def crossings(self) -> int:
        """Return the number of crossings."""
        return sum(self._crossings(gap) for gap in self._gaps)

    def sweep(self, *, to_right: bool) -> None:
        """Put everything beside the mean of its neighbours in the column before."""
        count = len(self.columns)
        for number in range(1, count) if to_right else range(count - 2, -1, -1):
            column, before = self.columns[number], self.columns[number - 1 if to_right else number + 1]
            if self._is_preferred(column):
                continue
            near, stretch = self._left if to_right else self._right, len(before) / max(len(column), 1)
            goals = {
                v: sum(self._place[number] + share for number, share in near[v]) / len(near[v])
                if near[v]
                else (self._place[v] + 0.5) * stretch
                for v in column
            }
            column.sort(key=goals.__getitem__)
            self._number(column)

    def swap(self) -> None:
        """Exchange neighbours as long as that reduces the crossings."""
        for _ in range(SWAPS):
            has_gained = False
            crossings = [self._crossings(gap) for gap in self._gaps]
            for number, column in enumerate(self.columns):
                around = crossings[number] + crossings[number - 1]
                if around and len(column) > 1 and not self._is_preferred(column):
                    has_gained |= self._swap_in(column)
            if not has_gained:
                return

    def _swap_in(self, column: list[int]) -> bool:
        has_gained = False
        left = [self._ends(self._left[number]) for number in column]
        right = [self._ends(self._right[number]) for number in column]
        for place in range(len(column) - 1):
            below = place + 1
            now = _inversions(left[place], left[below]) + _inversions(right[place], right[below])
            if now and _inversions(left[below], left[place]) + _inversions(right[below], right[place]) < now:
                for values in (column, left, right):
                    values[place : below + 1] = values[below], values[place]  # type: ignore[assignment]
                has_gained = True
        self._number(column)
        return has_gained

    def _is_preferred(self, column: Sequence[int]) -> bool:
        return bool(column) and all(self._vertices[number].preferred is not None for number in column)

    def _number(self, column: Sequence[int]) -> None:
        for place, number in enumerate(column):
            self._place[number] = place

    def _ends(self, near: Sequence[tuple[int, float]]) -> list[float]:
        return sorted(self._place[number] + share for number, share in near)

    def _crossings(self, gap: Sequence[tuple[int, float, int, float]]) -> int:
        place, seen, count = self._place, list[float](), 0
        ends = sorted((place[here] + begin, place[there] + end) for here, begin, there, end in gap)
        for _, end in ends:
            count += len(seen) - bisect_right(seen, end)
            insort(seen, end)
        return count


def _share(vertex: Vertex, port: Port | None) -> float:
    """Return the height of a port in its vertex, 0 to 1 from the top; 0.5 for ports whose place is free."""
    if port is None or not vertex.height:
        return 0.5
    return min(max(0.5 + port.by / vertex.height, 0.0), 1.0)


def _inversions(upper: Sequence[float], lower: Sequence[float]) -> int:
    """Return how often an end of the upper one is below one of the lower one; both are ascending."""
    count, place = 0, 0
    for end in upper:
        while place < len(lower) and lower[place] < end:
            place += 1
        count += place
    return count
