"""Pictures that come to the canvas: test images, pasted and dropped ones."""

import json
import random

import numpy as np
from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage

from engine.analysis.probes.images import OneImage, image_of_class, one_image
from engine.analysis.probes.mistakes import Mistakes, mistakes
from engine.core.drawing import NO_CANVAS, CanvasState
from engine.data.formats.files import MOST_PIXELS, too_many_pixels
from engine.session.jobs.data import DatasetOpened, PictureRead, read_picture_file, read_picture_pixels
from gui.look.class_names import one_of_class
from gui.state.file_content import image_in, pixels_of
from gui.state.link.bridge import Bridge
from gui.state.link.tell import refuse
from gui.state.selection import Selection, Sent
from gui.tabs.draw.kept_drawings import sheet_of
from gui.tabs.draw.sheet import Sheet

# The MIME type of a copied canvas beside its picture: a `CanvasState` as JSON.
COPIED = "application/x-layerlight-canvas"

PASTED = "The pasted picture"  # in sentences


class ImageImport(QObject):
    """Makes sheets of pictures. The engine reads them; a notice says what cannot be read."""

    sheetMade = Signal(str, object)  # its description, for undo, and the sheet

    def __init__(self, bridge: Bridge, selection: Selection, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge, self._selection = bridge, selection
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
                sentence = "There is no network yet that could misread an image."
                self._bridge.submit(refuse, sentence, "Train one first.")
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
            sentence, hint = "Here the network misreads no test image.", "Go back in time, or silence neurons."
            self._bridge.submit(refuse, sentence, hint)
        else:
            sentence = "The network’s answers are no numbers, so none of them is a misreading."
            self._bridge.submit(refuse, sentence)

    def take_picture(self, image: QImage) -> None:
        if image.width() * image.height() > MOST_PIXELS:
            error = too_many_pixels(PASTED)
            self._bridge.submit(refuse, error.sentence, error.hint)
        elif not image.isNull():
            self._job = self._bridge.ask(read_picture_pixels, *pixels_of(image), PASTED)

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
                self.sheetMade.emit("picture", sheet_of(state.drawing, state.change))
                return
        urls = data.urls()
        if len(urls) == 1 and urls[0].isLocalFile():
            self.take_file(urls[0].toLocalFile())
        elif data.hasImage():
            self.take_picture(image_in(data))
        else:
            self._bridge.submit(refuse, "There is no picture to paste.", "Copy one first.")

    def _show_dataset(self, message: DatasetOpened) -> None:
        self._images, self._taken = message.test_images, None

    def _show_image(self, message: OneImage) -> None:
        self._taken = message.number
        picture = message.picture.astype(np.float32) / np.float32(255)
        caption = f"Test image {message.number:,}, {one_of_class(message.label)}"
        self.sheetMade.emit("test image", Sheet(picture=picture, caption=caption, as_is=True))

    def _show_sent(self, sent: Sent) -> None:
        self.sheetMade.emit("picture", Sheet(picture=sent.picture, caption=sent.caption, as_is=True))

    def _show_picture(self, message: PictureRead) -> None:
        self.sheetMade.emit("picture", Sheet(picture=message.ink, as_is=message.as_is))
