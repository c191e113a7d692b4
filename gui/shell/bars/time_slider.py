"""The time slider: the track of a run from its first step to its planned end, with a handle at the selected step."""

from typing import ClassVar

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QToolTip

from engine.core.language import mark, tr
from gui.look.theme import theme
from gui.look.words import show_tip
from gui.state.link.clock import CLOCK, DRAG_PERIOD_MS, Clock, Throttle
from gui.state.training.runs import Run
from gui.widgets.heard import HeardValue, say_value
from gui.widgets.painted import Bar, Dot, Repainted, draw, smooth_painter
from gui.widgets.plots.time_scale import Tick, TimeScale

# Thickness of the track, radius of the handle, and margin beside the track for the handle and its ring.
THICKNESS, RADIUS, MARGIN = 4.0, 8.0, 12.0

FLAG, FLAG_ABOVE = 4.0, 15.0  # half the size of a bookmark, and its distance above the track
TICK_BELOW, SHORT, LONG = 9.0, 4.0, 7.0  # distance of ticks below the track, and their lengths
PAGE = 10  # number of moments that the Page keys move
LATEST, EARLIER = mark("Run {run}, {moment}, the latest"), mark("Run {run}, {moment}")
NO_RUN = mark("The snapshots (checkpoints) of a run: start one, then drag to look at any of them.")


