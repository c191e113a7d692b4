"""What classes are called in the window, cut to the room there is: as the open data name them.

Where these have only numbers for them, as the run that is looked at names them. Like the theme the names are global:
whoever writes about a class asks here when it writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtGui import QFont, QFontMetricsF

from engine.base.text import END_OF_ISOLATE, ISOLATE, isolated

ISOLATES = ISOLATE + END_OF_ISOLATE
"""What `isolated` puts around a text: none of it may be cut off."""

BRIEF = 2
"""How many letters of a name stand where there is room for no more."""

_of_data: tuple[str, ...] = ()
"""The names that the open data give."""
_of_run: tuple[str, ...] = ()
"""The names that the run gives that is looked at."""
_names: tuple[str, ...] = ()
"""Those of the two that are used."""


def use_names(names: Sequence[str]) -> None:
    """Call the classes by these names of the data from now on, the first one class 0."""
    global _of_data
    _of_data = tuple(names)
    _choose()


def use_names_of_run(names: Sequence[str]) -> None:
    """Call the classes by these names where the open data have only numbers for them.

    A session knows the classes of its runs even where their data cannot be found.
    """
    global _of_run
    if _of_run != names:
        _of_run = tuple(names)
        _choose()


def _choose() -> None:
    global _names
    are_numbers = all(name == f"{label}" for label, name in enumerate(_of_data))
    _names = _of_run if _of_run and are_numbers else _of_data


def names() -> tuple[str, ...]:
    """Return the names of all classes, class 0 first."""
    return _names


def class_name(label: int) -> str:
    """Return what a class is called; a network may know more classes than the data have names for."""
    return isolated(_names[label]) if 0 <= label < len(_names) else f"{label}"


def is_numbered(label: int) -> bool:
    """Whether the class has no other name than its number."""
    return class_name(label) == f"{label}"


def are_digits() -> bool:
    """Whether the classes have no other names than their numbers."""
    return all(map(is_numbered, range(len(_names))))


def kind_of_thing() -> str:
    """Return what each of the images is, as far as that is known: `digit`, `picture`."""
    return "digit" if are_digits() else "picture"


def one_of_class(label: int) -> str:
    """Return a thing of that class, as part of a sentence: `a 3`, `ape`."""
    return f"a {label}" if is_numbered(label) else class_name(label)


def class_cell(label: int) -> int | str:
    """Return the class as a value in a table."""
    return label if is_numbered(label) else class_name(label)


def class_cells(count: int) -> list[int | str]:
    """Return the first classes as values in a table."""
    return [class_cell(label) for label in range(count)]


def brief_name(label: int) -> str:
    """Return two letters at most, for a mark that stands for the class."""
    return brief(_names[label] if 0 <= label < len(_names) else f"{label}")


def brief(name: str) -> str:
    """Return the first two letters of a class' name; the last two where another class begins like it."""
    name = name.strip(ISOLATES)
    others = Counter(other[:BRIEF] for other in _names)
    return name[-BRIEF:].strip() if others[name[:BRIEF]] > 1 else name[:BRIEF]


def fitted_name(label: int, room: float, letters: QFont) -> str:
    """Return the name of a class, shortened to the room in pixels as `elided_name` does."""
    return elided_name(class_name(label), room, letters)


def elided_name(name: str, room: float, letters: QFont) -> str:
    """Return a class' name shortened in its middle to the room in pixels.

    Its end stays, where names of one kind differ: `Kla…17` and `Kla…18`. With no room for that it is the `brief` one.
    """
    wide = QFontMetricsF(letters).horizontalAdvance
    if wide(name) <= room:
        return name
    name = name.strip(ISOLATES)
    for kept in range(len(name) - 1, BRIEF, -1):
        end = max(BRIEF, kept // 2)
        text = f"{name[: kept - end].rstrip()}…{name[-end:].lstrip()}"
        if wide(text) <= room:
            return isolated(text)
    return brief(name)


def found_classes(text: str) -> list[int]:
    """Return the classes whose names have one of the words between commas in them, by number; all for none."""
    words = [word for part in text.split(",") if (word := part.strip().casefold())]
    return [
        label
        for label, name in enumerate(_names)
        if not words or any(word in name.casefold() for word in words)
    ]


def names_room(count: int, letters: QFont, least: float, most: float) -> float:
    """Return how much room the names of the first classes take, with a gap: within bounds."""
    measure = QFontMetricsF(letters).horizontalAdvance
    widest = max(
        (measure(class_name(label)) for label in range(count) if not is_numbered(label)), default=0.0
    )
    return min(max(least, widest + 8), max(least, most))
