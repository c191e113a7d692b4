"""Widgets of the Activations tab: units of a layer as tiles or maps, the answer, the arithmetic of one value."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QContextMenuEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.analysis.probes.activations import Arithmetic
from engine.core.language import mark, tr, tr_plural
from engine.core.layers.language import activation_name
from engine.core.lazy import Array
from engine.core.text import written
from gui.look.arrows import ARROWS, next_in_grid
from gui.look.class_names import class_cell, class_name, fitted_name, names_room
from gui.look.color_maps import magnitude_image, signed_image, takes_light_words
from gui.look.fonts import font, scaled, sized
from gui.look.layout import Spring, hbox, vbox
from gui.look.percents import probability_text, say_likeliest
from gui.look.theme import theme
from gui.look.words import Elided
from gui.widgets import painted
from gui.widgets.figures.table import Table
from gui.widgets.heard import HeardPart, say_part
from gui.widgets.painted import CENTER, RIGHT, Bar, Frame, Image, Painted, Rule, Words, draw, hatch, part_of, track_in
from gui.widgets.pictures.cell_words import heard_number, short
from gui.widgets.pictures.pixels import Pixels
from gui.widgets.plots.chart import Chart, Datum, Places, most
from gui.widgets.plots.scale_bar import ScaleBar, signed

# Greatest width of a dense unit's tile and of a feature map, and the gap between two; in pixels.
MOST_TILE, MOST_MAP, GAP = 120.0, 280.0, 3.0

TILE_WEIGHT = 36  # a dense unit counts as many pixels of a feature map
GAPLESS = 5.0  # narrower tiles touch each other
LEAST_COLUMN = 48  # width of a layer, where there are many
BAR_LEAST, BAR = 72, 112  # least and greatest width of the scale below a layer; a narrower layer has none
SIGNED_LEAST, SIGNED_BAR = 100, 168  # the same of one with two figures

# Sides of a patch of a few and of many numbers, and of a single number's cell; room between rows, and for the sign.
PATCH, LARGE_PATCH, CELL, ROW_GAP, BETWEEN = 72.0, 84.0, 44.0, 10.0, 24
LINES = 200  # least width of the lines of a sum beside the pictures
LEAST_SUM = 222  # height of a large patch, of six lines below it, and of the gaps

# Of the table of a sum.
HEADS = mark("part"), mark("row"), mark("column"), mark("channel"), mark("input"), mark("weight"), mark("value")

# What a sum comes to in words: whether the layer has a normalisation, and whether the lens changes what is passed on.
SUMS = {
    (False, False): mark("All products and the bias sum to {total}; {activation} makes {after} of it."),
    (False, True): mark(
        "All products and the bias sum to {total}; {activation} makes {after} of it, {passed} is passed on."
    ),
    (True, False): mark(
        "All products and the bias sum to {total}; normalisation makes {normal} of it, {activation} {after} of that."
    ),
    (True, True): mark(
        "All products and the bias sum to {total}; normalisation makes {normal} of it, {activation} {after} of that; "
        "{passed} is passed on."
    ),
}

# The channels of what a layer reads, and what several others of them add.
CHANNELS = {"map": mark("map {number}"), "neuron": mark("neuron {number}"), "number": mark("input {number}")}
FROM = {"map": mark("from map {number}"), "neuron": mark("from neuron {number}"), "number": mark("from input {number}")}
FROM_OTHERS = {
    "map": lambda count: tr_plural("from the other map", "from the other {count} maps", count),
    "neuron": lambda count: tr_plural("from the other neuron", "from the other {count} neurons", count),
    "number": lambda count: tr_plural("from the other input", "from the other {count} inputs", count),
}

FEW_NUMBERS = 3  # a patch with more rows has no numbers in it


def largest(numbers: Array) -> float:
    """Return the largest finite magnitude; 1 where all are zero."""
    return float(np.abs(numbers[np.isfinite(numbers)]).max(initial=0.0)) or 1.0


def figure_of(value: float, digits: int = 4) -> str:
    """Return a number with its sign, in `digits` significant digits, zeros at the end as well: `+0.600`."""
    return written(value, f"+#.{digits}g") if value == value else tr("no number")


class Unit(NamedTuple):
    """A unit of a layer by its number, and a place in its feature map; `None` in a dense layer."""

    number: int
    place: tuple[int, int] | None = None


class _Layout(NamedTuple):
    """How many units stand in a row, a unit's width and height, and the gap between two, in pixels."""

    across: int
    wide: float
    high: float
    gap: float


