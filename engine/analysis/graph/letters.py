"""How wide words are in a graph's picture: near enough to leave them room, without a font at hand."""

from __future__ import annotations

NAME_SIZE, TITLE_SIZE, CAPTION_SIZE, LABEL_SIZE = 12, 13, 11, 11
"""How high letters are: a node's name, a block's title and how much is in it, what stands at a wire."""

WIDTHS = {
    **dict.fromkeys("ijlI |.,:;'", 0.29),
    **dict.fromkeys("frt()1[]-", 0.4),
    **dict.fromkeys("ABCDEFGHKLNOPQRSTUVXYZ", 0.72),
    **dict.fromkeys("mwMW", 0.93),
    "_": 0.47,
}
"""Of each letter, in its size; of every other one it is `USUAL`. A little more than those of Inter."""

USUAL = 0.62


def words_width(words: str, size: float) -> float:
    """Return about how wide these words are."""
    return size * sum(WIDTHS.get(letter, USUAL) for letter in words)
