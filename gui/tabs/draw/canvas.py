"""The canvas: a pen on a square sheet, by mouse, touch, tablet or keys. It signals what was drawn."""

from collections.abc import Callable, Sequence
from typing import ClassVar

import numpy as np
from PySide6 import QtGui
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QFocusEvent,
    QFontMetricsF,
    QImage,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPen,
    QPointingDevice,
)

from engine.core.drawing import MOST_POINTS, SIDE, Point, Stroke
from engine.core.language import mark, tr, tr_context
from engine.core.lazy import Array
from engine.data.preparation import area_averaged, prepared
from gui.look.arrows import ARROWS
from gui.look.focus_ring import BY_KEYS
from gui.look.fonts import font, metrics
from gui.look.theme import theme
from gui.state.file_content import image_in, is_picture
from gui.state.link.clock import CLOCK, Clock, Throttle
from gui.tabs.draw.ink import Ink, Sheet, draw_tail
from gui.widgets.heard import HeardPart, say
from gui.widgets.painted import CENTER, Bar, Repainted, Words, draw
from gui.widgets.pictures.heard_pixels import heard_rows, say_picture

# Width of what is read off the canvas, whatever the widget's own size and the screen's scale.
PICTURE_PIXELS = 280

WIDTH = 2.2  # default width of the pen, in the units of points: about that of MNIST's digits
LEAST_STEP = 0.02  # nearer points are one

# How far beyond the sheet a pen is followed, so that a stroke leaves and comes back where it should.
BEYOND = 4.0

KEY_STEP, FINE_STEP = 1.0, 0.25  # steps of the cross by an arrow key, without Shift and with it
FAINTNESS = 0.45  # opacity of the example on an empty sheet
CROSS_WIDTH = 0.12  # in the units of points

KEYS = mark("Arrow keys move a cross, with Shift by a quarter; Space puts the pen down or lifts it, Esc leaves.")


