"""Where the arrow keys lead."""

from __future__ import annotations

from PySide6.QtCore import Qt

# By key: rows down and columns to the right.
ARROWS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}
