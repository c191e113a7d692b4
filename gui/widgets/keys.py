"""What keys do where a widget has the focus, declared beside the code that does it: the help sheet lists these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from PySide6.QtGui import QKeySequence

NATIVE = QKeySequence.SequenceFormat.NativeText

GROUPS = {"Arrows": ("Left", "Right", "Up", "Down"), "Digits": tuple("0123456789")}
"""Several keys that go by one name: a sheet with a row for each would say the same again and again."""


class Keys(NamedTuple):
    """The keys of one widget, or of several alike."""

    widget: str
    """The object name of the widget, or of one of them."""
    place: str
    """What a person calls it."""
    does: Mapping[str, str]
    """By keys, such as `Shift+Arrows` or `Delete, Backspace`: a sentence that says what they do."""


def sequences(keys: str) -> list[QKeySequence]:
    """Return each key that `keys` names."""
    found: list[QKeySequence] = []
    for part in keys.split(", "):
        name = next((group for group in GROUPS if part.endswith(group)), part)
        found += [QKeySequence(part.removesuffix(name) + key) for key in GROUPS.get(name, (name,))]
    return found


def in_words(keys: str) -> str:
    """Return keys as this system writes them; groups keep their names."""
    return ", ".join(
        part if part.endswith(tuple(GROUPS)) else QKeySequence(part).toString(NATIVE)
        for part in keys.split(", ")
    )
