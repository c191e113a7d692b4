"""Training that notes how fast it goes, on the engine's thread, so that nobody's delay is in it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

from engine.core.messages import Job
from engine.model.training.messages import EpochDone, StepsDone
from gui.state.training.run_controls import train


class TimedTraining:
    """Stands in for the job of training and knows of the last run that it trained."""

    def __init__(self) -> None:
        self._epochs: list[float] = []  # when each epoch ended, by `time.perf_counter`
        self.steps: list[tuple[float, int]] = []  # when each turn ended, and after which step

    def train(self, *what: Any, **how: Any) -> Job:
        """Return the job of training; it takes what that takes."""
        self._epochs, self.steps = [], []
        job = train(*what, **how)
        message = next(job)
        try:
            while True:
                changes = yield message
                message = job.send(changes)
                if isinstance(message, StepsDone):
                    self.steps.append((time.perf_counter(), message.last_step))
                elif isinstance(message, EpochDone):
                    self._epochs.append(time.perf_counter())
        except StopIteration:
            return
        finally:
            job.close()

    def epoch_seconds(self) -> list[float]:
        """Return how long each epoch took with its test, without the first, which compiles."""
        return [end - begin for begin, end in itertools.pairwise(self._epochs)]

    def steps_per_second(self, begin: float, end: float) -> float:
        """Return the speed between two times of the clock; 0 where fewer than two turns ended."""
        seen = [each for each in self.steps if begin <= each[0] <= end]
        if len(seen) < 2:
            return 0.0
        return (seen[-1][1] - seen[0][1]) / (seen[-1][0] - seen[0][0])

    def speed_while(self, act: Callable[[], object]) -> float:
        """Return how many steps a second were taken while something was done."""
        begin = time.perf_counter()
        act()
        return self.steps_per_second(begin, time.perf_counter())
