"""How everything looks: tokens from `resources/theme`, as palette and style sheet, light or dark, changeable live.

Colours are data. Whoever paints by hand reads `theme().current` when painting and listens to `theme().changed`.
"""

from __future__ import annotations

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
from gui.look.fonts import font, load_fonts, metrics, size_of
from gui.look.line_width import is_thick, set_thick
from gui.look.text_size import follow, scaled, set_text_size, text_size

type Choice = Literal["system", "light", "dark"]

# What numbers are coloured with: the theme's own steps, or a well-known map; signed numbers take CET-CBD1 then.
type Maps = Literal["theme", "viridis", "cividis", "cet_cbl1"]

MAPS: tuple[Maps, ...] = ("theme", "viridis", "cividis", "cet_cbl1")
BORDER = 1  # the width of a button's border, which its heights in the style sheet leave out
CHOICES: dict[Choice, str] = {"system": "Follow system", "light": "Light", "dark": "Dark"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The colours of one theme as `#RRGGBB`, by what they are for."""

    name: str
    dark: bool
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
    good: str
    warn: str
    bad: str
    mark: str
    """What a lesson speaks of."""
    curve_1: str
    curve_2: str
    curve_3: str
    curve_1_text: str
    curve_2_text: str
    curve_3_text: str
    magnitude: tuple[str, ...]
    """Seven equal steps from nothing to most."""
    signed: tuple[str, ...]
    """Seven equal steps from most negative over zero to most positive."""
    classes: tuple[str, ...]
    """Ten colours that colour-blind readers tell apart, for areas and dots."""
    runs: tuple[str, ...]
    """The same ten for lines: on this theme's panels each has enough contrast where it is thin and see-through."""

    def code(self, name: str) -> str:
        """Return the token `name` as `#RRGGBB`; those of classes and runs are called `class_3`, `run_3`.

        The one place where a colour's name is looked up, so that all who draw and all who write markup know the same
        names. Raises `AttributeError` for a name that no theme has.
        """
        word, _, number = name.rpartition("_")
        if word in ("class", "run"):
            return (self.classes if word == "class" else self.runs)[int(number)]
        code: str = getattr(self, name)
        return code

    def color(self, name: str, opacity: float = 1.0) -> QColor:
        """Return the token `name`, see `code`, as a colour to draw with."""
        made = QColor(self.code(name))
        made.setAlphaF(opacity)
        return made


def class_token(number: int) -> str:
    """Return the token of the colour `number` among the classes'; there are ten, then they come again."""
    return f"class_{number % 10}"


def run_token(number: int) -> str:
    """Return the token of the colour `number` among the runs'; there are ten, then they come again."""
    return f"run_{number % 10}"


@functools.cache
def tokens(name: str) -> Tokens:
    """Return the tokens of the theme `light` or `dark`."""
    values: dict[str, Any] = json.loads((RESOURCES / "theme" / f"{name}.json").read_text("utf-8"))
    for colors in ("magnitude", "signed", "classes", "runs"):
        values[colors] = tuple(values[colors])
    return Tokens(**values)


@functools.cache
def tokens_with(name: str, maps: Maps) -> Tokens:
    """Return the tokens of a theme with other colours for numbers."""
    if maps == "theme":
        return tokens(name)
    steps: dict[str, list[str]] = json.loads((RESOURCES / "theme" / "maps.json").read_text("utf-8"))
    return replace(tokens(name), magnitude=tuple(steps[maps]), signed=tuple(steps["cet_cbd1"]))


class Theme(QObject):
    """The application's look; `changed` is sent after a new one was applied, be it of colours or of letters."""

    changed = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.setObjectName("theme")
        self._app = app
        self._choice: Choice = "system"
        self._maps: Maps = "theme"
        self._current = self._chosen()
        self._applied = self._applied_to_all = ("", 0)
        self._dressed = weakref.WeakSet[QWidget]()
        load_fonts()
        app.styleHints().colorSchemeChanged.connect(self._follow_system)

    @property
    def current(self) -> Tokens:
        """The tokens that hold now."""
        return self._current

    @property
    def choice(self) -> Choice:
        """What was chosen: a theme, or to follow the system."""
        return self._choice

    def choose(self, choice: Choice) -> None:
        """Show a theme from now on, or follow the system's."""
        self._choice = choice
        self._current = self._chosen()
        self.apply()

    @property
    def maps(self) -> Maps:
        """What numbers are coloured with."""
        return self._maps

    def choose_maps(self, maps: Maps) -> None:
        """Colour numbers with these from now on, in either theme."""
        if maps != self._maps:
            self._maps = maps
            self._current = self._chosen()
            if self._is_applied:
                self.changed.emit()

    @contextlib.contextmanager
    def worn(self, name: Literal["light", "dark"], widget: QWidget) -> Iterator[None]:
        """Let a widget, and all that is painted by hand, look so for a moment; nothing on the screen is painted then.

        The window keeps its style sheet, so that costs little; all is as before at the end.
        """
        before, sheet = self._current, widget.styleSheet()
        self._current = tokens_with(name, self._maps)
        widget.setStyleSheet(style_sheet(self._current))
        self.changed.emit()
        try:
            yield
        finally:
            self._current = before
            widget.setStyleSheet(sheet)
            self.changed.emit()

    def choose_text_size(self, percent: int) -> None:
        """Let letters be so large from now on, and all that was made for them; one of `text_size.SIZES`."""
        if percent != text_size():
            set_text_size(percent)
            if self._is_applied:
                self.apply()

    def present(self, percent: int, *, thick: bool) -> None:
        """Let letters be so large, and lines of data thick or as usual, from now on."""
        lines_change = thick != is_thick()
        set_thick(thick)
        if percent != text_size():
            self.choose_text_size(percent)
        elif lines_change and self._is_applied:
            self.changed.emit()

    def apply(self) -> None:
        """Give the application style, font, palette and style sheet of the current theme and size of letters."""
        current, percent = self.current, text_size()
        (before, percent_before), self._applied = self._applied, (current.name, percent)
        if self._applied == (before, percent_before):
            return
        if not before:
            self._app.setStyle(QStyleFactory.create("Fusion"))
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
            self._ask_hidden_again()

    def _ask_hidden_again(self) -> None:
        """Let layouts forget what room hidden widgets wanted with other letters: Qt tells only of what is shown."""
        for window in filter(isValid, self._dressed):
            for layout in window.findChildren(QLayout):
                layout.invalidate()
            for each in window.findChildren(QWidget):
                if not each.isVisible():
                    each.updateGeometry()

    @property
    def _is_applied(self) -> bool:
        return bool(self._applied[0])

    def dress(self, window: QWidget) -> None:
        """Let a window carry the style sheet itself, for all that is in it and in the dialogs that belong to it.

        The application has none until the window is gone. Qt would apply a change of that one to each widget once for
        each of its ancestors: 0.6 s for the main window instead of 0.13. And it would work out anew how each part of a
        tab looks as often as that is put into a larger one: the window would open in half as much time again. Who
        measures how a widget looks does it by `text_size.measured`.
        """
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
        self._current = self._chosen()
        if self._choice == "system" and self._is_applied:
            self.apply()

    def _chosen(self) -> Tokens:
        if self._choice != "system":
            return tokens_with(self._choice, self._maps)
        dark = self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return tokens_with("dark" if dark else "light", self._maps)


def theme() -> Theme:
    """Return the application's theme. It belongs to the application, so it lives and dies with it."""
    app = QApplication.instance()
    assert isinstance(app, QApplication), "A theme needs an application."
    found = app.findChild(Theme, "theme", Qt.FindChildOption.FindDirectChildrenOnly)
    return found if isinstance(found, Theme) else Theme(app)


def palette(colors: Tokens) -> QPalette:
    """Return the palette for what the style sheet leaves to Fusion: selections, links, menus, dialogs."""
    made = QPalette()
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    for each, name in {
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
        made.setColor(each, colors.color(name))
    for each in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(group.Disabled, each, colors.color("faint"))
    return made


def style_sheet(colors: Tokens) -> str:
    """Return the style sheet with the tokens and measures filled in."""
    measures: dict[str, Any] = metrics()
    names = _Names({name: getattr(colors, name) for name in Tokens.__slots__})
    names |= {f"{role}_size": size_of(role) for role in measures["fonts"]}
    names |= {f"{name}_radius": radius for name, radius in measures["radius"].items()}
    names["chip_radius"] = (
        scaled(measures["height"]["chip"] - 2 * BORDER) // 2 + BORDER
    )  # more would be no radius
    # An item of the bar that is higher than it is not shown at all.
    line = QFontMetrics(font()).size(0, "File").height()
    names["menu_padding"] = (scaled(measures["height"]["menu"]) - line) // 2
    return Template((RESOURCES / "theme" / "style.qss").read_text("utf-8")).substitute(names)


class _Names(dict[str, object]):
    """What the style sheet's names mean; `px_28` is what letters of the present size need instead of 28 pixels."""

    def __missing__(self, name: str) -> str:
        kind, _, pixels = name.partition("_")
        if kind != "px" or not pixels.isdigit():
            raise KeyError(name)
        return f"{scaled(int(pixels))}px"


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21, by the formula of WCAG 2.2."""
    light, dark = sorted((_luminance(QColor(one)), _luminance(QColor(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: QColor) -> float:
    parts = (color.redF(), color.greenF(), color.blueF())
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