class Canvas(Repainted):
    """A sheet to draw on. All coordinates are those of `engine.core.drawing`."""

    heard_role: ClassVar = QAccessible.Role.Canvas

    inkChanged = Signal()  # the ink has changed, perhaps in the middle of a stroke
    # A person changed the sheet: the name of the change, the sheet before, and the one after.
    edited = Signal(str, object, object)
    imageGiven = Signal(QImage)  # a picture was dropped
    fileGiven = Signal(str)  # a file was dropped

    def __init__(self, name: str, clock: Clock = CLOCK) -> None:
        tip = tr("Draw here. With keys: arrows move a cross, Space puts the pen down or lifts it.")
        super().__init__(name, tr("Canvas"), tip=tip, size=(280, 280), opaque=True, takes_keys=True)
        self.say_answer: Callable[[], str] = str  # the sentence about what the network reads; empty for none
        self.setToolTipDuration(4000)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAcceptDrops(True)
        self.erases, self.pen_width = False, WIDTH
        self.example = QPainterPath()  # the example on an empty sheet, as a line in the units of points
        self.sheet = Sheet()  # the sheet, without an unfinished stroke
        self._instead: Sheet | None = None
        self._points: list[Point] = []
        self.moves: list[Point] = []  # of the pen, that are not in the ink yet
        self.pace = Throttle(self._go_on, 0, self, clock=clock)
        self._stroke_erases = False
        self._drawn = 0  # number of parts of the unfinished stroke that are in the ink
        self._grid = False
        # Where the keys draw, in the sheet's coordinates; `None` until they do.
        self.cross: QPointF | None = None
        self._is_hovered = False  # whether a picture that can be dropped is held over the canvas
        self._ink = Ink(PICTURE_PIXELS, theme().current.color("text"))
        # The last picture whose ink without strokes was asked for, and that ink.
        self._ground: tuple[Array | None, Array] | None = None
        self.shown = Ink(1, theme().current.color("text"))  # the ink in device pixels
        theme().changed.connect(self._redraw)

    @property
    def shown_sheet(self) -> Sheet:
        """What is shown and read: `sheet`, or another one for a while."""
        return self._instead or self.sheet

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing, not even the beginning of a stroke."""
        return self.sheet.is_empty and not self._points

    @property
    def shows_other(self) -> bool:
        return self._instead is not None

    @property
    def is_drawing(self) -> bool:
        return bool(self._points)

    def set_sheet(self, sheet: Sheet) -> None:
        """Show another sheet; an unfinished stroke is dropped."""
        if sheet is not self.sheet or self._points or self._instead:
            self.sheet, self._points, self.moves, self._instead = sheet, [], [], None
            self._redraw()
            self.inkChanged.emit()

    def show_instead(self, sheet: Sheet | None) -> None:
        """Show and read another sheet for a while, `None` to end that; drawing ends it as well."""
        if sheet is not self._instead:
            self._instead = sheet
            self._redraw()
            self.inkChanged.emit()

    def put(self, text: str, sheet: Sheet) -> None:
        """Show another sheet as a person's change, which `edited` signals."""
        before = self.sheet
        self.set_sheet(sheet)
        self.edited.emit(text, before, sheet)

    def clear(self) -> None:
        if not self.sheet.is_empty:
            self.put(tr_context("undo", "clear"), Sheet())

    def set_grid(self, shown: bool) -> None:
        """Show or hide the lines between 28 x 28 pixels."""
        self._grid = shown
        self.update()

    def picture(self) -> Array:
        """Return the ink as float32 (280, 280), 0 for the ground to 1; the same at each size and scale."""
        if not self._points:
            return self._ink.opacity()
        whole = self._ink.copy()
        whole.finish(self._stroke())
        return whole.opacity()

    def ground(self) -> Array:
        """Return the ink of `picture` without strokes."""
        picture = self.shown_sheet.picture
        if self._ground is None or self._ground[0] is not picture:
            ink = Ink(PICTURE_PIXELS, theme().current.color("text"))
            ink.draw_sheet(Sheet(picture=picture))
            self._ground = picture, ink.opacity()
        return self._ground[1]

    def _averaged(self) -> Array:
        """Return the ink in the pixels of the grid (28, 28)."""
        side = round(SIDE)
        return area_averaged(self.picture(), (side, side), (SIDE, SIDE))

    def finding(self) -> str:
        return " ".join(filter(None, (say_picture(self._averaged()), self.say_answer(), tr(KEYS))))

    def heard_parts(self) -> Sequence[HeardPart]:
        """Return the rows of the grid that have ink."""
        return heard_rows(self._averaged(), self._square())

    def as_image(self) -> QImage:
        """Return ink on ground as they are shown, without grid and caption."""
        image = QImage(self.shown.image.size(), QImage.Format.Format_RGB32)
        image.fill(theme().current.color("raised"))
        with QPainter(image) as painter:
            painter.drawImage(0, 0, self.shown.image)
        return image

    def place_of(self, x: float, y: float) -> QPointF:
        square = self._square()
        scale = square.width() / SIDE
        return QPointF(square.left() + x * scale, square.top() + y * scale)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and not self.is_empty:
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.cross = None
            self._begin(self._point(event.position()), self.erases)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton and self.cross is None:
            self._move(self._point(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.cross is None:
            self._move(self._point(event.position()))
            self._end()

    def tabletEvent(self, event: QtGui.QTabletEvent) -> None:
        """The pressure sets the width; the pen's other end erases."""
        point = self._point(event.position(), event.pressure())
        rubs = event.pointerType() == QPointingDevice.PointerType.Eraser
        if event.type() == QEvent.Type.TabletPress:
            self.cross = None
            self._begin(point, self.erases or rubs)
        elif event.type() == QEvent.Type.TabletMove:
            self._move(point)
        elif event.type() == QEvent.Type.TabletRelease:
            self._end()
        event.accept()

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        """Move the cross, put the pen down or lift it, leave."""
        key = Qt.Key(event.key())
        if key in ARROWS:
            down, right = ARROWS[key]
            self._move_cross(right, down, fine=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif key == Qt.Key.Key_Space and self.cross is not None and not event.isAutoRepeat():
            if self._points:
                self._end()
            else:
                self._begin(Point(self.cross.x(), self.cross.y()), self.erases)
            say(self, self._say_pen(), at_once=True)
        elif key == Qt.Key.Key_Escape and self.cross is not None:
            self.focusNextChild()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the cross to those who come by keys."""
        super().focusInEvent(event)
        if event.reason() in BY_KEYS:
            self.cross = QPointF(SIDE / 2, SIDE / 2)
            say(self, self._say_cross())
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self.cross is not None:
            self.cross = None
            self._end()
        self.update()

    def dragEnterEvent(self, event: QtGui.QDragEnterEvent) -> None:
        urls = event.mimeData().urls()
        if event.mimeData().hasImage() or (len(urls) == 1 and is_picture(urls[0].toLocalFile())):
            event.acceptProposedAction()
            self._set_hovered(True)

    def dragLeaveEvent(self, event: QtGui.QDragLeaveEvent) -> None:
        super().dragLeaveEvent(event)
        self._set_hovered(False)

    def dropEvent(self, event: QtGui.QDropEvent) -> None:
        event.acceptProposedAction()
        self._set_hovered(False)
        data = event.mimeData()
        if data.urls():
            self.fileGiven.emit(data.urls()[0].toLocalFile())
        else:
            self.imageGiven.emit(image_in(data))

    def _set_hovered(self, hovered: bool) -> None:
        self._is_hovered = hovered
        self.update()

    def _begin(self, point: Point, erases: bool) -> None:
        self.show_instead(None)
        if self._points:
            self._end()
        self._points, self.moves, self._drawn, self._stroke_erases = [point], [], 0, erases
        self._tell()

    def _move(self, point: Point) -> None:
        if self._points:
            self.moves.append(point)
            self.pace.want()

    def _go_on(self) -> None:
        """Draw the moves of the pen since the last time."""
        moves, self.moves = self.moves, []
        before, room = len(self._points), self._room()
        for point in moves:
            last = self._points[-1]
            if max(abs(point.x - last.x), abs(point.y - last.y)) >= LEAST_STEP and len(self._points) < room:
                self._points.append(point)
        if len(self._points) == before:
            return
        stroke = self._stroke()
        for ink in (self._ink, self.shown):
            ink.draw_parts(stroke, self._drawn)
        self._drawn = len(self._points) - 1
        self._tell(self._changed(before))

    def _end(self) -> None:
        if not self._points:
            return
        self.pace.forget()
        self._go_on()
        stroke, before = self._stroke(), self.sheet
        for ink in (self._ink, self.shown):
            ink.finish(stroke)
        self.sheet, self._points = before.with_stroke(stroke), []
        self._tell()
        self.edited.emit(tr_context("undo", "stroke"), before, self.sheet)

    def _tell(self, where: QRect | None = None) -> None:
        if where is None:
            self.update()
        else:
            self.update(where)
        self.inkChanged.emit()

    def _changed(self, first: int) -> QRect:
        """Return the place where the points from number `first` on changed the stroke: from two points before them."""
        places = [self.place_of(point.x, point.y) for point in self._points[max(0, first - 2) :]]
        edge = self.pen_width / 2 * self._square().width() / SIDE + 2
        across, down = [place.x() for place in places], [place.y() for place in places]
        corner, other = QPointF(min(across), min(down)), QPointF(max(across), max(down))
        return QRectF(corner, other).adjusted(-edge, -edge, edge, edge).toAlignedRect()

    def _room(self) -> int:
        """Return how many points the stroke may have, so that the drawing can be kept."""
        return MOST_POINTS - sum(len(stroke.points) for stroke in self.sheet.strokes)

    def _stroke(self) -> Stroke:
        return Stroke(points=tuple(self._points), width=self.pen_width, erases=self._stroke_erases)

    def _move_cross(self, across: int, down: int, *, fine: bool) -> None:
        step = FINE_STEP if fine else KEY_STEP
        at = self.cross or QPointF(SIDE / 2, SIDE / 2)
        x, y = (min(max(place, 0.0), SIDE) for place in (at.x() + across * step, at.y() + down * step))
        self.cross = QPointF(x, y)
        self._move(Point(x, y))
        self.update()
        say(self, self._say_cross(), at_once=True)

    def _say_pen(self) -> str:
        if not self._points:
            return tr("Pen up.")
        return tr("Eraser down.") if self._stroke_erases else tr("Pen down.")

    def _say_cross(self) -> str:
        """Return where the cross is, in rows and columns of the grid, and whether ink lies there."""
        assert self.cross is not None
        x, y = self.cross.x(), self.cross.y()
        row, column = (min(int(place), round(SIDE) - 1) for place in (y, x))
        pixel = [min(int(place * PICTURE_PIXELS / SIDE), PICTURE_PIXELS - 1) for place in (x, y)]
        is_on_ink = self._ink.image.pixelColor(*pixel).alpha()
        sentence = mark("Row {row}, column {column}, on ink.") if is_on_ink else mark("Row {row}, column {column}.")
        return tr(sentence, row=row + 1, column=column + 1)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        self._redraw()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        colors, square = theme().current, self._square()
        if self.shown.image.width() != self._pixels():
            self._redraw()  # the window moved to a screen of another scale
        painter, radius = QPainter(self), metrics()["radius"]["field"]
        inside = square.adjusted(radius, radius, -radius, -radius)
        # A stroke that does not reach the edge needs neither corners nor frame, which take as long as all the rest.
        has_edge = self._is_hovered or not inside.contains(QRectF(event.rect()))
        painter.fillRect(event.rect(), colors.color("surface" if has_edge else "raised"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if has_edge:
            draw(painter, Bar(square, "raised", radius=radius))
        if self._grid:
            draw_grid(painter, square)
        painter.drawImage(square, self.shown.image)
        self._draw_in_units(painter, square)
        draw_caption(painter, square, self.sheet.caption)
        if not has_edge:
            return
        painter.setBrush(colors.color("accent", 0.12) if self._is_hovered else Qt.BrushStyle.NoBrush)
        is_strong = self.cross is not None or self._is_hovered
        painter.setPen(QPen(colors.color("accent"), 2) if is_strong else QPen(colors.color("line"), 1))
        painter.drawRoundedRect(square.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)

    def _draw_in_units(self, painter: QPainter, square: QRectF) -> None:
        colors = theme().current
        painter.save()
        painter.setClipRect(square)
        painter.translate(square.topLeft())
        painter.scale(square.width() / SIDE, square.height() / SIDE)
        if self.is_empty and not self.shows_other:
            pen = QPen(theme().current.color("line", FAINTNESS), WIDTH)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.strokePath(self.example, pen)
        if self._points:
            ink = colors.color("raised" if self._stroke_erases else "text")
            draw_tail(painter, Stroke(points=tuple(self._points), width=self.pen_width), ink)
        if self.cross is not None:
            painter.setPen(QPen(theme().current.color("accent"), CROSS_WIDTH))
            for arm in (QPointF(1, 0), QPointF(0, 1)):
                painter.drawLine(self.cross - arm, self.cross + arm)
        painter.restore()

    def _redraw(self) -> None:
        color = theme().current.color("text")
        if self.shown.image.width() != self._pixels():
            self.shown = Ink(self._pixels(), color)
        self._ink.set_color(color)
        self.shown.set_color(color)
        stroke = self._stroke() if self._points else None
        for ink in (self._ink, self.shown):
            ink.draw_sheet(self.shown_sheet)
            if stroke:
                ink.draw_parts(stroke, 0)
        self.update()

    def _square(self) -> QRectF:
        """Return the sheet's rectangle: the largest square, at the top in the middle, on whole pixels."""
        side = min(self.width(), self.height())
        return QRectF((self.width() - side) // 2, 0, side, side)

    def _pixels(self) -> int:
        return max(1, round(self._square().width() * self.devicePixelRatioF()))

    def _point(self, place: QPointF, pressure: float = 1.0) -> Point:
        square = self._square()
        scale = SIDE / max(1.0, square.width())
        x, y = (place.x() - square.left()) * scale, (place.y() - square.top()) * scale
        x, y = (min(max(value, -BEYOND), SIDE + BEYOND) for value in (x, y))
        return Point(x, y, min(max(pressure, 0.0), 1.0))


def draw_grid(painter: QPainter, square: QRectF) -> None:
    """Draw the borders of the 28 x 28 pixels that the sheet becomes."""
    painter.setPen(QPen(theme().current.color("line"), 1))
    step = square.width() / SIDE
    for number in range(1, round(SIDE)):
        across, down = (round(start + number * step) + 0.5 for start in (square.left(), square.top()))
        painter.drawLine(QPointF(across, square.top()), QPointF(across, square.bottom()))
        painter.drawLine(QPointF(square.left(), down), QPointF(square.right(), down))


def draw_caption(painter: QPainter, square: QRectF, caption: str) -> None:
    """Write the caption in the corner, on a ground of its own: ink or grey may be below it."""
    if not caption:
        return
    measure = QFontMetricsF(font("caption"))
    text = measure.elidedText(caption, Qt.TextElideMode.ElideRight, square.width() - 32)
    place = QRectF(0, 0, measure.horizontalAdvance(text) + 12, measure.height() + 4)
    place.moveBottomLeft(square.bottomLeft() + QPointF(6, -6))
    draw(painter, Bar(place, "surface", radius=4), Words(place, text, "muted", side=CENTER))


def received(canvas: Canvas, *, raw: bool, shape: tuple[int, int]) -> Array:
    """Return what the network receives, float32 of `shape` (rows, columns), 0 to 1; exact where nobody has drawn."""
    if not is_as_is(canvas, shape):
        return prepared(canvas.picture(), raw=raw, shape=shape)
    sheet = canvas.shown_sheet
    assert sheet.picture is not None
    if not sheet.strokes and not canvas.is_drawing:
        return sheet.picture
    longest = float(max(shape))  # of the canvas, in pixels of the picture
    drawn = area_averaged(canvas.picture() - canvas.ground(), shape, (longest, longest))
    return np.clip(sheet.picture + drawn, 0, 1)


def is_as_is(canvas: Canvas, shape: tuple[int, int]) -> bool:
    """Return whether the sheet is received pixel for pixel by a network that reads `shape`."""
    sheet = canvas.shown_sheet
    return sheet.as_is and sheet.picture is not None and sheet.picture.shape == shape
