"""What the window knows of the moments of one run: which are kept, their names, and how good the network was."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.data.dataset import count_test_images
from engine.training.epochs import Epochs
from engine.training.messages import EpochDone, RunStarted, RunSummary
from gui.look.percents import percent

if TYPE_CHECKING:
    import numpy as np


@dataclass(slots=True, kw_only=True)
class RunMoments:
    """The moments of a run, and what belongs to them. `steps` rises; it is empty until the first one is kept."""

    run: str
    steps_per_epoch: int
    epochs: int
    """How many epochs the run is to have."""
    stop_at: float = 0.0
    """The test accuracy at which it is to end early; 0: never."""
    broke: bool = False
    """Whether its losses are no numbers any more."""
    newest: int = 0
    """The step that the run has come to; the last of `steps` lies at or before it."""
    steps: list[int] = field(default_factory=list)
    bookmarks: dict[int, str] = field(default_factory=dict)
    tests: Epochs = field(default_factory=Epochs)
    """What was found at the end of each epoch."""
    dataset: str = ""
    """Summary of the data that the run learned from and was tested with."""

    @classmethod
    def begun(cls, message: RunStarted) -> RunMoments:
        """Return those of a run that has just begun, or goes on from another one's moment."""
        if message.resumed is not None:
            made = cls.of(message.resumed)
            made.epochs, made.stop_at = message.spec.epochs, message.spec.stop_at
            return made
        return cls(
            run=message.run,
            steps_per_epoch=max(1, message.steps_per_epoch),
            epochs=message.spec.epochs,
            stop_at=message.spec.stop_at,
            dataset=message.dataset,
        )

    @classmethod
    def of(cls, summary: RunSummary) -> RunMoments:
        """Return those of a run that is told as a whole."""
        made = cls(
            run=summary.name,
            steps_per_epoch=max(1, summary.steps_per_epoch),
            epochs=summary.spec.epochs,
            stop_at=summary.spec.stop_at,
            tests=Epochs(summary.epochs),
            dataset=summary.dataset,
        )
        made.hear_losses(summary.losses)
        made.replace(summary.moments, summary.bookmarks)
        made.newest = max(made.newest, len(summary.losses))
        return made

    @property
    def test_images(self) -> int | None:
        """How many images the tests were made on; `None` where nobody knows."""
        return count_test_images(self.dataset)

    @property
    def end(self) -> int:
        """The step at which the run is to end, or has come to beyond that; at least 1."""
        return max(1, self.epochs * self.steps_per_epoch, self.newest)

    def hear_losses(self, losses: np.ndarray[Any, Any]) -> None:
        """Take in the losses of the newest steps; shape (steps,)."""
        self.broke = bool(len(losses)) and not math.isfinite(losses[-1])

    def replace(self, steps: Iterable[int], bookmarks: Mapping[int, str]) -> None:
        """Take these moments and names instead of those known so far."""
        self.steps, self.bookmarks = sorted(steps), dict(bookmarks)
        self.newest = max([self.newest, *self.steps[-1:]])

    def keep(self, step: int) -> None:
        """Take in one more moment."""
        if not self.holds(step):
            insort(self.steps, step)
        self.newest = max(self.newest, step)

    def holds(self, step: int) -> bool:
        """Whether the moment after `step` steps is kept."""
        place = bisect_left(self.steps, step)
        return place < len(self.steps) and self.steps[place] == step

    def nearest(self, step: float) -> int | None:
        """Return the kept moment nearest to `step`; `None` when there is none."""
        place = bisect_left(self.steps, step)
        return min(self.steps[max(0, place - 1) : place + 1], key=lambda kept: abs(kept - step), default=None)

    def beside(self, step: int, count: int) -> int | None:
        """Return the moment `count` places after `step` (before, if negative), or the last one on that way.

        `step` itself need not be kept. `None` when there is no moment at all on that side.
        """
        if count < 0:
            earlier = self.steps[: bisect_left(self.steps, step)]
            return earlier[max(count, -len(earlier))] if earlier else None
        later = self.steps[bisect_right(self.steps, step) :]
        return later[min(count, len(later)) - 1] if later else None

    def bookmark_beside(self, step: int, *, forwards: bool) -> int | None:
        """Return the nearest moment with a name after `step`, or before it; `None` when there is none."""
        if forwards:
            return min((marked for marked in self.bookmarks if marked > step), default=None)
        return max((marked for marked in self.bookmarks if marked < step), default=None)

    def test_at(self, step: int) -> EpochDone | None:
        """Return what the last test at or before `step` found; `None` before the first."""
        place = bisect_right(self.tests, step, key=lambda test: test.step)
        return self.tests[place - 1] if place else None

    def say_epoch(self, step: int) -> str:
        """Return where `step` lies, in epochs: `epoch 7.0`, finer in the first tenth of the first epoch."""
        epoch = step / self.steps_per_epoch
        return f"epoch {epoch:.3f}" if 0 < epoch < 0.1 else f"epoch {epoch:,.1f}"

    def say_end(self) -> str:
        """Return how a run that goes on no more ended, behind its name: `is done`, `stopped at epoch 1.6 of 40`."""
        if self.broke or (self.tests and not self.tests[-1].finite):
            return "broke: its weights are no numbers any more"
        if self.newest >= self.epochs * self.steps_per_epoch:
            return "is done"
        if self.tests and 0 < self.stop_at <= self.tests[-1].test_accuracy:
            return "reached its accuracy"
        return f"stopped at {self.say_epoch(self.newest)} of {self.epochs:,}"

    def say_accuracy(self, step: int) -> str:
        """Return how many of the test images were right then: `97.1 % test`; empty before the first test."""
        test = self.test_at(step)
        return f"{percent(test.test_accuracy)} test" if test else ""

    def say(self, step: int) -> str:
        """Return all of it in one line: `epoch 7.0 · step 3,850 · 97.1 % test`, with the name if it has one."""
        parts = [
            self.bookmarks.get(step, ""),
            self.say_epoch(step),
            f"step {step:,}",
            self.say_accuracy(step),
        ]
        return " · ".join(part for part in parts if part)
