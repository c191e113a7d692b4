"""Approximate widths of words in a graph's drawing, without a font."""

from __future__ import annotations

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
