"""The curves of several runs in one plot: the current run's in their own style, others behind it in their runs'
colours.
"""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject

from gui.look.theme import run_token
from gui.tabs.train.curves import Curves, GroupCurves
from gui.widgets.plots.curve import Stroke
from gui.widgets.plots.curve_plot import CurvePlot
from gui.widgets.plots.series import Band, Series

BACKDROP = Stroke(width=1.5, opacity=0.8)  # a curve behind the current run's; its colour is the run's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A curve that every run has, or those for which `is_there` is true."""

    key: str
    title: str
    stroke: Stroke
    # Its style behind the current run, in the colour of its own run; `None` where it is not drawn there.
    backdrop: Stroke | None
    series: Callable[[Any], Series | Band]  # takes `Curves` or, where there is a backdrop, `GroupCurves`
    marked: bool = True  # whether the run's name stands at its end, in the backdrop
    is_there: Callable[[Curves], bool] = lambda _: True


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
        kinds = [kind for kind in self._kinds if kind.is_there(current)] if current else []
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
                self._plot.add_curve(
                    key, curve.kind.title, curve.kind.series(curve.curves), curve.stroke, curve.tag, marked=curve.marked
                )
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
