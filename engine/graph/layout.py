"""Where everything in a graph is drawn: blocks that are open are frames around what is in them."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Generator, Sequence

from engine.base.turns import run_through
from engine.graph.level import Laid, Level, PortKey, Whole
from engine.graph.messages import Block, Drawing, Graph, Node, block_key


def lay_out(graph: Graph, opened: frozenset[Block]) -> Drawing:
    """Return where everything is when these blocks are open; others are one node each, with their edges merged."""
    return run_through(laying_out(graph, opened))


def laying_out(graph: Graph, opened: frozenset[Block]) -> Generator[None, None, Drawing]:
    """Return the same, in turns."""
    shown = {node.name: _shown(node, opened) for node in graph.nodes}
    laid = yield from _best_laid(graph, opened, shown)
    pairs = ((shown[edge.source], shown[edge.target]) for edge in graph.edges)
    links = tuple(dict.fromkeys(pair for pair in pairs if pair[0] != pair[1]))
    order = _in_order(graph, shown, links)
    return Drawing(tuple(laid.items), tuple(laid.wires), links, order, laid.width, laid.height)


def _best_laid(graph: Graph, opened: frozenset[Block], shown: dict[str, str]) -> Generator[None, None, Laid]:
    """Return it with frames' ports in the order of what lies outside: first of what comes in, then of what goes out.

    Both at once would turn two frames round to each other, and nothing were gained.
    """
    wishes: dict[PortKey, float] = {}
    for side in ("in", "out") if opened else ():
        draft = Whole(graph, opened, shown, wishes, is_draft=True)
        yield from Level(draft, (), graph.nodes, graph.edges).lay_out()
        found = {key: sum(places) / len(places) for key, places in draft.found.items()}
        wishes = wishes | {key: place for key, place in found.items() if key[1] == side}
    return (yield from Level(Whole(graph, opened, shown, wishes), (), graph.nodes, graph.edges).lay_out())


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
