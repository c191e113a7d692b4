"""The small buttons of a plot: logarithmic axis, show everything, and a menu that copies and saves."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QSize, Signal
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from gui.look.icons import icon
from gui.look.text_size import sized
from gui.widgets.curve_plot import CurvePlot
from gui.widgets.plot_export import FILTERS, content, picture, table
from gui.widgets.save_place import choose_file


class PlotTools(QWidget):
    """Buttons for a plot; what they do is in the plot's own menu as well."""

    saveWanted = Signal(object, bytes)
    """A path was chosen: write these bytes to it."""

    def __init__(self, plot: CurvePlot, *, log: bool = True) -> None:
        super().__init__()
        self.pictured = self._plot = plot
        name = plot.objectName()
        self.log = self._action(f"{name}.log", "Logarithmic axis", "log-scale")
        self.log.setCheckable(True)
        self.log.setChecked(plot.log)
        self.log.toggled.connect(plot.set_log)
        plot.logChanged.connect(self.log.setChecked)
        self.fit = self._action(f"{name}.fit", "Show everything (or double-click the plot)", "zoom-reset")
        self.fit.setEnabled(not plot.fitted)
        self.fit.triggered.connect(plot.fit)
        plot.fittedChanged.connect(lambda fitted: self.fit.setEnabled(not fitted))
        self.menu = self._menu(log)
        plot.menuWanted.connect(self._open_menu)

        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        if log:
            row.addWidget(self._button(self.log))
        row.addWidget(self._button(self.fit))
        row.addWidget(self._save_button())

    def save(self, path: Path) -> None:
        """Ask for the plot to be written to `path`, as its suffix says."""
        self.saveWanted.emit(path, content(self._plot, path))

    def _menu(self, log: bool) -> QMenu:
        menu = QMenu(self)
        menu.setObjectName(f"{self._plot.objectName()}.menu")
        for title, name, do in (
            ("Copy picture", "copy", self.copy),
            ("Copy numbers", "table", self.copy_numbers),
            ("Save picture or numbers…", "save-image", self.choose_file),
        ):
            action = menu.addAction(icon(name), title)
            action.triggered.connect(do)
        menu.addSeparator()
        if log:
            menu.addAction(self.log)
        menu.addAction(self.fit)
        return menu

    def _action(self, name: str, title: str, icon_name: str) -> QAction:
        action = QAction(icon(icon_name, "muted"), title, self)
        action.setObjectName(name)
        return action

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(action)
        self._shape(button, f"{action.objectName()}.button", action.text())
        return button

    def _save_button(self) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon("save", "muted"))
        button.setMenu(self.menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._shape(button, f"{self._plot.objectName()}.save", "Copy or save this plot")
        return button

    def _shape(self, button: QToolButton, name: str, title: str) -> None:
        button.setObjectName(name)
        button.setAccessibleName(f"{self._plot.accessibleName()}: {title}")
        button.setToolTip(title)
        sized(button.setIconSize, QSize(16, 16))
        sized(button.setFixedSize, 26, 26)

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
