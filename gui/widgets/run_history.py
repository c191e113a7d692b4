"""What the window remembers of a run: its curves, over epochs."""

from __future__ import annotations

import numpy as np

from engine.training.messages import EpochDone, RunStarted, StepsDone
from gui.widgets.series import Series


class RunHistory:
    """Curves of one run. They grow in place; whoever draws them keeps them."""

    def __init__(self, started: RunStarted) -> None:
        self.name, self.spec = started.run, started.spec
        self.position = 0.0
        """How far the run is, in epochs."""
        self.newest: EpochDone | None = None
        self.steps, self.train, self.test, self.accuracy = Series(), Series(), Series(), Series()
        hidden = len(started.spec.hidden)
        self.gradients = [Series() for _ in range(hidden + 1)]
        """Gradient norm per layer, the last one included."""
        self.dead = [Series() for _ in range(hidden)]
        """Share of neurons that never fire, per hidden layer."""
        self.steps_per_epoch = max(started.steps_per_epoch, 1)

    def add_steps(self, message: StepsDone) -> None:
        """Take in a chunk of steps."""
        steps = np.arange(message.first_step, message.last_step + 1) / self.steps_per_epoch
        self.steps.extend(steps, message.losses)
        self.position = message.last_step / self.steps_per_epoch

    def add_epoch(self, message: EpochDone) -> None:
        """Take in an epoch."""
        self.newest = message
        self.position = float(message.epoch)
        self.train.append(message.epoch, message.train_loss)
        self.test.append(message.epoch, message.test_loss)
        self.accuracy.append(message.epoch, message.test_accuracy)
        for series, norm in zip(self.gradients, message.gradient_norms, strict=False):
            series.append(message.epoch, norm)
        for series, dead, width in zip(self.dead, message.dead, message.widths, strict=False):
            series.append(message.epoch, dead / max(width, 1))
