"""The scale of the time slider: a square root, so that the first epoch has room, and the ticks on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

LEAST_TICK_GAP = 4.0  # pixels between two ticks that can be told apart


class Tick(NamedTuple):
    """A mark at a whole epoch: how far along the track, and whether it is a long one."""

    place: float
    long: bool


@dataclass(frozen=True, slots=True)
class TimeScale:
    """Steps 0 to `end` (at least 1) on a track that is `width` pixels long."""

    end: int
    width: float

    def place(self, step: float) -> float:
        """Return how far along the track `step` lies, in pixels."""
        return self.width * math.sqrt(min(max(step / self.end, 0.0), 1.0))

    def step(self, place: float) -> float:
        """Return the step at a place on the track; the nearest end beside it."""
        share = min(max(place / self.width, 0.0), 1.0) if self.width > 0 else 0.0
        return self.end * share**2

    def ticks(self, steps_per_epoch: int) -> list[Tick]:
        """Return the ticks from left to right: each epoch, where they stand too close each ten, then each hundred.

        Tens are long. The first and the last one stand at the ends of the track.
        """
        places: dict[float, bool] = {}
        spacing = 1
        while spacing * steps_per_epoch < self.end:
            for number in range(1, self.end // (spacing * steps_per_epoch) + 1):
                epoch = number * spacing
                here, before = (self.place(each * steps_per_epoch) for each in (epoch, epoch - spacing))
                if here - before < LEAST_TICK_GAP:
                    break  # a root only grows flatter
                places[here] = epoch % 10 == 0
            spacing *= 10
        inside = {place: long for place, long in places.items() if place <= self.width - LEAST_TICK_GAP}
        return [Tick(0.0, True), *(Tick(*each) for each in sorted(inside.items())), Tick(self.width, True)]
