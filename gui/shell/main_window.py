"""The main window: menu bar, tabs, transport bar and status line, and nothing that they could do themselves."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QMainWindow, QMenuBar, QScrollArea, QSizePolicy, QTabWidget, QWidget

from gui.look.fonts import metrics
from gui.look.layout import hbox, vbox
from gui.look.named import named
from gui.look.text_size import scaled, sized
from gui.look.theme import theme
from gui.look.words import set_look
from gui.shell.process.window_geometry import LEAST
from gui.widgets.tab import Tab

if TYPE_CHECKING:
    from gui.shell.bars.status_line import StatusLine

MENU_HEIGHT = 28

APART = {"": 8, "narrow": 5, "tight": 3}
"""Pixels at both sides of each tab, as the style sheet says, by how much room the row has."""

QWIDGETSIZE_MAX = 16_777_215
"""Qt's own name for a size without a limit, which PySide does not have."""

UNDO_KEYS = {"undo": QKeySequence.StandardKey.Undo, "redo": QKeySequence.StandardKey.Redo}


class MainWindow(QMainWindow):
    """The shell around the tabs.

    When it is about to close `may_close` is asked whether it may, and `before_close` are called in turn.
    """

    fileDropped = Signal(object)
    """Carries the path of the file."""
    spacePressed = Signal()
    fullScreenChanged = Signal(bool)
    undoInVain = Signal(str)
    """The key of `undo` or `redo` was pressed while there is nothing to undo or do again."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle("Layerlight")
        self.setAcceptDrops(True)
        self.setMinimumSize(LEAST)
        theme().dress(self)
        self._maximized_before = False
        self.may_close: Callable[[], bool] = lambda: True
        self.before_close: list[Callable[[], object]] = []
        self.takes_escape: Callable[[], bool] = lambda: False
        """Called at Escape where what has the focus has no use for it; whether that had one, before full screen."""
        self._failed_to_close = False
        self._beside: QWidget | None = None
        self.menus = QMenuBar(self)
        self.menus.setObjectName("menu")
        self.menus.setAccessibleName("Menus")
        # A height in the application's style sheet would hold for each item too, and none would fit into the bar.
        self.menus.setStyleSheet("QMenuBar { min-height: 0; max-height: 100px }")
        sized(self.menus.setFixedHeight, MENU_HEIGHT)
        self.tabs = Pages()
        self.tabs.setObjectName("tabs")
        self.tabs.setDocumentMode(True)
        # What lies beside the row of tabs would have the colour of the window.
        self.tabs.setStyleSheet(
            "QTabWidget#tabs::tab-bar { left: 0 } QTabBar::tab:first, QTabBar::tab:only-one { margin-left: 14px }"
        )
        self.tabs.tabBar().setObjectName("tabs.row")
        self.tabs.tabBar().setAccessibleName("Tabs")
        self.tabs.tabBar().setExpanding(False)
        self.tabs.tabBar().setDrawBase(False)  # Fusion's grey line above the row, as long as that is
        self._room_wanted: tuple[QSize, QSize] | None = None
        self.tabs.installEventFilter(self)
        theme().changed.connect(self._place_beside)

    def assemble(self, facts: QWidget, transport: QWidget, status: StatusLine) -> None:
        """Put the parts in their places."""
        self._put_beside_menus(facts)
        self._status = status
        content = named(QWidget(self), "content")
        self._row = hbox(self.tabs)
        column = vbox((self._row, 1), transport, status, gap=0, on=content)
        self._column = column
        self.setCentralWidget(content)

    def _put_beside_menus(self, facts: QWidget) -> None:
        # A corner widget would do, but with a style sheet Qt lets it push the menus out when it grows.
        top = named(QWidget(self), "top")
        self.menus.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        hbox(self.menus, (facts, 1), gap=16, on=top)
        self.setMenuWidget(top)

    def set_bars_shown(self, shown: bool) -> None:
        """Show the menus and the bottom line in their places, or give their room to the tabs."""
        self.show_menus(shown)
        is_there = self._column.indexOf(self._status) >= 0
        if shown and not is_there:
            self._column.addWidget(self._status)
        elif not shown and is_there:
            self._column.removeWidget(self._status)
        self._status.tell_alone(not shown)
        self._status.setVisible(shown)

    def show_menus(self, shown: bool) -> None:
        """Show the row of the menus, or give its room to the tabs."""
        if row := self.menuWidget():
            row.setVisible(shown)

    @property
    def has_menus(self) -> bool:
        """Whether the row of the menus is there."""
        row = self.menuWidget()
        return row is not None and not row.isHidden()

    def float_status(self, shown: bool) -> None:
        """Let the bottom line, where it has no place, lie over the foot of the tabs, or hide it."""
        if self._column.indexOf(self._status) >= 0:
            return
        self._status.setVisible(shown)
        if shown:
            foot, height = self.tabs.geometry(), self._status.height()
            self._status.setGeometry(foot.left(), foot.bottom() + 1 - height, foot.width(), height)
            self._status.raise_()

    def keep_room(self, width: int) -> None:
        """Leave that much room free at the left of the tabs."""
        if self._row.contentsMargins().left() != width:
            self._row.setContentsMargins(width, 0, 0, 0)

    def put_beside_tabs(self, button: QWidget) -> None:
        """Put a button at the right end of the row of tabs."""
        # A corner widget would do, but with a style sheet Qt puts it below the row.
        self._beside, self._row_end = button, _RowEnd(self.tabs)
        button.setParent(self.tabs)
        button.raise_()  # it may lie there already
        self._place_beside()
        button.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the button beside the tabs stay at its end, and a page arrange itself without the whole window."""
        if watched is not self.tabs or event.type() not in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            return False
        if event.type() == QEvent.Type.LayoutRequest:
            wanted = self.tabs.minimumSizeHint(), self.tabs.tabBar().sizeHint()
            if wanted == self._room_wanted:
                return True  # nothing moves, and Qt would repaint the whole window
            self._room_wanted = wanted
        self._place_beside()
        return False

    def _place_beside(self) -> None:
        if self._beside is not None:
            size, row = self._beside.sizeHint(), self.tabs.tabBar()
            left = self.tabs.width() - size.width() - metrics()["space"]["large"]
            self._beside.setGeometry(left, (row.height() - size.height()) // 2, *size.toTuple())
            self._fit_row(left)
            # Tabs in large letters do not all have room: then the row ends before the button, and scrolls.
            ends_before = row.sizeHint().width() > left
            row.setMaximumWidth(left if ends_before else QWIDGETSIZE_MAX)
            self._row_end.setVisible(ends_before)
            self._row_end.setGeometry(left, 0, self.tabs.width() - left, row.height())

    def _fit_row(self, room: int) -> None:
        """Let the tabs stand as far apart as they have room beside each other."""
        row = self.tabs.tabBar()
        sides = 2 * row.count()
        words = row.sizeHint().width() - sides * APART[row.property("room") or ""]
        fitting = (name for name, apart in APART.items() if words + sides * apart <= room)
        name = next(fitting, list(APART)[-1])
        if name != (row.property("room") or ""):
            set_look(row, "room", name)
            QCoreApplication.sendEvent(row, QEvent(QEvent.Type.StyleChange))  # it measures its tabs again

    def add_tabs(self, made: Iterable[Tab], current: str) -> None:
        """Add the tabs and show the one with the title `current`, or the first."""
        for tab in made:
            place = self.tabs.addTab(tab, tab.TITLE)
            self.tabs.setTabToolTip(place, tab.HELP)
            if current == tab.TITLE:
                self.tabs.setCurrentIndex(place)

    def show_tab(self, title: str) -> None:
        """Show the tab with that title, or with that name, if there is one."""
        for tab in self.all_tabs():
            if title in (tab.TITLE, tab.objectName()):
                self.tabs.setCurrentWidget(tab)

    def all_tabs(self) -> list[Tab]:
        """Return the tabs in their order."""
        pages = (self.tabs.widget(place) for place in range(self.tabs.count()))
        return [page for page in pages if isinstance(page, Tab)]

    @property
    def is_maximized(self) -> bool:
        """Whether the window is maximised, or is as soon as it does not fill the whole screen any more."""
        return self._maximized_before if self.isFullScreen() else self.isMaximized()

    def toggle_full_screen(self) -> None:
        """Fill the whole screen, or be again as before: of some size, or maximised."""
        # Not by `showNormal`, which would forget that the window was maximised.
        if not self.isFullScreen():
            self._maximized_before = self.isMaximized()
            self.showFullScreen()
        elif self._maximized_before:
            self.showMaximized()
        else:
            self.showNormal()

    def changeEvent(self, event: QEvent) -> None:
        """Tell whether the window fills the whole screen, also where the desktop made it do so."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self.fullScreenChanged.emit(self.isFullScreen())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close only after all that has to be saved is saved; if that fails twice, close all the same."""
        event.ignore()  # first of all: should something below raise, Qt would close the window
        try:
            if not self.may_close():
                return
            for each in self.before_close:
                each()
        except Exception:
            sys.excepthook(*sys.exc_info())
            if not self._failed_to_close:
                self._failed_to_close = True
                return
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Toggle the run with the space bar, go back a step with Escape, where what has the focus has no use for it.

        The keys of undo and redo get here while their actions cannot be used: a key that does nothing says why.
        """
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if event.key() == Qt.Key.Key_Space and plain and not event.isAutoRepeat():
            self.spacePressed.emit()
        elif event.key() == Qt.Key.Key_Escape and plain and self.takes_escape():
            return
        elif event.key() == Qt.Key.Key_Escape and plain and self.isFullScreen():
            self.toggle_full_screen()
        elif way := next((way for way, key in UNDO_KEYS.items() if event.matches(key)), None):
            self.undoInVain.emit(way)
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if len(event.mimeData().urls()) == 1 and event.mimeData().urls()[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.fileDropped.emit(Path(event.mimeData().urls()[0].toLocalFile()))


# The tabs -----------------------------------------------------------------------------------------------------------


class _RowEnd(QWidget):
    """Fills the space below the button beside the tabs with their row's colour, where the row is shorter."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("tabs.end")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(event.rect(), theme().current.color("surface"))


class Pages(QTabWidget):
    """A tab widget in which each `Tab` lies in a scroll area, which its users need not know of."""

    def addTab(self, page: QWidget, title: str) -> int:  # type: ignore[override]  # of Qt's two forms, the one in use
        if not isinstance(page, Tab):
            return super().addTab(page, title)
        held = _Page(page)
        place = super().addTab(held, title)
        held.take_in()  # at its place already: Qt goes through all that lies in a widget whenever it moves
        return place

    def widget(self, index: int) -> QWidget | None:
        """Return the page at a place."""
        return _page(super().widget(index))

    def currentWidget(self) -> QWidget | None:  # type: ignore[override]  # there is none without tabs
        return _page(super().currentWidget())

    def setCurrentWidget(self, widget: QWidget) -> None:
        self.setCurrentIndex(self.indexOf(widget))

    def indexOf(self, widget: QWidget) -> int:
        """Return the place of a page; -1 where it is none."""
        return next((place for place in range(self.count()) if self.widget(place) is widget), -1)


class _Page(QScrollArea):
    """As large as there is room, and as large at least as the tab must be: with large letters that is more."""

    def __init__(self, tab: Tab) -> None:
        super().__init__()
        self.tab = tab
        self.setObjectName(f"{tab.objectName()}.scroll")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the tab's widgets have it; they are brought into view
        self.setFrameShape(QFrame.Shape.NoFrame)
        theme().changed.connect(self._share_out)

    def take_in(self) -> None:
        """Lay the tab into the page."""
        self.setWidget(self.tab)
        for each in (self, self.viewport(), self.tab):
            each.setAutoFillBackground(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_out()

    def _share_out(self) -> None:
        # Not by the tab's size hints: they change with what it shows, and a scroll bar would come and go.
        fixed = self.tab.FIXED_WIDTH
        width = fixed + scaled(self.tab.LEAST_WIDTH - fixed)
        self.tab.resize(self.viewport().size().expandedTo(QSize(width, scaled(self.tab.LEAST_HEIGHT))))


def _page(held: QWidget | None) -> QWidget | None:
    return held.tab if isinstance(held, _Page) else held
