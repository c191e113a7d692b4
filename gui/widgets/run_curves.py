"""The curves of several runs in one plot: the current run as declared, older ones faint and with their name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject

from gui.widgets.curve import Stroke
from gui.widgets.curve_plot import CurvePlot
from gui.widgets.run_history import RunHistory
from gui.widgets.series import Series

FAINT = 0.4
"""Opacity of an older run's curves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A curve that every run has."""

    key: str
    title: str
    stroke: Stroke
    series: Callable[[RunHistory], Series]
    kept: bool = True
    """Whether it stays when the run has become an older one."""


class RunCurves(QObject):
    """Keeps a plot's curves in step with the runs; the curve of run A and kind `test` has the key `A.test`."""

    def __init__(self, plot: CurvePlot, kinds: Sequence[Kind]) -> None:
        super().__init__(plot)
        self._plot, self._kinds = plot, kinds
        self._runs: list[RunHistory] = []
        self._hidden: set[str] = set()

    def begin(self, history: RunHistory) -> None:
        """Draw a new run over all others."""
        if self._runs:
            self._age(self._runs[-1])
        self._runs.append(history)
        for kind in self._kinds:
            self._plot.add_curve(_key(history, kind), kind.title, kind.series(history), kind.stroke)
        self._update()

    def forget(self, run: str) -> None:
        """Draw a run no more."""
        for history in [history for history in self._runs if history.name == run]:
            self._runs.remove(history)
            for kind in self._kinds:
                self._plot.remove_curve(_key(history, kind))

    def set_shown(self, what: str, shown: bool) -> None:
        """Show or hide all of a run, or all of a kind."""
        (self._hidden.discard if shown else self._hidden.add)(what)
        self._update()

    def _age(self, history: RunHistory) -> None:
        for kind in self._kinds:
            self._plot.remove_curve(_key(history, kind))
            if kind.kept:
                stroke = dataclasses.replace(kind.stroke, width=1.5, opacity=FAINT)
                self._plot.add_curve(
                    _key(history, kind), kind.title, kind.series(history), stroke, tag=history.name
                )

    def _update(self) -> None:
        for history in self._runs:
            for kind in self._kinds:
                key = _key(history, kind)
                if key in self._plot.curves:
                    self._plot.set_shown(key, not self._hidden & {history.name, kind.key})


def _key(history: RunHistory, kind: Kind) -> str:
    return f"{history.name}.{kind.key}"
