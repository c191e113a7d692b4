"""The text size, and sizes that depend on it.

Sizes in the code are pixels at a text size of 100 %. Pictures, gaps and lines do not change with it.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, cast, overload

from PySide6.QtCore import QEvent, QObject, QSize
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

SIZES = (80, 90, 100, 110, 125, 150, 175, 200)  # in percent
USUAL, PRESENTED = 100, 150  # the default, and that of presenter mode

_percent = USUAL
_kept: weakref.WeakKeyDictionary[QObject, list[Callable[[Any], object]]] = weakref.WeakKeyDictionary()


def text_size() -> int:
    """Return the text size in percent."""
    return _percent


def set_text_size(percent: int) -> None:
    """Set the text size; existing widgets change with `follow`. Raises `ValueError` if it is none of `SIZES`."""
    global _percent
    if percent not in SIZES:
        raise ValueError(f"Letters cannot have {percent} %.")
    _percent = percent


def step_from(percent: int, by: int) -> int:
    """Return the size that is `by` steps larger or smaller, at most the last one."""
    return SIZES[min(max(SIZES.index(percent) + by, 0), len(SIZES) - 1)]


@overload
def scaled(pixels: int) -> int: ...
@overload
def scaled(pixels: float) -> float: ...
def scaled(pixels: float) -> float:
    """Return `pixels` scaled with the text size; whole numbers stay whole."""
    if _percent == USUAL:
        return pixels
    exact = pixels * _percent / USUAL
    return round(exact) if isinstance(pixels, int) else exact


def grown(pixels: int) -> int:
    """Return `pixels` scaled with the text size, but never smaller: for widgets that also hold pictures and gaps."""
    return max(pixels, scaled(pixels))


def keep[Owner: QObject](owner: Owner, apply: Callable[[Owner], object]) -> None:
    """Call `apply(owner)` now, and whenever the text size changes while the owner exists.

    `apply` must not refer to the owner.
    """
    _kept.setdefault(owner, []).append(apply)
    apply(owner)


def measured[Owner: QWidget](owner: Owner, apply: Callable[[Owner], object]) -> None:
    """Call `apply` as `keep` does, and whenever the widget's style changes.

    For callers that measure a widget: the style sheet is the window's, so a widget has its final edges and letters only
    once it is in the window.
    """
    keep(owner, apply)
    owner.installEventFilter(_Dresser(owner, apply))


def sized(setter: Callable[..., object], *pixels: int | QSize, shrinks: bool = True) -> None:
    """Call a widget's method with sizes that are scaled with the text size: `sized(button.setFixedSize, 20, 20)`.

    A later call for the same method replaces an earlier one. Without `shrinks` the sizes are as of `grown`.
    """
    owner, name = cast("Any", setter).__self__, cast("Any", setter).__name__
    calls = _kept.setdefault(owner, [])
    calls[:] = [call for call in calls if not (isinstance(call, _Sizes) and call.name == name)]
    keep(owner, _Sizes(name, pixels, shrinks))


def follow() -> None:
    """Apply the current text size to all existing widgets."""
    for owner, calls in list(_kept.items()):
        if isValid(owner):
            for apply in calls:
                apply(owner)


class _Dresser(QObject):
    """Calls `apply` with its widget when the widget's style changes."""

    def __init__(self, owner: QWidget, apply: Callable[[Any], object]) -> None:
        super().__init__(owner)
        self._apply = apply

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.StyleChange:
            self._apply(watched)
        return False


class _Sizes:
    """Calls a method of its owner with scaled sizes."""

    def __init__(self, name: str, pixels: tuple[int | QSize, ...], shrinks: bool) -> None:
        self.name, self._pixels, self._measure = name, pixels, scaled if shrinks else grown

    def __call__(self, owner: Any) -> None:
        getattr(owner, self.name)(*map(self._measured, self._pixels))

    def _measured(self, pixels: int | QSize) -> int | QSize:
        if isinstance(pixels, QSize):
            return QSize(self._measure(pixels.width()), self._measure(pixels.height()))
        return self._measure(pixels)
