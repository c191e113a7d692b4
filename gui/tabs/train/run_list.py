"""The page of the runs: the list, what can be done with the current run, and a sentence while there is none."""

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QContextMenuEvent, QFontMetricsF, QHelpEvent, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QListView, QMenu, QPushButton, QStyle, QWidget

from engine.core.language import mark, tr, tr_plural
from engine.core.messages import Job
from engine.session.jobs.files import SessionOpened
from engine.session.jobs.runs import color_runs, delete_runs, pin_runs, rename_run, restore_runs
from gui.look.fonts import scaled
from gui.look.icons import icon
from gui.look.layout import hbox, stack, vbox
from gui.look.theme import run_token, theme
from gui.look.words import entry, named, plain_tip, show_tip, words
from gui.state.history import History
from gui.state.link.bridge import Bridge
from gui.state.link.steered import InOrder
from gui.state.notices import refuse
from gui.state.training.runs import Group, Run
from gui.tabs.train.run_row import GroupRow, ListRow, RunRow, say_images
from gui.widgets.figures.save_place import ask_where
from gui.widgets.figures.table import Table
from gui.widgets.forms.controls import add_entry
from gui.widgets.painted import RIGHT, Bar, Dot, Words, draw, row_ground, smooth_painter, turned

NO_RUN = mark("No run yet. Press Start: every run is listed here, with its colour, its accuracy and its settings.")

GROUP_VERBS: Mapping[str, tuple[str, str]] = {
    "table": (mark("Show as a table"), mark("Show what became of each run of {name}, on the page Runs of Compare.")),
    "export": (mark("Export CSV…"), mark("Save the final figures of the runs of {name} as a table.")),
    "delete": (mark("Delete"), mark("Delete the runs of {name} (Del). Edit > Undo brings them back.")),
}

NO_SETTINGS = mark("A group has no settings of its own; open it to copy those of a run.")
GROUP_PINNED = mark("Hide {name} from the plots.")

GROUP_UNPINNED = mark(
    "Show {name} in the plots, as a band from its lowest to its highest run; with their mean where they differ in "
    "their seed alone."
)

NO_NAME = mark("A group is called by what it goes over; open it to rename its runs.")
NOTHING_CHOSEN = mark("Choose a run in the list first.")
IS_TRAINING = mark("Run {name} is being trained. Stop it first.")

# Title and tooltip of each button, by what it does.
VERBS: Mapping[str, tuple[str, str]] = {
    "duplicate": (mark("Copy settings"), mark("Take the settings of run {name} over for the next run.")),
    "rename": (mark("Rename"), mark("Give run {name} a title (F2).")),
    "export": (mark("Export CSV…"), mark("Save the epochs of run {name} as a table.")),
    "delete": (mark("Delete"), mark("Delete run {name} (Del). Edit > Undo brings it back.")),
}

SHORT = {"export": "CSV…"}
Trigger = QAbstractItemView.EditTrigger
PINNED = mark("Hide run {name} from the plots.")
UNPINNED = mark("Show run {name} in the plots, behind the run that is looked at.")

# What is said of the run that is looked at, by whether it stays in the plots.
CURRENT = {
    True: mark("Run {name} stays in the plots when you look at another run. Click to let it go then."),
    False: mark("Run {name} is looked at, so it is drawn. Click to keep it in the plots when you look at another run."),
}

# Pages of Compare that the menu opens; an average is the middle of the road.
COMPARISONS = {"answers": mark("Compare with"), "road": mark("Road to"), "average": mark("Average with")}

MOST_COMPARED = 20

type Part = Literal["color", "pin", "fold", ""]

# Heights of a row and of its lines; sides of a click target, the chip, the eye, the arrow and the live dot.
HEIGHT, LINE, TARGET, CHIP, PIN, FOLD, DOT = 64, 18, 28, 12, 16, 14, 7

GAP = 2
INDENT = 16  # how far rows of groups and of their runs are indented, beside the arrow that folds
LONGEST_TITLE = 60

type Index = QModelIndex | QtCore.QPersistentModelIndex

ROW = int(Qt.ItemDataRole.UserRole)

# In the order of the theme's `runs`.
NAMES = (
    *(mark("Blue"), mark("Ochre"), mark("Red"), mark("Grey"), mark("Violet")),
    *(mark("Brown"), mark("Orange"), mark("Olive"), mark("Slate"), mark("Aqua")),
)

