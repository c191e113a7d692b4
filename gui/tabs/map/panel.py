"""The map with its tools: classes on and off, digits, rings, lasso; and a sentence on how it was made."""

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QToolButton, QWidget

from engine.analysis.probes.map import Map
from engine.core.language import mark, tr
from gui.look.class_names import are_digits, class_cell, class_name, draw_mark, fitted_name
from gui.look.first_look import rarely
from gui.look.fonts import font, grown, keep, scaled
from gui.look.icons import set_icon
from gui.look.layout import SPRING, add, hbox, scrolling, stack
from gui.look.theme import class_token, theme
from gui.look.words import named, words
from gui.tabs.map.view import MapView
from gui.widgets.empty_state import EmptyState, ring_of_groups
from gui.widgets.figures.table import Table
from gui.widgets.forms.controls import Segments, toggle
from gui.widgets.painted import Frame, Words, draw
from gui.widgets.panel import Panel
from gui.widgets.pictures.picture_grid import PictureGrid

NO_NETWORK = mark("Train a network first, or open the bundled session: then its test images become a map.")
ROOMY = 800  # in a narrower panel the classes are below the tools

TOOLS = {
    "move": (mark("Pan"), mark("Drag to pan; the wheel zooms.")),
    "lasso": (mark("Lasso"), mark("Drag around points to choose their images; with Shift one always can.")),
}

LOOKS = {
    "dots": (mark("Dots"), mark("Each test image as a dot; from nearby as a picture")),
    "digits": (mark("Digits"), mark("Each test image as the name of its class; from nearby as a picture")),
}

WIDTH, WIDEST, HEIGHT, DOT = 32, 96, 26, 9
MOST_IN_A_ROW = 13  # more classes are in several rows of about the same length; ...
MOST_NAMED_IN_A_ROW = 8  # ... of classes with names this many
MOST_ROWS = 4  # classes that would take more rows are a list beside the map


class MapPanel(Panel):
    """The points with all that changes their looks; how they are made is chosen beside it."""

    def __init__(self) -> None:
        super().__init__(tr("Map"), "map.panel")
        self.view = MapView("map.view")
        self.empty = EmptyState("map.empty", tr(NO_NETWORK), ring_of_groups, button=tr("Start a run"))
        self.classes = ClassLegend("map.classes")
        self.tool, self.look = (Segments(name, choices) for name, choices in (("map.tool", TOOLS), ("map.look", LOOKS)))
        tip = tr("Put a ring around each image that the network mistakes.")
        self.rings = toggle("map.rings", tr("Mistakes"), tip, look="segment")
        self.rings.setProperty("place", "only")
        self.fit = named(QToolButton(), "map.fit", title=tr("Show the whole map"), tip=tr("Show the whole map (0)"))
        set_icon(self.fit, "zoom-reset", "muted")
        self.sentence = named(words("", "caption"), "map.sentence")
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.shown: Map | None = None
        self._place_of_classes = "head"
        tools = self.rings, self.look, self.tool, self.fit
        add(self.head, "small", self.classes, SPRING, *tools)
        rarely(*tools)
        self._stack = stack(self.view, self.empty)
        self._list = scrolling(QWidget(), "map.classes.list")
        self._list.hide()
        keep(self._list, _fit_list)
        add(self.body, (hbox(self._list, (self._stack, 1)), 1), hbox((self.sentence, 1)))
        self.classes.switched.connect(self.view.switch_off)
        self.tool.chosen.connect(self._choose_tool)
        self.look.chosen.connect(lambda key: self.view.show_as(digits=key == "digits"))
        self.rings.toggled.connect(lambda on: self.view.show_as(rings=on))
        self.fit.clicked.connect(self.view.fit)

    def show_empty(self, empty: bool, sentence: str = "") -> None:
        """Show the map, or a sentence in its place, with an offer to train a network where there is none."""
        self._stack.setCurrentIndex(1 if empty else 0)
        if empty:
            self.empty.say(sentence or tr(NO_NETWORK), with_offer=not sentence)
            self.say("")

    def say(self, sentence: str) -> None:
        """Say how the map was made."""
        self.sentence.setText(sentence)
        self.sentence.setToolTip(sentence)

    def table(self) -> Table | None:
        map_ = self.shown
        if map_ is None or map_.points is None or not self.view.isVisibleTo(self):
            return None
        columns = (map_.numbers, map_.points, map_.labels, map_.answers)
        rows = [
            (number, x, y, class_cell(label), class_cell(answer, answer=True))
            for number, (x, y), label, answer in zip(*(column.tolist() for column in columns), strict=True)
            if label not in self.view.off
        ]
        return Table((mark("test image"), "x", "y", mark("class"), mark("predicted")), rows)

    def set_classes(self, classes: int) -> None:
        self.classes.set_classes(classes)
        self.look.set_title("digits", tr("Digits") if are_digits() else tr("Names"))
        self._fit()

    def _fit(self) -> None:
        if self.classes.is_list:
            place = "beside"
        elif self.width() < grown(ROOMY) or self.classes.rows > 1 or not are_digits():
            place = "above"
        else:
            place = "head"
        if place == self._place_of_classes:
            return
        if self._place_of_classes == "beside":
            self._list.takeWidget()
        self._place_of_classes = place
        self._list.setVisible(place == "beside")
        if place == "beside":
            self._list.setWidget(self.classes)
            self.classes.setAutoFillBackground(False)
        elif place == "above":
            self.body.insertWidget(0, self.classes, 0, Qt.AlignmentFlag.AlignLeft)
        else:
            self.head.insertWidget(1, self.classes)
        self.classes.show()

    def _choose_tool(self, key: str) -> None:
        self.view.lasso_tool = key == "lasso"
        self.view.setCursor(Qt.CursorShape.CrossCursor if key == "lasso" else Qt.CursorShape.ArrowCursor)


