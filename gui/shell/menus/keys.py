"""What keys do in focused widgets, as `resources/help/keys.toml` lists them for the help."""

import functools
from collections.abc import Mapping
from typing import NamedTuple

from PySide6.QtGui import QKeySequence

from engine.core.machine.resources import read_toml

NATIVE = QKeySequence.SequenceFormat.NativeText

# Names for several keys, which have one row in the help.
GROUPS = {"Arrows": ("Left", "Right", "Up", "Down"), "Digits": tuple("0123456789")}

EVERYWHERE = "everywhere"


class Keys(NamedTuple):
    """The keys of one widget, or of several alike."""

    place: str  # the widget's name for a person
    does: Mapping[str, str]  # what they do, by keys such as `Shift+Arrows` or `Delete, Backspace`
    widget: str = ""  # object name of the widget, or of one of them; empty for widgets in many places


@functools.cache
def all_keys() -> dict[str, list[Keys]]:
    """Return the keys by the name of a tab's folder, or `EVERYWHERE`."""
    groups = read_toml("help/keys.toml")
    shared = {"": {}, **groups.pop("shared")}

    def keys(place: str, widget: str = "", like: str = "", does: Mapping[str, str] | None = None) -> Keys:
        return Keys(place, {**shared[like], **(does or {})}, widget)

    return {name: [keys(**table) for table in tables] for name, tables in groups.items()}


def sequences(keys: str) -> list[QKeySequence]:
    """Return each key that `keys` names."""
    sequences: list[QKeySequence] = []
    for part in keys.split(", "):
        name = next((group for group in GROUPS if part.endswith(group)), part)
        sequences += [QKeySequence(part.removesuffix(name) + key) for key in GROUPS.get(name, (name,))]
    return sequences


def in_words(keys: str) -> str:
    """Return keys as this system writes them; groups keep their names."""
    return ", ".join(
        part if part.endswith(tuple(GROUPS)) else QKeySequence(part).toString(NATIVE) for part in keys.split(", ")
    )
