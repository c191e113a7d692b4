"""The maps of all classes in their panels, with one order of rows, one zoom, one scale; or their averages alone."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QContextMenuEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from engine.base.numbers import plural
from gui.look.fonts import metrics
from gui.look.named import named
from gui.look.words import words
from gui.tabs.fingerprints.average_map import AverageMap
from gui.tabs.fingerprints.map_field import MapField
from gui.tabs.fingerprints.map_menu import copy_averages, copy_picture, map_menu
from gui.tabs.fingerprints.map_rows import MapRows
from gui.tabs.fingerprints.map_window import MapWindow
from gui.tabs.fingerprints.neuron_map import NeuronMap
from gui.widgets.panel import Panel

if TYPE_CHECKING:
    from engine.probes.fingerprints import Fingerprints

MOST_ABREAST = 5
MOST_HELD = 128_000_000
"""Bytes of values that are held on to while others are computed: both together must have room."""

GAP, SIDE = 10, 10
"""Between panels, and beside what is in them: ten maps need the room."""

BELOW_NOTHING = 0.05
"""There is a colour for less than nothing where means lie so far below it, as a part of the scale."""


class MapPanel(Panel):
    """A map below its class and the number of its images."""

    def __init__(self, label: int, rows: MapRows, window: MapWindow) -> None:
        super().__init__(str(label), f"fingerprints.panel.{label}")
        self.setAccessibleName(f"Fingerprint of class {label}")
        _narrow(self)
        self.map = NeuronMap(label, rows, window)
        self.count: QLabel = words("", "caption")
        self.head.addStretch(1)
        self.head.addWidget(self.count)
        self.body.addWidget(self.map, 1)


class NeuronMaps(QStackedWidget):
    """Passive: shows an answer; hands act on `rows` and `window`."""

    resized = Signal()
    """The maps have another size, or soon will."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("fingerprints.maps")
        self.rows, self.window_ = MapRows(self), MapWindow(self)
        self._page, self._grid = QWidget(), QGridLayout()
        self._page.setLayout(self._grid)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(GAP)
        self._alone = named(Panel("Averages", "fingerprints.panel.averages"), "fingerprints.panel.averages")
        _narrow(self._alone)
        self._caption = words("", "caption")
        self._alone.head.addStretch(1)
        self._alone.head.addWidget(self._caption)
        self.averages = AverageMap(self.rows, self.window_)
        self._alone.body.addWidget(self.averages, 1)
        self.addWidget(self._page)
        self.addWidget(self._alone)
        self.panels: list[MapPanel] = []
        self.answer: Fingerprints | None = None
        self._bound: float | None = None
        self._image: int | None = None
        self.menu = map_menu(self)
        picture, numbers = self.menu.actions()
        picture.triggered.connect(self.copy)
        numbers.triggered.connect(self.copy_numbers)
        self.set_classes(10)

    @property
    def pictured(self) -> QWidget:
        """What `copy` copies."""
        return self

    def copy(self) -> None:
        """Put what is seen on the clipboard as a picture."""
        copy_picture(self.currentWidget() or self)

    def copy_numbers(self) -> None:
        """Put the averages on the clipboard as a table."""
        copy_averages(self.answer)

    @property
    def maps(self) -> list[NeuronMap]:
        """The map of each class."""
        return [panel.map for panel in self.panels]

    @property
    def fields(self) -> list[MapField]:
        """All that shows the answer."""
        return [*self.maps, self.averages]

    @property
    def pixels_wanted(self) -> tuple[int, int]:
        """How many rows and columns of the screen's pixels the largest map has."""
        sizes = [each.pixels_wanted for each in self.maps]
        return max(size[0] for size in sizes), max(size[1] for size in sizes)

    @property
    def most(self) -> float:
        """What has the strongest colour."""
        return self._bound if self._bound is not None else self.answer.most if self.answer else 1.0

    def set_classes(self, classes: int) -> None:
        """Set the number of maps, in two rows, or more where they would be too many abreast."""
        if classes == len(self.panels):
            return
        for panel in self.panels:
            self._grid.removeWidget(panel)
            panel.deleteLater()
        self.panels = [MapPanel(label, self.rows, self.window_) for label in range(classes)]
        abreast = min(-(-classes // 2), max(MOST_ABREAST, -(-classes // 3)))
        for place, panel in enumerate(self.panels):
            panel.map.show_image(self._image)
            panel.map.says_silent = place % abreast == 0
            self._grid.addWidget(panel, *divmod(place, abreast))
            panel.show()

    def show_answer(self, answer: Fingerprints | None) -> None:
        """Show what the engine told, in its order; `None`: nothing."""
        self.answer = answer
        if answer is not None:
            self.set_classes(len(answer.maps))
            self.window_.set_size(len(answer.order), max(map(len, answer.images), default=1))
            self.rows.set_order(answer.order, answer.silent.tolist())
            self._say(answer)
        for each in self.fields:
            each.show_answer(answer)
        self._set_scale()

    def show_image(self, image: int | None) -> None:
        """Mark the test image that is selected in the map of its class."""
        self._image = image
        for each in self.fields:
            each.show_image(image)

    def let_go(self) -> None:
        """Hold on no longer to values that take much room, where the answer that is due brings others.

        The maps stay as they are; what lies under the mouse is not told meanwhile.
        """
        if self.answer is not None and self.answer.hidden.nbytes > MOST_HELD:
            self.answer = dataclasses.replace(self.answer, hidden=self.answer.hidden[:0].copy())
            for each in self.fields:
                each.answer = self.answer

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to copy."""
        self.menu.popup(event.globalPos())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell of it."""
        super().resizeEvent(event)
        self.resized.emit()

    def set_bound(self, bound: float | None) -> None:
        """Give `bound` the strongest colour; `None`: what the engine thinks right."""
        self._bound = bound
        self._set_scale()

    def show_averages_only(self, alone: bool) -> None:
        """Show the average columns as one picture, or the maps."""
        self.setCurrentWidget(self._alone if alone else self._page)

    def _say(self, answer: Fingerprints) -> None:
        for panel, images in zip(self.panels, answer.images, strict=True):
            text = plural(len(images), "image")
            if text != panel.count.text():
                panel.count.setText(text)
        classes, neurons = answer.means.shape
        silent = ""
        if len(answer.silent):
            silent = f", {self.panels[0].map.silent_words()} on these {len(answer.labels):,} test images"
        self._caption.setText(f"{neurons:,} {answer.kind} × {classes} classes{silent}")

    def _set_scale(self) -> None:
        most, means = self.most, self.answer.means if self.answer else np.zeros(1)
        signed = bool(np.nanmin(means, initial=0.0) < -BELOW_NOTHING * most)
        for each in self.fields:
            each.set_scale(most, signed=signed)


def _narrow(panel: Panel) -> None:
    column, space = panel.layout(), metrics()["space"]
    assert isinstance(column, QVBoxLayout)
    column.setContentsMargins(SIDE, 2, SIDE, SIDE)
    column.setSpacing(space["tight"] // 2)
