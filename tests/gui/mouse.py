"""What a hand does with a mouse and QTest leaves half done or does not do."""

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


def double_click(widget, place):
    """Click twice on a place of a widget; of QTest's own double click the button stays pressed."""
    QTest.mouseDClick(widget, LEFT, NONE, place)
    QTest.mouseRelease(widget, LEFT, NONE, place)


def point_at(widget, place):
    """Move the mouse to a place of a widget; the very first move into a window may do no more than enter it."""
    QTest.mouseMove(widget, place + QPoint(1, 1))
    QTest.mouseMove(widget, place)


def drag(widget, *places, keys=NONE):
    """Press the left button at the first place, move through the others, and release it at the last."""
    QTest.mousePress(widget, LEFT, keys, places[0])
    for place in places[1:]:
        QTest.mouseMove(widget, place)
    QTest.mouseRelease(widget, LEFT, keys, places[-1])


def turn_wheel(widget, place, angle, keys=NONE):
    """Turn the wheel over a place of a widget, by 120 for a notch; return whether the widget takes it."""
    at, turned = QPointF(place), QPoint(0, round(angle))
    event = QWheelEvent(
        *(at, widget.mapToGlobal(at), QPoint(), turned),
        *(Qt.MouseButton.NoButton, keys, Qt.ScrollPhase.NoScrollPhase, False),
    )
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def right_click(widget, place=None, reason=QContextMenuEvent.Reason.Mouse):
    """Open the menu of a widget at a place, its middle by default, and close it; return it, or `None`."""
    place = widget.rect().center() if place is None else place
    QApplication.sendEvent(widget, QContextMenuEvent(reason, place, widget.mapToGlobal(place)))
    menu = QApplication.activePopupWidget()
    if menu is not None:
        menu.close()
    return menu
