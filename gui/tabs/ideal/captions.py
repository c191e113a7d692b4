"""What stands below ideal images, drawn: a name, a bar, a figure, and a small line.

All of one kind are drawn together, and widths are remembered: while the images grow the words change all the time.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPainterPath

from gui.look.fonts import font
from gui.look.theme import theme
from gui.tabs.ideal.words import Caption

type Placed = tuple[QRectF, Caption]
"""The area of an image, and what stands below it."""

LINE, ABOVE, BAR, BESIDE = 21, 3, 6, 8
"""Height of the first line, of what is free above it, of the bar; what is free at each side of the bar."""

NAME, FIGURE, SMALL = "title", "small_value", "caption"
WIDEST = "p > 0.999"
DIGIT = re.compile(r"\d")


def draw_captions(
    painter: QPainter, areas: Sequence[QRectF], captions: Sequence[Caption], height: float
) -> None:
    """Draw what stands below images that lie in `areas`, no higher than `height`.

    Where one of the small lines does not fit, all are brief.
    """
    if not areas:
        return
    placed, middle = list(zip(areas, captions, strict=True)), ABOVE + LINE / 2
    _draw_words(
        painter, NAME, "text", ((area.left(), area.bottom() + middle, each.name) for area, each in placed)
    )
    ends = ((area.right() - width_of(FIGURE, each.figure), area, each) for area, each in placed)
    _draw_words(
        painter, FIGURE, "text", ((left, area.bottom() + middle, each.figure) for left, area, each in ends)
    )
    _draw_bars(painter, placed)
    roomy = all(width_of(SMALL, each.below) <= area.width() for area, each in placed)
    middle = ABOVE + LINE - 2 + (height - LINE - 2) / 2
    for warned, token in ((False, "faint"), (True, "curve_2_text")):
        some = [(area, each.below if roomy else each.brief) for area, each in placed if each.warned == warned]
        lines = ((area.left(), area.bottom() + middle, _elided(text, area.width())) for area, text in some)
        _draw_words(painter, SMALL, token, lines)


def width_of(role: str, text: str) -> float:
    """Return how wide a text is in a font with figures: all digits are equally wide, so it is measured but once."""
    return _measured(role, DIGIT.sub("0", text))


@functools.lru_cache(4096)
def _measured(role: str, text: str) -> float:
    return QFontMetricsF(font(role, numbers=True)).horizontalAdvance(text)


@functools.cache
def _drop(role: str) -> float:
    """Return how far the base of letters lies below the middle of their line."""
    metrics = QFontMetricsF(font(role, numbers=True))
    return (metrics.ascent() - metrics.descent()) / 2


def _draw_words(painter: QPainter, role: str, token: str, words: Iterable[tuple[float, float, str]]) -> None:
    """Draw words that begin at x and have their middle at y."""
    painter.setFont(font(role, numbers=True))
    painter.setPen(theme().current.color(token))
    drop = _drop(role)
    for x, y, text in words:
        painter.drawText(QPointF(x, y + drop), text)


def _elided(text: str, width: float) -> str:
    if width_of(SMALL, text) <= width + 1:
        return text
    metrics = QFontMetricsF(font(SMALL, numbers=True))
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, width + 1)


def _draw_bars(painter: QPainter, placed: Sequence[Placed]) -> None:
    paths = {"line": QPainterPath(), "accent": QPainterPath(), "curve_2": QPainterPath()}
    for area, each in placed:
        track = _track(area, each)
        if track.width() < 3 * BAR:
            continue
        paths["line"].addRoundedRect(track, BAR / 2, BAR / 2)
        track.setWidth(max(0.0, min(1.0, each.share)) * track.width())
        if track.width() >= 1:
            radius = min(BAR, track.width()) / 2
            paths["curve_2" if each.warned else "accent"].addRoundedRect(track, radius, radius)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for token, path in paths.items():
        painter.fillPath(path, theme().current.color(token))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)


def _track(area: QRectF, caption: Caption) -> QRectF:
    """Return where the whole bar lies: between the name and the widest figure."""
    left = area.left() + width_of(NAME, caption.name) + BESIDE
    right = area.right() - max(width_of(FIGURE, each) for each in (caption.figure, WIDEST)) - BESIDE
    return QRectF(left, round(area.bottom() + ABOVE + LINE / 2 - BAR / 2), right - left, BAR)
