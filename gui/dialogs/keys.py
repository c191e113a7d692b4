"""The sheet of keys, and what each tab is good for."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from gui.actions import Actions
from gui.tab import Tab


class KeysDialog(QDialog):
    """All keys in one table, then the tabs."""

    def __init__(self, parent: QWidget, actions: Actions, tabs: Iterable[Tab]) -> None:
        super().__init__(parent)
        self.setObjectName("keys")
        self.setWindowTitle("Keys and tabs")
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
        area.setAccessibleName("Keys and tabs")
        area.setToolTip("Esc closes this sheet.")
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(sheet)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(area)
        self.resize(820, 560)

    def _add_title(self, text: str) -> None:
        label = QLabel(text)
        label.setProperty("look", "title")
        label.setContentsMargins(0, 12, 0, 4)
        self._grid.addWidget(label, self._grid.rowCount(), 0, 1, 3)

    def _add_row(self, *texts: str) -> None:
        row = self._grid.rowCount()
        for column, (text, look) in enumerate(zip(texts, ("value", "value", "label"), strict=True)):
            label = QLabel(text)
            label.setProperty("look", look)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(look == "label")
            self._grid.addWidget(label, row, column, Qt.AlignmentFlag.AlignTop)
