"""An enlarged panel, which covers the whole tab while the others stay as they are below it."""

from collections.abc import Sequence
from itertools import takewhile

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QStackedLayout, QWidget
from shiboken6 import isValid

from gui.look.focus_ring import up_to_window
from gui.look.fonts import metrics
from gui.look.layout import NO_LIMIT
from gui.look.theme import theme
from gui.widgets.panel import Panel
from gui.widgets.tab import Tab

UNLIMITED = QSize(NO_LIMIT, NO_LIMIT)


class Enlarged(QObject):
    """Keeps a panel over all others of its tab until `end`, or until the panel or one of its ancestors is hidden.

    Nothing is hidden: the panel and its ancestors, up to the tab, fill their parents and are raised, while placeholders
    keep their places in the layouts. So all views keep their sizes, and go on asking and painting. If the panel had
    another parent instead, stacks and grids on which its tab relies would lose it.
    """

    ended = Signal()

    def __init__(self, tab: Tab, panel: Panel) -> None:
        super().__init__(panel)
        self.tab, self.panel = tab, panel
        self._is_placing = self._has_ended = False
        self._focus_before = focus_within(tab)
        path = list(takewhile(lambda widget: widget is not tab, up_to_window(panel)))
        self._steps = [_Step(widget) for widget in reversed(path)]  # from the tab to the panel
        self._watched = [widget for step in self._steps for widget in (step.widget, step.around)]
        if page := tab.parentWidget():
            self._watched.append(page)
        self._page = page.parentWidget() if page else None
        self._values = self._set_bars(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for widget in self._watched:
            widget.installEventFilter(self)
        theme().changed.connect(self._place)
        self._place()
        self._take_focus()
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self._application = application
        application.focusChanged.connect(self._follow_focus)

    def end(self) -> None:
        """Put the panel back into the layout."""
        if self._has_ended:
            return
        self._has_ended = True
        self._application.focusChanged.disconnect(self._follow_focus)
        theme().changed.disconnect(self._place)
        for widget in filter(isValid, self._watched):
            widget.removeEventFilter(self)
        steps = [step for step in self._steps if isValid(step.widget)]
        for step in steps:
            step.undo()
        self._set_bars(Qt.ScrollBarPolicy.ScrollBarAsNeeded, self._values)
        for step in steps:
            step.arrange()
        if (before := self._focus_before) is not None and isValid(before) and focus_within(self.tab):
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.ended.emit()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Undo the changes of layouts; end when the panel is hidden in its tab."""
        kind = event.type()
        if kind in (QEvent.Type.Resize, QEvent.Type.Move):
            self._place()
        elif kind == QEvent.Type.HideToParent and any(watched is step.widget for step in self._steps):
            self.end()
        return False

    def _place(self) -> None:
        if self._is_placing or self._has_ended:
            return
        self._is_placing = True
        try:
            edge = next((step for step in self._steps if not step.is_page), None)
            for step in self._steps:
                step.fill(self._visible_area(step.around) if step is edge else step.around.rect())
        finally:
            self._is_placing = False

    def _visible_area(self, around: QWidget) -> QRect:
        """Return the visible area of the tab, which may be scrolled, without margins, in a widget's coordinates."""
        page, whole, edge = self.tab.parentWidget(), self.tab.rect(), metrics()["space"]["large"]
        seen = whole if page is None else page.rect().translated(-self.tab.pos()).intersected(whole)
        return seen.adjusted(edge, edge, -edge, -edge).translated(around.mapFrom(self.tab, QPoint()))

    def _set_bars(self, policy: Qt.ScrollBarPolicy, values: Sequence[int] = ()) -> list[int]:
        """Hide the scroll bars of the page, whose room the panel has as well, or restore them; return their values."""
        if not isinstance(self._page, QAbstractScrollArea) or not isValid(self._page):
            return []
        bars = self._page.horizontalScrollBar(), self._page.verticalScrollBar()
        before = [bar.value() for bar in bars]
        self._page.setHorizontalScrollBarPolicy(policy)
        self._page.setVerticalScrollBarPolicy(policy)
        for bar, value in zip(bars, values, strict=False):
            bar.setValue(value)
        return before

    def _take_focus(self) -> None:
        """Move the focus from below the panel to the panel, from which the Tab key leads to its first control."""
        focus = self._focus_before
        if focus is not None and not self.panel.isAncestorOf(focus):
            self.panel.setFocus(Qt.FocusReason.OtherFocusReason)

    def _follow_focus(self, _: QWidget | None, now: QWidget | None) -> None:
        """End when the focus moves below the panel, so that a person never uses a control that is covered."""
        within = now is self.panel or (now is not None and self.panel.isAncestorOf(now))
        if now is not None and self.tab.isAncestorOf(now) and not within:
            self._focus_before = None
            self.end()


def focus_within(widget: QWidget) -> QWidget | None:
    """Return the focused widget of the window if it is in `widget`."""
    focus: QWidget | None = widget.window().focusWidget()
    return focus if focus is not None and widget.isAncestorOf(focus) else None


def is_seen(widget: QWidget) -> bool:
    """Return whether a widget is neither hidden nor covered by an enlarged panel."""
    return widget.isVisible() and not any(map(_is_covered, up_to_window(widget)))


def _is_covered(widget: QWidget) -> bool:
    """Return whether the ground of an enlarged panel covers a widget; children are in the order of painting."""
    around: QWidget | None = None if widget.isWindow() else widget.parentWidget()
    if around is None:
        return False
    children = around.children()
    return any(isinstance(child, _Ground) for child in children[children.index(widget) + 1 :])


class _Step:
    """A widget that fills its parent, and its state before."""

    def __init__(self, widget: QWidget) -> None:
        around = widget.parentWidget()
        assert around is not None
        self.widget, self.around = widget, around
        self._geometry, self._size_around = widget.geometry(), around.size()
        self._most = widget.maximumSize()
        children = [child for child in around.children() if isinstance(child, QWidget)]
        # The next sibling, which was painted over it.
        self._above = next(iter(children[children.index(widget) + 1 :]), None)
        self._ground = _Ground(around)
        layout = around.layout()
        # A page of a stack fills its parent anyway.
        self.is_page = isinstance(layout, QStackedLayout)
        self._placeholder: _Placeholder | None = None
        if layout is not None and not self.is_page:
            self._placeholder = _Placeholder(widget, around)
            layout.replaceWidget(widget, self._placeholder)

    def fill(self, area: QRect) -> None:
        # At first, and after a change of the text size has set a fixed size again.
        if self.widget.maximumSize() != UNLIMITED:
            self._most = self.widget.maximumSize()
            self.widget.setMaximumSize(UNLIMITED)
        if self.around.children()[-1] is not self.widget:
            self._ground.raise_()
            self.widget.raise_()
        self._ground.setGeometry(self.around.rect())
        self._ground.show()
        self.widget.setGeometry(area)

    def undo(self) -> None:
        """Return into the layout, below the sibling that was above; with its old size if the parent has its own."""
        self.widget.setMaximumSize(self._most)
        if self._placeholder is not None and (layout := self.around.layout()):
            layout.replaceWidget(self._placeholder, self.widget)
        for widget in filter(None, (self._placeholder, self._ground)):
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        if self._above is not None and isValid(self._above) and self._above.parentWidget() is self.around:
            self.widget.stackUnder(self._above)
        if self.around.size() == self._size_around:
            self.widget.setGeometry(self._geometry)

    def arrange(self) -> None:
        if layout := self.around.layout():
            layout.invalidate()
            layout.activate()


class _Placeholder(QWidget):
    """Keeps the place of a widget in its layout, so that nothing around it moves."""

    def __init__(self, widget: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self._best, self._least = widget.sizeHint(), widget.minimumSizeHint()
        self.setSizePolicy(widget.sizePolicy())
        self.setMinimumSize(widget.minimumSize())
        self.setMaximumSize(widget.maximumSize())
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.show()

    def sizeHint(self) -> QSize:
        return self._best

    def minimumSizeHint(self) -> QSize:
        return self._least


class _Ground(QWidget):
    """Covers everything below an enlarged panel, also for the mouse."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("enlarged.ground")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(event.rect(), theme().current.color("window"))
