"""The maps of all classes in their panels, with one order of rows, one zoom, one scale; or their means alone."""

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

import numpy as np
from PySide6 import QtGui
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAction,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QLabel, QStackedWidget, QWidget

from engine.analysis.probes.fingerprints import Fingerprints
from engine.core.language import mark, tr, tr_plural
from engine.core.lazy import Array
from engine.core.text import written
from gui.look.class_names import are_digits, class_cells, class_name, fitted_name, is_numbered
from gui.look.color_maps import magnitude_image, signed_image
from gui.look.fonts import font, metrics, scaled
from gui.look.layout import SPRING, add, gridbox, holder
from gui.look.theme import theme
from gui.look.words import named, words
from gui.tabs.fingerprints.map_rows import NOTHING, MapRows, MapWindow, Pointed, are_maps
from gui.tabs.fingerprints.more_panel import say_dead
from gui.tabs.fingerprints.row_field import ADD, RING, RowField
from gui.widgets.figures.figure_menu import copy_numbers, copy_picture, save_figure
from gui.widgets.figures.table import Table, matrix_table
from gui.widgets.heard import HeardPart, say
from gui.widgets.painted import CENTER, Bar, Words, around, draw, hatch
from gui.widgets.panel import Panel

MOST_ABREAST = 5

# Up to the first number of classes all maps are seen; of more it is a choice, at first the second number.
MOST_SEEN, DOZEN = 30, 12

# Bytes of values that are kept while others are computed: both together must have room.
MOST_HELD = 128_000_000

GAP, SIDE = 8, 8  # between panels, and beside their contents: ten maps need the room

# Negative numbers have a colour where means are this far below zero, as a part of the scale.
BELOW_NOTHING = 0.05

STRIP_GAP, AVERAGE = 7, 8  # gap between a map and its means, and width of the means, in pixels
TOP = 6  # room above for the mark of the selected image
STRIP = 18  # height of the strip that stands for the folded rows
LEAST_WORDS = 22  # a band of rows that is at least so high has words
HEAD, MARKER_ROOM = 22, 10
LEAST_BAND = 3.0  # a marked band is drawn at least so high, in pixels, or it would not be seen
MARGIN = 12  # room left of the rows, for signs and brackets: a bracket is easy to hit

# Distance, width and least height of the signs of changed rows. Over the rows themselves a sign could not be lower than
# a pixel, and many of them would cover the rows between, which are the point.
SIGN_AT, SIGN, LEAST_SIGN = 6, 3, 2.0

LEAST_HATCHED = 6.0  # in a lower band hatching would be no pattern
BRACKET = 2  # distance of a bracket from the rows; signs of changed rows are further out
LEAST_ZONE = 12.0  # a lower bracket is hit by the mouse as if it were so high, in pixels
MARKER = 4.0  # half the height of the mark beside the current row
OF_HEAD = mark("Click to mark the neurons that answer most to this class; click again for the next of them.")


