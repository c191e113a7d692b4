"""The loss over epochs of the current run and of those behind it: each step, each epoch's mean, the test."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSlider, QSpacerItem, QWidget, QWidgetAction

from engine.core.language import mark, tr, tr_context, tr_plural
from engine.core.specs import loss_words
from engine.core.text import written
from gui.look.fonts import sized
from gui.look.layout import SPRING, add, hbox, stack, vbox
from gui.look.theme import run_token, theme
from gui.look.words import figure, named, plain_tip, set_figure, start, words
from gui.state.settings import settings
from gui.tabs.train.curves import BACKDROP, Curves, GroupCurves, Kind, RunCurves
from gui.widgets.empty_state import EmptyState
from gui.widgets.forms.controls import icon_button
from gui.widgets.panel import Panel
from gui.widgets.plots.axis import say_power
from gui.widgets.plots.curve import DASHES, Stroke
from gui.widgets.plots.curve_plot import CurvePlot
from gui.widgets.plots.legend import Legend, PlotTools
from gui.widgets.plots.marks import Spot
from gui.widgets.plots.series import Series

STEPS = Kind(
    key="steps",
    title=mark("train, per step"),
    stroke=Stroke(color="faint", width=1, opacity=0.3),
    spoken=mark("training loss per step"),
)
# As dense as it is, a wider line takes ten times as long to paint.
SMOOTHED = Kind(
    key="smoothed",
    title=mark("train, smoothed"),
    stroke=Stroke(color="text", width=1),
    spoken=mark("smoothed training loss"),
)
# Not marked: the test curve has the same colour and bears the name.
TRAIN = Kind(
    key="train",
    title=mark("train"),
    stroke=Stroke(color="curve_1"),
    backdrop=BACKDROP,
    marked=False,
    spoken=mark("training loss"),
)
TEST = Kind(
    key="test",
    title=mark("test"),
    stroke=Stroke(color="curve_2", dashes=DASHES[1]),
    backdrop=dataclasses.replace(BACKDROP, dashes=DASHES[1]),
    spoken=mark("test loss"),
)
VALIDATION = Kind(
    key="validation",
    title=mark("validation"),
    stroke=Stroke(color="curve_3", dashes=DASHES[2]),
    of_validation=True,
    spoken=mark("validation loss"),
)

CLEAR = Stroke(color="muted", width=1.5)  # the loss per step while each step is shown
FOLLOWED = 100  # number of newest steps that are shown while the run goes step by step
KEY = mark("solid: train, dashed: test")  # the two lines of a run in the backdrop
WIDEST = "0.0000"
INVITATION = mark("Press Start to train the network and watch it learn.")
TITLE_GAP = 8
GAPS = 60  # the head's own gaps, beside title, legends and tools


class LossPanel(Panel):
    """A plot with its legend, switches for the runs behind, and the empty state before the first run."""

    shows_lens = False

    unpinWanted = Signal(list)  # names of runs and groups that are to be unpinned

    def __init__(self) -> None:
        super().__init__(tr("Loss"), "train.loss.panel")
        self.plot = CurvePlot("train.loss.plot", tr("Loss"))
        self.plot.set_log(True)
        self.curves = RunCurves(self.plot, (STEPS, SMOOTHED, TRAIN, VALIDATION, TEST))
        self.legend = Legend("train.loss.legend")
        for kind in (STEPS, TRAIN, VALIDATION, TEST):
            self.legend.add(kind.key, tr(kind.title), kind.stroke, "" if kind is STEPS else WIDEST)
        self.older = Legend("train.loss.runs")
        self.clear = icon_button("train.loss.clear", "close", tr("Hide all other runs from the plots"))
        self.clear.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clear.hide()
        self.smoothing = Smoothing("train.loss.smoothing", self)
        self.tools = PlotTools(self.plot, more=self.smoothing, about=tr("smoothing"))
        self.step = named(
            figure(look="figure"), "train.loss.step", tip=tr("The newest step, and the loss of its batch")
        )
        self.step.setAlignment(start())
        self.key = named(words(tr(KEY), "caption"), "train.loss.key")
        self._is_stepping = False
        self.empty = EmptyState("train.empty", tr(INVITATION))
        self._current: Curves | None = None
        self._position: float | None = None
        self._is_test_shown = True
        # The run whose lowest test loss is marked, and how many tests it had then.
        self._searched: tuple[Curves | None, int] = None, 0

        self.head.setSpacing(4)
        self._gap = QSpacerItem(TITLE_GAP, 0)
        self.head.addItem(self._gap)
        add(self.head, self.step, self.older, self.clear, self.key, SPRING, self.legend, self.tools)
        self._pages = stack(self.empty, self.plot)
        self.body.addWidget(self._pages)
        self._show_plot(False)
        self._show_looks()
        theme().changed.connect(self._fit)
        self.plot.fittedChanged.connect(self._fit)
        self.plot.drawing.connect(self._take_in)

        self.legend.switched.connect(self._switch)
        self.smoothing.smoothed.connect(self._smooth)
        self.clear.clicked.connect(lambda: self.unpinWanted.emit(list(self.older.switches)))

    def show_runs(
        self, current: Curves | None, backdrops: Sequence[Curves | GroupCurves], hidden: frozenset[str] = frozenset()
    ) -> None:
        """Draw `current`, if there is one, in front of the others; of those in `hidden` only the switch is shown.

        A group has one switch, whether it is drawn as a band or run by run.
        """
        for curves in backdrops:
            if isinstance(curves, Curves):
                curves.smooth(0)
        if current is not self._current:
            self._current = current
            self._follow()
        if current is not None:
            current.smooth(self.smoothing.weight)
        self.legend.switches[VALIDATION.key].setVisible(current is not None and current.is_validated)
        self.curves.show_runs(current, backdrops)
        self._show_looks()
        self.older.clear()
        for curves in backdrops:
            unit = curves.unit
            if unit in self.older.switches:
                continue
            stroke = dataclasses.replace(BACKDROP, color=run_token(curves.color))
            below = dataclasses.replace(stroke, dashes=DASHES[1])
            group = curves.group
            name = group.name if group else tr("run {run}", run=curves.run.look.label)
            tag = group.tag if group else curves.tag
            switch = self.older.add(unit, tag, stroke, shown=unit not in hidden, below=below)
            switch.setAccessibleName(tr("Show {name}", name=name))
            tip = tr(
                "Show or hide {name} ({key}); its eye in the list of runs hides it from the plots",
                name=name,
                key=tr(KEY),
            )
            switch.setToolTip(plain_tip(tip))
        self._show_plot(current is not None)
        self._fit()
        self.refresh()

    def set_stepping(self, on: bool) -> None:
        """Show the last steps of the current run and the figures of each; or all of the run again."""
        if on != self._is_stepping:
            self._is_stepping = on
            self._follow()
            self._show_looks()
            self._show_step()
            self._fit()

    def show_start(self, why_not: str) -> None:
        """Offer to start the first run; `why_not` says why that cannot be done now, empty where it can."""
        self.empty.say(why_not or tr(INVITATION))

    def _fit(self) -> None:
        """Leave out what has no room: the key of the lines, then the run's name, then the switches of the runs behind.

        The list of runs and the ends of the curves say the same. While each step is shown, its figures come first.
        """
        self._title.ensurePolished()
        measure = self._title.fontMetrics().horizontalAdvance
        # Not the legend's own hint: that of a new switch is in it once the switch is shown.
        older = sum(switch.sizeHint().width() for switch in self.older.switches.values())
        older += self.clear.width() if older else 0
        room = self.width() - GAPS - self.tools.sizeHint().width()
        step = self.step.width() if self._is_stepping else 0
        legend = self.legend.sizeHint().width()
        self.legend.setVisible(self._current is not None and step + legend <= room)
        room -= legend + step
        titles = _titles(self._current)
        self.set_title(next((text for text in titles if measure(text) + older <= room), titles[-1]))
        self.plot.setAccessibleName(titles[0])
        self._title.setToolTip(plain_tip(titles[0]))
        self._title.setVisible(not step)
        self._gap.changeSize(0 if step else TITLE_GAP, 0)
        self.head.invalidate()
        least = 0 if step else measure(titles[-1])
        for widget in (self.older, self.clear):
            widget.setVisible(bool(older) and least + older <= room)
        room -= older + (0 if step else measure(self._title.text()))
        self.key.ensurePolished()
        self.key.setVisible(bool(older) and self.key.sizeHint().width() <= room)
        self.step.setVisible(bool(step))

    def look_at(self, position: float | None) -> None:
        """Show in the legend the figures at `position`, in epochs; the newest for `None`."""
        self._position = position
        self._show_figures()

    def refresh(self) -> None:
        """Schedule a drawing of what the run has learned meanwhile."""
        if self._current is not None:
            self._show_figures()
            self.show_steps()

    def show_steps(self) -> None:
        """Schedule a drawing of new steps: all other figures are those of whole epochs."""
        if self._current is not None:
            self._show_step()
            self.plot.schedule()

    def _take_in(self) -> None:
        """Take in what the current run has learned since the last drawing, and mark what is best now."""
        if self._current is not None:
            self._current.follow()
        self._show_best()

    def _show_figures(self) -> None:
        shown = self._current
        test_loss = shown.test_loss(self._position) if shown else None
        self.legend.set_value(TEST.key, "" if test_loss is None else say_loss(test_loss))
        for kind in (TRAIN, VALIDATION):
            series = kind.series(shown) if shown else None
            value = shown.value_at(series, self._position) if shown and isinstance(series, Series) else None
            self.legend.set_value(kind.key, "" if value is None else say_loss(value))

    def _show_best(self) -> None:
        """Mark the lowest test loss, or validation loss where there is one, if a later one was higher."""
        test, run = Series(), self._current
        if run is not None and self._is_test_shown:
            test = run.validation if len(run.validation) else run.test
        if (self._current, len(test)) != self._searched:
            self._searched = self._current, len(test)
            finite = np.where(np.isfinite(test.y), test.y, np.inf)
            place = int(finite.argmin()) if len(test) else 0
            is_past = place < len(test) - 1 and np.isfinite(finite[place])
            epoch = test.x[place] if is_past else 0
            lowest = tr("lowest, epoch {epoch:g}", epoch=epoch)
            self.plot.set_best(Spot(float(epoch), float(finite[place]), lowest) if is_past else None)

    def _show_step(self) -> None:
        run = self._current.run if self._current else None
        if self._is_stepping and run is not None and len(run.losses):
            text = tr("Step {count:,} · loss {loss}", count=len(run.losses), loss=say_loss(float(run.losses[-1])))
            before = self.step.width()
            set_figure(self.step, text)
            if self.step.width() != before:
                self._fit()

    def _follow(self) -> None:
        if self._is_stepping and self._current is not None:
            self.plot.follow(self._current.steps, FOLLOWED)
        else:
            self.plot.follow(None)

    def _switch(self, key: str, shown: bool) -> None:
        self.curves.set_shown(key, shown)
        if key == TEST.key:
            self._is_test_shown = shown
            self._show_best()
        if key == STEPS.key:
            self.curves.set_shown(SMOOTHED.key, shown)

    def _smooth(self, weight: float) -> None:
        if self._current is not None:
            self._current.smooth(weight)
        self._show_looks()
        self._fit()
        self.plot.schedule()

    def _show_looks(self) -> None:
        """Draw the steps faintly, or clearly where each is shown; their switch shows the curve that stands out."""
        stroke = CLEAR if self._is_stepping else STEPS.stroke
        if self._current is not None:
            self.plot.set_stroke(f"{self._current.run.name}.{STEPS.key}", stroke)
        if self.smoothing.weight and not self._is_stepping:
            self.legend.restyle(STEPS.key, tr(SMOOTHED.title), SMOOTHED.stroke)
        else:
            self.legend.restyle(STEPS.key, tr(STEPS.title), stroke)

    def _show_plot(self, on: bool) -> None:
        self._pages.setCurrentWidget(self.plot if on else self.empty)
        self.legend.setVisible(on)
        self.tools.setVisible(on)


def _titles(shown: Curves | None) -> list[str]:
    """Return the panel's titles, the longest first: the run's name goes first, then the loss function's."""
    if shown is None:
        return [tr("Loss")]
    look, loss = shown.run.look, tr("Loss: {loss}", loss=loss_words(shown.run.spec.loss))
    whose = look.label if look.tag != look.name else tr("run {run}", run=look.name)
    return [f"{loss} · {whose}", loss, tr("Loss")]


