"""The canvas with its tools: pen and eraser, undo, a test image to draw on, and the saved drawings."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAction, QPainter, QPainterPath, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QButtonGroup, QPushButton, QSizePolicy, QWidget

from engine.core.drawing import SIDE, Point, Stroke
from engine.core.language import mark, tr
from gui.look.class_names import are_digits
from gui.look.first_look import rarely
from gui.look.fonts import metrics, scaled, sized
from gui.look.icons import icon
from gui.look.layout import NO_LIMIT, SPRING, Ends, Spring, add, ends, hbox, pixels, stack, vbox
from gui.look.theme import theme
from gui.look.words import enable, for_hands, named, set_title, start, words
from gui.state.link.clock import CLOCK, Clock
from gui.tabs.draw.canvas import WIDTH, Canvas
from gui.tabs.draw.examples import ExampleShelf
from gui.tabs.draw.ink import Sheet, draw_tail
from gui.tabs.draw.kept_drawings import KeptShelf
from gui.tabs.draw.pictures import NO_DATA, ImageChip
from gui.widgets.figures.table import Table, pixel_table
from gui.widgets.forms.controls import chip
from gui.widgets.forms.name_field import WIDTH as FIELD_WIDTH
from gui.widgets.forms.name_field import ask_name
from gui.widgets.forms.road_slider import PlaceSlider
from gui.widgets.painted import Repainted, smooth_painter
from gui.widgets.panel import Panel

TENTHS = 10
NARROWEST, WIDEST = 8, 50  # the pen's width, in tenths of the units of points
SLIDER_ROOM = 40, 110  # least and greatest width of the slider
KEEP, NOTHING_DRAWN = mark("Save the drawing in the session, under a name."), mark("There is nothing to save.")
SAVE, BRIEF_SAVE = mark("Save drawing"), mark("Save")
EMPTY_TIP = mark("Put a test image on the canvas: watch how it is read, and draw on it.")

LOOK, NOTHING_KEPT = (
    mark("Show the saved drawings, to put one on the canvas."),
    mark("No drawing is saved in this session."),
)


class CanvasPanel(Panel):
    """The canvas, or the kept drawings in its place, and tools below. The canvas signals what was drawn."""

    shows_lens = False

    imageWanted = Signal(str, int)  # a test image, as `ImageChip` signals it
    keepWanted = Signal(str)  # the name for the drawing
    copyWanted = Signal()  # the ink alone is to be copied, as a picture
    fileWanted = Signal()  # it is to be saved as one

    def __init__(self, clock: Clock = CLOCK) -> None:
        super().__init__("", "draw.sheet")
        self.setAccessibleName(tr("Drawing"))
        self.canvas = Canvas("draw.canvas", clock)
        self.canvas.example = _eight()
        self.empty = CanvasHint(self.canvas)
        self.shelf = KeptShelf("draw.kept")
        self.examples = ExampleShelf("draw.examples")
        self._pages = named(stack(self.canvas, self.shelf, self.examples), "draw.sheet.pages")
        self.pen = chip("draw.pen", tr("Pen"), tr("Draw."), checkable=True)
        self.eraser = chip("draw.eraser", tr("Eraser"), tr("Erase."), checkable=True)
        self.undo = chip("draw.undo", tr("Undo"), tr("Take the last stroke back. (Ctrl+Z)"))
        self.clear = chip("draw.clear", tr("Clear"), tr("Take everything off the canvas; undo brings it back."))
        self.image = ImageChip("draw.image")
        self.grid = chip("draw.grid", tr("Grid"), tr("Show the 28 × 28 pixels."), checkable=True)
        for button, sign in ((self.undo, icon("undo", "text")), (self.grid, icon("grid", "muted"))):
            button.setText("")
            button.setIcon(sign)
            sized(button.setIconSize, QSize(16, 16))
        self.width_slider = named(PlaceSlider(Qt.Orientation.Horizontal), "draw.width", title=tr("Width of the pen"))
        self.width_slider.setToolTip(tr("Width of the pen and of the eraser"))
        self.width_slider.setRange(NARROWEST, WIDEST)
        self.width_slider.setValue(round(WIDTH * TENTHS))
        self.width_slider.setMinimumWidth(SLIDER_ROOM[0])
        sized(self.width_slider.setMaximumWidth, SLIDER_ROOM[1])
        self._dot = PenDot(self.canvas)
        self.keep = chip("draw.keep", tr(SAVE), tr(KEEP))
        self.kept = chip("draw.kept.show", tr("Drawings"), tr(NOTHING_KEPT), checkable=True)
        self._is_empty: bool | None = None
        self._is_brief = False
        self.put_example: Sheet | None = None  # the example that was put on the canvas last
        self._ink = [
            named(QAction(tr("Copy drawing"), self), "draw.ink.copy"),
            named(QAction(tr("Save drawing as a file…"), self), "draw.ink.save"),
        ]
        for action, signal in zip(self._ink, (self.copyWanted, self.fileWanted), strict=True):
            action.triggered.connect(signal)
        self.drop_head()
        group = QButtonGroup(self)
        for tool in (self.pen, self.eraser):
            group.addButton(tool)
        self.pen.setChecked(True)
        hint = for_hands(tr("The answer moves with the pen. Can you fool it?"))
        self.hint = named(words(hint, "caption", wrapped=True), "draw.hint")
        self.hint.setAlignment(start(Qt.AlignmentFlag.AlignTop))
        self.hint.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self._tools = (
            _row((self.pen, self.eraser, self.width_slider, self._dot), (self.undo, self.clear)),
            _row((self.image, self.grid), (self.keep, self.kept)),
        )
        add(self.body, (self._pages, 1), *self._tools, self.hint)
        self._pages.currentChanged.connect(lambda _: self._fit())
        rarely(self.width_slider, self._dot, self.grid, self.keep, self.kept)
        self.clear.clicked.connect(self.canvas.clear)
        self.image.wanted.connect(self.imageWanted)
        self.empty.button.clicked.connect(lambda: self.imageWanted.emit("any", 0))
        self.grid.toggled.connect(self.canvas.set_grid)
        self.eraser.toggled.connect(self._take_eraser)
        self.width_slider.valueChanged.connect(self._take_width)
        self.canvas.inkChanged.connect(self._show_ink)
        self.canvas.edited.connect(self._leave_shelf)
        self.keep.clicked.connect(self._ask_name)
        self.kept.toggled.connect(self._turn_page)
        self.shelf.chosen.connect(self._put)
        self.shelf.closed.connect(self._back_to_canvas)
        self.examples.closed.connect(self._back_to_canvas)
        self.set_undo(False)
        self.set_images(0, 0)
        self.show_kept({})
        self._show_ink()

    def hasHeightForWidth(self) -> bool:
        """Say no: a grid gives a widget that says yes all the height it likes, and the canvas does with less."""
        return False

    def menu_actions(self) -> Sequence[QAction]:
        for action in self._ink:
            action.setEnabled(not self.canvas.is_empty)
        return self._ink

    def table(self) -> Table | None:
        return pixel_table(self.canvas.picture()) if self.canvas.isVisibleTo(self) else None

    def set_undo(self, possible: bool) -> None:
        enable(self.undo, possible, tr("Take the last change back. (Ctrl+Z)"), tr("There is nothing to take back."))

    def set_images(self, images: int, classes: int) -> None:
        """Set the number of test images that can be taken, and of classes."""
        self.image.set_images(images, classes)
        digits, pictures = tr("Draw a digit with the mouse."), tr("Draw a picture with the mouse.")
        self.empty.sentence.setText(for_hands(digits if are_digits() else pictures))
        self.canvas.example = _eight() if are_digits() else QPainterPath()
        self.canvas.update()
        enable(self.empty.button, images > 0, tr(EMPTY_TIP), tr(NO_DATA))

    def show_kept(self, sheets: Mapping[str, Sheet]) -> None:
        self.shelf.show_sheets(sheets)
        self._name_kept()
        enable(self.kept, bool(sheets), tr(LOOK), tr(NOTHING_KEPT))
        if not sheets:
            self.show_canvas()

    def _name_kept(self) -> None:
        count = len(self.shelf.sheets)
        text = tr("Drawings ({count})", count=count) if count and not self._is_brief else tr("Drawings")
        set_title(self.kept, text, tr("Saved drawings: {count}", count=count))

    def set_brief(self, brief: bool) -> None:
        """Write short words on the buttons, or all of them."""
        self._is_brief = brief
        self.keep.setText(tr(BRIEF_SAVE if brief else SAVE))
        self._name_kept()

    def show_canvas(self) -> None:
        self.kept.setChecked(False)
        self._pages.setCurrentWidget(self.canvas)

    def show_examples(self) -> None:
        self.kept.setChecked(False)
        self._pages.setCurrentWidget(self.examples)
        self.examples.list.setFocus()

    def _fit(self) -> None:
        """Say a sentence below the tools, where a square canvas leaves room for it."""
        column, gap = self.layout(), metrics()["space"]["small"]
        assert column is not None
        inside = self.contentsRect().marginsRemoved(column.contentsMargins())
        below = (
            inside.height()
            - inside.width()
            - gap
            - sum(row.heightForWidth(inside.width()) + gap for row in self._tools)
        )
        spare = below - self.hint.heightForWidth(inside.width())
        is_said = self._pages.currentWidget() is self.canvas and spare >= 0
        self.hint.setVisible(is_said)
        self.body.setSpacing(gap + min(spare // 4, gap) if is_said else gap)
        self._pages.setMaximumHeight(inside.width() if is_said else NO_LIMIT)
        self.setMinimumHeight(self.column.totalMinimumHeightForWidth(self.width()))  # with the lines that tools take

    def _take_eraser(self, erases: bool) -> None:
        self.canvas.erases = erases

    def _take_width(self, tenths: int) -> None:
        self.canvas.pen_width = tenths / TENTHS
        self._dot.update()

    def _show_ink(self) -> None:
        is_empty = self.canvas.is_empty
        if is_empty == self._is_empty:
            return
        self._is_empty = is_empty
        self.empty.setVisible(is_empty)
        clear = tr("Take everything off the canvas; undo brings it back.")
        enable(self.clear, not is_empty, clear, tr("There is nothing to take off."))
        enable(self.keep, not is_empty, tr(KEEP), tr(NOTHING_DRAWN))

    def _turn_page(self, shelf: bool) -> None:
        self._pages.setCurrentWidget(self.shelf if shelf else self.canvas)
        if shelf:
            self.shelf.open_at(self.canvas.sheet)

    def put_on_canvas(self, sheet: Sheet) -> None:
        self.put_example = sheet
        self.canvas.put(tr("put an example on the canvas"), sheet)

    def _put(self, name: str) -> None:
        sheet = self.shelf.sheets[name]
        if sheet is not self.canvas.sheet:
            self.canvas.put(tr("put “{name}” on the canvas", name=name), sheet)

    def _leave_shelf(self, text: str, before: Sheet, after: Sheet) -> None:
        on_examples = self._pages.currentWidget() is self.examples and after is self.put_example
        if after not in self.shelf.sheets.values() and not on_examples:
            self.show_canvas()

    def _back_to_canvas(self) -> None:
        self.show_canvas()
        self.canvas.setFocus()

    def _ask_name(self) -> None:
        title = tr("Name of the drawing")
        tip = tr("Enter saves the drawing under this name, Esc does not. A name that is taken goes to the new drawing.")
        keep = self.keepWanted.emit
        # Above the button, but no farther to the right than the tools reach.
        above = self.keep.mapTo(self.window(), QPoint(self.keep.width() // 2, -metrics()["space"]["tight"]))
        right = self.kept.mapTo(self.window(), QPoint(self.kept.width(), 0)).x()
        above.setX(min(above.x(), right - FIELD_WIDTH // 2))
        ask_name(self, "draw.keep", title, tip, keep, above=above, text=self._free_name(), placeholder=title)

    def _free_name(self) -> str:
        """Return a name that no drawing has: the caption of the picture, or the next number."""
        caption, kept = self.canvas.sheet.caption, self.shelf.sheets
        if caption and caption not in kept:
            return caption
        return next(
            name for number in range(1, len(kept) + 2) if (name := tr("Drawing {number}", number=number)) not in kept
        )


class CanvasHint(QWidget):
    """A sentence and a button over the faint digit of an empty canvas. The pen draws right through it."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self.setObjectName("draw.empty")
        self._canvas = canvas
        # The widget that takes a press gets the moves after it as well, and a hint that hides at the first ink must not
        # be that one.
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.button = named(QPushButton(tr("Take a test image"), canvas), "draw.empty.button", look="primary")
        self.button.setAccessibleName(tr("Take a test image"))
        self.button.setToolTip(tr(EMPTY_TIP))
        self.button.setCursor(Qt.CursorShape.ArrowCursor)
        self.sentence = words("", wrapped=True, centred=True)
        room = scaled(metrics()["height"]["button"])
        self._column = vbox(Spring(7), self.sentence, room, SPRING, gap="medium", edges=None, on=self)
        canvas.installEventFilter(self)
        theme().changed.connect(self._lie_over)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._lie_over()
        return False

    def _lie_over(self) -> None:
        corners = self._canvas.place_of(0, 0), self._canvas.place_of(SIDE, SIDE)
        self.setGeometry(QRectF(*corners).toAlignedRect())
        self._column.activate()
        self._column.setGeometry(self.rect())  # a hidden widget does not lay out its children
        self.button.adjustSize()
        top = self.sentence.geometry().bottom() + metrics()["space"]["medium"]
        top = min(top, self.height() - self.button.height())
        self.button.move(self.x() + (self.width() - self.button.width()) // 2, self.y() + top)

    def setVisible(self, visible: bool) -> None:
        super().setVisible(visible)
        self.button.setVisible(visible)


def _eight() -> QPainterPath:
    """Return an 8 in the units of points, as one line: where it crosses itself it is as faint as elsewhere."""
    turns = [2 * math.pi * number / 60 for number in range(61)]
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(14 - 3.6 * math.sin(2 * turn), 11.5 - 7 * math.cos(turn)) for turn in turns]))
    return path


class PenDot(Repainted):
    """A dot as large as the pen is wide."""

    heard_role: ClassVar = QAccessible.Role.Graphic

    def __init__(self, canvas: Canvas) -> None:
        super().__init__("draw.width.dot", tr("Width of the pen"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        sized(self.setFixedSize, 24, metrics()["height"]["chip"])
        self._canvas = canvas

    def finding(self) -> str:
        width = self._canvas.pen_width
        return tr("The pen is {width:.1f} pixels wide, of {side:.0f} of the canvas.", width=width, side=SIDE)

    def draw_figure(self, painter: QPainter) -> None:
        """Draw nothing: it belongs to the slider."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        painter.translate(QPointF(self.rect().center()) + QPointF(0.5, 0.5))
        scale = min(1.0, 24 / (WIDEST / TENTHS) / 4.8)
        painter.scale(4.8 * scale, 4.8 * scale)
        dot = Stroke(points=(Point(0, 0),), width=self._canvas.pen_width)
        draw_tail(painter, dot, theme().current.color("muted"))


def _row(left: Iterable[QWidget], right: Iterable[QWidget]) -> Ends:
    gap = pixels("tight") + 2
    return ends(hbox(*left, gap=gap), hbox(*right, gap=gap), gap)
