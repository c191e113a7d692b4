"""How classes are told apart: their names, shortened to the available width, and marks besides their ten colours.

The class of an image has its name in the open data. An answer of a network (`answer`) has its name in the data that
the selected run learned from, which may be others. Like the theme the names are global: a view asks for them when it
writes or paints.

Of ten colours some are close, more so to colour-blind eyes: their points have different shapes. The next ten classes
have the same colours with other shapes and with line patterns over areas, and so on, so that a hundred classes differ,
which is more than data may have.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPolygonF

from engine.core.language import tr
from engine.core.text import END_OF_ISOLATE, ISOLATE, isolated

ISOLATES = ISOLATE + END_OF_ISOLATE  # the marks that `isolated` adds, which must not be cut off
BRIEF = 2  # number of letters of a brief name

# Names of the classes, and fingerprint of the data: of the open data, and of those that the selected run learned from.
_of_data: tuple[str, ...] = ()
_data = ""
_of_run: tuple[str, ...] = ()
_run_data = ""


def use_names(names: Sequence[str], data: str = "") -> None:
    """Set the names of the classes of the open data, from class 0; `data` is the fingerprint of the data."""
    global _of_data, _data
    _of_data, _data = tuple(names), data


def use_names_of_run(names: Sequence[str], data: str = "") -> None:
    """Set the names of the answers of the selected run; `data` is the fingerprint of the data it learned from.

    If these data are open, and either the data or the run has only numbers as names, both use the other's names.
    """
    global _of_run, _run_data
    _of_run, _run_data = tuple(names), data


def names(*, answer: bool = False) -> tuple[str, ...]:
    """Return the names of all classes from class 0, of the open data, or of the network's answers."""
    if not _of_run:
        return _of_data
    own, others = (_of_run, _of_data) if answer else (_of_data, _of_run)
    is_same_data = bool(_data) and _data == _run_data
    return others if is_same_data and _are_numbers(own) else own


@lru_cache(8)
def _are_numbers(texts: tuple[str, ...]) -> bool:
    return all(text == f"{label}" for label, text in enumerate(texts))


def class_name(label: int, *, answer: bool = False) -> str:
    """Return the name of a class, or its number: a network may have more classes than there are names."""
    known = names(answer=answer)
    return isolated(known[label]) if 0 <= label < len(known) else f"{label}"


def is_numbered(label: int, *, answer: bool = False) -> bool:
    """Return whether the name of the class is its number."""
    return class_name(label, answer=answer) == f"{label}"


def are_digits(*, answer: bool = False) -> bool:
    """Return whether the names of all classes are their numbers."""
    return _are_numbers(names(answer=answer))


def one_of_class(label: int, *, answer: bool = False) -> str:
    """Return an object of that class as part of a sentence: `a 3`, `ape`."""
    # Translators: a picture of a digit, as a part of sentences.
    return tr("a {digit}", digit=label) if is_numbered(label, answer=answer) else class_name(label, answer=answer)


def class_cell(label: int, *, answer: bool = False) -> int | str:
    """Return the class as a value in a table."""
    return label if is_numbered(label, answer=answer) else class_name(label, answer=answer)


def class_cells(count: int, *, answer: bool = False) -> list[int | str]:
    """Return the first classes as values in a table."""
    return [class_cell(label, answer=answer) for label in range(count)]


def brief_name(label: int, *, answer: bool = False) -> str:
    """Return at most two letters, for a mark of the class."""
    known = names(answer=answer)
    return brief(known[label] if 0 <= label < len(known) else f"{label}")


def brief(name: str) -> str:
    """Return two letters of a class' name that no other class has, if there are any."""
    name = name.strip(ISOLATES)
    return _briefs((*names(), *names(answer=True))).get(name, name[:BRIEF])


@lru_cache(4)
def _briefs(known: tuple[str, ...]) -> dict[str, str]:
    """Return two letters for each name: the first, else the last, else the first pair that no other name has."""
    marks = dict[str, str]()
    for letters in (slice(BRIEF), slice(-BRIEF, None)):
        left = {name: name[letters].strip() for name in known if name not in marks}
        count = Counter([*left.values(), *marks.values()])
        marks |= {name: mark for name, mark in left.items() if count[mark] == 1}
    for name in dict.fromkeys(known):
        if name not in marks:
            taken = set(marks.values())
            pairs = map("".join, combinations(filter(str.isalnum, name), BRIEF))
            marks[name] = next((pair for pair in pairs if pair not in taken), name[:BRIEF])
    return marks


