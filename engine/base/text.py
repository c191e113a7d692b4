"""Words that a stranger chose: names of files, data, runs and classes come from files that anybody may have made."""

from __future__ import annotations

import unicodedata

JOINERS = "\u200c\u200d"
"""Needed between the letters of some languages, and harmless."""


def printable(text: str) -> str:
    """Return a text as one line: what ends or turns a line, or steers a terminal, becomes a question mark."""
    return text if text.isprintable() else "".join(letter if _is_shown(letter) else "?" for letter in text)


def storable(text: str) -> str:
    """Return a text, JSON say, that can be stored: it has `\\udce9` in place of what UTF-8 lacks.

    These are the lone surrogates that stand for the bytes of a file's name that is not UTF-8 (PEP 383). JSON gives them
    back as they were, so such a path still leads to its file.
    """
    return text.encode("utf-8", "backslashreplace").decode()


def _is_shown(letter: str) -> bool:
    return letter.isprintable() or letter in JOINERS or unicodedata.category(letter) == "Zs"


FORMULA = ("=", "+", "-", "@")
"""A spreadsheet takes for a formula what begins so."""


def harmless(text: str) -> str:
    """Return text for a table: on one line, and with an apostrophe in front where it would be taken for a formula."""
    text = printable(text)
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text
