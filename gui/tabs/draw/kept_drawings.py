"""Drawings in the session: named ones on a shelf, and the canvas."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from engine.core.drawing import NO_CANVAS, CanvasState, Drawing, Stroke, plain_array, plain_stroke
from engine.core.language import mark, tr
from engine.core.lazy import Array
from engine.session.jobs.files import SessionOpened
from engine.session.jobs.kept import keep_canvas, keep_drawings
from engine.session.session import CANVAS
from gui.look.fonts import metrics, scaled
from gui.look.layout import ends, hbox, pixels, vbox
from gui.look.theme import theme
from gui.look.words import named, plain_tip
from gui.state.kept import KeptByName
from gui.state.link.clock import one_shot
from gui.state.notices import tell
from gui.tabs.draw.canvas import Canvas
from gui.tabs.draw.ink import Ink, Sheet
from gui.widgets.forms.controls import chip
from gui.widgets.forms.name_field import ask_name
from gui.widgets.painted import CENTER, Bar, Frame, Image, Words, draw
from gui.widgets.tab import Tab

type _Packed = dict[tuple[int, bool], tuple[object, dict[str, Any]]]

DELETE = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)  # the second is the only one on keyboards of Macs
PERIOD_MS = 1000  # shortest interval between two writes of the canvas
DAMAGED = mark("The drawing that lay on the canvas of this session is damaged and cannot be shown.")
NAME = Qt.ItemDataRole.UserRole  # the role of a sheet's name in `Thumbnails`
SIDE, NAME_HEIGHT, EDGE = 84, 18, 6  # of a thumbnail, of the name below it, and of the gap around both


class KeptDrawings(KeptByName[Drawing]):
    """The session's drawings by name."""

    taken = mark("There is a drawing called “{name}” already.")
    shown = Signal(object)  # the kept sheets by name, in their order

    def __init__(self, tab: Tab) -> None:
        super().__init__(tab.bridge, tab.history, tab, keep_drawings, lambda message: message.drawings)
        self._sheets: list[tuple[Drawing, Sheet]] = []
        self.changed.connect(self._show)

    def keep(self, name: str, sheet: Sheet) -> None:
        if name and not sheet.is_empty:
            self.put(name, drawing_of(sheet))

    def _show(self) -> None:
        before = {id(drawing): sheet for drawing, sheet in self._sheets}
        self._sheets = [(drawing, before.get(id(drawing)) or sheet_of(drawing)) for drawing in self.things.values()]
        self.shown.emit({name: sheet for name, (_, sheet) in zip(self.things, self._sheets, strict=True)})


def drawing_of(sheet: Sheet) -> Drawing:
    """Return a sheet as it is kept: a picture in 256 shades, as the canvas shows it.

    One that the network receives as it is stays exact: a flip just beyond the border between two classes must stay a
    flip.
    """
    drawing = Drawing(strokes=sheet.strokes)
    if sheet.picture is None:
        return drawing
    return drawing.over(kept_picture(sheet.picture, as_is=sheet.as_is), sheet.caption)


def kept_picture(picture: Array, *, as_is: bool) -> Array:
    """Return a picture (rows, columns) as it is kept: in 256 shades, exact where it is received as it is."""
    shades = np.nan_to_num(picture) if as_is else np.clip(np.nan_to_num(picture), 0, 1)
    pixels = shades.astype(np.float32) if as_is else np.rint(255 * shades).astype(np.uint8)
    pixels.flags.writeable = False
    return pixels


def sheet_of(drawing: Drawing, change: Array | None = None) -> Sheet:
    """Return the sheet of a drawing, with the change that was added to an earlier picture, if it is known."""
    picture = drawing.picture
    # Older files have test images in 256 shades, which they have anyway.
    as_is = picture is not None and (picture.dtype == np.float32 or drawing.caption.startswith("Test image "))
    if picture is not None and picture.dtype == np.uint8:
        picture = picture.astype(np.float32) / np.float32(255)
    return Sheet(strokes=drawing.strokes, picture=picture, caption=drawing.caption, as_is=as_is, change=change)


