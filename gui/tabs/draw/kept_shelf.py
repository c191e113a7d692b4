"""The drawings that are kept, side by side: to look at, to put on the canvas, to rename, to delete."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QImage, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from gui.look.fonts import font, metrics
from gui.look.plain import plain_tip
from gui.look.theme import theme
from gui.tabs.draw.ink import Ink
from gui.tabs.draw.sheet import Sheet
from gui.widgets.chip import chip
from gui.widgets.name_field import NameField

SIDE, NAME_HEIGHT, EDGE = 84, 18, 6
"""Of a thumbnail, of the name below it, and of the room around both."""

CELL = QSize(SIDE + 2 * EDGE + 4, SIDE + NAME_HEIGHT + 2 * EDGE)


class KeptShelf(QWidget):
    """Thumbnails with names; passive. A click chooses one, Enter and a double click want the canvas back as well."""

    chosen = Signal(str)
    closed = Signal()
    renamed = Signal(str, str)
    """A drawing by name, and its new name."""
    forgotten = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.sheets: Mapping[str, Sheet] = {}
        self.list = _Thumbnails(f"{name}.list")
        self.rename = chip(f"{name}.rename", "Rename", "Call the chosen drawing something else. (F2)")
        self.delete = chip(
            f"{name}.delete", "Delete", "Keep the chosen drawing no longer; undo brings it back. (Delete)"
        )
        self.back = chip(f"{name}.back", "To the canvas", "Go back to the canvas. (Esc)")
        self._field: NameField | None = None
        self._asked = ""
        """The drawing that is being renamed."""
        self._lay_out()
        self.list.itemClicked.connect(lambda item: self.chosen.emit(item.text()))
        self.list.itemDoubleClicked.connect(lambda _: self.closed.emit())
        self.list.keyPressed.connect(self._take_key)
        self.rename.clicked.connect(lambda: self._take_key(Qt.Key.Key_F2))
        self.delete.clicked.connect(lambda: self._take_key(Qt.Key.Key_Delete))
        self.back.clicked.connect(self.closed)

    @property
    def current(self) -> str:
        """The name of the one that is chosen; empty for none."""
        row = self.list.currentRow()
        return self.list.item(row).text() if row >= 0 else ""

    def show_sheets(self, sheets: Mapping[str, Sheet]) -> None:
        """Show these sheets by name. Where the chosen one is gone, its neighbour or what it became is chosen."""
        row, current = self.list.currentRow(), self.current
        self.sheets = sheets
        self.list.show_sheets(sheets)
        if current in sheets:
            row = list(sheets).index(current)
        self.list.setCurrentRow(min(max(row, 0), len(sheets) - 1))

    def open_at(self, sheet: Sheet) -> None:
        """Choose this sheet, if it is kept, and take the keys."""
        places = [place for place, kept in enumerate(self.sheets.values()) if kept is sheet]
        if places:
            self.list.setCurrentRow(places[0])
        self.list.scrollToItem(self.list.currentItem())
        self.list.setFocus()

    def _take_key(self, key: Qt.Key) -> None:
        if key == Qt.Key.Key_Escape:
            self.closed.emit()
        elif self.current and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(self.current)
            if key != Qt.Key.Key_Space:
                self.closed.emit()
        elif self.current and key == Qt.Key.Key_F2:
            self._ask_name()
        elif self.current and key == Qt.Key.Key_Delete:
            self.forgotten.emit(self.current)

    def _ask_name(self) -> None:
        if self._field is None:
            tip = "Enter gives the drawing this name, Esc leaves it as it is."
            self._field = NameField(self.window(), f"{self.objectName()}.new", "New name of the drawing", tip)
            self._field.named.connect(lambda name: self.renamed.emit(self._asked, name))
        self._asked = self.current
        item = self.list.visualItemRect(self.list.currentItem())
        place = self.list.viewport().mapTo(self.window(), QPoint(item.center().x(), item.bottom()))
        self._field.ask_above(place, self.current, "Name")

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.setSpacing(metrics()["space"]["tight"] + 2)
        foot.addWidget(self.rename)
        foot.addWidget(self.delete)
        foot.addStretch(1)
        foot.addWidget(self.back)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(metrics()["space"]["small"])
        column.addWidget(self.list, 1)
        column.addLayout(foot)


class _Thumbnails(QListWidget):
    """As many in a row as there is room for."""

    keyPressed = Signal(Qt.Key)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName("Kept drawings")
        self.setToolTip("Click a drawing to read it again; draw on it with Enter or a double click.")
        self.setProperty("look", "rows")
        self.setViewMode(QListWidget.ViewMode.IconMode)
        self.setMovement(QListWidget.Movement.Static)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setEditTriggers(QListWidget.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.setGridSize(CELL)
        self.setMouseTracking(True)
        self.delegate = _Thumbnail(self)
        self.setItemDelegate(self.delegate)
        theme().changed.connect(self.viewport().update)

    def show_sheets(self, sheets: Mapping[str, Sheet]) -> None:
        """Show these sheets by name, in their order."""
        self.delegate.show_sheets(sheets)
        self.clear()
        for name in sheets:
            item = QListWidgetItem(name)
            item.setToolTip(plain_tip(name))
            self.addItem(item)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width out among as many as fit."""
        width = self.width() - self.verticalScrollBar().sizeHint().width() - 1
        self.setGridSize(QSize(width // max(1, width // CELL.width()), CELL.height()))
        super().resizeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move with the arrow keys; all other keys are told."""
        own = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape, Qt.Key.Key_F2)
        if event.key() in (*own, Qt.Key.Key_Delete, Qt.Key.Key_Space):
            self.keyPressed.emit(Qt.Key(event.key()))
        else:
            super().keyPressEvent(event)


class _Thumbnail(QStyledItemDelegate):
    """Paints a sheet as the canvas shows it, with its name below. What was painted once is kept."""

    def __init__(self, parent: QListWidget) -> None:
        super().__init__(parent)
        self._list = parent
        self._sheets: Mapping[str, Sheet] = {}
        self._painted: dict[str, tuple[Sheet, int, str, QImage]] = {}

    def show_sheets(self, sheets: Mapping[str, Sheet]) -> None:
        self._sheets = sheets
        self._painted = {name: kept for name, kept in self._painted.items() if name in sheets}

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """All are equally large."""
        return self._list.gridSize()

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw ground, ink, frame and name."""
        name, area, colors = index.data(), QRect(option.rect), theme().current
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        square = QRectF(area.x() + (area.width() - SIDE) // 2, area.y() + EDGE, SIDE, SIDE)
        radius = metrics()["radius"]["field"]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.color("raised"))
        painter.drawRoundedRect(square, radius, radius)
        painter.drawImage(square, self._image(name, painter.device().devicePixelRatioF()))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.setPen(
            QPen(colors.color("accent"), 2)
            if chosen
            else QPen(colors.color("faint" if hovered else "line"), 1)
        )
        inset = 1.0 if chosen else 0.5
        painter.drawRoundedRect(square.adjusted(inset, inset, -inset, -inset), radius, radius)
        painter.setFont(font("caption"))
        painter.setPen(colors.color("accent" if chosen else "muted"))
        below = QRectF(area.x() + 2, square.bottom() + 1, area.width() - 4, NAME_HEIGHT)
        text = QFontMetricsF(font("caption")).elidedText(name, Qt.TextElideMode.ElideRight, below.width())
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()

    def _image(self, name: str, ratio: float) -> QImage:
        sheet, pixels, color = self._sheets[name], round(SIDE * ratio), theme().current.text
        kept = self._painted.get(name)
        if kept is None or kept[0] is not sheet or kept[1:3] != (pixels, color):
            ink = Ink(pixels, theme().current.color("text"))
            ink.draw_sheet(sheet)
            kept = self._painted[name] = sheet, pixels, color, ink.image
        return kept[3]
