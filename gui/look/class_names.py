"""What classes are called in the window: by the names that the data that are open give them, in the room there is.

As the theme, they are one for the whole window: whoever writes about a class asks here when it writes.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QFont, QFontMetricsF, Qt

_names: tuple[str, ...] = ()


def use_names(names: Sequence[str]) -> None:
    """Call the classes by these names from now on, the first one class 0; whoever shows any is told otherwise."""
    global _names
    _names = tuple(names)


def names() -> tuple[str, ...]:
    """Return the names that the data give."""
    return _names


def class_name(label: int) -> str:
    """Return what a class is called; a network may know more classes than the data have names for."""
    return _names[label] if 0 <= label < len(_names) else f"{label}"


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
    return class_name(label)[:2]


def fitted_name(label: int, room: float, letters: QFont) -> str:
    """Return the name, cut to the room."""
    return QFontMetricsF(letters).elidedText(class_name(label), Qt.TextElideMode.ElideRight, room)


def names_room(count: int, letters: QFont, least: float, most: float) -> float:
    """Return how much room the names of the first classes take, with a gap: within bounds."""
    measure = QFontMetricsF(letters).horizontalAdvance
    widest = max(
        (measure(class_name(label)) for label in range(count) if not is_numbered(label)), default=0.0
    )
    return min(max(least, widest + 8), max(least, most))
