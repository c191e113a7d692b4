"""A widget with rows of neurons that are marked, swept, zoomed and panned: the base of maps and averages."""

import math
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QEnterEvent, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QApplication

from engine.core.language import mark, tr
from gui.look.words import with_keys
from gui.tabs.fingerprints.map_rows import NOTHING, MapRows, MapWindow, Pointed
from gui.widgets.heard import say_part
from gui.widgets.painted import Frame, Repainted, draw
from gui.widgets.pictures.camera import ZOOM_KEYS

NOTCH, ZOOM = 120, 0.8  # the wheel's angle, in eighths of a degree, that zooms by this factor
KEY_PAN = 0.2
RING = 2  # width of the focus ring; a field leaves that much room on all sides
ADD, RANGE = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier

HANDS = mark(
    "Click a row to look at its neuron, drag over rows to mark a band (Ctrl adds, Shift reaches to the last one), "
    "click a bracket or press M to mark the neurons of that class; Delete silences them. Wheel zooms (Ctrl: rows "
    "alone, Shift: columns alone), the middle button or Space and drag move, double click or F shows all."
)


class RowField(Repainted):
    """Has a `field` with rows. While Space is held the left button pans."""

    def __init__(self, name: str, title: str, rows: MapRows, window: MapWindow, size: tuple[int, int]) -> None:
        super().__init__(name, title, size=size, follows_mouse=True, takes_keys=True)
        self.setAccessibleDescription(with_keys(tr(HANDS)))
        self.setMinimumSize(60, 40)
        self.rows, self.window_ = rows, window
        self._from: int | None = None  # the place where the button was pressed
        self._before = NOTHING
        # What was marked before the last click, unless something else was done since.
        self._unclicked: frozenset[int] | None = None
        self._moved_from: QPointF | None = None
        self._space = False
        # Whether a click gave it the focus, and no key was pressed since: then a ring would say nothing.
        self._by_mouse = False
        rows.changed.connect(self.update)
        window.changed.connect(self.update)

    def field(self) -> QRectF:
        return QRectF(self.rect())

    def place_at(self, position: QPointF) -> int | None:
        field, window = self.field(), self.window_
        if not field.height() or not field.top() <= position.y() < field.bottom():
            return None
        share = (position.y() - field.top()) / field.height()
        return self.rows.place_at(window.top + share * (window.bottom - window.top))

    def rows_in_view(self) -> range:
        """Return the places of the rows whose middles are in view."""
        total, window = len(self.rows.order), self.window_
        return range(math.ceil(window.top * total - 0.5), math.ceil(window.bottom * total - 0.5))

    def pointed_at(self, position: QPointF, neuron: int) -> Pointed:
        return Pointed(neuron)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        left = event.button() == Qt.MouseButton.LeftButton
        if event.button() == Qt.MouseButton.MiddleButton or (left and self.is_moving):
            self._moved_from = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            return
        place = self.place_at(event.position()) if left else None
        self._unclicked = self.rows.marked if left else None
        if place is not None:
            self._begin(place, event.modifiers())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Mark or pan; else point."""
        if self._moved_from is not None:
            way, field = self._moved_from - event.position(), self.field()
            self._moved_from = event.position()
            self.window_.pan(way.x() / max(1.0, field.width()), way.y() / max(1.0, field.height()))
            self.rows.point_at(None)
        elif self._from is not None:
            self.rows.point_at(None)  # the card would cover what is swept over
            self.rows.mark(self._before | self.rows.between(self._from, self._nearest(event.position())))
        else:
            self._point(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End what the button began; a band of one row picks its neuron."""
        if self._moved_from is not None:
            self._moved_from = None
            self._show_hand()
            self._point(event.position())
        elif self._from is not None and event.button() == Qt.MouseButton.LeftButton:
            came_from, self._from = self._from, None
            self._point(event.position())
            if self._nearest(event.position()) == came_from:
                self.rows.clicked.emit(self.pointed_at(event.position(), int(self.rows.order[came_from])))
            else:
                self._unclicked = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit all, and take back what the first of the two clicks marked and picked."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self._unclicked is not None:
            self.rows.mark(self._unclicked)
            self.rows.pickWithdrawn.emit()
            self._unclicked = None
        self.window_.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = (
            event.angleDelta().y() or event.angleDelta().x()
        )  # with Alt or Shift some systems turn the wheel sideways
        field, where = self.field(), event.position()
        x = min(max((where.x() - field.left()) / max(1.0, field.width()), 0.0), 1.0)
        y = min(max((where.y() - field.top()) / max(1.0, field.height()), 0.0), 1.0)
        keys = event.modifiers()
        self.window_.zoom(ZOOM ** (turned / NOTCH), x, y, rows=not keys & RANGE, columns=not keys & ADD)
        self._point(where)
        event.accept()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._show_hand()

    def leaveEvent(self, event: QEvent) -> None:
        self.rows.point_at(None)

    def _begin(self, place: int, keys: Qt.KeyboardModifier) -> None:
        rows, neuron = self.rows, int(self.rows.order[place])
        self._from, self._before = place, NOTHING
        if keys & RANGE and rows.selected is not None and (last := rows.place_of(rows.selected)) is not None:
            self._from = last
        elif keys & ADD:
            self._before = rows.marked
            if neuron in rows.marked:
                self._from = None
                rows.mark(rows.marked - {neuron})
                return
        rows.mark(self._before | rows.between(self._from, place))

    def _nearest(self, position: QPointF) -> int:
        field = self.field()
        inside = min(max(position.y(), field.top()), field.bottom() - 0.01)
        place = self.place_at(QPointF(position.x(), inside))
        return len(self.rows.order) - 1 if place is None else place

    def _point(self, position: QPointF) -> None:
        place = self.place_at(position)
        self.rows.point_at(None if place is None else self.pointed_at(position, int(self.rows.order[place])))

    @property
    def is_moving(self) -> bool:
        return self._space or self.rows.is_panning

    def _show_hand(self) -> None:
        self.setCursor(Qt.CursorShape.OpenHandCursor if self.is_moving else Qt.CursorShape.ArrowCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, keys = Qt.Key(event.key()), event.modifiers()
        if self._by_mouse:
            self._by_mouse = False
            self.update()
        if key == Qt.Key.Key_Space:
            self._space = True
            self._show_hand()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and not keys & ADD:
            self._step(1 if key == Qt.Key.Key_Down else -1, extend=bool(keys & RANGE))
        elif not self._move_by_key(key):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Space or event.isAutoRepeat():
            super().keyReleaseEvent(event)
            return
        self._space = False
        self._show_hand()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._by_mouse = event.reason() == Qt.FocusReason.MouseFocusReason
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._space = False
        self._show_hand()
        super().focusOutEvent(event)

    def zoom_by(self, steps: int) -> None:
        self.window_.zoom(ZOOM**steps)

    def fit(self) -> None:
        self.window_.fit()

    def _move_by_key(self, key: Qt.Key) -> bool:
        window, rows = self.window_, self.rows
        steps: dict[Qt.Key, Callable[[], None]] = {
            **{near: partial(self.zoom_by, count) for near, count in ZOOM_KEYS.items()},
            Qt.Key.Key_F: window.fit,
            Qt.Key.Key_0: window.fit,
            Qt.Key.Key_Left: lambda: window.pan(-KEY_PAN, 0),
            Qt.Key.Key_Right: lambda: window.pan(KEY_PAN, 0),
            Qt.Key.Key_Up: lambda: window.pan(0, -KEY_PAN),
            Qt.Key.Key_Down: lambda: window.pan(0, KEY_PAN),
            Qt.Key.Key_PageUp: lambda: window.pan(0, -1),
            Qt.Key.Key_PageDown: lambda: window.pan(0, 1),
            Qt.Key.Key_Delete: lambda: rows.silenceWanted.emit(),
            Qt.Key.Key_Backspace: lambda: rows.silenceWanted.emit(),
            Qt.Key.Key_Escape: lambda: rows.mark(NOTHING),
        }
        if step := steps.get(key):
            step()
        return step is not None

    def _step(self, count: int, *, extend: bool) -> None:
        """Go to the row below or above the current one; with `extend` the band grows."""
        rows, total = self.rows, len(self.rows.order)
        if not total:
            return
        place = None if rows.selected is None else rows.place_of(rows.selected)
        if place is None:
            place = int(self.window_.top * total) - (count > 0)
        place = min(max(place + count, 0), total - 1)
        neuron = int(rows.order[place])
        rows.point_at(None)  # the mouse is over another row than the one that the keys reached
        rows.mark(rows.marked | {neuron} if extend else {neuron})
        self.window_.reveal(place / total, (place + 1) / total)
        rows.picked.emit(neuron)
        say_part(self, place - self.rows_in_view().start)

    def draw_focus(self, painter: QPainter, field: QRectF) -> None:
        """Draw the focus ring on all four sides of the field, or it would look like a mark."""
        if self.hasFocus() and not self._by_mouse and QApplication.activeWindow() is self.window():
            draw(painter, Frame(field.adjusted(-RING / 2, -RING / 2, RING / 2, RING / 2), "focus", RING))
