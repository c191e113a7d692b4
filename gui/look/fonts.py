"""The shipped fonts, the same on every machine; the type scale; the text size, and what depends on it.

Sizes in the code are pixels at a text size of 100 %. Pictures, gaps and lines do not change with it.
"""

import functools
import weakref
from collections.abc import Callable
from typing import Any, cast, overload

from PySide6.QtCore import QEvent, QObject, QSize
from PySide6.QtGui import QFont, QFontDatabase, QFontMetrics
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from engine.core.machine.folders import RESOURCES
from engine.core.machine.print_theme import measures

SIZES = (80, 90, 100, 110, 125, 150, 175, 200)  # in percent
USUAL, PRESENTED = 100, 150  # the default, and that of presenter mode
STYLE, LAYOUT = QEvent.Type.StyleChange, QEvent.Type.LayoutRequest

_percent = USUAL
_kept: weakref.WeakKeyDictionary[QObject, list[Callable[[Any], object]]] = weakref.WeakKeyDictionary()


metrics = measures  # returns sizes, spacings and radii at a text size of 100 %


def load_fonts() -> None:
    """Add the shipped fonts to Qt; needs an application."""
    for file in sorted((RESOURCES / "fonts").glob("*.otf")):
        QFontDatabase.addApplicationFont(str(file))


def font(role: str = "body", *, numbers: bool = False) -> QFont:
    """Return a font of the type scale: `body`, `label`, `caption`, `axis`, `title`, `value`, `answer` ...

    With `numbers` all digits are equally wide, so that a changing figure does not jump. Only for numbers, as in text
    it would widen the hyphen.
    """
    return QFont(_cached(role, numbers, text_size()))  # a copy, which the caller may change


def set_font(widget: QWidget, role: str, *, numbers: bool = False) -> None:
    """Set a widget's font, see `font`, and again whenever the text size changes."""
    keep(widget, lambda widget: widget.setFont(font(role, numbers=numbers)))


def longest_word(*texts: str, role: str = "caption") -> int:
    """Return the room of the longest word of some texts, in pixels: they may break between all words there."""
    measure = QFontMetrics(font(role)).horizontalAdvance
    return max(measure(word) for text in texts for word in text.split()) + 2


def code_font() -> QFont:
    """Return the font of code: the system's monospaced one."""
    result = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    result.setPixelSize(size_of("code"))
    return result


def size_of(role: str) -> int:
    """Return a size of the type scale in pixels; huge ones do not change with the text size."""
    entry = metrics()["fonts"][role]
    size: int = entry["size"]
    return size if entry.get("huge") else scaled(size)


@functools.cache
def _cached(role: str, numbers: bool, percent: int) -> QFont:
    entry = metrics()["fonts"][role]
    result = QFont(metrics()["family"])
    result.setPixelSize(size_of(role))
    result.setWeight(QFont.Weight(entry["weight"]))
    # With full hinting, a setting of the machine, letters have other widths than those that are drawn.
    result.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
    if numbers:
        result.setFeature(QFont.Tag("tnum"), 1)
    return result


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
    """Call `apply(owner)` now and, while the owner lives, at each change of text size; `apply` must not refer to it."""
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


def column(widget: QWidget, pixels: int, *, grows: bool = False) -> None:
    """Fix the width of a column beside others: `grown(pixels)`, or what its words need where that is more.

    One that `grows` has at least that width. While the page is too narrow for columns, which sets other limits, it has
    any width.
    """

    def fit(widget: QWidget) -> None:
        width = max(grown(pixels), widget.minimumSizeHint().width())
        (widget.setMinimumWidth if grows else widget.setFixedWidth)(width)

    def fit_again(widget: QWidget) -> None:
        if widget.minimumWidth():
            fit(widget)

    keep(widget, fit)
    widget.installEventFilter(_Dresser(widget, fit_again, LAYOUT))


def follow() -> None:
    """Apply the current text size to all existing widgets."""
    for owner in filter(isValid, list(_kept)):
        size_again(owner)


def size_again(owner: QObject) -> None:
    """Apply the current text size to one widget."""
    for apply in _kept.get(owner, ()):
        apply(owner)


class _Dresser(QObject):
    """Calls `apply` with its widget at an event: when the widget's style changes, or what is in it needs other room."""

    def __init__(self, owner: QWidget, apply: Callable[[Any], object], event: QEvent.Type = STYLE) -> None:
        super().__init__(owner)
        self._apply, self._event = apply, event

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == self._event:
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
