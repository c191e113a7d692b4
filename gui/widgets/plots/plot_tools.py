"""The tools of a plot: a button with a menu for axis, copying and saving, and a button that ends a zoom."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolButton, QWidget

from gui.look.fonts import sized
from gui.look.icons import icon
from gui.look.layout import hbox
from gui.look.words import named
from gui.widgets.figures.figure_menu import FigureButton, FigureMenu
from gui.widgets.plots.curve_plot import CurvePlot

FIT, FIT_TIP = "Show everything", "Show everything (or double-click the plot)"


class PlotTools(QWidget):
    """A button with the plot's menu, which a right click opens as well; while zoomed, one that shows everything.

    `more` is a further action of the menu, and `about` its name in the button's tooltip.
    """

    def __init__(self, plot: CurvePlot, *, log: bool = True, more: QAction | None = None, about: str = "") -> None:
        super().__init__()
        name = plot.objectName()
        self.log = named(QAction(icon("log-scale", "muted"), "Logarithmic axis", self), f"{name}.log")
        self.log.setCheckable(True)
        self.log.setIconVisibleInMenu(False)  # it would take the place of the check mark
        self.log.setChecked(plot.log)
        self.log.toggled.connect(plot.set_log)
        plot.logChanged.connect(self.log.setChecked)
        self.fit = named(QAction(icon("zoom-reset", "muted"), FIT, self), f"{name}.fit", tip=FIT_TIP)
        self.fit.triggered.connect(plot.fit)
        sets = [*([self.log] if log else []), *([more] if more else []), self.fit]
        self.menu = FigureMenu(self, f"{name}.menu", sets)
        plot.menuWanted.connect(self._open_menu)

        self._fit_button = QToolButton()
        self._fit_button.setDefaultAction(self.fit)
        self._fit_button.setObjectName(f"{self.fit.objectName()}.button")
        self._fit_button.setAccessibleName(f"{plot.accessibleName()}: {FIT_TIP}")
        sized(self._fit_button.setIconSize, QSize(16, 16))
        entries: Sequence[str] = (*(["axis"] if log else []), *([about] if about else []), "copy", "save")
        self.button = FigureButton(f"{name}.tools", plot.accessibleName(), ", ".join(entries).capitalize())
        self.button.setMenu(self.menu)
        for button in (self._fit_button, self.button):
            sized(button.setFixedSize, 26, 26)
        hbox(self._fit_button, self.button, gap=0, on=self)
        self._show_fitted(plot.fitted)
        plot.fittedChanged.connect(self._show_fitted)

    def _show_fitted(self, fitted: bool) -> None:
        """Offer to show everything only while the plot is zoomed."""
        self.fit.setEnabled(not fitted)
        self._fit_button.setVisible(not fitted)

    def _open_menu(self, place: QPoint) -> None:
        self.menu.popup(place)
