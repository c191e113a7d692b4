"""What a graph's drawings share in the window and in files: widths of words, outlines of nodes, the ends of wires."""

import re
from collections.abc import Sequence

from engine.analysis.graph.messages import Edge, Kind, Wire
from engine.core.language import mark, tr, tr_plural

# Heights of letters: a node's name, a block's title, the count in it, and the words at a wire.
NAME_SIZE, TITLE_SIZE, CAPTION_SIZE, LABEL_SIZE = 12, 13, 11, 11

# Widths of letters relative to their size, a little more than those of Inter.

WIDTHS = {
    **dict.fromkeys("ijlI |.,:;'", 0.29),
    **dict.fromkeys("frt()1[]-", 0.4),
    **dict.fromkeys("ABCDEFGHKLNOPQRSTUVXYZ", 0.72),
    **dict.fromkeys("mwMW", 0.93),
    "_": 0.47,
}

USUAL = 0.62


def words_width(words: str, size: float) -> float:
    """Return the approximate width of these words."""
    return size * sum(WIDTHS.get(letter, USUAL) for letter in words)


HALF_LABEL = 13.0  # height of the shape above a wire, and of its type below
LABEL_GAP, BEHIND_LABEL = 7.0, 3.0  # before the words, and behind them
UNDER = 8.0  # how far a wire continues under the item where it begins: outlines are not all rectangles

HEAD_LENGTH, HEAD_HALF = 7.0, 3.2
WAITS = mark("waits for it")
TYPE = re.compile(r"bool|string|variable|u?int\d+|b?float\d+|complex\d+")


def words_of_all(edges: Sequence[Edge]) -> str:
    """Return shape and type of what flows over these edges."""
    words = {edge.tensor: edge.words for edge in edges if not edge.is_control}
    if not words:
        return tr(WAITS)

    kinds = set(words.values())
    if len(words) == 1:
        return next(iter(kinds))
    if len(kinds) == 1:
        return f"{len(words)} × ({kinds.pop()})"
    return tr_plural("{count} tensor", "{count} tensors", len(words))


def label_lines(words: str) -> tuple[str, str]:
    """Return the words above a wire and below it: `None × 300` and `int32`; nothing for the usual float32."""
    bare = words.removesuffix(")")
    plain = bare.removesuffix(" variable")
    shape, _, kind = plain.rpartition(" ")
    if not TYPE.fullmatch(kind):
        return words, ""
    return shape + words[len(bare) :], f"{kind.removesuffix('float32')}{bare[len(plain) :]}".strip()


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


# Tokens of the theme: colour-blind readers can distinguish those of the classes.
COLORS: dict[Kind, str] = {
    "placeholder": "class_0",
    "constant": "class_3",
    "variable": "class_1",
    "operation": "muted",
    "loss": "class_4",
    "gradient": "class_6",
    "optimiser": "class_9",
    "output": "accent",
}

CORNER = 8.0


def outline(kind: Kind, x: float, y: float, width: float, height: float) -> tuple[list[tuple[float, float]], float]:
    """Return the corners of a kind's outline in this rectangle and their radius; no corners for a rounded rectangle."""
    right, bottom, middle, cut = x + width, y + height, y + height / 2, min(CORNER, height / 3)
    if kind == "placeholder":  # a slanted box, as input has in flow charts
        return [(x + cut, y), (right, y), (right - cut, bottom), (x, bottom)], 0
    if kind == "loss":
        return [
            (x + cut, y),
            (right - cut, y),
            (right, middle),
            (right - cut, bottom),
            (x + cut, bottom),
            (x, middle),
        ], 0
    if kind == "gradient":  # points back
        return [(x + cut, y), (right, y), (right, bottom), (x + cut, bottom), (x, middle)], 0
    if kind == "output":  # points on
        return [(x, y), (right - cut, y), (right, middle), (right - cut, bottom), (x, bottom)], 0
    if kind == "optimiser":
        return [
            (x + cut, y), (right - cut, y), (right, y + cut), (right, bottom - cut),
            (right - cut, bottom), (x + cut, bottom), (x, bottom - cut), (x, y + cut),
        ], 0  # fmt: skip
    return [], {"constant": height / 2, "variable": 0.0}.get(kind, CORNER)
