"""The main window: arranges menu bar, rail, tabs, transport bar and status line."""

import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from PySide6 import QtGui
from PySide6.QtCore import QEvent, QKeyCombination, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QContextMenuEvent, QDropEvent, QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QMainWindow, QMenuBar, QScrollArea, QSizePolicy, QTabWidget, QWidget

from engine.core.language import tr
from gui.look.first_look import rarely, show_everything, shows_everything
from gui.look.fonts import metrics, scaled, sized
from gui.look.layout import NO_LIMIT, Fitted, hbox, put, set_margins, vbox
from gui.look.theme import theme
from gui.look.words import named, native
from gui.shell.bars.rail import Rail
from gui.shell.bars.status_line import StatusLine
from gui.shell.process.window_geometry import LEAST
from gui.widgets.figures.enlarged import Enlarged
from gui.widgets.tab import Tab

MENU_HEIGHT = 28
MENU_KEY = QKeyCombination(Qt.Modifier.SHIFT, Qt.Key.Key_F10)  # Qt makes a menu's event of it on Windows only

FOCUS = Qt.FocusPolicy
UNDO_KEYS = {"undo": QKeySequence.StandardKey.Undo, "redo": QKeySequence.StandardKey.Redo}


class MainWindow(QMainWindow):
    """The shell around the tabs. It closes if `may_close` returns true, after it has called each of `before_close`."""

    fileDropped = Signal(object)  # carries the path of the file
    fullScreenChanged = Signal(bool)
    everythingShown = Signal(bool)  # whether all tabs and controls are shown now, or the first look
    undoInVain = Signal(str)  # carries `undo` or `redo`: its key was pressed while the action is disabled

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle("Layerlight")  # no text
        self.setAcceptDrops(True)
        self.setMinimumSize(LEAST)
        theme().dress(self)
        self._maximized_before = False
        self.may_close: Callable[[], bool] = lambda: True
        self.before_close: list[Callable[[], object]] = []
        # Called for Escape if the focused widget ignores it; returns whether it had a use for the key.
        self.takes_escape: Callable[[], bool] = lambda: False
        self._failed_to_close = False
        self._beside: QWidget | None = None
        self.menus = named(_Menus(self), "menu", title=tr("Menus"))
        # A height in the style sheet of the window would apply to each item as well, and none would fit into the bar.
        self.menus.setStyleSheet("QMenuBar { min-height: 0; max-height: 100px }")
        sized(self.menus.setFixedHeight, MENU_HEIGHT)
        self.tabs = named(Tabs(), "tabs")
        self.tabs.setDocumentMode(True)
        # A margin of the first tab, because space beside the row would have the colour of the window.
        self.tabs.setStyleSheet(
            "QTabWidget#tabs::tab-bar { left: 0 } QTabBar::tab:first, QTabBar::tab:only-one { margin-"
            + ("right: 14px }" if self.isRightToLeft() else "left: 14px }")
        )
        self.tabs.currentChanged.connect(lambda _: self._show_place())
        self.rail = Rail()
        self.rail.chosen.connect(self._go_to_place)
        self.rail.everythingWanted.connect(lambda: self.show_everything(True))
        self._wanted = ""  # the tab to show once it is added
        self._shown_last: dict[str, Tab] = {}  # the tab of each place that was shown last
        self.opened: list[str] = []  # titles of the tabs that were opened in the first look, and stay in it
        row = named(self.tabs.tabBar(), "tabs.row", title=tr("Tabs"))
        row.setExpanding(False)
        row.setDrawBase(False)  # Fusion's grey line above the row
        self._room_wanted: tuple[QSize, QSize] | None = None
        self.tabs.installEventFilter(self)
        theme().changed.connect(self._place_beside)

    def assemble(self, facts: QWidget, transport: QWidget, status: StatusLine) -> None:
        # No corner widget of the menu bar: with a style sheet Qt lets it push the menus out when it grows.
        top = named(QWidget(self), "top")
        self.menus.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        hbox(self.menus, (facts, 1), gap=16, on=top)
        self.setMenuWidget(top)
        self._status = status
        self._content = content = named(QWidget(self), "content")
        self._row = hbox(self.tabs)
        beside = hbox((self._row, 1), gap=0)
        self._column = vbox((beside, 1), transport, status, gap=0, on=content)
        beside.insertWidget(0, self.rail)  # only now: the first in the order of the Tab key gets the focus at the start
        self._bars = transport, status, top, self.rail
        self.setCentralWidget(content)

    def set_bars_shown(self, shown: bool) -> None:
        """Show menus and status line in their places, or give their room to the tabs."""
        self.show_menus(shown)
        self._column.removeWidget(self._status)
        if shown:
            self._column.addWidget(self._status)
        self._status.show_words(shown)
        self._status.setVisible(shown)

    def show_menus(self, shown: bool) -> None:
        """Show the row of menus, or give its room to the tabs."""
        if row := self.menuWidget():
            row.setVisible(shown)

    def float_status(self, shown: bool) -> None:
        """While the status line has no place, show it over the bottom of the tabs, or hide it."""
        if self._column.indexOf(self._status) >= 0:
            return
        self._status.setVisible(shown)
        if shown:
            foot, height = self.tabs.geometry(), self._status.height()
            self._status.setGeometry(foot.left(), foot.bottom() + 1 - height, foot.width(), height)
            self._status.raise_()

    def keep_room(self, width: int) -> None:
        """Leave a margin of `width` pixels beside the tabs, where words begin."""
        margins = self._row.contentsMargins()
        if margins.left() + margins.right() != width:
            set_margins(self._row, width, 0, 0, 0)

    @property
    def room(self) -> QRect:
        """The room of the tabs, with the margin at their left."""
        return self._row.geometry().translated(self._content.pos())

    def put_beside_tabs(self, button: QWidget) -> None:
        # No corner widget: with a style sheet Qt puts it below the row.
        self._beside, self._row_end = button, _RowEnd(self.tabs)
        button.setParent(self.tabs)
        button.raise_()  # above the row's end
        self._place_beside()
        button.show()
        rarely(button)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the button at its end of the row, and stop requests of a page for a new layout of the window."""
        if watched is not self.tabs or event.type() not in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            return False
        if event.type() == QEvent.Type.LayoutRequest:
            room = self.tabs.minimumSizeHint(), self.tabs.tabBar().sizeHint()
            if room == self._room_wanted:
                return True  # nothing would move, but Qt would repaint the whole window
            self._room_wanted = room
        self._place_beside()
        return False

    def _place_beside(self) -> None:
        if self._beside is None:
            return
        size, row = self._beside.sizeHint(), self.tabs.tabBar()
        left = self.tabs.width() - size.width() - metrics()["space"]["large"]
        put(self._beside, QRect(left, (row.height() - size.height()) // 2, *size.toTuple()))
        # In large letters not all tabs have room: then the row ends before the button, and scrolls.
        ends_before = row.sizeHint().width() > left
        row.setMaximumWidth(left if ends_before else NO_LIMIT)
        self._row_end.setVisible(ends_before)
        put(self._row_end, QRect(left, 0, self.tabs.width() - left, row.height()))

    def add_tab(self, tab: Tab) -> None:
        """Add a tab in its place. It is shown at once if it is the first, otherwise by `offer_tabs`."""
        index = sum(other.ORDER <= tab.ORDER for other in self.all_tabs())
        self.tabs.insertTab(index, tab, tr(tab.TITLE))
        key = native(tab.SHORTCUT)
        self.tabs.setTabToolTip(index, f"{tr(tab.HELP)} ({key})" if key else tr(tab.HELP))
        if self.tab is not tab:
            self.tabs.setTabVisible(index, False)
            return
        self._show_place()
        self.tabs.tabBar().setFocus()  # which shows no ring at the start; the Tab key leads to the page

    def offer_tabs(self) -> None:
        """Show which tabs there are, now that all are added."""
        if self._wanted:
            self.show_tab(self._wanted)
        self._show_place()
        end = QWidget(self._content)  # a new widget is the last in the order of the Tab key; the bars come behind it
        end.setFocusPolicy(FOCUS.TabFocus)  # or Qt puts nothing behind it
        end.hide()
        # Also those that Tab passes over now: of the places, another one than now may be chosen later.
        parts = [part for bar in self._bars for part in bar.findChildren(QWidget) if part.window() is self]
        for before, behind in pairwise([end, *(part for part in parts if part.focusPolicy() != FOCUS.NoFocus)]):
            QWidget.setTabOrder(before, behind)

    def enter(self, tab: Tab) -> None:
        """Show a tab, with the focus on what it is for."""
        self.tabs.setCurrentWidget(tab)
        tab.take_focus(Qt.FocusReason.ShortcutFocusReason)

    def show_tab(self, title: str) -> None:
        """Show the tab of this title or name, once it is there."""
        self._wanted = title
        for tab in self.all_tabs():
            if title in (tab.TITLE, tab.objectName()):
                self.tabs.setCurrentWidget(tab)
                self._wanted = ""

    def turn_tab(self, count: int) -> None:
        """Show the tab that is `count` after the current one, in whichever place it is."""
        tabs = self._listed()
        if (current := self.tab) in tabs:  # they come after the window
            self.tabs.setCurrentWidget(tabs[(tabs.index(current) + count) % len(tabs)])

    def show_everything(self, on: bool) -> None:
        """Show all tabs and controls, or the first look as it is in the beginning."""
        self.opened.clear()
        show_everything(on)
        self._show_place()
        self.everythingShown.emit(on)

    def _go_to_place(self, place: str) -> None:
        """Show the tab of a place that was shown last, or its first one."""
        tabs = [tab for tab in self._listed() if place == tab.PLACE]
        last = self._shown_last.get(place)
        self.tabs.setCurrentWidget(last if last in tabs else tabs[0])

    def _is_listed(self, tab: Tab) -> bool:
        return shows_everything() or tab.PLAIN or tab.TITLE in self.opened

    def _listed(self) -> list[Tab]:
        return list(filter(self._is_listed, self.all_tabs()))

    def _show_place(self) -> None:
        if (current := self.tab) is None:
            return
        self._shown_last[current.PLACE] = current
        if not self._is_listed(current):
            self.opened.append(current.TITLE)
        listed = self._listed()
        self.rail.show_places(current.PLACE, {tab.PLACE for tab in listed}, more=not shows_everything())
        self.tabs.setTabVisible(self.tabs.currentIndex(), True)  # first, because Qt goes to a tab that becomes visible
        for index, tab in enumerate(self.all_tabs()):
            self.tabs.setTabVisible(index, tab.PLACE == current.PLACE and tab in listed)

    @property
    def tab(self) -> Tab | None:
        """The tab that is shown."""
        tab = self.tabs.currentWidget()
        return tab if isinstance(tab, Tab) else None

    def all_tabs(self) -> list[Tab]:
        widgets = map(self.tabs.widget, range(self.tabs.count()))
        return [widget for widget in widgets if isinstance(widget, Tab)]

    @property
    def is_maximized(self) -> bool:
        """Whether the window is maximised, or will be after full screen."""
        return self._maximized_before if self.isFullScreen() else self.isMaximized()

    def toggle_full_screen(self) -> None:
        """Fill the whole screen, or restore the window: normal or maximised."""
        # `showNormal` alone would forget that the window was maximised.
        if not self.isFullScreen():
            self._maximized_before = self.isMaximized()
            self.showFullScreen()
        elif self._maximized_before:
            self.showMaximized()
        else:
            self.showNormal()

    def changeEvent(self, event: QEvent) -> None:
        """Send `fullScreenChanged`, also if the desktop has changed it."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self.fullScreenChanged.emit(self.isFullScreen())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close after everything is saved; if that raises twice, close all the same."""
        event.ignore()  # first, because Qt closes the window if something below raises
        try:
            if not self.may_close():
                return
            for call in self.before_close:
                call()
        except Exception:
            sys.excepthook(*sys.exc_info())
            if not self._failed_to_close:
                self._failed_to_close = True
                return
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle keys that the focused widget ignores: Escape takes back the latest mode, Shift+F10 opens a menu.

        The keys of undo and redo arrive here while their actions are disabled; then a notice says why.
        """
        if event.keyCombination() == MENU_KEY and (focused := self.focusWidget()) is not None:
            middle = focused.rect().center()
            asked = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, middle, focused.mapToGlobal(middle))
            QApplication.sendEvent(focused, asked)
            return
        is_escape = event.key() == Qt.Key.Key_Escape and event.modifiers() == Qt.KeyboardModifier.NoModifier
        if is_escape and self.takes_escape():
            return
        if is_escape and self.isFullScreen():
            self.toggle_full_screen()
        elif way := next((way for way, key in UNDO_KEYS.items() if event.matches(key)), None):
            self.undoInVain.emit(way)
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QtGui.QDragEnterEvent) -> None:
        if len(event.mimeData().urls()) == 1 and event.mimeData().urls()[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.fileDropped.emit(Path(event.mimeData().urls()[0].toLocalFile()))


class _Menus(QMenuBar):
    def sizeHint(self) -> QSize:
        """Return the room of all menus: from right to left, Qt's own hint ends at the edge of the present width."""
        hint = super().sizeHint()
        if self.isRightToLeft():
            lefts = [self.actionGeometry(action).left() for action in self.actions()]
            hint.setWidth(max(hint.width(), self.width() - min(lefts, default=0)))
        return hint


