"""How large letters are, and what goes with them: whoever gives something a size that was made for letters asks here.

Pixels in the code are those of letters of 100 %. Pictures, gaps and lines stay as they are.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, cast, overload

from PySide6.QtCore import QEvent, QObject, QSize
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

SIZES = (80, 90, 100, 110, 125, 150, 175, 200)  # the sizes of letters that there are, in percent
USUAL, PRESENTED = 100, 150  # at first, and at first in presenter mode

_percent = USUAL
_kept: weakref.WeakKeyDictionary[QObject, list[Callable[[Any], object]]] = weakref.WeakKeyDictionary()


def text_size() -> int:
    """Return how large letters are, in percent."""
    return _percent


def set_text_size(percent: int) -> None:
    """Let letters be so large from now on; what is there has to `follow`. Raises `ValueError` for none of `SIZES`."""
    global _percent
    if percent not in SIZES:
        raise ValueError(f"Letters cannot have {percent} %.")
    _percent = percent


def step_from(percent: int, by: int) -> int:
    """Return the size that is `by` steps larger, or smaller; the last one at an end."""
    return SIZES[min(max(SIZES.index(percent) + by, 0), len(SIZES) - 1)]


@overload
def scaled(pixels: int) -> int: ...
@overload
def scaled(pixels: float) -> float: ...
def scaled(pixels: float) -> float:
    """Return the pixels that letters of the present size need instead of `pixels`; whole ones stay whole."""
    if _percent == USUAL:
        return pixels
    exact = pixels * _percent / USUAL
    return round(exact) if isinstance(pixels, int) else exact


def grown(pixels: int) -> int:
    """Return the pixels that letters of the present size need instead of `pixels`, but no fewer with small letters.

    For what holds pictures, edges and gaps as well: those are never smaller.
    """
    return max(pixels, scaled(pixels))


def keep[Owner: QObject](owner: Owner, apply: Callable[[Owner], object]) -> None:
    """Call `apply` with `owner` now, and again whenever letters have another size, as long as it lives.

    `apply` must not hold the owner itself.
    """
    _kept.setdefault(owner, []).append(apply)
    apply(owner)


def measured[Owner: QWidget](owner: Owner, apply: Callable[[Owner], object]) -> None:
    """Call `apply` as `keep` does, and whenever the widget gets another style sheet.

    For what measures how a widget looks: the window alone carries the style sheet, so a widget has its edges and
    letters only when it has been put there.
    """
    keep(owner, apply)
    owner.installEventFilter(_Dresser(owner, apply))


def sized(setter: Callable[..., object], *pixels: int | QSize, shrinks: bool = True) -> None:
    """Give a widget sizes that go with its letters: `setter` is one of its methods, as `button.setFixedSize`.

    The latest call for a method holds: an earlier one of the same is forgotten. What `shrinks` not is as `grown` says.
    """
    owner, name = cast("Any", setter).__self__, cast("Any", setter).__name__
    calls = _kept.setdefault(owner, [])
    calls[:] = [each for each in calls if not (isinstance(each, _Sizes) and each.name == name)]
    keep(owner, _Sizes(name, pixels, shrinks))


def follow() -> None:
    """Bring all that was kept up to the present size."""
    for owner, calls in list(_kept.items()):
        if isValid(owner):
            for apply in calls:
                apply(owner)


class _Dresser(QObject):
    """Calls `apply` with the widget it belongs to when that has another style sheet."""

    def __init__(self, owner: QWidget, apply: Callable[[Any], object]) -> None:
        super().__init__(owner)
        self._apply = apply

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.StyleChange:
            self._apply(watched)
        return False


class _Sizes:
    """Calls one method of its owner with pixels that go with letters."""

    def __init__(self, name: str, pixels: tuple[int | QSize, ...], shrinks: bool) -> None:
        self.name, self._pixels, self._measure = name, pixels, scaled if shrinks else grown

    def __call__(self, owner: Any) -> None:
        getattr(owner, self.name)(*map(self._measured, self._pixels))

    def _measured(self, pixels: int | QSize) -> int | QSize:
        if isinstance(pixels, QSize):
            return QSize(self._measure(pixels.width()), self._measure(pixels.height()))
        return self._measure(pixels)