def _fit_list(area: QScrollArea) -> None:
    """Make the list of classes as wide as its widest entry may be, and its scroll bar."""
    area.setFixedWidth(scaled(WIDEST) + area.verticalScrollBar().sizeHint().width())


class ClassLegend(PictureGrid):
    """What the marks mean, in rows or as a list; to choose a class leaves it out of the map, or shows it again."""

    switched = Signal(object)  # the numbers of the classes that are off, as a frozenset

    def __init__(self, name: str) -> None:
        super().__init__(name, tr("Classes of the map"), follows_mouse=True, takes_keys=True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.off: frozenset[int] = frozenset()
        self._count = 0
        self._wide = 0  # width of a class
        self.chosen.connect(self._switch)
        keep(self, ClassLegend._measure)

    def set_classes(self, classes: int) -> None:
        if classes != self._count:
            self._count, self.off = classes, frozenset()
            self.set_current(None)
        self._measure()

    def count(self) -> int:
        return self._count

    @property
    def is_list(self) -> bool:
        """Whether they are a list that scrolls, as they would take too many rows."""
        return self.rows > MOST_ROWS

    @property
    def rows(self) -> int:
        """The number of rows that they take where they are no list."""
        most = MOST_IN_A_ROW if are_digits() else MOST_NAMED_IN_A_ROW
        return max(1, math.ceil(self._count / most))

    def columns(self) -> int:
        return 1 if self.is_list else max(1, math.ceil(self._count / self.rows))

    def place_of(self, number: int) -> QRectF:
        row, column = divmod(number, self.columns())
        return QRectF(column * self._wide, row * scaled(HEIGHT), self._wide, scaled(HEIGHT))

    def tip_of(self, number: int) -> str:
        tip = (
            mark("Images of class {label}. Show them by a click.")
            if number in self.off
            else mark("Images of class {label}. Leave them out by a click.")
        )
        return tr(tip, label=class_name(number))

    def heard_text(self, number: int) -> str:
        says = mark("Class {label}, left out") if number in self.off else mark("Class {label}, shown")
        return tr(says, label=class_name(number))

    def finding(self) -> str:
        """Return which classes are left out."""
        off = ", ".join(map(class_name, sorted(self.off)))
        return tr("Left out: {classes}.", classes=off) if off else tr("All classes are shown.")

    def sizeHint(self) -> QSize:
        return QSize(self.columns() * self._wide, math.ceil(self._count / self.columns()) * scaled(HEIGHT))

    def set_current(self, number: int | None) -> None:
        super().set_current(number)
        viewport, place = self.parentWidget(), self.place_of(number or 0).toRect()
        if viewport is not None and isinstance(area := viewport.parentWidget(), QScrollArea):
            area.ensureVisible(place.x(), place.center().y(), 0, scaled(HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            if self.hasFocus() and self.current is not None:
                draw(painter, Frame(self.place_of(self.current).adjusted(1, 2, -1, -2), "focus", 1, 6))
            for number in range(self._count):
                self._draw(painter, number)

    def draw_figure(self, painter: QPainter) -> None:
        for number in set(range(self._count)) - self.off:
            self._draw(painter, number)

    def _draw(self, painter: QPainter, number: int) -> None:
        place, colors, side = self.place_of(number), theme().current, scaled(DOT)
        is_on, dot = number not in self.off, QPointF(place.left() + 5 + side / 2, place.center().y())
        color = colors.color(class_token(number))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color if is_on else colors.color("line"), 1.5))
        painter.setBrush(color if is_on else Qt.BrushStyle.NoBrush)
        draw_mark(painter, dot, side / 2.4, number)
        room = place.adjusted(10 + side, 0, 0, 0)
        name = fitted_name(number, room.width() - 1, font("small_value", numbers=True))
        draw(painter, Words(room, name, "text" if is_on else "faint", "small_value", numbers=True))

    def _switch(self, number: int) -> None:
        self.off ^= {number}
        self.update()
        self.switched.emit(self.off)

    def _measure(self) -> None:
        measure = QFontMetrics(font("small_value", numbers=True)).horizontalAdvance
        longest = max((measure(class_name(number)) for number in range(self._count)), default=0)
        self._wide = min(scaled(WIDTH) + longest - measure("0"), scaled(WIDEST))
        self.updateGeometry()
        self.update()
