"""x times A is x A: three matrices in a row, and which numbers of two of them make one of the third."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from engine.warmup.matrix import LARGEST
from engine.warmup.spec import ENTRY
from gui.look.fonts import metrics
from gui.look.words import words
from gui.tabs.warmup.edited_map import EditedMap
from gui.tabs.warmup.matrix_part import MatrixPart
from gui.tabs.warmup.number_map import Cell, NumberMap
from gui.widgets.cell_words import rounded_up
from gui.widgets.panel import Panel

type Matrix = np.ndarray[Any, Any]

IDENTITY_MOST = 1.5
"""A one has a strong colour, and what is larger still a stronger one."""

X_HELP = "x, which is learned. It begins as zero everywhere."
A_HELP = "A, the matrix. Double-click a number to change it, or go there with the arrows and type."
PRODUCT_HELP = "x A, which shall become the identity: ones on the diagonal, zeros elsewhere."

TIPS = {
    "x": "The largest difference between a number of x and of the true inverse.",
    "matrix": "The condition number: how many times steeper the way is in one direction than in another.",
    "product": "What is made small: how far x A is from the identity.",
}


class EquationPanel(Panel):
    """x · A = x A. Pointing at a number of the product marks the row and the column that it is made of."""

    def __init__(self) -> None:
        super().__init__("", "warmup.equation")
        self.setAccessibleName("x A, on its way to the identity")
        self.drop_head()
        self.learned = NumberMap("warmup.x", "x", X_HELP)
        self.matrix = EditedMap("warmup.matrix", "A", A_HELP, ENTRY, signed=False)
        self.product = NumberMap("warmup.product", "x A", PRODUCT_HELP)
        self.parts = {
            "x": MatrixPart("warmup.x", "x", "what is learned", self.learned),
            "matrix": MatrixPart("warmup.matrix", "A", "double-click a number to change it", self.matrix),
            "product": MatrixPart("warmup.product", "x A", "shall become the identity", self.product),
        }
        for key, tip in TIPS.items():
            self.parts[key].figure.setToolTip(tip)
            self.parts[key].label.setToolTip(tip)
        self.body.addWidget(in_a_row(list(self.parts.values()), ("·", "=")))
        self.product.pointed.connect(self._mark_makers)
        self.learned.pointed.connect(lambda cell: self._mark_made(cell, row=True))
        self.matrix.pointed.connect(lambda cell: self._mark_made(cell, row=False))

    def show_matrix(self, matrix: Matrix, condition: float) -> None:
        """Show a new A (size, size), with x still zero."""
        self.matrix.show_numbers(
            matrix, max(LARGEST, float(np.abs(matrix).max())), signed=bool((matrix < 0).any())
        )
        self.parts["matrix"].show_figure("condition", condition_words(condition))
        zero = np.zeros_like(matrix)
        self.show_x(zero, zero)

    def show_x(self, x: Matrix, product: Matrix) -> None:
        """Show where x is, and its product with A; both (size, size)."""
        self.learned.show_numbers(x, scale_of(x))
        self.product.show_numbers(product, IDENTITY_MOST)
        for part in (self.parts["x"], self.parts["product"]):
            part.refresh()

    def show_figures(self, loss: float, distance: float) -> None:
        """Show how far it is; not a number for what is not known."""
        self.parts["product"].show_figure("loss", loss_words(loss))
        self.parts["x"].show_figure("distance", loss_words(distance))

    def mark_row_of_matrix(self, row: int | None) -> None:
        """Put a frame around a row of A; around none for `None`."""
        size = 0 if self.matrix.numbers is None else len(self.matrix.numbers)
        self.matrix.mark(QRect() if row is None else QRect(0, row, size, 1))

    def _mark_makers(self, cell: Cell | None) -> None:
        size = 0 if cell is None or self.product.numbers is None else len(self.product.numbers)
        self.learned.mark(QRect(0, cell.row, size, 1) if cell and size else QRect())
        self.matrix.mark(QRect(cell.column, 0, 1, size) if cell and size else QRect())

    def _mark_made(self, cell: Cell | None, *, row: bool) -> None:
        size = 0 if cell is None or self.product.numbers is None else len(self.product.numbers)
        if not cell or not size:
            self.product.mark(QRect())
        else:
            self.product.mark(QRect(0, cell.row, size, 1) if row else QRect(cell.column, 0, 1, size))


def in_a_row(parts: list[MatrixPart], signs: tuple[str, str]) -> QWidget:
    """Return three parts of equal width with signs between them."""
    row = QWidget()
    grid = QGridLayout(row)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(metrics()["space"]["tight"])
    for place, part in enumerate(parts):
        grid.addWidget(part, 0, 2 * place)
        grid.setColumnStretch(2 * place, 1)
        grid.setColumnMinimumWidth(2 * place, 1)
    for place, sign in enumerate(signs):
        grid.addWidget(_sign(sign), 0, 2 * place + 1)
    return row


def _sign(sign: str) -> QLabel:
    label = words(sign, "title")
    label.setFixedWidth(14)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return label


def scale_of(numbers: Matrix) -> float:
    """Return a round number for the strongest colour, above all that is finite in `numbers`."""
    sizes = np.abs(numbers[np.isfinite(numbers)])
    return rounded_up(float(sizes.max())) if sizes.size else 1.0


def condition_words(condition: float) -> str:
    """Return a condition number as one reads it."""
    if not np.isfinite(condition):
        return "∞"
    return f"{condition:,.0f}" if condition < 1e6 else f"{condition:.0e}"


def loss_words(value: float) -> str:
    """Return a loss or a distance, with a few digits that count; a dash for none."""
    if not np.isfinite(value):
        return "–"
    if value == 0 or 1e-4 <= value < 1e5:
        return f"{value:,.4f}" if value < 10 else f"{value:,.1f}"
    return f"{value:.1e}"
