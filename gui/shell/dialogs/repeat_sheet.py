"""The sheet of *Repeat…*: over which seeds and settings a run is trained again, and the progress of that."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QLabel, QLineEdit

from engine.core.errors import UserError
from engine.core.knobs import Value, in_sentence, knobs
from engine.core.language import mark, tr, tr_context, tr_plural, untranslated
from engine.core.specs import TrainSpec
from engine.core.text import printable
from engine.model.training.courses import say_not_repeated
from engine.studies.sweep.plan import Plan, RepeatSpec, read_over
from engine.studies.sweep.processes import fitting_processes
from gui.look.layout import SPRING, gridbox, hbox
from gui.look.words import Elided, named, words
from gui.shell.dialogs.sheets import JobSheet
from gui.shell.parts import Parts
from gui.state.training.run_progress import duration
from gui.state.training.runs import Run
from gui.state.training.sweeps import say, say_done
from gui.widgets.forms.controls import Choice
from gui.widgets.forms.knob_form import KnobForm

SIZE = 560, 350  # minimum width and height of the sheet
TITLE = mark("Repeat a run")
SEED = "seed"

# Maximum number of runs whose settings are checked while a person types; of more, each is refused in its turn.
MOST_CHECKED = 2_000

START_SECONDS = 8.0  # approximate time until a process has loaded TensorFlow and the data

# Placeholders for values, by setting.
EXAMPLES = {"layers": "10, 50, 300-100", "learning_rate": "0.1, 0.3", "epochs": "5, 10, 20", "batch": "50, 100, 200"}

ABOUT = mark("The same training again, each time with another seed: it shows how much of a result is chance.")
VALUES_TIP = mark("The values, with commas between them; a range of whole numbers as 1..8, several layers as 300-100.")
NO_RUN = mark("There is no run to repeat yet.")
TWICE = mark("Choose two different settings.")
ONLY_ONE = mark("One seed and no other setting make only one run.")
GO, STOP, ON, DROP = mark("Train them"), mark("Stop"), mark("Go on"), mark("Give it up")
GO_TIP = mark("Train these runs in processes beside the window, and gather them here as they finish.")
STOP_TIP = mark("Stop the sweep. Finished runs stay; the others can be trained later.")
ON_TIP = mark("Train the runs that are still missing.")


class RepeatSheet(JobSheet):
    """Asks for a sweep, then shows its progress; it stays open beside the window."""

    def __init__(self, parts: Parts) -> None:
        close = tr("Close this sheet. A sweep goes on all the same. (Esc)")
        super().__init__(parts.window, "repeat", tr(TITLE), SIZE, tr(GO), tr("How much of the sweep is trained"), close)
        self._runs, self._controls, self._sweeps = parts.bridge.runs, parts.controls, parts.sweeps
        self._run: Run | None = None
        self._error = ""  # what is wrong with the settings as a whole, in a sentence
        # Whether the latest sweep was started here, for this run: then its end is shown here as well.
        self._started_here = False
        self.heading = Elided("repeat.heading", "title")
        self.form = KnobForm(RepeatSpec, "repeat", self)
        self.form.set_values({"processes": fitting_processes()})
        self.over = [_Over(number, self._show_state) for number in (1, 2)]
        self.count = named(words("", "label", wrapped=True), "repeat.count")
        self.progress.setRange(0, 1000)
        tip = tr("Leave the rest untrained. The runs that are there stay.")
        self.drop = self.button("drop", tr(DROP), tip, parts.sweeps.forget)
        grid = gridbox(columns={1: 2, 2: 3}, gap=("medium", "tight"))
        for row, over in enumerate(self.over):
            grid.addWidget(words(over.title, "label", names=over.choice), 2 * row, 0)
            grid.addWidget(over.choice, 2 * row, 1)
            grid.addWidget(over.line, 2 * row, 2)
            grid.addWidget(over.label, 2 * row + 1, 1, 1, 2)
        self._settings = (
            *(field.editor for field in self.form.fields.values()),
            *(over.choice for over in self.over),
            *(over.line for over in self.over),
        )
        numbers = self.form.row(("seeds", "processes"))
        foot = hbox(SPRING, self.drop, self.go, self.close_button, gap="small")
        about = words(tr(ABOUT), "label", wrapped=True)
        self._lay_out(self.heading, about, numbers, grid, self.count, SPRING, self.progress, self.said, foot)
        self.form.edited.connect(self._show_state)
        parts.sweeps.changed.connect(self._show_state)
        parts.controls.stateChanged.connect(self._show_state)
        parts.bridge.runs.changed.connect(self._follow_runs)
        self._show_state()

    def turn_to(self, run: str) -> None:
        self._run, self._started_here = self._runs.get(run), False
        self._show_state()
        self._fit()
        self.go.setFocus()

    def plan(self) -> Plan | None:
        """Return what is to be trained; `None` while a setting is wrong."""
        spec, run = self.form.spec(), self._run
        chosen = [over for over in self.over if over.setting]
        if spec is None or run is None or any(setting.error for setting in chosen):
            return None
        over: dict[str, Sequence[Value]] = {setting.setting: setting.values for setting in chosen}
        if len(over) < len(chosen):
            self._error = tr(TWICE)
            return None
        if spec.seeds > 1:
            over[SEED] = list(range(run.spec.seed, run.spec.seed + spec.seeds))
        with untranslated():  # the name is kept in the session
            titles = " × ".join(in_sentence(knobs(TrainSpec)[name].title) for name in over)
        try:
            plan = Plan(name=f"{run.look.tag} over {titles}", spec=run.spec, over=over)  # no text
            if len(plan) <= MOST_CHECKED:
                plan.specs()
        except UserError as error:
            self._error = str(error)
            return None
        return plan

    def _follow_runs(self) -> None:
        if self._run is not None and self._runs.get(self._run.name) is not self._run:
            self._run = None
        self._show_state()

    def _why_not(self, plan: Plan | None) -> str:
        if self._run is None:
            return tr(NO_RUN)
        if self._controls.state == "starting":
            return self._controls.why_not
        return (
            self.form.error()
            or next((over.error for over in self.over if over.setting and over.error), "")
            or self._error
            or (tr(ONLY_ONE) if plan is None or len(plan) < 2 else "")
        )

    def _show_state(self, *_: object) -> None:
        self._error = ""
        sweeps, waiting = self._sweeps, self._sweeps.waiting
        run = self._run
        self.heading.set_words(tr("Repeat run {run}", run=run.look.label) if run else tr(TITLE))
        plan = self.plan()
        why_not = self._why_not(plan)
        text, tip = tr(GO), why_not or tr(GO_TIP)
        if sweeps.is_busy:
            text, tip = tr(STOP), tr(STOP_TIP)
        elif waiting.plan is not None:
            text, tip = tr(ON), tr(ON_TIP)
        self._show_go(text, tip, enabled=sweeps.is_busy or waiting.plan is not None or not why_not)
        self.drop.setVisible(waiting.plan is not None and not sweeps.is_busy)
        for editor in self._settings:
            editor.setEnabled(not sweeps.is_busy and waiting.plan is None)
        for over in self.over:
            over.show_usable()
        self.count.setText(self._say_count(plan) if plan is not None and not why_not else "")
        self.progress.setValue(round(1000 * self._share()))
        self.said.set_words(self._say_state(why_not))

    def _share(self) -> float:
        waiting = self._sweeps.waiting
        if self._sweeps.progress is not None:
            return self._sweeps.progress.epochs
        if waiting.plan and not self._sweeps.is_busy:
            return waiting.done / len(waiting.plan)
        return float(self._started_here and bool(self._sweeps.end))

    def _say_state(self, why_not: str) -> str:
        waiting = self._sweeps.waiting
        if self._sweeps.words:
            return self._sweeps.words
        if waiting.plan is not None:
            return tr("“{sweep}” is not finished: {done}.", sweep=say(waiting.plan.name), done=say_done(waiting))
        if not why_not and self._started_here:
            return self._sweeps.end
        is_beside_its_field = why_not in (self.form.error(), *(over.error for over in self.over))
        return "" if is_beside_its_field else why_not

    def _say_count(self, plan: Plan) -> str:
        spec = self.form.spec()
        seconds = self._seconds(plan, spec.processes) if spec else None
        count = tr_plural("That makes {count:,} run.", "That makes {count:,} runs.", len(plan))
        if seconds:
            count = tr_plural(
                "That makes {count:,} run, about {duration}.",
                "That makes {count:,} runs, about {duration}.",
                len(plan),
                duration=duration(seconds),
            )
        about = tr("They learn from the data that are open; each keeps its last snapshot.")
        not_repeated = say_not_repeated(self._run.name, self._run) if self._run else ""
        return f"{count} {about} {not_repeated}".rstrip()

    def _seconds(self, plan: Plan, processes: int) -> float | None:
        """Return the estimated time, from the time of the run itself; `None` if that is unknown.

        Processes share the cores. How much slower that makes each depends on the network: about by the square root of
        their number.
        """
        run = self._run
        if run is None or not run.epochs:
            return None
        epoch = float(run.epochs.column("seconds").mean())
        count = min(processes, len(plan))
        epochs = len(plan) * plan.spec.epochs
        if "epochs" in plan.over:
            values = [int(value) for value in plan.over["epochs"]]
            epochs = len(plan) // len(values) * sum(values)
        return START_SECONDS + epochs * epoch / count**0.5

    def _press(self) -> None:
        spec, plan = self.form.spec(), self.plan()
        if self._sweeps.is_busy:
            self._sweeps.give_up()
        elif self._sweeps.waiting.plan is not None:
            self._sweeps.go_on(spec.processes if spec else None)
        elif spec is not None and plan is not None and not self._why_not(plan):
            self._started_here = True
            self._sweeps.begin(plan, spec.processes)


class _Over:
    """A setting, its values, and the sentence on what is wrong with them."""

    def __init__(self, number: int, edited: Callable[[], object]) -> None:
        tip = tr("A setting that goes through several values; with several seeds, each value with each.")
        self.choice = named(
            Choice(12), f"repeat.setting.{number}", title=tr("Setting {number}", number=number), tip=tip
        )
        titles = {name: printable(knob.title) for name, knob in knobs(TrainSpec).items() if name != SEED}
        self.choice.offer({"": tr("no other setting"), **titles})
        title = tr("Values of setting {number}", number=number)
        self.line = named(QLineEdit(), f"repeat.values.{number}", title=title, tip=tr(VALUES_TIP))
        self.line.setMaxLength(2_000)
        self.label: QLabel = named(words("", "error", wrapped=True), f"repeat.values.{number}.error")
        self.label.hide()
        self.title = tr_context("settings", "Over") if number == 1 else tr_context("settings", "and")
        self.values: list[Value] = []
        self.error = ""
        self.choice.currentIndexChanged.connect(lambda _: self._take(edited))
        self.line.textEdited.connect(lambda _: self._take(edited))

    @property
    def setting(self) -> str:
        return str(self.choice.currentData())

    def show_usable(self) -> None:
        """Enable the line of values if a setting is chosen."""
        self.line.setEnabled(self.choice.isEnabled() and bool(self.setting))
        example = EXAMPLES.get(self.setting, "") if self.setting else ""
        if (knob := knobs(TrainSpec).get(self.setting)) is not None and knob.kind == "choice":
            example = ", ".join(knob.choices)
        self.line.setPlaceholderText(example)

    def _take(self, edited: Callable[[], object]) -> None:
        self.values, self.error = [], ""
        if self.setting:
            try:
                _, self.values = read_over(f"{self.setting}={self.line.text()}")
            except UserError as error:
                self.error = str(error)
        is_typed = bool(self.line.text().strip())
        self.label.setText(printable(self.error) if is_typed else "")
        self.label.setVisible(bool(self.error) and is_typed)
        edited()
