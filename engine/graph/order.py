"""In which order things stand in the columns of a graph: so that few wires cross."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.graph.layers import Port, Step, Vertex

ROUNDS, DRAFT_ROUNDS, PATIENCE = 10, 4, 2
"""Maximum number of rounds, and of rounds without a gain."""

SWAPS = 4


def ordered(
    vertices: Sequence[Vertex], steps: Sequence[Step], columns: list[list[int]], *, is_draft: bool = False
) -> Generator[None, None, tuple[list[list[int]], int]]:
    """Return the columns in a better order, and how many wires cross; minds where in a tall vertex a wire ends."""
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
    return best, fewest


class _Order:
    """The columns as they stand now."""

    def __init__(
        self, vertices: Sequence[Vertex], steps: Sequence[Step], columns: Sequence[list[int]]
    ) -> None:
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
            if self._is_wished(column):
                column.sort(key=lambda number: vertices[number].wish or 0.0)
        self._place = [0.0] * len(vertices)
        for column in self.columns:
            self._number(column)

    def crossings(self) -> int:
        """Return how many wires cross."""
        return sum(self._crossings(gap) for gap in self._gaps)

    def sweep(self, *, to_right: bool) -> None:
        """Put everything beside the middle of what it is connected to in the column before."""
        count = len(self.columns)
        for number in range(1, count) if to_right else range(count - 2, -1, -1):
            column, before = self.columns[number], self.columns[number - 1 if to_right else number + 1]
            if self._is_wished(column):
                continue
            near, stretch = self._left if to_right else self._right, len(before) / max(len(column), 1)
            goals = {each: self._goal(near[each], (self._place[each] + 0.5) * stretch) for each in column}
            column.sort(key=goals.__getitem__)
            self._number(column)

    def swap(self) -> None:
        """Exchange neighbours as long as fewer wires cross for it."""
        for _ in range(SWAPS):
            has_gained = False
            crossings = [self._crossings(gap) for gap in self._gaps]
            for number, column in enumerate(self.columns):
                around = crossings[number] + crossings[number - 1]
                if around and len(column) > 1 and not self._is_wished(column):
                    has_gained |= self._swap_in(column)
            if not has_gained:
                return

    def _swap_in(self, column: list[int]) -> bool:
        has_gained = False
        left = [self._ends(self._left[each]) for each in column]
        right = [self._ends(self._right[each]) for each in column]
        for place in range(len(column) - 1):
            below = place + 1
            now = _inversions(left[place], left[below]) + _inversions(right[place], right[below])
            if now and _inversions(left[below], left[place]) + _inversions(right[below], right[place]) < now:
                for each in (column, left, right):
                    each[place : below + 1] = each[below], each[place]  # type: ignore[assignment]
                has_gained = True
        self._number(column)
        return has_gained

    def _is_wished(self, column: Sequence[int]) -> bool:
        return bool(column) and all(self._vertices[number].wish is not None for number in column)

    def _number(self, column: Sequence[int]) -> None:
        for place, number in enumerate(column):
            self._place[number] = place

    def _ends(self, near: Sequence[tuple[int, float]]) -> list[float]:
        return sorted(self._place[number] + share for number, share in near)

    def _goal(self, near: Sequence[tuple[int, float]], otherwise: float) -> float:
        return sum(self._place[number] + share for number, share in near) / len(near) if near else otherwise

    def _crossings(self, gap: Sequence[tuple[int, float, int, float]]) -> int:
        place, seen, found = self._place, list[float](), 0
        ends = sorted((place[here] + begin, place[there] + end) for here, begin, there, end in gap)
        for _, end in ends:
            found += len(seen) - bisect_right(seen, end)
            insort(seen, end)
        return found


def _share(vertex: Vertex, port: Port | None) -> float:
    """Return how far down in its vertex a port is, 0 to 1; those that may choose count as in the middle."""
    if port is None or not vertex.height:
        return 0.5
    return min(max(0.5 + port.by / vertex.height, 0.0), 1.0)


def _inversions(upper: Sequence[float], lower: Sequence[float]) -> int:
    """Return how often an end of the upper one lies below one of the lower one; both rise."""
    found, place = 0, 0
    for end in upper:
        while place < len(lower) and lower[place] < end:
            place += 1
        found += place
    return found
