"""Hands that draw on a canvas with real mouse events, given points in the units of a drawing."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

SIDE = 28.0


def place(canvas, x, y):
    side = min(canvas.width(), canvas.height())
    return QPoint(round((canvas.width() - side) // 2 + x * side / SIDE), round(y * side / SIDE))


def press(canvas, x, y):
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place(canvas, x, y))


def move(canvas, x, y):
    QTest.mouseMove(canvas, place(canvas, x, y))


def lift(canvas, x, y):
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place(canvas, x, y))


def draw(canvas, *points):
    press(canvas, *points[0])
    for point in points[1:]:
        move(canvas, *point)
    lift(canvas, *points[-1])
