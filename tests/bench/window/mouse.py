"""The events that a mouse, or a pen, makes in a widget."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
# By kind of event: the button that it is about, and those that are held then.
BUTTONS = {
    QEvent.Type.MouseButtonPress: (LEFT, LEFT),
    QEvent.Type.MouseMove: (NONE, LEFT),
    QEvent.Type.MouseButtonRelease: (LEFT, NONE),
}


def send_mouse(widget: QWidget, kind: QEvent.Type, place: QPointF) -> None:
    """Let the left button be pressed, dragged or released at a place in the widget's own pixels."""
    shown = QPointF(widget.mapToGlobal(place))
    event = QMouseEvent(kind, place, shown, *BUTTONS[kind], Qt.KeyboardModifier.NoModifier)
    QCoreApplication.sendEvent(widget, event)
