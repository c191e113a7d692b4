"""The map with its tools: classes on and off, digits, rings, lasso; and a sentence on how it was made."""

import math

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QToolButton, QWidget

from engine.analysis.probes.map import Map
from gui.look.class_names import are_digits, class_cell, class_name, draw_mark, fitted_name, is_numbered, names
from gui.look.first_look import rarely
from gui.look.fonts import font, keep, scaled
from gui.look.icons import set_icon
from gui.look.layout import SPRING, add, gridbox, hbox, stack
from gui.look.theme import class_token, theme
from gui.look.words import entry, named, plain_tip, set_title, words
from gui.tabs.map.view import MapView
from gui.widgets.empty_state import EmptyState, ring_of_groups
from gui.widgets.figures.table import Table
from gui.widgets.forms.controls import Segments
from gui.widgets.painted import Words, draw
from gui.widgets.panel import Panel

NO_NETWORK = "Train a network first, or open the bundled session: then its test images become a map."
ROOMY = 800  # in a narrower panel the classes are below the tools

TOOLS = {
    "move": ("Pan", "Drag to pan; the wheel zooms."),
    "lasso": ("Lasso", "Drag around points to choose their images; with Shift one always can."),
}

LOOKS = {
    "dots": ("Dots", "Each test image as a dot; from nearby as a picture"),
    "digits": ("Digits", "Each test image as the name of its class; from nearby as a picture"),
}

WIDTH, WIDEST, HEIGHT, DOT = 32, 96, 26, 9
MOST_IN_A_ROW = 13  # more classes are in several rows of about the same length; ...
MOST_NAMED_IN_A_ROW = 8  # ... of classes with names this many
MOST_ROWS = 4  # classes that would take more rows are a list beside the map


class MapPanel(Panel):
    """The points with all that changes their looks; how they are made is chosen beside it."""

    def __init__(self) -> None:
        super().__init__("Map", "map.panel")
        self.view = MapView("map.view")
        self.empty = EmptyState("map.empty", NO_NETWORK, ring_of_groups, button="Start a run")
        self.classes = ClassSwitches("map.classes")
        self.tool, self.look = Segments("map.tool", TOOLS), Segments("map.look", LOOKS)
        tip = "Put a ring around each image that the network mistakes."
        self.rings = named(QToolButton(), "map.rings", title="Mistakes", tip=tip, look="segment")
        self.rings.setText("Mistakes")
        self.rings.setCheckable(True)
        self.rings.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.rings.setProperty("place", "only")
        self.fit = named(QToolButton(), "map.fit", title="Show the whole map", tip="Show the whole map (0)")
        set_icon(self.fit, "zoom-reset", "muted")
        self.sentence = named(words("", "caption"), "map.sentence")
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.shown: Map | None = None
        self._place_of_classes = "head"
        tools = self.rings, self.look, self.tool, self.fit
        add(self.head, "small", self.classes, SPRING, *tools)
        rarely(*tools)
        self._stack = stack(self.view, self.empty)
        self._list = named(QScrollArea(), "map.classes.list")
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setWidgetResizable(True)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its switches take the focus, and scroll into view
        self._list.hide()
        keep(self._list, _fit_list)
        add(self.body, (hbox(self._list, (self._stack, 1)), 1), hbox((self.sentence, 1)))
        self.classes.switched.connect(self.view.switch_off)
        self.tool.chosen.connect(self._choose_tool)
        self.look.chosen.connect(lambda key: self.view.show_as(digits=key == "digits"))
        self.rings.toggled.connect(lambda on: self.view.show_as(rings=on))
        self.fit.clicked.connect(self.view.fit)

    def show_empty(self, empty: bool, sentence: str = NO_NETWORK) -> None:
        """Show the map, or a sentence in its place, with an offer to train a network where there is none."""
        self._stack.setCurrentIndex(1 if empty else 0)
        if empty:
            self.empty.say(sentence, with_offer=sentence == NO_NETWORK)
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
        return Table(("test image", "x", "y", "class", "predicted"), rows)

    def set_classes(self, classes: int) -> None:
        self.classes.set_classes(classes)
        self.look.set_title("digits", "Digits" if are_digits() else "Names")
        self._fit()

    def _fit(self) -> None:
        if self.classes.is_list:
            place = "beside"
        elif self.width() < scaled(ROOMY) or self.classes.rows > 1:
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
            for widget in (self._list.viewport(), self.classes):
                widget.setAutoFillBackground(False)
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