def numbers_image(numbers: Array, most: float, *, has_signs: bool) -> QImage:
    """Return numbers (rows, columns) as an image in the colours of sizes, or of signs."""
    return (signed_image if has_signs else magnitude_image)(numbers, most)


def field_in(area: QRectF, field: QRectF, shape: tuple[int, ...]) -> QRectF:
    """Return where some rows and columns of a map (rows, columns, ...) lie that is painted in `area`, clipped to it."""
    rows, columns = shape[:2]
    seen = field.intersected(QRectF(0, 0, columns, rows))
    wide, high = area.width() / columns, area.height() / rows
    left, top = area.left() + seen.left() * wide, area.top() + seen.top() * high
    return QRectF(left, top, seen.width() * wide, seen.height() * high)


class Picture(Pixels):
    """The input image, with the receptive field of a place of the first layer framed."""

    def __init__(self) -> None:
        super().__init__("activations.input", tr("What the network receives"))
        self.field = QRectF()  # the framed rows and columns; empty for none

    def set_field(self, field: QRectF) -> None:
        """Frame these rows and columns; an empty field is none."""
        if field != self.field:
            self.field = field
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.numbers is not None and not self.field.isEmpty():
            draw(QPainter(self), Frame(field_in(self.place(), self.field, self.numbers.shape), "curve_2", 1.5))


