"""Ideal images side by side on one scale of colours, each with its figures below and a real average in its corner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFontMetricsF,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QRegion,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui.fonts import font
from gui.theme import theme
from gui.widgets.arrows import ARROWS
from gui.widgets.color_maps import magnitude_image, signed_image
from gui.widgets.ideal_words import Caption, largest
from gui.widgets.plot_export import PIXELS_PER_POINT

type Images = np.ndarray[Any, Any]

CAPTION, GAP, MOST_GAP, EDGE = 40, 14, 34, 2
"""Height of what stands below an image; between two images at least, and at most; around all."""

LINE, BAR, INSET = 21, 6, 0.3
"""Height of the caption's first line, of its bar; the part of an image's side that the average takes."""

WHOLE = 0.95
"""Pixels are squares of whole pixels of the screen where that makes the images no smaller than by this."""


class Pixel(NamedTuple):
    """One pixel: of which image, row and column in it, all from 0."""

    place: int
    row: int
    column: int


class IdealBoard(QWidget):
    """As large as there is room. One image can be pointed at and chosen."""

    chosen = Signal(int)
    """Carries the place of the image that was clicked, or chosen by Return."""
    pointed = Signal(object)
    """Carries the `Pixel` under the mouse; `None` for none."""
    menuWanted = Signal(QPoint)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName("Ideal images")
        self.setToolTip("Click an image to choose it; the arrow keys and Return do the same.")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self._images: Images = np.zeros((0, 28, 28), np.float32)
        self._captions: Sequence[Caption] = ()
        self._tips: Any = None
        self._insets: Images | None = None
        self._inset_images: tuple[object, list[QImage]] = None, []
        """As they are drawn, and for which size and theme."""
        self._laid_out: tuple[object, int] = None, 1
        """How many images stand in a row, and for which number and size that was found."""
        self._signed, self._most = True, 0.0
        self._marked: int | None = None
        self._cursor: int | None = None
        self._pixel: Pixel | None = None
        theme().changed.connect(self.update)

    @property
    def images(self) -> Images:
        """What is shown (n, rows, columns)."""
        return self._images

    @property
    def captions(self) -> tuple[Caption, ...]:
        """What stands below the images."""
        return tuple(self._captions)

    @property
    def most(self) -> float:
        """The number that has the strongest colour."""
        return self._most

    @property
    def insets(self) -> Images | None:
        """What lies in the corners (n, rows, columns); `None` for nothing."""
        return self._insets

    def show_images(
        self, images: Images, captions: Sequence[Caption], *, signed: bool, tip: Any = None
    ) -> None:
        """Show images (n, rows, columns), signed or from 0 to 1; `tip(place)` gives the words for one of them."""
        self._images, self._captions, self._signed, self._tips = images, captions, signed, tip
        self._most = largest(images) if signed else 1.0
        if self._marked is not None and self._marked >= len(images):
            self._marked = None
        self.setAccessibleDescription(", ".join(f"{each.name}: {each.figure}" for each in captions))
        self._point_at(self._pixel if self._pixel and self._pixel.place < len(images) else None, again=True)
        self.update()

    def show_insets(self, insets: Images | None) -> None:
        """Put pictures (n, rows, columns), 0 to 1, into the corners; none for `None`."""
        if insets is not self._insets:
            self._insets, self._inset_images = insets, (None, [])
            self.update()

    def mark(self, place: int | None) -> None:
        """Put a frame around one image."""
        self._marked = place
        self.update()

    def sizeHint(self) -> QSize:
        """Room for ten images of four pixels of the screen for each of theirs."""
        return QSize(5 * (4 * 28 + GAP), 2 * (4 * 28 + CAPTION + GAP))

    def minimumSizeHint(self) -> QSize:
        """Room for ten images of their own size."""
        return QSize(5 * (28 + GAP), 2 * (28 + CAPTION + GAP))

    # Where everything lies ----------------------------------------------------------------------------------------

    def columns(self) -> int:
        """Return how many images stand in a row: as many as make them largest."""
        count = max(1, len(self._images))
        asked = (count, self.size())
        if self._laid_out[0] != asked:
            best = max(range(1, count + 1), key=lambda across: (self._room(across), across))
            self._laid_out = asked, best
        return self._laid_out[1]

    def place_of(self, place: int) -> QRectF:
        """Return where an image lies, without its caption."""
        across, side = self.columns(), self._side()
        down = -(-max(1, len(self._images)) // across)
        row, column = divmod(place, across)
        step_right = self._step(self.width() - 2 * EDGE, side, across, side // 4)
        step_down = self._step(self.height() - 2 * EDGE, side + CAPTION, down, max(MOST_GAP, side // 4))
        left = EDGE + column * step_right
        return QRectF(round(left), EDGE + round(row * step_down), side, side)

    def pixel_at(self, position: QPointF) -> Pixel | None:
        """Return which pixel lies there."""
        rows, columns = self._images.shape[1:]
        for place in range(len(self._images)):
            area = self.place_of(place)
            if area.contains(position):
                row = int((position.y() - area.top()) / area.height() * rows)
                column = int((position.x() - area.left()) / area.width() * columns)
                return Pixel(place, min(row, rows - 1), min(column, columns - 1))
        return None

    def _room(self, across: int) -> float:
        """Return the side that an image could have with so many in a row."""
        down = -(-max(1, len(self._images)) // across)
        wide = (self.width() - 2 * EDGE - (across - 1) * GAP) / across
        high = (self.height() - 2 * EDGE - (down - 1) * GAP) / down - CAPTION
        return max(1.0, min(wide, high))

    def _side(self) -> float:
        ratio, rows = self.devicePixelRatioF(), self._images.shape[1]
        most = int(self._room(self.columns()) * ratio)
        whole = most // rows * rows
        return (whole if whole >= WHOLE * most else most) / ratio

    def _step(self, room: float, size: float, count: int, most_gap: float) -> float:
        """Return how far apart things of a size stand: over the whole room, but not too far apart."""
        if count < 2:
            return 0.0
        return min((room - size) / (count - 1), size + max(GAP, most_gap))

    # What a person does -------------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at the pixel under the mouse."""
        self._point_at(self.pixel_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the image under the mouse."""
        found = self.pixel_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and found is not None:
            self._cursor = found.place
            self.chosen.emit(found.place)

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        self._point_at(None)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu."""
        self.menuWanted.emit(event.globalPos())

    def event(self, event: QEvent) -> bool:
        """Tell of the image under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = self.pixel_at(QPointF(event.pos()))
            text = self._tips(found.place) if found and self._tips else self.toolTip()
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from image to image with the arrows, choose one with Return."""
        key = Qt.Key(event.key())
        if key in ARROWS and len(self._images):
            rows, columns = ARROWS[key]
            place = 0 if self._cursor is None else self._cursor + rows * self.columns() + columns
            if 0 <= place < len(self._images):
                self._cursor = place
                self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._cursor is not None:
            self.chosen.emit(self._cursor)
        else:
            super().keyPressEvent(event)

    def _point_at(self, pixel: Pixel | None, *, again: bool = False) -> None:
        if pixel != self._pixel or (again and pixel is not None):
            self._pixel = pixel
            self.pointed.emit(pixel)
            self.update()

    def picture(self) -> QPixmap:
        """Return what is shown as pixels, as sharp as a saved plot, without what a mouse points at."""
        made = QPixmap(self.size() * PIXELS_PER_POINT)
        made.setDevicePixelRatio(PIXELS_PER_POINT)
        made.fill(theme().current.color("surface"))
        self._point_at(None)
        self.render(made, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
        return made

    # Drawing ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw all images with what belongs to them."""
        painter, is_roomy = QPainter(self), self._is_roomy()
        for place, image in enumerate(self._images):
            area = self.place_of(place)
            colored = signed_image(image, self._most) if self._signed else magnitude_image(image)
            painter.drawImage(area.topLeft(), self._scaled(colored, area.width()))
            if self._insets is not None and not (self._pixel and self._pixel.place == place):
                self._draw_inset(painter, area, place)
            self._draw_frame(painter, area, place)
            self._draw_caption(painter, area, self._captions[place], roomy=is_roomy)
        if self._pixel is not None:
            self._draw_pixel(painter, self._pixel)

    def _scaled(self, image: QImage, side: float) -> QImage:
        """Return an image as large as it is seen: to let the painter enlarge it would take five times as long."""
        ratio = self.devicePixelRatioF()
        pixels = round(side * ratio)
        made = image.scaled(pixels, pixels)
        made.setDevicePixelRatio(ratio)
        return made

    def _draw_inset(self, painter: QPainter, area: QRectF, place: int) -> None:
        side = round(INSET * area.width())
        corner = QRectF(area.right() - side, area.bottom() - side, side, side)
        drawn = (side, self.devicePixelRatioF(), theme().current.name)
        if self._inset_images[0] != drawn and self._insets is not None:
            means = [self._scaled(magnitude_image(mean), side) for mean in self._insets]
            self._inset_images = drawn, means
        painter.drawImage(corner.topLeft(), self._inset_images[1][place])
        painter.setPen(QPen(theme().current.color("line"), 1))
        painter.drawRect(corner.adjusted(-0.5, -0.5, -0.5, -0.5))

    def _draw_frame(self, painter: QPainter, area: QRectF, place: int) -> None:
        colors, is_cursor = theme().current, place == self._cursor and self.hasFocus()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if place == self._marked or is_cursor:
            painter.setPen(QPen(colors.color("accent" if place == self._marked else "faint"), 2))
            painter.drawRect(area.adjusted(-1, -1, 1, 1))
        else:
            painter.setPen(QPen(colors.color("line"), 1))
            painter.drawRect(area.adjusted(-0.5, -0.5, 0.5, 0.5))

    def _draw_pixel(self, painter: QPainter, pixel: Pixel) -> None:
        area, (rows, columns) = self.place_of(pixel.place), self._images.shape[1:]
        wide, high = area.width() / columns, area.height() / rows
        square = QRectF(area.left() + pixel.column * wide, area.top() + pixel.row * high, wide, high)
        painter.setPen(QPen(theme().current.color("text"), 1))
        painter.drawRect(square.adjusted(-0.5, -0.5, 0.5, 0.5))

    def _draw_caption(self, painter: QPainter, area: QRectF, caption: Caption, *, roomy: bool) -> None:
        colors, middle = theme().current, Qt.AlignmentFlag.AlignVCenter
        line = QRectF(area.left(), area.bottom() + 3, area.width(), LINE)
        painter.setFont(font("title", numbers=True))
        painter.setPen(colors.color("text"))
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | middle, caption.name)
        left = painter.fontMetrics().horizontalAdvance(caption.name) + 8
        painter.setFont(font("small_value", numbers=True))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | middle, caption.figure)
        right = max(painter.fontMetrics().horizontalAdvance(each) for each in (caption.figure, "p > 0.999"))
        self._draw_bar(painter, line.adjusted(left, 0, -right - 8, 0), caption)
        painter.setFont(font("caption", numbers=True))
        painter.setPen(colors.color("curve_2_text" if caption.warned else "faint"))
        below = QRectF(line.left(), line.bottom() - 2, line.width(), CAPTION - LINE - 2)
        text = painter.fontMetrics().elidedText(
            caption.below if roomy else caption.brief,
            Qt.TextElideMode.ElideRight,
            int(below.width()) + 1,
        )
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | middle, text)

    def _is_roomy(self) -> bool:
        """Whether the small lines fit below all images; where one does not, all are brief."""
        measure, width = QFontMetricsF(font("caption", numbers=True)).horizontalAdvance, self._side()
        return all(measure(each.below) <= width for each in self._captions)

    def _draw_bar(self, painter: QPainter, room: QRectF, caption: Caption) -> None:
        if room.width() < 3 * BAR:
            return
        colors = theme().current
        track = QRectF(room.left(), round(room.center().y() - BAR / 2), room.width(), BAR)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.color("line"))
        painter.drawRoundedRect(track, BAR / 2, BAR / 2)
        track.setWidth(max(0.0, min(1.0, caption.share)) * track.width())
        if track.width() >= 1:
            painter.setBrush(colors.color("curve_2" if caption.warned else "accent"))
            radius = min(BAR, track.width()) / 2
            painter.drawRoundedRect(track, radius, radius)
        painter.restore()
