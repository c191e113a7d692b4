"""The loss over epochs: each step, each epoch's mean, the test; of the current run and of older ones."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QToolButton

from gui.icons import icon
from gui.widgets.curve import Stroke
from gui.widgets.curve_plot import CurvePlot
from gui.widgets.empty_state import EmptyState
from gui.widgets.legend import Legend
from gui.widgets.panel import Panel
from gui.widgets.plot_tools import PlotTools
from gui.widgets.run_curves import Kind, RunCurves
from gui.widgets.run_history import RunHistory

STEPS = Kind(
    key="steps",
    title="train, per step",
    stroke=Stroke(color="faint", width=1, opacity=0.3),
    series=lambda run: run.steps,
    kept=False,
)
TRAIN = Kind(key="train", title="train", stroke=Stroke(color="curve_1"), series=lambda run: run.train)
TEST = Kind(key="test", title="test", stroke=Stroke(color="curve_2"), series=lambda run: run.test)

OLDER_RUN = Stroke(color="faint", opacity=0.7)
WIDEST = "0.000"


class LossPanel(Panel):
    """A plot with its legend, switches for older runs, and the empty state before the first run."""

    runSwitched = Signal(str, bool)
    """An older run is to be shown or hidden."""
    clearWanted = Signal()
    """The older runs' curves are to be forgotten."""

    def __init__(self) -> None:
        super().__init__("Loss", "train.loss.panel")
        self.plot = CurvePlot("train.loss.plot", "Loss")
        self.plot.set_log(True)
        self.curves = RunCurves(self.plot, (STEPS, TRAIN, TEST))
        self.legend = Legend("train.loss.legend")
        for kind in (STEPS, TRAIN, TEST):
            self.legend.add(kind.key, kind.title, kind.stroke, "" if kind is STEPS else WIDEST)
        self.older = Legend("train.loss.runs")
        self.clear = self._make_clear()
        self.tools = PlotTools(self.plot)
        self.empty = EmptyState(
            "train.empty", "Press Start to train the network and watch it learn.", "Start"
        )
        self._current: RunHistory | None = None
        self._position: float | None = None

        self.head.setSpacing(4)
        self.head.addSpacing(8)
        self.head.addWidget(self.older)
        self.head.addWidget(self.clear)
        self.head.addStretch(1)
        self.head.addWidget(self.legend)
        self.head.addWidget(self.tools)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self.plot)
        self.body.addWidget(self._pages)
        self._show_plot(False)

        self.legend.switched.connect(self.curves.set_shown)
        self.older.switched.connect(self.curves.set_shown)
        self.older.switched.connect(self.runSwitched)
        self.clear.clicked.connect(self.clearWanted)

    def begin(self, history: RunHistory) -> None:
        """Draw a new run; the one before becomes an older one."""
        if self._current is not None:
            name = self._current.name
            self.older.add(name, name, OLDER_RUN).setToolTip(f"Show or hide run {name}")
        self._current = history
        self.set_title(f"Loss · run {history.name}")
        self.curves.begin(history)
        self.clear.setVisible(bool(self.older.switches))
        self._show_plot(True)
        self.refresh()

    def forget(self, run: str) -> None:
        """Draw an older run no more."""
        self.curves.forget(run)
        self.older.remove(run)
        self.clear.setVisible(bool(self.older.switches))

    def end(self) -> None:
        """Forget the current run too: there is none any more."""
        self._current, self._position = None, None
        self.set_title("Loss")
        self._show_plot(False)

    def look_at(self, position: float | None) -> None:
        """Let the legend tell the figures at `position`, in epochs; the newest for `None`."""
        self._position = position
        self._show_figures()

    def refresh(self) -> None:
        """Draw soon what the run has learned meanwhile."""
        if self._current is not None:
            self._show_figures()
            self.plot.schedule()

    def _show_figures(self) -> None:
        run = self._current
        for kind in (TRAIN, TEST):
            value = run.value_at(kind.series(run), self._position) if run else None
            self.legend.set_value(kind.key, "" if value is None else say_loss(value))

    def _show_plot(self, on: bool) -> None:
        self._pages.setCurrentWidget(self.plot if on else self.empty)
        self.legend.setVisible(on)
        self.tools.setVisible(on)

    def _make_clear(self) -> QToolButton:
        button = QToolButton()
        button.setObjectName("train.loss.clear")
        button.setIcon(icon("clear", "muted"))
        button.setToolTip("Forget the curves of the older runs")
        button.setAccessibleName("Forget the curves of the older runs")
        button.setFixedSize(26, 26)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.hide()
        return button


def say_loss(value: float) -> str:
    """Return a loss with three decimals while that says something."""
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.3g}"
