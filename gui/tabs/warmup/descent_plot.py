"""The curves of the warm-up over its steps: the loss, and how far x is from the true inverse."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gui.tabs.warmup.log_series import LogSeries
from gui.widgets.curve import DASHES, Stroke
from gui.widgets.curve_plot import CurvePlot
from gui.widgets.series import Floats, Series

STROKES = {"loss": Stroke(color="curve_1"), "distance": Stroke(color="curve_2", dashes=DASHES[1])}
TITLES = {"loss": "loss", "distance": "distance"}

MANY, EVERY = 100_000, 8
"""Number of points beyond which a curve takes every n-th only: a run may take a hundred million steps."""

HELP = "Drag to move, turn the wheel to zoom, double-click to show everything."


class DescentPlot(CurvePlot):
    """Two curves; both axes are logarithmic unless a person chooses otherwise."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "Loss of the warm-up", across="step")
        self.setToolTip(HELP)
        self.log_across = False
        self._steps = 1
        self.clear_curves()
        self.set_log(True)
        self.set_log_across(True)

    def clear_curves(self) -> None:
        """Forget all points."""
        self._plain: dict[str, Series] = {key: Series() for key in STROKES}
        self._logs: dict[str, Series] = {key: LogSeries() for key in STROKES}
        shown = {key: curve.shown for key, curve in self.curves.items()}
        self._put_curves(shown)

    def extend(self, key: str, steps: Floats, values: Floats) -> None:
        """Add points after these `steps` (n,), from 1, to the curve `loss` or `distance`."""
        if len(self._plain[key]) > MANY and len(steps) > 1:
            steps, values = steps[::-EVERY][::-1], values[::-EVERY][::-1]
        self._plain[key].extend(steps, values)
        self._logs[key].extend(np.log10(steps), values)

    def set_steps(self, steps: int) -> None:
        """Let the horizontal axis reach to this number of steps."""
        self._steps = steps
        self.set_end(float(np.log10(steps)) if self.log_across else float(steps))

    def set_log_across(self, on: bool) -> None:
        """Choose a logarithmic horizontal axis or a linear one."""
        if on != self.log_across:
            self.log_across = on
            self._bottom.set_log(on)
            self._put_curves({key: curve.shown for key, curve in self.curves.items()})
            self.set_steps(self._steps)
            self.fit()

    def where(self, x: float) -> str:
        """Return a place on the horizontal axis in words: `step 1,200`."""
        return f"step {max(1, round(10**x if self.log_across else x)):,}"

    def numbers(self) -> Mapping[str, Series]:
        """Return the series behind the shown curves by title, over the steps themselves."""
        return {TITLES[key]: self._plain[key] for key, curve in self.curves.items() if curve.shown}

    def _put_curves(self, shown: Mapping[str, bool]) -> None:
        for key, stroke in STROKES.items():
            series = self._logs[key] if self.log_across else self._plain[key]
            self.add_curve(key, TITLES[key], series, stroke)
            self.curves[key].shown = shown.get(key, True)
