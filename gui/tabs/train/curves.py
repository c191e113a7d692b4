"""The curves of a run that is drawn, over epochs."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

import numpy as np

from gui.widgets.series import EvenSeries, Series
from gui.widgets.smoothing import Smoothed

if TYPE_CHECKING:
    from engine.training.messages import EpochDone
    from gui.state.runs import Run


class Curves:
    """What the model knows of a run, as points. They grow in place; whoever draws them keeps them."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.steps, self.smoothed = EvenSeries(run.steps_per_epoch), Smoothed(run.steps_per_epoch)
        self.train, self.test, self.accuracy = Series(), Series(), Series()
        hidden = len(run.spec.hidden)
        self.gradients = [Series() for _ in range(hidden + 1)]
        """Gradient norm per layer, the last one included."""
        self.dead = [Series() for _ in range(hidden)]
        """Share of neurons that never fire, per hidden layer."""
        self.follow()

    def follow(self) -> None:
        """Take in what the run has learned since."""
        self.steps.show(self.run.losses)
        self.smoothed.follow(self.run.losses)
        new = self.run.tests[len(self.accuracy) :]
        if not new:
            return
        _extend(self.train, [(done.epoch, done.train_loss) for done in new])
        _extend(self.test, [(done.epoch, done.test_loss) for done in new])
        _extend(self.accuracy, [(done.epoch, done.test_accuracy) for done in new])
        for layer, series in enumerate(self.gradients):
            norms = [(done.epoch, done.gradient_norms) for done in new]
            _extend(series, [(epoch, each[layer]) for epoch, each in norms if layer < len(each)])
        for layer, series in enumerate(self.dead):
            dead = [(done.epoch, done.dead, done.widths) for done in new]
            shares = [
                (epoch, each[layer] / max(widths[layer], 1))
                for epoch, each, widths in dead
                if layer < min(len(each), len(widths))
            ]
            _extend(series, shares)

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


def _extend(series: Series, points: list[tuple[int, float]]) -> None:
    if points:
        x, y = np.array(points, dtype=float).T
        series.extend(x, y)
