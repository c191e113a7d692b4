"""What a hand does with a mouse and QTest leaves half done."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

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
