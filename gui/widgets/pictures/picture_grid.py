"""Pictures in rows. One can be pointed at, chosen, sent elsewhere, and marked."""

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QScrollBar

from engine.core.language import mark, tr, tr_plural
from engine.core.lazy import Array
from gui.look.arrows import ARROWS
from gui.look.color_maps import picture_image
from gui.look.fonts import font, scaled
from gui.look.layout import Fitted
from gui.look.theme import theme
from gui.widgets.figures.table import Table
from gui.widgets.heard import HeardPart, say_part, spoken
from gui.widgets.painted import CENTER, Frame, Mark, Painted, Words, draw

# Pixels of the screen for one of a picture, between two pictures, and for the letters below each.
SCALE, GAP, CAPTION_HEIGHT = 2, 10, 17

MOST_SCALE = 12  # pictures that grow with the room grow no further
SPREAD = 1.6  # columns further apart than this many widths would look lost


class PictureGrid(Painted):
    """A click, Return or Space chooses a picture, the arrows go to the next one, a double click sends one elsewhere.

    A kind of grid says how many there are, where each lies and what there is to say of it, and paints them.
    """

    chosen = Signal(int)  # carries the place of the picture that was clicked, or chosen by a key
    sent = Signal(int)  # carries the place of the picture that was double-clicked: a first click has chosen it

    heard_role: ClassVar = QAccessible.Role.List

    can_press = True  # whether a click on a picture does something

    current: int | None = None  # the place of the picture under the cursor of the keys; `None` for none

    def count(self) -> int:
        raise NotImplementedError

    def columns(self) -> int:
        """Return how many stand in a row."""
        raise NotImplementedError

    def place_of(self, number: int) -> QRectF:
        """Return where picture `number` lies in the widget."""
        raise NotImplementedError

    def tip_of(self, number: int) -> str | None:
        """Return what there is to say of a picture; `None` for no more than of the widget."""
        return None

    def number_at(self, position: QPointF) -> int | None:
        """Return which picture lies at a position of the widget."""
        return next((each for each in range(self.count()) if self.place_of(each).contains(position)), None)

    def set_current(self, number: int | None) -> None:
        """Move the cursor of the keys to a picture; `None` for none."""
        if number != self.current:
            self.current = number
            self.update()

    def bring_into_view(self, number: int) -> None:
        """Scroll so far that a picture is seen."""

    def heard_numbers(self) -> range:
        """Return which pictures are parts for a screen reader; of those in a scroll area the ones in view."""
        return range(self.count())

    def heard_parts(self) -> Sequence[HeardPart]:
        return [
            HeardPart(
                self.heard_text(number),
                self.place_of(number),
                is_chosen=number == self.current,
                can_press=self.can_press,
            )
            for number in self.heard_numbers()
        ]

    def say_current(self) -> None:
        """Have a screen reader say the picture that the keys reached."""
        if self.current is not None:
            say_part(self, self.current - self.heard_numbers().start)

    def heard_text(self, number: int) -> str:
        """Return what a screen reader says of a picture."""
        return spoken(self.tip_of(number) or "")

    def tip_at(self, place: QPointF) -> str | None:
        number = self.number_at(place)
        return None if number is None else self.tip_of(number)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self.number_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and number is not None:
            self.set_current(number)
            self.chosen.emit(number)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Send the picture under the mouse."""
        number = self.number_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and number is not None:
            self.sent.emit(number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from picture to picture with the arrows, choose one with Return or Space."""
        key = Qt.Key(event.key())
        if key in ARROWS and self.count():
            rows, columns = ARROWS[key]
            wanted = 0 if self.current is None else self.current + rows * self.columns() + columns
            if 0 <= wanted < self.count():
                self.set_current(wanted)
                self.bring_into_view(wanted)
                self.say_current()
        elif (
            key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.current is not None and self.count()
        ):
            self.chosen.emit(self.current)
        else:
            super().keyPressEvent(event)


