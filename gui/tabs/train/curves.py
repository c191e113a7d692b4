"""The curves of a run that is drawn, over epochs."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from gui.widgets.series import EvenSeries, Series, SharedSeries
from gui.widgets.smoothing import Smoothed

if TYPE_CHECKING:
    from engine.training.messages import EpochDone
    from gui.state.runs import Run


class Curves:
    """What the model knows of a run, as points, which it holds. They grow in place; whoever draws them keeps them."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.steps, self.smoothed = EvenSeries(run.steps_per_epoch), Smoothed(run.steps_per_epoch)
        self.train, self.test, self.accuracy = SharedSeries(), SharedSeries(), SharedSeries()
        hidden = len(run.spec.hidden)
        self.gradients = [SharedSeries() for _ in range(hidden + 1)]
        """Gradient norm per layer, the last one included."""
        self.dead = [SharedSeries() for _ in range(hidden)]
        """Share of neurons that never fire, per hidden layer."""
        self.follow()

    def follow(self) -> None:
        """Take in what the run has learned since."""
        self.steps.show(self.run.losses)
        self.smoothed.follow(self.run.losses)
        tests = self.run.tests
        if len(tests) == len(self.accuracy):
            return
        epochs = tests.column("epoch")
        self.train.show(epochs, tests.column("train_loss"))
        self.test.show(epochs, tests.column("test_loss"))
        self.accuracy.show(epochs, tests.column("test_accuracy"))
        for layer, series in enumerate(self.gradients):
            series.show(*tests.gradient_norms(layer))
        for layer, series in enumerate(self.dead):
            series.show(*tests.dead_shares(layer))

    def smooth(self, weight: float) -> None:
        """Smooth the loss per step by `weight`; with 0 there are no such points, which take room."""
        if weight != self.smoothed.weight:
            self.smoothed.begin(weight)
            self.smoothed.follow(self.run.losses)

    def epoch_at(self, position: float | None) -> EpochDone | None:
        """Return the last whole epoch at or before `position`, in epochs; the newest of all for `None`."""
        tests = self.run.tests
        place = len(tests) if position is None else bisect_right(tests, position, key=lambda each: each.epoch)
        return tests[place - 1] if place else None

    def value_at(self, series: Series, position: float | None) -> float | None:
        """Return what a curve with one point per epoch is after `epoch_at(position)`."""
        epoch = self.epoch_at(position)
        place = bisect_left(series.x, epoch.epoch) if epoch else len(series)
        return float(series.y[place]) if place < len(series) else None