HEADS = (
    mark("run"),
    mark("title"),
    mark("test accuracy"),
    mark("test images"),
    mark("best epoch"),
    mark("set otherwise"),
    mark("progress"),
)

SIDE, SWATCH = 16, 12


class RunList(QWidget):
    """The list with its buttons and menus. It signals what is wanted; what it shows changes by `show_rows` alone.

    What can be done with a run and with a group is signalled with the key of the row.
    """

    picked = Signal(str)
    renamed = Signal(str, str)
    colored = Signal(str, int)
    pinned = Signal(str, bool)
    deleted = Signal(str)
    exported = Signal(str, object)  # with the path for the table
    duplicated = Signal(str)
    compared = Signal(str, str)  # a page of Compare, and the run to compare the current one with
    splitWanted = Signal(str)  # a run of which two are to be made that differ in one setting
    repeated = Signal(str)
    folded = Signal(str, bool)  # a group, and whether it is to be folded
    tabled = Signal(str)  # a group that is to be shown as a table

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.view = RunView(f"{name}.list")
        self.empty = named(words(tr(NO_RUN), "label", wrapped=True, centred=True), f"{self.objectName()}.empty")
        self.buttons = {verb: self._make_button(verb) for verb in VERBS}
        self.menu = named(QMenu(self), f"{name}.menu")
        self._colors = named(QMenu(tr("Colour"), self), f"{name}.colours")
        self._comparisons = {page: named(QMenu(self), f"{name}.{page}") for page in COMPARISONS}
        self._pages = stack(self.empty, self.view)
        vbox((self._pages, 1), hbox(*self.buttons.values(), gap="tight"), gap="small", on=self)
        self.view.picked.connect(self.picked)
        self.view.delegate.renamed.connect(self.renamed)
        self.view.colorWanted.connect(self._offer_colors)
        self.view.pinWanted.connect(self.pinned)
        self.view.folded.connect(self.folded)
        self.view.chosen.connect(self._show_usable)
        self.view.deleteWanted.connect(lambda: self._do("delete"))
        self.view.menuWanted.connect(self._open_menu)
        self.show_rows([])

    def show_rows(self, rows: Sequence[ListRow]) -> None:
        self.view.show_rows(rows)
        self._pages.setCurrentWidget(self.view if rows else self.empty)
        self._show_usable()

    def _make_button(self, verb: str) -> QPushButton:
        title = tr(VERBS[verb][0])
        button = QPushButton(SHORT.get(verb, title))
        named(button, f"{self.objectName()}.{verb}", title=title.removesuffix("…"), look="small")
        button.clicked.connect(lambda: self._do(verb))
        return button

    def _show_usable(self) -> None:
        row = self.view.current()
        for verb, button in self.buttons.items():
            reason = self._reason(verb, row)
            button.setEnabled(not reason)
            verbs = {**VERBS, **GROUP_VERBS} if isinstance(row, GroupRow) else VERBS
            button.setToolTip(plain_tip(reason or tr(verbs[verb][1], name=row.label if row else "")))

    def _reason(self, verb: str, row: ListRow | None) -> str:
        """Return why this cannot be done now; empty when it can."""
        if row is None:
            return tr(NOTHING_CHOSEN)
        if isinstance(row, GroupRow) and verb in ("rename", "duplicate"):
            return tr(NO_NAME if verb == "rename" else NO_SETTINGS)
        return tr(IS_TRAINING, name=row.label) if verb == "delete" and row.state else ""

    def _do(self, verb: str) -> None:
        row = self.view.current()
        if row is None or self._reason(verb, row):
            return
        if verb == "rename":
            self.view.rename()
        elif verb == "export":
            self._choose_file(row)
        elif verb == "delete":
            self.deleted.emit(row.key)
        else:
            signals = {"repeat": self.repeated, "duplicate": self.duplicated, "table": self.tabled}
            signals[verb].emit(row.name)

    def _open_menu(self, place: QPoint) -> None:
        if (row := self.view.current()) is None:
            return
        self.menu.clear()
        verbs = {
            **VERBS,
            "repeat": (mark("Repeat with other seeds…"), mark("Train run {name} again, or with other settings.")),
        }
        order: Sequence[str] = ("duplicate", "repeat", "rename", "export", "delete")
        if isinstance(row, GroupRow):
            verbs, order = {**GROUP_VERBS}, tuple(GROUP_VERBS)
        for verb in order:
            if verb == "rename" and isinstance(row, RunRow):
                self._add(self.menu, "split", tr("Split into two runs…"), partial(self.splitWanted.emit, row.name))
            if verb == "export":
                if isinstance(row, RunRow):
                    self._add_comparisons(row)
                text = tr("Hide from plots") if row.pinned else tr("Show in plots")
                self._add(self.menu, "pin", text, partial(self.pinned.emit, row.key, not row.pinned))
                self._fill_colors(row)
                self.menu.addMenu(self._colors)
            action = self._add(self.menu, verb, tr(verbs[verb][0]), partial(self._do, verb))
            action.setEnabled(not self._reason(verb, row))
        self.menu.popup(place)

    def _add_comparisons(self, row: RunRow) -> None:
        """Offer all other runs, and the run's own snapshots, to be compared with the run of the menu."""
        for page, title in COMPARISONS.items():
            menu = self._comparisons[page]
            menu.clear()
            rows = (other for other in self.view.rows.rows if isinstance(other, RunRow))
            for other in [other for other in rows if other.name != row.name][:MOST_COMPARED]:
                compare = partial(self.compared.emit, page, other.name)
                self._add(menu, other.name, entry(tr("Run {run}", run=other.label)), compare)
            self._add(menu, "own", tr("Its own first snapshot"), partial(self.compared.emit, page, row.name))
            menu.setTitle(tr(title))
            self.menu.addMenu(menu)

    def _add(self, menu: QMenu, name: str, text: str, do: Callable[[], object]) -> QAction:
        return add_entry(menu, f"{menu.objectName()}.{name}", text, do)

    def _offer_colors(self, key: str, place: QPoint) -> None:
        if row := self.view.rows.row(key):
            self._fill_colors(row)
            self._colors.popup(place)

    def _fill_colors(self, row: ListRow) -> None:
        fill_with_colors(self._colors, row.color, partial(self.colored.emit, row.key))

    def _choose_file(self, row: ListRow) -> None:
        is_group = isinstance(row, GroupRow)
        title = tr(mark("Export group {name}") if is_group else mark("Export run {name}"), name=row.label)
        file = f"{'group' if is_group else 'run'} {file_name(row.label)}.csv"
        name, _ = ask_where(self, title, file, tr("Tables (*.csv);;All files (*)"))
        if name:
            self.exported.emit(row.key, Path(name))


