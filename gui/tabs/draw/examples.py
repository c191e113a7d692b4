"""Teaching: examples with a class, their shelf in the canvas' place, and the training with them. All can be undone."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QMimeData, QPoint, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QAbstractItemView, QPushButton, QWidget

from engine.core.drawing import NO_CANVAS, CanvasState
from engine.core.errors import UserError
from engine.core.example import MOST_EXAMPLES, Example, class_names, example_of
from engine.core.language import mark, tr, tr_plural
from engine.core.lazy import Array
from engine.core.lens import Lens
from engine.core.messages import JobEnded
from engine.model.training.messages import Parent, RunStarted
from engine.session.jobs.examples import ExamplesRead, class_called, keep_examples, read_examples
from engine.session.jobs.files import SessionOpened
from engine.session.jobs.runs import delete_runs, restore_runs
from gui.look.class_names import names
from gui.look.layout import ends, hbox, pixels, vbox
from gui.look.words import Elided, enable, named, words
from gui.state.kept import Kept
from gui.state.notices import refuse, tell
from gui.tabs.draw.ink import Sheet
from gui.tabs.draw.kept_drawings import DELETE, Thumbnails, sheet_of
from gui.widgets.forms.controls import MenuChip, add_entry, chip
from gui.widgets.tab import Tab

TOPIC = "examples"  # topic of the notice that a drawing was kept as an example


class Examples(Kept[int, Example]):
    """The shelf in the window, by rising numbers. The engine keeps it, one change after the other."""

    def __init__(self, tab: Tab) -> None:
        super().__init__(tab.bridge, tab.history, tab, keep_examples, lambda message: message.examples)
        self._tab = tab
        self._reading: int | None = None
        self._lesson: _Lesson | None = None  # the training that was started last
        tab.bridge.listen(ExamplesRead, self._take_read, job=lambda: self._reading)
        tab.bridge.listen(JobEnded, lambda _: self._end_reading(), job=lambda: self._reading)
        tab.bridge.listen(RunStarted, self._take_start)

    @property
    def is_reading(self) -> bool:
        return self._reading is not None

    @property
    def classes(self) -> tuple[str, ...]:
        """The names that an example may have: those of the data, and those on the shelf."""
        return class_names(self.things.values(), names())

    def counts(self) -> Counter[str]:
        return Counter(example.label for example in self.things.values())

    def learn(self, picture: Array, label: str, canvas: Mapping[str, Any] | None = None) -> None:
        """Keep what the network receives, (rows, columns) 0 to 1, as an example; `canvas` is the sheet behind it."""
        if name := self._named(label):
            self._add(tr("learn this as “{name}”", name=name), [example_of(picture, name, canvas)])
            sentence = tr("Kept as an example of {name}: {count} so far.", name=name, count=self.counts()[name])
            hint = tr("Learn this as shows them, and trains on with them.")
            self._bridge.submit(tell, sentence, hint, TOPIC)

    def relabel(self, numbers: Iterable[int], label: str) -> None:
        if name := self._named(label):
            others = {
                number: dataclasses.replace(self.things[number], label=name)
                for number in numbers
                if self.things[number].label != name
            }
            if others:
                self._set(tr("relabel as “{name}”", name=name), {**self.things, **others})

    def remove(self, numbers: Iterable[int]) -> None:
        """Remove these examples; what a run has learned from them stays."""
        if removed := set(numbers) & self.things.keys():
            rest = {number: example for number, example in self.things.items() if number not in removed}
            self._set(tr_plural("remove an example", "remove {count} examples", len(removed)), rest)

    def add_files(self, paths: Iterable[Path | str], label: str, shape: tuple[int, int], *, raw: bool) -> None:
        """Add pictures of a class, or folders and files of data with classes of their own."""
        self._reading = self._bridge.ask(read_examples, [str(path) for path in paths], label, shape, raw=raw)
        self.changed.emit()

    def sheet(self, number: int) -> Sheet:
        """Return the sheet of an example: its drawing, or its picture as it is."""
        example = self.things[number]
        if example.canvas is not None:
            try:
                state = CanvasState.from_plain(example.canvas)
            except NO_CANVAS:
                pass
            else:
                return sheet_of(state.drawing, state.change)
        caption = tr("Example, {name}", name=example.label)
        return Sheet(picture=example.image / np.float32(255), caption=caption, as_is=True)

    def train_on(self) -> None:
        """Teach the examples to the network of the selected moment, as a new run."""
        lens = self._tab.selection.lens
        run = self._bridge.runs.seen(lens)
        step = run.nearest(run.newest if lens.moment is None else lens.moment) if run and lens else None
        if run is None or lens is None or step is None or not self.things:
            return
        self._lesson = _Lesson(self._tab, Parent(run.name, step), tuple(self.things.values()))
        self._history.do(tr("train on with my drawings"), self._lesson.do, self._lesson.undo)

    def _take_session(self, message: SessionOpened) -> None:
        self._lesson = None
        super()._take_session(message)

    def _take_read(self, message: ExamplesRead) -> None:
        count = len(message.examples)
        self._add(tr_plural("add {count} example", "add {count} examples", count), message.examples)

    def _end_reading(self) -> None:
        self._reading = None
        self.changed.emit()

    def _take_start(self, message: RunStarted) -> None:
        if self._lesson is not None and self._bridge.sending_job == self._lesson.job:
            self._lesson.take_run(message.run)

    def _named(self, label: str) -> str:
        try:
            return class_called(label)
        except UserError as error:
            self._bridge.submit(refuse, error.sentence, error.hint)
            return ""

    def _add(self, text: str, examples: Iterable[Example]) -> None:
        first = max(self.things, default=0) + 1
        self._set(text, {**self.things, **dict(enumerate(examples, start=first))})

    def _set(self, text: str, after: Mapping[int, Example]) -> None:
        if len(after) > MOST_EXAMPLES:
            sentence = tr("A session keeps {count:,} examples at most.", count=MOST_EXAMPLES)
            self._bridge.submit(refuse, sentence, tr("Make a data set of them: Export."))
            return
        self.change(text, after)


class _Lesson:
    """A training with examples, which can be undone together with its run."""

    def __init__(self, tab: Tab, parent: Parent, examples: tuple[Example, ...]) -> None:
        self._bridge, self._controls, self._selection = tab.bridge, tab.controls, tab.selection
        self._parent, self._examples = parent, examples
        self._before: Lens | None = None
        self._run = ""
        self._is_undone = False
        self.job: int | None = None

    def do(self) -> None:
        """Start the training, or restore the run that it made."""
        self._before, self._is_undone = self._selection.lens, False
        if self._run:
            self._bridge.submit(restore_runs, [self._run])
        else:
            self.job = self._controls.teach(self._parent, self._examples)

    def take_run(self, run: str) -> None:
        """Take the run that it makes; one that was undone meanwhile is deleted at once."""
        self._run = run
        if self._is_undone:
            self._bridge.submit(delete_runs, [run])

    def undo(self) -> None:
        """Delete the run, and select what was selected before; a training that still runs is stopped."""
        self._is_undone = True
        if self.job is not None and self._controls.job() == self.job:
            self._controls.stop()
        self._selection.change(lens=self._before)
        if self._run:
            self._bridge.submit(delete_runs, [self._run])


EMPTY = mark(
    "Draw something and press Learn this as, or drop pictures here: they are kept in the session, "
    "and the network can be trained on with them."
)

TRAIN = mark("Train on with my drawings")


class ExampleShelf(QWidget):
    """Thumbnails with the names of their classes. Several can be chosen at once."""

    chosen = Signal(int)  # the number of an example that is to be put on the canvas
    closed = Signal()
    relabelWanted = Signal(object)  # the numbers of examples that are to have another class
    removed = Signal(object)
    filesGiven = Signal(object)  # the paths of dropped files
    moreWanted = Signal(str)  # `add`, `use`, `npz` or `folder`

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.numbers: Sequence[int] = ()  # of the shown examples, in their order
        tip = tr("Click an example to read it again; Ctrl or Shift chooses several.")
        self.list = Thumbnails(f"{name}.list", tr("Examples"), tip)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setAcceptDrops(False)  # what is dropped on it comes to the shelf
        self.counts = Elided(f"{name}.counts")
        self.sentence = named(words(tr(EMPTY), "label", wrapped=True, centred=True), f"{name}.sentence")
        self.relabel = chip(f"{name}.relabel", tr("Relabel"), tr("Give the chosen examples another class. (F2)"))
        self.delete = chip(
            f"{name}.delete", tr("Delete"), tr("Remove the chosen examples; undo brings them back. (Delete)")
        )
        self.more = MenuChip(f"{name}.more", tr("More"))
        self.more.setAccessibleName(tr("More to do with the examples"))
        self.more.setToolTip(tr("Add pictures, make the examples the data set, or export them."))
        self.back = chip(f"{name}.back", tr("Back"), tr("Go back to the canvas. (Esc)"))
        self.train = named(QPushButton(tr(TRAIN)), f"{name}.train", title=tr(TRAIN), look="primary")
        self._only_filled = list[Callable[[bool], object]]()
        for key, text, tip in (
            ("add", tr("&Add pictures…"), tr("Pictures of one class, read as a drawing is.")),
            ("use", tr("&Use as the data set"), tr("Train new networks on these examples and nothing else.")),
            ("npz", tr("&Export as .npz…"), tr("One file, which can be opened as a data set.")),
            ("folder", tr("Export as a &folder of pictures…"), tr("PNG files, in a folder for each class.")),
        ):
            action = add_entry(self.more.menu(), f"{name}.{key}", text, partial(self.moreWanted.emit, key), tip=tip)
            if key != "add":
                self._only_filled.append(action.setEnabled)
        self.more.menu().setToolTipsVisible(True)
        gap = pixels("tight") + 2
        foot = ends(hbox(self.relabel, self.delete, self.more, gap=gap), hbox(self.back), gap)
        vbox((self.list, 1), (self.sentence, 1), self.counts, foot, self.train, gap="small", on=self)
        self.list.itemClicked.connect(self._put)
        self.list.itemDoubleClicked.connect(lambda _: self.closed.emit())
        self.list.keyPressed.connect(self._take_key)
        self.relabel.clicked.connect(lambda: self._take_key(Qt.Key.Key_F2))
        self.delete.clicked.connect(lambda: self._take_key(Qt.Key.Key_Delete))
        self.back.clicked.connect(self.closed)
        self.setAcceptDrops(True)
        self.show_sheets({}, {})
        self.show_why_not("")

    @property
    def chosen_numbers(self) -> list[int]:
        return [self.numbers[index.row()] for index in self.list.selectedIndexes()]

    def show_sheets(self, sheets: Mapping[int, Sheet], labels: Mapping[int, str]) -> None:
        """Show these sheets, by number, in this order, each with its class; the choice stays."""
        before, row = set(self.chosen_numbers), self.list.currentRow()
        self.numbers = tuple(sheets)
        self.list.show_sheets({f"{number}": sheet for number, sheet in sheets.items()}, [*labels.values()])
        if sheets:
            self.list.setCurrentRow(min(max(row, 0), len(sheets) - 1))
        if before & {*sheets}:
            self.list.clearSelection()
            for place, number in enumerate(self.numbers):
                self.list.item(place).setSelected(number in before)
        self.list.setVisible(bool(sheets))
        self.sentence.setVisible(not sheets)
        for set_enabled in (self.relabel.setEnabled, self.delete.setEnabled, *self._only_filled):
            set_enabled(bool(sheets))

    def show_counts(self, counts: Mapping[str, int], *, is_reading: bool = False) -> None:
        """Show how many examples each class has, or that pictures are being read."""
        summary = " · ".join(f"{name}: {count}" for name, count in counts.items())
        self.counts.set_words(tr("Reading pictures…") if is_reading else summary)

    def show_why_not(self, reason: str) -> None:
        """Show why no training can start now; empty where it can."""
        why_not = reason or ("" if self.numbers else tr("There are no examples yet."))
        tip = tr("Teach the examples to the network of the snapshot that is looked at, as a new run.")
        enable(self.train, not why_not, tip, why_not)

    def _put(self) -> None:
        if len(self.chosen_numbers) == 1:
            self.chosen.emit(self.chosen_numbers[0])

    def _take_key(self, key: Qt.Key) -> None:
        if key == Qt.Key.Key_Escape:
            self.closed.emit()
        elif not self.chosen_numbers:
            return
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._put()
            if key != Qt.Key.Key_Space:
                self.closed.emit()
        elif key == Qt.Key.Key_F2:
            self.relabelWanted.emit(self.chosen_numbers)
        elif key in DELETE:
            self.removed.emit(self.chosen_numbers)

    def place_to_ask(self) -> QPoint:
        """Return the point on the screen where the menu of classes opens."""
        return self.relabel.mapToGlobal(QPoint(0, self.relabel.height()))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if files_in(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if paths := files_in(event.mimeData()):
            event.acceptProposedAction()
            self.filesGiven.emit(paths)


def files_in(data: QMimeData) -> list[str]:
    """Return the paths of dragged files."""
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
