"""Words that a stranger chose: names of files, data, runs and classes come from files that anybody may have made."""

from __future__ import annotations

import unicodedata

JOINERS = "\u200c\u200d"
"""Needed between the letters of some languages, and harmless."""


def printable(text: str) -> str:
    """Return a text as one line: what ends or turns a line, or steers a terminal, becomes a question mark."""
    return text if text.isprintable() else "".join(letter if _is_shown(letter) else "?" for letter in text)


def _is_shown(letter: str) -> bool:
    return letter.isprintable() or letter in JOINERS or unicodedata.category(letter) == "Zs"
