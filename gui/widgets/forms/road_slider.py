"""The slider along the road between two networks."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal

from gui.look.percents import percent
from gui.state.link.clock import CLOCK, Clock
from gui.state.link.throttle import DRAG_PERIOD_MS, Throttle
from gui.widgets.forms.place_slider import PlaceSlider

PARTS, PAGE = 100, 10  # into how many steps the road is cut, and how many of them the Page keys go


class RoadSlider(PlaceSlider):
    """Shows how much of the other network is mixed in, and tells where somebody wants to go."""

    moved = Signal(float)
    """Carries the place on the road, 0 to 1."""

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
        """Stand at a place on the road from the run `one` to the run `other`, and tell nobody.

        A handle that is held stands where the hand has it, which may be further already.
        """
        if not self.isSliderDown():
            with QSignalBlocker(self):
                self.setValue(round(place * PARTS))
        self.setAccessibleName(f"Road from run {one} to run {other}: {percent(place, 0)}")
        self.setToolTip(f"Drag to mix run {one} with run {other}: all tabs look at the mixture.")

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
