"""The scale of the time slider, a square root so that the first epoch has room, and its ticks."""

import math
from dataclasses import dataclass
from typing import NamedTuple

LEAST_TICK_GAP = 4.0  # minimum distance of two ticks, in pixels


class Tick(NamedTuple):
    """A tick at a whole epoch: its position on the track, and whether it is long."""

    place: float
    long: bool


@dataclass(frozen=True, slots=True)
class TimeScale:
    """Steps 0 to `end` (at least 1) on a track that is `width` pixels long."""

    end: int
    width: float

    def place(self, step: float) -> float:
        """Return the position of a step on the track, in pixels."""
        return self.width * math.sqrt(min(max(step / self.end, 0.0), 1.0))

    def step(self, place: float) -> float:
        """Return the step at a position on the track, limited to its ends."""
        share = min(max(place / self.width, 0.0), 1.0) if self.width > 0 else 0.0
        return self.end * share**2

    def ticks(self, steps_per_epoch: int) -> list[Tick]:
        """Return the ticks from left to right: every epoch, or if these are too close, every ten, every hundred.

        Tens are long. The first and the last tick are the ends of the track.
        """
        places: dict[float, bool] = {}
        spacing = 1
        while spacing * steps_per_epoch < self.end:
            for number in range(1, self.end // (spacing * steps_per_epoch) + 1):
                epoch = number * spacing
                here, before = (self.place(end * steps_per_epoch) for end in (epoch, epoch - spacing))
                if here - before < LEAST_TICK_GAP:
                    break  # later epochs are even closer
                places[here] = epoch % 10 == 0
            spacing *= 10
        inside = {place: long for place, long in places.items() if place <= self.width - LEAST_TICK_GAP}
        return [Tick(0.0, True), *(Tick(*item) for item in sorted(inside.items())), Tick(self.width, True)]
