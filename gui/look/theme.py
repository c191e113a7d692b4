"""The theme: tokens from `resources/theme` as palette and style sheet, light or dark, in usual or high contrast.

It can change at any time.

A widget that paints itself reads `theme().current` when it paints, and listens to `theme().changed`.
"""

import contextlib
import functools
import json
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, replace
from string import Template
from typing import Any, Literal

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPalette
from PySide6.QtWidgets import QApplication, QLayout, QStyleFactory, QWidget
from shiboken6 import isValid

from engine.core.machine.folders import RESOURCES
from gui.look.fonts import follow, font, load_fonts, metrics, scaled, set_text_size, size_of, text_size

type Choice = Literal["system", "light", "dark"]
type Contrast = Literal["system", "usual", "high"]

# The colour map of numbers: the theme's own, or a well-known one; then CET-CBD1 for signed numbers.
type Maps = Literal["theme", "viridis", "cividis", "cet_cbl1"]

BORDER = 1  # width of a button's border, which its heights in the style sheet do not include


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tokens:
    """The colours of a theme as `#RRGGBB`, by their use."""

    name: str
    dark: bool
    high: bool  # whether all words and signs have a contrast of 7:1
    least_opacity: float  # of bars and curves, which are fainter where they matter less
    ring: int  # width of the ring of the focus, in pixels
    window: str
    surface: str
    raised: str
    line: str
    text: str
    muted: str
    faint: str
    accent: str
    on_accent: str
    accent_soft: str
    chosen_line: str  # around the entry of a menu that the keys have reached
    focus: str
    good: str
    warn: str
    bad: str
    mark: str  # what a lesson points at
    curve_1: str
    curve_2: str
    curve_3: str
    curve_1_text: str
    curve_2_text: str
    curve_3_text: str
    magnitude: tuple[str, ...]  # seven equal steps from 0 to the maximum
    signed: tuple[str, ...]  # seven equal steps from most negative through zero to most positive
    on_class: str  # words on the colours of classes
    classes: tuple[str, ...]  # ten colours for areas and dots that colour-blind people can tell apart
    # The same ten for lines, with enough contrast on this theme's panels even if thin and translucent.
    runs: tuple[str, ...]

    def code(self, name: str) -> str:
        """Return the token `name` (`class_3`, `run_3` ...) as `#RRGGBB`; raises `AttributeError` for an unknown one."""
        word, _, number = name.rpartition("_")
        if word in ("class", "run"):
            return (self.classes if word == "class" else self.runs)[int(number)]
        code: str = getattr(self, name)
        return code

    def color(self, name: str, opacity: float = 1.0) -> QColor:
        color = QColor(self.code(name))
        color.setAlphaF(opacity)
        return color

    def sign(self, name: str, opacity: float = 1.0) -> QColor:
        """Return the colour of a bar, an area or a curve, which is never fainter than this theme allows."""
        has_words = self.high and name.startswith("class_")
        return self.color(name, 1.0 if has_words else max(opacity, self.least_opacity))


def class_token(number: int) -> str:
    """Return the name of the colour of class `number`; the ten colours repeat."""
    return f"class_{number % 10}"


def run_token(number: int) -> str:
    """Return the name of the colour of run `number`; the ten colours repeat."""
    return f"run_{number % 10}"


@functools.cache
def tokens(name: str) -> Tokens:
    """Return the tokens of the theme `light` or `dark`, or that in high contrast, `light_high` or `dark_high`."""
    values: dict[str, Any] = json.loads((RESOURCES / "theme" / f"{name}.json").read_text("utf-8"))
    for colors in ("magnitude", "signed", "classes", "runs"):
        values[colors] = tuple(values[colors])
    return Tokens(**values)


@functools.cache
def tokens_with(name: str, maps: Maps) -> Tokens:
    """Return the tokens of a theme with a colour map for numbers."""
    if maps == "theme":
        return tokens(name)
    steps: dict[str, list[str]] = json.loads((RESOURCES / "theme" / "maps.json").read_text("utf-8"))
    current = replace(tokens(name), magnitude=tuple(steps[maps]))
    # The ends of CET-CBD1 have a contrast of less than 3:1 with its zero.
    return current if current.high else replace(current, signed=tuple(steps["cet_cbd1"]))