class _RowEnd(QWidget):
    """Fills the end of the row below the button, if the row itself is shorter."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("tabs.end")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(event.rect(), theme().current.color("surface"))


class Tabs(QTabWidget):
    """A tab widget that wraps each `Tab` in a scroll area; its methods take and return the tab."""

    def insertTab(self, index: int, page: QWidget, title: str) -> int:  # type: ignore[override]  # one of Qt's two forms
        if not isinstance(page, Tab):
            return super().insertTab(index, page, title)
        area = _Page(page)
        index = super().insertTab(index, area, title)
        # Only now: Qt visits all descendants of a widget whenever it gets another parent.
        area.setWidget(page)
        for widget in (area, area.viewport(), page):
            widget.setAutoFillBackground(False)
        return index

    def widget(self, index: int) -> QWidget | None:
        return _page(super().widget(index))

    def currentWidget(self) -> QWidget | None:  # type: ignore[override]  # there is none without tabs
        return _page(super().currentWidget())

    def setCurrentWidget(self, widget: QWidget) -> None:
        self.setCurrentIndex(self.indexOf(widget))

    def indexOf(self, widget: QWidget) -> int:
        return next((index for index in range(self.count()) if self.widget(index) is widget), -1)


class _Page(Fitted, QScrollArea):
    """Resizes its tab to the viewport, but not below the minimum that the tab needs in letters of the present size."""

    def __init__(self, tab: Tab) -> None:
        super().__init__()
        self.tab, self._least = tab, QSize()
        self.setObjectName(f"{tab.objectName()}.scroll")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # widgets of the tab take it, and are scrolled into view
        self.setFrameShape(QFrame.Shape.NoFrame)
        theme().changed.connect(self._fit)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow what the parts of a narrow page need."""
        reflow = self.tab.reflow
        if watched is self.tab and event.type() == QEvent.Type.LayoutRequest and reflow and reflow.is_narrow:
            self._make_room()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        # Not by the tab's size hints: they change with its content, and a scroll bar would come and go.
        tab, room, reflow = self.tab, self.viewport().size(), self.tab.reflow
        self._least = QSize(tab.FIXED_WIDTH + scaled(tab.LEAST_WIDTH - tab.FIXED_WIDTH), scaled(tab.LEAST_HEIGHT))
        if reflow is not None:
            narrow = self.width() < self._least.width()
            if narrow:  # what its lines need decides on the bar below, so not by the height that this leaves
                room.setHeight(self.height())
            if narrow != reflow.is_narrow:
                for enlarged in tab.findChildren(Enlarged):
                    enlarged.end()
            reflow.turn(room, narrow=narrow)
            if narrow:
                self._least = QSize(room.width(), 0)
                tab.resize(room.width(), tab.height())  # first, because panels leave out what has no room
        self._make_room()

    def _make_room(self) -> None:
        least, reflow, layout = self._least, self.tab.reflow, self.tab.layout()
        if reflow is not None and reflow.is_narrow and layout is not None:
            layout.activate()
            if layout.minimumSize().width() > least.width():
                reflow.break_lines(layout, least.width())
            high = max(reflow.height(self.tab), layout.totalMinimumHeightForWidth(least.width()))
            least = least.expandedTo(layout.totalMinimumSize()).expandedTo(QSize(0, high))
        self.tab.resize(self.viewport().size().expandedTo(least))


def _page(widget: QWidget | None) -> QWidget | None:
    return widget.tab if isinstance(widget, _Page) else widget