def say_loss(value: float) -> str:
    """Return a loss with three decimals where they say something, a small one with more digits."""
    if 0.00005 <= abs(value) < 0.00995:
        return written(value, ".4f")
    if abs(value) < 10:
        return written(value, ".3f")
    return say_power(value, 3) or written(value, ".3g" if abs(value) < 1000 else ",.0f")


# The slider's range: ten places make the average about ten times longer, up to a thousand steps.
PER_DECADE, DECADES = 10, 3

FORMULA = mark(
    "Exponential moving average of the loss per step, debiased: "
    "s(t) = w · s(t − 1) + (1 − w) · loss(t), drawn as s(t) / (1 − w^t). At 0 nothing is smoothed."
)

WIDTH = 180


class Smoothing(QWidgetAction):
    """A menu entry with a slider. The choice is remembered."""

    smoothed = Signal(float)  # the weight of the average, 0 for no smoothing

    def __init__(self, name: str, parent: QObject) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setText(tr("Smoothing"))
        self.slider = named(_Slider(Qt.Orientation.Horizontal), f"{name}.slider", tip=plain_tip(tr(FORMULA)))
        self.slider.setAccessibleName(tr("Smoothing of the loss per step"))
        self.slider.setRange(0, PER_DECADE * DECADES)
        sized(self.slider.setMinimumWidth, WIDTH)
        self.value = named(figure(), f"{name}.value")
        page = QWidget()
        page.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        page.setFocusProxy(self.slider)  # the menu's keys reach it as they reach any entry
        head = hbox(words(tr("Smoothing of the loss per step"), "label", names=self.slider), SPRING, self.value)
        vbox(head, self.slider, edges=("medium", "small"), on=page)
        self.setDefaultWidget(page)
        self.slider.setValue(place_of(settings().smoothing))
        self._show_weight()
        self.slider.valueChanged.connect(self._take)

    @property
    def weight(self) -> float:
        """The share of the average that stays at each step; 0: nothing is smoothed."""
        return weight_at(self.slider.value())

    def _take(self) -> None:
        self._show_weight()
        settings().smoothing = self.weight
        self.smoothed.emit(self.weight)

    def _show_weight(self) -> None:
        self.value.setText(say_weight(self.weight))


class _Slider(QSlider):
    """A slider in a menu: up and down go to the entries beside it."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            event.ignore()
        else:
            super().keyPressEvent(event)


def weight_at(place: int) -> float:
    """Return the weight at a place of the slider: 0, then 1 - 1 / 10^(place / 10), the latter with two digits."""
    return round(1 - float(f"{10 ** (-place / PER_DECADE):.2g}"), 6)


def place_of(weight: float) -> int:
    """Return the place of the slider that comes nearest to a weight."""
    return min(range(PER_DECADE * DECADES + 1), key=lambda place: abs(weight_at(place) - weight))


def say_weight(weight: float) -> str:
    """Return a weight and the number of steps that it averages over: `0.9 · 10 steps`."""
    if not weight:
        return tr_context("smoothing", "off")
    steps = tr_plural("{count:,} step", "{count:,} steps", round(1 / (1 - weight)))
    return f"{written(weight, '.4g')} · {steps}"
