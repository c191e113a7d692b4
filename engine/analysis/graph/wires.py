"""What stands at the wires of a graph, and how they end: the same in the window and in a file."""

from __future__ import annotations

from collections.abc import Sequence

from engine.analysis.graph.letters import LABEL_SIZE, words_width
from engine.analysis.graph.messages import Edge, Wire

HALF_LABEL = 13.0
"""Shape stands above a wire, its type below: each needs so much room."""

LABEL_GAP, BEHIND_LABEL = 7.0, 3.0
"""Before the words, and behind them."""

UNDER = 8.0
"""How far a wire continues under the item where it begins: outlines are not all rectangles."""

HEAD_LENGTH, HEAD_HALF = 7.0, 3.2
WAITS = "waits for it"


def words_of_all(edges: Sequence[Edge]) -> str:
    """Return shape and type of what flows over these edges."""
    words = {edge.tensor: edge.words for edge in edges if not edge.is_control}
    if not words:
        return WAITS
    each = set(words.values())
    if len(words) == 1:
        return next(iter(each))
    return f"{len(words)} × ({each.pop()})" if len(each) == 1 else f"{len(words)} tensors"


def label_lines(words: str) -> tuple[str, str]:
    """Return what stands above a wire and below it: `None × 300` and `float32`."""
    if words.endswith("tensors"):
        return words, ""
    bare = words.removesuffix(")")
    plain = bare.removesuffix(" variable")
    shape, _, kind = plain.rpartition(" ")
    return shape + words[len(bare) :], kind + bare[len(plain) :]


def label_width(words: str) -> float:
    """Return about how much room the words take along a wire."""
    return max(words_width(line, LABEL_SIZE) for line in label_lines(words)) + LABEL_GAP + BEHIND_LABEL


def arrow_head(wire: Wire) -> list[tuple[float, float]]:
    """Return the corners of the arrow head at a wire's end, the tip first; none where the wire continues."""
    if not wire.arrow:
        return []
    x, y = wire.points[-1]
    back = x - wire.arrow * HEAD_LENGTH
    return [(x, y), (back, y - HEAD_HALF), (back, y + HEAD_HALF)]