class ImageGrid(Fitted, PictureGrid):
    """Pictures with captions, from left to right, as many as fit; more come by scrolling."""

    # Carries the place of the picture under the mouse or the cursor of the keys; `None` for none.
    pointed = Signal(object)

    def __init__(
        self, name: str, title: str, *, scale: int = SCALE, grows: bool = False, widest: int | None = None
    ) -> None:
        """`scale`: pixels of the screen for one of a picture; with `grows` their minimum, more where there is room.

        `widest`: from that many pixels on, in letters of 100 %, captions are shortened; `None`: all have room.
        """
        size = 4 * (28 * scale + GAP), 28 * scale + CAPTION_HEIGHT + GAP
        super().__init__(name, title, size=size, follows_mouse=True, takes_keys=True)
        self._scale = self._least = scale
        self._grows, self._longest = grows, widest
        self._pictures = np.zeros((0, 28, 28), np.uint8)
        self._shape = 28, 28  # rows and columns of a picture
        self.captions: tuple[str, ...] = ()
        self._caption_width = 0  # that of the widest caption
        self._tips: Sequence[str] = ()
        self.warned: frozenset[int] = frozenset()  # the places whose captions stand out
        self.marked: int | None = None  # the place of the framed picture; `None` for none
        self.bar = QScrollBar(Qt.Orientation.Vertical, self)
        self.bar.valueChanged.connect(self.update)
        theme().changed.connect(self._measure)

    def finding(self) -> str:
        """Return how many pictures there are, which of them are in view, and which is marked."""
        count, seen = self.count(), self.heard_numbers()
        if not count:
            return tr("There are no pictures.")
        if len(seen) == count:
            there = tr_plural("{count:,} picture, all in view.", "{count:,} pictures, all in view.", count)
        else:
            sentence = mark("{all:,} pictures; {first:,} to {last:,} are in view, the arrows go to the others.")
            there = tr(sentence, all=count, first=seen.start + 1, last=seen.stop)
        if self.marked is None:
            return there
        return f"{there} {tr('Marked: {picture}.', picture=self.heard_text(self.marked))}"

    def heard_numbers(self) -> range:
        seen = self.seen()
        return seen[: sum(self.place_of(number).top() < self.height() for number in seen)]

    def heard_text(self, number: int) -> str:
        return spoken(self.tip_of(number) or self.caption_of(number))

    def table(self) -> Table | None:
        rows = list(zip(self.captions, self._tips or [""] * len(self.captions), strict=False))
        return Table((mark("caption"), mark("about")), rows) if rows else None

    def show_images(
        self,
        pictures: Array,
        captions: Sequence[str],
        tips: Sequence[str] = (),
        *,
        marked: int | None = None,
        warned: frozenset[int] = frozenset(),
    ) -> None:
        """Show pictures (n, rows, columns), uint8, with what stands below each; `warned` captions stand out."""
        self._pictures, self.captions, self._tips = pictures, tuple(captions), tips
        self._shape = pictures.shape[1], pictures.shape[2]
        self.warned, self.marked = warned, marked
        self.bar.setValue(0)
        self._measure()
        self.set_current(None)
        self.update()

    def possible_captions(self) -> Sequence[str]:
        """Return what may stand below the pictures: there is room for the widest."""
        return self.captions

    def caption_of(self, number: int) -> str:
        return self.captions[number]

    def is_warned(self, number: int) -> bool:
        """Whether the caption of a picture stands out."""
        return number in self.warned

    def paint_picture(self, painter: QPainter, number: int, place: QRectF) -> None:
        image = picture_image(self._pictures[number])
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, place.width() < image.width())
        painter.drawImage(place, image)

    def seen(self) -> range:
        """Return the places of the pictures that are seen, if only in part."""
        height, columns = self._cell()[1], self.columns()
        first = self.bar.value() // height * columns
        last = first + (self.height() // height + 2) * columns
        return range(min(first, self.count()), min(last, self.count()))

    def bring_into_view(self, number: int) -> None:
        height = self._cell()[1]
        top = number // self.columns() * height
        self.bar.setValue(max(min(self.bar.value(), top), top + height - self.height()))

    def mark(self, place: int | None) -> None:
        """Put a frame around one picture, and no other."""
        self.marked = place
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(28 * self._least + GAP, 28 * self._least + scaled(CAPTION_HEIGHT) + 4)

    def count(self) -> int:
        return len(self._pictures)

    def columns(self) -> int:
        """Return how many stand in a row: as many as fit, and where all are seen in rows as even as can be."""
        most = max(1, self._room // self._cell()[0])
        rows = -(-self.count() // most)
        return most if self._scrolls or rows < 2 else -(-self.count() // rows)

    def place_of(self, number: int) -> QRectF:
        row, column = divmod(number, self.columns())
        width, height = self._step, self._cell()[1]
        left, top = column * width + 3, row * height - self.bar.value() + 3
        wide = self._picture()[0]
        return QRectF(left + (width - GAP - wide) // 2, top, wide, height - GAP - scaled(CAPTION_HEIGHT))

    def number_at(self, position: QPointF) -> int | None:
        width, height = self._step, self._cell()[1]
        column = int(position.x() // width)
        if not 0 <= column < self.columns():
            return None
        number = int((position.y() + self.bar.value()) // height) * self.columns() + column
        return number if 0 <= number < self.count() else None

    @property
    def _room(self) -> int:
        return self.width() - (self.bar.width() if self._scrolls else 0)

    @property
    def _step(self) -> int:
        """The distance of two columns: in several rows they share the room, if little is left over."""
        step, share = self._cell()[0], self._room // self.columns()
        is_shared = self._scrolls or (self.count() > self.columns() and share < SPREAD * step)
        return max(step, share) if is_shared else step

    @property
    def _scrolls(self) -> bool:
        return self.bar.maximum() > 0

    def _picture(self) -> tuple[int, int]:
        rows, columns = self._shape
        # About as large as 28 x 28 pixels would be, whatever their number: the captions need the room.
        scale: float = max(1, round(self._scale * 28 / max(rows, columns)))
        room = self.width() - self.bar.sizeHint().width() - GAP
        if columns * scale > room > 0:  # a large one is shown smaller
            scale = room / columns
        return max(1, int(columns * scale)), max(1, int(rows * scale))

    def _cell(self) -> tuple[int, int]:
        """Return width and height of a picture with its caption and the gap."""
        width, height = self._picture()
        return max(width, self._caption_width) + GAP, height + GAP + scaled(CAPTION_HEIGHT)

    def _measure(self) -> None:
        """Find the room that captions need in letters of the present size."""
        measure = QFontMetricsF(font("caption", numbers=True))
        width = math.ceil(max(map(measure.horizontalAdvance, self.possible_captions()), default=0))
        self._caption_width = width if self._longest is None else min(width, scaled(self._longest))
        self._fit()

    def _height(self) -> int:
        return -(-self.count() // self.columns()) * self._cell()[1]

    def _grow(self) -> None:
        self._scale = self._least
        while self._scale < MOST_SCALE and self.count():
            self._scale += 1
            if self._cell()[0] > self.width() or self._height() > self.height():
                self._scale -= 1
                break

    def _fit(self) -> None:
        """Find scale and rows for the room there is: without a scroll bar, where all are seen so, else beside it."""
        wide, value = self.bar.sizeHint().width(), self.bar.value()
        self.bar.setGeometry(self.width() - wide, 0, wide, self.height())
        self.bar.setMaximum(0)
        if self._grows:
            self._grow()
        if self._height() > self.height():
            self.bar.setMaximum(1)  # from here on there are fewer columns
            self.bar.setMaximum(max(1, self._height() - self.height()))
        self.bar.setValue(value)
        self.bar.setPageStep(self.height())
        self.bar.setSingleStep(self._cell()[1] // 2)
        self.bar.setVisible(self._scrolls)

    def set_current(self, number: int | None) -> None:
        if number != self.current:
            super().set_current(number)
            self.pointed.emit(number)

    def tip_of(self, number: int) -> str | None:
        if number >= len(self._tips) and self._longest is not None:
            return self.caption_of(number)
        return self._tips[number] if number < len(self._tips) else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.set_current(self.number_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self.set_current(None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()
        if self._scrolls:
            QApplication.sendEvent(self.bar, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Scroll by pages too."""
        pages = {
            Qt.Key.Key_PageUp: QScrollBar.SliderAction.SliderPageStepSub,
            Qt.Key.Key_PageDown: QScrollBar.SliderAction.SliderPageStepAdd,
        }
        if (key := Qt.Key(event.key())) in pages and self._scrolls:
            self.bar.triggerAction(pages[key])
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, marks = QPainter(self), list[Mark]()
        wide, high = self._cell()[0], scaled(CAPTION_HEIGHT)
        for number in self.seen():
            place = self.place_of(number)
            if place.top() >= self.height():
                break
            self.paint_picture(painter, number, place)
            if number in (self.marked, self.current):
                color = "accent" if number == self.marked else "faint"
                marks.append(Frame(place.adjusted(-2, -2, 2, 2), color, 2))
            below = QRectF(place.center().x() - wide / 2, place.bottom() + 2, wide, high)
            color = "curve_2_text" if self.is_warned(number) else "faint"
            cut = self._longest is not None
            marks.append(Words(below, self.caption_of(number), color, side=CENTER, numbers=True, elided=cut))
        draw(painter, *marks)
