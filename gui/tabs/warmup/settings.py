"""The settings of the warm-up with its buttons, its progress, and the formulas of a step."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton

from engine.analysis.warmup.spec import WarmupSpec
from engine.core.knobs import Value, knobs
from engine.core.language import mark, tr, tr_context
from engine.core.text import written
from gui.look.first_look import rarely
from gui.look.fonts import column, grown, set_font
from gui.look.icons import set_icon
from gui.look.layout import SPRING, Spring, add, hbox, holder, vbox
from gui.look.theme import theme
from gui.look.words import Tone, enable, figure, named, reserve, set_figure, set_title, set_tone, words
from gui.state.link.steered import ControlledState
from gui.widgets.forms.controls import Choice, chip, icon_button
from gui.widgets.forms.knob_form import KnobForm
from gui.widgets.panel import Panel

WIDTH = 272

# From these heights on the panel has room for the formulas, and for one number of x worked out.
ROOMY, ROOMIER = 460, 540

LINES, FEWER_LINES = 10, 5  # lines of the latter, and with a sentence below: fixed, so that nothing moves
PACES = {None: mark("Full speed"), 16.0: mark("16 a second"), 4.0: mark("4 a second"), 1.0: mark("1 a second")}
LIVE = frozenset(name for name, knob in knobs(WarmupSpec).items() if knob.live)
ROWS: Sequence[Sequence[str]] = [["size", "seed"], ["optimizer", "loss"], ["learning_rate"]]
PLAIN = [["learning_rate"]]  # the rows that are in the first look
GRADIENTS = {"absolute": "g = sign(x A − I) Aᵗ", "squared": "g = 2 (x A − I) Aᵗ"}
CHANGES = {
    "sgd": mark("x ← x − rate · g"),
    "adagrad": mark("x ← x − rate · g / √(0.1 + Σ g²)"),
    "adam": mark("x ← x − rate · m / √v,  m, v: means of g, g²"),
}
RULES = {
    "gradient": mark("Aᵗ is the transpose of A: rows and columns exchanged."),
    "change": mark("The step of the optimiser."),
}
NOT_YET = mark("TensorFlow is still being loaded.")
RUN_TIPS = {
    "run": mark("Learn the inverse, with these settings."),
    "pause": mark("Pause after the current step."),
    "continue": mark("Take the remaining steps."),
    "again": mark("Take all steps again, from x = 0."),
}


class WarmupSettings(Panel):
    """What a person can set. Size and seed draw a new matrix; the others act at once."""

    edited = Signal(str)  # the name of a setting that a person changed, and that holds a value
    paceChosen = Signal(object)  # the steps a second; `None` for full speed

    def __init__(self) -> None:
        super().__init__(tr("Warm-up"), "warmup.settings")
        self.form = KnobForm(WarmupSpec, "warmup", self)
        tip = tr("The blog post's settings: 10 × 10, Adagrad 0.01, |x A − I|, 100,000 steps, seed 0.")
        self.chip = chip("warmup.preset", tr("Blog post"), tip, checkable=True)
        self.chip.setAccessibleName(tr("Preset: Blog post"))
        tip = tr("New matrix: the one of the next seed.")
        self.dice = icon_button("warmup.new_matrix", "dice", tip, title=tr("New matrix"), side=28)
        self.dice.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.learn = named(QPushButton(tr_context("verb", "Run")), "warmup.learn", look="primary")
        reserve(self.learn, *map(_title, RUN_TIPS), fixed=True)
        tip = tr("Take one step, then pause.")
        self.step = named(QPushButton(tr("One step")), "warmup.step", title=tr("One step"), tip=tip)
        self.step.setAutoRepeat(True)
        tip = tr("Begin again: x = 0, the same matrix.")
        self.reset = named(QPushButton(), "warmup.reset", title=tr("Reset"), tip=tip, look="icon")
        set_icon(self.reset, "reset")
        self.pace = named(Choice(4), "warmup.pace", title=tr("Speed of the warm-up"))
        self.pace.offer({pace: tr(title) for pace, title in PACES.items()})
        set_font(self.pace, "body")
        self.pace.setToolTip(tr("How fast to learn: at full speed, or in slow motion, one step at a time."))
        self.pace.activated.connect(lambda _: self.paceChosen.emit(self.pace.currentData()))
        self.figures = {
            key: named(figure("", "small value"), f"warmup.{key}")  # no text
            for key in ("step_count", "speed")
        }  # no text
        self.rules = [named(words("", "label"), f"warmup.rule.{key}", tip=tr(tip)) for key, tip in RULES.items()]
        self.worked = named(words("", "caption", wrapped=True), "warmup.worked")
        set_font(self.worked, "caption", numbers=True)
        self.worked.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.sentence = named(words("", "label", wrapped=True), "warmup.sentence")
        self.sentence.hide()
        self._each_step = holder(
            vbox(words(tr("Each step"), "title"), *self.rules, self.worked, gap="tight", edges=(0, 0, 0, "small"))
        )
        add(self.head, SPRING, self.chip)
        self.form.fields["seed"].line.addWidget(self.dice)
        steps = self.form.row(["steps"])
        steps.addLayout(vbox(words(tr("Speed"), "label", names=self.pace), self.pace, gap=2), 0, 1)
        steps.setColumnStretch(1, 1)
        steps.setColumnMinimumWidth(1, 1)
        last = holder(steps)
        rarely(last, self.step, self.reset)
        add(
            self.body,
            *self.form.page(ROWS, PLAIN),
            last,
            "small",
            hbox(self.learn, (self.step, 1), self.reset, Spring(0), gap="small"),
            "tight",
            hbox(words(tr("Step"), "label"), SPRING, self.figures["step_count"]),
            hbox(words(tr("Steps a second"), "label"), SPRING, self.figures["speed"]),
            "tight",
            self._each_step,
            self.sentence,
            SPRING,
        )
        column(self, WIDTH)
        theme().changed.connect(self._follow_letters)
        self.form.edited.connect(self._show_edit)
        self.refresh()

    def spec(self) -> WarmupSpec | None:
        """Return the settings; where one is wrong, give it the focus and return `None`."""
        spec = self.form.spec()
        if spec is None:
            self.form.focus_error()
        return spec

    def set_values(self, values: Mapping[str, Value]) -> None:
        self.form.set_values(values)
        self.refresh()

    def show_state(self, state: ControlledState, step: int, *, ready: bool) -> None:
        """Let the buttons say what they do now."""
        does = "pause" if state == "running" else "again" if state == "over" else "continue" if step else "run"
        set_title(self.learn, _title(does))
        enable(self.learn, ready, tr(RUN_TIPS[does]), tr(NOT_YET))
        enable(self.step, ready, tr("Take one step, then pause."), tr(NOT_YET))

    def show_progress(self, step: int, steps: int, speed: float | None) -> None:
        set_figure(self.figures["step_count"], tr("{step:,} of {steps:,}", step=step, steps=steps))
        set_figure(self.figures["speed"], "–" if speed is None else written(speed, ",.0f"))

    def show_worked(self, lines: Sequence[str], whole: Sequence[str]) -> None:
        """Show a number of x worked out, in lines; `whole` has every term, for the tooltip."""
        # Above a sentence there is room for less: the cell, the gradient, the result.
        has_less = bool(self.sentence.text())
        text = "\n".join([*lines[:2], lines[-1]] if lines and has_less else lines)
        self.worked.setText(text.replace("= ", "=\N{NO-BREAK SPACE}"))  # a result stays with its sign
        self._fit_worked()
        self.worked.setToolTip("\n".join(whole))

    def _fit_worked(self) -> None:
        lines = FEWER_LINES if self.sentence.text() else LINES
        room = self.worked.fontMetrics().lineSpacing() * lines
        if room != self.worked.height():
            self.worked.setFixedHeight(room)

    def say(self, sentence: str, tone: Tone) -> None:
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))
        set_tone(self.sentence, tone)

    def refresh(self) -> None:
        """Bring the preset's chip and the formulas up to date."""
        spec = self.form.spec()
        self.chip.setChecked(spec == WarmupSpec())
        if spec is not None:
            for label, text in zip(self.rules, (GRADIENTS[spec.loss], tr(CHANGES[spec.optimizer])), strict=True):
                label.setText(text)

    def _show_edit(self, name: str) -> None:
        self.refresh()
        if self.form.fields[name].value() is not None:
            self.edited.emit(name)

    def _follow_letters(self) -> None:
        self._fit_worked()
        self._fit()

    def _fit(self) -> None:
        self._each_step.setVisible(self.height() >= grown(ROOMY))
        self.worked.setVisible(self.height() >= grown(ROOMIER))


def _title(does: str) -> str:
    """Return the title of the button that runs, by what it does: one of the `RUN_TIPS`."""
    titles = {"pause": tr("Pause"), "continue": tr("Continue"), "again": tr("Run again")}
    return titles.get(does) or tr_context("verb", "Run")
