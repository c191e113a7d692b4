"""The sheet that asks which arrays of a file are the images, and which their labels."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QDialogButtonBox, QFormLayout, QPushButton, QVBoxLayout, QWidget

from engine.base.text import printable
from engine.data.jobs import ArraysAsked
from gui.look.named import named
from gui.look.text_size import scaled
from gui.look.words import words
from gui.shell.dialogs.sheets import Sheet
from gui.state.bridge import Bridge
from gui.widgets.choice_field import Choice


class ArraysSheet(Sheet):
    """Two choices; those of the labels are what fits the images that are chosen."""

    def __init__(self, parent: QWidget, asked: ArraysAsked, open_data: Callable[[str, str], object]) -> None:
        super().__init__(parent, "arrays", "Choose images and labels")
        self._asked, self._open_data = asked, open_data
        self.images, self.labels = named(Choice(), "arrays.images"), named(Choice(), "arrays.labels")
        for each, name, tip in (
            (self.images, "Images", "The array with the images"),
            (self.labels, "Labels", "The array with the class of each image: numbers or words"),
        ):
            each.setAccessibleName(name)
            each.setToolTip(tip)
        for name in dict.fromkeys(images for images, _ in asked.pairs):
            self.images.addItem(printable(name), name)
        self.images.currentIndexChanged.connect(lambda _: self._offer_labels())
        self._offer_labels()
        form = QFormLayout()
        form.addRow(words("Images", "label", names=self.images), self.images)
        form.addRow(words("Labels", "label", names=self.labels), self.labels)
        buttons = QDialogButtonBox()
        for text, role, tip, do in (
            ("Open", QDialogButtonBox.ButtonRole.AcceptRole, "Open these two arrays.", self._take),
            ("Cancel", QDialogButtonBox.ButtonRole.RejectRole, "Open nothing. (Esc)", self.reject),
        ):
            button = named(QPushButton(text), f"arrays.{text.lower()}")
            button.setAccessibleName(text)
            button.setToolTip(tip)
            button.clicked.connect(do)
            buttons.addButton(button, role)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(14)
        column.addWidget(words(f"Which arrays of {printable(asked.file)} are the images?", "title"))
        column.addWidget(
            words(
                "Without a test part, every sixth image of each class is set aside to test with.", "caption"
            )
        )
        column.addLayout(form)
        column.addWidget(buttons)
        self.setMinimumWidth(scaled(420))

    def _offer_labels(self) -> None:
        chosen = self.images.currentData()
        self.labels.clear()
        for images, labels in self._asked.pairs:
            if images == chosen:
                self.labels.addItem(printable(labels), labels)

    def _take(self) -> None:
        pair = self.images.currentData(), self.labels.currentData()
        choice = self._asked.choices[self._asked.pairs.index(pair)]
        self.accept()
        self._open_data(self._asked.file, choice)


class ArraysQuestion:
    """Shows the sheet when the engine asks."""

    def __init__(self, window: QWidget, bridge: Bridge, open_data: Callable[[str, str], object]) -> None:
        self._window, self._open_data = window, open_data
        bridge.listen(ArraysAsked, self._ask)

    def _ask(self, asked: ArraysAsked) -> None:
        sheet = ArraysSheet(self._window, asked, self._open_data)
        sheet.finished.connect(lambda _: sheet.deleteLater())
        sheet.show()
