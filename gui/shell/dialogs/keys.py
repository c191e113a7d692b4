"""The sheet of keys, and what each tab is good for."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from gui.look.words import words
from gui.shell.actions import Actions
from gui.shell.dialogs.sheet import Sheet
from gui.widgets.tab import Tab

TITLE = "Help and keyboard shortcuts"


class KeysDialog(Sheet):
    """All keys in one table, then the tabs."""

    def __init__(self, parent: QWidget, actions: Actions, tabs: Iterable[Tab]) -> None:
        super().__init__(parent, "keys", TITLE)
        sheet = QWidget()
        sheet.setObjectName("content")
        self._grid = QGridLayout(sheet)
        self._grid.setContentsMargins(24, 16, 24, 24)
        self._grid.setHorizontalSpacing(24)
        self._grid.setColumnStretch(2, 1)
        self._add_title("Keys")
        for title, keys, help_text in actions.texts():
            self._add_row(title.removesuffix("…"), keys, help_text)
        shown = list(tabs)
        if shown:
            self._add_title("Tabs")
        for tab in shown:
            self._add_row(tab.TITLE, "", tab.HELP)
        self._grid.setRowStretch(self._grid.rowCount(), 1)
        area = QScrollArea()
        area.setObjectName("keys.sheet")
        area.setAccessibleName(TITLE)
        area.setToolTip("Esc closes this sheet.")
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(sheet)
        close = QPushButton("Close")
        close.setObjectName("keys.close")
        close.setToolTip("Close this sheet. (Esc)")
        close.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.setContentsMargins(24, 8, 24, 16)
        foot.addStretch(1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(area)
        column.addLayout(foot)
        self.resize(820, 560)

    def _add_title(self, text: str) -> None:
        label = words(text, "title")
        label.setContentsMargins(0, 12, 0, 4)
        self._grid.addWidget(label, self._grid.rowCount(), 0, 1, 3)

    def _add_row(self, title: str, keys: str, help_text: str) -> None:
        row = self._grid.rowCount()
        labels = words(title, "value"), words(keys, "value"), words(help_text, "label", wrapped=True)
        for column, label in enumerate(labels):
            self._grid.addWidget(label, row, column, Qt.AlignmentFlag.AlignTop)
