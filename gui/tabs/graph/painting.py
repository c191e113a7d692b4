"""How nodes, frames and wires of a computation graph are painted."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen, QPolygonF

from engine.analysis.graph import drawing
from engine.analysis.graph.messages import KINDS, Item, Kind, Wire
from engine.core.language import mark, tr
from gui.look.fonts import font, scaled
from gui.look.theme import theme
from gui.widgets.painted import Frame, draw

FRAME_FILL, NODE_FILL, BLOCK_FILL, LIT_FILL = 0.05, 0.16, 0.3, 0.6  # opacity of the fills
LEAST_LETTERS = 5.0  # names with lower letters, in pixels, are not drawn
LEAST_READ = 9.0  # names in nodes are no lower than this, as far as their boxes have room
CAPTIONS_FROM = 0.72  # from this scale on closed blocks show their size

# Below this scale items are spots and wires a texture: none can be pointed at, and control wires are left out.
FAR = 0.15

ARROWS_FROM = 0.3  # at a smaller scale arrow heads would be specks
FRAME_LETTERS = 12.0  # a frame's title is no lower than this


# The kinds in a word, where `KINDS` says more.
NAMES: dict[Kind, str] = {"placeholder": mark("Placeholder"), "variable": mark("Variable")}


def color_of(kind: Kind, opacity: float = 1.0) -> QColor:
    """Return a kind's colour in the current theme."""
    return theme().current.color(drawing.COLORS[kind], opacity)


def kind_name(kind: Kind) -> str:
    """Return a kind in a word: `Placeholder`."""
    return tr(NAMES.get(kind, KINDS[kind]))


def rect_of(item: Item) -> QRectF:
    """Return an item's rectangle."""
    return QRectF(item.x, item.y, item.width, item.height)


def path_of(wire: Wire) -> QPainterPath:
    """Return a wire's path: straight and curved parts in turn."""
    path = QPainterPath(QPointF(*wire.points[0]))
    for place, (x, y) in enumerate(wire.points[1:]):
        here = path.currentPosition()
        if place % 2 == 0 or abs(y - here.y()) < 0.5:
            path.lineTo(x, y)
        else:
            middle = (here.x() + x) / 2
            path.cubicTo(middle, here.y(), middle, y, x, y)
    return path


def is_on(path: QPainterPath, near: QRectF) -> bool:
    """Return whether an open path passes through a rectangle. `QPainterPath.intersects` would close and fill it."""
    steps = max(8, round(path.length() / max(near.width(), 1)))
    return any(near.contains(path.pointAtPercent(step / steps)) for step in range(steps + 1))


def draw_outline(painter: QPainter, kind: Kind, place: QRectF, *, is_block: bool = False) -> None:
    """Draw a kind's outline with the painter's pen and brush."""
    corners, radius = drawing.outline(kind, place.x(), place.y(), place.width(), place.height())
    if is_block:
        painter.drawRoundedRect(place, 8, 8)
    elif corners:
        painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))
    else:
        painter.drawRoundedRect(place, radius, radius)
        if kind == "variable":
            painter.drawLine(QPointF(place.x() + 4, place.top()), QPointF(place.x() + 4, place.bottom()))


def draw_item(painter: QPainter, item: Item, scale: float, *, is_lit: bool, is_match: bool) -> None:
    """Draw a node, a closed block or a frame; `scale` is the painter's."""
    fill = FRAME_FILL if item.is_open else LIT_FILL if is_lit else BLOCK_FILL if item.is_block else NODE_FILL
    place = rect_of(item)
    if scale < FAR and not item.is_open:
        painter.fillRect(place, color_of(item.kind, 0.9 if is_lit else 0.5))
        if is_match:
            draw_ring(painter, item, "curve_2", scale)
        return
    if not item.is_open:  # so that no wire shines through
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().current.color("surface"))
        draw_outline(painter, item.kind, place, is_block=item.is_block)
    painter.setPen(QPen(color_of(item.kind), 2 if item.is_block else 1.5))
    painter.setBrush(color_of(item.kind, fill))
    draw_outline(painter, item.kind, place, is_block=item.is_block)
    if is_match:
        draw_ring(painter, item, "curve_2", scale)
    _draw_words(painter, item, scale)


