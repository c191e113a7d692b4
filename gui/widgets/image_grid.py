"""Pictures in rows, as many as fit; more come by scrolling. One can be pointed at, chosen, and marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QSizePolicy

from gui.look.arrows import ARROWS
from gui.look.color_maps import magnitude_image
from gui.look.fonts import font
from gui.look.plain import show_tip
from gui.look.theme import theme

SCALE, GAP, CAPTION_HEIGHT = 2, 10, 17
"""Pixels of the screen for one of a picture, between two pictures, and for what stands below each."""

MOST_SCALE = 12
"""Pictures that grow with the room grow no further."""


class ImageGrid(QAbstractScrollArea):
    """Pictures with captions, from left to right and from top to bottom."""

    chosen = Signal(int)
    """Carries the place of the picture that was clicked, or chosen by Return."""
    pointed = Signal(object)
    """Carries the place of the picture under the mouse or the keys' cursor; `None` for no one."""

    def __init__(self, name: str, title: str, *, scale: int = SCALE, grows: bool = False) -> None:
        """`scale` are the pixels of the screen for one of a picture; the least, where they grow with the room."""
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        self._scale = self._least = scale
        self._grows = grows
        self._pictures = np.zeros((0, 28, 28), np.uint8)
        self._captions: Sequence[str] = ()
        self._tips: Sequence[str] = ()
        self.warned: frozenset[int] = frozenset()
        """The places whose captions stand out."""
        self.marked: int | None = None
        """The place of the framed picture; `None` for none."""
        self._pointed: int | None = None
        theme().changed.connect(self.viewport().update)

    @property
    def captions(self) -> tuple[str, ...]:
        """What stands below the pictures."""
        return tuple(self._captions)

    def show_images(
        self,
        pictures: np.ndarray[Any, Any],
        captions: Sequence[str],
        tips: Sequence[str] = (),
        *,
        marked: int | None = None,
        warned: frozenset[int] = frozenset(),
    ) -> None:
        """Show pictures (n, rows, columns), uint8, with what stands below each; `warned` captions stand out."""
        self._pictures, self._captions, self._tips = pictures, captions, tips
        self.warned, self.marked = warned, marked
        self.setAccessibleDescription(", ".join(captions))
        self.verticalScrollBar().setValue(0)
        self._fit()
        self._point_at(None)
        self.viewport().update()

    def mark(self, place: int | None) -> None:
        """Put a frame around one picture, and no other."""
        self.marked = place
        self.viewport().update()

    def sizeHint(self) -> QSize:
        """Room for some pictures."""
        return QSize(4 * (28 * self._least + GAP), 2 * (28 * self._least + CAPTION_HEIGHT + GAP))

    def minimumSizeHint(self) -> QSize:
        """Room for one picture."""
        return QSize(28 * self._least + GAP, 28 * self._least + CAPTION_HEIGHT + 4)

    def place_of(self, number: int) -> QRectF:
        """Return where picture `number` lies in the view."""
        row, column = divmod(number, self._columns())
        width, height = self._cell()
        top = row * height - self.verticalScrollBar().value() + 3
        return QRectF(column * width + 3, top, width - GAP, height - GAP - CAPTION_HEIGHT)

    # What a person does -------------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at what lies under the mouse."""
        self._point_at(self._at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose what lies under the mouse."""
        place = self._at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self.chosen.emit(place)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Nothing is left to be done."""
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        """Describe the picture under the mouse; forget it when the mouse leaves."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self._at(QPointF(event.pos()))
            tip = self._tips[place] if place is not None and place < len(self._tips) else self.toolTip()
            show_tip(event.globalPos(), tip, self)
            return True
        if event.type() == QEvent.Type.Leave:
            self._point_at(None)
        return super().viewportEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from picture to picture with the arrows, choose one with Return."""
        key = Qt.Key(event.key())
        if key in ARROWS and len(self._pictures):
            rows, columns = ARROWS[key]
            place = 0 if self._pointed is None else self._pointed + rows * self._columns() + columns
            if 0 <= place < len(self._pictures):
                self._point_at(place)
                self._scroll_to(place)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._pointed is not None:
            self.chosen.emit(self._pointed)
        else:
            super().keyPressEvent(event)

    # Drawing ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pictures that can be seen."""
        painter, colors = QPainter(self.viewport()), theme().current
        painter.setFont(font("caption", numbers=True))
        height, columns = self._cell()[1], self._columns()
        first = self.verticalScrollBar().value() // height * columns
        last = first + (self.viewport().height() // height + 2) * columns
        for number in range(first, min(last, len(self._pictures))):
            place = self.place_of(number)
            painter.drawImage(place, magnitude_image(self._pictures[number], 255))
            if number in (self.marked, self._pointed):
                painter.setPen(QPen(colors.color("accent" if number == self.marked else "faint"), 2))
                painter.drawRect(place.adjusted(-2, -2, 2, 2))
            painter.setPen(colors.color("curve_2_text" if number in self.warned else "faint"))
            below = QRectF(place.left() - GAP / 2, place.bottom() + 2, place.width() + GAP, CAPTION_HEIGHT)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self._captions[number])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put as many into a row as fit."""
        self._fit()

    def _at(self, position: QPointF) -> int | None:
        width, height = self._cell()
        column = int(position.x() // width)
        if not 0 <= column < self._columns():
            return None
        row = int((position.y() + self.verticalScrollBar().value()) // height)
        place = row * self._columns() + column
        return place if 0 <= place < len(self._pictures) else None

    def _point_at(self, place: int | None) -> None:
        if place != self._pointed:
            self._pointed = place
            self.pointed.emit(place)
            self.viewport().update()

    def _scroll_to(self, place: int) -> None:
        bar, height = self.verticalScrollBar(), self._cell()[1]
        top = place // self._columns() * height
        bar.setValue(max(min(bar.value(), top), top + height - self.viewport().height()))

    def _cell(self) -> tuple[int, int]:
        """Return width and height of a picture with its caption and the gap."""
        rows, columns = self._pictures.shape[1:]
        # About as large as 28 x 28 pixels would be, whatever their number: the captions need the room.
        scale = max(1, round(self._scale * 28 / max(rows, columns)))
        return columns * scale + GAP, rows * scale + GAP + CAPTION_HEIGHT

    def _columns(self) -> int:
        return max(1, self.viewport().width() // self._cell()[0])

    def _rows(self) -> int:
        return -(-len(self._pictures) // self._columns())

    def _grow(self) -> None:
        """Choose the largest scale at which all are seen."""
        self._scale = self._least
        while self._scale < MOST_SCALE and len(self._pictures):
            self._scale += 1
            width, height = self._cell()
            if width > self.viewport().width() or self._rows() * height > self.viewport().height():
                self._scale -= 1
                break

    def _fit(self) -> None:
        if self._grows:
            self._grow()
        bar, height = self.verticalScrollBar(), self._cell()[1]
        bar.setRange(0, max(0, self._rows() * height - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(height // 2)
