"""Thousands of points on a map: zoom, point, click, lasso."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
from pyqtgraph.Qt import internals
from PySide6 import QtGui
from PySide6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QFont, QImage, QKeyEvent, QMouseEvent, QPainter, QPen, QPixmap, QPolygonF, QWheelEvent, qRgba

from engine.core.language import mark, tr, tr_plural
from engine.core.lazy import Array
from gui.look.class_names import COLORS, brief_name, class_name, draw_mark, names, one_of_class, shape_of
from gui.look.color_maps import picture_image
from gui.look.fonts import font, scaled, text_size
from gui.look.percents import percent
from gui.look.theme import class_token, theme, thick
from gui.widgets.heard import HeardPart
from gui.widgets.painted import Bar, Dot, Frame, Repainted, around, draw
from gui.widgets.pictures.camera import KEY_ZOOM, WHEEL, ZOOM_KEYS, Camera
from gui.widgets.pictures.heard_pixels import PLACES

NEAR, SLOP = 10.0, 4.0  # pixels: reach of the mouse around a point, and how far it moves in a click

# With no more points in view they are drawn as large pictures, as pictures, or as digits.
FEW, MOST_PICTURES, MOST_DIGITS = 40, 150, 700

# Pixels of a small picture on the map, and of that of the point under the mouse.
PICTURE_SIDE, CARD_SIDE = 28, 84

FIELDS_ABREAST = 24  # of the raster over which a screen reader hears how far classes overlap

RING = 9.0  # distance of the ring from a dot
KEY_PAN = 60.0
SIDE, DOT, DIGIT = 20, 5.0, 12  # side of a sprite, width of a dot and height of a digit, in pixels
CUT, CUT_OF_SHAPE = 7, 5  # empty pixels on each side of a dot, and of another shape
DOT_OPACITY = 0.8
USUAL, MOST_GROWN = 560, 1.8  # side of a map whose points have the usual size, and how far they grow with it

# Numbers of a fragment: place (x, y), source (x, y, width, height), scale (x, y), rotation, opacity.
FIELDS = 10

MARGIN = 22.0  # pixels around a map that fits
CLOSEST, FARTHEST = 400.0, 0.4  # limits of the zoom relative to what fits


class MapView(Repainted):
    """Points in the colours of their classes, highlighted and marked ones, and the drawing as a dot of its own."""

    pointed = Signal(object)  # index of the point under the mouse; `None` for none
    chosen = Signal(int)  # index of the point that was clicked
    lassoed = Signal(object)  # indices (n,) of the points within the lasso
    picturesWanted = Signal(object)  # indices (n,) of the points that have room for their pictures

    def __init__(self, name: str) -> None:
        super().__init__(name, tr("Map of the test images"), size=(640, 520), follows_mouse=True, takes_keys=True)
        self.setMinimumSize(240, 200)
        self.frame = MapFrame()
        self.lasso_tool = self.digits = self.rings = False
        self.points = np.zeros((0, 2), np.float32)
        self._classes = np.zeros(0, np.int64)
        self.wrong = np.zeros(0, bool)  # which of the points the network mistakes (n,)
        self.off: frozenset[int] = frozenset()
        self.pictures: Mapping[int, Array] = {}
        self._picked = np.zeros(0, np.int64)
        self.marked: int | None = None
        self.dot: Array | None = None
        self.caption: str = ""
        self._pointed: int | None = None
        self._by_hand = False  # whether somebody has zoomed or panned: then the map is not fitted again
        self._pressed: QPointF | None = None
        self._last = QPointF()
        self._outline: list[QPointF] | None = None
        self._side = 0  # side of the pictures on the map; 0 while there are none
        self._ground: QPixmap | None = None
        self._sprites: Sprites | None = None
        theme().changed.connect(self._redraw)

    def show_points(self, points: Array | None, classes: Array, wrong: Array) -> None:
        """Show points (n, 2) with their classes (n,); `wrong` (n,) are those that the network mistakes."""
        points = np.zeros((0, 2), np.float32) if points is None else points
        if len(points) != len(self.points):
            self._picked, self._pointed, self.marked = self._picked[:0], None, None
            self._by_hand = False
        self.points, self._classes, self.wrong = points, classes.astype(np.int64), wrong
        if not self._by_hand:
            self.frame.fit(self.points, self._room())
        self._redraw()

    def show_pictures(self, pictures: Mapping[int, Array]) -> None:
        """Set the pictures (rows, columns), uint8, by the indices of their points."""
        self.pictures = pictures
        if self._by_hand:
            self._redraw()
        self.update()

    def switch_off(self, classes: frozenset[int]) -> None:
        self.off = classes
        self._redraw()

    def pick(self, places: Array) -> None:
        """Highlight only these points (n,); all where there are none."""
        self._picked = places
        self._redraw()

    def mark(self, place: int | None) -> None:
        self.marked = place
        self.update()

    def show_dot(self, point: Array | None) -> None:
        self.dot = point
        self.update()

    def say(self, caption: str) -> None:
        """Set the words for the point under the mouse."""
        if caption != self.caption:
            self.caption = caption
            self.update()

    def show_as(self, *, digits: bool | None = None, rings: bool | None = None) -> None:
        """Draw digits instead of dots; ring what the network mistakes."""
        self.digits = self.digits if digits is None else digits
        self.rings = self.rings if rings is None else rings
        self._redraw()

    def fit(self) -> None:
        self._by_hand = False
        shown = self.points[self._is_on()]
        self.frame.fit(shown if len(shown) else self.points, self._room())
        self._redraw()

    def zoom_by(self, steps: int) -> None:
        self.frame.zoom(KEY_ZOOM**steps, QRectF(self.rect()).center())
        self._look_elsewhere()

    def finding(self) -> str:
        """Return how many points of how many classes there are, and which two classes overlap most."""
        spread, count, picked = self._spread(), int(self._is_on().sum()), len(self._picked)
        if not count:
            return tr("There are no points.")
        points = _points(count)
        if len(spread) > 1:
            points = tr("{points} of {count} classes", points=points, count=len(spread))
        pairs = [(share, label, other) for label, (_, share, other) in spread.items() if share > 0]
        found = tr("{points}; no classes overlap.", points=points)
        if pairs:
            share, label, other = max(pairs)
            one, two = map(class_name, sorted((label, other)))
            overlap = mark("{points}; {one} and {two} overlap most, by {share}.")
            found = tr(overlap, points=points, one=one, two=two, share=percent(share))
        if not picked:
            return found
        return f"{found} {tr_plural('{count:,} point in the lasso.', '{count:,} points in the lasso.', picked)}"

    def heard_parts(self) -> Sequence[HeardPart]:
        """Return the point under the mouse, the marked one, the classes, and where few points are in view, these."""
        parts = list[HeardPart]()
        if self._pointed is not None:
            parts.append(self._heard_point(self._pointed, self.caption))
        if self.marked is not None and self.marked < len(self.points):
            parts.append(self._heard_point(self.marked, tr("The selected image")))
        if self.dot is not None:
            parts.append(HeardPart(tr("Your drawing {place}", place=self._side_of(self.dot))))
        for label, (middle, share, other) in self._spread().items():
            of_class = self._classes == label
            wrong = int(self.wrong[of_class].sum())
            points, place = _points(int(of_class.sum())), self._side_of(middle)
            # Translators: {place} is as `at the upper left`
            says = [tr("Class {label}: {points} {place}", label=class_name(label), points=points, place=place)]
            if wrong:
                says.append(tr("{count:,} misread", count=wrong))
            if share:
                says.append(tr("{share} among class {label}", share=percent(share), label=class_name(other)))
            parts.append(HeardPart(", ".join(says)))
        seen = self._in_view()
        return parts + [self._heard_point(number) for number in seen.tolist() if len(seen) <= MOST_PICTURES]

    def _heard_point(self, number: int, what: str = "") -> HeardPart:
        name = one_of_class(int(self._classes[number]))
        text = what or tr("Point of {label}", label=name)
        if self.wrong[number]:
            text = f"{text}, {tr('misread')}"
        place = around(self.place_of(number), 2 * DOT, 2 * DOT)
        return HeardPart(text, place, is_chosen=number == self.marked, can_press=True)

    def _spread(self) -> dict[int, tuple[Array, float, int]]:
        """Return the middle (2,) of each class that is shown, its largest overlap with another one, and which that is.

        The overlap, over a raster of `FIELDS_ABREAST`² fields, is the sum of the smaller one of both classes' counts in
        each field, as a share of the class' points.
        """
        on = np.flatnonzero(self._is_on())
        if not len(on):
            return {}
        points, classes = self.points[on], self._classes[on]
        low, high = points.min(axis=0), points.max(axis=0)
        fields = ((points - low) / np.maximum(high - low, 1e-9) * FIELDS_ABREAST).astype(int)
        fields = fields.clip(0, FIELDS_ABREAST - 1) @ (FIELDS_ABREAST, 1)
        labels = np.unique(classes).tolist()
        counts = np.stack([np.bincount(fields[classes == label], minlength=FIELDS_ABREAST**2) for label in labels])
        spread = {}
        for number, label in enumerate(labels):
            shared = np.minimum(counts[number], counts).sum(axis=1)
            shared[number] = 0
            other, middle = int(shared.argmax()), points[classes == label].mean(axis=0)
            spread[label] = middle, float(shared[other] / counts[number].sum()), labels[other]
        return spread

    def _side_of(self, point: Array) -> str:
        """Return in which ninth of the map a point (2,) lies: `at the upper left`."""
        low, high = self.points.min(axis=0), self.points.max(axis=0)
        x, y = ((point - low) / np.maximum(high - low, 1e-9) * 3).astype(int).clip(0, 2).tolist()
        return tr(PLACES[2 - y][x])

    def _in_view(self) -> Array:
        """Return the numbers of the points that are shown and in view (n,)."""
        on = np.flatnonzero(self._is_on())
        places = self.frame.on_screen(self.points[on])
        return on[((places > 0) & (places < (self.width(), self.height()))).all(axis=1)]

    def place_of(self, number: int) -> QPointF:
        x, y = self.frame.on_screen(self.points[number : number + 1])[0]
        return QPointF(x, y)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and len(self.points):
            self._pressed = self._last = event.position()
            self._point_at(None)
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._outline = [event.position()] if shift or self.lasso_tool else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = event.position()
        if self._pressed is None:
            self._point_at(self._at(place))
            return
        if self._outline is not None:
            self._outline.append(place)
            self.update()
        elif (place - self._pressed).manhattanLength() > SLOP or self._last != self._pressed:
            self.frame.move(place - self._last)
            self._last = place
            self._look_elsewhere()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        outline, self._outline = self._outline, None
        clicked = (event.position() - self._pressed).manhattanLength() <= SLOP and self._last == self._pressed
        self._pressed = None
        if outline is not None and len(outline) > 2:
            self._take_lasso(outline)
        elif clicked and (number := self._at(event.position())) is not None:
            self.chosen.emit(number)
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._at(event.position()) is None:
            self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.frame.zoom(WHEEL ** event.angleDelta().y(), event.position())
        self._look_elsewhere()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Zoom with plus and minus, pan with the arrows, fit with 0; Escape drops the lasso."""
        key = Qt.Key(event.key())
        moves = {
            Qt.Key.Key_Left: QPointF(KEY_PAN, 0),
            Qt.Key.Key_Right: QPointF(-KEY_PAN, 0),
            Qt.Key.Key_Up: QPointF(0, KEY_PAN),
            Qt.Key.Key_Down: QPointF(0, -KEY_PAN),
        }
        if key in ZOOM_KEYS:
            self.zoom_by(ZOOM_KEYS[key])
        elif key in moves:
            self.frame.move(moves[key])
            self._look_elsewhere()
        elif key in (Qt.Key.Key_0, Qt.Key.Key_Home):
            self.fit()
        elif key == Qt.Key.Key_Escape and (self._outline is not None or len(self._picked)):
            self._outline = self._pressed = None
            self.lassoed.emit(np.zeros(0, np.int64))
        else:
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(None)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        if self._by_hand:
            self.frame.move(QRectF(self.rect()).center() - QRectF(QPointF(), event.oldSize()).center())
        else:
            self.frame.fit(self.points, self._room())
        self._redraw()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        if self._ground is None or self._ground.devicePixelRatio() != self.devicePixelRatioF():
            self._ground = self._draw_ground()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._ground)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_marks(painter)
        if self._outline:
            colors = theme().current
            painter.setPen(QPen(colors.color("accent"), 1.5, Qt.PenStyle.DashLine))
            painter.setBrush(colors.color("accent", 0.12))
            painter.drawPolygon(QPolygonF(self._outline))
        if self._pointed is not None:
            self._draw_card(painter, self._pointed)

    def _draw_ground(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        ground = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        ground.fill(Qt.GlobalColor.transparent)
        sharp = ratio * self._grown
        if self._sprites is None or self._sprites.key != (theme().current.name, text_size(), sharp, names()):
            self._sprites = Sprites(sharp)
        painter = QPainter(ground)
        self._paint_points(painter, self._sprites, ratio)
        painter.end()
        ground.setDevicePixelRatio(ratio)
        return ground

    @property
    def _grown(self) -> float:
        """How many times as large as usual the points are: they grow with the map."""
        return min(max(min(self.width(), self.height()) / scaled(USUAL), 1.0), MOST_GROWN)

    def draw_figure(self, painter: QPainter) -> None:
        painter.save()
        painter.setClipRect(self.rect(), Qt.ClipOperation.IntersectClip)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(self._grown, self._grown)
        self._paint_points(painter, Shapes(), 1 / self._grown)
        self._draw_marks(painter)
        painter.restore()

    def _paint_points(self, painter: QPainter, pen: "Sprites | Shapes", ratio: float) -> None:
        """Draw all points in view; `ratio` is the painter's number of device pixels to the pixel."""
        on = np.flatnonzero(self._is_on())
        places = self.frame.on_screen(self.points[on])
        reach = self.width() + PICTURE_SIDE, self.height() + PICTURE_SIDE  # a picture may reach in from outside
        seen = ((places > -PICTURE_SIDE) & (places < reach)).all(axis=1)
        on, places = on[seen], places[seen]
        if len(self._picked):
            picked = np.isin(on, self._picked)
            painter.setOpacity(0.25)
            self._draw_points(painter, pen, on[~picked], places[~picked] * ratio, len(on))
            painter.setOpacity(1)
            on, places = on[picked], places[picked]
        as_pictures = 0 < len(on) <= MOST_PICTURES and self._by_hand
        self._side = 0 if not as_pictures else PICTURE_SIDE if len(on) > FEW else 2 * PICTURE_SIDE
        if as_pictures:
            self.picturesWanted.emit(on)
        has_picture = np.array([as_pictures and int(number) in self.pictures for number in on], bool)
        self._draw_points(painter, pen, on[~has_picture], places[~has_picture] * ratio, len(on))
        painter.scale(ratio, ratio)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for number, place in zip(on[has_picture].tolist(), places[has_picture], strict=True):
            self._draw_picture(painter, number, QPointF(*place))

    def _draw_points(
        self, painter: QPainter, pen: "Sprites | Shapes", numbers: Array, places: Array, in_view: int
    ) -> None:
        rings = self.wrong[numbers] & self.rings
        order = np.argsort(rings, kind="stable")  # ringed points on top
        digits = self.digits or (self._by_hand and in_view <= MOST_DIGITS)
        pen.paint(painter, places[order], self._classes[numbers][order], digits=digits, wrong=rings[order])

    def _draw_picture(self, painter: QPainter, number: int, middle: QPointF) -> None:
        place = around(middle, self._side, self._side)
        painter.drawImage(place, inked(self.pictures[number], int(self._classes[number])))
        if self.rings and self.wrong[number]:
            draw(painter, Dot(middle, self._side * 0.55, line="text", width=1.25))

    def _draw_marks(self, painter: QPainter) -> None:
        for number, color, reach in ((self.marked, "accent", RING), (self._pointed, "text", RING - 2)):
            if number is not None and number < len(self.points):
                draw(painter, Dot(self.place_of(number), max(scaled(reach), self._side * 0.6), line=color, width=2))
        if self.dot is not None:
            x, y = self.frame.on_screen(self.dot[None])[0]
            painter.setFont(font("label"))
            place, text = QPointF(x + thick(8) + 5, y + scaled(4)), tr("your drawing")
            # On a ground, so that points do not strike the words out.
            ground = QRectF(painter.fontMetrics().boundingRect(text)).translated(place).adjusted(-4, -2, 4, 2)
            draw(painter, Dot(QPointF(x, y), thick(8), "accent", "surface", 2.5), Bar(ground, "surface", 0.85, 4))
            painter.setPen(theme().current.color("accent"))
            painter.drawText(place, text)

    def _draw_card(self, painter: QPainter, number: int) -> None:
        """Draw the picture of the point under the mouse beside it, with its words."""
        point = self.place_of(number)
        painter.setFont(font("label"))
        measure = painter.fontMetrics()
        lines = self.caption.split("\n") if self.caption else []
        width = max([CARD_SIDE, *(measure.horizontalAdvance(line) for line in lines)]) + 16
        height = CARD_SIDE + 16 + len(lines) * measure.lineSpacing()
        left = point.x() + 14 if point.x() + 14 + width < self.width() else point.x() - 14 - width
        top = min(max(4.0, point.y() - height / 2), self.height() - height - 4.0)
        card = QRectF(round(left) + 0.5, round(top) + 0.5, width, height)
        draw(painter, Frame(card, radius=6, fill="surface"))
        if number in self.pictures:
            place = QRectF(card.center().x() - CARD_SIDE / 2, card.top() + 8, CARD_SIDE, CARD_SIDE)
            painter.drawImage(place, inked(self.pictures[number], int(self._classes[number])))
        painter.setPen(theme().current.color("text"))
        words = card.adjusted(0, CARD_SIDE + 8, 0, -6)
        painter.drawText(words, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, self.caption)

    def _room(self) -> QSizeF:
        return QSizeF(self.size())

    def _is_on(self) -> Array:
        return ~np.isin(self._classes, list(self.off)) if self.off else np.ones(len(self.points), bool)

    def _at(self, place: QPointF) -> int | None:
        """Return the index of the point nearest to a place, if it is within reach."""
        on = np.flatnonzero(self._is_on())
        if not len(on):
            return None
        away = self.frame.on_screen(self.points[on]) - (place.x(), place.y())
        distances = np.hypot(away[:, 0], away[:, 1])
        nearest = int(distances.argmin())
        return int(on[nearest]) if distances[nearest] <= NEAR else None

    def _point_at(self, number: int | None) -> None:
        if number != self._pointed:
            self._pointed, self.caption = number, ""
            self.pointed.emit(number)
            self.update()

    def _take_lasso(self, outline: list[QPointF]) -> None:
        places = self.frame.on_screen(self.points)
        within = inside(places, np.array([(point.x(), point.y()) for point in outline]))
        self.lassoed.emit(np.flatnonzero(within & self._is_on()))

    def _look_elsewhere(self) -> None:
        self._by_hand = True
        self._redraw()

    def _redraw(self) -> None:
        self._ground = None
        self.update()


class Sprites:
    """Draws points quickly: with one call of Qt for all of them."""

    def __init__(self, ratio: float) -> None:
        self.ratio = ratio
        self.key = theme().current.name, text_size(), ratio, names()
        self._count = max(COLORS, len(names()))
        self._side = round(scaled(SIDE) * ratio)
        empty = [CUT_OF_SHAPE if shape_of(number) else CUT for number in range(self._count)]
        self._empty = (np.array(empty) * scaled(1.0) * ratio).round()
        self._fragments = internals.PrimitiveArray(QPainter.PixmapFragment, FIELDS)

    def paint(self, painter: QPainter, points: Array, classes: Array, *, digits: bool, wrong: Array) -> None:
        """Draw points (n, 2), in device pixels, in the colours of their classes (n,); `wrong` ones (n,) are ringed."""
        if not len(points):
            return
        side = self._side
        self._fragments.resize(len(points))
        numbers = self._fragments.ndarray()
        numbers[:, :2] = points
        # Most of a sprite is empty. Copying only its middle takes a tenth of the time; a shape is cut a little wider,
        # which costs 0.3 ms among ten thousand.
        classes = classes % self._count
        cut = np.where(wrong | digits, 0, self._empty[classes])
        numbers[:, 2] = (2 * wrong + digits) * side + cut
        numbers[:, 3] = classes * side + cut
        numbers[:, 4] = numbers[:, 5] = side - 2 * cut
        numbers[:, 6:8] = 1
        numbers[:, 8] = 0
        numbers[:, 9] = 1
        fragments, count = self._fragments.drawargs()
        painter.drawPixmapFragments(fragments, count, self._atlas)

    @cached_property
    def _atlas(self) -> QPixmap:
        atlas = QPixmap(4 * self._side, self._count * self._side)
        atlas.fill(Qt.GlobalColor.transparent)
        painter = QPainter(atlas)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        painter.scale(self.ratio, self.ratio)
        painter.setFont(letters_of_points())
        true_side = self._side / self.ratio
        for number in range(self._count):
            for column in range(4):
                place = QRectF(column * true_side, number * true_side, true_side, true_side)
                draw_point(painter, place.center(), number, digits=column % 2 == 1, wrong=column >= 2)
        painter.end()
        return atlas


class Shapes:
    """Draws points one by one, as sharp as the painter can."""

    def paint(self, painter: QPainter, points: Array, classes: Array, *, digits: bool, wrong: Array) -> None:
        """Draw points (n, 2) in the colours of their classes (n,); `wrong` ones (n,) are ringed."""
        painter.setFont(letters_of_points())
        for (x, y), number, is_wrong in zip(points.tolist(), classes.tolist(), wrong.tolist(), strict=True):
            draw_point(painter, QPointF(x, y), number, digits=digits, wrong=is_wrong)


def letters_of_points() -> QFont:
    """Return the font of digits that stand for points."""
    letters = font("caption", numbers=True)
    letters.setPixelSize(scaled(DIGIT))
    letters.setBold(True)
    return letters


def draw_point(painter: QPainter, middle: QPointF, number: int, *, digits: bool, wrong: bool) -> None:
    """Draw a point as its class's mark, or as its digit or the first letters of its name."""
    color = theme().current.color(class_token(number))
    if digits:
        place = around(middle, scaled(SIDE), scaled(SIDE))
        painter.setPen(color)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, brief_name(number))
    else:
        color.setAlphaF(1.0 if wrong else DOT_OPACITY)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        draw_mark(painter, middle, scaled(DOT) / 2, number)
    if wrong:
        draw(painter, Dot(middle, scaled(8.0 if digits else 4.5), line="text", width=1.25))


