"""The slider along the road between two networks."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal

from gui.look.percents import percent
from gui.widgets.place_slider import PlaceSlider

PARTS, PAGE = 100, 10
"""Into how many steps the road is cut, and how many of them the Page keys go."""

ROAD_KEYS = {
    "Left, Down, Right, Up": "Go a hundredth of the road back or on.",
    "PgDown, PgUp": "Go a tenth of it.",
    "Home, End": "Go to one of its ends.",
}


class RoadSlider(PlaceSlider):
    """Shows how much of the other network is mixed in, and tells where somebody wants to go."""

    moved = Signal(float)
    """Carries the place on the road, 0 to 1."""

    def __init__(self, name: str) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setObjectName(name)
        self.setRange(0, PARTS)
        self.setPageStep(PAGE)
        self.show_place(0.0, "", "")
        self.valueChanged.connect(lambda value: self.moved.emit(value / PARTS))

    def show_place(self, place: float, one: str, other: str) -> None:
        """Stand at a place on the road from the run `one` to the run `other`, and tell nobody."""
        with QSignalBlocker(self):
            self.setValue(round(place * PARTS))
        self.setAccessibleName(f"Road from run {one} to run {other}: {percent(place, 0)}")
        self.setToolTip(f"Drag to mix run {one} with run {other}: all tabs look at the mixture.")
