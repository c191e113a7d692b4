"""The loss over epochs: each step, each epoch's mean, the test; of the current run and of those behind it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QToolButton

from engine.base.numbers import written
from gui.look.icons import icon
from gui.look.plain import plain_tip
from gui.look.text_size import sized
from gui.look.theme import run_token, theme
from gui.tabs.train.curves import Curves
from gui.tabs.train.run_curves import BACKDROP, Kind, RunCurves
from gui.widgets.axis import say_power
from gui.widgets.curve import DASHES, Stroke
from gui.widgets.curve_plot import CurvePlot
from gui.widgets.empty_state import EmptyState
from gui.widgets.legend import Legend
from gui.widgets.panel import Panel
from gui.widgets.plot_tools import PlotTools

STEPS = Kind(
    key="steps",
    title="train, per step",
    stroke=Stroke(color="faint", width=1, opacity=0.3),
    backdrop=None,
    series=lambda curves: curves.steps,
)
TRAIN = Kind(
    key="train",
    title="train",
    stroke=Stroke(color="curve_1"),
    backdrop=BACKDROP,
    series=lambda curves: curves.train,
    marked=False,  # the test's curve has the same colour, and two names would be one too many
)
TEST = Kind(
    key="test",
    title="test",
    stroke=Stroke(color="curve_2", dashes=DASHES[1]),
    backdrop=dataclasses.replace(BACKDROP, dashes=DASHES[1]),
    series=lambda curves: curves.test,
)

WIDEST = "0.000"
INVITATION = "Press Start to train the network and watch it learn."
GAPS = 60
"""The head's own room, beside title, legends and tools."""


class LossPanel(Panel):
    """A plot with its legend, switches for the runs behind, and the empty state before the first run."""

    unpinWanted = Signal(list)
    """The curves of these runs, by name, are to go."""
    runSwitched = Signal(str, bool)
    """The curves of a run behind are to be shown or hidden; its switch stays."""

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
        self.empty = EmptyState("train.empty", INVITATION)
        self._current: Curves | None = None
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
        theme().changed.connect(self._fit)

        self.legend.switched.connect(self.curves.set_shown)
        self.older.switched.connect(self.runSwitched)
        self.clear.clicked.connect(lambda: self.unpinWanted.emit(list(self.older.switches)))

    def show_runs(
        self,
        current: Curves | None,
        backdrops: Sequence[Curves],
        hidden: frozenset[str] = frozenset(),
    ) -> None:
        """Draw `current`, if there is one, in front of the others; of these the `hidden` have a switch alone."""
        self._current = current
        self.curves.show_runs(current, backdrops)
        self.older.clear()
        for look in (each.run.look for each in backdrops):
            stroke = dataclasses.replace(BACKDROP, color=run_token(look.color))
            switch = self.older.add(look.name, look.tag, stroke, shown=look.name not in hidden)
            switch.setAccessibleName(f"Show run {look.label}")
            told = f"Show or hide run {look.label}; its eye in the list of runs takes it out of the plots"
            switch.setToolTip(plain_tip(told))
        self._show_plot(current is not None)
        self._fit()
        self.refresh()

    def show_start(self, why_not: str) -> None:
        """Offer to start the first run, or say why that cannot be done now: a sentence, empty where it can."""
        self.empty.say(why_not or INVITATION)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say less where there is less room."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Leave out the run's name, then the switches of the runs behind: the list of runs and the curves have them."""
        self._title.ensurePolished()
        measure = self._title.fontMetrics().horizontalAdvance
        older = self.older.sizeHint().width() + self.clear.width() if self.older.switches else 0
        room = self.width() - GAPS - self.legend.sizeHint().width() - self.tools.sizeHint().width()
        title = _title(self._current)
        self.set_title(title if measure(title) + older <= room else "Loss")
        for each in (self.older, self.clear):
            each.setVisible(bool(older) and measure("Loss") + older <= room)

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
        shown = self._current
        for kind in (TRAIN, TEST):
            value = shown.value_at(kind.series(shown), self._position) if shown else None
            self.legend.set_value(kind.key, "" if value is None else say_loss(value))

    def _show_plot(self, on: bool) -> None:
        self._pages.setCurrentWidget(self.plot if on else self.empty)
        self.legend.setVisible(on)
        self.tools.setVisible(on)

    def _make_clear(self) -> QToolButton:
        button = QToolButton()
        button.setObjectName("train.loss.clear")
        button.setIcon(icon("close", "muted"))
        sized(button.setIconSize, QSize(16, 16))
        button.setToolTip("Hide all other runs from the plots")
        button.setAccessibleName("Hide all other runs from the plots")
        sized(button.setFixedSize, 26, 26)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.hide()
        return button


def _title(shown: Curves | None) -> str:
    if shown is None:
        return "Loss"
    look = shown.run.look
    return f"Loss · {look.label}" if look.title == look.tag else f"Loss · run {look.name}"


def say_loss(value: float) -> str:
    """Return a loss with three decimals while that says something."""
    if abs(value) < 10:
        return written(value, ".3f")
    return say_power(value, 3) or written(value, ".3g" if abs(value) < 1000 else ",.0f")
