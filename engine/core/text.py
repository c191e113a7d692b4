"""Sanitising of texts that a stranger chose: names of files, data, runs and classes come from anybody's files."""
# Texts are isolated and made printable where they are read, not where they are shown: a view cannot forget it.

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

JOINERS = "\u200c\u200d"  # some languages need them between letters, and they are harmless


# FSI and PDI of the Unicode bidirectional algorithm (UAX #9): text between them does not reorder its neighbours.
ISOLATE, END_OF_ISOLATE = "\u2068", "\u2069"


def printable(text: str) -> str:
    """Return a text as one line: line ends, bidirectional controls and terminal escapes become question marks.

    Isolates, as `isolated` makes them, stay if they are balanced, so a whole sentence can pass through again.
    """
    if text.isprintable():
        return text
    allowed = (ISOLATE, END_OF_ISOLATE) if _ends_its_isolates(text) else ()
    return "".join(letter if letter in allowed or _is_shown(letter) else "?" for letter in text)


def isolated(text: str) -> str:
    """Return a stranger's words for use in a sentence: one line, isolated if it is written from right to left.

    Without the isolates, figures beside such words would be shown on their other side.
    """
    line = printable(text)
    is_turned = any(unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in line)
    return f"{ISOLATE}{line}{END_OF_ISOLATE}" if is_turned else line


def class_name(names: Sequence[str], label: int) -> str:
    """Return the name of a class, or its number where it has no name."""
    return names[label] if label < len(names) else f"{label}"


def storable(text: str) -> str:
    """Return a text, such as JSON, that UTF-8 can encode: lone surrogates become escapes such as `\\udce9`.

    They stand for the bytes of a file name that is not UTF-8 (PEP 383), which SQLite's text and Qt's strings cannot
    hold. JSON decodes the escapes again, so such a path still leads to its file.
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


FORMULA = ("=", "+", "-", "@")  # a spreadsheet takes a cell that begins with one of these for a formula


def harmless(text: str) -> str:
    """Return text for a cell of a table: one line, with an apostrophe in front where it looks like a formula."""
    text = printable(text)
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text
