"""Pictures that come to the canvas: test images, which a button offers, pasted and dropped ones."""

import json
import random
import re
from functools import partial

import numpy as np
from PySide6.QtCore import QMimeData, QObject, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QGuiApplication, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QPushButton, QStyle

from engine.analysis.probes.images import OneImage, image_of_class, one_image
from engine.analysis.probes.mistakes import Mistakes, mistakes
from engine.core.drawing import NO_CANVAS, CanvasState
from engine.core.language import mark, tr, tr_context
from engine.data.formats.reading import MOST_PIXELS, too_many_pixels
from engine.session.jobs.data import DatasetOpened, PictureRead, read_picture_file, read_picture_pixels
from gui.look.class_names import class_name, is_numbered, one_of_class
from gui.look.fonts import metrics, scaled
from gui.look.icons import icon
from gui.look.words import enable, entry, named
from gui.state.file_content import image_in, pixels_of
from gui.state.notices import refuse
from gui.state.selection import Sent
from gui.tabs.draw.ink import Sheet
from gui.tabs.draw.kept_drawings import sheet_of
from gui.widgets.forms.controls import add_entry
from gui.widgets.forms.name_field import ask_name
from gui.widgets.painted import Rule, draw, turned
from gui.widgets.tab import Tab

GROUPED = re.compile(r"\s*\d{1,3}([,.\s]\d{3})+\s*")  # a whole number with marks, of whatever language

# The MIME type of a copied canvas beside its picture: a `CanvasState` as JSON.
COPIED = "application/x-layerlight-canvas"

PASTED = mark("The pasted picture")  # in sentences


class ImageImport(QObject):
    """Makes sheets of pictures. The engine reads them; a notice says what cannot be read."""

    sheetMade = Signal(str, object)  # its description, for undo, and the sheet

    def __init__(self, tab: Tab) -> None:
        super().__init__(tab)
        bridge, selection = self._bridge, self._selection = tab.bridge, tab.selection
        self._images = 0
        self._job: int | None = None
        self._taken: int | None = None  # the test image that was taken last
        bridge.listen(DatasetOpened, self._show_dataset)
        bridge.listen(OneImage, self._show_image, job=lambda: self._job)
        bridge.listen(Mistakes, self._take_misread, job=lambda: self._job)
        bridge.listen(PictureRead, self._show_picture, job=lambda: self._job)
        selection.pictureSent.connect(self._show_sent)
        selection.pictureFileSent.connect(self.take_file)

    def take_image(self, how: str = "any", number: int = 0) -> None:
        """Fetch a test image by its `number`, or another one than the last; `how` is as `ImageChip` signals it.

        `any` is the selected one, unless that was taken already.
        """
        if not self._images:
            return
        if how == "misread":
            if self._selection.lens is None:
                sentence = tr("There is no network yet that could misread an image.")
                self._bridge.submit(refuse, sentence, tr("Train one first."))
            else:
                self._job = self._bridge.ask(mistakes, self._selection.lens)
        elif how == "class":
            chance = random.randrange(self._images)
            self._job = self._bridge.ask(image_of_class, number, chance, besides=self._taken)
        else:
            self._job = self._bridge.ask(one_image, number if how == "number" else self._any())

    def _any(self) -> int:
        chosen = self._selection.image
        return random.randrange(self._images) if chosen is None or chosen == self._taken else chosen

    def _take_misread(self, message: Mistakes) -> None:
        misread = message.images().tolist() if message.is_finite else []
        if misread:
            others = [number for number in misread if number != self._taken] or misread
            self._job = self._bridge.ask(one_image, others[random.randrange(len(others))])
        elif message.is_finite:
            sentence, hint = tr("Here the network misreads no test image."), tr("Go back in time, or silence neurons.")
            self._bridge.submit(refuse, sentence, hint)
        else:
            sentence = tr("The network’s answers are no numbers, so none of them is a misreading.")
            self._bridge.submit(refuse, sentence)

    def take_picture(self, image: QImage) -> None:
        if image.width() * image.height() > MOST_PIXELS:
            error = too_many_pixels(tr(PASTED))
            self._bridge.submit(refuse, error.sentence, error.hint)
        elif not image.isNull():
            self._job = self._bridge.ask(read_picture_pixels, *pixels_of(image), tr(PASTED))

    def take_file(self, file: str) -> None:
        self._job = self._bridge.ask(read_picture_file, file)

    def paste(self) -> None:
        """Take the copied picture or picture file."""
        # Some platforms return `None` where others return an empty clipboard.
        given: QMimeData | None = QGuiApplication.clipboard().mimeData()
        data = QMimeData() if given is None else given
        if data.hasFormat(COPIED):
            try:
                state = CanvasState.from_plain(json.loads(bytes(data.data(COPIED).data())))
            except NO_CANVAS:
                pass  # another program wrote it: its picture is taken
            else:
                self.sheetMade.emit(tr_context("undo", "picture"), sheet_of(state.drawing, state.change))
                return
        urls = data.urls()
        if len(urls) == 1 and urls[0].isLocalFile():
            self.take_file(urls[0].toLocalFile())
        elif data.hasImage():
            self.take_picture(image_in(data))
        else:
            self._bridge.submit(refuse, tr("There is no picture to paste."), tr("Copy one first."))

    def _show_dataset(self, message: DatasetOpened) -> None:
        self._images, self._taken = message.test_images, None

    def _show_image(self, message: OneImage) -> None:
        self._taken = message.number
        picture = message.picture.astype(np.float32) / np.float32(255)
        caption = tr("Test image {number:,}, {name}", number=message.number, name=one_of_class(message.label))
        self.sheetMade.emit(tr_context("undo", "test image"), Sheet(picture=picture, caption=caption, as_is=True))

    def _show_sent(self, sent: Sent) -> None:
        self.sheetMade.emit(
            tr_context("undo", "picture"), Sheet(picture=sent.picture, caption=sent.caption, as_is=True)
        )

    def _show_picture(self, message: PictureRead) -> None:
        self.sheetMade.emit(tr_context("undo", "picture"), Sheet(picture=message.ink, as_is=message.as_is))


