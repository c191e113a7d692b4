"""What is painted by hand: the marks it is made of, each of which says how it looks, and what such widgets share."""

import functools
from collections.abc import Iterator, Sequence
from typing import ClassVar, NamedTuple

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import (
    QAccessible,
    QBrush,
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QImage,
    QPaintDevice,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QApplication, QLayout, QSizePolicy, QStyle, QWidget

from engine.core.language import mark, tr
from gui.look.fonts import font, keep, scaled
from gui.look.theme import Tokens, theme
from gui.look.words import named, show_tip
from gui.widgets.figures.table import Table
from gui.widgets.heard import HeardPart, rows_of

# Joined once: Python takes longer to join two of Qt's flags than Qt to write a figure.
LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
CENTER = Qt.AlignmentFlag.AlignCenter
SIDES = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignRight

# Of a painter: left is left in every language, and a text runs as its letters do.
OF_WORDS = Qt.LayoutDirection.LayoutDirectionAuto

NO_PEN, NO_BRUSH = Qt.PenStyle.NoPen, Qt.BrushStyle.NoBrush

ROW_RADIUS = 6  # of the corners of a row of a list


# Named tuples, because a frozen dataclass takes twice as long to make, and the bars in Draw follow the pen.
class Words(NamedTuple):
    """A text in its place, in the font `role`; `numbers` makes digits equally wide, `elided` ends it in an ellipsis."""

    place: QRectF
    text: str
    color: str = "text"
    role: str = "caption"
    side: Qt.AlignmentFlag | Qt.TextFlag = LEFT
    numbers: bool = False
    elided: bool = False

    def area(self) -> QRectF:
        """Return what the text covers of its place."""
        wide = QFontMetricsF(font(self.role, numbers=self.numbers)).horizontalAdvance(self.text)
        area = QRectF(self.place.topLeft(), QSizeF(min(wide, self.place.width()), self.place.height()))
        if self.side & Qt.AlignmentFlag.AlignRight:
            area.moveRight(self.place.right())
        elif self.side & Qt.AlignmentFlag.AlignHCenter:
            area.moveCenter(self.place.center())
        return area


class Bar(NamedTuple):
    """A filled rectangle; `radius` is that of its corners, at most half its width; `None`: edges at whole pixels."""

    place: QRectF
    color: str | QColor
    opacity: float = 1.0
    radius: float | None = None


class Bars(NamedTuple):
    """Filled rectangles of one colour: to make a mark of each takes as long as to draw it."""

    places: list[QRectF]
    color: str


class Frame(NamedTuple):
    """The outline of a rectangle, around `fill` unless that is empty; `radius` is that of its corners."""

    place: QRectF
    color: str = "line"
    width: float = 1.0
    radius: float = 0.0
    fill: str | QColor = ""


class Dot(NamedTuple):
    """A circle, filled and outlined, or only one of both where the other's colour is empty."""

    middle: QPointF
    radius: float
    fill: str | QColor = ""
    line: str = ""
    width: float = 1.0


class Rule(NamedTuple):
    """A straight line."""

    start: QPointF
    end: QPointF
    color: str = "line"
    width: float = 1.0
    style: Qt.PenStyle = Qt.PenStyle.SolidLine


class Image(NamedTuple):
    """An image, stretched into its place."""

    place: QRectF
    image: QImage


# Something that is drawn; colours are names of the theme's, so that a mark is right in every look.
type Mark = Words | Bar | Bars | Frame | Dot | Rule | Image


def draw(painter: QPainter, *marks: Mark) -> None:
    """Draw marks, the first ones behind, with the pen, brush and font that each of them needs."""
    colors = theme().current
    painter.setLayoutDirection(OF_WORDS)
    letters: object = None  # what the marks before have set: to set it again takes as long as to draw a bar
    pen: object = None
    brush: object = None
    for shape in marks:
        match shape:
            case Words():
                place, text, color, role, side, numbers, elided = shape
                if letters != (role, numbers):
                    letters = role, numbers
                    painter.setFont(font(role, numbers=numbers))
                if pen != color:
                    pen = color
                    painter.setPen(_color(colors, color))
                if elided:
                    text = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, place.width())
                painter.drawText(place, side, text)
            case Bar():
                place, token, opacity, rounding = shape
                fill = _color(colors, token, opacity) if isinstance(token, str) else token
                if rounding is None:
                    painter.fillRect(place, fill)
                    continue
                if pen is not NO_PEN:
                    pen = NO_PEN
                    painter.setPen(NO_PEN)
                if brush is not fill:
                    brush = fill
                    painter.setBrush(fill)
                radius = min(rounding, place.width() / 2)
                painter.drawRoundedRect(place, radius, radius)
            case Bars():
                pen, brush = NO_PEN, None
                painter.setPen(NO_PEN)
                painter.setBrush(_color(colors, shape.color))
                painter.drawRects(shape.places)
            case Frame():
                place, color, width, radius, filling = shape
                if pen != (color, width):
                    pen = color, width
                    painter.setPen(QPen(_color(colors, color), width))
                if brush is not (inside := _filling(colors, filling)):
                    brush = inside
                    painter.setBrush(inside)
                painter.drawRoundedRect(place, radius, radius)
            case Dot():
                middle, radius, filling, line, width = shape
                pen = brush = None
                painter.setPen(QPen(_color(colors, line), width) if line else NO_PEN)
                painter.setBrush(_filling(colors, filling))
                painter.drawEllipse(middle, radius, radius)
            case Rule():
                start, end, color, width, style = shape
                if pen != (color, width, style):
                    pen = color, width, style
                    painter.setPen(QPen(_color(colors, color), width, style))
                painter.drawLine(start, end)
            case Image():
                painter.drawImage(shape.place, shape.image)


