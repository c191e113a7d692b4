"""The settings of ideal images: the blog post's presets, the form, the buttons, the progress."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QSizePolicy, QSpacerItem

from engine.analysis.ideal.spec import OF_THE_BLOG, PRESETS, IdealSpec
from engine.core.knobs import Value
from engine.core.language import mark, tr, tr_context
from gui.look.first_look import plainly, rarely
from gui.look.fonts import metrics, sized
from gui.look.icons import set_icon
from gui.look.layout import SPRING, Spring, add, hbox
from gui.look.words import enable, figure, named, reserve, set_figure, set_title, set_tone, start, words
from gui.state.link.steered import ControlledState
from gui.widgets.forms.controls import chip
from gui.widgets.forms.knob_form import KnobForm
from gui.widgets.panel import Panel

WIDTH = 296

ROWS: Sequence[Sequence[str]] = [
    ["objective"],
    ["penalty", "pixels"],
    ["weight"],
    ["learning_rate"],
    ["start", "optimizer"],
    ["shift", "steps", "seed"],
]

PLAIN = [["weight"]]  # the rows that are in the first look
IN_WORDS = mark(
    "Each image is changed step by step, to raise the probability of one class as far as it goes. "
    "A penalty forbids what no real image has: choose one above, and its weight below."
)

NOT_YET, NO_NETWORK = (
    mark("TensorFlow is still being loaded."),
    mark("There is no network to make ideal images for yet."),
)
RUN_TIPS = {
    "Run": mark("Take all steps, with these settings."),  # no text
    mark("Pause"): mark("Pause after the current step."),
    mark("Continue"): mark("Take the remaining steps."),
    mark("Run again"): mark("Take all steps again, from the start."),
}
# In place of the preset's sentence, which holds only for images that began at its start.
CONTINUED = mark("Continued from the images before the change. Reset begins again.")


class IdealSettings(Panel):
    """What a person can set, all of it while the images grow."""

    edited = Signal(str)  # the name of a setting that a person changed, and that holds a value
    presetPicked = Signal()  # the form has its settings already

    def __init__(self) -> None:
        super().__init__("", "ideal.settings", spoken=tr("Settings of ideal images"))
        self.form = KnobForm(IdealSpec, "ideal", self)
        self._earlier = 0
        self.chips = {key: self._make_chip(key) for key in PRESETS}
        self.run = named(
            QPushButton(tr_context("verb", "Run")), "ideal.run", title=tr_context("verb", "Run"), look="primary"
        )
        # Fixed: a button that may grow with its word makes Qt lay the whole window out again.
        sized(self.run.setFixedHeight, metrics()["height"]["button"])
        reserve(self.run, *map(_title, RUN_TIPS), fixed=True)
        self.step = named(QPushButton(tr("One step")), "ideal.step", title=tr("One step"))
        self.step.setAutoRepeat(True)
        self.reset = named(QPushButton(), "ideal.reset", title=tr("Reset"), look="icon")
        set_icon(self.reset, "reset")
        self.taken = named(figure("", "small value"), "ideal.taken")  # no text
        self.taken.setAlignment(start())
        self.speed = named(figure("", "small value"), "ideal.speed")  # no text
        self.sentence = named(words("", "caption", wrapped=True), "ideal.sentence")
        space = metrics()["space"]
        self.head.setSpacing(space["tight"])
        add(self.head, *self.chips.values(), SPRING)
        add(self.body, plainly(words(tr(IN_WORDS), "label", wrapped=True)), *self.form.page(ROWS, PLAIN))
        self.body.addItem(_gap(space["small"]))
        self.body.addLayout(hbox(self.run, (self.step, 1), self.reset, Spring(0), gap="small"))
        self.body.addItem(_gap(space["tight"]))
        add(self.body, hbox(self.taken, SPRING, self.speed), self.sentence, SPRING)
        rarely(self.step, self.reset, self.taken, self.speed)
        self.form.edited.connect(self._show_edit)
        self.refresh()

    def spec(self) -> IdealSpec | None:
        return self.form.spec()

    def set_values(self, values: Mapping[str, Value]) -> None:
        self.form.set_values(values)
        self.refresh()

    def show_state(self, state: ControlledState, steps: int, *, ready: bool, network: bool) -> None:
        """Let the buttons say what they do now."""
        begins = "Continue" if steps else "Run"  # no text
        word = {"running": mark("Pause"), "over": mark("Run again")}.get(state, begins)
        trouble = "" if ready and network else tr(NO_NETWORK) if ready else tr(NOT_YET)
        set_title(self.run, _title(word))
        enable(self.run, not trouble, tr(RUN_TIPS[word]), trouble)
        enable(self.step, not trouble, tr("Take one step, then pause."), trouble)
        enable(self.reset, not trouble, tr("Begin again: the images as they are before the first step."), trouble)

    def show_progress(self, steps: int, total: int, speed: float) -> None:
        """Show the steps since the start or the last change, their total, and the speed."""
        set_figure(self.taken, tr("{steps:,} of {total:,} steps", steps=steps, total=total))
        set_figure(self.speed, tr("{speed:,.0f} a second", speed=speed) if speed else "")

    def show_earlier(self, steps: int) -> None:
        """Say that the images began after `steps` steps with other settings or weights; 0: at their start."""
        self.taken.setToolTip(
            tr("After {steps:,} earlier steps with other settings or weights", steps=steps) if steps else ""
        )
        if steps != self._earlier:
            self._earlier = steps
            self.refresh()

    def say(self, sentence: str, *, bad: bool = False) -> None:
        self.sentence.setText(sentence)
        self.sentence.setProperty("look", "error" if bad else "caption")
        set_tone(self.sentence, "bad" if bad else "")

    def refresh(self) -> None:
        """Bring chips, fields and the sentence up to date."""
        spec = self.form.spec()
        for key, button in self.chips.items():
            button.setChecked(spec == PRESETS[key].spec)
        self.form.fields["weight"].setEnabled(self.form.fields["penalty"].value() != "none")
        preset = next((preset.sentence for preset in PRESETS.values() if preset.spec == spec), "")
        sentence = tr(CONTINUED) if self._earlier else preset
        self.say(self.form.error() or sentence, bad=bool(self.form.error()))

    def _show_edit(self, name: str) -> None:
        self.refresh()
        if self.form.fields[name].value() is not None:
            self.edited.emit(name)

    def _pick(self, key: str) -> None:
        self.set_values(PRESETS[key].spec.as_dict())
        self.presetPicked.emit()

    def _make_chip(self, key: str) -> QPushButton:
        title, tip = PRESETS[key].title, PRESETS[key].sentence
        if key in OF_THE_BLOG:
            tip = f"{tr("The blog post's settings.")} {tip}"
        button = chip(f"ideal.preset.{key}", title, tip, checkable=True)
        button.setAccessibleName(tr("Preset: {title}", title=title))
        button.clicked.connect(lambda: self._pick(key))
        return button


def _title(word: str) -> str:
    """Return the title of the button that runs, one of the `RUN_TIPS`."""
    return tr_context("verb", "Run") if word == "Run" else tr(word)


def _gap(height: int) -> QSpacerItem:
    """Return a gap that shrinks where there is too little room for all."""
    return QSpacerItem(0, height, QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Maximum)
