"""One panel with all the room of its tab, over the others, which stay as they are below it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QStackedLayout, QWidget
from shiboken6 import isValid

from gui.look.focus_ring import up_to_window
from gui.look.fonts import metrics
from gui.look.theme import theme
from gui.widgets.panel import Panel
from gui.widgets.tab import Tab

NO_LIMIT = QSize(16_777_215, 16_777_215)  # Qt's maximum of a widget that has none


class Enlarged(QObject):
    """Keeps a panel over all others of its tab until `end`, or until its place in the tab is hidden.

    Nothing is hidden: what lies around the panel, up to the tab, fills what it lies in and is on top, while a stand-in
    keeps its place in the layout. So no view notices, all go on asking and drawing, and nothing below moves.
    """

    ended = Signal()

    def __init__(self, tab: Tab, panel: Panel) -> None:
        super().__init__(panel)
        self.tab, self.panel = tab, panel
        self._is_placing = self._has_ended = False
        self._focus_before = focus_within(tab)
        self._steps = [_Step(each) for each in _up_to(panel, tab)]  # from the tab to the panel
        self._watched = [each for step in self._steps for each in (step.widget, step.around)]
        if page := tab.parentWidget():
            self._watched.append(page)
        page = page.parentWidget() if page else None
        self._bars = _HiddenBars(page) if isinstance(page, QAbstractScrollArea) else None
        for each in self._watched:
            each.installEventFilter(self)
        theme().changed.connect(self._place)
        self._place()
        self._take_focus()
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self._application = application
        application.focusChanged.connect(self._follow_focus)

    def end(self) -> None:
        """Let the panel lie among the others again."""
        if self._has_ended:
            return
        self._has_ended = True
        self._application.focusChanged.disconnect(self._follow_focus)
        theme().changed.disconnect(self._place)
        for each in filter(isValid, self._watched):
            each.removeEventFilter(self)
        steps = [step for step in self._steps if isValid(step.widget)]
        for step in steps:
            step.undo()
        if self._bars is not None:
            self._bars.show_again()
        for step in steps:
            step.arrange()
        before = self._focus_before
        if before is not None and isValid(before) and focus_within(self.tab):
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.ended.emit()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay where it is whatever a layout does; end where the panel is no more to be seen in its tab."""
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
                step.fill(self._sight(step.around) if step is edge else step.around.rect())
        finally:
            self._is_placing = False

    def _sight(self, around: QWidget) -> QRect:
        """Return what of the tab is seen, as the pixels of a widget in it, but for the edge that panels have.

        In large letters the tab may be larger than its page, and scrolled.
        """
        page, whole, edge = self.tab.parentWidget(), self.tab.rect(), metrics()["space"]["large"]
        seen = whole if page is None else page.rect().translated(-self.tab.pos()).intersected(whole)
        return seen.adjusted(edge, edge, -edge, -edge).translated(around.mapFrom(self.tab, QPoint()))

    def _take_focus(self) -> None:
        """Let keys go to the panel, and not to what lies below it; the Tab key leads to its first control."""
        focus = self._focus_before
        if focus is not None and not self.panel.isAncestorOf(focus):
            self.panel.setFocus(Qt.FocusReason.OtherFocusReason)

    def _follow_focus(self, _: QWidget | None, now: QWidget | None) -> None:
        """End where the focus goes to what lies below: nobody must use what is not seen."""
        within = now is self.panel or (now is not None and self.panel.isAncestorOf(now))
        if now is not None and self.tab.isAncestorOf(now) and not within:
            self._focus_before = None
            self.end()


def focus_within(widget: QWidget) -> QWidget | None:
    """Return what has the focus of its window and lies in a widget."""
    focus: QWidget | None = widget.window().focusWidget()
    return focus if focus is not None and widget.isAncestorOf(focus) else None


def is_seen(widget: QWidget) -> bool:
    """Whether something of a widget is to be seen: it is neither hidden nor covered by an enlarged panel."""
    return widget.isVisible() and not any(map(_is_covered, up_to_window(widget)))


