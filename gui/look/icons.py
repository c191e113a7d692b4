"""The application's icons: SVG files in `resources/icons`, painted in the colour of a token of the theme.

As the colour is looked up when an icon is painted, it follows the theme without being set again.
"""

import functools

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton

from engine.core.machine.folders import RESOURCES
from gui.look.fonts import sized
from gui.look.theme import theme

FOLDER = RESOURCES / "icons"
MOST_PICTURES = 64

# What points forwards or back in a text, and what does so where words run from right to left.
FORWARD = {"chevron-right": "chevron-left", "chevron-left": "chevron-right", "arrow-right": "arrow-left"}


def icon(name: str, tint: str = "text") -> QIcon:
    """Return the icon `name` in the colour of the token `tint`; grey in a disabled button."""
    return QIcon(_TintedEngine(facing(name), tint))


def facing(name: str) -> str:
    """Return the icon that points the same way in the direction of the language."""
    return FORWARD.get(name, name) if QGuiApplication.isRightToLeft() else name


def set_icon(button: QAbstractButton, name: str, tint: str = "text", *, side: int = 16) -> None:
    """Give a button an icon of `side` pixels."""
    button.setIcon(icon(name, tint))
    sized(button.setIconSize, QSize(side, side))


def app_icon() -> QIcon:
    """Return the icon of the window, in its own colours."""
    result = QIcon()
    for size in (16, 24, 32, 48, 64, 128, 256):
        result.addPixmap(picture("app", "", size))
    return result


@functools.lru_cache(maxsize=MOST_PICTURES)
def picture(name: str, color: str, size: int, ratio: float = 1.0) -> QPixmap:
    """Return the icon `name` drawn in `color`, `size` logical pixels wide on a screen of that pixel ratio.

    Cached, so it must not be painted on: for every new pixmap Qt would cache what a label makes of it.
    """
    pixels = QPixmap(round(size * ratio), round(size * ratio))
    pixels.setDevicePixelRatio(ratio)
    pixels.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixels)
    _renderer(name, color).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixels


@functools.cache
def names() -> frozenset[str]:
    """Return the names of all icons."""
    return frozenset(file.stem for file in FOLDER.glob("*.svg"))


class _TintedEngine(QIconEngine):
    """Draws an SVG in the current colour of its token."""

    def __init__(self, name: str, tint: str) -> None:
        super().__init__()
        if name not in names():
            raise KeyError(f"There is no icon {name}.")
        self._name, self._tint = name, tint

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw into `rect`; a disabled icon is faint."""
        color = theme().current.code("faint" if mode == QIcon.Mode.Disabled else self._tint)
        side = min(rect.width(), rect.height())
        square = QRectF(0, 0, side, side)
        square.moveCenter(QRectF(rect).center())
        _renderer(self._name, color).render(painter, square)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Return a picture of `size` device pixels."""
        pixels = QPixmap(size)
        pixels.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixels)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixels

    def clone(self) -> QIconEngine:
        """Return a copy; Qt calls this when a shared icon is changed."""
        return _TintedEngine(self._name, self._tint)


@functools.cache
def _renderer(name: str, color: str) -> QSvgRenderer:
    text = (FOLDER / f"{name}.svg").read_text("utf-8")
    return QSvgRenderer(QByteArray(text.replace("currentColor", color).encode()))
