"""The table beside a file of weights: what the network reads and its layers, in TOML, which a person writes.

input = [3, 32, 32]
layers = "conv 16 5x5, batchnorm epsilon 0.00001, relu, maxpool, 64 relu"
order = "torch"
names = ["conv1", "bn1", "fc1", "fc2"]
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.plain import several, whole, word
from engine.core.text import all_of, clipped, either
from engine.data.formats.checks import LONGEST_SIDE
from engine.data.formats.reading import opened

SUFFIX = ".toml"
MOST_BYTES = 2**16
LONGEST_LAYERS = 5000  # letters
MOST_NAMES, LONGEST_NAME = 1000, 500  # names of layers, and letters of one
LONGEST_ECHO = 40  # letters of the table's own words in a sentence

TORCH, KERAS = ORDERS = ("torch", "keras")  # no text
ENTRIES = ("input", "layers", "order", "names")
EXAMPLE = 'input = [28, 28], layers = "conv 16 5x5, relu, maxpool, 64 relu", order = "torch"'  # no text

WRONG = {
    "input": mark("{entry} must be rows and columns such as [28, 28], with three channels [3, 32, 32] or [32, 32, 3]"),
    "layers": mark("{entry} must be a text of at most {most:,} letters"),
    "order": mark("{entry} must be {orders}"),
    "names": mark("{entry} must be a list of names, each another one"),
}


class Table(NamedTuple):
    """What is said of a network: rows and columns, whether it reads three channels, the text of its layers.

    Without an `order` and `names` these follow from the file of weights.
    """

    file: str  # for sentences
    shape: tuple[int, int]
    is_coloured: bool
    layers: str
    order: str = ""
    names: tuple[str, ...] = ()


def table_beside(path: Path) -> Path:
    """Return the place of the table for a file of weights: `model.toml` for `model.npz`."""
    return path.with_suffix(SUFFIX)


def read_table(path: Path) -> Table:
    """Read a table; raise `UserError` in a sentence that names the entry."""
    with opened(path) as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise _refused(path, tr("it is longer than {most:,} bytes", most=MOST_BYTES))
    try:
        values = tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as problem:
        place = re.search(r"\(at line ([0-9]+), column [0-9]+\)$", str(problem))  # no text
        reason = tr("line {number} is no TOML", number=place[1]) if place else tr("it is no TOML")
        raise _refused(path, reason) from None
    return table_of(values, path)


def table_of(values: Mapping[str, Any], path: Path) -> Table:
    """Return what the values of a table say; raise `UserError` for others."""
    if others := [clipped(name, LONGEST_ECHO) for name in values if name not in ENTRIES]:
        raise _refused(path, tr("there is no entry {name}, but {names}", name=others[0], names=all_of(ENTRIES)))
    for name in ENTRIES[:2]:
        if name not in values:
            raise _refused(path, tr("its entry {name} is missing", name=name))
    entry = ""
    try:
        entry = "input"
        shape, is_coloured = _input(values[entry])
        entry = "layers"
        layers = word(values[entry], LONGEST_LAYERS)
        entry = "order"
        order = word(values.get(entry, ""))
        if order not in ("", *ORDERS):
            raise ValueError("That is none of the orders.")
        entry = "names"
        names = tuple(word(name, LONGEST_NAME) for name in several(values.get(entry, []), 0, MOST_NAMES))
        if len(set(names)) < len(names):
            raise ValueError("Two have one name.")
    except ValueError:
        reason = tr(WRONG[entry], entry=entry, orders=either(ORDERS), most=LONGEST_LAYERS)
        raise _refused(path, reason) from None
    return Table(path.name, shape, is_coloured, layers, order, names)


def _input(value: Any) -> tuple[tuple[int, int], bool]:
    sides = [whole(side, 1, LONGEST_SIDE) for side in several(value, 2, 3)]
    if len(sides) == 2:
        return (sides[0], sides[1]), False
    for channels, shape in ((sides[0], sides[1:]), (sides[2], sides[:2])):
        if channels in (1, 3):
            return (shape[0], shape[1]), channels == 3
    raise ValueError("These are neither one nor three channels.")


def _refused(path: Path, reason: str) -> UserError:
    hint = tr("Write for example: {example}.", example=EXAMPLE)
    return UserError(tr("{file} cannot be read: {reason}.", file=path.name, reason=reason), hint=hint)
