"""The sheet that makes two runs of one: which setting is to differ, its other value, and where both begin."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialogButtonBox, QLayout, QPushButton, QStackedWidget, QWidget

from engine.core.knobs import Value, knobs
from engine.core.specs import TrainSpec, say_setting
from engine.core.text import isolated, printable
from engine.data.download.catalogue import KNOWN
from engine.data.location import path_of
from engine.data.sources import SAMPLE, copies_of
from engine.model.training.changed import Changed, suggested
from engine.model.training.courses import say_not_repeated
from engine.model.training.learned import chosen_classes
from engine.model.training.messages import DataLookedFor, Parent
from gui.look.layout import SPRING, gridbox, hbox, vbox
from gui.look.named import named
from gui.look.plain import entry, plain_tip
from gui.look.text_size import sized
from gui.look.words import set_look, words
from gui.shell.dialogs.sheets import Sheet
from gui.widgets.forms.choice_field import Choice
from gui.widgets.forms.knob_form import KnobForm
from gui.widgets.forms.segments import Segments

if TYPE_CHECKING:
    from collections.abc import Callable

    from gui.state.training.run_controls import RunControls
    from gui.state.training.run_data import RunData
    from gui.state.training.runs import Run

WIDTH, ROOM, MARGIN = 412, 34, 24
"""Of what it shows, for two lines of words, and around it, in pixels."""

ABOUT = (
    "Two new runs with the same seed and the same batches, trained in turns: one as run {name} is, and its twin with "
    "one setting changed."
)

OTHER_DATA = "Run {name} learned from {its}, as its twins must. Now {now}."

STOPS = "The run that is training now is stopped."

FIRST = "learning_rate"
"""The setting that is offered first."""

LONGEST = 24
"""Maximum number of letters of a file's name on a button."""