def draw_ring(painter: QPainter, item: Item, token: str, scale: float) -> None:
    """Draw a ring around an item, two device pixels wide."""
    gap = 4 / scale
    draw(painter, Frame(rect_of(item).adjusted(-gap, -gap, gap, gap), token, 2.5 / scale, radius=8))


def draw_wire(painter: QPainter, wire: Wire, path: QPainterPath, scale: float, *, is_lit: bool) -> None:
    """Draw a wire with its arrow head."""
    colors = theme().current
    color = colors.color("accent") if is_lit else colors.color("faint", 0.45 if wire.is_control else 0.9)
    pen = QPen(color, max(2.2 if is_lit else 1.2, 0.7 / scale))
    if wire.is_control:
        pen.setDashPattern([2, 4])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path)
    if scale >= ARROWS_FROM and (corners := drawing.arrow_head(wire)):
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))


def label_place(x: float, y: float, words: str) -> QRectF:
    """Return the rectangle of the words at a wire that begins here."""
    return QRectF(x + drawing.LABEL_GAP, y - drawing.HALF_LABEL, drawing.label_width(words), 2 * drawing.HALF_LABEL)


def draw_label(painter: QPainter, x: float, y: float, words: str, *, is_lit: bool) -> None:
    """Draw shape and type above and below the wire that begins here."""
    shape, kind = drawing.label_lines(words)
    place = label_place(x, y, words)
    painter.setFont(_font("caption", drawing.LABEL_SIZE))
    painter.setPen(theme().current.color("accent" if is_lit else "muted"))
    left = Qt.AlignmentFlag.AlignLeft
    painter.drawText(place.adjusted(0, 0, 0, -drawing.HALF_LABEL - 1), left | Qt.AlignmentFlag.AlignBottom, shape)
    painter.drawText(place.adjusted(0, drawing.HALF_LABEL, 0, 2), left | Qt.AlignmentFlag.AlignTop, kind)


def _draw_words(painter: QPainter, item: Item, scale: float) -> None:
    place = rect_of(item)
    painter.setPen(theme().current.color("text"))
    if item.is_open:
        painter.setFont(_font("title", _frame_letters(item, scale)))
        corner = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        painter.drawText(place.adjusted(12, 5, -6, 0), corner, item.label)
    elif item.is_block:
        _draw_block_words(painter, item, scale)
    elif (
        size := _grown(item, drawing.CAPTION_SIZE if item.kind == "constant" else drawing.NAME_SIZE, scale)
    ) * scale >= (LEAST_LETTERS):
        painter.setFont(_font("label", size))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, item.label)


def _draw_block_words(painter: QPainter, item: Item, scale: float) -> None:
    """Draw title and caption; at a smaller scale the title alone, and larger."""
    place, has_caption = rect_of(item), scale >= CAPTIONS_FROM
    size = _grown(item, drawing.TITLE_SIZE, scale)
    if scale * size < LEAST_LETTERS:
        return
    painter.setFont(_font("title", size))
    upper = QRectF(place.x(), place.center().y() - 19, place.width(), 20)
    painter.drawText(upper if has_caption else place, Qt.AlignmentFlag.AlignCenter, item.label)
    if has_caption:
        painter.setPen(theme().current.color("muted"))
        painter.setFont(_font("caption", drawing.CAPTION_SIZE))
        lower = QRectF(place.x(), place.center().y() + 1, place.width(), 17)
        painter.drawText(lower, Qt.AlignmentFlag.AlignCenter, item.caption)


def _grown(item: Item, size: float, scale: float) -> float:
    """Return the height of a name's letters: larger at a small scale, as far as its box has room."""
    room = min(0.75 * item.height, (item.width - 8) / drawing.words_width(item.label or " ", 1.0))
    return max(size, min(scaled(LEAST_READ) / scale, room))


def _frame_letters(item: Item, scale: float) -> float:
    """Return the height of the letters in a frame's title: larger at a small scale, as far as it has room."""
    room = min(item.height / 3, (item.width - 18) / (0.62 * max(len(item.label), 1)))
    return max(float(drawing.TITLE_SIZE), min(scaled(FRAME_LETTERS) / scale, room))


def _font(role: str, size: float) -> QFont:
    sized = font(role)
    sized.setPixelSize(round(size))
    return sized
