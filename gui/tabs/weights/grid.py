"""The weights of many neurons as small pictures: zoom, point, choose."""

import math
from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple

import numpy as np
from PySide6 import QtGui
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QGestureEvent, QPinchGesture

from engine.core.language import mark, tr
from engine.core.lazy import Array
from gui.look.arrows import ARROWS, next_in_grid
from gui.look.focus_ring import BY_KEYS
from gui.look.fonts import font, scaled
from gui.look.layout import Fitted
from gui.look.theme import theme
from gui.tabs.weights.picture_layout import View, WeightAtlas, as_bytes
from gui.widgets.figures.table import Table
from gui.widgets.heard import HeardPart, say_part
from gui.widgets.painted import CENTER, Frame, Painted, Words, draw, hatch
from gui.widgets.pictures.camera import ZOOM_KEYS
from gui.widgets.pictures.cell_words import heard_number

NOTCH = 120  # what a wheel reports for one notch; touchpads report fractions
PINCH = 0.25  # of a pinch to twice the distance, this part is one step nearer
PAN_STEP = 60

CAPTION_ROOM = 13  # height in pixels that the gap below a picture must have for its number


HOW_TO = mark(
    "Wheel: nearer or away. Drag: move. Click: choose a neuron. Arrow keys choose too; + and − zoom, 0 shows all."
)


class Pointed(NamedTuple):
    """What is under the mouse: a neuron by its number, row and column in its picture."""

    neuron: int
    row: int
    column: int