class UnitGrid(Painted):
    """The units of one layer: tiles in rows, or feature maps as pictures. The arrows choose, with Shift the place."""

    heard_role: ClassVar = QAccessible.Role.List

    chosen = Signal(object)  # the `Unit` that was clicked or reached by keys; `None` where the choice was withdrawn
    pointed = Signal(object)  # the `Unit` under the mouse, or `None`
    silenceWanted = Signal()  # the marked unit is to be silenced, or restored

    def __init__(self, name: str) -> None:
        tip = tr("Click a unit to see how its value comes about. Arrow keys choose too, Delete silences it.")
        super().__init__(name, "", tip=tip, size=(120, 240), follows_mouse=True, takes_keys=True)
        self.values: Array = np.zeros((1, 1, 0), np.float32)  # what is shown (rows, columns, units)
        self._has_signs, self.most = False, 1.0
        self._images: list[QImage] = []
        self._silenced: frozenset[int] = frozenset()
        self.marked: Unit | None = None  # the unit that is marked
        self._laid: tuple[tuple[float, ...], _Layout] | None = None
        self.field = QRectF()  # the field of a place of the next layer, in rows and columns of each map here
        theme().changed.connect(self._repaint)

    @property
    def are_maps(self) -> bool:
        return self.values.shape[:2] != (1, 1)

    def show_values(self, values: Array, *, has_signs: bool) -> None:
        """Show activations: (neurons,), or (rows, columns, feature maps)."""
        self.values = values if values.ndim == 3 else values[None, None]
        self._has_signs = has_signs
        self.most = largest(self.values)  # the value with the strongest colour
        self.marked = self._held(self.marked)
        self._repaint()

    def table(self) -> Table | None:
        _, columns, count = self.values.shape
        if not count:
            return None
        if not self.are_maps:
            return Table((mark("unit"), mark("activation")), list(enumerate(self.values[0, 0].tolist())))
        maps = self.values.transpose(2, 0, 1).tolist()
        lines = ([number, row, *line] for number, each in enumerate(maps) for row, line in enumerate(each))
        return Table([mark("map"), mark("row"), *map(str, range(columns))], lines)

    def mark(self, unit: Unit | None) -> None:
        """Frame a unit, and its place in the map, where the layer has them."""
        unit = self._held(unit)
        if unit != self.marked:
            self.marked = unit
            if unit is not None and self.hasFocus():
                say_part(self, unit.number)
            self.update()

    def set_field(self, field: QRectF) -> None:
        """Frame in each map what a place of the next layer looks at; an empty one is none."""
        if field != self.field:
            self.field = field
            self.update()

    def set_silenced(self, numbers: Iterable[int]) -> None:
        """Hatch these units: they pass nothing on."""
        self._silenced = frozenset(numbers)
        self.update()

    def _held(self, unit: Unit | None) -> Unit | None:
        """Return the unit, without a place outside of its map; `None` for a unit that the layer does not have."""
        rows, columns, count = self.values.shape
        if unit is None or unit.number >= count:
            return None
        row, column = unit.place or (0, 0)
        return unit if self.are_maps and row < rows and column < columns else Unit(unit.number)

    def value_of(self, unit: Unit) -> float:
        """Return a unit's activation, of a map at its place, or its mean where no place is named."""
        row, column = unit.place or (0, 0)
        if self.are_maps and unit.place is None:
            return float(self.values[..., unit.number].mean())
        return float(self.values[row, column, unit.number])

    def _layout(self) -> _Layout:
        """Return the layout of the units, computed again only where the size or the shape of the layer has changed."""
        key = (*self.values.shape, self.width(), self.height(), self.devicePixelRatioF())
        if self._laid is None or self._laid[0] != key:
            made = self._lay_out(GAP if self.are_maps else 1.0)
            self._laid = (key, made if made.wide >= GAPLESS else self._lay_out(0.0))  # tiny ones need all the room
        return self._laid[1]

    def _lay_out(self, gap: float) -> _Layout:
        """Return the layout with the largest units; of equal ones that which is nearest to a square.

        A pixel of a map, or a tile, is a whole number of device pixels wide, unless it is narrower than one.
        """
        (rows, columns, count), ratio = self.values.shape, self.devicePixelRatioF()
        across = np.arange(1, max(count, 1) + 1)
        down = -(-max(count, 1) // across)
        scale = np.minimum(((self.width() - 4) / across - gap) / columns, ((self.height() - 4) / down - gap) / rows)
        scale = np.minimum(scale, MOST_MAP / columns if self.are_maps else MOST_TILE)
        scale = np.where(scale * ratio >= 1, np.floor(scale * ratio) / ratio, np.maximum(scale, 0.05))
        best = int(np.lexsort((np.abs(across * columns - down * rows), -scale))[0])
        one = float(scale[best])
        return _Layout(int(across[best]), one * columns, one * rows, gap)

    def area(self, number: int) -> QRectF:
        across, wide, high, gap = self._layout()
        row, column = divmod(number, across)
        return QRectF(2 + column * (wide + gap), 2 + row * (high + gap), wide, high)

    def at(self, point: QPointF) -> Unit | None:
        """Return the unit at a point of the widget, with the place in its map; `None` beside all units."""
        rows, columns, count = self.values.shape
        across, wide, high, gap = self._layout()
        row, column = int((point.y() - 2) // (high + gap)), int((point.x() - 2) // (wide + gap))
        number = row * across + column
        if not (0 <= column < across and 0 <= number < count and self.area(number).contains(point)):
            return None
        if not self.are_maps:
            return Unit(number)
        area = self.area(number)
        down = min(int((point.y() - area.top()) / high * rows), rows - 1)
        return Unit(number, (down, min(int((point.x() - area.left()) / wide * columns), columns - 1)))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointed.emit(self.at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self.pointed.emit(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(self.at(event.position()))
        else:
            super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Choose the unit under the mouse, so that the panel's menu is about it."""
        if event.reason() == QContextMenuEvent.Reason.Mouse and (unit := self.at(QPointF(event.pos()))):
            self.chosen.emit(unit)
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        unit = self._reached(Qt.Key(event.key()), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        if event.key() == Qt.Key.Key_Escape and self.marked is not None:
            self.chosen.emit(None)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self.marked is not None:
            self.silenceWanted.emit()
        elif unit is not None:
            self.chosen.emit(unit)
        else:
            super().keyPressEvent(event)

    def _reached(self, key: Qt.Key, shift: bool) -> Unit | None:
        rows, columns, count = self.values.shape
        number, place = self.marked or (None, None)
        place = place if key in ARROWS else None
        if shift and number is not None and place is not None:
            down, right = ARROWS[key]
            inside = min(max(place[0] + down, 0), rows - 1), min(max(place[1] + right, 0), columns - 1)
            return Unit(number, inside)
        wanted = next_in_grid(key, number, count, self._layout().across)
        return None if wanted is None else Unit(wanted, place)

    def _repaint(self) -> None:
        maps = self.values.shape[2] if self.are_maps else 0
        self._images = [
            numbers_image(self.values[..., number], self.most, has_signs=self._has_signs) for number in range(maps)
        ]
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors, count = QPainter(self), theme().current, self.values.shape[2]
        if self.are_maps:
            self._draw_maps(painter)
        elif count:
            self._draw_tiles(painter)
        painter.setPen(QPen(colors.color("curve_2"), 1.5))
        hatch(painter, colors.color("curve_2", 0.75))
        for number in sorted(self._silenced):
            if number < count:
                painter.drawRect(self.area(number))
        if self.marked:
            area = self.area(self.marked.number)
            draw(painter, Frame(area.adjusted(-1, -1, 1, 1), "accent", 2))
            if self.marked.place is not None:
                draw(painter, Frame(self._spot(area, self.marked.place), "curve_2", 1.5))

    def _draw_maps(self, painter: QPainter) -> None:
        areas = [self.area(number) for number in range(len(self._images))]
        if areas and areas[0].width() * self.devicePixelRatioF() < self.values.shape[1]:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for area, image in zip(areas, self._images, strict=True):
            painter.drawImage(area, image)
        painter.setPen(theme().current.color("line"))
        painter.drawRects([area.adjusted(-0.5, -0.5, 0.5, 0.5) for area in areas])
        if not self.field.isEmpty():
            fields = (field_in(area, self.field, self.values.shape) for area in areas)
            draw(painter, *(Frame(field, "curve_2") for field in fields))

    def _draw_tiles(self, painter: QPainter) -> None:
        """Draw all tiles with lines between them; tiny ones, of which there may be thousands, as one image."""
        across, wide, high, gap = self._layout()
        count = self.values.shape[2]
        down = -(-count // across)
        tiles = np.concatenate([self.values.ravel(), np.zeros(across * down - count, np.float32)])
        image = numbers_image(tiles.reshape(down, across), self.most, has_signs=self._has_signs)
        wide, high = wide + gap, high + gap
        if not gap:
            painter.drawImage(QRectF(2, 2, across * wide, down * high), image)
            return
        for number in range(count):  # enlarged as one image, large tiles would end a pixel beside the lines
            row, column = divmod(number, across)
            painter.fillRect(QRectF(2 + column * wide, 2 + row * high, wide, high), image.pixelColor(column, row))
        painter.setPen(QPen(theme().current.color("line"), 1))
        last = count - (down - 1) * across
        for row in range(down + 1):
            long = last if row == down else across
            painter.drawLine(QLineF(1.5, 1.5 + row * high, 1.5 + long * wide, 1.5 + row * high))
        for column in range(across + 1):
            long = down if column <= last else down - 1
            painter.drawLine(QLineF(1.5 + column * wide, 1.5, 1.5 + column * wide, 1.5 + long * high))

    def _spot(self, area: QRectF, place: tuple[int, int]) -> QRectF:
        rows, columns, _ = self.values.shape
        wide, high = area.width() / columns, area.height() / rows
        spot = QRectF(area.left() + place[1] * wide, area.top() + place[0] * high, wide, high)
        grown = max(0.0, (5 - wide) / 2)
        return spot.adjusted(-grown, -grown, grown, grown)

    def finding(self) -> str:
        count = self.values.shape[2]
        if not count:
            return tr("There are no values yet.")
        means = np.nan_to_num(self.values.mean(axis=(0, 1)))
        largest, zeros = Unit(int(means.argmax())), int((means == 0).sum())
        found = tr(
            "{unit} is the largest; {zeros:,} of {count:,} are zero.", unit=self._say(largest), zeros=zeros, count=count
        )
        chosen = tr("Chosen: {unit}.", unit=self._say(self.marked)) if self.marked else tr("None is chosen.")
        return f"{found} {chosen}"

    def heard_parts(self) -> Sequence[HeardPart]:
        """Return the units, of a map that is chosen its place."""
        units = [Unit(number) for number in range(self.values.shape[2])]
        if self.marked:
            units[self.marked.number] = self.marked
        return [
            HeardPart(self._say(unit), self.area(unit.number), is_chosen=unit is self.marked, can_press=True)
            for unit in units
        ]

    def _say(self, unit: Unit) -> str:
        """Return a unit with its value in words, of a map at its place, or its mean where no place is named."""
        template = mark("Feature map {number}: mean {value}") if self.are_maps else mark("Neuron {number}: {value}")
        if unit.place is not None:
            template = mark("Feature map {number}, row {row}, column {column}: {value}")
        row, column = unit.place or (0, 0)
        said = tr(template, number=unit.number, row=row, column=column, value=heard_number(self.value_of(unit)))
        return tr("{unit}, silenced", unit=said) if unit.number in self._silenced else said


class LayerColumn(QWidget):
    """A hidden layer: its name, its units, and the scale of their colours."""

    def __init__(self, number: int) -> None:
        super().__init__()
        name = f"activations.layer.{number + 1}"
        self.number, self._has_signs = number, False
        self.grid = UnitGrid(name)
        self.bar = ScaleBar(f"{name}.bar", tr("The colours of this layer's activations; each layer has its own"))
        sized(self.bar.setMinimumWidth, BAR_LEAST)
        self._title, self._about = Elided(f"{name}.title", "label"), Elided(f"{name}.about")
        self._title.set_words(tr("Layer {number}", number=number + 1))
        self._foot = QWidget()
        sized(self._foot.setFixedHeight, 16)
        self._foot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # it widens no layer
        hbox((self.bar, 1), Spring(0), on=self._foot)
        vbox(self._title, self._about, (self.grid, 1), self._foot, gap="tight", on=self)
        sized(self.setMinimumWidth, LEAST_COLUMN)

    def show_values(self, values: Array, *, has_signs: bool) -> None:
        self.grid.show_values(values, has_signs=has_signs)
        self._has_signs = has_signs
        self._fit()
        if values.ndim == 3:
            rows, columns, maps = values.shape
            self._about.set_words(
                tr_plural(
                    "{count} map of {rows} × {columns}",
                    "{count} maps of {rows} × {columns}",
                    maps,
                    rows=rows,
                    columns=columns,
                )
            )
        else:
            self._about.set_words(tr_plural("{count} neuron", "{count} neurons", len(values)))
        self.grid.setAccessibleName(tr("Layer {number}: {units}", number=self.number + 1, units=self._about.words))
        most = self.grid.most
        if has_signs:
            self.bar.set_reach(most)
        else:
            self.bar.set_words("0", short(most), signed=False, from_zero=True)

    def stretch(self) -> int:
        """Return how much of the room the layer wants beside the others: the side of a square of all its numbers."""
        rows, columns, count = self.grid.values.shape
        each = rows * columns if self.grid.are_maps else TILE_WEIGHT
        return round((count * each) ** 0.5) + 20

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Leave the scale out where it has no room."""
        least, most = (SIGNED_LEAST, SIGNED_BAR) if self._has_signs else (BAR_LEAST, BAR)
        self.bar.setVisible(self.width() >= scaled(least))
        self.bar.setMaximumWidth(scaled(most))


class AnswerBars(Chart):
    """The classes with their probabilities; where there is no room for all, the most probable ones."""

    # Maximum and minimum height of a row; room for a class and for its probability. In pixels.
    ROW, LEAST_ROW, GLYPH, FIGURE = 40, 14, 22, 70

    WIDTH, MOST_NAME = 140, 100  # width with numbers for classes, and most room for a name, in pixels

    MOST_IN_TIP = 20

    heads = mark("class"), mark("probability"), mark("logit")
    between = "; "

    def __init__(self) -> None:
        tip = tr("How probable the network takes each class to be: softmax of the logits")
        super().__init__("activations.answer", tr("Answer"), tip=tip, follows_mouse=True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._probabilities: Array = np.zeros(0)
        self.texts: list[str] = []  # the figures behind the bars
        sized(self._fit, self.WIDTH)

    def show_answer(self, probabilities: Array, logits: Array) -> None:
        """Show probabilities and logits, (classes,) each."""
        self._probabilities, shares = probabilities, probabilities.tolist()
        self.texts = [probability_text(share) if share == share else "–" for share in shares]
        self._fit(scaled(self.WIDTH))
        rows = enumerate(zip(shares, logits.tolist(), self.texts, strict=True))
        data = [
            Datum(
                (class_cell(label, answer=True), share, logit),
                tr(
                    "{label}: {probability}, logit {logit}",
                    label=class_name(label, answer=True),
                    probability=text,
                    logit=signed(logit),
                ),
            )
            for label, (share, logit, text) in rows
        ]
        self.show_data(data)
        most_probable = [data[label].says for label in most(probabilities, self.MOST_IN_TIP)]
        self.setToolTip("\n".join([tr("Softmax of the logits"), *most_probable]))

    def finding(self) -> str:
        return say_likeliest(self._probabilities) if len(self._probabilities) else ""

    @property
    def names_width(self) -> int:
        """How much room the names have, with a gap."""
        letters, widest = font("value", numbers=True), scaled(self.MOST_NAME)
        count = len(self._probabilities)
        return math.ceil(names_room(count, letters, scaled(self.GLYPH), widest, answer=True))

    def _fit(self, width: int) -> None:
        """Set the width: what the bars need, and the names beside them."""
        self.setFixedWidth(width - scaled(self.GLYPH) + self.names_width)

    def places(self) -> Places:
        """Return the rows of the most probable classes, as many as fit, ordered by number."""
        shown = most(self._probabilities, (self.height() - 4) // scaled(self.LEAST_ROW))
        high = min(scaled(float(self.ROW)), (self.height() - 4) / max(1, len(shown)))
        return [(label, QRectF(0, 2.0 + row * high, self.width(), high)) for row, label in enumerate(shown)]

    def marks(self, seen: Places) -> Iterator[painted.Mark]:
        left, winner = self.names_width, int(self._probabilities.argmax()) if seen else -1
        for label, row in seen:
            wins = label == winner
            color, role = "text" if wins else "muted", "value" if wins else "label"
            name = fitted_name(label, left - 3, font(role, numbers=True), answer=True)
            yield Words(row, name, color, role, numbers=True)
            role = "small_value" if wins else "caption"
            yield Words(row, self.texts[label], color, role, RIGHT, numbers=True)
            track = track_in(row, left, scaled(self.FIGURE), min(10.0, row.height() - 2))
            yield Bar(track, "raised")
            yield Bar(part_of(track, float(self._probabilities[label])), "accent", 1.0 if wins else 0.45)


class ArithmeticView(Painted):
    """Patch times kernel for the channels that add most, then what the others and the bias add, and the activation."""

    heard_role: ClassVar = QAccessible.Role.List

    def __init__(self) -> None:
        tip = tr("What comes in, times the weights: the products are added up, with the bias")
        size, least = (292, 400), (200, LEAST_SUM)
        super().__init__("activations.sum", tr("How the value comes about"), tip=tip, size=size, least=least)
        self.shown: Arithmetic | None = None
        self.sentence = ""

    def table(self) -> Table | None:
        if (shown := self.shown) is None:
            return None
        inputs, weights = shown.inputs.astype(np.float64), shown.weights.astype(np.float64)
        rows: list[Any] = [
            [
                tr("product"),
                *place[:2],
                place[2] + shown.first,
                float(inputs[place]),
                float(weights[place]),
                float(inputs[place] * weights[place]),
            ]
            for place in np.ndindex(inputs.shape)
        ]
        last = {tr("bias"): shown.bias, tr("sum"): shown.total}
        if shown.norm:
            last[tr("normalised")] = shown.norm.value
        last[shown.activation] = shown.activated
        last[tr("passed on")] = shown.value
        rows += [[name, None, None, None, None, None, value] for name, value in last.items()]
        return Table(HEADS, rows)

    def show_sum(self, shown: Arithmetic | None, sentence: str = "") -> None:
        """Show how a value comes about, or a sentence that says why there is none."""
        self.shown, self.sentence = shown, sentence
        self.update()

    def finding(self) -> str:
        if (shown := self.shown) is None:
            return self.sentence
        before, after = figure_of(shown.total), figure_of(shown.activated)
        activation = activation_name(shown.activation)
        sentence = SUMS[shown.norm is not None, shown.value != shown.activated]
        normal = figure_of(shown.norm.value) if shown.norm else ""
        return tr(
            sentence, total=before, normal=normal, activation=activation, after=after, passed=figure_of(shown.value)
        )

    def heard_parts(self) -> Sequence[HeardPart]:
        """Return the lines of the sum, which stand beside and below the pictures."""
        return [HeardPart(line, QRectF(self.rect())) for line in self.lines()]

    def channels(self) -> list[tuple[int, float]]:
        """Return the input channels that fit, with the contribution of each; the largest contributions come first."""
        if self.shown is None:
            return []
        with np.errstate(invalid="ignore", over="ignore"):  # weights that are no numbers any more
            added = (self.shown.inputs.astype(np.float64) * self.shown.weights).sum(axis=(0, 1))
        order = np.argsort(-np.abs(added), kind="stable")
        room = self.height() - (6 + self._more_lines) * self._line_height() - 24
        count = max(1, int((room + ROW_GAP) // (self._side()[1] + ROW_GAP)))
        return [(int(number), float(added[number])) for number in order[:count]]

    def lines(self) -> list[str]:
        """Return the lines of the sum: contributions, bias, sum, activation, and what is passed on."""
        return [f"{name} {value}" for name, value in self._parts()]

    def _parts(self) -> list[tuple[str, str]]:
        if (shown := self.shown) is None:
            return []
        drawn, count = self.channels(), shown.inputs.shape[2]
        parts = []
        if count > 1:
            parts = [
                (tr(FROM[shown.channel], number=number + shown.first), figure_of(value)) for number, value in drawn
            ]
            rest = shown.total - shown.bias - sum(value for _, value in drawn)
            if left := count - len(drawn):
                others = FROM_OTHERS[shown.channel](left)
                parts.append((others, figure_of(rest)))
        else:
            parts = [(tr("all products"), figure_of(shown.total - shown.bias))]
        parts += [(tr("bias"), figure_of(shown.bias)), (tr("sum"), figure_of(shown.total))]
        if norm := shown.norm:
            figures = {name: written(getattr(norm, name), "#.4g") for name in ("mean", "deviation", "gamma", "beta")}
            standard = (shown.total - norm.mean) / norm.deviation
            parts.append((tr("mean {mean}, deviation {deviation}", **figures), figure_of(standard)))
            parts.append((tr("gamma {gamma}, beta {beta}", **figures), figure_of(norm.value)))
        activation = activation_name(shown.activation)
        parts.append((tr("after {activation}", activation=activation), figure_of(shown.activated)))
        if shown.value != shown.activated:
            what = tr("silenced: passes on") if shown.value == 0 else tr("changed: passes on")
            parts.append((what, figure_of(shown.value)))
        return parts

    def _line_height(self) -> float:
        return scaled(19.0)

    @property
    def _more_lines(self) -> int:
        """The number of lines that normalisation takes."""
        return 2 if self.shown is not None and self.shown.norm else 0

    def _side(self) -> tuple[float, float]:
        assert self.shown is not None
        rows, columns, _ = self.shown.inputs.shape
        if (rows, columns) == (1, 1):
            return scaled(CELL), scaled(20.0)
        side = scaled(PATCH if max(rows, columns) <= FEW_NUMBERS else LARGE_PATCH)
        if self._is_alone:
            side = max(28.0, *self._rooms())
        ratio = self.devicePixelRatioF()
        fitting = side * ratio / max(rows, columns)
        scale = (np.floor(fitting) or fitting) / ratio
        return columns * scale, rows * scale

    @property
    def _is_alone(self) -> bool:
        """Whether the patch and its kernel have all the room: a picture, whose products are one number."""
        return self.shown is not None and self.shown.inputs.shape[2] == 1 and len(self.shown.inputs) > FEW_NUMBERS

    def _rooms(self) -> tuple[float, float, float]:
        """Return the side of such a patch if its kernel is beside it, below it, and if the lines are beside both."""
        between, wide = scaled(BETWEEN), self.width() - 2.0
        high = self.height() - (5 + self._more_lines) * self._line_height() - 16
        aside = min((wide - between - scaled(LINES)) / 2, self.height() - 4.0)
        return min((wide - between) / 2, high), min(wide, (high - between) / 2), aside

    def paintEvent(self, event: QPaintEvent) -> None:
        draw(QPainter(self), *self._marks())

    def _marks(self) -> Iterator[painted.Mark]:
        shown = self.shown
        if shown is None:
            wrapped = CENTER | Qt.TextFlag.TextWordWrap
            yield Words(QRectF(self.rect()).adjusted(8, 0, -8, 0), self.sentence, "muted", "body", wrapped)
            return
        (wide, high), between, channels = self._side(), scaled(BETWEEN), self.channels()
        most = largest(shown.inputs), largest(shown.weights)
        has_signs, is_high = bool((shown.inputs < 0).any()), high > scaled(30)
        several, top, rooms = shown.inputs.shape[2] > 1, 2.0, self._rooms()
        _, is_below, is_aside = (self._is_alone and room == max(rooms) > rooms[0] for room in rooms)
        for number, value in channels:
            first, times = QRectF(1, top, wide, high), QRectF(wide + 1, top, between, high)
            if is_below:
                times = QRectF(1, top + high, wide, between)
                top += high + between
            second = QRectF(times.right() if top == first.top() else 1, top, wide, high)
            yield from _patch(first, shown.inputs[..., number], most[0], has_signs=has_signs)
            yield from _patch(second, shown.weights[..., number], most[1], has_signs=True)
            yield Words(times, "×", "muted", "value", CENTER)
            top += high + ROW_GAP
            if self._is_alone:
                continue
            behind = QRectF(second.right() + 6, second.top(), self.width() - second.right() - 6, high)
            middle = behind.adjusted(0, 0, 0, -scaled(14)) if several and is_high else behind
            named = tr(CHANNELS[shown.channel], number=number + shown.first)
            yield Words(middle, f"= {figure_of(value, 3)}", "text", "small_value", numbers=True)
            if several and is_high:
                yield Words(behind.adjusted(12, scaled(16), 0, 0), named, "faint", numbers=True)
            elif several:
                yield Words(behind, named, "faint", side=RIGHT, numbers=True)
        line = self._line_height()
        left, top = (2 * (wide + between) + 1, 2.0) if is_aside else (1.0, top + 2)
        is_result = False  # what comes after the sum
        for place, (name, text) in enumerate(self._parts()[len(channels) if several else 0 :]):
            row = QRectF(left, top + place * line, self.width() - 1 - left, line)
            yield Words(row, name, "text" if is_result else "muted", "label")
            if name == tr("sum"):
                yield Rule(row.topLeft(), row.topRight())
                is_result = True
            yield Words(row, text, "text", "small_value", RIGHT, numbers=True)


def _patch(place: QRectF, numbers: Array, most: float, *, has_signs: bool) -> Iterator[painted.Mark]:
    """Yield numbers (rows, columns) as an image, with the numbers written in it where they are few."""
    yield Image(place, numbers_image(numbers, most, has_signs=has_signs))
    yield Frame(place.adjusted(-0.5, -0.5, 0.5, 0.5))
    rows, columns = numbers.shape
    if max(rows, columns) > FEW_NUMBERS:
        return
    light = takes_light_words(numbers, most, signed=has_signs)
    wide, high = place.width() / columns, place.height() / rows
    for row, column in np.ndindex(rows, columns):
        cell = QRectF(place.left() + column * wide, place.top() + row * high, wide, high)
        ink = "surface" if light[row, column] else "text"
        yield Words(cell, short(float(numbers[row, column])), ink, "cell", CENTER, numbers=True)
