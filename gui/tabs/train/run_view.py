"""The rows of the runs as one clicks and steers them: choose, rename in place, colour, pin, delete."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QHelpEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QListView

from gui.look.plain import show_tip
from gui.look.theme import theme
from gui.tabs.train.run_delegate import Part, RunDelegate, color_area, part_at
from gui.tabs.train.run_model import ROW, RunModel
from gui.tabs.train.run_row import RunRow

Trigger = QAbstractItemView.EditTrigger

PINNED = "Hide run {name} from the plots."
UNPINNED = "Show run {name} in the plots, behind the run that is looked at."
ALWAYS_DRAWN = "Run {name} is looked at: its curves are drawn in any case."


class RunView(QListView):
    """A list whose rows have two parts that can be clicked without choosing the row: the colour and the pin."""

    picked = Signal(str)
    """A run was chosen."""
    colorWanted = Signal(str, QPoint)
    """Another colour is wanted for a run; the place on the screen is where to offer some."""
    pinWanted = Signal(str, bool)
    deleteWanted = Signal()
    menuWanted = Signal(QPoint)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName("Runs")
        self.setToolTip("Click a run to look at it. F2 renames it, Delete deletes it.")
        self.setProperty("look", "rows")
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
        self.selectionModel().currentChanged.connect(self._tell_choice)
        theme().changed.connect(self.viewport().update)

    def show_rows(self, rows: list[RunRow]) -> None:
        """Show these rows; the one that is looked at is the current one."""
        self._showing = True
        try:
            self.rows.show_rows(rows)
            wanted = self.rows.index_of(next((row.name for row in rows if row.current), ""))
            if wanted != self.currentIndex():
                self.setCurrentIndex(wanted)
        finally:
            self._showing = False

    def current(self) -> RunRow | None:
        """Return the row that is looked at."""
        return self.currentIndex().data(ROW) if self.currentIndex().isValid() else None

    def rename(self) -> None:
        """Open the field for the current run's title."""
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())
            self.setFocus()
            self.edit(self.currentIndex())

    def below_color(self, index: QModelIndex) -> QPoint:
        """Return the place on the screen right below a row's colour."""
        return self.viewport().mapToGlobal(color_area(self.visualRect(index)).bottomLeft())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Press a part of a row, or choose the row."""
        self._pressed = self._part(event)
        if not self._pressed[1]:
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Rename the run; on its parts two clicks are two clicks."""
        self._pressed = self._part(event)
        if not self._pressed[1]:
            super().mouseDoubleClickEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Do what the part stands for, if it is still under the pointer."""
        pressed, self._pressed = self._pressed, ("", "")
        if not pressed[1]:
            super().mouseReleaseEvent(event)
        elif pressed == self._part(event):
            self._use(*pressed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete a run; leave the space bar to the window, which pauses the run with it."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.deleteWanted.emit()
        elif event.key() == Qt.Key.Key_Space:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the current run; a press of the right button has made it current."""
        place = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            place = self.below_color(self.currentIndex())
        if self.current() is not None:
            self.menuWanted.emit(place)
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        """Say what is under the pointer: a part, or all of a row's words."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            text = self.hint_at(event.pos())
            if text:
                show_tip(event.globalPos(), text, self)
                return True
        return bool(super().viewportEvent(event))

    def hint_at(self, place: QPoint) -> str:
        """Return what the tooltip says at a place of the viewport; empty where no row is."""
        row: RunRow | None = self.indexAt(place).data(ROW)
        if row is None:
            return ""
        part = part_at(self.visualRect(self.indexAt(place)), place)
        if part == "color":
            return f"Choose another colour for run {row.label}."
        if part == "pin":
            text = ALWAYS_DRAWN if row.current else PINNED if row.pinned else UNPINNED
            return text.format(name=row.label)
        return row.sentence

    def _part(self, event: QMouseEvent) -> tuple[str, Part]:
        place = event.position().toPoint()
        index = self.indexAt(place)
        if event.button() != Qt.MouseButton.LeftButton or not index.isValid():
            return "", ""
        row: RunRow = index.data(ROW)
        return row.name, part_at(self.visualRect(index), place)

    def _use(self, run: str, part: Part) -> None:
        index = self.rows.index_of(run)
        row: RunRow = index.data(ROW)
        if part == "color":
            self.colorWanted.emit(run, self.below_color(index))
        elif not row.current:
            self.pinWanted.emit(run, not row.pinned)

    def _tell_choice(self, index: QModelIndex, _: QModelIndex) -> None:
        if index.isValid() and not self._showing:
            row: RunRow = index.data(ROW)
            self.picked.emit(row.name)