def file_name(label: str) -> str:
    """Return a run's label as part of a file name: without characters that some system does not take."""
    return " ".join(re.sub(r"[^\w .,()+-]", " ", label).split())


class RunView(QListView):
    """A list of rows, by key, with parts that can be clicked without choosing the row: colour, eye, a group's fold."""

    picked = Signal(str)  # the name of a run
    chosen = Signal()  # a row, also a group's, became the current one
    colorWanted = Signal(str, QPoint)  # the key of a row, and the place on the screen where to offer colours
    pinWanted = Signal(str, bool)
    folded = Signal(str, bool)  # the name of a group, and whether it is to be folded
    deleteWanted = Signal()
    menuWanted = Signal(QPoint)

    def __init__(self, name: str) -> None:
        super().__init__()
        named(self, name, title=tr("Runs"), look="rows")
        self.setToolTip(
            tr(
                "Click a run to look at it, its eye to show it in the plots. F2 renames it, Delete deletes it. "
                "Right and Left open and fold a group."
            )
        )
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(Trigger.DoubleClicked | Trigger.EditKeyPressed)
        self.setMouseTracking(True)
        self.rows = RunModel(self)
        self.delegate = RunDelegate(self)
        self.setModel(self.rows)
        self.setItemDelegate(self.delegate)
        self._pressed: tuple[str, Part] = "", ""
        self._showing = False
        self._group = ""  # key of the group's row that a person chose, until another run is looked at
        self._looked = ""
        self.selectionModel().currentChanged.connect(self._tell_choice)
        theme().changed.connect(self.viewport().update)

    def show_rows(self, rows: Sequence[ListRow]) -> None:
        """Show these rows. The current one is that of the run that is looked at, unless a person chose a group."""
        self._showing = True
        looked = next((row.looked if isinstance(row, GroupRow) else row.name for row in rows if row.current), "")
        if looked != self._looked:
            self._group, self._looked = "", looked
        try:
            self.rows.show_rows(rows)
            index = self.rows.index_of(self._group) if self._group else QModelIndex()
            if not index.isValid():
                index = self.rows.index_of(next((row.key for row in rows if row.current), ""))
            if index != self.currentIndex():
                self.setCurrentIndex(index)
        finally:
            self._showing = False

    def table(self) -> Table | None:
        rows = [
            (row.name, row.title, row.accuracy, say_images(row), row.best, row.differences, row.progress)
            for row in self.rows.rows
        ]
        return Table(HEADS, rows) if rows else None

    def current(self) -> ListRow | None:
        return self.currentIndex().data(ROW) if self.currentIndex().isValid() else None

    def rename(self) -> None:
        if isinstance(self.current(), RunRow):
            self.scrollTo(self.currentIndex())
            self.setFocus()
            self.edit(self.currentIndex())

    def below_color(self, index: QModelIndex) -> QPoint:
        """Return the point on the screen right below a row's colour."""
        place = color_area(self.inner(index)).bottomLeft()
        return self.viewport().mapToGlobal(self._turned(index, place))

    def inner(self, index: Index) -> QRect:
        """Return the rectangle of a row without its indent."""
        return inner(self.visualRect(index), index.data(ROW))

    def _turned(self, index: Index, place: QPoint) -> QPoint:
        """Return a place of a row where it is when words run from the left, or back."""
        return QStyle.visualPos(self.layoutDirection(), self.visualRect(index), place)

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        self._pressed = self._part(event)
        if not self._pressed[1]:
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QtGui.QMouseEvent) -> None:
        """Rename the run, or fold the group; on its parts two clicks are two clicks."""
        self._pressed = self._part(event)
        row: ListRow | None = self.indexAt(event.position().toPoint()).data(ROW)
        if not self._pressed[1] and isinstance(row, GroupRow):
            self.folded.emit(row.name, row.open)
        elif not self._pressed[1]:
            super().mouseDoubleClickEvent(event)

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, ("", "")
        if not pressed[1]:
            super().mouseReleaseEvent(event)
        elif pressed == self._part(event):
            self._use(*pressed)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        """Delete, fold or open."""
        row = self.current()
        if event.key() in (Qt.Key.Key_Right, Qt.Key.Key_Left):
            if row is not None and (row.group or isinstance(row, GroupRow)):
                self.folded.emit(row.group or row.name, event.key() == Qt.Key.Key_Left)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.deleteWanted.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        place = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            place = self.below_color(self.currentIndex())
        if self.current() is not None:
            self.menuWanted.emit(place)
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            text = self.hint_at(event.pos())
            if text:
                show_tip(event.globalPos(), text, self)
                return True
        return bool(super().viewportEvent(event))

    def hint_at(self, place: QPoint) -> str:
        """Return the tooltip for a place of the viewport; empty where no row is."""
        row: ListRow | None = self.indexAt(place).data(ROW)
        if row is None:
            return ""
        index = self.indexAt(place)
        part = part_at(self.inner(index), self._turned(index, place), can_fold=isinstance(row, GroupRow))
        if isinstance(row, GroupRow):
            return {
                "fold": tr("Fold the group.") if row.open else tr("Show the runs of the group."),
                "color": tr("Choose another colour for the runs of {name}.", name=row.label),
                "pin": tr(GROUP_PINNED if row.pinned else GROUP_UNPINNED, name=row.label),
                "": row.sentence,
            }[part]
        if part == "color":
            return tr("Choose another colour for run {name}.", name=row.label)
        if part == "pin":
            text = CURRENT[row.pinned] if row.current else PINNED if row.pinned else UNPINNED
            return tr(text, name=row.label)
        return row.sentence

    def _part(self, event: QtGui.QMouseEvent) -> tuple[str, Part]:
        place = event.position().toPoint()
        index = self.indexAt(place)
        if event.button() != Qt.MouseButton.LeftButton or not index.isValid():
            return "", ""
        row: ListRow = index.data(ROW)
        return row.key, part_at(self.inner(index), self._turned(index, place), can_fold=isinstance(row, GroupRow))

    def _use(self, key: str, part: Part) -> None:
        index = self.rows.index_of(key)
        row: ListRow = index.data(ROW)
        if part == "fold" and isinstance(row, GroupRow):
            self.folded.emit(row.name, row.open)
        elif part == "color":
            self.colorWanted.emit(key, self.below_color(index))
        else:
            self.pinWanted.emit(key, not row.pinned)

    def _tell_choice(self, index: QModelIndex, _: QModelIndex) -> None:
        if index.isValid() and not self._showing:
            row: ListRow = index.data(ROW)
            self._group = row.key if isinstance(row, GroupRow) else ""
            if isinstance(row, RunRow):
                self.picked.emit(row.name)
            self.chosen.emit()


