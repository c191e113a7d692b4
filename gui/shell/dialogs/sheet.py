"""What all sheets are: a window beside the window, in which Enter presses the button that has the focus."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QDialog, QWidget


class Sheet(QDialog):
    """A dialog with a title bar of its own and a button to close it, which does not keep anybody from the window."""

    def __init__(self, parent: QWidget, name: str, title: str) -> None:
        super().__init__(parent, Qt.WindowType.Window | Qt.WindowType.WindowCloseButtonHint)
        self.setObjectName(name)
        self.setWindowTitle(title)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Press the button that has the focus: Qt would press the default button, and none where there is none."""
        focused = self.focusWidget()
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and isinstance(focused, QAbstractButton) and focused.isEnabled():
            focused.click()
        else:
            super().keyPressEvent(event)
