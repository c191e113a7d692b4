"""What the window remembers of a run: its curves, over epochs."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import numpy as np

from engine.specs import TrainSpec
from engine.training.messages import EpochDone, RunStarted, RunSummary, StepsDone
from gui.widgets.series import Series


class RunHistory:
    """Curves of one run. They grow in place; whoever draws them keeps them."""

    def __init__(self, started: RunStarted) -> None:
        self._begin(started.run, started.spec, started.steps_per_epoch)
        if started.resumed is not None:
            self._take_over(started.resumed)

    @classmethod
    def of(cls, summary: RunSummary) -> RunHistory:
        """Return the curves of a run that is told as a whole, such as one from a file."""
        made = cls.__new__(cls)
        made._begin(summary.name, summary.spec, summary.steps_per_epoch)
        made._take_over(summary)
        return made

    def _begin(self, name: str, spec: TrainSpec, steps_per_epoch: int) -> None:
        self.name, self.spec = name, spec
        self.position = 0.0
        """How far the run is, in epochs."""
        self.epochs: list[EpochDone] = []
        self.steps, self.train, self.test, self.accuracy = Series(), Series(), Series(), Series()
        hidden = len(spec.hidden)
        self.gradients = [Series() for _ in range(hidden + 1)]
        """Gradient norm per layer, the last one included."""
        self.dead = [Series() for _ in range(hidden)]
        """Share of neurons that never fire, per hidden layer."""
        self.steps_per_epoch = max(steps_per_epoch, 1)

    @property
    def newest(self) -> EpochDone | None:
        """The last whole epoch."""
        return self.epochs[-1] if self.epochs else None

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

    def add_steps(self, message: StepsDone) -> None:
        """Take in a chunk of steps."""
        steps = np.arange(message.first_step, message.last_step + 1) / self.steps_per_epoch
        self.steps.extend(steps, message.losses)
        self.position = message.last_step / self.steps_per_epoch

    def add_epoch(self, message: EpochDone) -> None:
        """Take in an epoch."""
        self.epochs.append(message)
        self.position = float(message.epoch)
        self.train.append(message.epoch, message.train_loss)
        self.test.append(message.epoch, message.test_loss)
        self.accuracy.append(message.epoch, message.test_accuracy)
        for series, norm in zip(self.gradients, message.gradient_norms, strict=False):
            series.append(message.epoch, norm)
        for series, dead, width in zip(self.dead, message.dead, message.widths, strict=False):
            series.append(message.epoch, dead / max(width, 1))

    def _take_over(self, summary: RunSummary) -> None:
        self.steps.extend(np.arange(1, len(summary.losses) + 1) / self.steps_per_epoch, summary.losses)
        for epoch in summary.epochs:
            self.add_epoch(epoch)
        self.position = len(summary.losses) / self.steps_per_epoch
