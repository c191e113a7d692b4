"""Searching a graph: which nodes are meant by some letters, also those in closed blocks."""

from __future__ import annotations

from engine.graph.messages import Block, Graph, Node, block_key


class GraphSearch:
    """The matches of the letters that were typed last, and which of them is looked at."""

    def __init__(self) -> None:
        self.text = ""
        self.graph: Graph | None = None
        """The graph that was searched."""
        self.matches: tuple[Node, ...] = ()
        self.place: int | None = None

    def look(self, graph: Graph, text: str) -> None:
        """Find the nodes whose name, type, label or block has these letters; capitals do not count."""
        self.graph, self.text, self.place = graph, text.strip(), None
        wanted = self.text.casefold()
        self.matches = tuple(node for node in graph.nodes if wanted and wanted in _words(graph, node))

    def step(self, by: int) -> Node | None:
        """Go to the next match, or the one before, round and round."""
        if not self.matches:
            return None
        here = self.place if self.place is not None else (-1 if by > 0 else 0)
        self.place = (here + by) % len(self.matches)
        return self.matches[self.place]

    def keys(self, opened: frozenset[Block]) -> set[str]:
        """Return what is to be marked: the matches, or the closed blocks that they are in."""
        return {shown_key(node, opened) for node in self.matches}


def around(node: Node) -> frozenset[Block]:
    """Return the blocks that must be open to see a node."""
    return frozenset(node.block[:depth] for depth in range(1, len(node.block) + 1))


def shown_key(node: Node, opened: frozenset[Block]) -> str:
    """Return the key of what stands for a node: itself, or the outermost closed block around it."""
    closed = next((block for block in sorted(around(node), key=len) if block not in opened), None)
    return node.name if closed is None else block_key(closed)


def _words(graph: Graph, node: Node) -> str:
    title = graph.titles.get(node.block, "")
    return f"{node.name} {node.op} {node.label} {title}".casefold()
