"""The curves of a run that is drawn, over epochs, and the marks where its live settings were changed."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Any

from engine.core.knobs import knobs
from engine.core.specs import TrainSpec
from engine.core.text import written
from engine.model.training.courses import EPOCHS_TRAINED, beyond_seed
from engine.model.training.messages import EpochDone
from gui.state.training.runs import Group, LiveChange, Run
from gui.tabs.train.run_row import group_key
from gui.widgets.plots.axis import say_power
from gui.widgets.plots.marks import Mark
from gui.widgets.plots.series import Band, EvenSeries, Series, SharedSeries
from gui.widgets.plots.smoothing import Smoothed

KNOBS = knobs(TrainSpec)


class Curves:
    """The curves of a run: views of what the model of the runs holds. They grow in place, so plots keep them."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.group: Group | None = None  # the group, where its runs are drawn one by one
        self.is_marked = True  # whether its name stands at its curves; many names would cover them
        self.steps, self.smoothed = EvenSeries(run.steps_per_epoch), Smoothed(run.steps_per_epoch)
        self.train, self.test, self.accuracy = SharedSeries(), SharedSeries(), SharedSeries()
        # Of the validation images: empty where the run holds out none.
        self.validation, self.validation_accuracy = SharedSeries(), SharedSeries()
        hidden = len(run.spec.hidden)
        # Gradient norm per layer, the last one included.
        self.gradients = [SharedSeries() for _ in range(hidden + 1)]
        # Share of neurons that never fire, per hidden layer.
        self.dead = [SharedSeries() for _ in range(hidden)]
        self.follow()

    @property
    def key(self) -> str:
        return self.run.name

    @property
    def end(self) -> int:
        return self.run.spec.epochs

    @property
    def unit(self) -> str:
        """The key of the switch that shows the curves: the run's, or its group's."""
        return group_key(self.group.name) if self.group else self.run.name

    @property
    def tag(self) -> str:
        return self.run.look.tag

    @property
    def color(self) -> int:
        return self.run.look.color

    @property
    def is_validated(self) -> bool:
        """Whether the run has, or will have, curves of validation images."""
        return bool(self.run.spec.validation) or self.run.tests.is_validated

    def follow(self) -> None:
        """Take in what the run has learned since the last call."""
        self.steps.show(self.run.losses)
        self.smoothed.follow(self.run.losses)
        tests = self.run.tests
        if len(tests) == len(self.accuracy):
            return
        epochs = tests.column("epoch")
        self.train.show(epochs, tests.column("train_loss"))
        self.test.show(epochs, tests.column("test_loss"))
        self.accuracy.show(epochs, tests.column("test_accuracy"))
        if tests.is_validated:
            self.validation.show(epochs, tests.column("validation_loss"))
            self.validation_accuracy.show(epochs, tests.column("validation_accuracy"))
        for layer, series in enumerate(self.gradients):
            series.show(*tests.gradient_norms(layer))
        for layer, series in enumerate(self.dead):
            series.show(*tests.dead_shares(layer))

    def smooth(self, weight: float) -> None:
        """Smooth the loss per step by `weight`; 0 frees the memory of the smoothed points."""
        if weight != self.smoothed.weight:
            self.smoothed.begin(weight)
            self.smoothed.follow(self.run.losses)

    def epoch_at(self, position: float | None) -> EpochDone | None:
        """Return the last whole epoch at or before `position`, in epochs; the newest of all for `None`."""
        tests = self.run.tests
        place = len(tests) if position is None else bisect_right(tests, position, key=lambda test: test.epoch)
        return tests[place - 1] if place else None

    def say_accuracy(self, position: float | None) -> str:
        """Return the accuracy at `position`, in epochs, or now: `97.41 % of 10,000`."""
        return self.run.say_short(self._step_at(position))

    def test_loss(self, position: float | None) -> float | None:
        """Return the test loss at `position`, in epochs, or now; `None` before the first test."""
        test = self.run.shown_test(self._step_at(position))
        return test.loss if test else None

    def _step_at(self, position: float | None) -> int:
        return self.run.newest if position is None else round(position * self.run.steps_per_epoch)

    def value_at(self, series: Series, position: float | None) -> float | None:
        epoch = self.epoch_at(position)
        place = bisect_left(series.x, epoch.epoch) if epoch else len(series)
        return float(series.y[place]) if place < len(series) else None


class GroupCurves:
    """The curves of a group as bands from the lowest to the highest of its runs; of repetitions also the mean.

    No deviations: that would assume how accuracies are distributed. A mean ends with the shortest of the runs.
    """

    def __init__(self, group: Group) -> None:
        self.group, self.extent = group, extent_of(group)
        self.run = group.runs[0]
        tests = [run.tests for run in group.runs if run.tests]
        epochs = [test.column("epoch") for test in tests]
        with_mean = set(beyond_seed(group.runs)) <= {EPOCHS_TRAINED}
        self.train, self.test, self.accuracy = (
            Band([*zip(epochs, (test.column(name) for test in tests), strict=True)], with_mean=with_mean)
            for name in ("train_loss", "test_loss", "test_accuracy")
        )
        self.end = max(run.spec.epochs for run in group.runs)
        self.key = self.unit = group_key(group.name)
        self.is_marked = True
        self.tag, self.color = group.tag, group.color


def extent_of(group: Group) -> tuple[Any, ...]:
    """Return what changes when a group's bands have to be made again."""
    looks = group.tag, group.color
    return (*looks, *((id(run), len(run.tests), len(run.changes)) for run in group.runs))


def live_marks(changes: Iterable[LiveChange], steps_per_epoch: int) -> list[Mark]:
    """Return a mark for each change; their places are in epochs."""
    return [
        Mark(
            change.step / steps_per_epoch,
            KNOBS[change.setting].title,
            _say(change.setting, change.before),
            _say(change.setting, change.after),
        )
        for change in changes
    ]


def _say(setting: str, value: float) -> str:
    if KNOBS[setting].percent:
        return f"{written(100 * value, '.4g')} %"
    return say_power(value, 4) or written(value, ".4g")
