"""Which wires of a graph belong to an item, and what items and wires are in words."""

from __future__ import annotations

from collections.abc import Sequence

from engine.graph.messages import Graph, Item, Wire, block_key
from engine.graph.wires import WAITS

MOST_TENSORS, MOST_OUTPUTS = 6, 4
"""Maximum number that are told at once."""


def lit_wires(graph: Graph, item: Item, wires: Sequence[Wire]) -> set[int]:
    """Return the numbers of the wires over which something comes to an item, or leaves it."""
    members = _members(graph, item)
    gone = {edge.tensor for edge in graph.edges if edge.source in members and edge.target not in members}
    come = {edge.tensor for edge in graph.edges if edge.target in members and edge.source not in members}
    around = {block_key(item.block[:depth]) for depth in range(1, len(item.block) + 1)} | {item.key, ""}
    lit = set[int]()
    for number, wire in enumerate(wires):
        leaves = wire.source in around and not gone.isdisjoint(wire.tensors)
        comes = wire.target in around and not come.isdisjoint(wire.tensors)
        if (leaves or comes) and not wire.is_control:
            lit.add(number)
    return lit


def item_words(graph: Graph, item: Item) -> str:
    """Return what an item is, in lines."""
    if item.is_block:
        hint = "Double-click or Return closes it." if item.is_open else "Double-click or Return opens it."
        return f"{item.label}: {item.caption}\n{hint}"
    node = next(node for node in graph.nodes if node.name == item.key)
    return "\n".join([item.caption, *node.outputs[:MOST_OUTPUTS]])


def wire_words(graph: Graph, wire: Wire) -> str:
    """Return what flows over a wire, each tensor in a line."""
    words = {edge.tensor: edge.words for edge in graph.edges}
    names = [f"{each.lstrip('^')}: {words.get(each) or WAITS}" for each in wire.tensors[:MOST_TENSORS]]
    return "\n".join([*names, *["…"][: len(wire.tensors) > MOST_TENSORS]])


def _members(graph: Graph, item: Item) -> set[str]:
    if not item.is_block:
        return {item.key}
    depth = len(item.block)
    return {node.name for node in graph.nodes if node.block[:depth] == item.block}
