"""A plot as a file: a picture of pixels, a picture of lines, or its numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPixmap

from gui.file_content import png_of, svg_of
from gui.theme import theme
from gui.widgets.series import Series

FILTERS = {
    ".png": "Picture (*.png)",
    ".svg": "Drawing (*.svg)",
    ".csv": "Numbers (*.csv)",
}
PIXELS_PER_POINT = 2
"""A saved picture has twice the screen's pixels, so that it can be printed."""


def content(plot: Any, path: Path) -> bytes:
    """Return what a file of that suffix holds: PNG, SVG or CSV; PNG for any other suffix."""
    if path.suffix.lower() == ".svg":
        return drawing(plot)
    if path.suffix.lower() == ".csv":
        return table(plot.numbers(), plot.across).encode()
    return pixels(plot)


def picture(plot: Any) -> QPixmap:
    """Return the plot as pixels, sharper than on the screen."""
    made = QPixmap(plot.size() * PIXELS_PER_POINT)
    made.setDevicePixelRatio(PIXELS_PER_POINT)
    made.fill(theme().current.color("surface"))
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    plot.render(painter)
    painter.end()
    return made


def pixels(plot: Any) -> bytes:
    """Return the plot as a PNG file."""
    return png_of(picture(plot).toImage())


def drawing(plot: Any) -> bytes:
    """Return the plot as an SVG file."""
    whole = QRectF(plot.rect()), plot.rect()
    return svg_of(plot, plot.accessibleName(), lambda painter: plot.render(painter, *whole))


def table(curves: Mapping[str, Series], across: str = "epoch") -> str:
    """Return the numbers of all curves as CSV, one point a line; `across` is what x counts."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("curve", across, "value"))
    for title, series in curves.items():
        writer.writerows((title, x, y) for x, y in zip(series.x.tolist(), series.y.tolist(), strict=True))
    return text.getvalue()
