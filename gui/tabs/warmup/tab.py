"""The Warm-up tab: a matrix' inverse is learned by gradient descent, small enough to see every number of it."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np
from PySide6.QtGui import QShowEvent

from engine.analysis.warmup.job import WarmupFinished, WarmupStarted, WarmupSteps
from engine.analysis.warmup.spec import WarmupSpec
from engine.core.language import mark, tr
from engine.core.lazy import Array
from gui.look.layout import PAGE, hbox, vbox
from gui.tabs.warmup.descent_panel import Descent, DescentPanel
from gui.tabs.warmup.equation_panel import EquationPanel
from gui.tabs.warmup.settings import LIVE, WarmupSettings
from gui.tabs.warmup.worked_step import worked_step
from gui.widgets.forms.knob_form import FormHistory
from gui.widgets.plots.chart import Cell
from gui.widgets.reflow import UP, Reflow, Turn
from gui.widgets.tab import Tab

PICTURE_MS = 50  # shortest interval between paintings of new steps; what a person changes is painted at once
TYPING_MS = 300  # a size or seed draws its matrix once nobody has typed for this long
DIVERGED = mark("After {step:,} steps x is no matrix of numbers any more. Choose a smaller learning rate.")


class Wanted(NamedTuple):
    """The matrix to be learned: the one of a size and a seed, or one (size, size) that a person edited."""

    size: int
    seed: int
    edited: Array | None = None


class WarmupTab(Tab):
    """Shows one descent. It runs on while the tab is hidden, and is painted when it is shown again."""

    TITLE, PLACE, ORDER, SHORTCUT = mark("Warm-up"), "Behind it", 95, "Ctrl+Shift+M"  # no text
    FOCUS = ("warmup.x",)
    LEAST_WIDTH, FIXED_WIDTH = 940, 300
    HELP = mark("Learn the inverse of a matrix by gradient descent, and watch every number of it.")
    RUNS = True

    def __init__(self, *models: Any) -> None:
        super().__init__(*models)
        self.descent = Descent(self.bridge, self)
        self.settings, self.equation, self.panel = WarmupSettings(), EquationPanel(), DescentPanel()
        self._wanted = Wanted(WarmupSpec().size, WarmupSpec().seed)
        self._started: WarmupStarted | None = None
        self.latest: WarmupSteps | None = None  # the newest step; `None` before the first
        self._painted: WarmupSteps | None = None
        self._speed: float | None = None
        self._cell = Cell(0, 0)  # the number of x that is worked out: the one that was pointed at last
        self._picture_timer = self.clock.timer(self, self._paint)
        self._page_timer = self.clock.timer(self, self._paint_page)
        self._typing_timer = self.clock.timer(self, self._take_typed)
        pictures = vbox((self.equation, 58), (self.panel, 42), gap="medium")
        columns = hbox(self.settings, (pictures, 1), gap="medium", edges=PAGE, on=self)
        self.reflow = Reflow(Turn(columns, UP, (0, 2)), sides=[self.settings])
        FormHistory(self.settings.form, self.history, names=LIVE)
        self.descent.started.connect(self._show_started)
        self.descent.stepped.connect(self._show_steps)
        self.descent.finished.connect(self._show_finished)
        self.descent.stateChanged.connect(self._show_state)
        self.controls.stateChanged.connect(lambda _: self._show_state())
        self.settings.edited.connect(self._take_edit)
        self.settings.chip.clicked.connect(self._take_preset)
        self.settings.dice.clicked.connect(self._new_matrix)
        self.settings.learn.clicked.connect(self._learn)
        self.settings.step.clicked.connect(self._step)
        self.settings.reset.clicked.connect(self._begin)
        self.settings.paceChosen.connect(self.descent.set_pace)
        self.equation.matrix.edited.connect(self._edit)
        self.equation.learned.pointed.connect(self._show_pointed)
        self.panel.pointed.connect(self._show_pointed)
        self.panel.pointed.connect(lambda cell: self.equation.mark_row_of_matrix(cell and cell.column))
        self.panel.explain(self._explained)
        self._show_state()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.descent.job() is None and self._started is None:
            self._begin()
        self._paint()
        self._paint_page()

    def _show_started(self, message: WarmupStarted) -> None:
        self._started, self.latest, self._painted = message, None, None
        self._speed = None
        if max(self._cell) >= len(message.matrix):
            self._cell = Cell(0, 0)
        self.equation.show_matrix(message.matrix, message.condition_number)
        first = float("nan") if message.inverse is None else float(np.abs(message.inverse).max())
        self.equation.show_figures(float(len(message.matrix)), first)
        self.panel.begin(message)
        self.settings.say(message.sentence, "warn")
        self.settings.show_progress(0, message.spec.steps, None)
        self._work_out()
        self._show_state()

    def _show_steps(self, message: WarmupSteps) -> None:
        self.panel.add(message)
        was, self.latest = self.latest, message
        is_running = self.descent.state == "running"
        self._speed = (self.descent.pace or message.steps_per_second) if is_running else None
        if was is None or was.spec != message.spec or self.descent.state != "running":
            self._show_state()
            self._paint()  # somebody waits for it
            self._paint_page()
        elif not self._picture_timer.isActive():
            self._paint()

    def _show_finished(self, message: WarmupFinished) -> None:
        self._paint()
        self._paint_page()
        if not message.finite:
            self.settings.say(tr(DIVERGED, step=message.step), "bad")

    def _paint(self) -> None:
        """Show the newest step, unless it is shown already or the tab is hidden."""
        message = self.latest
        if message is None or message is self._painted or not self.isVisible():
            return
        self._painted = message
        self.equation.show_x(message.x, message.product)
        self.equation.show_figures(message.loss, message.distance)
        self.settings.show_progress(message.step, message.spec.steps, self._speed)
        self._work_out()
        self._picture_timer.start(PICTURE_MS)
        self._page_timer.start(PICTURE_MS // 2)

    def _paint_page(self) -> None:
        """Show the same step below, a moment later: the training waits for a long painting, not for two short ones."""
        if self._painted is not None and self.isVisible():
            self.panel.show_steps(self._painted)

    def _work_out(self) -> None:
        """Show how the number of x that was pointed at last came about in the last step."""
        message, started = self._painted, self._started
        if message is None or started is None:
            self.settings.show_worked([], [])
            return
        where = tr(
            "Row {row}, column {column}, step {step:,}:",
            row=self._cell.row + 1,
            column=self._cell.column + 1,
            step=message.step,
        )
        lines, whole = (worked_step(message, started.matrix, self._cell, whole=whole) for whole in (False, True))
        self.settings.show_worked([where, *lines], [where, *whole])

    def _explained(self, cell: Cell) -> str:
        if self._painted is None or self._started is None:
            return ""
        return "\n".join(worked_step(self._painted, self._started.matrix, cell))

    def _show_pointed(self, cell: Cell | None) -> None:
        """Work out the number of x that is pointed at; it stays when the pointer leaves."""
        if cell is not None and cell != self._cell:
            self._cell = cell
            self._work_out()

    def _show_state(self) -> None:
        step = self.latest.step if self.latest else 0
        self.settings.show_state(self.descent.state, step, ready=self.controls.state != "starting")

    def _learn(self) -> None:
        if self.descent.state == "running":
            self.descent.pause()
        elif self._be_ready():
            self.descent.learn()

    def _step(self) -> None:
        if self._be_ready():
            self.descent.step()

    def _be_ready(self) -> bool:
        """Start over where the descent has ended; return whether there is one to run."""
        if self._typing_timer.isActive():
            self._take_typed()
        return self.descent.job() is not None or self._begin()

    def _begin(self) -> bool:
        spec = self.settings.spec()
        if spec is not None:
            self._typing_timer.stop()
            self.descent.begin(spec, self._wanted.edited)
        return spec is not None

    def _take_edit(self, name: str) -> None:
        value = self.settings.form.fields[name].value()
        if name not in LIVE:
            self._typing_timer.start(TYPING_MS)
        elif value is not None:
            self.descent.change_live({name: value})
            if name == "steps":
                self.panel.plot.set_steps(int(value))
                self.settings.show_progress(self.latest.step if self.latest else 0, int(value), None)

    def _take_typed(self) -> None:
        self._typing_timer.stop()
        if (spec := self.settings.form.spec()) is not None and (spec.size, spec.seed) != self._wanted[:2]:
            self._change(tr("another matrix"), Wanted(spec.size, spec.seed))

    def _new_matrix(self) -> None:
        if (spec := self.settings.spec()) is not None:
            self._change(tr("new matrix"), Wanted(spec.size, (spec.seed + 1) % 2**31))

    def _edit(self, cell: Cell, value: float) -> None:
        if self._started is not None:
            matrix = self._started.matrix.copy()
            matrix[cell] = value
            what = tr("row {row}, column {column} of A", row=cell.row + 1, column=cell.column + 1)
            self._change(what, Wanted(len(matrix), self._wanted.seed, matrix))

    def _change(self, what: str, target: Wanted) -> None:
        """Learn another matrix, as a change that can be undone."""
        self.history.do(what, partial(self._want, target), partial(self._want, self._wanted), of_session=False)

    def _want(self, target: Wanted) -> None:
        self._wanted = target
        fields, values = self.settings.form.fields, {"size": target.size, "seed": target.seed}
        # A field that is being typed in keeps its text and cursor.
        self.settings.set_values({name: value for name, value in values.items() if fields[name].value() != value})
        self._begin()

    def _take_preset(self) -> None:
        """Take the blog post's settings and its matrix, as one change that can be undone."""
        blog, wanted, before = WarmupSpec(), self._wanted, self.settings.form.spec() or WarmupSpec()

        def use(spec: WarmupSpec, matrix: Wanted) -> None:
            self.settings.set_values(spec.as_dict())
            self._want(matrix)

        self.history.do(
            tr("the blog post's settings"),
            lambda: use(blog, Wanted(blog.size, blog.seed)),
            lambda: use(before, wanted),
            of_session=False,
        )

    @property
    def shows_act(self) -> bool:
        return self.latest is not None and self.descent.state == "over"

    def code_settings(self) -> dict[str, Any]:
        spec, matrix = self.settings.form.spec(), self._wanted.edited
        edited = {} if matrix is None else {"size": len(matrix), "matrix": matrix}
        return (spec.as_dict() if spec else {}) | {"seed": self._wanted.seed} | edited
