"""Sheets that ask how to read data: which arrays are the images, or what the pixels mean."""

from collections.abc import Callable

from PySide6.QtWidgets import QFormLayout, QWidget

from engine.core.language import mark, tr
from engine.core.text import printable
from engine.session.jobs.data import ArraysAsked, ReadingAsked
from gui.look.fonts import scaled
from gui.look.layout import vbox
from gui.look.words import named, words
from gui.shell.dialogs.sheets import Role, Sheet, button_box
from gui.widgets.forms.controls import Choice

WIDTH = 372  # least width of what is asked, in pixels of letters of 100 %

type OpenData = Callable[[str, str], object]  # takes the name of a file and the address for `open_data`


class DataSheet(Sheet):
    """A question with a caption, choices below each other, and the buttons Open and Cancel."""

    def __init__(self, parent: QWidget, name: str, title: str, question: str, caption: str) -> None:
        super().__init__(parent, name, title)
        self._form = QFormLayout()
        buttons = button_box(
            name,
            (mark("Open"), Role.AcceptRole, tr("Open the data so."), self.take),
            (mark("Cancel"), Role.RejectRole, tr("Open nothing. (Esc)"), self.reject),
        )
        asked = words(printable(question), "title", wrapped=True)
        about = words(printable(caption), "caption", wrapped=True)
        vbox(asked, about, self._form, buttons, gap=14, edges=(24, 16), on=self).addStrut(scaled(WIDTH))

    def add_choice(self, name: str, title: str, tip: str) -> Choice:
        choice = named(Choice(), f"{self.objectName()}.{name}", title=title, tip=tip)
        self._form.addRow(words(title, "label", names=choice), choice)
        return choice

    def take(self) -> None:
        raise NotImplementedError


class ArraysSheet(DataSheet):
    """Choices of arrays; labels are offered that fit the chosen images."""

    def __init__(self, parent: QWidget, asked: ArraysAsked, open_data: OpenData) -> None:
        super().__init__(
            parent,
            "arrays",
            tr("Choose images and labels"),
            tr("Which arrays of {file} are the images?", file=asked.location.name),
            tr("Without a test part, every sixth image of each class is set aside to test with."),
        )
        self._asked, self._open_data = asked, open_data
        self.images, self.labels, self.test_images, self.test_labels = (
            self.add_choice(name, title, tip)
            for name, title, tip in (
                ("images", tr("Images"), tr("The array with the images")),
                ("labels", tr("Labels"), tr("The array with the class of each image: numbers or words")),
                ("test_images", tr("Test images"), tr("The array with the images to test with")),
                ("test_labels", tr("Test labels"), tr("The array with the class of each image to test with")),
            )
        )
        self.images.offer({name: printable(name) for name, _ in asked.pairs})
        self.images.currentIndexChanged.connect(lambda _: self._offer_labels())
        self.labels.currentIndexChanged.connect(lambda _: self._offer_tests())
        self.test_images.currentIndexChanged.connect(lambda _: self._offer_test_labels())
        self._offer_labels()

    def _offer_labels(self) -> None:
        chosen = self.images.currentData()
        self._offer(self.labels, [labels for images, labels in self._asked.pairs if images == chosen])
        self._offer_tests()

    def _offer_tests(self) -> None:
        taken, shapes = self._taken(), self._asked.shapes
        fit = [
            images
            for images, labels in self._asked.pairs
            if not {images, labels} & taken and shapes[images] == shapes[self.images.currentData()]
        ]
        self._offer(self.test_images, fit, tr("None: set every sixth image aside"))
        self.test_images.setEnabled(bool(fit))
        self._offer_test_labels()

    def _offer_test_labels(self) -> None:
        chosen, taken = self.test_images.currentData(), self._taken()
        fit = [labels for images, labels in self._asked.pairs if images == chosen and labels not in taken]
        self._offer(self.test_labels, fit)
        self.test_labels.setEnabled(bool(fit))

    def _taken(self) -> set[str]:
        return {self.images.currentData(), self.labels.currentData()}

    def _offer(self, choice: Choice, names: list[str], nothing: str = "") -> None:
        """Fill a choice without a signal: the caller fills what depends on it."""
        choice.offer({**({"": nothing} if nothing else {}), **{name: printable(name) for name in names}})

    def take(self) -> None:
        chosen = [self.images, self.labels]
        if self.test_images.currentData():
            chosen += [self.test_images, self.test_labels]
        location = self._asked.location._replace(arrays=tuple(choice.currentData() for choice in chosen))
        self.accept()
        self._open_data(location.name, location.uri())


class ReadingSheet(DataSheet):
    """A choice of the ways to read data."""

    def __init__(self, parent: QWidget, asked: ReadingAsked, open_data: OpenData) -> None:
        super().__init__(parent, "reading", tr("How to read the data"), asked.question, asked.sentence)
        self._asked, self._open_data = asked, open_data
        self.way = self.add_choice("way", tr("Read as"), tr("How the numbers of these data are taken"))
        self.way.offer({choice.wanted: printable(choice.text) for choice in asked.choices})

    def take(self) -> None:
        self.accept()
        self._open_data(self._asked.file, self.way.currentData())