class RunDelegate(QtWidgets.QStyledItemDelegate):
    """Paints rows of three lines: name and accuracy; settings that differ; progress and origin."""

    renamed = Signal(str, str)  # the name of a run, and its new title

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._pins = {True: icon("eye", "accent"), False: icon("eye-off", "faint")}
        self._folds = {True: icon("chevron-down", "muted"), False: icon("chevron-right", "muted")}

    def sizeHint(self, option: QtWidgets.QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, scaled(HEIGHT))

    def paint(self, painter: QPainter, option: QtWidgets.QStyleOptionViewItem, index: Index) -> None:
        row: ListRow = index.data(ROW)
        state: QStyle.StateFlag = option.state
        is_chosen = isinstance(row, GroupRow) and bool(state & QStyle.StateFlag.State_Selected)
        area = inner(option.rect, row)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw(painter, *row_ground(option.rect, state, is_current=row.current, is_chosen=is_chosen))
        if isinstance(row, GroupRow):
            fold = QStyle.visualRect(option.direction, option.rect, _middle(fold_area(area), FOLD))
            self._folds[row.open].paint(painter, fold)
        chip = Bar(QRectF(_middle(color_area(area), CHIP)), run_token(row.color), radius=4)
        draw(painter, *turned(QRectF(option.rect), chip))
        pin = QStyle.visualRect(option.direction, option.rect, _middle(pin_area(area), PIN))
        self._pins[row.pinned].paint(painter, pin)
        self._draw_words(painter, QRectF(option.rect), area, row)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QtWidgets.QStyleOptionViewItem, index: Index) -> QWidget:
        """Return the field for the title. It is filled here, once: a new epoch must not undo what is typed."""
        row: RunRow = index.data(ROW)
        editor = named(QLineEdit(row.title, parent), "train.runs.title", title=tr("Title of run {run}", run=row.name))
        editor.setToolTip(tr("Enter keeps the title, Esc leaves it as it was."))
        editor.setPlaceholderText(tr("What run {run} is about", run=row.name))
        editor.setMaxLength(LONGEST_TITLE)
        editor.selectAll()
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Leave the editor as it is: `createEditor` has filled it."""

    def setModelData(self, editor: QWidget, model: QtCore.QAbstractItemModel, index: Index) -> None:
        """Signal the new title; the list shows it once the engine has taken it."""
        row: RunRow = index.data(ROW)
        assert isinstance(editor, QLineEdit)
        self.renamed.emit(row.name, editor.text())

    def updateEditorGeometry(self, editor: QWidget, option: QtWidgets.QStyleOptionViewItem, index: Index) -> None:
        row: RunRow = index.data(ROW)
        area = inner(option.rect, row)
        left = color_area(area).right() + 1
        place = QRect(left, area.top() + GAP, pin_area(area).left() - left, scaled(TARGET))
        editor.setGeometry(QStyle.visualRect(option.direction, option.rect, place))

    def _draw_words(self, painter: QPainter, whole: QRectF, area: QRect, row: ListRow) -> None:
        left, right = color_area(area).right() + 1, pin_area(area).left()
        first = QRectF(left, area.top() + GAP, right - left, scaled(TARGET))
        if row.accuracy:
            for text, role, color in ((say_images(row), "caption", "muted"), (row.accuracy, "value", "text")):
                draw(painter, *turned(whole, Words(first, text, color, role, RIGHT, numbers=True)))
                first.setWidth(first.width() - QFontMetricsF(painter.font()).horizontalAdvance(text) - 4)
        line, side = scaled(LINE), scaled(DOT)
        second = QRectF(left, first.bottom() - 3, area.right() - 8 - left, line)
        third = second.translated(0, line - 1)
        if row.state:
            middle, is_live = third.center(), row.state == "training"
            middle.setX(third.left() + side / 2)
            dot = Dot(middle, side / 2, "accent") if is_live else Dot(middle, side / 2, "", "accent", 1.5)
            draw(painter, *turned(whole, dot))
            third.setLeft(third.left() + side + 5)
        words = (
            Words(first, row.label, "text", "value", elided=True),
            Words(second, row.differences, "text" if row.current else "muted", "label", elided=True),
            Words(third, row.progress, "muted" if row.current else "faint", elided=True),
        )
        draw(painter, *turned(whole, *words))


def _middle(area: QRect, pixels: int) -> QRect:
    """Return a square of that many pixels, for letters of 100 %, in the middle of an area."""
    side = scaled(pixels)
    square = QRect(0, 0, side, side)
    square.moveCenter(area.center())
    return square


def color_area(row: QRect) -> QRect:
    """Return where in a row its colour can be clicked."""
    side = scaled(TARGET)
    return QRect(row.left() + 6, row.top() + GAP, side, side)


def pin_area(row: QRect) -> QRect:
    """Return where in a row its eye can be clicked, which pins the run."""
    side = scaled(TARGET)
    return QRect(row.right() - side - 1, row.top() + GAP, side, side)


def inner(area: QRect, row: ListRow | None) -> QRect:
    """Return a row's rectangle without the indent that groups and their runs have."""
    is_moved = row is not None and (bool(row.group) or isinstance(row, GroupRow))
    return area.adjusted(scaled(INDENT), 0, 0, 0) if is_moved else area