class ClassSwitches(QWidget):
    """A switch for each class, in rows or as a list."""

    switched = Signal(object)  # the numbers of the classes that are off, as a frozenset

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._rows = gridbox(gap=0, on=self)
        self.switches: list[ClassSwitch] = []

    def set_classes(self, classes: int) -> None:
        if classes == len(self.switches):
            for switch in self.switches:
                switch.name_class()
            return
        for switch in self.switches:
            self._rows.removeWidget(switch)
            switch.hide()
            switch.setObjectName("")
            switch.deleteLater()
        self.switches = [ClassSwitch(f"{self.objectName()}.{number}", number) for number in range(classes)]
        abreast = 1 if self.is_list else math.ceil(classes / self.rows)
        for number, switch in enumerate(self.switches):
            self._rows.addWidget(switch, *divmod(number, abreast))
            switch.toggled.connect(lambda: self.switched.emit(self.off))

    @property
    def is_list(self) -> bool:
        """Whether they are a list that scrolls, as they would take too many rows."""
        return self.rows > MOST_ROWS

    @property
    def rows(self) -> int:
        """The number of rows that they take where they are no list."""
        most = MOST_IN_A_ROW if are_digits() else MOST_NAMED_IN_A_ROW
        return max(1, math.ceil(len(self.switches) / most))

    @property
    def off(self) -> frozenset[int]:
        return frozenset(number for number, switch in enumerate(self.switches) if not switch.isChecked())


class ClassSwitch(QToolButton):
    """A switch of a class: a dot in its colour, and its name."""

    def __init__(self, name: str, number: int) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setCheckable(True)
        self.setChecked(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._number = number
        self.name_class()
        theme().changed.connect(self.update)
        keep(self, ClassSwitch.updateGeometry)

    def name_class(self) -> None:
        name = class_name(self._number)
        tip = plain_tip(f"Show the images of class {name}, or leave them out.")
        set_title(self, entry(name), f"Class {name}", tip)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        measure = QFontMetrics(font("small_value", numbers=True)).horizontalAdvance
        if is_numbered(self._number):  # all are as wide as the longest number
            wide = measure("0" * (len(f"{max(1, len(names())) - 1}") - 1))
        else:
            wide = measure(class_name(self._number))
        return QSize(min(scaled(WIDTH) + wide, scaled(WIDEST)), scaled(HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().current.color("raised"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        self._draw(painter)

    def draw_figure(self, painter: QPainter) -> None:
        if self.isChecked():
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._draw(painter)
            painter.restore()

    def _draw(self, painter: QPainter) -> None:
        colors, side, letters = theme().current, scaled(DOT), font("small_value", numbers=True)
        dot = QRectF(5, (self.height() - side) / 2, side, side)
        color = colors.color(class_token(self._number))
        painter.setPen(QPen(color if self.isChecked() else colors.color("line"), 1.5))
        painter.setBrush(color if self.isChecked() else Qt.BrushStyle.NoBrush)
        draw_mark(painter, dot.center(), side / 2.4, self._number)
        room = QRectF(dot.right() + 5, 0, self.width(), self.height())
        name = fitted_name(self._number, self.width() - dot.right() - 6, letters)
        draw(painter, Words(room, name, "text" if self.isChecked() else "faint", "small_value", numbers=True))
