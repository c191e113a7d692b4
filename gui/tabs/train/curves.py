"""The curves of runs and groups over epochs, and those of several in one plot: the current run's before the others."""

import dataclasses
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject

from engine.core.frozen import Frozen
from engine.core.knobs import knobs
from engine.core.language import tr
from engine.core.specs import TrainSpec
from engine.core.text import written
from engine.model.training.courses import EPOCHS_TRAINED, beyond_seed
from engine.model.training.messages import EpochDone
from gui.look.theme import run_token
from gui.state.training.runs import Group, LiveChange, Run
from gui.tabs.train.run_row import group_key
from gui.widgets.plots.axis import say_power
from gui.widgets.plots.curve import Stroke
from gui.widgets.plots.curve_plot import CurvePlot
from gui.widgets.plots.marks import Mark
from gui.widgets.plots.series import Band, EvenSeries, Series, SharedSeries, Smoothed


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
        return bool(self.run.spec.validation) or self.run.epochs.is_validated

    def follow(self) -> None:
        """Take in what the run has learned since the last call."""
        self.steps.show(self.run.losses)
        self.smoothed.follow(self.run.losses)
        tests = self.run.epochs
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
        tests = self.run.epochs
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
        tests = [run.epochs for run in group.runs if run.epochs]
        epochs = [test.column("epoch") for test in tests]
        with_mean = set(beyond_seed(group.runs)) <= {tr(EPOCHS_TRAINED)}
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
    return (*looks, *((id(run), len(run.epochs), len(run.changes)) for run in group.runs))


def live_marks(changes: Iterable[LiveChange], steps_per_epoch: int) -> list[Mark]:
    """Return a mark for each change; their places are in epochs."""
    return [
        Mark(
            change.step / steps_per_epoch,
            knobs(TrainSpec)[change.setting].title,
            _say(change.setting, change.before),
            _say(change.setting, change.after),
        )
        for change in changes
    ]


def _say(setting: str, value: float) -> str:
    if knobs(TrainSpec)[setting].percent:
        return f"{written(100 * value, '.4g')} %"
    return say_power(value, 4) or written(value, ".4g")


BACKDROP = Stroke(width=1.5, opacity=0.8)  # a curve behind the current run's; its colour is the run's own


class Kind(Frozen):
    """A curve that every run has, or only those with validation images."""

    key: str
    title: str
    stroke: Stroke
    # Its style behind the current run, in the colour of its own run; `None` where it is not drawn there.
    backdrop: Stroke | None = None
    attribute: str = ""  # its name in `Curves` and, where there is a backdrop, in `GroupCurves`; by default the key
    marked: bool = True  # whether the run's name stands at its end, in the backdrop
    of_validation: bool = False
    spoken: str = ""  # its title for a screen reader, where that is not the same

    def series(self, curves: Curves | GroupCurves) -> Series | Band:
        return getattr(curves, self.attribute or self.key)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A curve as it should be drawn; an equal one that is drawn stays."""

    curves: Curves | GroupCurves
    kind: Kind
    stroke: Stroke
    tag: str = ""
    marked: bool = True

    @property
    def key(self) -> str:
        return f"{self.curves.key}.{self.kind.key}"


class RunCurves(QObject):
    """Keeps a plot's curves in step with the runs; the curve of run A and kind `test` has the key `A.test`."""

    def __init__(self, plot: CurvePlot, kinds: Sequence[Kind]) -> None:
        super().__init__(plot)
        self._plot, self._kinds = plot, kinds
        self._drawn: dict[str, _Wanted] = {}
        self._hidden: set[str] = set()
        self._hidden_units: frozenset[str] = frozenset()
        self._front = ""

    def show_runs(self, current: Curves | None, backdrops: Sequence[Curves | GroupCurves]) -> None:
        """Draw the backdrops in order, then `current`; groups as bands."""
        self._front = current.run.name if current else ""
        kinds = [kind for kind in self._kinds if current and (current.is_validated or not kind.of_validation)]
        front = [_Wanted(current, kind, kind.stroke) for kind in kinds] if current else []
        behind = [
            _Wanted(
                curves,
                kind,
                dataclasses.replace(kind.backdrop, color=run_token(curves.color)),
                curves.tag,
                kind.marked and curves.is_marked,
            )
            for curves in backdrops
            for kind in self._kinds
            if kind.backdrop
        ]
        # The faint loss per step goes below the others: it must not hide them.
        noise = [curve for curve in front if curve.stroke.opacity < 1]
        order = {curve.key: curve for curve in (*noise, *behind, *front)}
        for key in [key for key, curve in self._drawn.items() if order.get(key) != curve]:
            self._plot.remove_curve(key)
            del self._drawn[key]
        for key, curve in order.items():
            if key not in self._drawn:
                kind, series = curve.kind, curve.kind.series(curve.curves)
                tag, marked, spoken = curve.tag, curve.marked, tr(kind.spoken)
                self._plot.add_curve(key, tr(kind.title), series, curve.stroke, tag, marked=marked, spoken=spoken)
        self._drawn = order
        self._plot.arrange(list(order))
        self._show_wanted()

    def set_shown(self, kind: str, shown: bool) -> None:
        (self._hidden.discard if shown else self._hidden.add)(kind)
        self._show_wanted()

    def hide_units(self, units: frozenset[str]) -> None:
        """Hide the runs and groups with these keys, and no others; never the current run."""
        self._hidden_units = units
        self._show_wanted()

    def _show_wanted(self) -> None:
        for key, curve in self._drawn.items():
            self._plot.set_shown(key, self._is_shown(curve))

    def _is_shown(self, curve: _Wanted) -> bool:
        if curve.kind.key in self._hidden:
            return False
        return curve.curves.key == self._front or curve.curves.unit not in self._hidden_units