def fitted_name(label: int, room: float, letters: QFont, *, answer: bool = False) -> str:
    """Return the name of a class, shortened to `room` pixels as by `elided_name`."""
    return elided_name(class_name(label, answer=answer), room, letters)


def elided_name(name: str, room: float, letters: QFont) -> str:
    """Return a class' name shortened in its middle to `room` pixels; where not even that fits, the `brief` name.

    The end is kept because similar names differ there: `Kla…17` and `Kla…18`.
    """
    wide = QFontMetricsF(letters).horizontalAdvance
    if wide(name) <= room:
        return name
    name = name.strip(ISOLATES)
    for count in range(len(name) - 1, BRIEF, -1):
        end = max(BRIEF, count // 2)
        text = f"{name[: count - end].rstrip()}…{name[-end:].lstrip()}"
        if wide(text) <= room:
            return isolated(text)
    return brief(name)


def found_classes(text: str) -> list[int]:
    """Return the numbers of the classes whose names contain one of the comma-separated words; all for an empty text."""
    words = [word for part in text.split(",") if (word := part.strip().casefold())]
    return [label for label, name in enumerate(names()) if not words or any(word in name.casefold() for word in words)]


def names_room(count: int, letters: QFont, least: float, most: float, *, answer: bool = False) -> float:
    """Return the width for the names of the first classes with a gap, between `least` and `most`."""
    measure = QFontMetricsF(letters).horizontalAdvance
    named = [label for label in range(count) if not is_numbered(label, answer=answer)]
    widest = max((measure(class_name(label, answer=answer)) for label in named), default=0.0)
    return min(max(least, widest + 8), max(least, most))


COLORS = 10  # number of colours
REACH = 1.6  # maximum distance of a corner from the centre, in radii of a dot


def _rotated(points: Iterable[tuple[float, float]], *degrees: float) -> list[QPointF]:
    """Return the points rotated about (0, 0) by each of the angles in turn."""
    turns = [(math.sin(angle), math.cos(angle)) for angle in map(math.radians, degrees)]
    return [QPointF(cosine * x - sine * y, sine * x + cosine * y) for sine, cosine in turns for x, y in points]


_TRIANGLE = (0.0, -REACH), (1.35, 0.85), (-1.35, 0.85)
_CORNER, _ARM, _BAR = (((0.0, -1.5),), ((-0.4, -REACH), (0.4, -REACH), (0.4, -0.4)), ((1.6, -0.6), (1.6, 0.6)))
_QUARTERS = 0, 90, 180, 270

# Dot (`None`), triangle, cross, square ..., around (0, 0), in the size of a dot of radius 1.
SHAPES = (
    None,
    _rotated(_TRIANGLE, 0),
    _rotated(_ARM, *(angle + 45 for angle in _QUARTERS)),
    _rotated(_CORNER, *(angle + 45 for angle in _QUARTERS)),
    _rotated(_TRIANGLE, 180),
    _rotated(_ARM, *_QUARTERS),
    _rotated(_CORNER, *_QUARTERS),
    _rotated(_BAR, 0, 180),
    _rotated(_TRIANGLE, 90),
    _rotated(_BAR, 90, 270),
)

_STYLE = Qt.BrushStyle

# Line patterns over an area, in the same order.
LINES = (
    _STYLE.NoBrush,
    _STYLE.BDiagPattern,
    _STYLE.DiagCrossPattern,
    _STYLE.HorPattern,
    _STYLE.FDiagPattern,
    _STYLE.CrossPattern,
    _STYLE.VerPattern,
    _STYLE.Dense7Pattern,
    _STYLE.Dense6Pattern,
    _STYLE.Dense5Pattern,
)


def lines_of(number: int) -> Qt.BrushStyle:
    """Return the line pattern over an area of a class; none for the first ten."""
    return LINES[number // COLORS % len(LINES)]


# Shapes of the first ten classes. Those of one shape differ by 40 in CIELAB, also without red or green cones; of all
# ten, 3 and 8, or 0 and 4, by 18.
_FIRST = (0, 2, 2, 2, 1, 0, 0, 1, 1, 0)


def shape_of(number: int) -> int:
    """Return the shape of a class' points as an index of `SHAPES`; 0 is a dot."""
    return (number // COLORS + _FIRST[number % COLORS]) % len(SHAPES)


def draw_mark(painter: QPainter, middle: QPointF, radius: float, number: int) -> None:
    """Draw a point of a class, about as large as a dot of that radius, with the current pen and brush."""
    shape = SHAPES[shape_of(number)]
    if shape is None:
        painter.drawEllipse(middle, radius, radius)
    else:
        painter.drawPolygon(QPolygonF([middle + corner * radius for corner in shape]))
