"""The curves of several runs in one plot: the current run as declared, behind it others in their own colours."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject

from gui.theme import run_token
from gui.widgets.curve import Stroke
from gui.widgets.curve_plot import CurvePlot
from gui.widgets.run_history import RunHistory
from gui.widgets.series import Series

BACKDROP = Stroke(width=1.5, opacity=0.8)
"""A curve behind the current run's; its colour is the run's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A curve that every run has."""

    key: str
    title: str
    stroke: Stroke
    backdrop: Stroke | None
    """How it looks in the backdrop, there in the run's own colour; `None` where it is not drawn there."""
    series: Callable[[RunHistory], Series]
    marked: bool = True
    """Whether its end bears the run's name, in the backdrop."""


class RunCurves(QObject):
    """Keeps a plot's curves in step with the runs; the curve of run A and kind `test` has the key `A.test`."""

    def __init__(self, plot: CurvePlot, kinds: Sequence[Kind]) -> None:
        super().__init__(plot)
        self._plot, self._kinds = plot, kinds
        self._keys: list[str] = []
        self._hidden: set[str] = set()
        self._hidden_runs: frozenset[str] = frozenset()
        self._front = ""

    def show_runs(self, current: RunHistory | None, backdrops: Sequence[RunHistory]) -> None:
        """Draw `current` over the others, of which a later one lies over an earlier."""
        for key in self._keys:
            self._plot.remove_curve(key)
        self._keys = []
        self._front = current.name if current else ""
        front = [(current, kind) for kind in self._kinds] if current else []
        for run, kind in front:
            if kind.backdrop is None:  # noise: it must not hide the others
                self._add(run, kind, kind.stroke)
        for run in backdrops:
            for kind in self._kinds:
                if kind.backdrop:
                    self._add(
                        run, kind, dataclasses.replace(kind.backdrop, color=run_token(run.color)), run.tag
                    )
        for run, kind in front:
            if kind.backdrop:
                self._add(run, kind, kind.stroke)

    def set_shown(self, kind: str, shown: bool) -> None:
        """Show or hide the curves of a kind, by its key."""
        (self._hidden.discard if shown else self._hidden.add)(kind)
        self._show_wanted()

    def hide_runs(self, runs: frozenset[str]) -> None:
        """Hide these runs and no others; the current one is drawn all the same."""
        self._hidden_runs = runs
        self._show_wanted()

    def _show_wanted(self) -> None:
        for key in self._keys:
            self._plot.set_shown(key, self._is_shown(*key.split(".")))

    def _is_shown(self, run: str, kind: str) -> bool:
        return kind not in self._hidden and (run == self._front or run not in self._hidden_runs)

    def _add(self, run: RunHistory, kind: Kind, stroke: Stroke, tag: str = "") -> None:
        key = f"{run.name}.{kind.key}"
        self._plot.add_curve(key, kind.title, kind.series(run), stroke, tag, marked=kind.marked)
        self._plot.set_shown(key, self._is_shown(run.name, kind.key))
        self._keys.append(key)