def fold_area(row: QRect) -> QRect:
    """Return where beside a group's row it can be folded and opened."""
    side = scaled(TARGET)
    return QRect(row.left() + 10 - side, row.top() + GAP, side, side)


def part_at(row: QRect, place: QPoint, *, can_fold: bool = False) -> Part:
    """Return the part of a row at `place`; empty for the row itself."""
    if can_fold and fold_area(row).contains(place):
        return "fold"
    if color_area(row).contains(place):
        return "color"
    return "pin" if pin_area(row).contains(place) else ""


class RunModel(QAbstractListModel):
    """Rows, the newest first. Changes keep an open editor and the scroll position."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[ListRow] = []

    def show_rows(self, rows: Sequence[ListRow]) -> None:
        """Show these rows. Neighbours that go or come are signalled together, as there may be thousands."""
        keys = {row.key for row in rows}
        for place, end in reversed(_stretches([row.key not in keys for row in self.rows])):
            self.beginRemoveRows(QModelIndex(), place, end - 1)
            del self.rows[place:end]
            self.endRemoveRows()
        known = {row.key for row in self.rows}
        # Runs are ordered by their names, which stay; a group whose oldest run was deleted may change places.
        if [row.key for row in self.rows] != [row.key for row in rows if row.key in known]:
            self.beginResetModel()
            self.rows = list(rows)
            self.endResetModel()
            return
        for place, end in _stretches([row.key not in known for row in rows]):
            self.beginInsertRows(QModelIndex(), place, end - 1)
            self.rows[place:place] = rows[place:end]
            self.endInsertRows()
        for place, row in enumerate(rows):
            if self.rows[place] != row:
                self.rows[place] = row
                self.dataChanged.emit(self.index(place), self.index(place))

    def row(self, key: str) -> ListRow | None:
        return next((row for row in self.rows if row.key == key), None)

    def index_of(self, key: str) -> QModelIndex:
        """Return the index of a row; an invalid one where it is not listed."""
        return next((self.index(place) for place, row in enumerate(self.rows) if row.key == key), QModelIndex())

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 -- Qt's own signature
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        return {
            ROW: row,
            int(Qt.ItemDataRole.DisplayRole): row.label,
            int(Qt.ItemDataRole.EditRole): row.title,
            int(Qt.ItemDataRole.AccessibleTextRole): row.sentence,
        }.get(int(role))

    def flags(self, index: Index) -> Qt.ItemFlag:
        is_run = index.isValid() and isinstance(self.rows[index.row()], RunRow)
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable if is_run else super().flags(index)


def _stretches(flags: Sequence[bool]) -> list[tuple[int, int]]:
    """Return the (first, end) of each stretch of `True`."""
    stretches = list[tuple[int, int]]()
    place = 0
    for is_wanted, some in itertools.groupby(flags):
        count = sum(1 for _ in some)
        if is_wanted:
            stretches.append((place, place + count))
        place += count
    return stretches


def fill_with_colors(menu: QMenu, current: int, choose: Callable[[int], object]) -> None:
    """Fill a menu with all colours, the current one marked; `choose` gets the number of the chosen one."""
    menu.clear()
    for number, name in enumerate(NAMES):
        action = menu.addAction(_chip(number, menu.devicePixelRatioF()), tr(name))
        action.setObjectName(f"{menu.objectName()}.{name.lower()}")
        action.triggered.connect(lambda _=False, number=number: choose(number))
        if number == current % len(NAMES):
            action.setText(tr("{color} (now)", color=tr(name)))
            menu.setActiveAction(action)


def _chip(number: int, ratio: float) -> QIcon:
    pixels = QPixmap(round(SIDE * ratio), round(SIDE * ratio))
    pixels.setDevicePixelRatio(ratio)
    pixels.fill(Qt.GlobalColor.transparent)
    painter = smooth_painter(pixels)
    edge = (SIDE - SWATCH) / 2
    draw(painter, Bar(QRectF(edge, edge, SWATCH, SWATCH), run_token(number), radius=4))
    painter.end()
    return QIcon(pixels)


class RunEdits:
    """Changes runs so that it can be undone. Only the engine's answers change what is shown.

    One change is carried out after the other, however fast somebody undoes and redoes.
    """

    def __init__(self, bridge: Bridge, history: History) -> None:
        self._bridge, self._history = bridge, history
        self._row = InOrder(bridge, history)
        bridge.listen(SessionOpened, lambda _: self._row.forget())  # they were of the former session

    def rename(self, run: Run, title: str, others: Iterable[Run] = ()) -> None:
        """Give a run a title that none of the `others` has; an empty one leaves it its letter alone."""
        title = title.strip()
        namesake = next((other for other in others if other is not run and other.look.title == title), None)
        if title == run.look.title:
            return
        if namesake and title:
            sentence = tr("Run {run} is called “{title}” already.", run=namesake.name, title=title)
            self._bridge.submit(refuse, sentence, tr("Choose another title."))
        else:
            do, undo = (rename_run, run.name, title), (rename_run, run.name, run.look.title)
            self._do(tr("rename run {run}", run=run.look.label), do, undo)

    def color(self, of: Run | Group, color: int) -> None:
        old = {run.name: run.look.color for run in _runs_of(of)}
        if {color} != set(old.values()):
            self._do(tr("colour of {name}", name=_name(of)), (color_runs, dict.fromkeys(old, color)), (color_runs, old))

    def pin(self, of: Run | Group, pinned: bool) -> None:
        text = mark("show {name} in the plots") if pinned else mark("hide {name} from the plots")
        self._pin(tr(text, name=_name(of)), [run for run in _runs_of(of) if run.look.pinned != pinned], pinned)

    def unpin(self, runs: list[Run]) -> None:
        text = tr_plural("hide {count} run from the plots", "hide {count} runs from the plots", len(runs))
        if len(runs) == 1:
            text = tr("hide {name} from the plots", name=_name(runs[0]))
        self._pin(text, runs, False)

    def delete(self, of: Run | Group) -> None:
        runs = _runs_of(of)
        if isinstance(of, Group):
            text = tr_plural(
                "delete {count:,} run of {group}", "delete {count:,} runs of {group}", len(runs), group=of.name
            )
        else:
            text = tr("delete {name}", name=_name(of))
        names = tuple(run.name for run in runs)
        self._do(text, (delete_runs, names), (restore_runs, names))

    def _pin(self, text: str, runs: list[Run], pinned: bool) -> None:
        if runs:
            names = [run.name for run in runs]
            self._do(text, (pin_runs, names, pinned), (pin_runs, names, not pinned))

    def _do(self, text: str, do: Sequence[Any], undo: Sequence[Any]) -> None:
        self._history.do(text, partial(self._ask, *do), partial(self._ask, *undo))

    def _ask(self, job: Callable[..., Job], *args: Any) -> None:
        self._row.do(partial(self._bridge.submit, job, *args))


def _runs_of(of: Run | Group) -> tuple[Run, ...]:
    return of.runs if isinstance(of, Group) else (of,)


def _name(of: Run | Group) -> str:
    return of.name if isinstance(of, Group) else tr("run {run}", run=of.look.label)