class Theme(QObject):
    """The application's theme; `changed` is sent after new colours or another text size were applied."""

    changed = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self.choice: Choice = "system"  # the chosen theme, or `system`
        self.contrast: Contrast = "system"
        self._hints = app.styleHints()  # PySide deletes `accessibility()` with this wrapper
        self.maps: Maps = "theme"  # the colour map of numbers
        self.current = self._tokens()
        self._applied = self._applied_to_all = ("", 0)
        self._dressed = weakref.WeakSet[QWidget]()
        load_fonts()
        self._hints.colorSchemeChanged.connect(self._follow_system)
        self._hints.accessibility().contrastPreferenceChanged.connect(self._follow_system)

    def choose(self, choice: Choice) -> None:
        self.choice = choice
        self.current = self._tokens()
        self.apply()

    def choose_contrast(self, contrast: Contrast) -> None:
        self.contrast = contrast
        self.choose(self.choice)

    def choose_maps(self, maps: Maps) -> None:
        if maps != self.maps:
            self.maps = maps
            self.current = self._tokens()
            if self._is_applied:
                self.changed.emit()

    @contextlib.contextmanager
    def worn(self, name: Literal["light", "dark"], widget: QWidget) -> Iterator[None]:
        """Give a widget, and all widgets that paint themselves, another theme for a `with` block, to draw a figure.

        Nothing is painted on the screen meanwhile. The window keeps its style sheet, so the change is fast.
        """
        before, sheet = self.current, widget.styleSheet()
        self.current = tokens_with(name, self.maps)
        widget.setStyleSheet(style_sheet(self.current))
        self.changed.emit()
        try:
            yield
        finally:
            self.current = before
            widget.setStyleSheet(sheet)
            self.changed.emit()

    def choose_text_size(self, percent: int) -> None:
        if percent != text_size():
            set_text_size(percent)
            if self._is_applied:
                self.apply()

    def present(self, percent: int, *, thick: bool) -> None:
        """Set the text size, and the width of lines of data."""
        lines_change = thick != is_thick()
        set_thick(thick)
        if percent != text_size():
            self.choose_text_size(percent)
        elif lines_change and self._is_applied:
            self.changed.emit()

    def apply(self) -> None:
        """Set the application's style, font, palette and style sheet for the current theme and text size."""
        current, percent = self.current, text_size()
        (before, percent_before), self._applied = self._applied, (current.name, percent)
        if self._applied == (before, percent_before):
            return
        if not before:
            self._app.setStyle(QStyleFactory.create("Fusion"))  # no text
        if percent != percent_before:
            self._app.setFont(font())
        if current.name != before:
            self._app.setPalette(palette(current))
        for window in filter(isValid, self._dressed):
            window.setStyleSheet(style_sheet(current))
        self._apply_to_all()
        if percent != percent_before:
            follow()
        self.changed.emit()
        if percent != percent_before:
            # Layouts would keep the size hints of hidden widgets from before: Qt updates only those of visible ones.
            for window in filter(isValid, self._dressed):
                for layout in window.findChildren(QLayout):
                    layout.invalidate()
                for widget in window.findChildren(QWidget):
                    if not widget.isVisible():
                        widget.updateGeometry()

    @property
    def _is_applied(self) -> bool:
        return bool(self._applied[0])

    def dress(self, window: QWidget) -> None:
        """Set the style sheet on a window, for it and its dialogs, and none on the application while it exists."""
        # Qt applies a change of the application's sheet to each widget once for each of its ancestors: 0.6 s for the
        # main window instead of 0.13. And it computes the style of each part of a tab again whenever that is put into
        # a larger one, with which the window would open in half as much time again.
        self._dressed.add(window)
        self._apply_to_all()
        if self._is_applied:
            window.setStyleSheet(style_sheet(self.current))
        window.destroyed.connect(self._undress)

    def _undress(self) -> None:
        QTimer.singleShot(0, self, self._apply_to_all)  # its children are still there

    def _apply_to_all(self) -> None:
        wanted = ("", 0) if any(map(isValid, self._dressed)) else self._applied
        if wanted != self._applied_to_all:
            self._applied_to_all = wanted
            self._app.setStyleSheet(style_sheet(self.current) if wanted[0] else "")

    def _follow_system(self) -> None:
        self.current = self._tokens()
        if self._is_applied:
            self.apply()

    def _tokens(self) -> Tokens:
        shade = self.choice
        if shade == "system":
            shade = "dark" if self._hints.colorScheme() == Qt.ColorScheme.Dark else "light"
        is_preferred = self._hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast
        is_high = is_preferred if self.contrast == "system" else self.contrast == "high"
        return tokens_with(f"{shade}_high" if is_high else shade, self.maps)


