"""The map of one class: a row for each hidden neuron, a column for each of its test images, and their average."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QImage, QMouseEvent, QPainter, QPaintEvent

from gui.look.theme import theme
from gui.tabs.fingerprints.map_field import MapField, stretched
from gui.tabs.fingerprints.map_marks import MARGIN, band_place, draw_bracket, draw_column, draw_marks
from gui.tabs.fingerprints.map_rows import MapRows, Pointed
from gui.tabs.fingerprints.map_window import MapWindow
from gui.tabs.fingerprints.row_field import RING
from gui.tabs.fingerprints.words_over import draw_words

if TYPE_CHECKING:
    from engine.probes.fingerprints import Fingerprints

GAP, AVERAGE = 8, 9
"""Between map and average, and the width of the average, in pixels."""

TOP = 6
"""Room above for the mark of the selected image."""

STRIP = 18
"""The height of what stands for the rows that are folded away."""

LEAST_WORDS = 22
"""Words are written into a stretch of rows that is at least so high."""


class NeuronMap(MapField):
    """What the engine told last, stretched to what is looked at now until it tells anew."""

    def __init__(self, label: int, rows: MapRows, window: MapWindow) -> None:
        self._image: QImage | None = None
        super().__init__(f"fingerprints.map.{label}", f"Map of class {label}", rows, window)
        self.label = label
        self.says_silent = False
        """Whether it says in words how many neurons never fire; one map of a row of maps does."""

    @property
    def pixels_wanted(self) -> tuple[int, int]:
        """How many pixels of the screen the map has: rows and columns."""
        field, ratio = self.field(), self.devicePixelRatioF()
        return max(1, round(field.height() * ratio)), max(1, round(field.width() * ratio))

    def recolor(self) -> None:
        """Draw everything anew."""
        self._image = None
        super().recolor()

    def sizeHint(self) -> QSize:
        """As large as there is room."""
        return QSize(160, 200)

    def field(self) -> QRectF:
        """Return where the map lies: the average stands right of it, what is folded away below."""
        strip = STRIP + 2 if self.window_.end < 1 else 0
        width, height = self.width() - MARGIN - GAP - AVERAGE, self.height() - TOP - RING - strip
        return QRectF(MARGIN, TOP, max(1, width), max(1, height))

    def average_place(self) -> QRectF:
        """Return where the average column lies."""
        field = self.field()
        return QRectF(field.right() + GAP, field.top(), AVERAGE, field.height())

    def pointed_at(self, position: QPointF, neuron: int) -> Pointed:
        """Return neuron, class and share of the columns; no share over the average."""
        field, window = self.field(), self.window_
        part = (position.x() - field.left()) / field.width()
        share = window.left + part * (window.right - window.left) if 0 <= part < 1 else None
        return Pointed(neuron, self.label, share)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Fold or unfold by a click on the words that tell of it."""
        if event.button() == Qt.MouseButton.LeftButton and self._folds_at(event.position()):
            self.rows.foldWanted.emit()
        else:
            super().mousePressEvent(event)

    # Drawing ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw map, average, marks and words."""
        painter, answer, field = QPainter(self), self.answer, self.field()
        if answer is not None and len(self.rows.order) and self.label < len(answer.maps):
            self._draw_map(painter, answer, field)
            self._draw_average(painter, answer)
            draw_marks(painter, field, self.rows, self.window_)
            if (group := self.group_place()) is not None:
                draw_bracket(painter, field, group)
            if (column := self.column_place()) is not None:
                draw_column(painter, field, column)
            self._draw_strip(painter)
            if self.says_silent and (place := self._words_place()):
                draw_words(painter, place, self.silent_words())
        self.draw_focus(painter, field)

    def silent_words(self) -> str:
        """Say how many neurons never fire."""
        return f"{len(self.rows.silent):,} never fire" if len(self.rows.silent) != 1 else "1 never fires"

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
        """Return where the rows of the neurons lie that answer to this class most; `None` in other orders than that."""
        answer = self.answer
        if answer is None or answer.view.rows != "class" or answer.view.held is not None:
            return None
        order, total = answer.order, len(answer.order)
        places = np.flatnonzero((answer.favourites[order] == self.label) & ~np.isin(order, answer.silent))
        if not len(places) or places[-1] - places[0] + 1 != len(places):
            return None
        return band_place(self.field(), self.window_, int(places[0]), int(places[-1]) + 1, total)

    def column_place(self) -> QRectF | None:
        """Return where the column of the selected image lies; `None` where it is not among those that are seen."""
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
        shown = stretched(column, window.top, window.bottom, pixels)
        painter.drawImage(place, self.colored(shown[:, None]))

    def _draw_strip(self, painter: QPainter) -> None:
        place = self._strip_place()
        if place is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QBrush(theme().current.color("line"), Qt.BrushStyle.BDiagPattern))
            painter.drawRect(place)

    # What never fires ---------------------------------------------------------------------------------------------

    def _strip_place(self) -> QRectF | None:
        if self.window_.end >= 1:
            return None
        field = self.field()
        return QRectF(field.left(), field.bottom() + 2, field.width(), STRIP)

    def _words_place(self) -> QRectF | None:
        """Return the stretch of rows that the words belong to; `None` where there is none that is high enough."""
        if (strip := self._strip_place()) is not None:
            return strip
        end, field = self.rows.folding_end, self.field()
        if end >= 1:
            return None
        total = len(self.rows.order)
        band = band_place(field, self.window_, end * total, total, total) & field
        return band if band.height() >= LEAST_WORDS else None

    def _folds_at(self, position: QPointF) -> bool:
        if (strip := self._strip_place()) is not None:
            return strip.contains(position)
        place = self._words_place() if self.says_silent else None
        if place is None:
            return False
        words = QRectF(0, 0, 110, 20)
        words.moveCenter(place.center())
        return words.contains(position)