@functools.lru_cache(512)
def _color(colors: Tokens, name: str, opacity: float = 1.0) -> QColor:
    """Return a token as a colour. Charts have hundreds of marks: to parse the code took a third of their time."""
    return colors.sign(name, opacity)


def _filling(colors: Tokens, fill: str | QColor) -> QColor | Qt.BrushStyle:
    if isinstance(fill, str):
        return _color(colors, fill) if fill else NO_BRUSH
    return fill


def turned(area: QRectF, *marks: Mark) -> Iterator[Mark]:
    """Yield marks of a control or a row as they are; where words run from the right, mirrored in their area."""
    if not QApplication.isRightToLeft():
        yield from marks
        return
    ends = area.left() + area.right()

    def over(place: QRectF) -> QRectF:
        return QRectF(ends - place.right(), place.top(), place.width(), place.height())

    def across(point: QPointF) -> QPointF:
        return QPointF(ends - point.x(), point.y())

    for shape in marks:
        match shape:
            case Words():
                side = shape.side ^ SIDES if shape.side & SIDES else shape.side
                yield shape._replace(place=over(shape.place), side=side)
            case Bars():
                yield shape._replace(places=list(map(over, shape.places)))
            case Dot():
                yield shape._replace(middle=across(shape.middle))
            case Rule():
                yield shape._replace(start=across(shape.start), end=across(shape.end))
            case _:
                yield shape._replace(place=over(shape.place))


def row_ground(area: QRect, state: QStyle.StateFlag, *, is_current: bool, is_chosen: bool = False) -> Iterator[Mark]:
    """Yield what lies behind a row of a list: whether it is looked at, pointed at, and has the focus."""
    frame = QRectF(area).adjusted(1, 1, -1, -1)
    is_marked = is_current or is_chosen
    if is_marked or state & QStyle.StateFlag.State_MouseOver:
        yield Bar(frame, "accent_soft" if is_marked else "raised", radius=ROW_RADIUS)
    if is_marked and state & QStyle.StateFlag.State_HasFocus:
        yield Frame(frame, "focus", 2, ROW_RADIUS)
    elif is_current:
        side = QRectF(frame.left(), frame.top() + 6, 3, frame.height() - 12)
        yield from turned(frame, Bar(side, "accent", radius=1.5))


def track_in(row: QRectF, left: float, right: float, high: float, *, whole: bool = True) -> QRectF:
    """Return the room for a bar in the middle of a row; with `whole` it begins at a whole pixel.

    `left` and `right` is what the row has beside it, `high` its height, in pixels.
    """
    top = row.center().y() - high / 2
    return QRectF(row.left() + left, round(top) if whole else top, row.width() - left - right, high)


def smooth_painter(device: QPaintDevice) -> QPainter:
    """Return a painter whose lines and shapes have smooth edges."""
    painter = QPainter(device)
    painter.setLayoutDirection(OF_WORDS)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    return painter