def theme() -> Theme:
    """Return the theme of the application, whose child it is."""
    global _theme
    if _theme is None or not isValid(_theme):
        app = QApplication.instance()
        assert isinstance(app, QApplication), "A theme needs an application."
        _theme = Theme(app)
    return _theme


_theme: Theme | None = None  # each mark that is painted asks for it


def palette(colors: Tokens) -> QPalette:
    """Return the palette, for what the style sheet leaves to Fusion: selections, links, menus, dialogs."""
    result = QPalette()
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    for color_role, name in {
        role.Window: "window",
        role.WindowText: "text",
        role.Base: "surface",
        role.AlternateBase: "raised",
        role.Text: "text",
        role.Button: "raised",
        role.ButtonText: "text",
        role.BrightText: "on_accent",
        role.Highlight: "accent",
        role.HighlightedText: "on_accent",
        role.Link: "accent",
        role.LinkVisited: "accent",
        role.PlaceholderText: "faint",
        role.ToolTipBase: "raised",
        role.ToolTipText: "text",
        role.Light: "surface",
        role.Midlight: "raised",
        role.Mid: "line",
        role.Dark: "line",
        role.Shadow: "window",
        role.Accent: "accent",
    }.items():
        result.setColor(color_role, colors.color(name))
    for color_role in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(group.Disabled, color_role, colors.color("faint"))
    return result


def style_sheet(colors: Tokens) -> str:
    """Return the style sheet with the tokens and measures filled in."""
    measures: dict[str, Any] = metrics()
    names = _Names({name: getattr(colors, name) for name in Tokens.__slots__})
    names |= {f"{role}_size": size_of(role) for role in measures["fonts"]}
    names |= {f"{name}_radius": radius for name, radius in measures["radius"].items()}
    # The wider edge of a field with the focus leaves its words where they are.
    names |= {"ring_padding": 9 - colors.ring, "ring_height": scaled(24) - 2 * (colors.ring - 2)}
    # Qt ignores a larger radius, and does not show an item of the menu bar that is higher than the bar.
    names["chip_radius"] = scaled(measures["height"]["chip"] - 2 * BORDER) // 2 + BORDER
    line = QFontMetrics(font()).size(0, "File").height()  # no text: all letters are as high
    names["menu_padding"] = (scaled(measures["height"]["menu"]) - line) // 2
    names["start"], names["end"] = ("right", "left") if QApplication.isRightToLeft() else ("left", "right")
    return Template((RESOURCES / "theme" / "style.qss").read_text("utf-8")).substitute(names)


class _Names(dict[str, object]):
    """The values of the style sheet's names; `px_28` is 28 pixels scaled with the text size."""

    def __missing__(self, name: str) -> str:
        kind, _, pixels = name.partition("_")
        if kind != "px" or not pixels.isdigit():
            raise KeyError(name)
        return f"{scaled(int(pixels))}px"


@functools.cache
def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21, by the formula of WCAG 2.2."""
    light, dark = sorted((_luminance(QColor(one)), _luminance(QColor(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: QColor) -> float:
    parts = (color.redF(), color.greenF(), color.blueF())
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# The width of curves and marks of data, thicker in presenter mode. Axes, frames and grids stay thin.
THICK = 2.0  # factor of their width in presenter mode

_times = 1.0


def is_thick() -> bool:
    """Return whether curves are thick."""
    return _times != 1.0


def set_thick(thick: bool) -> None:
    """Draw curves and marks thick, or as usual, from now on; existing ones must be repainted."""
    global _times
    _times = THICK if thick else 1.0


def thick(pixels: float) -> float:
    """Return the width of a curve or the size of a mark, given its usual one."""
    return pixels * _times
