"""The progress of the warm-up: its curves; the last step in three matrices; x beside the true inverse."""

from collections.abc import Callable, Mapping

import numpy as np
from PySide6.QtCore import QObject, QRect, Signal

from engine.analysis.warmup.job import WarmupFinished, WarmupStarted, WarmupSteps, learn_inverse
from engine.analysis.warmup.spec import WarmupSpec
from engine.core.language import mark, tr
from engine.core.lazy import Array
from gui.look.first_look import rarely
from gui.look.layout import SPRING, add, hbox, holder, stack
from gui.state.link.bridge import Bridge
from gui.state.link.steered import AUTOMATIC, ONE, ControlledJob
from gui.tabs.warmup.equation_panel import in_a_row, loss_words, scale_of
from gui.tabs.warmup.matrix_part import MatrixPart
from gui.widgets.forms.controls import Segments, icon_button
from gui.widgets.panel import Panel
from gui.widgets.plots.chart import Cell
from gui.widgets.plots.curve import DASHES, Stroke
from gui.widgets.plots.curve_plot import CurvePlot
from gui.widgets.plots.legend import Legend, PlotTools
from gui.widgets.plots.number_map import NumberMap
from gui.widgets.plots.series import Floats, Series

PAGES = {
    "loss": (mark("Loss"), mark("The loss, and the largest error of x, over the steps.")),
    "gradient": (mark("Gradient"), mark("What the last step did: the error, its gradient, and the change of x.")),
    "inverse": (mark("Inverse"), mark("x beside the true inverse, and the difference.")),
}

FIGURES = {
    "loss": mark("Loss of the warm-up"),
    "gradient": mark("Gradient of the warm-up"),
    "inverse": mark("Inverse of the warm-up"),
}

WIDEST = "0.0000"

GRADIENT = {
    "residue": ("x A − I", mark("the error, before the last step")),
    "gradient": (mark("Gradient"), mark("of the loss, by each number of x")),
    "change": (mark("Change"), mark("x ← x + change, by the optimiser")),
}

INVERSE = {
    "x": ("x", mark("what is learned")),
    "inverse": ("A⁻¹", mark("the true inverse")),
    "difference": ("x − A⁻¹", mark("what is still to be learned")),
}

STROKES = {"loss": Stroke(color="curve_1"), "distance": Stroke(color="curve_2", dashes=DASHES[1])}
TITLES = {"loss": mark("loss"), "distance": mark("largest error of x")}

# A curve of more points takes every n-th only: a run may take a hundred million steps.
MANY, EVERY = 100_000, 8

HELP = mark("Drag to move, turn the wheel to zoom, double-click to show everything.")