def around(middle: QPointF, wide: float, high: float) -> QRectF:
    """Return a rectangle of that size around a point."""
    return QRectF(middle.x() - wide / 2, middle.y() - high / 2, wide, high)


def part_of(track: QRectF, share: float) -> QRectF:
    """Return the part of a track that stands for a share, 0 to 1; of what is no number it is empty."""
    return QRectF(track.left(), track.top(), share * track.width() if share == share else 0.0, track.height())


class Ground(QWidget):
    """Covers all of its place with the colour of panels: what changes on it has Qt paint nothing below."""

    has_line = False  # whether it is a bar, with a line at its top

    def __init__(self, layout: QLayout | None = None) -> None:
        super().__init__()
        if layout is not None:
            self.setLayout(layout)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors = QPainter(self), theme().current
        painter.fillRect(event.rect(), colors.color("surface"))
        if self.has_line:
            painter.fillRect(0, 0, self.width(), 1, colors.color("line"))


WAITING = mark("Computing…")


class Repainted(QWidget):
    """A widget that takes the room there is, and is painted again with each theme and text size.

    A screen reader gets its name, its description and its parts; see `Heard`.
    """

    heard_role: ClassVar = QAccessible.Role.Chart
    part_role: ClassVar = QAccessible.Role.ListItem

    def __init__(
        self,
        name: str,
        title: str,
        *,
        tip: str = "",
        size: tuple[int, int] = (-1, -1),
        least: tuple[int, int] | None = None,
        opaque: bool = False,
        follows_mouse: bool = False,
        takes_keys: bool = False,
    ) -> None:
        """`name` is the object name, `title` the accessible name, `tip` the tooltip.

        `size` and `least` are the size hint and the minimum one (width, height), in pixels of letters of 100 %.
        With `opaque` it covers its whole ground: else Qt paints all panels below with each change.
        """
        super().__init__()
        named(self, name, title=title, tip=tip)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # axes and pictures are the same in every language
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(follows_mouse)
        if takes_keys:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setProperty("picture", True)  # it has a ring while keys go to it
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, opaque)
        self._is_opaque = opaque
        self._size_hint, self._least_size = size, least
        theme().changed.connect(self.update)
        keep(self, QWidget.updateGeometry)

    def sizeHint(self) -> QSize:
        return QSize(*map(scaled, self._size_hint))

    def minimumSizeHint(self) -> QSize:
        return QSize(*map(scaled, self._least_size)) if self._least_size else super().minimumSizeHint()

    def table(self) -> Table | None:
        """Return the numbers behind the picture; `None` where there are none."""
        return None

    def finding(self) -> str:
        """Return what it shows now, in a sentence that is made when a screen reader asks for it."""
        return ""

    def heard_parts(self) -> Sequence[HeardPart]:
        """Return what a screen reader reads one by one, in that order: unless it has other parts, rows of the table."""
        return rows_of(self.table())


class Painted(Repainted):
    """One that may have tooltips for its places and ask to wait; in figures nothing goes beyond its edges."""

    is_waiting = False

    def set_waiting(self, waiting: bool) -> None:
        """Set whether the widget asks to wait while it shows nothing."""
        if waiting != self.is_waiting:
            self.is_waiting = waiting
            self.update()

    def tip_at(self, place: QPointF) -> str | None:
        """Return the tooltip of a place; `None` for that of the whole widget."""
        return None

    def painter(self, event: QPaintEvent) -> QPainter:
        """Return a painter on the widget; under an opaque one lies the colour of its panel."""
        painter = QPainter(self)
        if self._is_opaque:
            painter.fillRect(event.rect(), theme().current.color("surface"))
        return painter

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            tip = self.tip_at(QPointF(event.pos()))
            if tip is not None:
                show_tip(event.globalPos(), tip, self)
                return True
        return super().event(event)


def draw_waiting(painter: QPainter, place: QRectF) -> None:
    """Ask to wait, in the middle of an empty picture."""
    painter.setPen(theme().current.color("faint"))
    painter.setFont(font("caption"))
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, tr(WAITING))


def hatch(painter: QPainter, color: QColor, lines: Qt.BrushStyle = Qt.BrushStyle.BDiagPattern) -> None:
    """Set a brush of lines, slanting ones unless `lines` says otherwise, of the same width on screens of any scale."""
    painter.setRenderHint(QPainter.RenderHint.NonCosmeticBrushPatterns)
    painter.setBrush(QBrush(color, lines))
