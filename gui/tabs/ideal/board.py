"""Ideal images side by side on one scale of colours, each with its figures below and its class mean in the corner."""

import functools
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QImage, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent

from engine.core.language import mark, tr, tr_plural
from engine.core.lazy import Array
from gui.look.class_names import elided_name
from gui.look.color_maps import color_words
from gui.look.fonts import font, scaled, text_size
from gui.look.theme import theme
from gui.tabs.ideal.words import Caption, largest
from gui.widgets.figures.table import Table
from gui.widgets.painted import Frame, draw
from gui.widgets.pictures.picture_grid import PictureGrid

# Height of a caption; least and greatest gap between two images; gap around all; the part of an image's side that the
# class mean takes.
CAPTION, GAP, MOST_GAP, EDGE, INSET = 40, 14, 34, 2, 0.3

# Up to this number the images fit into the panel; more have at least this side, and scroll.
MOST_AT_ONCE, NAMED_SIDE = 30, 62

# Below narrower images the figure is below the name where it has no room beside it; how far words may reach into the
# gap.
LEAST_ABREAST, ROUNDING = 100, 4

WHOLE = 0.95  # pixels are squares of whole device pixels unless that makes the images smaller than by this

type Placed = tuple[QRectF, Caption]  # the area of an image, and its caption

# Height of a caption's line, of the gap above it, of the bar; gap at each side of the bar.
LINE, ABOVE, BAR, BESIDE = 21, 3, 6, 8

NAME, FIGURE, SMALL = "title", "small_value", "caption"
WIDEST = "p > 0.999"
DIGIT = re.compile(r"\d")


class Pixel(NamedTuple):
    """A pixel: image, row and column, all from 0."""

    place: int
    row: int
    column: int


