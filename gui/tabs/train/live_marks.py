"""Marks in a run's plots where its live settings were changed."""

from __future__ import annotations

from collections.abc import Iterable

from engine.core.knobs import knobs
from engine.core.numbers import written
from engine.core.specs import TrainSpec
from gui.state.training.runs import LiveChange
from gui.widgets.plots.axis import say_power
from gui.widgets.plots.marks import Mark

KNOBS = knobs(TrainSpec)


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