class MapPanel(Panel):
    """A map below its class and the number of its images. A click on this head marks the neurons of the class."""

    def __init__(self, label: int, rows: MapRows, window: MapWindow, maps: "NeuronMaps") -> None:
        super().__init__(class_name(label), f"fingerprints.panel.{label}", shortens=not is_numbered(label))
        self._rows, self._maps = rows, maps
        _narrow(self)
        self.map = NeuronMap(label, rows, window)
        self.count: QLabel = words("", "caption")
        add(self.head, SPRING, self.count)
        named(self.head_line, f"fingerprints.head.{label}", tip=tr(OF_HEAD))
        self.head_line.setCursor(Qt.CursorShape.PointingHandCursor)
        self.body.addWidget(self.map, 1)
        self._mark = _action(self, "mark", self.map.mark_group)
        self._silence = _action(self, "silence", rows.silenceWanted.emit)
        self.name_class()

    def name_class(self) -> None:
        name = class_name(self.map.label)
        self.set_title(name)
        self.setAccessibleName(tr("Fingerprint of class {name}", name=name))
        self.map.setAccessibleName(tr("Map of class {name}", name=name))
        self.head_line.setAccessibleName(tr("Neurons of class {name}", name=name))

    def show_count(self, images: int) -> None:
        """Show the number of the class' images."""
        text = written(images, ",")
        if are_digits():
            text = tr_plural("{count:,} image", "{count:,} images", images)
        tip = tr_plural("{count:,} test image of this class", "{count:,} test images of this class", images)
        self.count.setToolTip(tip)
        if text != self.count.text():
            self.count.setText(text)

    def menu_actions(self) -> Sequence[QAction]:
        """Return entries: mark the map's group, silence the marked rows; copy and save all maps at once."""
        rows = self._rows
        self._mark.setText(self.map.mark_words())
        is_off = rows.marked <= rows.silenced | rows.adjusted
        self._silence.setText(tr("Restore these") if is_off else tr("Silence these"))
        of_rows = {self._mark: bool(self.map.group), self._silence: bool(rows.marked)}
        return [*(action for action, can_be in of_rows.items() if can_be), *self._maps.menu_actions]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Mark the neurons of the class by a click on the head, with Ctrl in addition."""
        at_head = self.head_line.geometry().contains(event.position().toPoint())
        if at_head and event.button() == Qt.MouseButton.LeftButton:
            self.map.mark_group(add=bool(event.modifiers() & ADD))
            self.map.setFocus(Qt.FocusReason.MouseFocusReason)  # for the keys: Delete and the arrows
        else:
            super().mousePressEvent(event)


class NeuronMaps(QStackedWidget):
    """Shows an answer; mouse and keys act on `rows` and `window`."""

    resized = Signal()  # the maps have another size, or soon will

    def __init__(self) -> None:
        super().__init__()
        named(self, "fingerprints.maps", title=tr("Fingerprints of all classes"))
        self.rows, self.window_ = MapRows(self), MapWindow(self)
        self._grid = gridbox(gap=GAP)
        self._page = holder(self._grid)
        self._alone = named(Panel(tr("Averages"), "fingerprints.panel.averages"), "fingerprints.panel.averages")
        _narrow(self._alone)
        self._caption = words("", "caption")
        add(self._alone.head, SPRING, self._caption)
        self.averages = AverageMap(self.rows, self.window_)
        self._alone.body.addWidget(self.averages, 1)
        self.addWidget(self._page)
        self.addWidget(self._alone)
        self.classes = 0
        self.panels: dict[int, MapPanel] = {}  # by class, of those whose maps have been seen
        self.shown: Sequence[int] = ()  # the classes whose maps are seen
        self.answer: Fingerprints | None = None
        self._bound: float | None = None
        self._image: int | None = None
        # Copy and save all that is seen as one picture, and its means.
        self.menu_actions: Sequence[QAction] = [
            _action(self, "picture", lambda: copy_picture(self), tr("Copy picture of all maps")),
            _action(self, "numbers", lambda: copy_numbers(self), tr("Copy averages")),
            _action(self, "save", lambda: save_figure(self), tr("Save all maps…")),
        ]
        self.set_classes(10)

    @property
    def maps(self) -> "list[NeuronMap]":
        return [panel.map for panel in self.panels.values()]

    @property
    def fields(self) -> "list[MapField]":
        return [*self.maps, self.averages]

    @property
    def pixels_wanted(self) -> tuple[int, int]:
        """Rows and columns of the largest map, in device pixels."""
        sizes = [self.panels[label].map.pixels_wanted for label in self.shown]
        return max(size[0] for size in sizes), max(size[1] for size in sizes)

    @property
    def most(self) -> float:
        return self._bound if self._bound is not None else self.answer.most if self.answer else 1.0

    def set_classes(self, classes: int) -> None:
        """Set the number of maps; of very many the first dozen is seen."""
        if classes == self.classes:
            for panel in self.panels.values():
                panel.name_class()
            return
        for panel in self.panels.values():
            self._grid.removeWidget(panel)
            panel.deleteLater()
        self.classes, self.panels = classes, {}
        self.show_classes(range(classes))

    def show_classes(self, labels: Sequence[int]) -> None:
        """Show the maps of these classes in two rows or more; of many (`MOST_SEEN`), unless chosen, the first dozen."""
        labels = labels if len(labels) <= MOST_SEEN else labels[:DOZEN]
        for label in self.shown:
            if panel := self.panels.get(label):
                self._grid.removeWidget(panel)
                panel.setVisible(label in labels)
        self.shown = labels
        most = min(-(-len(labels) // 2), max(MOST_ABREAST, -(-len(labels) // 3)))
        abreast = -(-len(labels) // -(-len(labels) // most))
        for place, label in enumerate(labels):
            panel = self.panels.get(label) or self._panel_of(label)
            self._grid.addWidget(panel, *divmod(place, abreast))
            panel.show()
        self.resized.emit()

    def _panel_of(self, label: int) -> MapPanel:
        """Return a new panel: all of a hundred would take 0.3 s."""
        panel = self.panels[label] = MapPanel(label, self.rows, self.window_, self)
        panel.setParent(self._page)  # hidden ones as well: a widget without a parent is a window
        panel.map.show_image(self._image)
        if self.answer is not None:
            panel.map.show_answer(self.answer)
            panel.show_count(len(self.answer.images[label]))
            self._set_scale()
        return panel

    def show_answer(self, answer: Fingerprints | None) -> None:
        """Show an answer in its order; `None`: nothing."""
        self.answer = answer
        if answer is not None:
            self.set_classes(len(answer.maps))
            self.window_.set_size(len(answer.order), max(map(len, answer.images), default=1))
            self.rows.set_order(answer.order, answer.silent.tolist())
            self._say(answer)
        for field in self.fields:
            field.show_answer(answer)
        self._set_scale()

    def show_image(self, image: int | None) -> None:
        """Mark the selected test image in the map of its class."""
        self._image = image
        for field in self.fields:
            field.show_image(image)

    def let_go(self) -> None:
        """Drop large values where another answer is due; the maps stay, without a card of what is under the mouse."""
        if self.answer is not None and self.answer.hidden.nbytes > MOST_HELD:
            self.answer = dataclasses.replace(self.answer, hidden=self.answer.hidden[:0].copy())
            for field in self.fields:
                field.answer = self.answer

    def table(self) -> Table | None:
        return self.averages.table()

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def set_bound(self, bound: float | None) -> None:
        """Set the number of the strongest colour; `None`: the engine's choice."""
        self._bound = bound
        self._set_scale()

    def show_averages_only(self, alone: bool) -> None:
        self.setCurrentWidget(self._alone if alone else self._page)

    def _say(self, answer: Fingerprints) -> None:
        for label, panel in self.panels.items():
            panel.show_count(len(answer.images[label]))
        classes, neurons = answer.means.shape
        text = mark("{neurons:,} neurons × {classes} classes")
        if are_maps(answer):
            text = mark("{neurons:,} feature maps, averaged × {classes} classes")
        caption = tr(text, neurons=neurons, classes=classes)
        if silent := len(answer.silent):
            images, dead = len(answer.labels), say_dead(silent)
            caption = tr("{maps}, {dead} on these {images:,} test images", maps=caption, dead=dead, images=images)
        self._caption.setText(caption)

    def _set_scale(self) -> None:
        most, means = self.most, self.answer.means if self.answer else np.zeros(1)
        signed = bool(np.nanmin(means, initial=0.0) < -BELOW_NOTHING * most)
        for field in self.fields:
            field.set_scale(most, signed=signed)


