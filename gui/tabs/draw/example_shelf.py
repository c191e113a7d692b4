"""The shelf of examples, in the canvas' place: pictures in the order of their classes, and the buttons below."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QMimeData, QPoint, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QAbstractItemView, QPushButton, QWidget

from gui.look.layout import SPRING, hbox, pixels, vbox
from gui.look.words import Elided, enable, named, words
from gui.tabs.draw.kept_drawings import Thumbnails
from gui.tabs.draw.sheet import Sheet
from gui.widgets.forms.chip import MenuChip, add_entry, chip

EMPTY = (
    "Draw something and press Learn this as, or drop pictures here: they are kept in the session, "
    "and the network can be trained on with them."
)

TRAIN = "Train on with my drawings"


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
        tip = "Click an example to read it again; Ctrl or Shift chooses several."
        self.list = Thumbnails(f"{name}.list", "Examples", tip)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setAcceptDrops(False)  # what is dropped on it comes to the shelf
        self.counts = Elided(f"{name}.counts")
        self.sentence = named(words(EMPTY, "label", wrapped=True), f"{name}.sentence")
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.relabel = chip(f"{name}.relabel", "Relabel", "Give the chosen examples another class. (F2)")
        self.delete = chip(f"{name}.delete", "Delete", "Remove the chosen examples; undo brings them back. (Delete)")
        self.more = MenuChip(f"{name}.more", "More")
        self.more.setAccessibleName("More to do with the examples")
        self.more.setToolTip("Add pictures, make the examples the data set, or export them.")
        self.back = chip(f"{name}.back", "Back", "Go back to the canvas. (Esc)")
        self.train = named(QPushButton(TRAIN), f"{name}.train", title=TRAIN, look="primary")
        self._only_filled = list[Callable[[bool], object]]()
        for key, text, tip in (
            ("add", "&Add pictures…", "Pictures of one class, read as a drawing is."),
            ("use", "&Use as the data set", "Train new networks on these examples and nothing else."),
            ("npz", "&Export as .npz…", "One file, which can be opened as a data set."),
            ("folder", "Export as a &folder of pictures…", "PNG files, in a folder for each class."),
        ):
            action = add_entry(self.more.menu(), f"{name}.{key}", text, partial(self.moreWanted.emit, key), tip=tip)
            if key != "add":
                self._only_filled.append(action.setEnabled)
        self.more.menu().setToolTipsVisible(True)
        vbox(
            (self.list, 1),
            (self.sentence, 1),
            self.counts,
            hbox(self.relabel, self.delete, self.more, SPRING, self.back, gap=pixels("tight") + 2),
            self.train,
            gap="small",
            on=self,
        )
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
        self.counts.set_words("Reading pictures…" if is_reading else summary)

    def show_why_not(self, reason: str) -> None:
        """Show why no training can start now; empty where it can."""
        why_not = reason or ("" if self.numbers else "There are no examples yet.")
        tip = "Teach the examples to the network of the snapshot that is looked at, as a new run."
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
        elif key == Qt.Key.Key_Delete:
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