class IdealBoard(PictureGrid):
    """The images, as large as the room allows. One can be pointed at and chosen."""

    pointed = Signal(object)  # the `Pixel` under the mouse; `None` for none

    def __init__(self, name: str) -> None:
        super().__init__(
            name,
            tr("Ideal images"),
            tip=tr(
                "Click an image to choose it; the arrow keys and Return do the same. A double click sends it to Draw."
            ),
            size=(5 * (4 * 28 + GAP), 2 * (4 * 28 + CAPTION + GAP)),
            opaque=True,
            follows_mouse=True,
            takes_keys=True,
        )
        self.images: Array = np.zeros((0, 28, 28), np.float32)  # what is shown (n, rows, columns)
        self.captions: Sequence[Caption] = ()
        self._tips: Any = None
        self.insets: Array | None = None  # what lies in the corners of the first images (n, rows, columns)
        # The drawn images, and the key of what they were made for.
        self._pictures: tuple[object, list[QImage]] = None, []
        self._laid_out: tuple[object, int] = None, 1  # columns, and the key that they were found for
        self._placed: tuple[object, list[QRectF]] = None, []  # areas, and the key that they were found for
        self._signed = True
        self.most = 0.0  # the number of the strongest colour
        self.marked: int | None = None  # index of the framed image; `None` for none
        self._pixel: Pixel | None = None

    def show_images(self, images: Array, captions: Sequence[Caption], *, signed: bool, tip: Any = None) -> None:
        """Show images (n, rows, columns), signed or from 0 to 1; `tip(place)` gives the tooltip of one."""
        if len(images) != len(self.images):
            self.updateGeometry()
        self.images, self.captions, self._signed, self._tips = images, captions, signed, tip
        self.most, self._pictures = largest(images) if signed else 1.0, (None, [])
        if self.marked is not None and self.marked >= len(images):
            self.marked = None
        self._point_at(self._pixel if self._pixel and self._pixel.place < len(images) else None, again=True)
        self.update()

    def show_insets(self, insets: Array | None) -> None:
        """Show pictures (n, rows, columns), 0 to 1, in the corners of the first images; none for `None`."""
        if insets is not self.insets:
            self.insets, self._pictures = insets, (None, [])
            self.update()

    def finding(self) -> str:
        if not self.captions:
            return ""
        best = max(self.captions, key=lambda caption: caption.share)
        found = tr_plural(
            "{count} ideal image; that of {best} has the largest figure, {figure}.",
            "{count:,} ideal images; that of {best} has the largest figure, {figure}.",
            len(self.captions),
            best=best.name,
            figure=best.figure,
        )
        warned = ", ".join(caption.name for caption in self.captions if caption.warned)
        return f"{found} {tr('Read as something else: {names}.', names=warned)}" if warned else found

    def heard_text(self, number: int) -> str:
        caption = self.captions[number]
        return ", ".join(filter(None, (f"{caption.name}: {caption.figure}", *caption.below.split(" · "))))

    def table(self) -> Table | None:
        if not len(self.images):
            return None
        rows = (
            [caption.name, caption.figure, row, *line]
            for caption, image in zip(self.captions, self.images, strict=True)
            for row, line in enumerate(image.tolist())
        )
        return Table([mark("image"), mark("figure"), mark("row"), *map(str, range(self.images.shape[2]))], rows)

    def mark(self, place: int | None) -> None:
        self.marked = place
        self.update()

    def minimumSizeHint(self) -> QSize:
        """Prefer room for ten images of their own size; for very many, which scroll, as large as captions need."""
        least = QSize(5 * (28 + GAP), 2 * (28 + scaled(CAPTION) + GAP))
        if len(self.images) <= MOST_AT_ONCE:
            return least
        side = scaled(NAMED_SIDE)
        down = -(-len(self.images) // max(1, (self.width() + GAP) // (side + GAP)))
        return QSize(least.width(), down * (side + scaled(CAPTION) + GAP))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width() and len(self.images) > MOST_AT_ONCE:
            self.updateGeometry()

    def count(self) -> int:
        return len(self.images)

    def tip_of(self, number: int) -> str | None:
        return str(self._tips(number)) if self._tips else None

    def columns(self) -> int:
        """Return how many images are in a row: as makes them largest, with rows as even as possible."""
        count = max(1, len(self.images))
        key = count, self.size(), text_size()
        if self._laid_out[0] != key:
            best = max(range(1, count + 1), key=lambda across: (self._room(across), across))
            even = -(-count // -(-count // best))
            self._laid_out = key, even
        return self._laid_out[1]

    def place_of(self, place: int) -> QRectF:
        return self._areas()[place]

    def _areas(self) -> list[QRectF]:
        """Return the rectangles of all images; of the first one's place where there is none."""
        count = max(1, len(self.images))
        key = count, self.size(), text_size(), self.devicePixelRatioF(), self.images.shape[1]
        if self._placed[0] != key:
            across, side = self.columns(), self._side()
            right = self._step(self.width() - 2 * EDGE, side, across, side)
            rows, high = -(-count // across), side + scaled(CAPTION)
            down = self._step(self.height() - 2 * EDGE, high, rows, max(MOST_GAP, side // 3))
            top = max(EDGE, (self.height() - (rows - 1) * down - high) / 2)  # what is left is above and below
            places = [divmod(place, across) for place in range(count)]
            self._placed = (
                key,
                [QRectF(round(EDGE + column * right), round(top + row * down), side, side) for row, column in places],
            )
        return self._placed[1]

    def pixel_at(self, position: QPointF) -> Pixel | None:
        rows, columns = self.images.shape[1:]
        for place, area in enumerate(self._areas()[: len(self.images)]):
            if area.contains(position):
                row = int((position.y() - area.top()) / area.height() * rows)
                column = int((position.x() - area.left()) / area.width() * columns)
                return Pixel(place, min(row, rows - 1), min(column, columns - 1))
        return None

    def _room(self, across: int) -> float:
        """Return the side in pixels of an image with `across` in a row."""
        down = -(-max(1, len(self.images)) // across)
        wide = (self.width() - 2 * EDGE - (across - 1) * GAP) / across
        high = (self.height() - 2 * EDGE - (down - 1) * GAP) / down - scaled(CAPTION)
        return max(1.0, min(wide, high))

    def _side(self) -> float:
        ratio, rows = self.devicePixelRatioF(), self.images.shape[1]
        most = int(self._room(self.columns()) * ratio)
        whole = most // rows * rows
        return (whole if whole >= WHOLE * most else most) / ratio

    def _step(self, room: float, size: float, count: int, most_gap: float) -> float:
        """Return the distance of things of one size that share a room, but with limited gaps."""
        if count < 2:
            return 0.0
        return min((room - size) / (count - 1), size + max(GAP, most_gap))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self.pixel_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(None)

    def _point_at(self, pixel: Pixel | None, *, again: bool = False) -> None:
        if pixel != self._pixel or (again and pixel is not None):
            self._pixel = pixel
            self.pointed.emit(pixel)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = self.painter(event)
        areas = self._areas()[: len(self.images)]
        for area, picture in zip(areas, self._seen(), strict=True):
            painter.drawImage(area.topLeft(), picture)
        self._draw_frames(painter, areas)
        draw_captions(painter, areas, self.captions, scaled(CAPTION))
        if self._pixel is not None:
            area, (rows, columns) = self.place_of(self._pixel.place), self.images.shape[1:]
            wide, high = area.width() / columns, area.height() / rows
            left, top = area.left() + self._pixel.column * wide, area.top() + self._pixel.row * high
            draw(painter, Frame(QRectF(left, top, wide, high).adjusted(-0.5, -0.5, 0.5, 0.5), "text"))

    def _seen(self) -> list[QImage]:
        """Return the images in their size on the screen, with the class means in their corners.

        They are made in NumPy, and only when they change: each call into Qt lets the engine's Python in between.
        """
        ratio, side, pointed = self.devicePixelRatioF(), self._side(), self._pixel and self._pixel.place
        key = ratio, side, pointed, theme().current
        if self._pictures[0] != key:
            colors = color_words(self.images, self.most, signed=self._signed)
            large = _enlarged(colors, round(side * ratio))
            if self.insets is not None:
                # One colour means one sign on the whole board, so the means have the images' colours.
                colors = color_words(self.insets, 1.0, signed=self._signed)
                means = _enlarged(colors, round(ratio * round(INSET * side)))
                corner = [place for place in range(min(len(means), len(large))) if place != pointed]
                large[corner, -means.shape[1] :, -means.shape[2] :] = means[corner]
            self._pictures = key, [_picture(image, ratio) for image in large]
        return self._pictures[1]

    def _draw_frames(self, painter: QPainter, areas: Sequence[QRectF]) -> None:
        lines = [area.adjusted(-0.5, -0.5, 0.5, 0.5) for area in areas]
        if self.insets is not None:
            pointed, side = self._pixel and self._pixel.place, round(INSET * self._side())
            lines += [
                QRectF(area.right() - side - 0.5, area.bottom() - side - 0.5, side, side)
                for place, area in enumerate(areas[: len(self.insets)])
                if place != pointed
            ]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme().current.color("line"), 1))
        painter.drawRects(lines)
        for place, token in ((self.current if self.hasFocus() else None, "faint"), (self.marked, "accent")):
            if place is not None and place < len(areas):
                draw(painter, Frame(areas[place].adjusted(-1, -1, 1, 1), token, 2))


def _enlarged(colors: Array, side: int) -> Array:
    """Return pictures (n, side, side) of (n, rows, columns) with larger pixels."""
    down, across = (np.arange(side) * size // side for size in colors.shape[1:])
    return colors.take(across, axis=2).take(down, axis=1)


def _picture(colors: Array, ratio: float) -> QImage:
    rows, columns = colors.shape
    image = QImage(colors.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    return image


def draw_captions(painter: QPainter, areas: Sequence[QRectF], captions: Sequence[Caption], height: float) -> None:
    """Draw captions below the `areas` of images, no higher than `height`; all brief where one has no room."""
    if not areas:
        return
    placed, line = list(zip(areas, captions, strict=True)), scaled(LINE)
    middle = ABOVE + line / 2
    wide = (width_of(NAME, caption.name) + BESIDE + width_of(FIGURE, caption.figure) for caption in captions)
    if areas[0].width() < scaled(LEAST_ABREAST) and max(wide) > areas[0].width():
        _draw_stacked(painter, placed, middle, ABOVE + line - 2 + (height - line - 2) / 2)
        return
    names = ((area.left(), area.bottom() + middle, _name(area, caption)) for area, caption in placed)
    _draw_words(painter, NAME, "text", names)
    ends = ((area.right() - width_of(FIGURE, caption.figure), area, caption) for area, caption in placed)
    figures = ((left, area.bottom() + middle, caption.figure) for left, area, caption in ends)
    _draw_words(painter, FIGURE, "text", figures)
    _draw_bars(painter, placed)
    roomy = all(width_of(SMALL, caption.below) <= area.width() for area, caption in placed)
    middle = ABOVE + line - 2 + (height - line - 2) / 2
    for warned, token in ((False, "faint"), (True, "curve_2_text")):
        some = [
            (area, caption.below if roomy else caption.brief) for area, caption in placed if caption.warned == warned
        ]
        lines = ((area.left(), area.bottom() + middle, _elided(text, area.width())) for area, text in some)
        _draw_words(painter, SMALL, token, lines)


def _draw_stacked(painter: QPainter, placed: Sequence[Placed], name_at: float, figure_at: float) -> None:
    """Draw below small images the name, and the figure below it, where it has room."""
    names = (
        (area.left(), area.bottom() + name_at, _elided(caption.name, area.width() + ROUNDING, FIGURE))
        for area, caption in placed
    )
    _draw_words(painter, FIGURE, "text", names)
    for warned, token in ((False, "faint"), (True, "curve_2_text")):
        figures = (
            (area.left(), area.bottom() + figure_at, caption.figure)
            for area, caption in placed
            if caption.warned == warned and width_of(SMALL, caption.figure) <= area.width() + ROUNDING
        )
        _draw_words(painter, SMALL, token, figures)


def width_of(role: str, text: str) -> float:
    """Return the width of a text in a font whose digits are equally wide, so that it is measured only once."""
    return _measured(role, DIGIT.sub("0", text), text_size())


@functools.lru_cache(4096)
def _measured(role: str, text: str, percent: int) -> float:
    return QFontMetricsF(font(role, numbers=True)).horizontalAdvance(text)


@functools.cache
def _drop(role: str, percent: int) -> float:
    """Return how far the baseline is below the middle of a line."""
    metrics = QFontMetricsF(font(role, numbers=True))
    return (metrics.ascent() - metrics.descent()) / 2


def _draw_words(painter: QPainter, role: str, token: str, words: Iterable[tuple[float, float, str]]) -> None:
    """Draw words that begin at x, centred vertically on y."""
    painter.setFont(font(role, numbers=True))
    painter.setPen(theme().current.color(token))
    drop = _drop(role, text_size())
    for x, y, text in words:
        painter.drawText(QPointF(x, y + drop), text)


def _name(area: QRectF, caption: Caption) -> str:
    """Return the name, elided beside the figure."""
    return _elided(caption.name, area.width() - width_of(FIGURE, caption.figure) - BESIDE, NAME)


def _elided(text: str, width: float, role: str = SMALL) -> str:
    if width_of(role, text) <= width + 1:
        return text
    return elided_name(text, width + 1, font(role, numbers=True))


def _draw_bars(painter: QPainter, placed: Sequence[Placed]) -> None:
    paths = {"line": QPainterPath(), "accent": QPainterPath(), "curve_2": QPainterPath()}
    for area, caption in placed:
        track = _track(area, caption)
        if track.width() < 3 * BAR:
            continue
        paths["line"].addRoundedRect(track, BAR / 2, BAR / 2)
        track.setWidth(max(0.0, min(1.0, caption.share)) * track.width())
        if track.width() >= 1:
            radius = min(BAR, track.width()) / 2
            paths["curve_2" if caption.warned else "accent"].addRoundedRect(track, radius, radius)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for token, path in paths.items():
        painter.fillPath(path, theme().current.color(token))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)


def _track(area: QRectF, caption: Caption) -> QRectF:
    """Return the rectangle of a full bar: between the name and the widest figure."""
    left = area.left() + width_of(NAME, _name(area, caption)) + BESIDE
    right = area.right() - max(width_of(FIGURE, text) for text in (caption.figure, WIDEST)) - BESIDE
    return QRectF(left, round(area.bottom() + ABOVE + scaled(LINE) / 2 - BAR / 2), right - left, BAR)
