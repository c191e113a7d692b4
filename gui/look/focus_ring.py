"""A ring around the focused control if that is a button, a row of tabs, a plot or a picture; others have a border.

A filled button and a tab have no border, and a switch's border shows whether it is on.
"""

from PySide6 import QtWidgets
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QPen, QRegion
from shiboken6 import isValid

from gui.look.fonts import metrics
from gui.look.theme import theme

NAME = "focus.ring"
BY_KEYS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)

# Distance of the ring from top and bottom of its tab, so that it touches neither bar nor pane.
TAB_INSET = 4
MOVES = (
    QEvent.Type.Move,
    QEvent.Type.Resize,
    QEvent.Type.Show,
    QEvent.Type.Hide,
    QEvent.Type.EnabledChange,
    QEvent.Type.LayoutRequest,
)

PAINTED = (*MOVES, QEvent.Type.Paint)  # a row of tabs sends nothing else when its current tab changes


class FocusRing(QObject):
    """Shows the ring in all windows of the application while the parent exists."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._ring: Ring | None = None
        self._watched: list[QtWidgets.QWidget] = []
        application = QtWidgets.QApplication.instance()
        assert isinstance(application, QtWidgets.QApplication)
        application.focusChanged.connect(self._follow)

    def _follow(self, before: QtWidgets.QWidget | None, widget: QtWidgets.QWidget | None) -> None:
        for ancestor in filter(isValid, self._watched):  # a closed window has destroyed its controls
            ancestor.removeEventFilter(self)
        # A person who uses the mouse knows what was pressed, and a new window needs no ring around its first tab.
        is_tab = isinstance(widget, QtWidgets.QTabBar) and before is not None
        is_ringed = isinstance(widget, QtWidgets.QPushButton | QtWidgets.QToolButton) and (
            widget.isCheckable() or widget.property("look") == "primary"
        )
        is_picture = isinstance(widget, QtWidgets.QGraphicsView | QtWidgets.QAbstractItemView) or (
            widget is not None and widget.property("picture") is True
        )
        by_mouse = QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
        needs_ring = (is_tab or is_ringed or is_picture) and not by_mouse
        self._watched = up_to_window(widget) if needs_ring else []
        for ancestor in self._watched:
            ancestor.installEventFilter(self)
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress and self._watched and watched is self._watched[0]:
            self._follow(None, None)
        elif event.type() in (PAINTED if isinstance(watched, QtWidgets.QTabBar) else MOVES):
            self._place()
        return False

    def _place(self) -> None:
        control = self._watched[0] if self._watched and isValid(self._watched[0]) else None
        if self._ring is not None and not isValid(self._ring):
            self._ring = None
        if self._ring is not None and (control is None or self._ring.parent() is not control.window()):
            self._ring.hide()
            self._ring.deleteLater()
            self._ring = None
        if control is None:
            return
        if self._ring is None:
            self._ring = Ring(control.window(), NAME)
        self._ring.surround(control)


class Ring(QtWidgets.QWidget):
    """The drawn ring, transparent for the mouse."""

    GAP = 1  # between control and line, in pixels

    def __init__(self, window: QtWidgets.QWidget, name: str) -> None:
        super().__init__(window)
        self.setObjectName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def surround(self, control: QtWidgets.QWidget) -> None:
        """Surround a control, or the current tab of a row of tabs."""
        inner = control.rect()
        if isinstance(control, QtWidgets.QTabBar):
            inner = control.tabRect(control.currentIndex()).adjusted(-2, TAB_INSET, 2, -TAB_INSET)
        reach = self.GAP + self.width_of_line()
        outer = QRect(control.mapTo(self.window(), inner.topLeft()), inner.size())
        outer = outer.adjusted(-reach, -reach, reach, reach).intersected(self.window().rect())
        self.setGeometry(outer)
        # Masked to the line, so that repainting the control does not repaint the ring, and to the part of the control
        # that is not scrolled away.
        line = QRegion(self.rect()) - QRegion(self.rect().adjusted(reach, reach, -reach, -reach))
        for ancestor in up_to_window(control):
            if isinstance(ancestor, QtWidgets.QAbstractScrollArea) and ancestor is not control:
                port = ancestor.viewport()
                seen = QRect(port.mapTo(self.window(), QPoint()), port.size())
                line &= QRegion(seen.adjusted(-reach, -reach, reach, reach).translated(-outer.topLeft()))
        self.setMask(line)
        self.setVisible(control.isVisible() and not inner.isEmpty() and not line.isEmpty())
        self.raise_()

    def width_of_line(self) -> int:
        """Return the width of the line, in pixels."""
        return theme().current.ring

    def pen(self) -> QPen:
        return QPen(theme().current.color("focus"), self.width_of_line())

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(self.pen())
            half = self.width_of_line() / 2
            radius = metrics()["radius"]["field"] + self.GAP
            painter.drawRoundedRect(self.rect().toRectF().adjusted(half, half, -half, -half), radius, radius)


def raise_ring(window: QtWidgets.QWidget) -> None:
    """Raise the window's ring above everything that was raised since."""
    if (ring := window.findChild(QtWidgets.QWidget, NAME, Qt.FindChildOption.FindDirectChildrenOnly)) is not None:
        ring.raise_()


def up_to_window(widget: QtWidgets.QWidget | None) -> list[QtWidgets.QWidget]:
    """Return the widget and its ancestors up to the window."""
    widgets = []
    while widget is not None:
        widgets.append(widget)
        widget = None if widget.isWindow() else widget.parentWidget()
    return widgets
