"""What the Activations tab paints: a layer's units as tiles or maps, the answer, and the arithmetic of one value."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFont,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.analysis.probes.activations import Arithmetic
from engine.core.array import Array
from engine.core.numbers import written
from gui.look.arrows import ARROWS
from gui.look.class_names import class_cells, class_name, fitted_name, names_room
from gui.look.color_maps import magnitude_image, signed_image, takes_light_words
from gui.look.elided import Elided
from gui.look.fonts import font
from gui.look.layout import Spring, hbox, vbox
from gui.look.percents import probability_text
from gui.look.text_size import scaled, sized
from gui.look.theme import theme
from gui.widgets.figures.table import Table
from gui.widgets.painted import hatch
from gui.widgets.pictures.cell_words import exact, short
from gui.widgets.pictures.pixels import Pixels
from gui.widgets.plots.scale_bar import ScaleBar, signed

# How wide the tile of a dense unit and a feature map may become, and the room between two; in pixels.
MOST_TILE, MOST_MAP, GAP = 72.0, 280.0, 3.0

TILE_WEIGHT = 36  # room of a dense unit, in pixels of a feature map
GAPLESS = 5.0  # tiles that are narrower than that touch each other

# How narrow and how wide the scale below a layer may be; a layer that is narrower has none.
BAR_LEAST, BAR = 72, 112

# Sides of a patch of a few and of many numbers, and of a single number's cell; room between rows.
PATCH, LARGE_PATCH, CELL, ROW_GAP = 72.0, 84.0, 44.0, 10.0

FEW_NUMBERS = 3  # maximum number of rows of a patch whose numbers are written in it


def largest(numbers: Array) -> float:
    """Return the largest size of those that are numbers; 1 where all are zero."""
    return float(np.abs(numbers[np.isfinite(numbers)]).max(initial=0.0)) or 1.0


def figure_of(value: float, digits: int = 4) -> str:
    """Return a number with its sign, in `digits` significant digits, zeros at the end as well: `+0.600`."""
    return written(value, f"+#.{digits}g") if value == value else "no number"


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
    """Return where rows and columns of a map (rows, columns, ...) lie that is painted in an area, as far as it goes."""
    rows, columns = shape[:2]
    seen = field.intersected(QRectF(0, 0, columns, rows))
    wide, high = area.width() / columns, area.height() / rows
    left, top = area.left() + seen.left() * wide, area.top() + seen.top() * high
    return QRectF(left, top, seen.width() * wide, seen.height() * high)


class Picture(Pixels):
    """What the network receives, with what a place of the first layer looks at framed."""

    def __init__(self) -> None:
        super().__init__("activations.input", "What the network receives")
        self.field = QRectF()  # the rows and columns that are framed; an empty one is none

    def set_field(self, field: QRectF) -> None:
        """Frame these rows and columns; an empty field is none."""
        if field != self.field:
            self.field = field
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.numbers is not None and not self.field.isEmpty():
            painter = QPainter(self)
            painter.setPen(QPen(theme().current.color("curve_2"), 1.5))
            painter.drawRect(field_in(self.place(), self.field, self.numbers.shape))


class UnitGrid(QWidget):
    """The units of one layer: tiles in rows, or feature maps as pictures. The arrows choose, with Shift the place."""

    chosen = Signal(object)
    """Carries the `Unit` that was clicked or reached by keys; `None` where the choice is taken back."""
    pointed = Signal(object)  # the `Unit` under the mouse, or `None`
    silenceWanted = Signal()  # the unit that is marked shall be silenced, or pass on again

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setToolTip(
            "Click a unit to see how its value comes about. Arrow keys choose too, Delete silences it."
        )
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._values: Array = np.zeros((1, 1, 0), np.float32)
        self._has_signs, self._most = False, 1.0
        self._images: list[QImage] = []
        self._silenced: frozenset[int] = frozenset()
        self._marked: Unit | None = None
        self._laid: tuple[tuple[float, ...], _Layout] | None = None
        self.field = QRectF()  # what a place of the next layer looks at, in rows and columns of each map here
        theme().changed.connect(self._repaint)

    @property
    def values(self) -> Array:
        """What is shown (rows, columns, units)."""
        return self._values

    @property
    def most(self) -> float:
        """The value with the strongest colour."""
        return self._most

    @property
    def are_maps(self) -> bool:
        """Whether each unit is a feature map."""
        return self._values.shape[:2] != (1, 1)

    @property
    def marked(self) -> Unit | None:
        """The unit that is marked."""
        return self._marked

    def show_values(self, values: Array, *, has_signs: bool) -> None:
        """Show activations: (neurons,), or (rows, columns, feature maps)."""
        self._values = values if values.ndim == 3 else values[None, None]
        self._has_signs = has_signs
        self._most = largest(self._values)
        self._marked = self._held(self._marked)
        self._repaint()
        self._describe()

    def table(self) -> Table | None:
        """Return the activation of each unit, or each map row by row."""
        _, columns, count = self._values.shape
        if not count:
            return None
        if not self.are_maps:
            return Table(("unit", "activation"), list(enumerate(self._values[0, 0].tolist())))
        maps = self._values.transpose(2, 0, 1).tolist()
        lines = ([number, row, *line] for number, each in enumerate(maps) for row, line in enumerate(each))
        return Table(["map", "row", *map(str, range(columns))], lines)

    def mark(self, unit: Unit | None) -> None:
        """Put a frame around a unit, and around its place, as far as the layer has them."""
        unit = self._held(unit)
        if unit != self._marked:
            self._marked = unit
            self._describe()
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
        """Return the unit without a place that its map lacks; `None` where the layer lacks the unit."""
        rows, columns, count = self._values.shape
        if unit is None or unit.number >= count:
            return None
        row, column = unit.place or (0, 0)
        return unit if self.are_maps and row < rows and column < columns else Unit(unit.number)

    def value_of(self, unit: Unit) -> float:
        """Return a unit's activation, of a map at its place, or its mean where no place is named."""
        row, column = unit.place or (0, 0)
        if self.are_maps and unit.place is None:
            return float(self._values[..., unit.number].mean())
        return float(self._values[row, column, unit.number])

    def sizeHint(self) -> QSize:
        return QSize(120, 240)

    # Places -------------------------------------------------------------------------------------------------------

    def _layout(self) -> _Layout:
        """Return where the units stand, found anew where the room or the shape of the layer has changed."""
        key = (*self._values.shape, self.width(), self.height(), self.devicePixelRatioF())
        if self._laid is None or self._laid[0] != key:
            made = self._lay_out(GAP if self.are_maps else 1.0)
            self._laid = (
                key,
                made if made.wide >= GAPLESS else self._lay_out(0.0),
            )  # tiny ones need all the room
        return self._laid[1]

    def _lay_out(self, gap: float) -> _Layout:
        """Of all numbers of units in a row return that with the largest units, else the nearest to a square.

        A pixel of a map, or a tile, is as wide as whole pixels of the screen, where it is not narrower than one.
        """
        (rows, columns, count), ratio = self._values.shape, self.devicePixelRatioF()
        across = np.arange(1, max(count, 1) + 1)
        down = -(-max(count, 1) // across)
        scale = np.minimum(
            ((self.width() - 4) / across - gap) / columns, ((self.height() - 4) / down - gap) / rows
        )
        scale = np.minimum(scale, MOST_MAP / columns if self.are_maps else MOST_TILE)
        scale = np.where(scale * ratio >= 1, np.floor(scale * ratio) / ratio, np.maximum(scale, 0.05))
        best = int(np.lexsort((np.abs(across * columns - down * rows), -scale))[0])
        one = float(scale[best])
        return _Layout(int(across[best]), one * columns, one * rows, gap)

    def area(self, number: int) -> QRectF:
        """Return where a unit lies."""
        across, wide, high, gap = self._layout()
        row, column = divmod(number, across)
        return QRectF(2 + column * (wide + gap), 2 + row * (high + gap), wide, high)

    def at(self, point: QPointF) -> Unit | None:
        """Return the unit at a point of the widget, and which place of its map."""
        rows, columns, count = self._values.shape
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

    # What a person does -------------------------------------------------------------------------------------------

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
        """Choose the unit under the mouse; the panel then offers what can be done with it."""
        if event.reason() == QContextMenuEvent.Reason.Mouse and (unit := self.at(QPointF(event.pos()))):
            self.chosen.emit(unit)
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from unit to unit, with Shift from place to place of its map; silence."""
        unit = self._reached(Qt.Key(event.key()), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        if event.key() == Qt.Key.Key_Escape and self._marked is not None:
            self.chosen.emit(None)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._marked is not None:
            self.silenceWanted.emit()
        elif unit is not None:
            self.chosen.emit(unit)
        else:
            super().keyPressEvent(event)

    def _reached(self, key: Qt.Key, shift: bool) -> Unit | None:
        rows, columns, count = self._values.shape
        if not count or (key not in ARROWS and key not in (Qt.Key.Key_Home, Qt.Key.Key_End)):
            return None
        if key not in ARROWS:
            return Unit(0 if key == Qt.Key.Key_Home else count - 1)
        if self._marked is None:
            return Unit(0)
        number, place = self._marked
        down, right = ARROWS[key]
        if shift and place is not None:
            inside = min(max(place[0] + down, 0), rows - 1), min(max(place[1] + right, 0), columns - 1)
            return Unit(number, inside)
        wanted = number + right + down * self._layout().across
        return Unit(wanted if 0 <= wanted < count else number, place)

    # Painting -----------------------------------------------------------------------------------------------------

    def _repaint(self) -> None:
        """Make the pictures of the maps anew, in the colours of the theme."""
        maps = self._values.shape[2] if self.are_maps else 0
        self._images = [
            numbers_image(self._values[..., number], self._most, has_signs=self._has_signs)
            for number in range(maps)
        ]
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors, count = QPainter(self), theme().current, self._values.shape[2]
        if self.are_maps:
            self._draw_maps(painter)
        elif count:
            self._draw_tiles(painter)
        painter.setPen(QPen(colors.color("curve_2"), 1.5))
        hatch(painter, colors.color("curve_2", 0.75))
        for number in sorted(self._silenced):
            if number < count:
                painter.drawRect(self.area(number))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._marked:
            area = self.area(self._marked.number)
            painter.setPen(QPen(colors.color("accent"), 2))
            painter.drawRect(area.adjusted(-1, -1, 1, 1))
            if self._marked.place is not None:
                painter.setPen(QPen(colors.color("curve_2"), 1.5))
                painter.drawRect(self._spot(area, self._marked.place))

    def _draw_maps(self, painter: QPainter) -> None:
        colors, areas = theme().current, [self.area(number) for number in range(len(self._images))]
        if areas and areas[0].width() * self.devicePixelRatioF() < self._values.shape[1]:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for area, image in zip(areas, self._images, strict=True):
            painter.drawImage(area, image)
        painter.setPen(QPen(colors.color("line"), 1))
        for area in areas:
            painter.drawRect(area.adjusted(-0.5, -0.5, 0.5, 0.5))
        if not self.field.isEmpty():
            painter.setPen(QPen(colors.color("curve_2"), 1))
            for area in areas:
                painter.drawRect(field_in(area, self.field, self._values.shape))

    def _draw_tiles(self, painter: QPainter) -> None:
        """Draw the tiles as one image, with lines between them: a layer may have thousands."""
        across, wide, high, gap = self._layout()
        count = self._values.shape[2]
        down = -(-count // across)
        tiles = np.concatenate([self._values.ravel(), np.zeros(across * down - count, np.float32)])
        image = numbers_image(tiles.reshape(down, across), self._most, has_signs=self._has_signs)
        wide, high = wide + gap, high + gap
        painter.drawImage(QRectF(2 - gap / 2, 2 - gap / 2, across * wide, down * high), image)
        if not gap:
            return
        painter.setPen(QPen(theme().current.color("line"), 1))
        last = count - (down - 1) * across
        for row in range(down + 1):
            long = last if row == down else across
            painter.drawLine(QLineF(1.5, 1.5 + row * high, 1.5 + long * wide, 1.5 + row * high))
        for column in range(across + 1):
            long = down if column <= last else down - 1
            painter.drawLine(QLineF(1.5 + column * wide, 1.5, 1.5 + column * wide, 1.5 + long * high))

    def _spot(self, area: QRectF, place: tuple[int, int]) -> QRectF:
        rows, columns, _ = self._values.shape
        wide, high = area.width() / columns, area.height() / rows
        spot = QRectF(area.left() + place[1] * wide, area.top() + place[0] * high, wide, high)
        grown = max(0.0, (5 - wide) / 2)
        return spot.adjusted(-grown, -grown, grown, grown)

    def _describe(self) -> None:
        unit = self._marked
        what = "Feature map" if self.are_maps else "Neuron"
        at = f", row {unit.place[0]}, column {unit.place[1]}" if unit and unit.place else ""
        said = f"{what} {unit.number}{at}: {exact(self.value_of(unit))}" if unit else "None is chosen"
        self.setAccessibleDescription(said)


class LayerColumn(QWidget):
    """A hidden layer: what it is called, its units, and what their colours mean."""

    def __init__(self, number: int) -> None:
        super().__init__()
        name = f"activations.layer.{number + 1}"
        self.number = number
        self.grid = UnitGrid(name)
        self.bar = ScaleBar(f"{name}.bar", "The colours of this layer's activations; each layer has its own")
        sized(self.bar.setMinimumWidth, BAR_LEAST)
        sized(self.bar.setMaximumWidth, BAR)
        self._title, self._about = Elided(f"{name}.title", "label"), Elided(f"{name}.about")
        self._title.set_words(f"Layer {number + 1}")
        self._foot = QWidget()
        sized(self._foot.setFixedHeight, 16)
        self._foot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # it widens no layer
        hbox((self.bar, 1), Spring(0), on=self._foot)
        vbox(self._title, self._about, (self.grid, 1), self._foot, gap="tight", on=self)

    def show_values(self, values: Array, *, has_signs: bool) -> None:
        """Show the layer's activations."""
        self.grid.show_values(values, has_signs=has_signs)
        if values.ndim == 3:
            rows, columns, maps = values.shape
            self._about.set_words(f"{maps} {'map' if maps == 1 else 'maps'} of {rows} × {columns}")
        else:
            self._about.set_words(f"{len(values)} {'neuron' if len(values) == 1 else 'neurons'}")
        self.grid.setAccessibleName(f"Layer {self.number + 1}: {self._about.words}")
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

    def fit(self, width: int) -> None:
        """Leave the scale out where it has no room."""
        self.bar.setVisible(width >= scaled(BAR_LEAST))


class AnswerBars(QWidget):
    """The classes with their probabilities; where there is no room for all, the most probable ones."""

    ROW, LEAST_ROW, GLYPH, FIGURE = 26, 14, 22, 70
    """Maximum and minimum height of a row; room for a class and for its probability. In pixels."""

    WIDTH, MOST_NAME = 140, 100  # width with numbers for classes, and most room for a name, in pixels

    MOST_IN_TIP = 20

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("activations.answer")
        self.setAccessibleName("Answer")
        self.setToolTip("How probable the network takes each class to be: softmax of the logits")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._probabilities: Array = np.zeros(0)
        self._logits: Array = np.zeros(0)
        sized(self._fit, self.WIDTH)
        self.setMouseTracking(True)
        theme().changed.connect(self.update)

    def table(self) -> Table | None:
        """Return probability and logit of each class."""
        rows = zip(
            class_cells(len(self._logits), answer=True),
            self._probabilities.tolist(),
            self._logits.tolist(),
            strict=True,
        )
        return Table(("class", "probability", "logit"), list(rows)) if len(self._logits) else None

    @property
    def texts(self) -> list[str]:
        """What stands behind the bars."""
        return [probability_text(each) if each == each else "–" for each in self._probabilities.tolist()]

    def show_answer(self, probabilities: Array, logits: Array) -> None:
        """Show probabilities and logits, (classes,) each."""
        self._probabilities, self._logits = probabilities, logits
        self._fit(scaled(self.WIDTH))
        rows = [
            f"{class_name(number, answer=True)}: {text}, logit {signed(logit)}"
            for number, (text, logit) in enumerate(zip(self.texts, logits.tolist(), strict=True))
        ]
        self.setAccessibleDescription("; ".join(rows))
        told = [rows[number] for number in self._most_probable(self.MOST_IN_TIP)]
        self.setToolTip("Softmax of the logits\n" + "\n".join(told))
        self.update()

    @property
    def names_width(self) -> int:
        """How much room the names have, with a gap."""
        letters = font("value", numbers=True)
        most = scaled(self.MOST_NAME)
        return math.ceil(names_room(len(self._probabilities), letters, scaled(self.GLYPH), most, answer=True))

    def _fit(self, width: int) -> None:
        """Be as wide as the names need, so that the bars have their room beside them."""
        self.setFixedWidth(width - scaled(self.GLYPH) + self.names_width)

    def shown(self) -> list[int]:
        """Return the classes that have a row, by number."""
        return self._most_probable((self.height() - 4) // scaled(self.LEAST_ROW))

    def _most_probable(self, count: int) -> list[int]:
        """Return the `count` most probable classes, in the order of their numbers."""
        return sorted(np.argsort(-self._probabilities, kind="stable")[: max(count, 1)].tolist())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors, shown = QPainter(self), theme().current, self.shown()
        if not shown:
            return
        winner, texts = int(self._probabilities.argmax()), self.texts
        high = min(scaled(float(self.ROW)), (self.height() - 4) / len(shown))
        left = self.names_width
        for place, number in enumerate(shown):
            row, wins = QRectF(0, 2.0 + place * high, self.width(), high), number == winner
            share = float(self._probabilities[number])
            painter.setFont(font("value" if wins else "label", numbers=True))
            painter.setPen(colors.color("text" if wins else "muted"))
            name = fitted_name(number, left - 3, painter.font(), answer=True)
            painter.drawText(row, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
            painter.setFont(font("small_value" if wins else "caption", numbers=True))
            side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(row, side, texts[number])
            beside = scaled(self.FIGURE)
            track = QRectF(left, 0, self.width() - left - beside, min(10.0, high - 2))
            track.moveTop(round(row.center().y() - track.height() / 2))
            painter.fillRect(track, colors.color("raised"))
            track.setWidth(share * track.width() if share == share else 0.0)
            painter.fillRect(track, colors.color("accent", 1.0 if wins else 0.45))


class ArithmeticView(QWidget):
    """Patch times kernel for the channels that add most, then what the others and the bias add, and the activation."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("activations.sum")
        self.setAccessibleName("How the value comes about")
        self.setToolTip("What comes in, times the weights: the products are added up, with the bias")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._shown: Arithmetic | None = None
        self.sentence = ""
        theme().changed.connect(self.update)

    def table(self) -> Table | None:
        """Return all products, then the bias, the sum and what is passed on."""
        shown = self._shown
        if shown is None:
            return None
        inputs, weights = shown.inputs.astype(np.float64), shown.weights.astype(np.float64)
        rows: list[Any] = [
            [
                "product",
                *place,
                float(inputs[place]),
                float(weights[place]),
                float(inputs[place] * weights[place]),
            ]
            for place in np.ndindex(inputs.shape)
        ]
        last = {
            "bias": shown.bias,
            "sum": shown.total,
            shown.activation: shown.activated,
            "passed on": shown.value,
        }
        rows += [[name, None, None, None, None, None, value] for name, value in last.items()]
        return Table(("part", "row", "column", "channel", "input", "weight", "value"), rows)

    @property
    def shown(self) -> Arithmetic | None:
        """What is shown."""
        return self._shown

    def show_sum(self, shown: Arithmetic | None, sentence: str = "") -> None:
        """Show how a value comes about, or a sentence why none is."""
        self._shown, self.sentence = shown, sentence
        self.setAccessibleDescription("; ".join(self.lines()) if shown else sentence)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(292, 400)

    def channels(self) -> list[tuple[int, float]]:
        """Return the channels before that have room, with what each adds; those that add or take most come first."""
        if self._shown is None:
            return []
        with np.errstate(invalid="ignore", over="ignore"):  # weights that are no numbers any more
            added = (self._shown.inputs.astype(np.float64) * self._shown.weights).sum(axis=(0, 1))
        order = np.argsort(-np.abs(added), kind="stable")
        room = self.height() - 6 * self._line_height() - 24
        count = max(1, int((room + ROW_GAP) // (self._side()[1] + ROW_GAP)))
        return [(int(number), float(added[number])) for number in order[:count]]

    def lines(self) -> list[str]:
        """Return the sum in words, from the channels to the value that is passed on."""
        return [f"{name} {value}" for name, value in self._parts()]

    def _parts(self) -> list[tuple[str, str]]:
        shown = self._shown
        if shown is None:
            return []
        drawn, count = self.channels(), shown.inputs.shape[2]
        before = "map" if shown.inputs.shape[:2] != (1, 1) else "neuron"
        parts = []
        if count > 1:
            parts = [(f"from {before} {number}", figure_of(value)) for number, value in drawn]
            rest = shown.total - shown.bias - sum(value for _, value in drawn)
            left = count - len(drawn)
            if left:
                parts.append(
                    (
                        f"from the other {left} {before}s" if left > 1 else f"from the other {before}",
                        figure_of(rest),
                    )
                )
        else:
            parts = [("all products", figure_of(shown.total - shown.bias))]
        parts += [("bias", figure_of(shown.bias)), ("sum", figure_of(shown.total))]
        parts.append((f"after {shown.activation.replace('_', ' ')}", figure_of(shown.activated)))
        if shown.value != shown.activated:
            what = "silenced: passes on" if shown.value == 0 else "changed: passes on"
            parts.append((what, figure_of(shown.value)))
        return parts

    def _line_height(self) -> float:
        return scaled(19.0)

    def _side(self) -> tuple[float, float]:
        """Return width and height of a patch."""
        assert self._shown is not None
        rows, columns, _ = self._shown.inputs.shape
        if (rows, columns) == (1, 1):
            return scaled(CELL), scaled(20.0)
        side = scaled(PATCH if max(rows, columns) <= FEW_NUMBERS else LARGE_PATCH)
        ratio = self.devicePixelRatioF()
        fitting = side * ratio / max(rows, columns)
        scale = (np.floor(fitting) or fitting) / ratio
        return columns * scale, rows * scale

    # Painting -----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors, shown = QPainter(self), theme().current, self._shown
        if shown is None:
            painter.setFont(font("body"))
            painter.setPen(colors.color("muted"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(QRectF(self.rect()).adjusted(8, 0, -8, 0), flags, self.sentence)
            return
        wide, high = self._side()
        most = largest(shown.inputs), largest(shown.weights)
        has_signs = bool((shown.inputs < 0).any())
        several, top, between = shown.inputs.shape[2] > 1, 2.0, scaled(24)
        for number, value in self.channels():
            first, second = QRectF(1, top, wide, high), QRectF(wide + between + 1, top, wide, high)
            self._draw_numbers(painter, first, shown.inputs[..., number], most[0], has_signs=has_signs)
            self._draw_numbers(painter, second, shown.weights[..., number], most[1], has_signs=True)
            painter.setFont(font("value"))
            painter.setPen(colors.color("muted"))
            painter.drawText(QRectF(wide + 1, top, between, high), Qt.AlignmentFlag.AlignCenter, "×")
            behind = QRectF(second.right() + 6, top, self.width() - second.right() - 6, high)
            painter.setFont(font("small_value", numbers=True))
            painter.setPen(colors.color("text"))
            middle = behind.adjusted(0, 0, 0, -scaled(14)) if several and high > scaled(30) else behind
            painter.drawText(
                middle, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, f"= {figure_of(value, 3)}"
            )
            if several:
                painter.setFont(font("caption", numbers=True))
                painter.setPen(colors.color("faint"))
                is_high = high > scaled(30)
                before = "map" if is_high else "neuron"
                side = Qt.AlignmentFlag.AlignLeft if is_high else Qt.AlignmentFlag.AlignRight
                below = behind.adjusted(12, scaled(16), 0, 0) if is_high else behind
                painter.drawText(below, side | Qt.AlignmentFlag.AlignVCenter, f"{before} {number}")
            top += high + ROW_GAP
        self._draw_sum(painter, top + 2)

    def _draw_sum(self, painter: QPainter, top: float) -> None:
        colors, high = theme().current, self._line_height()
        parts = self._parts()
        if self._shown is not None and self._shown.inputs.shape[2] > 1:
            parts = parts[len(self.channels()) :]
        for place, (name, value) in enumerate(parts):
            row = QRectF(1, top + place * high, self.width() - 2, high)
            is_result = name.startswith(("after", "silenced", "changed"))
            if name == "sum":
                painter.setPen(QPen(colors.color("line"), 1))
                painter.drawLine(row.topLeft(), row.topRight())
            painter.setFont(font("label"))
            painter.setPen(colors.color("text" if is_result else "muted"))
            painter.drawText(row, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
            painter.setFont(font("small_value", numbers=True))
            painter.setPen(colors.color("text"))
            painter.drawText(row, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, value)

    def _draw_numbers(
        self, painter: QPainter, place: QRectF, numbers: Array, most: float, *, has_signs: bool
    ) -> None:
        colors = theme().current
        painter.drawImage(place, numbers_image(numbers, most, has_signs=has_signs))
        painter.setPen(QPen(colors.color("line"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(place.adjusted(-0.5, -0.5, 0.5, 0.5))
        rows, columns = numbers.shape
        if max(rows, columns) > FEW_NUMBERS:
            return
        letters: QFont = font("cell", numbers=True)
        painter.setFont(letters)
        light = takes_light_words(numbers, most, signed=has_signs)
        wide, high = place.width() / columns, place.height() / rows
        for row, column in np.ndindex(rows, columns):
            painter.setPen(colors.color("surface" if light[row, column] else "text"))
            cell = QRectF(place.left() + column * wide, place.top() + row * high, wide, high)
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, short(float(numbers[row, column])))
