"""The words at the wires of a graph, and their ends, for the window and for files."""

from __future__ import annotations

from collections.abc import Sequence

from engine.analysis.graph.letters import LABEL_SIZE, words_width
from engine.analysis.graph.messages import Edge, Wire

HALF_LABEL = 13.0  # height of the shape above a wire, and of its type below
LABEL_GAP, BEHIND_LABEL = 7.0, 3.0  # before the words, and behind them
UNDER = 8.0  # how far a wire continues under the item where it begins: outlines are not all rectangles

HEAD_LENGTH, HEAD_HALF = 7.0, 3.2
WAITS = "waits for it"


def words_of_all(edges: Sequence[Edge]) -> str:
    """Return shape and type of what flows over these edges."""
    words = {edge.tensor: edge.words for edge in edges if not edge.is_control}
    if not words:
        return WAITS
    kinds = set(words.values())
    if len(words) == 1:
        return next(iter(kinds))
    return f"{len(words)} × ({kinds.pop()})" if len(kinds) == 1 else f"{len(words)} tensors"


def label_lines(words: str) -> tuple[str, str]:
    """Return the words above a wire and below it: `None × 300` and `float32`."""
    if words.endswith("tensors"):
        return words, ""
    bare = words.removesuffix(")")
    plain = bare.removesuffix(" variable")
    shape, _, kind = plain.rpartition(" ")
    return shape + words[len(bare) :], kind + bare[len(plain) :]


def label_width(words: str) -> float:
    """Return the approximate length of the words along a wire."""
    return max(words_width(line, LABEL_SIZE) for line in label_lines(words)) + LABEL_GAP + BEHIND_LABEL


def arrow_head(wire: Wire) -> list[tuple[float, float]]:
    """Return the corners of the arrow head at a wire's end, the tip first; none if the wire continues."""
    if not wire.arrow:
        return []
    x, y = wire.points[-1]
    back = x - wire.arrow * HEAD_LENGTH
    return [(x, y), (back, y - HEAD_HALF), (back, y + HEAD_HALF)]
