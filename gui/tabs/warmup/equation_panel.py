"""x times A is x A: three matrices in a row, and which numbers of two of them make one of the third."""

import numpy as np
from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from engine.analysis.warmup.problem import LARGEST
from engine.analysis.warmup.spec import EntrySpec
from engine.core.errors import UserError
from engine.core.knobs import Knob, knobs
from engine.core.language import mark, tr, with_marks
from engine.core.lazy import Array
from engine.core.text import written
from gui.look.fonts import metrics, scaled, sized
from gui.look.layout import gridbox, holder
from gui.look.words import for_hands, named, set_look, words
from gui.tabs.warmup.matrix_part import MatrixPart
from gui.widgets.panel import Panel
from gui.widgets.pictures.cell_words import exact, rounded_up, trimmed
from gui.widgets.plots.chart import Cell
from gui.widgets.plots.number_map import NumberMap

IDENTITY_MOST = 1.5  # a 1 of the identity has a strong colour, what is larger a stronger one
X_HELP = mark("x, which is learned. It begins as zero everywhere.")
A_HELP = mark("A, the matrix. Double-click a number to change it, or go there with the arrows and type.")
PRODUCT_HELP = mark("x A, which should become the identity: ones on the diagonal, zeros elsewhere.")

TIPS = {
    "x": mark("The largest difference between a number of x and of the true inverse."),
    "matrix": mark("The condition number: how many times steeper the loss is in one direction than in another."),
    "product": mark("What is minimised: how far x A is from the identity."),
}

NARROWEST, WIDEST = 64, 110  # limits of the editor, which is as wide as its cell
OPENING_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2)


class EquationPanel(Panel):
    """x · A = x A. Pointing at a number of the product marks the row and the column that it is made of."""

    shows_lens = False

    def __init__(self) -> None:
        super().__init__("", "warmup.equation", spoken=tr("x A, on its way to the identity"))
        self.drop_head()
        self.learned = NumberMap("warmup.x", "x", tr(X_HELP))
        self.matrix = EditedMap("warmup.matrix", "A", tr(A_HELP), knobs(EntrySpec)["entry"], signed=False)
        self.product = NumberMap("warmup.product", "x A", tr(PRODUCT_HELP))
        self.parts = {
            name: MatrixPart(f"warmup.{name}", title, caption, number_map, tr(TIPS[name]))
            for name, title, caption, number_map in (
                ("x", "x", tr("what is learned"), self.learned),
                ("matrix", "A", for_hands(tr("double-click to change")), self.matrix),
                ("product", "x A", tr("should become the identity"), self.product),
            )
        }
        self.body.addWidget(in_a_row(list(self.parts.values()), ("·", "=")))
        self.product.pointed.connect(self._mark_makers)
        self.learned.pointed.connect(lambda cell: self._mark_products(cell, row=True))
        self.matrix.pointed.connect(lambda cell: self._mark_products(cell, row=False))

    def show_matrix(self, matrix: Array, condition: float) -> None:
        """Show a new A (size, size), with x zero."""
        self.matrix.show_numbers(matrix, max(LARGEST, float(np.abs(matrix).max())), signed=bool((matrix < 0).any()))
        self.parts["matrix"].show_figure(tr("condition number"), condition_words(condition))
        zero = np.zeros_like(matrix)
        self.show_x(zero, zero)

    def show_x(self, x: Array, product: Array) -> None:
        """Show x and its product with A; both (size, size)."""
        self.learned.show_numbers(x, scale_of(x))
        self.product.show_numbers(product, IDENTITY_MOST)
        for part in (self.parts["x"], self.parts["product"]):
            part.refresh()

    def show_figures(self, loss: float, distance: float) -> None:
        """Show loss and error; NaN where one is unknown."""
        self.parts["product"].show_figure(tr("loss"), loss_words(loss))
        self.parts["x"].show_figure(tr("largest error of x"), loss_words(distance))

    def mark_row_of_matrix(self, row: int | None) -> None:
        """Put a frame around a row of A; around none for `None`."""
        size = 0 if self.matrix.numbers is None else len(self.matrix.numbers)
        self.matrix.mark(QRect() if row is None else QRect(0, row, size, 1))

    def _mark_makers(self, cell: Cell | None) -> None:
        size = 0 if cell is None or self.product.numbers is None else len(self.product.numbers)
        self.learned.mark(QRect(0, cell.row, size, 1) if cell and size else QRect())
        self.matrix.mark(QRect(cell.column, 0, 1, size) if cell and size else QRect())

    def _mark_products(self, cell: Cell | None, *, row: bool) -> None:
        size = 0 if cell is None or self.product.numbers is None else len(self.product.numbers)
        if not cell or not size:
            self.product.mark(QRect())
        else:
            self.product.mark(QRect(0, cell.row, size, 1) if row else QRect(cell.column, 0, 1, size))


