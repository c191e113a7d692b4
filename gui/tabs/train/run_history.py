"""What the window remembers of a run: what it is called, its settings, and its curves, over epochs."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import NamedTuple

import numpy as np

from engine.data.dataset import count_test_images
from engine.training.epochs import Epochs
from engine.training.health import diagnose
from engine.training.messages import Diagnosis, EpochDone, RunChanged, RunStarted, RunSummary, StepsDone
from gui.widgets.series import EvenSeries, Series

SHORT = 14
"""Maximum number of letters of a title that can stand at a curve."""


class Best(NamedTuple):
    """The best test accuracy of a run, and the first epoch that reached it."""

    accuracy: float
    epoch: int


class RunHistory:
    """Curves of one run. They grow in place; whoever draws them keeps them."""

    def __init__(self, told: RunStarted | RunSummary) -> None:
        """Begin without any steps."""
        self.name = told.run if isinstance(told, RunStarted) else told.name
        self.spec, self.color = told.spec, told.color
        self.title, self.pinned = "", False
        self.parent = None if isinstance(told, RunStarted) else told.parent
        self.test_images = count_test_images(told.dataset)
        """How many images it is tested on; `None` where that is not known."""
        self.live: dict[str, float] = {}
        """Live settings that were changed on the way: how they stand now."""
        self.diagnosis: Diagnosis | None = None
        self.position = 0.0
        """How far the run is, in epochs."""
        self.epochs = Epochs()
        self.best: Best | None = None
        self.steps_per_epoch = max(told.steps_per_epoch, 1)
        self.steps = EvenSeries(self.steps_per_epoch)
        self.train, self.test, self.accuracy = Series(), Series(), Series()
        hidden = len(told.spec.hidden)
        self.gradients = [Series() for _ in range(hidden + 1)]
        """Gradient norm per layer, the last one included."""
        self.dead = [Series() for _ in range(hidden)]
        """Share of neurons that never fire, per hidden layer."""

    @classmethod
    def of(cls, summary: RunSummary) -> RunHistory:
        """Return the history of a run that was trained before, as if one had watched it."""
        made = cls(summary)
        made.title, made.pinned = summary.title, summary.pinned
        made.live = {name: value for _, name, value in summary.changes}
        made.steps.show(summary.losses)
        for epoch in summary.epochs:
            made.add_epoch(epoch)
        made.position = max(len(summary.losses) / made.steps_per_epoch, made.position)
        if summary.epochs:
            finite = all(epoch.finite for epoch in summary.epochs) and bool(np.isfinite(summary.losses).all())
            made.diagnosis = diagnose(
                summary.name,
                summary.spec,
                summary.epochs,
                changes=summary.changes,
                finite=finite,
                moments=summary.moments,
            )
        return made

    @property
    def newest(self) -> EpochDone | None:
        """The last whole epoch."""
        return self.epochs[-1] if self.epochs else None

    @property
    def tag(self) -> str:
        """What stands at its curves: its title if that is short, otherwise its letter."""
        return self.title if 0 < len(self.title) <= SHORT else self.name

    @property
    def label(self) -> str:
        """Letter and title: `B · no dropout`."""
        return f"{self.name} · {self.title}" if self.title else self.name

    def epoch_at(self, position: float | None) -> EpochDone | None:
        """Return the last whole epoch at or before `position`, in epochs; the newest of all for `None`."""
        if position is None:
            return self.newest
        place = bisect_right(self.epochs, position, key=lambda each: each.epoch)
        return self.epochs[place - 1] if place else None

    def value_at(self, series: Series, position: float | None) -> float | None:
        """Return what a curve with one point per epoch is after `epoch_at(position)`."""
        epoch = self.epoch_at(position)
        place = bisect_left(series.x, epoch.epoch) if epoch else len(series)
        return float(series.y[place]) if place < len(series) else None

    def change(self, message: RunChanged) -> None:
        """Take in what a person changed."""
        self.title, self.color, self.pinned = message.title, message.color, message.pinned

    def add_steps(self, message: StepsDone) -> None:
        """Take in a chunk of steps."""
        self.steps.show(message.so_far)
        self.position = message.last_step / self.steps_per_epoch

    def add_epoch(self, message: EpochDone) -> None:
        """Take in an epoch."""
        self.epochs.append(message)
        self.position = float(message.epoch)
        if self.best is None or message.test_accuracy > self.best.accuracy:
            self.best = Best(message.test_accuracy, message.epoch)
        self.train.append(message.epoch, message.train_loss)
        self.test.append(message.epoch, message.test_loss)
        self.accuracy.append(message.epoch, message.test_accuracy)
        for series, norm in zip(self.gradients, message.gradient_norms, strict=False):
            series.append(message.epoch, norm)
        for series, dead, width in zip(self.dead, message.dead, message.widths, strict=False):
            series.append(message.epoch, dead / max(width, 1))
