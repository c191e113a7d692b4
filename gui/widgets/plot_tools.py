"""The tools of a plot: one button whose menu sets its axis, copies and saves; beside it what ends a zoom."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, QSize, Signal
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from gui.look.icons import icon
from gui.look.text_size import sized
from gui.widgets.curve_plot import CurvePlot
from gui.widgets.plot_export import FILTERS, content, picture, table
from gui.widgets.save_place import choose_file

FIT, FIT_TIP = "Show everything", "Show everything (or double-click the plot)"


class PlotTools(QWidget):
    """A button with the plot's own menu, which a right click opens as well; while zoomed, one that shows everything.

    `more` is what else the menu sets, below the axis, and `about` what that is called in the button's tooltip.
    """

    saveWanted = Signal(object, bytes)
    """A path was chosen: write these bytes to it."""

    def __init__(
        self, plot: CurvePlot, *, log: bool = True, more: QAction | None = None, about: str = ""
    ) -> None:
        super().__init__()
        self.pictured = self._plot = plot
        name = plot.objectName()
        self.log = self._action(f"{name}.log", "Logarithmic axis", "log-scale")
        self.log.setCheckable(True)
        self.log.setIconVisibleInMenu(False)  # it would stand where the tick stands
        self.log.setChecked(plot.log)
        self.log.toggled.connect(plot.set_log)
        plot.logChanged.connect(self.log.setChecked)
        self.fit = self._action(f"{name}.fit", FIT, "zoom-reset")
        self.fit.setToolTip(FIT_TIP)
        self.fit.triggered.connect(plot.fit)
        self.menu = self._menu([*([self.log] if log else []), *([more] if more else [])])
        plot.menuWanted.connect(self._open_menu)

        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._fit_button = QToolButton()
        self._fit_button.setDefaultAction(self.fit)
        self._shape(self._fit_button, f"{self.fit.objectName()}.button", FIT_TIP)
        self.button = QToolButton()
        self.button.setIcon(icon("more", "muted"))
        self.button.setMenu(self.menu)
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        named = (*(["axis"] if log else []), *([about] if about else []), "copy", "save")
        self._shape(self.button, f"{name}.tools", ", ".join(named).capitalize())
        for button in (self._fit_button, self.button):
            row.addWidget(button)
        self._show_fitted(plot.fitted)
        plot.fittedChanged.connect(self._show_fitted)

    def save(self, path: Path) -> None:
        """Ask for the plot to be written to `path`, as its suffix says."""
        self.saveWanted.emit(path, content(self._plot, path))

    def _menu(self, sets: Sequence[QAction]) -> QMenu:
        menu = QMenu(self)
        menu.setObjectName(f"{self._plot.objectName()}.menu")
        menu.addActions([*sets, self.fit])
        menu.addSeparator()
        for title, name, do in (
            ("Copy picture", "copy", self.copy),
            ("Copy numbers", "table", self.copy_numbers),
            ("Save picture or numbers…", "save-image", self.choose_file),
        ):
            action = menu.addAction(icon(name), title)
            action.triggered.connect(do)
        return menu

    def _action(self, name: str, title: str, icon_name: str) -> QAction:
        action = QAction(icon(icon_name, "muted"), title, self)
        action.setObjectName(name)
        return action

    def _shape(self, button: QToolButton, name: str, title: str) -> None:
        button.setObjectName(name)
        button.setAccessibleName(f"{self._plot.accessibleName()}: {title}")
        button.setToolTip(title)
        sized(button.setIconSize, QSize(16, 16))
        sized(button.setFixedSize, 26, 26)

    def _show_fitted(self, fitted: bool) -> None:
        """Offer to show everything only where not everything is shown."""
        self.fit.setEnabled(not fitted)
        self._fit_button.setVisible(not fitted)

    def _open_menu(self, place: QPoint) -> None:
        self.menu.popup(place)

    def copy(self) -> None:
        """Put the plot on the clipboard as a picture."""
        QGuiApplication.clipboard().setPixmap(picture(self._plot))

    def copy_numbers(self) -> None:
        """Put the numbers behind the curves on the clipboard."""
        QGuiApplication.clipboard().setText(table(self._plot.numbers(), self._plot.across))

    def choose_file(self) -> None:
        """Ask where to save the plot to, as a picture or as numbers."""
        title = self._plot.accessibleName()
        if path := choose_file(self, f"Save {title}", f"{title.lower()}.png", FILTERS):
            self.save(path)