def in_a_row(parts: list[MatrixPart], signs: tuple[str, str]) -> QWidget:
    """Return three parts of equal width with signs between them."""
    between = [words(sign, "title") for sign in signs]
    for label in between:
        sized(label.setFixedWidth, 14)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    cells = enumerate((parts[0], between[0], parts[1], between[1], parts[2]))
    grid = gridbox(*((cell, 0, place) for place, cell in cells), columns={0: 1, 2: 1, 4: 1}, gap=("tight", None))
    for place in (0, 2, 4):
        grid.setColumnMinimumWidth(place, 1)
    row = holder(grid)
    row.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # a formula, as in every language
    return row


def scale_of(numbers: Array) -> float:
    """Return a round number for the strongest colour, not below any finite one of `numbers`."""
    sizes = np.abs(numbers[np.isfinite(numbers)])
    return rounded_up(float(sizes.max())) if sizes.size else 1.0


def condition_words(condition: float) -> str:
    """Return a condition number in words."""
    if not np.isfinite(condition):
        return "∞"
    return written(condition, ",.0f") if condition < 1e6 else f"{condition:.0e}"


def loss_words(value: float) -> str:
    """Return a loss or a distance with a few significant digits; a dash for none."""
    if not np.isfinite(value):
        return "–"
    if value == 0 or 1e-4 <= value < 1e5:
        return written(value, ",.4f" if value < 10 else ",.1f")
    return with_marks(f"{value:.1e}")


class EditedMap(NumberMap):
    """A matrix with an editor for one number at a time. It only signals what was typed."""

    edited = Signal(object, float)  # the `Cell`, and its new number

    def __init__(self, name: str, title: str, help: str, knob: Knob, *, signed: bool = True) -> None:
        super().__init__(name, title, help, signed=signed)
        self._knob = knob
        self._cell: Cell | None = None
        self.editor = named(_Editor(self), f"{name}.editor", title=knob.title)
        self.editor.returnPressed.connect(self._take)
        self.editor.left.connect(self._close)
        self.editor.textEdited.connect(lambda _: self._show_wrong(""))
        self.editor.hide()
        self._show_wrong("")

    def edit(self, cell: Cell, text: str = "") -> None:
        """Open the editor at a cell, with `text` in it, or with the cell's number."""
        if self.numbers is None:
            return
        self._cell = cell
        place = self.heard_place(cell).toRect()
        width = min(max(place.width(), scaled(NARROWEST)), scaled(WIDEST))
        room = QRect(0, 0, width, scaled(metrics()["height"]["field"]))
        room.moveCenter(place.center())
        room.moveLeft(min(max(room.left(), 0), self.width() - room.width()))
        room.moveTop(min(max(room.top(), 0), self.height() - room.height()))
        self.editor.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.editor.setGeometry(room)
        self.editor.setText(text or exact(float(self.numbers[cell])).replace("−", "-"))
        self._show_wrong("")
        self.editor.show()
        self.editor.setFocus()
        if not text:
            self.editor.selectAll()

    def finding(self) -> str:
        keys = tr("Arrow keys go from cell to cell, a typed number replaces the one there.")
        return f"{super().finding()} {keys}"

    def show_numbers(self, numbers: Array | None, most: float, *, signed: bool | None = None) -> None:
        """Show a matrix (rows, columns), and close the editor of another one."""
        if numbers is not self.numbers:
            self._close()
        super().show_numbers(numbers, most, signed=signed)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self.edit(cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        typed = event.text().replace("−", "-").replace(",", ".")
        if self._pointed is not None and Qt.Key(event.key()) in OPENING_KEYS:
            self.edit(self._pointed)
        elif self._pointed is not None and typed and typed in "0123456789-.":
            self.edit(self._pointed, typed)
        else:
            super().keyPressEvent(event)

    def word(self, value: float, signs: int) -> str:
        """Return a number without the zeros at its end, as a person typed it."""
        return trimmed(super().word(value, signs))

    def _take(self) -> None:
        try:
            value = float(self._knob.parse(self.editor.text().replace("−", "-"), decimal_comma=True))
        except UserError as wrong:
            self._show_wrong(wrong.sentence)
            return
        cell = self._cell
        self._close()
        if cell is not None and self.numbers is not None and value != self.numbers[cell]:
            self.edited.emit(cell, value)

    def _close(self) -> None:
        if self._cell is not None:
            self._cell = None
            had = self.editor.hasFocus()
            self.editor.hide()
            if had:
                self.setFocus()

    def _show_wrong(self, sentence: str) -> None:
        set_look(self.editor, "wrong", "true" if sentence else "false")
        keys = tr("Return takes it, Escape leaves it as it was.")
        self.editor.setToolTip(sentence or f"{self._knob.help} {keys}")


class _Editor(QLineEdit):
    """A line that signals when it is left by Escape or by the focus."""

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()
