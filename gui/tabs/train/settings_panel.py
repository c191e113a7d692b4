"""The settings of the next run, in the height that a projector leaves; on a second page the list of runs."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QPushButton, QWidget

from engine.core.errors import UserError
from engine.core.knobs import Value, in_sentence, knobs
from engine.core.language import mark, tr, tr_plural
from engine.core.layers.kinds import DenseLayer, Layers, hidden_in
from engine.core.layers.language import in_words, parse_layers
from engine.core.layers.shapes import check_fits
from engine.core.specs import LIVE, PRESETS, USUAL_RATES, TrainSpec, fitted_batch
from engine.core.text import isolated, written
from engine.data.download.catalogue import MNIST
from engine.data.expected import expectation
from engine.data.formats.sample import SAMPLE_NAME
from engine.model.training.learned import chosen_classes, learned_count
from engine.session.jobs.data import DatasetOpened
from gui.look.first_look import plainly, rarely
from gui.look.fonts import column, metrics, scaled
from gui.look.icons import set_icon
from gui.look.layout import SPRING, Spring, add, hbox, holder, scrolling, set_margins, stack, vbox
from gui.look.theme import theme
from gui.look.words import Elided, arrow, named, set_title, start, words
from gui.state.link.clock import one_shot
from gui.tabs.train.layer_editor import LayerEditor
from gui.tabs.train.run_list import RunList
from gui.tabs.train.run_row import ListRow
from gui.widgets.forms.controls import MenuChip, Segments, add_entry, icon_button
from gui.widgets.forms.fold import Fold, reveal
from gui.widgets.forms.knob_form import KnobForm
from gui.widgets.panel import Panel
from gui.widgets.reflow import ACROSS, DOWN

WIDTH = 304
NOTE = 42  # minimum height of the note: three lines. A longer one takes its room from the gap above.
LIVE_PERIOD_MS = 60  # a dragged slider changes the run about as often as the run ends a turn
MOST_LISTED = 3  # changed settings that the note names: it has room for two lines
ADJUSTABLE, MORE, AUGMENTATION = mark("Adjustable while training"), mark("More"), mark("Augmentation")
NEXT_RUN = mark("for the next run")

# Sections and rows; the first section begins with the layers.
ROWS: Mapping[str, Sequence[Sequence[str]]] = {
    "": [["activation", "optimizer"], ["epochs"]],
    ADJUSTABLE: [["learning_rate"]],
    MORE: [
        ["loss"],
        ["initial", "stop_at"],
        ["seed", "batch", "momentum"],
        ["schedule", "warmup"],
        ["images", "wrong_labels"],
        ["validation", "classes"],
        ["dropout", "l2"],
        ["decay", "smoothing"],
    ],
    AUGMENTATION: [["shift", "rotate", "scale", "noise"]],
}

IN_WORDS = mark(
    "A network begins with random weights. In each epoch it reads every training image once, and changes its weights a "
    "little after each batch, so that it errs less. Press Start to train one."
)
PLAIN = [["epochs"]]  # the rows that are in the first look, below the preset and the layers

PAGES = {
    "settings": (mark("Settings"), mark("How the next network is built and trained")),
    "runs": (mark("Runs"), mark("All networks of this session: look at one, name, compare or delete it")),
}

# Sections that fold: the caption beside the title while all settings are defaults, and the tooltip.
FOLDED = {
    MORE: (mark("loss, batch, dropout …"), mark("Settings that are seldom changed.")),
    AUGMENTATION: (
        mark("redrawn every epoch"),
        mark("Random distortions of the training images, redrawn for each image every epoch."),
    ),
}

LAYERS_TIP = mark("What each layer gives, its parameters and its settings; a network is put together here by clicking.")

BAR = 12  # width of a scroll bar, and a little more
EXTENT_TIP = mark("How many weights and biases are trained, and how many batches of images an epoch has")
OWN, OWN_SENTENCE = mark("Your own"), mark("Settings of your own. Choose a preset above.")


class SettingsPanel(Panel):
    """A form for `TrainSpec`, or the list of runs; live settings go to the running run at once, others to the next."""

    shows_lens = False

    specEdited = Signal()
    dataWanted = Signal(str)  # the key of a known data set that is to be opened, and downloaded where it is missing
    liveChanged = Signal(dict)  # new values of live settings by name, at most one signal in `LIVE_PERIOD_MS`

    def __init__(self) -> None:
        super().__init__("", "train.settings")
        self.setAccessibleName(tr("Settings and runs"))
        column(self, WIDTH)
        self.form = KnobForm(TrainSpec, "train", self)
        self.chip = PresetChip("train.preset")
        self.pages = Segments("train.pages", PAGES)
        self.pages.reserve("runs", f"{tr(PAGES['runs'][0])} 99")
        self._whose = Elided("train.settings.whose")
        self._whose.set_words(tr(NEXT_RUN))
        add(self.head, self.pages, (self._whose, 1), Spring(0))
        self._ends: tuple[tuple[int, int], int] = (28, 28), 10
        self._data: DatasetOpened | None = None
        self.inputs, self.outputs = words("", "label"), words("", "label")
        # A network with convolutions or several activations, in words: it has no room on the line of the layers.
        self.network = Elided("train.network")
        self.extent = Elided("train.extent", tip=tr(EXTENT_TIP))
        self.folds = {
            title: Fold(f"train.{title.lower()}", tr(title), tip=tr(tip), caption=tr(caption))
            for title, (caption, tip) in FOLDED.items()
        }
        self.layers = LayerEditor()
        self.layer_fold = Fold("train.structure", tr("Layer by layer"), tip=tr(LAYERS_TIP))
        self.layer_fold.heading.hide()  # there is no height for it: a button beside the field takes its place
        self.layer_fold.body.addWidget(self.layers)
        self.unfold = icon_button(
            "train.structure.show", "chevron-right", tr(LAYERS_TIP), title=tr("Layer by layer"), checkable=True
        )
        self.note = named(words("", "caption", wrapped=True), "train.note")
        self.note.setAlignment(start(Qt.AlignmentFlag.AlignBottom))
        self._adjustable = words(tr(ADJUSTABLE), "title")
        self.mnist = named(QPushButton(), "train.mnist", look="chip", title=tr("Open MNIST"))
        self.mnist.setToolTip(tr("Learn from all of MNIST in place of the sample; it is kept on this computer."))
        self.mnist.hide()
        self.mnist.clicked.connect(lambda: self.dataWanted.emit(MNIST.key))
        self.runs = RunList("train.runs")
        self._running: TrainSpec | None = None
        self._run, self._twins = "", tuple[str, ...]()
        # Label of the run that is looked at, its settings, and which of them were changed while it trained.
        self._looked: tuple[str, TrainSpec | None, frozenset[str]] = "", None, frozenset()
        # The list is as far from the right edge as the fields.
        self._stack = stack(self._settings_page(), holder(hbox(self.runs, edges=(0, 0, BAR, 0))))
        self.body.addWidget(self._stack)
        # The scroll bar takes the panel's own edge, so that the fields keep their width.
        edges = self.column.contentsMargins()
        set_margins(self.column, edges.left(), edges.top(), edges.right() - BAR, edges.bottom())
        set_margins(self.head, 0, 0, BAR, 0)
        self._fit_note()
        theme().changed.connect(self._fit_note)
        theme().changed.connect(self._fit)

        self._optimizer = self._shown_optimizer()
        self._followed = ""  # the sentence that the learning rate followed another optimiser
        self._changes: dict[str, float] = {}
        self._timer = one_shot(self, self._send_changes, ms=LIVE_PERIOD_MS)
        self.form.fields["layers"].check_with(self._check_layers)
        self.form.edited.connect(self._take_edit)
        self.layers.edited.connect(self._take_layers)
        self.unfold.clicked.connect(self._turn_fold)
        self.layer_fold.toggled.connect(lambda _: self._show_fold())
        self._show_fold()
        self.chip.picked.connect(self.set_preset)
        self.pages.chosen.connect(self._show_page)
        self._refresh()
        self._adjustable.installEventFilter(self)

    def spec(self) -> TrainSpec | None:
        spec = self.form.spec()
        if spec is None:
            self.go_to_error()
        return spec

    def go_to_error(self) -> None:
        """Show the first wrong field with the sentence below it, and give it the focus."""
        if wrong := self.form.wrong():
            self.go_to(wrong.knob.name)

    def go_to(self, name: str) -> None:
        """Show the field of a setting with the sentence below it, and give it the focus."""
        field = self.form.fields[name]
        self.pages.choose("settings")
        label = next(label for names, label in self.form.errors.items() if name in names)
        for widget in (label, field):  # the field last: it matters most
            reveal(widget)
        field.editor.setFocus()

    def set_spec(self, spec: TrainSpec) -> None:
        self.set_values(spec.as_dict())

    def set_values(self, values: Mapping[str, Value]) -> None:
        """Change some of the settings. That is no edit: a preset for the next run must not change this one."""
        self.form.set_values(values)
        self._refresh()
        self.specEdited.emit()

    def propose(self, spec: TrainSpec) -> None:
        """Show these settings without a trace in the history of edits."""
        for name, value in spec.as_dict().items():
            self.form.fields[name].set_value(value)
        self._refresh()
        self.specEdited.emit()

    def edit_values(self, values: Mapping[str, Value]) -> None:
        """Change some of the settings as if a person had edited them: a run that trains takes the live ones."""
        self.form.set_values(values)
        for name in values:
            self._show_edit(name)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the first look, which hides the heading that the note names."""
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            self._show_note()
        return False

    def _show_page(self, page: str) -> None:
        self._stack.setCurrentIndex(list(PAGES).index(page))
        self._whose.setVisible(page == "settings")

    def set_preset(self, key: str) -> None:
        self.set_spec(PRESETS[key].spec)

    def set_data(self, data: DatasetOpened) -> None:
        self._ends, self._data = (data.shape, data.classes), data
        self.mnist.setVisible(data.name == SAMPLE_NAME)
        size = MNIST.size / 1e6
        self.mnist.setText(tr("Open MNIST") if MNIST.is_there else tr("Get MNIST, {size:,.0f} MB", size=size))
        self.form.fields["layers"].check_with(self._check_layers)
        self.form.fields["classes"].check_with(lambda text: chosen_classes(str(text), data.names))
        self._refresh()

    def set_running(self, run: str, spec: TrainSpec | None, twins: Sequence[str] = ()) -> None:
        """Show which run trains, with which settings; `None` when none does. `twins` are two that train in turns."""
        self._run, self._twins, self._running = run, tuple(twins), spec
        self._show_note()

    def set_looked(self, run: str, spec: TrainSpec | None, changed: Collection[str] = ()) -> None:
        """Set which run is looked at, its settings, and which were `changed` on the way, for the next `set_running`."""
        self._looked = run, spec, frozenset(changed)

    def show_runs(self, rows: Sequence[ListRow], count: int) -> None:
        """List these runs and groups, the newest first; `count` runs in all."""
        title = tr(PAGES["runs"][0])
        self.pages.set_title("runs", f"{title} {written(count, ',')}" if count else title)
        self.runs.show_rows(rows)

    def _settings_page(self) -> QWidget:
        space = metrics()["space"]
        page = QWidget()
        preset = hbox(words(tr("Preset"), "label", names=self.chip), self.chip, SPRING, gap="tight")
        self._preset = hbox(preset, self.mnist, gap="tight")
        column = vbox(self._preset, self._layers_row(), self.layer_fold, gap="tight", on=page)
        rarely(self.unfold, self.layers)
        for title, rows in ROWS.items():
            section = column
            if title:
                column.addSpacing(space["tight"])
            if title in self.folds:
                column.addWidget(self.folds[title])
                section = self.folds[title].body
                rarely(self.folds[title])
            elif title:
                column.addWidget(self._adjustable)
                rarely(self._adjustable)
            first_live = next((row for row in rows if set(LIVE) & set(row)), None)
            for row in rows:
                if title in self.folds and row is first_live:
                    section.addWidget(words(tr(ADJUSTABLE), "caption"))
                add(section, *self.form.page([row], PLAIN))
        foot = vbox(self.network, self.extent, "tight", self.note, gap=0)
        add(column, plainly(words(tr(IN_WORDS), "label", wrapped=True)), foot, SPRING)
        area = scrolling(page, "train.settings.page")  # a window may be lower than a projector's picture
        area.setAccessibleName(tr("Settings"))
        set_margins(column, 0, 0, BAR, 0)
        area.verticalScrollBar().rangeChanged.connect(
            lambda low, high: set_margins(
                column, 0, 0, BAR - area.verticalScrollBar().sizeHint().width() * (high > low), 0
            )
        )
        return area

    def _layers_row(self) -> QGridLayout:
        field = self.form.fields["layers"]
        # All on one line, as it is spoken: 784 → 300 → 10.
        field.label.setText(tr("Layers"))
        field.line.setSpacing(metrics()["space"]["tight"])
        field.line.insertWidget(0, field.label)
        field.line.insertSpacing(1, metrics()["space"]["small"])
        field.line.insertWidget(2, self.inputs)
        field.line.addWidget(self.outputs)
        field.line.addWidget(self.unfold)
        return self.form.row(["layers"])

    def _take_edit(self, name: str) -> None:
        """Follow an edit. The rate follows another optimiser, if it was the usual one of the former."""
        if name == "optimizer" and self.form.fields["learning_rate"].value() == USUAL_RATES[self._optimizer]:
            optimizer = self._shown_optimizer()
            usual = USUAL_RATES[optimizer]
            # For the next run, as a preset is; the history takes both as one change.
            self.form.set_values({"learning_rate": usual})
            called = knobs(TrainSpec)["optimizer"].choices[optimizer]
            self._followed = tr("Learning rate {rate:g}, the usual one of {optimizer}.", rate=usual, optimizer=called)
        self._show_edit(name)
        self._followed = ""

    def _shown_optimizer(self) -> str:
        return str(self.form.fields["optimizer"].value())

    def _show_edit(self, name: str) -> None:
        value = self.form.fields[name].value()
        if name in LIVE and value is not None:
            self._changes[name] = float(value)
            if not self._timer.isActive():
                self._timer.start()
        self._refresh()
        self.specEdited.emit()

    def _send_changes(self) -> None:
        changes, self._changes = self._changes, {}
        if changes:
            self.liveChanged.emit(changes)

    def _refresh(self) -> None:
        """Show what follows from the fields."""
        spec = self._next = self.form.spec()
        self._show_network(spec)
        self._sentence = f"{self.chip.show_spec(spec)} {self._expectation(spec)}".rstrip()
        self._show_folds(is_preset=self.chip.is_preset)
        self._fit()
        self._optimizer = self._shown_optimizer()
        self._show_note()

    def _show_note(self) -> None:
        """Say what the settings are for, and mark those in which the run that trains differs."""
        spec, running, sentence = self._next, self._running, self._sentence
        if running is not None and spec is not None:
            running = running.but(**{name: getattr(spec, name) for name in LIVE})
        self.form.mark_changes(running)
        if spec is not None and running is not None:
            sentence = f"{self._followed} {self._next_run(spec, running)}".lstrip()
        elif self._followed:
            sentence = self._followed
        elif spec is not None:
            sentence = self._beside_looked(spec) or sentence
        self.note.setText("" if spec is None else sentence)
        self.note.setVisible(spec is not None)  # the sentence below the wrong field takes its room

    def _expectation(self, spec: TrainSpec | None) -> str:
        """Return the data that the next run learns from, and the measured accuracy of this preset on them, if there is
        one.
        """
        data = self._data
        preset = next((key for key, preset in PRESETS.items() if preset.spec == spec), None)
        if data is None or preset is None:
            return ""
        expected = expectation(data.name, data.train_images, data.test_images, preset)
        images = tr_plural(
            "{data}: {count:,} image.", "{data}: {count:,} images.", data.train_images, data=isolated(data.name)
        )
        return f"{images} {expected}".rstrip()

    def _show_folds(self, *, is_preset: bool) -> None:
        """Show in the headings what differs from the defaults; a preset's name says it already."""
        for title, fold in self.folds.items():
            names = [name for row in ROWS[title] for name in row]
            wrong = any(self.form.fields[name].error for name in names)
            fold.show_changes(self.form.say_changes(names), wrong=wrong, quiet=is_preset)

    def _show_network(self, spec: TrainSpec | None) -> None:
        """Show what comes before and after the layers; nothing while they are wrong."""
        shape, classes = self._ends
        network = self._typed_layers(str(self.form.fields["activation"].value())) or ()
        convolutional = not all(isinstance(layer, DenseLayer) for layer in network)
        needs_words = convolutional or len({layer.activation for layer in hidden_in(network)}) > 1
        self.inputs.setText(f"{in_words((), shape)} {arrow()}")
        self.outputs.setText(f"{arrow()} {classes}")
        for end in (self.inputs, self.outputs):
            end.setVisible(not convolutional)
        self.network.set_words(in_words(network, shape, classes) if needs_words else "")
        self.network.setVisible(needs_words and spec is not None)
        self.extent.set_words(self._say_extent(spec) if spec is not None else "")
        self._show_layers()
        self._fit_note()

    def _check_layers(self, text: Value) -> None:
        check_fits(str(text), *self._ends)

    def _turn_fold(self) -> None:
        self.layer_fold.heading.click()
        reveal(self.form.fields["layers"])  # the line that the rows below it write

    def _show_fold(self) -> None:
        is_open = self.layer_fold.is_open
        self.layer_fold.setVisible(is_open)
        self.unfold.setChecked(is_open)
        set_icon(self.unfold, "chevron-down" if is_open else "chevron-right", "muted")
        self._show_layers()

    def _show_layers(self) -> None:
        """Show what each layer gives, also of those before one that does not fit."""
        if self.layer_fold.is_open:
            self.layers.show_layers(self._typed_layers(), *self._ends)

    def _typed_layers(self, activation: str = "") -> Layers | None:
        """Return the layers in the field, whether they fit or not; `None` where there are none."""
        editor = self.form.fields["layers"].editor
        try:
            return parse_layers(editor.text(), activation) if isinstance(editor, QLineEdit) else None
        except UserError:
            return None

    def _take_layers(self, text: str) -> None:
        """Take layers that were put together by clicking as if they had been typed."""
        self.form.fields["layers"].set_value(text)
        self.form.edited.emit("layers")

    def _say_extent(self, spec: TrainSpec) -> str:
        try:
            count = spec.plan(*self._ends).parameters
        except UserError as misfit:
            return str(misfit)
        data, parts = self._data, [tr_plural("{count:,} parameter", "{count:,} parameters", count)]
        if data is not None:
            images = learned_count(spec, data.train_counts, data.names) if data.train_counts else data.train_images
            steps = images // fitted_batch(spec.batch, images)
            parts.append(tr_plural("{count:,} step an epoch", "{count:,} steps an epoch", steps))
        return " · ".join(parts)

    def _fit(self) -> None:
        """Put the button for MNIST below the preset where both are too wide for one line."""
        self._preset.setDirection(ACROSS)
        self._preset.setAlignment(self.mnist, Qt.AlignmentFlag(0))
        edges = self.column.contentsMargins()
        if self._preset.minimumSize().width() > self.width() - edges.left() - edges.right() - BAR:
            self._preset.setDirection(DOWN)
            self._preset.setAlignment(self.mnist, Qt.AlignmentFlag.AlignLeft)

    def _fit_note(self) -> None:
        is_said = not self.network.isHidden()
        self.note.setMinimumHeight(scaled(NOTE) - self.network.sizeHint().height() * is_said)

    def _next_run(self, spec: TrainSpec, running: TrainSpec) -> str:
        first, last = self._twins if len(self._twins) > 1 else (self._run, "")
        if titles := _titles([*spec.differences(running)]):
            others = tr("For the next run: {settings}.", settings=titles)
            keep = mark("Runs {first} and {last} keep their own.") if last else mark("Run {first} keeps its own.")
            return f"{others} {tr(keep, first=first, last=last)}"
        train = mark("Runs {first} and {last} are training.") if last else mark("Run {first} is training.")
        changes = tr("Changes are for the next run.")
        if not self._adjustable.isHidden():  # the first look has nothing below that heading, nor the heading
            changes = tr("Changes are for the next run, except those under {heading}.", heading=tr(ADJUSTABLE))
        return f"{tr(train, first=first, last=last)} {changes}"

    def _beside_looked(self, spec: TrainSpec) -> str:
        run, its, changed = self._looked
        names = {*spec.differences(its), *changed} if its is not None else ()
        titles = _titles([name for name in knobs(TrainSpec) if name in names])
        return tr("Run {run} had other settings: {settings}.", run=run, settings=titles) if titles else ""


