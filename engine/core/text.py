"""Words that a stranger chose: names of files, data, runs and classes come from files that anybody may have made."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

JOINERS = "\u200c\u200d"  # needed between the letters of some languages, and harmless


ISOLATE, END_OF_ISOLATE = "\u2068", "\u2069"
"""FSI and PDI of the Unicode bidirectional algorithm (UAX #9): what lies between them turns nothing beside it."""


def printable(text: str) -> str:
    """Return a text as one line: what ends or turns a line, or steers a terminal, becomes a question mark.

    Isolates, as `isolated` makes them, stay where each one ends.
    """
    if text.isprintable():
        return text
    kept = (ISOLATE, END_OF_ISOLATE) if _ends_its_isolates(text) else ()
    return "".join(letter if letter in kept or _is_shown(letter) else "?" for letter in text)


def isolated(text: str) -> str:
    """Return a stranger's words as a part of a sentence: one line, that turns no figure around it.

    Words that are read from the right would draw the figures beside them to their other side.
    """
    line = printable(text)
    is_turned = any(unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in line)
    return f"{ISOLATE}{line}{END_OF_ISOLATE}" if is_turned else line


def class_name(names: Sequence[str], label: int) -> str:
    """Return what a class is called: its number where it has no name."""
    return names[label] if label < len(names) else f"{label}"


def storable(text: str) -> str:
    """Return a text, JSON say, that can be stored: it has `\\udce9` in place of what UTF-8 lacks.

    These are the lone surrogates that stand for the bytes of a file's name that is not UTF-8 (PEP 383). JSON gives them
    back as they were, so such a path still leads to its file.
    """
    return text.encode("utf-8", "backslashreplace").decode()


def _ends_its_isolates(text: str) -> bool:
    depth = 0
    for letter in text:
        depth += (letter == ISOLATE) - (letter == END_OF_ISOLATE)
        if depth < 0:
            return False
    return depth == 0


def _is_shown(letter: str) -> bool:
    return letter.isprintable() or letter in JOINERS or unicodedata.category(letter) == "Zs"


FORMULA = ("=", "+", "-", "@")  # a spreadsheet takes for a formula what begins so


def harmless(text: str) -> str:
    """Return text for a table: on one line, and with an apostrophe in front where it would be taken for a formula."""
    text = printable(text)
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text