class DescentPanel(Panel):
    """Three pages; only the one that is seen is filled."""

    shows_lens = False

    pointed = Signal(object)  # the `Cell` of x whose gradient or change is pointed at; `None` for none

    def __init__(self) -> None:
        super().__init__("", "warmup.descent", spoken=tr("How it goes"))
        self.plot = DescentPlot("warmup.plot")
        self.legend = Legend("warmup.legend")
        for key, stroke in STROKES.items():
            self.legend.add(key, tr(TITLES[key]), stroke, WIDEST)
        self.tools = PlotTools(self.plot)
        self.across = icon_button(
            "warmup.plot.across", "log-across", tr("Logarithmic axis of the steps"), checkable=True
        )
        self.across.setChecked(True)
        self.across.toggled.connect(self.plot.set_log_across)
        self.pages = Segments("warmup.pages", PAGES)
        self.gradient = _parts("warmup.gradient", GRADIENT)
        self.inverse = _parts("warmup.inverse", INVERSE)
        across = holder(hbox(self.across))  # which is hidden on the other pages
        add(self.head, (hbox(self.pages, SPRING, self.legend, gap="small"), 1), hbox(across, self.tools, gap="small"))
        rarely(across)
        self._stack = stack(
            self.plot,
            in_a_row(list(self.gradient.values()), ("→", "→")),
            in_a_row(list(self.inverse.values()), ("−", "=")),
        )
        self.body.addWidget(self._stack)
        self._started: WarmupStarted | None = None
        self._latest: WarmupSteps | None = None
        self.legend.switched.connect(self.plot.set_shown)
        self.pages.chosen.connect(self._show_page)
        for key in ("gradient", "change"):
            self.gradient[key].map.pointed.connect(self._mark_makers)
        self._show_page("loss")

    def begin(self, message: WarmupStarted) -> None:
        """Show a matrix before the first step."""
        self._started, self._latest = message, None
        self.plot.clear_curves()
        self.plot.set_steps(message.spec.steps)
        for key in STROKES:
            self.legend.set_value(key, "")
        self._fill()

    def add(self, message: WarmupSteps) -> None:
        """Add points to the curves. Cheap: nothing is drawn."""
        self.plot.extend("loss", message.numbers, message.losses)
        if np.isfinite(message.distance):
            self.plot.extend("distance", np.array([message.step]), np.array([message.distance]))

    def show_steps(self, message: WarmupSteps) -> None:
        self._latest = message
        self.legend.set_value("loss", loss_words(message.loss))
        self.legend.set_value("distance", loss_words(message.distance))
        self._fill()

    def figure_title(self) -> str:
        return tr(FIGURES[self.pages.key])

    def explain(self, explain: Callable[[Cell], str]) -> None:
        """Let the tooltips of gradient and change explain how a number of x was computed."""
        for key in ("gradient", "change"):
            self.gradient[key].map.explain = explain

    def _mark_makers(self, cell: Cell | None) -> None:
        """Frame what a number of the gradient is computed from: a row of the error here, by the signal a row of A."""
        numbers = self.gradient["residue"].map.numbers
        size = 0 if numbers is None else len(numbers)
        self.gradient["residue"].map.mark(QRect() if cell is None else QRect(0, cell.row, size, 1))
        for key in ("gradient", "change"):
            self.gradient[key].map.mark(QRect() if cell is None else QRect(cell.column, cell.row, 1, 1))
        self.pointed.emit(cell)

    def _show_page(self, page: str) -> None:
        self._stack.setCurrentIndex(list(PAGES).index(page))
        for widget in (self.legend, self.tools, self.across):
            widget.setVisible(page == "loss")
        self._fill()

    def _fill(self) -> None:
        started, message = self._started, self._latest
        if started is None:
            return
        if self.pages.key == "loss":
            self.plot.schedule()
        elif self.pages.key == "gradient":
            for key, part in self.gradient.items():
                part.set_caption(tr(GRADIENT[key][1]) if message else tr("One step, and it is here."))
                numbers = getattr(message, key, None)
                part.map.show_numbers(numbers, 1.0 if numbers is None else scale_of(numbers))
                part.refresh()
        else:
            inverse = started.inverse
            x = np.zeros_like(started.matrix) if message is None else message.x
            difference = None if inverse is None else x - inverse
            self.inverse["inverse"].set_caption(
                tr("There is no inverse.") if inverse is None else tr("the true inverse")
            )
            for key, numbers in (("x", x), ("inverse", inverse), ("difference", difference)):
                self.inverse[key].map.show_numbers(numbers, 1.0 if numbers is None else scale_of(numbers))
                self.inverse[key].refresh()


def _parts(name: str, parts: Mapping[str, tuple[str, str]]) -> dict[str, MatrixPart]:
    shown = {key: (tr(title), tr(caption)) for key, (title, caption) in parts.items()}
    return {
        key: MatrixPart(f"{name}.{key}", title, caption, NumberMap(f"{name}.{key}", title, f"{title}: {caption}."))
        for key, (title, caption) in shown.items()
    }


