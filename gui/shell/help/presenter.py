"""Presenter mode, for a room: large words, thick curves, the whole screen, one panel at a time."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QGraphicsView, QWidget

from engine.core.language import mark, tr
from gui.look.fonts import text_size
from gui.look.layout import closest
from gui.look.theme import theme
from gui.look.words import with_keys
from gui.shell.main_window import MainWindow
from gui.shell.menus.actions import Actions, enable_entry
from gui.shell.menus.figures import meant_panel
from gui.state.notices import Notices
from gui.state.settings import settings
from gui.widgets.figures.enlarged import Enlarged
from gui.widgets.panel import Panel

HINT = mark("Esc goes back. Double-click a panel's title to enlarge it; Alt shows the menus.")
TOPIC = "presenter"
NOT_PRESENTING = mark("Panels are enlarged in presenter mode (F5).")


class Presenter(QObject):
    """Starts and ends presenter mode, and enlarges panels in it.

    The mode has a size of letters of its own. Escape takes back one thing at a time: the enlarged panel, then the mode;
    full screen from before stays.
    """

    def __init__(self, window: MainWindow, notices: Notices) -> None:
        super().__init__(window)
        self.enlarged: Enlarged | None = None
        self._window, self._notices = window, notices
        self._actions: Actions | None = None
        self.is_on = self._was_full = self._has_hinted = self._alt_alone = False  # whether the mode is on
        self._usual = text_size()
        window.takes_escape = self._go_back
        window.tabs.currentChanged.connect(lambda _: self.shrink())
        notices.changed.connect(self._show_notice)
        theme().changed.connect(self._show_notice)

    @property
    def usual_text_size(self) -> int:
        """The size of letters outside the mode, in percent."""
        return self._usual if self.is_on else text_size()

    @property
    def text_size(self) -> int:
        return text_size() if self.is_on else settings().presenter_text_size

    def use(self, actions: Actions) -> None:
        self._actions = actions
        self._show_actions()

    def toggle(self) -> None:
        if self.is_on:
            self._leave()
        else:
            self._begin()
        self._show_actions()

    def enlarge(self, panel: Panel | None = None) -> None:
        """Enlarge a panel, by default `meant_panel`; or restore the enlarged one."""
        if not self.is_on:
            return
        if self.enlarged is not None:
            self.shrink()
            return
        tab = self._window.tab
        panel = panel or meant_panel(self._window)
        if tab is not None and panel is not None and tab.isAncestorOf(panel):
            self.enlarged = Enlarged(tab, panel)
            self.enlarged.ended.connect(self._forget)
            self._notices.tell("", topic=TOPIC)  # the hint would cover the bottom of the panel
            self._show_notice()

    def shrink(self) -> None:
        if self.enlarged is not None:
            self.enlarged.end()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle double clicks for which no widget has a use, and the Alt key pressed alone.

        A double click enlarges only in this mode: elsewhere a panel that suddenly fills the tab would be a surprise.
        """
        kind = event.type()
        if isinstance(event, QMouseEvent) and kind == QEvent.Type.MouseButtonDblClick:
            if event.button() == Qt.MouseButton.LeftButton:
                self._take_double_click(self._window.childAt(event.position().toPoint()))
        elif isinstance(event, QKeyEvent) and kind in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            self._alt_alone = event.key() == Qt.Key.Key_Alt
        elif isinstance(event, QKeyEvent) and kind == QEvent.Type.KeyRelease and self._alt_alone:
            self._alt_alone = False
            if event.key() == Qt.Key.Key_Alt:
                row = self._window.menuWidget()  # the menus themselves may be in the bar of a Mac
                shown = row is not None and row.isHidden()
                self._window.show_menus(shown)
                if shown:
                    self._window.menus.setFocus(Qt.FocusReason.MenuBarFocusReason)
        elif kind == QEvent.Type.Resize:
            self._show_notice()
        return False

    def _take_double_click(self, hit: QWidget | None) -> None:
        panel, tab = closest(hit, Panel), self._window.tabs.currentWidget()
        if hit is None or tab is None or not tab.isAncestorOf(hit):
            return
        if isinstance(hit.parentWidget(), QGraphicsView):
            return  # a plot shows everything again, but passes the click on
        if self.enlarged is not None:
            self.shrink()
        elif panel is not None and hit.isEnabled():
            self.enlarge(panel)

    def _begin(self) -> None:
        self._usual, self._was_full = text_size(), self._window.isFullScreen()
        self.is_on = True
        self._window.setUpdatesEnabled(False)
        try:
            self._window.set_bars_shown(False)
            theme().present(settings().presenter_text_size, thick=True)
        finally:
            self._window.setUpdatesEnabled(True)
        if not self._was_full:
            self._window.toggle_full_screen()
        self._window.installEventFilter(self)
        if not self._has_hinted:
            self._has_hinted = True
            self._notices.tell(with_keys(tr(HINT)), topic=TOPIC)
        self._show_notice()

    def _leave(self) -> None:
        self.shrink()
        settings().presenter_text_size = text_size()
        self.is_on = False
        self._window.removeEventFilter(self)
        self._notices.tell("", topic=TOPIC)
        self._window.setUpdatesEnabled(False)
        try:
            theme().present(self._usual, thick=False)
            self._window.set_bars_shown(True)
        finally:
            self._window.setUpdatesEnabled(True)
        if self._window.isFullScreen() and not self._was_full:
            self._window.toggle_full_screen()

    def _go_back(self) -> bool:
        """Shrink the panel or end the mode; return whether there was one of both."""
        if self.enlarged is not None:
            self.shrink()
        elif self.is_on:
            self.toggle()
        else:
            return False
        return True

    def _show_notice(self) -> None:
        if self.is_on:
            line = self._notices.current
            self._window.float_status(line is not None and line.offer is None)

    def _show_actions(self) -> None:
        if self._actions is None:
            return
        self._actions["view.presenter"].setChecked(self.is_on)
        enable_entry(self._actions["view.enlarge"], "" if self.is_on else tr(NOT_PRESENTING))

    def _forget(self) -> None:
        self.enlarged = None
