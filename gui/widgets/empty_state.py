"""The empty state of a view: a faint picture of what will be there, a sentence, and buttons that lead on."""

import math
from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QPushButton, QWidget

from engine.core.language import mark, tr
from engine.core.lazy import np
from gui.look.fonts import USUAL, keep, metrics, scaled, text_size
from gui.look.layout import SPRING, hbox, vbox
from gui.look.theme import class_token, theme
from gui.look.words import named, words
from gui.widgets.painted import Bar, Dot, Frame, Rule, around, draw, smooth_painter

BUNDLED = mark("Open the bundled session")
BUNDLED_TIP = mark(
    "Look at the networks that come with Layerlight: the blog post's, and one that reads handwriting best."
)


class NetworkOffer(QWidget):
    """Two buttons side by side, or if `narrow` below each other."""

    def __init__(self, name: str, title: str = mark("Start"), *, narrow: bool = False) -> None:
        super().__init__()
        title, bundled = tr(title), tr(BUNDLED)
        self.start = named(QPushButton(title), f"{name}.button", title=title, look="primary")
        text = tr("Bundled session") if narrow else bundled
        self.bundled = named(QPushButton(text), f"{name}.bundled", title=bundled)
        self.bundled.setToolTip(tr(BUNDLED_TIP))
        if narrow:
            self.bundled.setProperty("look", "small")
        arrange, centre = vbox if narrow else hbox, Qt.AlignmentFlag.AlignCenter
        arrange(SPRING, (self.start, 0, centre), (self.bundled, 0, centre), SPRING, gap="small", on=self)


type Picture = Callable[[QPainter, QRectF], None]  # paints an area of a widget, antialiased

ABREAST, DOWN, GAP = 5, 2, 10
# Width and height, in pixels, of the free area for the text in the middle of the maps.
GROUND = 580, 110

BANDS = (0.08, 0.13, 0.2, 0.31, 0.34, 0.47, 0.58, 0.61, 0.74, 0.88)
SIDE, FRAME_GAP = 56, 12
CLASSES = 10
MIXED_UP = ((4, 9), (9, 4), (3, 5), (5, 3), (7, 2), (8, 3), (7, 9))
# Number, spread, radius and opacity of the points of a group.
POINTS, SPREAD, DOT, OPACITY = 26, 0.045, 2.5, 0.28


def falling_curves(painter: QPainter, area: QRectF) -> None:
    """Draw two curves of a loss."""
    area, colors = area.adjusted(46, 12, -14, -26), theme().current
    for part in (0.15, 0.5, 0.85):
        height = round(area.top() + part * area.height()) + 0.5
        draw(painter, Rule(QPointF(area.left(), height), QPointF(area.right(), height)))
    for color, floor in (("curve_1", 0.95), ("curve_2", 0.72)):
        painter.setPen(QPen(colors.color(color, 0.22), 2))
        painter.drawPolyline(_falling(area, floor))


def empty_maps(painter: QPainter, area: QRectF) -> None:
    """Draw ten empty panels with a few bands, and none behind the text."""
    colors = theme().current
    width = (area.width() - (ABREAST - 1) * GAP) / ABREAST
    height = (area.height() - (DOWN - 1) * GAP) / DOWN
    radius = metrics()["radius"]["panel"]
    for number in range(ABREAST * DOWN):
        row, column = divmod(number, ABREAST)
        panel = QRectF(column * (width + GAP), row * (height + GAP), width, height)
        painter.setPen(QPen(colors.color("line", 0.7), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(panel.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.setPen(Qt.PenStyle.NoPen)
        for place, share in enumerate(BANDS):
            painter.setBrush(colors.color("accent", 0.03 + 0.09 * ((place * 3 + number) % 4 == 0)))
            painter.drawRect(QRectF(panel.left() + 12, panel.top() + share * height, width - 24, 4))
    painter.setBrush(colors.color("window"))
    painter.drawRect(around(area.center(), *map(scaled, GROUND)))


def empty_frames(painter: QPainter, area: QRectF) -> None:
    """Draw frames in rows, and none behind the text."""
    middle = around(area.center(), scaled(480), scaled(150))
    step = SIDE + FRAME_GAP
    across, down = ((int(room) - FRAME_GAP) // step for room in (area.width(), area.height()))
    left = (int(area.width()) - across * step + FRAME_GAP) // 2
    top = (int(area.height()) - down * step + FRAME_GAP) // 2
    for row, column in np.ndindex(max(0, down), max(0, across)):
        frame = QRectF(left + column * step + 0.5, top + row * step + 0.5, SIDE, SIDE)
        if not frame.intersects(middle):
            draw(painter, Frame(frame))


def empty_matrix(painter: QPainter, area: QRectF) -> None:
    """Draw a confusion matrix on a panel's surface."""
    frame, radius = area.adjusted(0.5, 0.5, -0.5, -0.5), metrics()["radius"]["panel"]
    draw(painter, Bar(frame, "surface", radius=radius), Frame(frame, radius=radius))
    side = (min(area.width(), area.height()) - 60) / CLASSES
    left, top = area.width() / 2 - CLASSES / 2 * side, area.height() / 2 - CLASSES / 2 * side
    for row, column in np.ndindex(CLASSES, CLASSES):
        opacity = 0.06 if row == column else 0.10 if (row, column) in MIXED_UP else 0.0
        cell = QRectF(left + column * side + 1, top + row * side + 1, side - 2, side - 2)
        draw(painter, Bar(cell, "raised"), Bar(cell, "accent", opacity))


def ring_of_groups(painter: QPainter, area: QRectF) -> None:
    """Draw a ring of groups of points, one for each class."""
    drawn = np.random.default_rng(1)
    for group in range(CLASSES):
        angle = 2 * np.pi * (group + 0.5) / CLASSES
        middle = np.array((0.5 + 0.36 * np.cos(angle), 0.5 + 0.36 * np.sin(angle)))
        color, points = theme().current.color(class_token(group), OPACITY), drawn.normal(0, SPREAD, (POINTS, 2))
        places = ((middle + points * (0.7, 1)) * (area.width(), area.height())).tolist()
        draw(painter, *(Dot(QPointF(*place), DOT, color) for place in places))


class EmptyState(QWidget):
    """A sentence and the buttons for a network, over a picture of what will be there."""

    def __init__(
        self, name: str, sentence: str, picture: Picture = falling_curves, *, button: str = mark("Start")
    ) -> None:
        super().__init__()
        self.setObjectName(name)
        self.offer = NetworkOffer(name, button)
        self.button = self.offer.start
        self.sentence = named(words(sentence, centred=True), f"{name}.sentence")
        keep(self.sentence, lambda sentence: sentence.setWordWrap(text_size() > USUAL))
        self._picture = picture
        vbox(SPRING, self.sentence, self.offer, SPRING, gap="medium", edges=None, on=self)
        theme().changed.connect(self.update)

    def say(self, sentence: str, *, with_offer: bool = True) -> None:
        self.sentence.setText(sentence)
        self.offer.setVisible(with_offer)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        self._picture(painter, QRectF(self.rect()))


def _falling(area: QRectF, floor: float) -> QPolygonF:
    points = []
    for number in range(81):
        part = number / 80
        height = floor - (floor - 0.05) * math.exp(-6 * part)
        points.append(QPointF(area.left() + part * area.width(), area.top() + height * area.height()))
    return QPolygonF(points)