class DescentPlot(CurvePlot):
    """Two curves; both axes are logarithmic by default."""

    def __init__(self, name: str) -> None:
        super().__init__(name, tr("Loss of the warm-up"), across="step")
        self.setToolTip(tr(HELP))
        self.log_across = False
        self._steps = 1
        for key, stroke in STROKES.items():
            self.add_curve(key, tr(TITLES[key]), Series(), stroke)
        self.clear_curves()
        self.set_log(True)
        self.set_log_across(True)

    def clear_curves(self) -> None:
        self._plain: dict[str, Series] = {key: Series() for key in STROKES}
        self._logs: dict[str, Series] = {key: LogSeries() for key in STROKES}
        self._put_curves()

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
        if on != self.log_across:
            self.log_across = on
            self._bottom.set_log(on)
            self._put_curves()
            self.set_steps(self._steps)
            self.fit()

    def where(self, x: float) -> str:
        """Return a place on the horizontal axis in words: `step 1,200`."""
        return tr("step {step:,}", step=max(1, round(10**x if self.log_across else x)))

    def numbers(self) -> Mapping[str, Series]:
        return {tr(TITLES[key]): self._plain[key] for key, curve in self.curves.items() if curve.shown}

    def _put_curves(self) -> None:
        for key, series in (self._logs if self.log_across else self._plain).items():
            self.set_series(key, series)


class LogSeries(Series):
    """A series over logarithms: the room of its points does not follow from their number."""

    def extremes(self, left: float, right: float, columns: int) -> tuple[Floats, Floats]:
        """Return lowest and highest y of each of the `columns` between `left` and `right`.

        Columns are counted from zero, so they stay where they are when points are added.
        """
        first = max(self._place(left, "left") - 1, 0)
        last = min(self._place(right, "left") + 1, len(self))
        x, y = self.x[first:last], self.y[first:last]
        if len(x) <= 2 * columns or not right > left:
            return x, y
        places = np.floor(x * (columns / (right - left)))
        starts = np.flatnonzero(np.diff(places, prepend=places[0] - 1))
        pairs = np.empty((len(starts), 2))
        pairs[:, 0], pairs[:, 1] = np.fmin.reduceat(y, starts), np.fmax.reduceat(y, starts)
        return np.repeat(x[starts], 2), pairs.ravel()


class Descent(ControlledJob):
    """The warm-up's job. It begins paused before the first step: the matrix is there, nothing is learned."""

    started = Signal(object)  # the `WarmupStarted`
    stepped = Signal(object)  # a `WarmupSteps`
    finished = Signal(object)  # the `WarmupFinished`

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(bridge, parent)
        self.pace: float | None = None  # slow motion, in steps a second; `None` for full speed
        bridge.listen(WarmupStarted, self.started.emit, self.job)
        bridge.listen(WarmupSteps, self.stepped.emit, self.job)
        bridge.listen(WarmupFinished, self.finished.emit, self.job)

    def begin(self, spec: WarmupSpec, matrix: Array | None) -> None:
        """Start over with a matrix (size, size), or with the one that the spec draws; run on if one was running."""
        goes_on = self.state == "running"
        self._stop_job()
        with self._bridge.runner.together:
            self._job = self._bridge.ask(learn_inverse, spec, matrix)
            if goes_on:
                self._apply_pace()
            else:
                self._bridge.runner.step(self._job, WarmupStarted)
        self._set_state("running" if goes_on else "resting")

    def learn(self) -> None:
        if self._job is not None:
            self._apply_pace()
            self._bridge.runner.resume(self._job)

    def step(self) -> None:
        if self._job is not None:
            self._bridge.runner.pace(self._job, None)
            self._bridge.runner.change(self._job, ONE)
            self._bridge.runner.step(self._job, WarmupSteps)

    def set_pace(self, steps_per_second: float | None) -> None:
        """Set the number of steps a second; `None` for full speed."""
        self.pace = steps_per_second
        if self.state == "running":
            self._apply_pace()

    def _apply_pace(self) -> None:
        assert self._job is not None
        self._bridge.runner.change(self._job, ONE if self.pace else AUTOMATIC)
        self._bridge.runner.pace(self._job, self.pace)