def _points(count: int) -> str:
    return tr_plural("{count:,} point", "{count:,} points", count)


def inked(picture: Array, number: int) -> QImage:
    """Return a picture, uint8, in the colour of class `number` on transparent ground; one in colour (.., .., 3) as it
    is.
    """
    if picture.ndim == 3:
        return picture_image(picture)
    color = theme().current.color(class_token(number))
    rows, columns = picture.shape
    content = np.ascontiguousarray(picture)
    image = QImage(content.data, columns, rows, columns, QImage.Format.Format_Indexed8).copy()
    image.setColorTable([qRgba(color.red(), color.green(), color.blue(), alpha) for alpha in range(256)])
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


class MapFrame:
    """A camera on a map whose second coordinate points up."""

    def __init__(self) -> None:
        self.camera = Camera(1.0, QPointF())
        self._fitting = 1.0

    @property
    def scale(self) -> float:
        return self.camera.scale

    def fit(self, points: Array, room: QSizeF) -> None:
        """Fit all points (n, 2)."""
        if not len(points):
            return
        low, high = points.min(axis=0), points.max(axis=0)
        extent = np.maximum(high - low, 1e-6)
        across, down = room.width() - 2 * MARGIN, room.height() - 2 * MARGIN
        self._fitting = max(1e-9, min(across / float(extent[0]), down / float(extent[1])))
        x, y = ((low + high) / 2.0).tolist()
        self.camera = Camera.at(QPointF(x, -y), self._fitting, room)

    def zoom(self, factor: float, place: QPointF) -> None:
        scale = min(max(self.scale * factor, FARTHEST * self._fitting), CLOSEST * self._fitting)
        self.camera = self.camera.zoomed(scale, place)

    def move(self, by: QPointF) -> None:
        """Pan, in pixels."""
        self.camera = self.camera.moved(by)

    def on_screen(self, points: Array) -> Array:
        """Return the places of points (n, 2) in pixels."""
        scale, origin = self.camera
        return (np.asarray(points, np.float64) * (1, -1) - (origin.x(), origin.y())) * scale


def inside(points: Array, outline: Array) -> Array:
    """Return which of the points (n, 2) are inside a closed outline (k, 2), by the even-odd rule."""
    within = np.zeros(len(points), bool)
    x, y = points[:, 0], points[:, 1]
    for (x1, y1), (x2, y2) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        if y1 != y2:
            crossed = (y1 > y) != (y2 > y)
            within ^= crossed & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return within