def _titles(names: Sequence[str]) -> str:
    titles = [in_sentence(knobs(TrainSpec)[name].title) for name in names[:MOST_LISTED]]
    if (more := len(names) - MOST_LISTED) > 0:
        titles.append(tr_plural("{count} more", "{count} more", more))
    return ", ".join(titles)


class PresetChip(MenuChip):
    """The name of a preset on a button whose menu offers all of them."""

    picked = Signal(str)  # the key of the preset

    def __init__(self, name: str) -> None:
        self.is_preset = False
        super().__init__(name, look="accent chip", tone="accent")  # no text
        menu = self.menu()
        menu.setLayoutDirection(self.layoutDirection())
        menu.setToolTipsVisible(True)
        for key, preset in PRESETS.items():
            pick = partial(self.picked.emit, key)
            add_entry(menu, f"{name}.{key}", preset.title, pick, tip=preset.sentence)

    def show_spec(self, spec: TrainSpec | None) -> str:
        preset = next((preset for preset in PRESETS.values() if preset.spec == spec), None)
        self.is_preset = preset is not None
        title, sentence = (preset.title, preset.sentence) if preset else (tr(OWN), tr(OWN_SENTENCE))
        if title != self.text():
            set_title(self, title, tr("Preset: {name}", name=title), sentence)
        return sentence