class SplitSheet(Sheet):
    """One setting of a run, as it is and as it is to be.

    Below the field is said when the setting acts, or why there are no such twins; where other data are open than the
    run learned from, two buttons lead on.
    """

    dataWanted = Signal(str)
    """Carries what the data of the run can be opened by; nothing where a person has to find them."""
    otherRunWanted = Signal()

    def __init__(
        self, parent: QWidget, run: Run, moment: int | None, controls: RunControls, data: RunData
    ) -> None:
        """`moment`: the snapshot that is looked at, from which both may begin as well; `None` where there is none."""
        super().__init__(parent, "split", f"Split run {run.name}")
        self._run, self._moment, self._controls = run, moment, controls
        self._lacking: DataLookedFor | None = None
        """What is said where the data of the run are not there."""
        self.about = words("", "label", wrapped=True)
        self.setting, self.present = (
            named(Choice(), "split.setting"),
            named(words("", "value"), "split.present"),
        )
        self.form = KnobForm(TrainSpec, "split", self)
        self.begin = Segments("split.begin", {"start": "The start", "snapshot": "This snapshot"})
        self.said = named(words("", "label", wrapped=True), "split.said")
        """When the setting acts, or why there are no such twins."""
        self.to_data = self._link("data", lambda: self.dataWanted.emit(self._source))
        self.to_run = self._link("run", self._leave_for_other)
        self.stops = named(words(STOPS, "caption", wrapped=True), "split.stops")
        self.buttons = QDialogButtonBox()
        self.train = self._button("train", "Train both", QDialogButtonBox.ButtonRole.AcceptRole, self._take)
        self.cancel = self._button("cancel", "Cancel", QDialogButtonBox.ButtonRole.RejectRole, self.reject)
        self._fields = QStackedWidget()
        self._lay_out()
        self._fill()
        self.setting.currentIndexChanged.connect(lambda _: self._show_setting())
        self.begin.chosen.connect(lambda _: self._show_begin())
        controls.stateChanged.connect(self._show_state)  # a method: it must not outlive the sheet
        for field in self.form.fields.values():
            field.edited.connect(self._show_state)
        self._show_begin()
        self._show_setting()
        self.setting.setFocus()
        data.found.connect(self._take_data)
        data.look_for(run.name)

    @property
    def changed(self) -> Changed | None:
        """What is to differ; `None` while that is nothing that may."""
        value = self.form.fields[self._name].value()
        return None if value is None else Changed(self._name, value)

    @property
    def _name(self) -> str:
        return str(self.setting.currentData())

    @property
    def _spec(self) -> TrainSpec:
        """The settings of the twin that stays as the run was."""
        return self._run.spec if self._from is None else self._run.spec_from(self._from)

    @property
    def _from(self) -> int | None:
        """The step of the snapshot that both begin at; `None`: where the run itself began."""
        return self._moment if self.begin.key == "snapshot" else None

    @property
    def _is_on_the_way(self) -> bool:
        return self._from is not None or self._run.begins_on_the_way

    def _fill(self) -> None:
        group = ""
        for name, knob in knobs(TrainSpec).items():
            if group and knob.group != group:
                self.setting.insertSeparator(self.setting.count())
            group = knob.group
            self.setting.addItem(knob.title, name)
            self.form.fields[name].check_with(partial(self._check, name))
        self.setting.setCurrentIndex(self.setting.findData(FIRST))
        self.setting.setAccessibleName("Setting")
        self.setting.setToolTip("The setting in which the twins differ.")
        self.present.setAccessibleName("Value now")
        run, moment = self._run, self._moment
        is_later = moment is not None and moment > 0
        if is_later and moment is not None:
            self.begin.set_title("snapshot", run.titles().get(moment, "This snapshot"))
        self.begin.set_enabled("snapshot", is_later)
        self.begin.set_tip("start", "Both begin where the run began, with the same initial weights.")
        said = f"Both go on from the snapshot that you look at, step {moment or 0:,}: what lies before they share."
        self.begin.set_tip("snapshot", said if is_later else "You look at no later snapshot of the run.")
        if is_later and moment != run.newest:
            self.begin.choose("snapshot")  # somebody went there

    def _check(self, name: str, value: Value) -> None:
        if name == "classes" and self._run.classes:
            chosen_classes(str(value), self._run.classes)
        if name == self._name:
            Changed(name, value).check(self._spec, on_the_way=self._is_on_the_way)

    def _show_begin(self) -> None:
        """Offer other values than those that the settings have there."""
        spec = self._spec
        about = ABOUT.format(name=self._run.name)
        not_repeated = say_not_repeated(self._run.name, self._run, self._from or 0)
        self.about.setText(printable(f"{about} {not_repeated}".rstrip()))
        for name, field in self.form.fields.items():
            field.set_value(suggested(name, spec))
        self._show_setting()

    def _show_setting(self) -> None:
        name = self._name
        said = say_setting(name, getattr(self._spec, name))
        self.present.setText(said if len(said) <= 40 else f"{said[:39]}…")
        self._fields.setCurrentIndex(list(self.form.fields).index(name))
        field = self.form.fields[name]
        value = field.value()
        field.set_value(
            value if value is not None else suggested(name, self._spec)
        )  # checked as what is chosen now
        self._show_state()

    def _show_state(self, _: str = "") -> None:
        changed, lacking = self.changed, self._why_lacking
        acts = Changed(self._name, 0).acts(on_the_way=self._is_on_the_way)
        wrong = lacking or ("" if changed else self.form.fields[self._name].error)
        self.said.setText(wrong or acts)
        set_look(self.said, "look", "error" if wrong else "label")
        for button in (self.to_data, self.to_run):
            button.setVisible(bool(lacking))
        self.stops.setVisible(self._controls.state in ("running", "paused"))
        why = wrong or (self._controls.why_not if self._controls.state == "starting" else "")
        self.train.setEnabled(not why)
        self.train.setToolTip(plain_tip(why or "Start both runs; pause, stop and step are for both."))

    # The data -------------------------------------------------------------------------------------------------------

    @property
    def _source(self) -> str:
        return self._lacking.source if self._lacking else ""

    @property
    def _why_lacking(self) -> str:
        """What is said where the data of the run are not there; empty where they are, or nobody knows yet."""
        if self._lacking is None:
            return ""
        now = f"{isolated(self._lacking.now)} is open" if self._lacking.now else "no data are open"
        return OTHER_DATA.format(name=self._run.name, its=printable(self._run.dataset), now=now)

    def _take_data(self, answer: DataLookedFor) -> None:
        if answer.run != self._run.name:
            return
        self._lacking = None if answer.is_there else answer
        text, tip = way_to(self._source)
        self.to_data.setText(entry(text))
        self.to_data.setAccessibleName(text)
        self.to_data.setToolTip(plain_tip(tip))
        self._show_state()

    def _leave_for_other(self) -> None:
        self.reject()
        self.otherRunWanted.emit()

    def _take(self) -> None:
        changed, run, step = self.changed, self._run, self._from
        if changed is not None and self.train.isEnabled():
            self.accept()
            self._controls.split(
                self._spec, changed, None if step is None else Parent(run.name, step), run.name
            )

    def _link(self, name: str, do: Callable[[], object]) -> QPushButton:
        button = named(QPushButton("Another run…"), f"split.{name}")
        button.setProperty("look", "chip")
        button.setAccessibleName("Another run")
        button.setToolTip("Close this sheet and open the menu of runs.")
        button.setAutoDefault(False)
        button.clicked.connect(lambda _=False: do())
        button.hide()
        return button

    def _button(self, name: str, text: str, role: QDialogButtonBox.ButtonRole, do: object) -> QPushButton:
        button = named(QPushButton(text), f"split.{name}", title=text, tip="Train nothing. (Esc)")
        if name == "train":
            button.setProperty("look", "primary")
        button.clicked.connect(do)
        self.buttons.addButton(button, role)
        return button

    def _lay_out(self) -> None:
        for name in self.form.fields:
            self._fields.addWidget(self.form.fields[name])
        grid = gridbox(
            (words("Setting", "label", names=self.setting), 0, 0),
            (self.setting, 1, 0),
            (words("Now", "label", names=self.present), 0, 1),
            (self.present, 1, 1),
            columns={0: 1, 1: 1},
            gap=("large", 4),
        )
        column = vbox(
            words(f"Split run {self._run.look.label}", "title"),
            self.about,
            gridbox(
                (words("Both begin at", "label", names=self.begin), 0, 0), (self.begin, 0, 1), columns={2: 1}
            ),
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
        column.setSizeConstraint(QLayout.SizeConstraint.SetFixedSize)  # also where letters change meanwhile
        sized(self.about.setFixedWidth, WIDTH)
        sized(self.said.setMinimumHeight, ROOM)
        self.said.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.train.setDefault(True)


def way_to(source: str) -> tuple[str, str]:
    """Return what opens data that `open_data` finds by `source`, in words, and a sentence on it."""
    if known := KNOWN.get(source):
        if copies_of(known):
            return f"Open {known.title}", f"{known.about}. They are on this computer."
        size = f"{known.size / 1e6:,.0f} MB"
        return (
            f"Download {known.title}, {size}",
            f"{known.about}. They are kept on this computer, and opened.",
        )
    if source == SAMPLE:
        return "Open the MNIST sample", "5,000 handwritten digits that come with Layerlight."
    path = path_of(source) if source else None
    if path is None or not path.exists():
        return "Open data…", "Open the menu of data, to look for those that the run learned from."
    name = printable(path.name)
    short = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
    return f"Open {short}", f"Open {isolated(str(path))}."