class CanvasKeeping(QObject):
    """Stores the canvas at most once per period, and only while the pen is up."""

    found = Signal(object, bool)  # the sheet of an opened session, and whether it is received raw

    def __init__(self, tab: Tab, canvas: Canvas) -> None:
        super().__init__(tab)
        self.is_raw = False  # whether the canvas is received without preparation
        self._bridge, self._canvas = tab.bridge, canvas
        self._stored: tuple[Sheet, bool] = (canvas.sheet, False)
        # The blank sheet of the start, and the session's, if a person had drawn before the session was open.
        self._blank, self._former = canvas.sheet, canvas.sheet
        # The sheet that was last turned into plain values, and those.
        self._plain: tuple[Sheet, bool, dict[str, Any] | None] = (canvas.sheet, False, None)
        # Plain values by identity and kind of what is in them: a sheet shares most of its parts with the one before.
        self._packed: _Packed = {}
        self._is_due = False
        self._timer = one_shot(self, self._store, ms=PERIOD_MS)
        canvas.inkChanged.connect(self._watch)
        tab.bridge.listen(SessionOpened, self._take_session)
        tab.selection.canvas = self.plain

    def want(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def plain(self) -> dict[str, Any] | None:
        sheet, is_raw = self._canvas.sheet, self.is_raw
        if self._plain[0] is not sheet or self._plain[1] != is_raw:
            before, self._packed = self._packed, {}
            self._plain = sheet, is_raw, None if sheet.is_empty else self._plain_of(sheet, before)
        return self._plain[2]

    def in_place_of(self, sheet: Sheet) -> Sheet:
        """Return the sheet that undo shows: that of the session for the blank one that was there before it."""
        return self._former if sheet is self._blank else sheet

    def _watch(self) -> None:
        if self._is_due and not self._canvas.is_drawing:
            self._store()
        elif not self._timer.isActive():
            self._timer.start()

    def _store(self) -> None:
        if self._bridge.awaits_session:
            self.want()
            return
        self._is_due = self._canvas.is_drawing  # the end of the stroke will store it
        what = self._canvas.sheet, self.is_raw
        if not self._is_due and (what[0] is not self._stored[0] or what[1] != self._stored[1]):
            self._stored = what
            self._bridge.submit(keep_canvas, self.plain())

    def _take_session(self, message: SessionOpened) -> None:
        plain = message.view.get(CANVAS)
        if plain is None or plain == self.plain():
            return
        try:
            state = CanvasState.from_plain(plain)
        except NO_CANVAS:
            self._bridge.submit(tell, tr(DAMAGED), tr("Its runs and saved drawings are not concerned."))
            return
        sheet = sheet_of(state.drawing, state.change)
        if self._bridge.awaits_session and (self._canvas.is_drawing or self._canvas.sheet is not self._blank):
            self._former = sheet
        else:
            self.found.emit(sheet, state.is_raw)
        # A write that was wanted in the former session may reach this one; it is put right soon.
        self.want()

    def _plain_of(self, sheet: Sheet, before: _Packed) -> dict[str, Any]:
        def packed(part: Stroke | Array) -> dict[str, Any]:
            as_is = sheet.as_is or part is sheet.change
            if (known := before.get((id(part), as_is))) is not None and known[0] is part:
                plain = known[1]
            elif isinstance(part, Stroke):
                plain = plain_stroke(part)
            else:
                plain = plain_array(kept_picture(part, as_is=as_is))
            self._packed[id(part), as_is] = part, plain
            return plain

        return {
            "strokes": [packed(stroke) for stroke in sheet.strokes],
            "picture": None if sheet.picture is None else packed(sheet.picture),
            "caption": sheet.caption,
            "change": None if sheet.change is None else packed(sheet.change),
            "is_raw": self.is_raw,
        }


class KeptShelf(QWidget):
    """Thumbnails with names. A click chooses one; Enter and a double click also ask for the canvas."""

    chosen = Signal(str)
    closed = Signal()
    renamed = Signal(str, str)  # a drawing's name, and its new one
    forgotten = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.sheets: Mapping[str, Sheet] = {}
        tip = tr("Click a drawing to read it again; draw on it with Enter or a double click.")
        self.list = Thumbnails(f"{name}.list", tr("Saved drawings"), tip)
        self.rename = chip(f"{name}.rename", tr("Rename"), tr("Call the chosen drawing something else. (F2)"))
        self.delete = chip(
            f"{name}.delete", tr("Delete"), tr("Delete the chosen drawing; undo brings it back. (Delete)")
        )
        self.back = chip(f"{name}.back", tr("To the canvas"), tr("Go back to the canvas. (Esc)"))
        gap = pixels("tight") + 2
        buttons = ends(hbox(self.rename, self.delete, gap=gap), hbox(self.back), gap)
        vbox((self.list, 1), buttons, gap="small", on=self)
        self.list.itemClicked.connect(lambda item: self.chosen.emit(item.text()))
        self.list.itemDoubleClicked.connect(lambda _: self.closed.emit())
        self.list.keyPressed.connect(self._take_key)
        self.rename.clicked.connect(lambda: self._take_key(Qt.Key.Key_F2))
        self.delete.clicked.connect(lambda: self._take_key(Qt.Key.Key_Delete))
        self.back.clicked.connect(self.closed)

    @property
    def current(self) -> str:
        row = self.list.currentRow()
        return self.list.item(row).text() if row >= 0 else ""

    def show_sheets(self, sheets: Mapping[str, Sheet]) -> None:
        """Show these sheets by name. Where the chosen one is gone, its new name or its neighbour is chosen."""
        row, current = self.list.currentRow(), self.current
        self.sheets = sheets
        self.list.show_sheets(sheets)
        if current in sheets:
            row = list(sheets).index(current)
        self.list.setCurrentRow(min(max(row, 0), len(sheets) - 1))

    def open_at(self, sheet: Sheet) -> None:
        if places := [place for place, other in enumerate(self.sheets.values()) if other is sheet]:
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
        elif self.current and key in DELETE:
            self.forgotten.emit(self.current)

    def _ask_name(self) -> None:
        item = self.list.visualItemRect(self.list.currentItem())
        place = self.list.viewport().mapTo(self.window(), QPoint(item.center().x(), item.bottom()))
        name, tip = self.current, tr("Enter gives the drawing this name, Esc leaves it as it is.")
        rename = partial(self.renamed.emit, name)
        ask_name(self, f"{self.objectName()}.new", tr("New name of the drawing"), tip, rename, above=place, text=name)


class Thumbnails(QListWidget):
    """Thumbnails in rows of as many as have room."""

    keyPressed = Signal(Qt.Key)

    def __init__(self, name: str, title: str, tip: str) -> None:
        super().__init__()
        named(self, name, title=title, tip=tip, look="rows")
        self.setViewMode(QListWidget.ViewMode.IconMode)
        self.setMovement(QListWidget.Movement.Static)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setEditTriggers(QListWidget.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        theme().changed.connect(self._fit_cells)
        self._fit_cells()
        self.setMouseTracking(True)
        self.delegate = _Thumbnail(self)
        self.setItemDelegate(self.delegate)
        theme().changed.connect(self.viewport().update)

    def show_sheets(self, sheets: Mapping[str, Sheet], titles: Sequence[str] = ()) -> None:
        """Show these sheets by name, in their order; `titles`, one for each, are shown in place of the names."""
        self.delegate.show_sheets(sheets)
        self.clear()
        for name, title in zip(sheets, titles or sheets, strict=True):
            item = QListWidgetItem(title)
            item.setToolTip(plain_tip(title))
            item.setData(NAME, name)
            self.addItem(item)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit_cells()
        super().resizeEvent(event)

    def _fit_cells(self) -> None:
        """Divide the width among as many columns as fit."""
        width = self.width() - self.verticalScrollBar().sizeHint().width() - 1
        wide, high = SIDE + 2 * EDGE + 4, SIDE + scaled(NAME_HEIGHT) + 2 * EDGE
        self.setGridSize(QSize(width // max(1, width // wide), high))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        own = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape, Qt.Key.Key_F2)
        if event.key() in (*own, *DELETE, Qt.Key.Key_Space):
            self.keyPressed.emit(Qt.Key(event.key()))
        else:
            super().keyPressEvent(event)


class _Thumbnail(QStyledItemDelegate):
    """Paints a sheet as the canvas shows it, with its name below, and keeps the picture."""

    def __init__(self, parent: QListWidget) -> None:
        super().__init__(parent)
        self._list = parent
        self._sheets: Mapping[str, Sheet] = {}
        self._painted: dict[str, tuple[Sheet, int, str, QImage]] = {}

    def show_sheets(self, sheets: Mapping[str, Sheet]) -> None:
        self._sheets = sheets
        self._painted = {name: picture for name, picture in self._painted.items() if name in sheets}

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return self._list.gridSize()

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        name, title, area = index.data(NAME), index.data(), QRect(option.rect)
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        square = QRectF(area.x() + (area.width() - SIDE) // 2, area.y() + EDGE, SIDE, SIDE)
        radius = metrics()["radius"]["field"]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        color, inset = "accent" if chosen else "faint" if hovered else "line", 1.0 if chosen else 0.5
        below = QRectF(area.x() + 2, square.bottom() + 1, area.width() - 4, scaled(NAME_HEIGHT))
        draw(
            painter,
            Bar(square, "raised", radius=radius),
            Image(square, self._image(name, painter.device().devicePixelRatioF())),
            Frame(square.adjusted(inset, inset, -inset, -inset), color, 2 * inset, radius),
            Words(below, title, "accent" if chosen else "muted", side=CENTER, elided=True),
        )
        painter.restore()

    def _image(self, name: str, ratio: float) -> QImage:
        sheet, pixels, color = self._sheets[name], round(SIDE * ratio), theme().current.text
        kept = self._painted.get(name)
        if kept is None or kept[0] is not sheet or kept[1:3] != (pixels, color):
            ink = Ink(pixels, theme().current.color("text"))
            ink.draw_sheet(sheet)
            kept = self._painted[name] = sheet, pixels, color, ink.image
        return kept[3]
