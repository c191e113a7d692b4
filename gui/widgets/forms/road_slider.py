"""Sliders: one whose handle moves to a click, and the one that mixes two networks."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QSlider, QStyle

from engine.core.language import tr
from gui.look.percents import percent
from gui.state.link.clock import CLOCK, DRAG_PERIOD_MS, Clock, Throttle

PARTS, PAGE = 100, 10  # number of steps, and of those that the Page keys move


class PlaceSlider(QSlider):
    """Qt's own would move by a page towards the mouse."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move the handle under the mouse, from where it can be dragged."""
        if event.button() == Qt.MouseButton.LeftButton:
            handle = self.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength, None, self)
            place, room = round(event.position().x() - handle / 2), self.width() - handle
            least, most, is_mirrored = self.minimum(), self.maximum(), self.isRightToLeft()
            self.setValue(QStyle.sliderValueFromPosition(least, most, place, room, is_mirrored))
        super().mousePressEvent(event)


class RoadSlider(PlaceSlider):
    """Shows the share of the other network, and sends the share that a person wants."""

    moved = Signal(float)  # carries the share of the other network, 0 to 1

    def __init__(self, name: str, clock: Clock = CLOCK) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setObjectName(name)
        self.setRange(0, PARTS)
        self.setPageStep(PAGE)
        self.show_place(0.0, "", "")
        self._drag = Throttle(self._tell, DRAG_PERIOD_MS, self, clock=clock)
        self.valueChanged.connect(self._follow_hand)
        self.sliderReleased.connect(self._come_to_rest)

    def show_place(self, place: float, one: str, other: str) -> None:
        """Show a share of run `other` mixed into `one`, without a signal; a dragged handle is not moved."""
        if not self.isSliderDown():
            with QSignalBlocker(self):
                self.setValue(round(place * PARTS))
        self.setAccessibleName(
            tr("Road from run {one} to run {other}: {share}", one=one, other=other, share=percent(place, 0))
        )
        self.setToolTip(
            tr("Drag to mix run {one} with run {other}: all tabs look at the mixture.", one=one, other=other)
        )

    def _follow_hand(self) -> None:
        if self.isSliderDown():
            self._drag.want()
        else:  # a key, a click, the wheel
            self._tell()

    def _come_to_rest(self) -> None:
        self._drag.forget()
        self._tell()

    def _tell(self) -> None:
        self.moved.emit(self.value() / PARTS)
