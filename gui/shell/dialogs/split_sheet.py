"""The sheet that trains twins of a run: which setting differs, its other value, and where both start."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialogButtonBox, QLayout, QPushButton, QWidget

from engine.core.knobs import Value, knobs
from engine.core.language import mark, tr
from engine.core.specs import TrainSpec, say_setting
from engine.core.text import clipped, isolated, printable
from engine.data.dataset import say_summary
from engine.data.download.catalogue import KNOWN
from engine.data.location import path_of
from engine.data.sources import SAMPLE, copies_of
from engine.model.training.changed import Changed, suggested
from engine.model.training.courses import say_not_repeated
from engine.model.training.learned import chosen_classes
from engine.model.training.messages import DataLookedFor, Parent
from gui.look.fonts import sized
from gui.look.layout import SPRING, gridbox, hbox, stack, vbox
from gui.look.words import enable, entry, named, plain_tip, set_look, set_title, start, words
from gui.shell.dialogs.sheets import Sheet
from gui.state.training.run_controls import RunControls
from gui.state.training.run_data import RunData
from gui.state.training.runs import Run
from gui.widgets.forms.controls import Choice, Segments
from gui.widgets.forms.knob_form import KnobForm

# Width of the content, height for two lines of words, and margins, in pixels.
WIDTH, ROOM, MARGIN = 412, 34, 24

ABOUT = mark(
    "Two new runs with the same seed and the same batches, trained in turns: one as run {run} is, and its twin with "
    "one setting changed."
)

BEGIN = {
    "start": (mark("The start"), mark("Both begin where the run began, with the same initial weights.")),
    "snapshot": (mark("This snapshot"), ""),
}
FIRST = "learning_rate"  # the setting that is chosen at first
GROUPS = ("loss", "learning_rate", "shift", "images")  # the settings with a separator above them
LONGEST = 24  # maximum number of letters of a file's name on a button


class SplitSheet(Sheet):
    """One setting of a run, as it is and as it is to be.

    Below the field is said when the setting acts, or why such twins are not possible. If other data are open than the
    run learned from, two buttons lead on. *Train both* is enabled until the search for the data has failed, so nobody
    waits for it.
    """

    dataWanted = Signal(str)  # carries the address of the run's data; empty if a person has to find them
    otherRunWanted = Signal()

    def __init__(self, parent: QWidget, run: Run, moment: int | None, controls: RunControls, data: RunData) -> None:
        """`moment` is the selected snapshot, from which both may start as well; `None` if there is none."""
        super().__init__(parent, "split", tr("Split run {run}", run=run.name))
        self._run, self._moment, self._controls = run, moment, controls
        self._missing: DataLookedFor | None = None  # the result of a failed search for the run's data
        self.about = words("", "label", wrapped=True)
        tip = tr("The setting in which the twins differ.")
        self.setting = named(Choice(), "split.setting", title=tr("Setting"), tip=tip)
        self.present = named(words("", "value"), "split.present", title=tr("Value now"))
        self.form = KnobForm(TrainSpec, "split", self)
        self.begin = Segments("split.begin", BEGIN)
        # When the setting acts, or why such twins are not possible.
        self.said = named(words("", "label", wrapped=True), "split.said")
        self.to_data = self._link("data", lambda: self.dataWanted.emit(self._source))
        self.to_run = self._link("run", self._leave_for_other)
        self.stops = named(
            words(tr("The run that is training now is stopped."), "caption", wrapped=True), "split.stops"
        )
        self.train = self.button("train", tr("Train both"), "", self._take)
        self.cancel = self.button("cancel", tr("Cancel"), tr("Train nothing. (Esc)"), self.reject)
        self.train.setProperty("look", "primary")
        self.buttons = QDialogButtonBox()
        self.buttons.addButton(self.train, QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.addButton(self.cancel, QDialogButtonBox.ButtonRole.RejectRole)
        self._fields = stack(*self.form.fields.values())
        grid = gridbox(
            (words(tr("Setting"), "label", names=self.setting), 0, 0),
            (self.setting, 1, 0),
            (words(tr("Now"), "label", names=self.present), 0, 1),
            (self.present, 1, 1),
            columns={0: 1, 1: 1},
            gap=("large", 4),
        )
        column = vbox(
            words(tr("Split run {run}", run=run.look.label), "title"),
            self.about,
            gridbox((words(tr("Both begin at"), "label", names=self.begin), 0, 0), (self.begin, 0, 1), columns={2: 1}),
            grid,
            self._fields,
            self.said,
            hbox(self.to_data, self.to_run, SPRING, gap="small"),
            self.stops,
            self.buttons,
            gap="medium",
            edges=(MARGIN, "large"),
            on=self,
        )
        column.setSizeConstraint(QLayout.SizeConstraint.SetFixedSize)  # follows the size of letters
        sized(self.about.setFixedWidth, WIDTH)
        sized(self.said.setMinimumHeight, ROOM)
        self.said.setAlignment(start(Qt.AlignmentFlag.AlignTop))
        self.train.setDefault(True)
        self._fill()
        self.setting.currentIndexChanged.connect(lambda _: self._show_setting())
        self.begin.chosen.connect(lambda _: self._show_begin())
        controls.stateChanged.connect(self._show_state)  # no lambda, which would outlive the sheet
        for field in self.form.fields.values():
            field.edited.connect(self._show_state)
        self._show_begin()
        self._show_setting()
        self.setting.setFocus()
        data.found.connect(self._take_data)

    @property
    def changed(self) -> Changed | None:
        """What is to differ; `None` while the value is wrong."""
        value = self.form.fields[self._name].value()
        return None if value is None else Changed(self._name, value)

    @property
    def _name(self) -> str:
        return str(self.setting.currentData())

    @property
    def _spec(self) -> TrainSpec:
        return self._run.spec if self._from is None else self._run.spec_from(self._from)

    @property
    def _from(self) -> int | None:
        """Step of the snapshot at which both start; `None` for the start of the run."""
        return self._moment if self.begin.key == "snapshot" else None

    @property
    def _is_on_the_way(self) -> bool:
        return self._from is not None or self._run.begins_on_the_way

    def _fill(self) -> None:
        for name, knob in knobs(TrainSpec).items():
            if name in GROUPS:
                self.setting.insertSeparator(self.setting.count())
            self.setting.addItem(knob.title, name)
            self.form.fields[name].check_with(partial(self._check, name))
        self.setting.setCurrentIndex(self.setting.findData(FIRST))
        run, moment = self._run, self._moment
        is_later = moment is not None and moment > 0
        if is_later and moment is not None:
            self.begin.set_title("snapshot", run.titles().get(moment, tr("This snapshot")))
        tip = tr(
            "Both go on from the snapshot that you look at, step {step:,}: what lies before they share.",
            step=moment or 0,
        )
        self.begin.set_possible(
            "snapshot", is_later, tip if is_later else tr("You look at no later snapshot of the run.")
        )
        if is_later and moment != run.newest:
            self.begin.choose("snapshot")  # a person has selected it

    def _check(self, name: str, value: Value) -> None:
        if name == "classes" and self._run.classes:
            chosen_classes(str(value), self._run.classes)
        if name == self._name:
            Changed(name, value).check(self._spec, on_the_way=self._is_on_the_way)

    def _show_begin(self) -> None:
        """Suggest other values than the settings have there."""
        spec = self._spec
        about = tr(ABOUT, run=self._run.name)
        not_repeated = say_not_repeated(self._run.name, self._run, self._from or 0)
        self.about.setText(printable(f"{about} {not_repeated}".rstrip()))
        for name, field in self.form.fields.items():
            field.set_value(suggested(name, spec))
        self._show_setting()

    def _show_setting(self) -> None:
        name = self._name
        present = say_setting(name, getattr(self._spec, name))
        self.present.setText(present if len(present) <= 40 else f"{present[:39]}…")
        self._fields.setCurrentIndex(list(self.form.fields).index(name))
        field = self.form.fields[name]
        value = field.value()
        # Set again in any case, so that it is checked as the value of the chosen setting.
        field.set_value(value if value is not None else suggested(name, self._spec))
        self._show_state()

    def _show_state(self, _: str = "") -> None:
        changed, missing = self.changed, self._why_missing
        acts = Changed(self._name, 0).acts(self._spec, on_the_way=self._is_on_the_way)
        wrong = missing or ("" if changed else self.form.fields[self._name].error)
        self.said.setText(wrong or acts)
        set_look(self.said, "look", "error" if wrong else "label")
        for button in (self.to_data, self.to_run):
            button.setVisible(bool(missing))
        self.stops.setVisible(self._controls.state in ("running", "paused"))
        why = wrong or (self._controls.why_not if self._controls.state == "starting" else "")
        enable(self.train, not why, tr("Start both runs; pause, stop and step are for both."), plain_tip(why))

    @property
    def _source(self) -> str:
        return self._missing.source if self._missing else ""

    @property
    def _why_missing(self) -> str:
        """A sentence if the run's data were not found; empty if they were, or are still searched."""
        if self._missing is None:
            return ""
        run, own = self._run.name, printable(say_summary(self._run.dataset))
        if not own:
            return tr("It is not known what run {run} learned from.", run=run)
        if not self._missing.now:
            return tr("Run {run} learned from {data}, as its twins must. Now no data are open.", run=run, data=own)
        return tr(
            "Run {run} learned from {data}, as its twins must. Now {other} is open.",
            run=run,
            data=own,
            other=isolated(say_summary(self._missing.now)),
        )

    def _take_data(self, answer: DataLookedFor) -> None:
        if answer.run != self._run.name:
            return
        self._missing = None if answer.is_there else answer
        text, tip = way_to(self._source)
        set_title(self.to_data, entry(text), text, plain_tip(tip))
        self._show_state()

    def _leave_for_other(self) -> None:
        self.reject()
        self.otherRunWanted.emit()

    def _take(self) -> None:
        changed, run, step = self.changed, self._run, self._from
        if changed is not None and self.train.isEnabled():
            self.accept()
            parent = None if step is None else Parent(run.name, step)
            self._controls.split(self._spec, changed, parent, run.name)

    def _link(self, name: str, call: Callable[[], object]) -> QPushButton:
        tip = tr("Close this sheet and open the menu of runs.")
        button = self.button(name, tr("Another run…"), tip, call)
        button.setProperty("look", "chip")
        button.hide()
        return button


def way_to(source: str) -> tuple[str, str]:
    """Return text and tooltip of the button that opens the data with the address `source`."""
    if known := KNOWN.get(source):
        if copies_of(known):
            tip = tr("{about}. They are on this computer.", about=tr(known.about))
            return tr("Open {data}", data=known.title), tip
        tip = tr("{about}. They are kept on this computer, and opened.", about=tr(known.about))
        return tr("Download {data}, {size:,.0f} MB", data=known.title, size=known.size / 1e6), tip
    if source == SAMPLE:
        return tr("Open the MNIST sample"), tr("5,000 handwritten digits that come with Layerlight.")
    path = path_of(source) if source else None
    if path is None or not path.exists():
        return tr("Open data…"), tr("Open the menu of data, to look for those that the run learned from.")
    file = clipped(printable(path.name), LONGEST - 1)
    return tr("Open {data}", data=file), tr("Open {path}.", path=isolated(str(path)))