def _is_covered(widget: QWidget) -> bool:
    """Whether the ground of an enlarged panel lies over a widget; what is painted later comes later as a child."""
    around: QWidget | None = None if widget.isWindow() else widget.parentWidget()
    if around is None:
        return False
    children = around.children()
    return any(isinstance(each, _Ground) for each in children[children.index(widget) + 1 :])


def _up_to(panel: QWidget, tab: QWidget) -> list[QWidget]:
    found: list[QWidget] = []
    each: QWidget | None = panel
    while each is not None and each is not tab:
        found.insert(0, each)
        each = each.parentWidget()
    return found


class _Step:
    """A widget that fills what it lies in, and what it was before."""

    def __init__(self, widget: QWidget) -> None:
        around = widget.parentWidget()
        assert around is not None
        self.widget, self.around = widget, around
        self._geometry, self._size_around = widget.geometry(), around.size()
        self._most = widget.maximumSize()
        children = [each for each in around.children() if isinstance(each, QWidget)]
        # What was painted over it next, and comes after it wherever children are counted.
        self._above = next(iter(children[children.index(widget) + 1 :]), None)
        self._ground = _Ground(around)
        layout = around.layout()
        # Whether it has all the room of what it lies in anyway.
        self.is_page = isinstance(layout, QStackedLayout)
        self._stand_in: _StandIn | None = None
        if layout is not None and not self.is_page:
            self._stand_in = _StandIn(widget, around)
            layout.replaceWidget(widget, self._stand_in)

    def fill(self, area: QRect) -> None:
        """Lie over all that is in `area`."""
        # At first, and when text size has set a fixed size again.
        if self.widget.maximumSize() != NO_LIMIT:
            self._most = self.widget.maximumSize()
            self.widget.setMaximumSize(NO_LIMIT)
        if self.around.children()[-1] is not self.widget:
            self._ground.raise_()
            self.widget.raise_()
        self._ground.setGeometry(self.around.rect())
        self._ground.show()
        self.widget.setGeometry(area)

    def undo(self) -> None:
        """Be in the layout again, as large as before if what it lies in is, and below what was above it."""
        self.widget.setMaximumSize(self._most)
        if self._stand_in is not None and (layout := self.around.layout()):
            layout.replaceWidget(self._stand_in, self.widget)
        for each in filter(None, (self._stand_in, self._ground)):
            each.hide()
            each.setParent(None)
            each.deleteLater()
        if self._above is not None and isValid(self._above) and self._above.parentWidget() is self.around:
            self.widget.stackUnder(self._above)
        if self.around.size() == self._size_around:
            self.widget.setGeometry(self._geometry)

    def arrange(self) -> None:
        """Let the layout have its way again, now."""
        if layout := self.around.layout():
            layout.invalidate()
            layout.activate()


class _HiddenBars:
    """The scroll bars of a page that need not scroll for now: what is seen has their room too."""

    def __init__(self, page: QAbstractScrollArea) -> None:
        self._page = page
        self._before = page.horizontalScrollBarPolicy(), page.verticalScrollBarPolicy()
        self._values = page.horizontalScrollBar().value(), page.verticalScrollBar().value()
        self._set(Qt.ScrollBarPolicy.ScrollBarAlwaysOff, Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_again(self) -> None:
        """Be as before, at the same places."""
        if isValid(self._page):
            self._set(*self._before)
            self._page.horizontalScrollBar().setValue(self._values[0])
            self._page.verticalScrollBar().setValue(self._values[1])

    def _set(self, across: Qt.ScrollBarPolicy, down: Qt.ScrollBarPolicy) -> None:
        self._page.setHorizontalScrollBarPolicy(across)
        self._page.setVerticalScrollBarPolicy(down)


class _StandIn(QWidget):
    """Keeps the room of a widget in its layout, so that nothing around it moves."""

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
    """Hides what lies below an enlarged panel, and takes the mouse from it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("enlarged.ground")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(event.rect(), theme().current.color("window"))