class WeightGrid(Fitted, Painted):
    """Pictures in rows. Wheel, pinch, plus and minus zoom, dragging pans, the arrows choose."""

    heard_role: ClassVar = QAccessible.Role.List

    pointed = Signal(object)  # a `Pointed`, or `None` where the mouse is on no picture
    chosen = Signal(object)  # the number of the clicked neuron, or `None` beside all of them
    fittedChanged = Signal(bool)  # whether all is in view

    def __init__(self, name: str) -> None:
        title, size = tr("Weights of the neurons"), (560, 400)
        super().__init__(name, title, tip=tr(HOW_TO), size=size, follows_mouse=True, takes_keys=True)
        self.grabGesture(Qt.GestureType.PinchGesture)
        self.view = View()
        self._pictures: Array = np.zeros((0, 1, 1), np.float32)
        self._cells: Array = np.zeros((0, 1, 1), np.uint8)
        self._order: Array = np.zeros(0, np.int64)
        self._positions: Array = self._order
        self._atlas: WeightAtlas | None = None
        self.marked: int | None = None  # the neuron that is marked
        self.silenced: frozenset[int] = frozenset()  # the neurons that are shown as silenced
        self._pressed: QPoint | None = None
        self._held = QPointF()
        self._dragged = self._rings = self._was_fitted = False
        self._turned, self._pinched = 0, 0.0

    @property
    def order(self) -> list[int]:
        numbers: list[int] = self._order.tolist()
        return numbers

    def show_pictures(self, pictures: Array, most: Array | float, order: Array) -> None:
        """Show weights (neurons, rows, columns), in this order of the neurons (neurons,).

        `most` has the strongest colour: one for all, or one for each neuron.
        """
        same = pictures.shape == self._cells.shape and np.array_equal(order, self._order)
        self._pictures = pictures
        self._cells, self._order = as_bytes(pictures, most), order
        self._positions = np.argsort(order)
        self._atlas = None
        if same:
            self.update()
        else:
            self._fit()

    def finding(self) -> str:
        if not len(self._order):
            return tr("There are no pictures yet.")
        count, seen = len(self._order), len(self.view.seen())
        if self.marked is None or self.marked >= len(self._order):
            return tr(
                "{seen:,} of {count:,} pictures are in view, none is chosen. Arrow keys choose.", seen=seen, count=count
            )
        picture = self._say(self.marked)
        return tr(
            "{seen:,} of {count:,} pictures are in view; chosen is {picture}.", seen=seen, count=count, picture=picture
        )

    def heard_parts(self) -> Sequence[HeardPart]:
        """Return the pictures in view, in their order."""
        neurons = self._order[self.view.seen()].tolist() if len(self._order) else []
        return [
            HeardPart(self._say(neuron), self.area(neuron), is_chosen=neuron == self.marked, can_press=True)
            for neuron in neurons
        ]

    def _say(self, neuron: int) -> str:
        """Return a picture in words: `17: from −0.12 to 0.31`; NaN is a gap between kernels."""
        weights = self._pictures[neuron][~np.isnan(self._pictures[neuron])]
        low, high = (heard_number(end) for end in (weights.min(initial=np.inf), weights.max(initial=-np.inf)))
        if neuron in self.silenced:
            return tr("{neuron}: from {low} to {high}, silenced", neuron=neuron, low=low, high=high)
        return tr("{neuron}: from {low} to {high}", neuron=neuron, low=low, high=high)

    def table(self) -> Table | None:
        if not len(self._order):
            return None
        rows = (
            [neuron, row, *line] for neuron in self.order for row, line in enumerate(self._pictures[neuron].tolist())
        )
        return Table([mark("neuron"), mark("row"), *map(str, range(self._pictures.shape[2]))], rows)

    def clear(self) -> None:
        self.show_pictures(np.zeros((0, 1, 1), np.float32), 1.0, np.zeros(0, np.int64))

    def set_marked(self, neuron: int | None) -> None:
        if neuron == self.marked:
            return
        self.marked = neuron
        if neuron is not None and neuron < len(self._order):
            self.view.show(int(self._positions[neuron]))
            if self.hasFocus() and (place := int(self._positions[neuron])) in (seen := self.view.seen()):
                say_part(self, seen.index(place))
        self.update()

    def set_silenced(self, neurons: Iterable[int]) -> None:
        self.silenced = frozenset(neurons)
        self.update()

    def fit(self) -> None:
        self.view.fit()
        self._moved()

    def zoom(self, steps: int, at: QPointF | None = None) -> None:
        """Zoom in by `steps` (out if negative) around a point of the widget: by default its middle."""
        if len(self._order):
            place = (at if at is not None else QRectF(self.rect()).center()) * self.devicePixelRatioF()
            self.view.zoom(steps, place.x(), place.y())
            self._moved()

    def zoom_by(self, steps: int) -> None:
        self.zoom(steps)

    def area(self, neuron: int) -> QRectF:
        """Return the rectangle of a neuron's picture in the widget, in sight or not."""
        return area_of(self.view, int(self._positions[neuron]), self.devicePixelRatioF())

    def _areas(self, neurons: Iterable[int | None]) -> list[QRectF]:
        sight = QRectF(self.rect())
        areas = [self.area(each) for each in neurons if each is not None and each < len(self._order)]
        return [area for area in areas if area.intersects(sight)]

    def at(self, point: QPointF) -> Pointed | None:
        if not len(self._order):
            return None
        place = point * self.devicePixelRatioF()
        found = self.view.layout.at(*self.view.content(place.x(), place.y()))
        return Pointed(int(self._order[found.position]), found.row, found.column) if found else None

    def _fit(self) -> None:
        ratio = self.devicePixelRatioF()
        if len(self._order):
            room = math.floor(self.width() * ratio), math.floor(self.height() * ratio)
            before = self.view.layout
            self.view.set_room(len(self._order), self._cells.shape[1:], room)
            if self.view.layout != before:
                self._atlas = None
        self._moved()

    def _moved(self) -> None:
        if self.view.is_fitted != self._was_fitted:
            self._was_fitted = self.view.is_fitted
            self.fittedChanged.emit(self._was_fitted)
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter, ratio = QPainter(self), self.devicePixelRatioF()
        if len(self._order):
            self._draw_pictures(painter)
            draw_captions(painter, self.view, self.order, ratio)
            draw_marks(painter, self._areas(self.silenced), self._areas([self.marked]))
        if self._rings and self.hasFocus():
            draw(painter, Frame(QRectF(self.rect()).adjusted(1, 1, -1, -1), "focus", 2))

    def _draw_pictures(self, painter: QPainter) -> None:
        view, ratio = self.view, self.devicePixelRatioF()
        if self._atlas is None:
            self._atlas = WeightAtlas(self._cells[self._order], view.layout)
        width, height = view.layout.size
        if not view.scale.is_integer():
            image = self._atlas.averaged(round(width * view.scale), round(height * view.scale))
            place = QRectF(-view.left, -view.top, image.width(), image.height())
        else:
            left, top = (max(0, math.floor(start / view.scale)) for start in (view.left, view.top))
            right, bottom = (
                min(side, math.ceil((start + room) / view.scale))
                for side, start, room in zip((width, height), (view.left, view.top), view.room, strict=True)
            )
            image = self._atlas.part(left, top, right, bottom)
            place = QRectF(
                left * view.scale - view.left,
                top * view.scale - view.top,
                (right - left) * view.scale,
                (bottom - top) * view.scale,
            )
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        painter.drawImage(place, image)
        painter.restore()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._turned += event.angleDelta().y()
        steps = int(self._turned / NOTCH)
        self._turned -= steps * NOTCH
        if steps:
            self.zoom(steps, event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Handle pinches, of a touchpad and of fingers on the screen."""
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self._pinch(event.value(), event.position())
                return True
        elif isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                self._pinch(math.log2(max(pinch.scaleFactor(), 0.01)), self.mapFromGlobal(pinch.centerPoint()))
                return True
        return super().event(event)

    def _pinch(self, by: float, at: QPointF) -> None:
        self._pinched += by
        steps = int(self._pinched / PINCH)
        self._pinched -= steps * PINCH
        if steps:
            self.zoom(steps, at)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pressed, self._held, self._dragged = event.position().toPoint(), event.position(), False
            event.accept()
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan with a button down; point without."""
        if self._pressed is None:
            self.pointed.emit(self.at(event.position()))
            return
        far = (event.position().toPoint() - self._pressed).manhattanLength()
        if self._dragged or far >= QApplication.startDragDistance():
            self._dragged = True
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            way = (event.position() - self._held) * self.devicePixelRatioF()
            self.view.pan(way.x(), way.y())
            self._held = event.position()
            self._moved()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        self.unsetCursor()
        if pressed is not None and not self._dragged and event.button() == Qt.MouseButton.LeftButton:
            found = self.at(event.position())
            self.chosen.emit(found.neuron if found else None)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.fit()

    def enterEvent(self, event: QtGui.QEnterEvent) -> None:
        self.pointed.emit(self.at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self.pointed.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in ZOOM_KEYS:
            mouse = QPointF(self.mapFromGlobal(self.cursor().pos())) if self.underMouse() else None
            self.zoom(ZOOM_KEYS[key], mouse)
        elif key == Qt.Key.Key_0:
            self.fit()
        elif key in ARROWS and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            down, right = ARROWS[key]
            self.view.pan(-right * PAN_STEP, -down * PAN_STEP)
            self._moved()
        elif key == Qt.Key.Key_Escape and self.marked is not None:
            self.chosen.emit(None)
        elif (position := self._position_by(key)) is not None:
            self.chosen.emit(int(self._order[position]))
        else:
            super().keyPressEvent(event)

    def _position_by(self, key: Qt.Key) -> int | None:
        count, view = len(self._order), self.view
        is_marked = self.marked is not None and self.marked < count
        now = int(self._positions[self.marked]) if is_marked else None
        return next_in_grid(key, now, count, view.layout.across, view.seen().start if count else 0)

    def focusInEvent(self, event: QtGui.QFocusEvent) -> None:
        """Show the focus to those who came by keyboard."""
        self._rings = event.reason() in BY_KEYS
        super().focusInEvent(event)


def area_of(view: View, position: int, ratio: float) -> QRectF:
    """Return the rectangle of the picture at `position`, on a screen with `ratio` pixels to one of the widget's."""
    x, y = view.layout.corner(position)
    side = view.scale / ratio
    left, top = (x * view.scale - view.left) / ratio, (y * view.scale - view.top) / ratio
    return QRectF(left, top, view.layout.columns * side, view.layout.rows * side)


def draw_captions(painter: QPainter, view: View, order: Sequence[int], ratio: float) -> None:
    """Draw each picture's number below it, where it has room."""
    layout, high = view.layout, scaled(CAPTION_ROOM)
    room = (layout.gap_below - layout.inset[1]) * view.scale / ratio
    widest = QFontMetricsF(font("caption", numbers=True)).horizontalAdvance(str(len(order)))
    if room < high or layout.cell[0] * view.scale / ratio < widest + 4:
        return
    marks = []
    for position in view.seen():
        area = area_of(view, position, ratio)
        below = QRectF(area.left() - 20, area.bottom() + 1, area.width() + 40, high)
        marks.append(Words(below, str(order[position]), "faint", side=CENTER, numbers=True))
    draw(painter, *marks)


def draw_marks(painter: QPainter, silenced: Iterable[QRectF], chosen: Iterable[QRectF]) -> None:
    """Hatch the silenced pictures, and frame the chosen ones."""
    colors = theme().current
    painter.setPen(QPen(colors.color("curve_2"), 1.5))
    hatch(painter, colors.color("curve_2", 0.75))
    for area in silenced:
        painter.drawRect(area.adjusted(-1, -1, 1, 1))
    draw(painter, *(Frame(area.adjusted(-2, -2, 2, 2), "accent", 2) for area in chosen))