class TimeSlider(Repainted):
    """Shows a run and a position, and sends where a person wants to go; every way snaps to a kept moment."""

    heard_role: ClassVar = QAccessible.Role.Slider

    moved = Signal(int)  # carries the step of the moment to select
    liveWanted = Signal()

    def __init__(self, clock: Clock = CLOCK) -> None:
        super().__init__("time.slider", tr("Snapshot"), follows_mouse=True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(120, 40)
        self._run: Run | None = None
        self._position, self._live, self._turned = 0, True, 0
        self._ticks: tuple[TimeScale, int, list[Tick]] | None = None
        self._pointer = QPointF()
        self._drag = Throttle(lambda: self._go_to(self._pointer), DRAG_PERIOD_MS, self, clock=clock)
        self.show_run(None, 0, live=True)

    def show_run(self, run: Run | None, position: int, *, live: bool) -> None:
        # What follows a training is announced by its epochs.
        is_moved = (run, live) != (self._run, self._live) or (position != self._position and not live)
        self._run, self._position, self._live = run, position, live
        self.setEnabled(run is not None)
        if run is None:
            self.setToolTip(tr(NO_RUN))
        self.update()
        if is_moved:
            say_value(self)

    def sizeHint(self) -> QSize:
        return QSize(320, 46)

    def finding(self) -> str:
        """Return the snapshot that is looked at, in words; empty without a run."""
        if self._run is None:
            return ""
        words = LATEST if self._live else EARLIER
        words = tr(words, run=self._run.look.label, moment=self._run.say(self._position))
        return words.replace(" · ", ", ")

    def heard_value(self) -> HeardValue:
        """Return the step that is looked at, of those that are planned."""
        return HeardValue(0, self._run.end if self._run else 0, self._position, self.finding())

    def take_value(self, value: float) -> None:
        """Go to the kept moment nearest to a step."""
        self._go_to(self.place_of(round(value)))

    def place_of(self, step: int) -> QPointF:
        return QPointF(MARGIN + self._scale().place(step), self.height() / 2)

    def moment_at(self, point: QPointF) -> int | None:
        """Return the kept moment nearest to `point`; on the mark of a bookmark it is the bookmark's."""
        if self._run is None:
            return None
        across = point.x() - MARGIN
        if point.y() < self.height() / 2 - RADIUS:
            for step in self._run.bookmarks:
                if abs(self._scale().place(step) - across) <= FLAG + 2 and self._run.holds(step):
                    return step
        return self._run.nearest(self._scale().step(across))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            QToolTip.hideText()
            self._go_to(event.position())
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._pointer = event.position()
            self._drag.want()
        elif QToolTip.isVisible():
            self._say_moment(event.position(), event.globalPosition().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag.forget()
            self._go_to(event.position())

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._turned += event.angleDelta().y() or -event.angleDelta().x()
        notches, rest = divmod(abs(self._turned), 120)
        sign = 1 if self._turned > 0 else -1
        self._turned = sign * rest
        if notches:
            self._move(sign * notches)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by one moment, by ten, or to an end."""
        key = Qt.Key
        places = {key.Key_Left: -1, key.Key_Down: -1, key.Key_Right: 1, key.Key_Up: 1}
        places |= {key.Key_PageDown: -PAGE, key.Key_PageUp: PAGE}
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif event.key() in places:
            self._move(places[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_Home:
            self._want(self._run.nearest(0) if self._run else None)
        elif event.key() == Qt.Key.Key_End:
            self._want_live()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self._run:
            self._say_moment(QPointF(event.pos()), event.globalPos())
            return True
        return super().event(event)

    def _go_to(self, point: QPointF) -> None:
        if self._run is None:
            return
        step = self.moment_at(point)
        at_newest = point.x() >= self.place_of(self._run.newest).x() - RADIUS / 2
        if at_newest and step is not None and step == self._run.steps[-1]:
            self._want_live()
        else:
            self._want(step)

    def _move(self, count: int) -> None:
        step = self._run.beside(self._position, count) if self._run else None
        if step is not None:
            self._want(step)
        elif count > 0:
            self._want_live()

    def _want(self, step: int | None) -> None:
        if step is not None and (self._live or step != self._position):
            self.moved.emit(step)

    def _want_live(self) -> None:
        if self._run is not None and not self._live:
            self.liveWanted.emit()

    def _say_moment(self, point: QPointF, place: QPoint) -> None:
        step = self.moment_at(point)
        if self._run is not None and step is not None:
            show_tip(place, self._run.say(step), self)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        self._draw_track(painter)
        if self._run is not None:
            self._draw_ticks(painter, self._run)
            self._draw_bookmarks(painter, self._run)
            self._draw_handle(painter)
        painter.end()

    def _draw_track(self, painter: QPainter) -> None:
        self._draw_bar(painter, self.width() - MARGIN, "line")
        if self._run is not None:
            painter.setOpacity(0.35)
            self._draw_bar(painter, self.place_of(self._run.newest).x(), "accent")
            painter.setOpacity(1.0)
            self._draw_bar(painter, self.place_of(self._position).x(), "accent")

    def _draw_bar(self, painter: QPainter, end: float, color: str) -> None:
        bar = QRectF(MARGIN, (self.height() - THICKNESS) / 2, max(0.0, end - MARGIN), THICKNESS)
        draw(painter, Bar(bar, color, radius=THICKNESS / 2))

    def _draw_ticks(self, painter: QPainter, run: Run) -> None:
        colors, top = theme().current, self.height() / 2 + TICK_BELOW
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        for is_long, height, opacity in ((True, LONG, 1.0), (False, SHORT, 0.5)):
            painter.setBrush(colors.color("faint", opacity))
            places = [place for place, long in self._all_ticks(run) if long == is_long]
            painter.drawRects([QRectF(round(MARGIN + place - 0.5), top, 1, height) for place in places])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _draw_bookmarks(self, painter: QPainter, run: Run) -> None:
        painter.setBrush(theme().current.color("text"))
        for step in run.bookmarks:
            middle = self.place_of(step) - QPointF(0, FLAG_ABOVE)
            corners = (QPointF(0, -FLAG), QPointF(FLAG, 0), QPointF(0, FLAG), QPointF(-FLAG, 0))
            painter.drawPolygon(QPolygonF([middle + corner for corner in corners]))

    def _draw_handle(self, painter: QPainter) -> None:
        middle = self.place_of(self._position)
        if self.hasFocus():
            draw(painter, Dot(middle, RADIUS + 4, theme().current.color("focus", 0.3), "focus", 2))
        draw(painter, Dot(middle, RADIUS - 0.5, "surface", "accent", 2))

    def _all_ticks(self, run: Run) -> list[Tick]:
        scale = self._scale()
        if self._ticks is None or self._ticks[:2] != (scale, run.steps_per_epoch):
            self._ticks = scale, run.steps_per_epoch, scale.ticks(run.steps_per_epoch)
        return self._ticks[2]

    def _scale(self) -> TimeScale:
        return TimeScale(self._run.end if self._run else 1, max(0.0, self.width() - 2 * MARGIN))