def _action(of: QWidget, name: str, do: Callable[[], object], title: str = "") -> QAction:
    action = named(QAction(title, of), f"fingerprints.maps.{name}")
    action.triggered.connect(lambda: do())
    return action


def _narrow(panel: Panel) -> None:
    indent = MARGIN - SIGN_AT  # that room is within the panel's own edge
    panel.column.setContentsMargins(SIDE - indent, 2, SIDE, SIDE)
    panel.head_line.setContentsMargins(indent, 0, 0, 0)
    panel.column.setSpacing(metrics()["space"]["tight"] // 2)


class MapField(RowField):
    """Has an `answer`, and colours for numbers. For a screen reader it is a list of the rows in view."""

    heard_role: ClassVar = QAccessible.Role.List

    def __init__(self, name: str, title: str, rows: MapRows, window: MapWindow, size: tuple[int, int]) -> None:
        super().__init__(name, title, rows, window, size)
        self.answer: Fingerprints | None = None
        self._most, self._signed = 1.0, False
        self.image: int | None = None  # the number of the selected test image
        theme().changed.connect(self.recolor)

    def show_answer(self, answer: Fingerprints | None) -> None:
        self.answer = answer
        self.recolor()

    def show_image(self, image: int | None) -> None:
        if image != self.image:
            self.image = image
            self.update()

    def set_scale(self, most: float, *, signed: bool) -> None:
        """Give `most` the strongest colour; `signed`: negative numbers have colours, too."""
        if (most, signed) != (self._most, self._signed):
            self._most, self._signed = most, signed
            self.recolor()

    def say_mean(self, neuron: int) -> str:
        """Return what a row says of the classes: `mean 1.3 for class 4`."""
        raise NotImplementedError

    def say_row(self, neuron: int) -> str:
        """Return a row in words: `Neuron 42, mean 1.3 for class 4, silenced, marked`."""
        rows = self.rows
        states = (
            (tr("silenced"), neuron in rows.silenced),
            (tr("changed"), neuron in rows.adjusted - rows.silenced),
            (tr("dead"), neuron in rows.silent),
            (tr("marked"), neuron in rows.marked),
        )
        said = (state for state, is_so in states if is_so)
        title = mark("Feature map {number:,}") if self.are_maps else mark("Neuron {number:,}")
        return ", ".join((tr(title, number=neuron), self.say_mean(neuron), *said))

    def heard_parts(self) -> Sequence[HeardPart]:
        order, field = self.rows.order, self.field()
        if self.answer is None:
            return []
        return [
            HeardPart(
                self.say_row(neuron := int(order[place])),
                band_place(field, self.window_, place, place + 1, len(order)),
                is_chosen=neuron == self.rows.selected,
                can_press=True,
            )
            for place in self.rows_in_view()
        ]

    @property
    def are_maps(self) -> bool:
        return self.answer is not None and are_maps(self.answer)

    def counted(self, rows: int) -> str:
        """Return a number of rows in words: `3 neurons`."""
        if self.are_maps:
            return tr_plural("{count:,} feature map", "{count:,} feature maps", rows)
        return tr_plural("{count:,} neuron", "{count:,} neurons", rows)

    def recolor(self) -> None:
        self.update()

    def colored(self, numbers: Array) -> QImage:
        """Return numbers (rows, columns) as an image."""
        image = (signed_image if self._signed else magnitude_image)(numbers, self._most)
        return image.convertToFormat(QImage.Format.Format_RGB32)  # once, instead of at each painting


def stretched(column: Array, top: float, bottom: float, pixels: int) -> Array:
    """Return the part of `column` (neurons,) between two shares of it, averaged over `pixels` equal stretches."""
    sums = np.concatenate([[0.0], np.cumsum(column, dtype=float)])
    edges = np.linspace(top, bottom, pixels + 1) * len(column)
    ends = np.interp(edges, np.arange(len(column) + 1), sums)
    return np.diff(ends) / max(1e-12, edges[1] - edges[0])


class NeuronMap(MapField):
    """The map of a class: the last answer, stretched to the present view until the next one comes."""

    def __init__(self, label: int, rows: MapRows, window: MapWindow) -> None:
        self._image: QImage | None = None
        title = tr("Map of class {name}", name=class_name(label))
        super().__init__(f"fingerprints.map.{label}", title, rows, window, size=(160, 200))
        self.label = label
        self.group = NOTHING  # the neurons that fire and answer most to this class
        self._is_on_bracket = False

    def show_answer(self, answer: Fingerprints | None) -> None:
        self.group = NOTHING
        if answer is not None:
            favour = np.flatnonzero(answer.favourites == self.label)
            self.group = frozenset(favour.tolist()) - frozenset(answer.silent.tolist())
        super().show_answer(answer)

    def say_mean(self, neuron: int) -> str:
        assert self.answer is not None
        mean = float(self.answer.means[self.label, neuron])
        return tr("mean {mean} for class {name}", mean=written(mean, ".3g"), name=class_name(self.label))

    def finding(self) -> str:
        """Return where the rows are that answer most to the class, and the keys for them."""
        rows, group, name = self.rows, self.group, class_name(self.label)
        if self.answer is None:
            return ""
        if not group:
            if self.are_maps:
                return tr("No feature map answers most to class {name}.", name=name)
            return tr("No neuron answers most to class {name}.", name=name)
        places = sorted(place for neuron in group if (place := rows.place_of(neuron)) is not None)
        first, last = places[0] + 1, places[-1] + 1
        if len(places) == 1:
            where = mark("Row {first:,} answers most to class {name}.")
        elif last - first + 1 == len(places):
            where = mark("Rows {first:,} to {last:,} answer most to class {name}.")
        else:
            where = mark("{count:,} of the rows answer most to class {name}, the first is row {first:,}.")
        sentences = [tr(where, count=len(places), first=first, last=last, name=name)]
        if silenced := len(group & rows.silenced):
            sentences.append(tr("Silenced of them: {count:,}.", count=silenced))
        sentences.append(tr("M marks them, Delete silences what is marked, Up and Down go from row to row."))
        return " ".join(sentences)

    def table(self) -> Table | None:
        answer = self.answer
        if answer is None or self.label >= len(answer.maps):
            return None
        order, means = answer.order, answer.means[self.label]
        images = answer.images[self.label] if len(answer.hidden) else answer.images[self.label][:0]
        rows = ([neuron, float(means[neuron]), *answer.hidden[images, neuron].tolist()] for neuron in order.tolist())
        return Table([mark("neuron"), mark("mean"), *(f"image {image}" for image in images.tolist())], rows)  # no text

    @property
    def pixels_wanted(self) -> tuple[int, int]:
        """The map's rows and columns of device pixels."""
        field, ratio = self.field(), self.devicePixelRatioF()
        return max(1, round(field.height() * ratio)), max(1, round(field.width() * ratio))

    def recolor(self) -> None:
        self._image = None
        super().recolor()

    def field(self) -> QRectF:
        """Return the map's rectangle: means at its right, folded rows below."""
        strip = scaled(STRIP) + 2 if self.window_.end < 1 else 0
        width, height = self.width() - MARGIN - STRIP_GAP - AVERAGE, self.height() - TOP - RING - strip
        return QRectF(MARGIN, TOP, max(1, width), max(1, height))

    def average_place(self) -> QRectF:
        field = self.field()
        return QRectF(field.right() + STRIP_GAP, field.top(), AVERAGE, field.height())

    def pointed_at(self, position: QPointF, neuron: int) -> Pointed:
        """Return neuron, class and share of the columns; no share over the means."""
        field, window = self.field(), self.window_
        part = (position.x() - field.left()) / field.width()
        share = window.left + part * (window.right - window.left) if 0 <= part < 1 else None
        return Pointed(neuron, self.label, share)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Fold or unfold by a click on the strip; mark the group by one on the bracket, with Ctrl in addition."""
        is_left = event.button() == Qt.MouseButton.LeftButton
        if is_left and self._folds_at(event.position()):
            self.rows.foldWanted.emit()
        elif is_left and self._marks_at(event.position()):
            self.mark_group(add=bool(event.modifiers() & ADD))
        else:
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double click on the bracket counts as a click, which only marks."""
        if not self._marks_at(event.position()):
            super().mouseDoubleClickEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._show_bracket(False)
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_M and not event.modifiers() & ADD:
            self.mark_group()
        else:
            super().keyPressEvent(event)

    def mark_group(self, *, add: bool = False) -> None:
        """Mark the neurons that answer most to this class; `add`: besides the marked ones, or unmark them.

        The first of them becomes current where no other one is, and the next one if they are marked already.
        """
        rows, group = self.rows, self.group
        if add:
            rows.mark(rows.marked - group if group <= rows.marked else rows.marked | group)
        elif group:
            neurons, was_marked = [neuron for neuron in rows.order.tolist() if neuron in group], rows.marked == group
            rows.mark(group)
            if rows.selected not in group:
                rows.picked.emit(neurons[0])
            elif was_marked:
                rows.picked.emit(neurons[(neurons.index(rows.selected) + 1) % len(neurons)])
        say(self, tr("{neurons} marked.", neurons=self.counted(len(rows.marked))))

    def group_words(self) -> str:
        """Return what the bracket holds: `30 neurons answer most to 4: click marks them`."""
        if self.are_maps:
            return tr_plural(
                "{count:,} feature map answers most to {label}: click marks it",
                "{count:,} feature maps answer most to {label}: click marks them",
                len(self.group),
                label=self.label,
            )
        return tr_plural(
            "{count:,} neuron answers most to {label}: click marks it",
            "{count:,} neurons answer most to {label}: click marks them",
            len(self.group),
            label=self.label,
        )

    def mark_words(self) -> str:
        """Return the same as an entry of a menu: `Mark the 30 neurons of 4`."""
        count, label = len(self.group), self.label
        if self.are_maps:
            return tr_plural(
                "Mark the feature map of {label}", "Mark the {count:,} feature maps of {label}", count, label=label
            )
        return tr_plural("Mark the neuron of {label}", "Mark the {count:,} neurons of {label}", count, label=label)

    def bracket_zone(self) -> QRectF | None:
        """Return where a click marks the group: the room beside its rows; `None` where no bracket is seen."""
        group, field = self.group_place(), self.field()
        if group is None or (seen := group & field).isEmpty():
            return None
        missing = max(0.0, LEAST_ZONE - seen.height()) / 2
        return QRectF(0, seen.top() - missing, field.left(), seen.height() + 2 * missing)

    def _marks_at(self, position: QPointF) -> bool:
        zone = None if self.is_moving else self.bracket_zone()
        return zone is not None and zone.contains(position)

    def _point(self, position: QPointF) -> None:
        self._show_bracket(self._marks_at(position))
        if self._is_on_bracket:
            self.rows.point_at(None)
        else:
            super()._point(position)

    def _show_bracket(self, on: bool) -> None:
        if on != self._is_on_bracket:
            self._is_on_bracket = on
            self.setToolTip(self.group_words() if on else "")
            self._show_hand()
            self.update()

    def _show_hand(self) -> None:
        if self._is_on_bracket:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            super()._show_hand()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, answer, field = QPainter(self), self.answer, self.field()
        if answer is not None and len(self.rows.order) and self.label < len(answer.maps):
            self._draw_map(painter, answer, field)
            self._draw_average(painter, answer)
            draw_marks(painter, field, self.rows, self.window_)
            if (group := self.group_place()) is not None:
                draw_bracket(painter, field, group, is_pointed_at=self._is_on_bracket)
            if (column := self.column_place()) is not None:
                draw_column(painter, field, column)
            self._draw_strip(painter)
            if place := self._words_place():
                dead = len(self.rows.silent)
                draw_words(painter, place, say_dead(dead), tr_plural("{count:,} dead", "{count:,} dead", dead))
        self.draw_focus(painter, field)

    def _draw_map(self, painter: QPainter, answer: Fingerprints, field: QRectF) -> None:
        numbers, count = answer.maps[self.label], len(answer.images[self.label])
        if not numbers.size or not count:
            return
        window, total = self.window_, len(answer.order)
        rows = band_place(field, window, *answer.rows, total)
        scale = field.width() / (window.right - window.left)
        first, last = (place / count for place in answer.columns[self.label])
        left = field.left() + (first - window.left) * scale
        place = QRectF(left, rows.top(), (last - first) * scale, rows.height())
        painter.save()
        painter.setClipRect(field)
        self._image = self._image or self.colored(numbers)
        painter.drawImage(place, self._image)
        painter.restore()

    def group_place(self) -> QRectF | None:
        """Return the rectangle of the rows that answer most to this class; `None` in other orders than that."""
        answer = self.answer
        if answer is None or answer.view.rows != "class" or answer.view.held is not None:
            return None
        order, total = answer.order, len(answer.order)
        places = np.flatnonzero((answer.favourites[order] == self.label) & ~np.isin(order, answer.silent))
        if not len(places) or places[-1] - places[0] + 1 != len(places):
            return None
        return band_place(self.field(), self.window_, int(places[0]), int(places[-1]) + 1, total)

    def column_place(self) -> QRectF | None:
        """Return the column of the selected image; `None` where it is not in view."""
        if self.answer is None or self.image is None or self.label >= len(self.answer.images):
            return None
        images, window, field = self.answer.images[self.label], self.window_, self.field()
        places = np.flatnonzero(images == self.image).tolist()
        if not places:
            return None
        scale = field.width() / (window.right - window.left)
        left = field.left() + (places[0] / len(images) - window.left) * scale
        column = QRectF(left, field.top(), scale / len(images), field.height())
        return column if field.left() <= column.center().x() <= field.right() else None

    def _draw_average(self, painter: QPainter, answer: Fingerprints) -> None:
        place, window = self.average_place(), self.window_
        column = np.nan_to_num(answer.means[self.label][self.rows.order])
        pixels = max(1, round(place.height() * self.devicePixelRatioF()))
        painter.drawImage(place, self.colored(stretched(column, window.top, window.bottom, pixels)[:, None]))

    def _draw_strip(self, painter: QPainter) -> None:
        if (place := self._strip_place()) is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            hatch(painter, theme().current.color("line"))
            painter.drawRect(place)

    def _strip_place(self) -> QRectF | None:
        if self.window_.end >= 1:
            return None
        field = self.field()
        return QRectF(field.left(), field.bottom() + 2, field.width(), scaled(STRIP))

    def _words_place(self) -> QRectF | None:
        """Return the band of rows that the words belong to; `None` where none is high enough."""
        if (strip := self._strip_place()) is not None:
            return strip
        end, field = self.rows.folding_end, self.field()
        if end >= 1:
            return None
        total = len(self.rows.order)
        band = band_place(field, self.window_, end * total, total, total) & field
        return band if band.height() >= scaled(LEAST_WORDS) else None

    def _folds_at(self, position: QPointF) -> bool:
        if (strip := self._strip_place()) is not None:
            return strip.contains(position)
        if (place := self._words_place()) is None:
            return False
        return around(place.center(), scaled(110), scaled(20)).contains(position)


def draw_words(painter: QPainter, place: QRectF, *texts: str) -> None:
    """Write the first of these texts that fits into the middle of `place`; none where all are too wide."""
    measure = QFontMetricsF(font("caption"))
    text = next((text for text in texts if measure.horizontalAdvance(text) <= place.width()), "")
    if not text:
        return
    wide = measure.horizontalAdvance(text) + 2 * metrics()["space"]["small"]
    ground = around(place.center(), wide, measure.height() + 2)
    painter.save()
    draw(painter, Bar(ground & place, "surface", radius=0), Words(ground, text, "muted", side=CENTER))
    painter.restore()


class AverageMap(MapField):
    """The classes' digits above, their means below, in the order and the window of the maps."""

    def __init__(self, rows: MapRows, window: MapWindow) -> None:
        super().__init__("fingerprints.averages.map", tr("Average of each class"), rows, window, size=(600, 400))

    def say_mean(self, neuron: int) -> str:
        assert self.answer is not None
        means = np.nan_to_num(self.answer.means[:, neuron])
        label = int(means.argmax())
        return tr(
            "its highest mean is {mean} for class {name}",
            mean=written(float(means[label]), ".3g"),
            name=class_name(label),
        )

    def finding(self) -> str:
        """Return how many rows there are, and the keys for them."""
        if self.answer is None:
            return ""
        return tr(
            "{neurons}, {dead:,} of them dead. Up and Down go from row to row, Delete silences what is marked.",
            neurons=self.counted(len(self.rows.order)),
            dead=len(self.rows.silent),
        )

    def table(self) -> Table | None:
        if self.answer is None:
            return None
        order, means = self.answer.order, self.answer.means
        return matrix_table(means[:, order].T, order.tolist(), class_cells(len(means)), mark("neuron"))

    def field(self) -> QRectF:
        """Return the rectangle of the rows: below the digits."""
        head = scaled(HEAD)
        width, height = self.width() - MARGIN - MARKER_ROOM, self.height() - head - RING
        return QRectF(MARGIN, head, max(1, width), max(1, height))

    def pointed_at(self, position: QPointF, neuron: int) -> Pointed:
        classes = len(self.answer.means) if self.answer else 0
        field = self.field()
        label = math.floor((position.x() - field.left()) / field.width() * classes)
        return Pointed(neuron, label) if 0 <= label < classes else Pointed(neuron)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, field = QPainter(self), self.field()
        if self.answer is not None and len(self.rows.order):
            self._draw_picture(painter, field)
            self._draw_digits(painter, field, len(self.answer.means))
            draw_marks(painter, field, self.rows, self.window_)
        self.draw_focus(painter, field)

    def _draw_picture(self, painter: QPainter, field: QRectF) -> None:
        assert self.answer is not None
        window, pixels = self.window_, max(1, round(field.height() * self.devicePixelRatioF()))
        columns = np.nan_to_num(self.answer.means[:, self.rows.order])
        shown = np.stack([stretched(column, window.top, window.bottom, pixels) for column in columns], axis=1)
        painter.drawImage(field, self.colored(shown))

    def _draw_digits(self, painter: QPainter, field: QRectF, classes: int) -> None:
        width, letters = field.width() / classes, font("value", numbers=True)
        for label in range(classes):
            place = QRectF(field.left() + label * width, 0, width, scaled(HEAD) - 2)
            name = fitted_name(label, place.width(), letters)
            draw(painter, Words(place, name, role="value", side=CENTER, numbers=True))


def draw_marks(painter: QPainter, field: QRectF, rows: MapRows, window: MapWindow) -> None:
    """Draw all marks into `field`, the rectangle of the rows in `window`."""
    painter.save()
    painter.setClipRect(field.adjusted(-MARGIN, 0, 1, 0))
    painter.setPen(Qt.PenStyle.NoPen)
    hatch(painter, theme().current.color("line"))
    for place in bands(field, rows, window, rows.silent - rows.silenced):
        painter.drawRect(place)
    _draw_changed(painter, field, rows, window)
    _draw_marked(painter, field, rows, window)
    painter.restore()
    for neuron, color in ((rows.selected, "accent"), (rows.pointed and rows.pointed.neuron, "text")):
        if neuron is not None:
            _draw_row(painter, field, rows, window, neuron, color)


def band_place(field: QRectF, window: MapWindow, first: float, last: float, total: int) -> QRectF:
    """Return the rectangle of the rows from `first` to before `last`, of `total`; partly outside, perhaps."""
    scale = field.height() / (window.bottom - window.top)
    top = field.top() + (first / total - window.top) * scale
    return QRectF(field.left(), top, field.width(), (last - first) / total * scale)


def bands(
    field: QRectF, rows: MapRows, window: MapWindow, neurons: frozenset[int], least: float = 0.0
) -> Iterator[QRectF]:
    """Yield bands of rows, each at least so high; those that then overlap are one.

    Of thousands of rows as many as fit are drawn: a few hundred bands in ten maps would take as long as a picture may.
    """
    scale, end = field.height() / (window.bottom - window.top) / max(len(rows.order), 1), -math.inf
    begin = field.top() - window.top * field.height() / (window.bottom - window.top)
    top = end
    for first, last in rows.bands(neurons):
        missing = max(0.0, least - (last - first) * scale) / 2
        above, below = begin + first * scale - missing, begin + last * scale + missing
        if below < field.top() or above > field.bottom():
            continue
        if above > end:
            if end > top:
                yield QRectF(field.left(), top, field.width(), end - top)
            top = above
        end = max(end, below)
    if end > top:
        yield QRectF(field.left(), top, field.width(), end - top)


def _draw_changed(painter: QPainter, field: QRectF, rows: MapRows, window: MapWindow) -> None:
    """Blank silenced rows, just as high as they are, and put the signs of all changed ones beside the rows."""
    colors = theme().current
    painter.setPen(Qt.PenStyle.NoPen)
    for place in bands(field, rows, window, rows.silenced):
        painter.setBrush(colors.color("surface"))
        painter.drawRect(place)
        if place.height() >= LEAST_HATCHED:
            hatch(painter, colors.color("curve_2", 0.45))
            painter.drawRect(place)
    for neurons, opacity in ((rows.adjusted - rows.silenced, 0.45), (rows.silenced, 1.0)):
        painter.setBrush(colors.color("curve_2", opacity))
        for place in bands(field, rows, window, neurons, LEAST_SIGN):
            sign = place & field
            painter.drawRect(QRectF(field.left() - SIGN_AT, sign.top(), SIGN, sign.height()))


def _draw_marked(painter: QPainter, field: QRectF, rows: MapRows, window: MapWindow) -> None:
    colors = theme().current
    painter.setPen(QPen(colors.color("curve_2"), 1))
    painter.setBrush(colors.color("curve_2", 0.18))
    for place in bands(field, rows, window, rows.marked, LEAST_BAND):
        painter.drawRect(place.adjusted(0.5, 0.5, -0.5, -0.5))


def draw_bracket(painter: QPainter, field: QRectF, group: QRectF, *, is_pointed_at: bool = False) -> None:
    """Draw a bracket beside a group of rows, as far as it is in view; thick under the mouse."""
    seen, color = group & field, theme().current.color("accent" if is_pointed_at else "muted")
    if not seen.isEmpty():
        left, top, bottom = field.left() - BRACKET, round(seen.top()), round(seen.bottom())
        wide = 3 if is_pointed_at else 1
        painter.fillRect(QRectF(left + 1 - wide, top, wide, max(1, bottom - top)), color)
        for end, is_seen in ((top, group.top() >= field.top()), (bottom - 1, group.bottom() <= field.bottom())):
            if is_seen:
                painter.fillRect(QRectF(left, end, BRACKET, 1), color)


def draw_column(painter: QPainter, field: QRectF, column: QRectF) -> None:
    """Draw hairlines beside the column of the selected image, which stays visible between them, and a mark above."""
    for left in (round(column.left()) - 1, round(column.right())):
        if field.left() - 1 <= left <= field.right():
            painter.fillRect(QRectF(left, field.top(), 1, field.height()), theme().current.color("accent", 0.6))
    middle, tip = column.center().x(), field.top() - 1
    back = tip - MARKER * 1.2
    corners = [QPointF(middle, tip), QPointF(middle - MARKER, back), QPointF(middle + MARKER, back)]
    _draw_marker(painter, corners, "accent")


def _draw_marker(painter: QPainter, corners: list[QPointF], color: str) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme().current.color(color))
    painter.drawPolygon(QPolygonF(corners))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _draw_row(painter: QPainter, field: QRectF, rows: MapRows, window: MapWindow, neuron: int, color: str) -> None:
    """Draw hairlines above and below a row, which stays visible between them, and a mark beside it."""
    if (place := rows.place_of(neuron)) is None:
        return
    row = band_place(field, window, place, place + 1, len(rows.order))
    middle = row.center().y()
    if not field.top() <= middle <= field.bottom():
        return
    for top in (round(row.top()) - 1, round(row.bottom())):
        # Clipped by hand: Qt draws a line outside a hundred times slower.
        if field.top() <= top < field.bottom():
            painter.fillRect(QRectF(field.left(), top, field.width(), 1), theme().current.color(color, 0.6))
    tip, back = field.right() + 1, field.right() + 1 + MARKER * 1.3
    corners = [QPointF(tip, middle), QPointF(back, middle - MARKER), QPointF(back, middle + MARKER)]
    _draw_marker(painter, corners, color)
