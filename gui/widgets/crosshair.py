"""A crosshair: a thin line under the pointer, and beside it what every curve says there."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any, NamedTuple

import pyqtgraph as pg
from PySide6.QtCore import QObject, QPointF, Qt
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QLabel

from gui.look.fonts import font
from gui.look.theme import theme
from gui.widgets.curve import Stroke

MARGIN = 10


class ReadoutRow(NamedTuple):
    """A curve's title, its value in words, and how the curve is drawn."""

    title: str
    value: str
    stroke: Stroke


class Crosshair(QObject):
    """Follows the pointer over a plot; `say` gives the rows for a place on the horizontal axis, `where` its name."""

    def __init__(
        self, plot: Any, say: Callable[[float], list[ReadoutRow]], where: Callable[[float], str]
    ) -> None:
        super().__init__(plot)
        self._plot, self._say, self._where, self._x = plot, say, where, float("nan")
        self.stands_low = False
        """Whether what it says stands below, where the curves leave more room there than above."""
        self._line = pg.InfiniteLine(angle=90, movable=False)
        self._line.setVisible(False)
        plot.addItem(self._line, ignoreBounds=True)
        self._label = QLabel(plot)
        self._label.setProperty("look", "readout")
        self._label.setTextFormat(Qt.TextFormat.RichText)
        self._label.setFont(font("label", numbers=True))
        self._label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._label.hide()
        plot.scene().sigMouseMoved.connect(self._follow)

    @property
    def line(self) -> Any:
        """The line under the pointer, an item of the plot."""
        return self._line

    @property
    def text(self) -> str:
        """What is written beside the line, with its markup."""
        return self._label.text()

    @property
    def is_shown(self) -> bool:
        """Whether it says something now."""
        return self._label.isVisible()

    def point_at(self, x: float | None) -> None:
        """Stand at `x`; `None` to hide."""
        self._x = float("nan") if x is None else x
        self.refresh()

    def refresh(self) -> None:
        """Say again what the curves are at the crosshair."""
        rows = self._say(self._x) if self._x == self._x else []
        self._line.setVisible(bool(rows))
        self._label.setVisible(bool(rows))
        if rows:
            self._line.setValue(self._x)
            self._label.setText(_table(self._where(self._x), rows))
            self._label.adjustSize()
            self._place()

    def restyle(self) -> None:
        """Take the theme's colours."""
        pen = QPen(theme().current.color("faint"), 1)
        pen.setCosmetic(True)
        self._line.setPen(pen)

    def _follow(self, place: QPointF) -> None:
        box = self._plot.getPlotItem().getViewBox()
        inside = box.sceneBoundingRect().contains(place)
        self.point_at(box.mapSceneToView(place).x() if inside else None)

    def _place(self) -> None:
        """Stand right of the line, or left of it where there is no room."""
        box = self._plot.getPlotItem().getViewBox()
        across = self._plot.mapFromScene(box.mapViewToScene(QPointF(self._x, 0))).x()
        right = across + MARGIN
        if right + self._label.width() > self._plot.width() - MARGIN:
            right = across - MARGIN - self._label.width()
        foot = self._plot.mapFromScene(box.sceneBoundingRect().bottomLeft()).y()
        self._label.move(max(right, 0), foot - MARGIN - self._label.height() if self.stands_low else MARGIN)


def _table(where: str, rows: list[ReadoutRow]) -> str:
    colors = theme().current
    lines = [
        f"<tr><td><span style='color:{colors.code(row.stroke.color)}'>●</span>&nbsp;{html.escape(row.title)}"
        f"&nbsp;&nbsp;</td><td align='right'><b>{row.value}</b></td></tr>"
        for row in rows
    ]
    return f"<span style='color:{colors.muted}'>{where}</span><table>{''.join(lines)}</table>"
