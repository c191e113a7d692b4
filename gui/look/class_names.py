"""What classes are called in the window, cut to the room there is: names belong to the data, and to a run.

The class of an image is called as the open data call it. What a network answers (`answer`) is called as the data called
it that the run learned from which is looked at: these may be other ones. Like the theme the names are global: whoever
writes about a class asks here when it writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

from PySide6.QtGui import QFont, QFontMetricsF

from engine.core.text import END_OF_ISOLATE, ISOLATE, isolated

ISOLATES = ISOLATE + END_OF_ISOLATE  # what `isolated` puts around a text: none of it may be cut off
BRIEF = 2  # how many letters of a name stand where there is room for no more

# Names of the classes, and fingerprint of the data: of the open data, and of those that the selected run learned from.
_of_data: tuple[str, ...] = ()
_data = ""
_of_run: tuple[str, ...] = ()
_run_data = ""


def use_names(names: Sequence[str], data: str = "") -> None:
    """Call the classes of the open data by these names from now on, the first one class 0.

    `data` is their fingerprint.
    """
    global _of_data, _data
    _of_data, _data = tuple(names), data


def use_names_of_run(names: Sequence[str], data: str = "") -> None:
    """Call what the network answers by these names from now on, of the run that is looked at.

    `data` is the fingerprint of what it learned from. Where just these are open, and one of both has only numbers for
    the classes, the other's names are those of both.
    """
    global _of_run, _run_data
    _of_run, _run_data = tuple(names), data


def names(*, answer: bool = False) -> tuple[str, ...]:
    """Return the names of all classes, class 0 first: of those of the data, or of what the network answers."""
    if not _of_run:
        return _of_data
    own, others = (_of_run, _of_data) if answer else (_of_data, _of_run)
    is_same_data = bool(_data) and _data == _run_data
    return others if is_same_data and _are_numbers(own) else own


def _are_numbers(called: Sequence[str]) -> bool:
    return all(name == f"{label}" for label, name in enumerate(called))


def class_name(label: int, *, answer: bool = False) -> str:
    """Return what a class is called; a network may know more classes than the data have names for."""
    called = names(answer=answer)
    return isolated(called[label]) if 0 <= label < len(called) else f"{label}"


def is_numbered(label: int, *, answer: bool = False) -> bool:
    """Whether the class has no other name than its number."""
    return class_name(label, answer=answer) == f"{label}"


def are_digits(*, answer: bool = False) -> bool:
    """Whether the classes have no other names than their numbers."""
    return _are_numbers(names(answer=answer))


def kind_of_thing() -> str:
    """Return what each of the images is, as far as that is known: `digit`, `picture`."""
    return "digit" if are_digits() else "picture"


def one_of_class(label: int, *, answer: bool = False) -> str:
    """Return a thing of that class, as part of a sentence: `a 3`, `ape`."""
    return f"a {label}" if is_numbered(label, answer=answer) else class_name(label, answer=answer)


def class_cell(label: int, *, answer: bool = False) -> int | str:
    """Return the class as a value in a table."""
    return label if is_numbered(label, answer=answer) else class_name(label, answer=answer)


def class_cells(count: int, *, answer: bool = False) -> list[int | str]:
    """Return the first classes as values in a table."""
    return [class_cell(label, answer=answer) for label in range(count)]


def brief_name(label: int, *, answer: bool = False) -> str:
    """Return two letters at most, for a mark that stands for the class."""
    called = names(answer=answer)
    return brief(called[label] if 0 <= label < len(called) else f"{label}")


def brief(name: str) -> str:
    """Return two letters of a class' name that no other class has, where there are such."""
    name = name.strip(ISOLATES)
    return _briefs((*names(), *names(answer=True))).get(name, name[:BRIEF])


@lru_cache(4)
def _briefs(called: tuple[str, ...]) -> dict[str, str]:
    """Return two letters for each name: the first ones, else the last, else the first pair that no other name has."""
    marks = dict[str, str]()
    for letters in (slice(BRIEF), slice(-BRIEF, None)):
        left = {name: name[letters].strip() for name in called if name not in marks}
        count = Counter([*left.values(), *marks.values()])
        marks |= {name: mark for name, mark in left.items() if count[mark] == 1}
    for name in dict.fromkeys(called):
        if name not in marks:
            taken = set(marks.values())
            pairs = map("".join, combinations(filter(str.isalnum, name), BRIEF))
            marks[name] = next((pair for pair in pairs if pair not in taken), name[:BRIEF])
    return marks


def fitted_name(label: int, room: float, letters: QFont, *, answer: bool = False) -> str:
    """Return the name of a class, shortened to the room in pixels as `elided_name` does."""
    return elided_name(class_name(label, answer=answer), room, letters)


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
        for label, name in enumerate(names())
        if not words or any(word in name.casefold() for word in words)
    ]


def names_room(count: int, letters: QFont, least: float, most: float, *, answer: bool = False) -> float:
    """Return how much room the names of the first classes take, with a gap: within bounds."""
    measure = QFontMetricsF(letters).horizontalAdvance
    named = [label for label in range(count) if not is_numbered(label, answer=answer)]
    widest = max((measure(class_name(label, answer=answer)) for label in named), default=0.0)
    return min(max(least, widest + 8), max(least, most))