TITLE = mark("Test image")
TIP = mark(
    "Put a test image on the canvas and draw on it; the arrow offers one of a class, by its number, or a misread one."
)
NO_DATA = mark("No data set is loaded yet.")
ARROW, SIDE = 24, 12  # width of the part that opens the menu, and of its arrow, in pixels


class ImageChip(QPushButton):
    """Signals which test image is wanted."""

    wanted = Signal(str, int)  # `any`, `misread`, `class` or `number`, and the class or number

    def __init__(self, name: str) -> None:
        super().__init__(tr(TITLE))
        named(self, name, title=tr(TITLE), look="split chip")  # no text
        self.setAccessibleDescription(tr(TIP))
        self.images = 0  # number of test images
        self.choices = named(QMenu(self), f"{name}.menu")
        self._classes = named(QMenu(tr("Of a &class"), self.choices), f"{name}.classes")
        self._add("any", tr("&Any"), "any")
        self._add("misread", tr("A &misread one"), "misread")
        self.choices.addMenu(self._classes)
        self._add("number", tr("By its &number…"))
        self.clicked.connect(lambda: self.wanted.emit("any", 0))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(lambda _: self.open_menu())

    def set_images(self, images: int, classes: int) -> None:
        """Offer test images by number, from 0 to `images` - 1, and by class."""
        self.images = images
        enable(self, images > 0, tr(TIP), tr(NO_DATA))
        self._classes.clear()
        for label in range(classes):
            key = "&" if label < 10 and is_numbered(label) else ""
            name, text = class_name(label), f"{key}{entry(class_name(label))}"
            take = partial(self.wanted.emit, "class", label)
            add_entry(self._classes, f"{self.objectName()}.class.{label}", text, take, tip=name)

    def open_menu(self) -> None:
        self.choices.popup(self.mapToGlobal(QPoint(0, self.height())))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down:
            self.open_menu()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = QStyle.visualPos(self.layoutDirection(), self.rect(), event.position().toPoint())
        is_arrow = place.x() >= self.width() - scaled(ARROW)
        if is_arrow and event.button() == Qt.MouseButton.LeftButton:
            self.open_menu()
        else:
            super().mousePressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter, side, left = QPainter(self), scaled(SIDE), self.width() - scaled(ARROW)
        edge = metrics()["space"]["tight"] + 1
        line = Rule(QPointF(left + 0.5, edge), QPointF(left + 0.5, self.height() - edge))
        draw(painter, *turned(QRectF(self.rect()), line))
        place = QRect(left + (scaled(ARROW) - side) // 2, (self.height() - side) // 2, side, side)
        place = QStyle.visualRect(self.layoutDirection(), self.rect(), place)
        icon("chevron-down", "muted" if self.isEnabled() else "faint").paint(painter, place)

    def _add(self, key: str, text: str, how: str = "") -> None:
        do = partial(self.wanted.emit, how, 0) if how else self._ask_number
        add_entry(self.choices, f"{self.objectName()}.{key}", text, do)

    def _ask_number(self) -> None:
        ask_name(
            self,
            self.objectName(),
            tr("Number of the test image"),
            tr("Enter takes the test image of this number, Esc takes none."),
            lambda text: self.wanted.emit("number", read_number(text)),
            placeholder=tr("0 to {last:,}", last=self.images - 1),
            check=self._wrong,
        )

    def _wrong(self, text: str) -> str:
        number = read_number(text)
        is_there = 0 <= number < self.images
        return "" if is_there else tr("Write a whole number from 0 to {last:,}.", last=self.images - 1)


def read_number(text: str) -> int:
    """Return the whole number in a text, with marks between thousands or without; -1 for anything else."""
    plain = re.sub(r"[,.\s]", "", text) if GROUPED.fullmatch(text) else text
    return int(plain) if plain.isdecimal() and len(plain) < 10 else -1
