"""The Mistakes tab: what the network misreads, with what probability, and how robust it is to corrupted images."""

from typing import Any

import numpy as np
from PySide6.QtGui import QShowEvent

from engine.analysis.probes.calibration import Calibration, calibration
from engine.analysis.probes.images import SomeImages, some_images
from engine.analysis.probes.mistakes import Mistakes, mistakes
from engine.core.language import mark, tr
from engine.core.lazy import Array
from engine.core.lens import Lens
from engine.model.training.messages import EpochDone
from engine.session.jobs.data import DatasetOpened
from engine.session.jobs.files import SessionOpened
from gui.look.layout import SPRING, TOOLS_PAGE, hbox, stack, vbox
from gui.look.percents import fine_percent
from gui.look.words import named, words
from gui.state.link.query import Request
from gui.state.silencing import changes_of
from gui.tabs.mistakes.calibration_page import CalibrationPage
from gui.tabs.mistakes.confusion_page import ConfusionPage
from gui.tabs.mistakes.corruption_page import CorruptionPage, CorruptionQueries
from gui.widgets.empty_state import EmptyState, empty_matrix
from gui.widgets.forms.controls import Segments
from gui.widgets.reflow import DOWN, Reflow, Turn
from gui.widgets.tab import Tab

# An answer that takes longer is replaced once the lens has changed; what was computed for it is kept.
PATIENCE_MS = 250

LIVE_MS = 1000  # shortest interval between two requests that follow a training

PAGES = {
    "confusion": (mark("Confusion"), mark("Which class is predicted as which, and the images of each pair")),
    "calibration": (mark("Calibration"), mark("Is the network right as often as its probabilities say?")),
    "spoil": (mark("Robustness"), mark("How much noise, blur, shift or rotation it takes until the network errs")),
}
NO_NETWORK = mark("Train a network, or open the bundled session, to see what it misreads.")
NOT_ITS = mark("not the run's data")
SOON = mark("The test images are being read.")
NO_NUMBERS = mark("The weights of this network are no numbers any more, so it answers nothing.")


class MistakesTab(Tab):
    """Asks for the page that is shown; images and corrupted ones have queries of their own beside it."""

    TITLE, PLACE, ORDER, SHORTCUT = mark("Mistakes"), "Draw", 15, "Ctrl+5"  # no text
    FOCUS = ("mistakes.matrix", "mistakes.preview")
    HELP = mark(
        "See which test images the network misreads, with what probability, and what noise, blur and shifts change."
    )

    def __init__(self, *models: Any) -> None:
        super().__init__(*models)
        self.confusion, self.calibration = ConfusionPage(), CalibrationPage()
        self.corruption = CorruptionPage(self.bridge.runs.look)
        self.page = Segments("mistakes.page", PAGES)
        self.figure = named(words("", "value"), "mistakes.figure")
        self.empty = EmptyState("mistakes.empty", tr(NO_NETWORK), empty_matrix)
        self._asked_lens: Lens | None = None  # of the shown page
        self._wanted_images = np.zeros(0, np.int64)
        self._page = self.query(
            self._ask_page,
            patience_ms=PATIENCE_MS,
            live_ms=LIVE_MS,
            refused=self._say,
            shows=lambda answer: [self.confusion if isinstance(answer, Mistakes) else self.calibration, self.figure],
        )
        self._images = self.query(lambda: Request(some_images, self._wanted_images), every_ms=0, patience_ms=0)
        self._corruption = CorruptionQueries(self, self.corruption, self._shows_corrupted)
        pages = self.confusion, self.calibration, self.corruption
        self._inner = stack(*pages)
        self._pages = named(stack(self.empty, self._inner), "mistakes.pages")
        tools = hbox(hbox(self.page, SPRING), (hbox(SPRING, self.figure), 1))
        vbox(tools, (self._pages, 1), gap="small", edges=TOOLS_PAGE, on=self)
        self.reflow = Reflow(*[Turn(page.columns, DOWN, (1, 1)) for page in pages])
        self.page.chosen.connect(self._choose_page)
        self.confusion.imagesWanted.connect(self._want_images)
        self.confusion.labelChosen.connect(lambda label: self.selection.change(label=label))
        self.confusion.imageChosen.connect(lambda image: self.selection.change(image=image))
        self.confusion.sendWanted.connect(self.selection.send)
        self.calibration.temperatureChanged.connect(lambda _: self._page.refresh())
        self.corruption.imageChosen.connect(lambda image: self.selection.change(image=image))
        self._corruption.read.connect(self._show_pages)
        self._corruption.failed.connect(self._say)
        self.offer_network(self.empty.offer)
        self.selection.changed.connect(self._show_selection)
        self.listen(DatasetOpened, self._show_dataset)
        self.listen(SessionOpened, lambda _: self._show_session())
        self.follow(self._page, EpochDone)
        self.follow(self._corruption.previews, EpochDone)
        self._page.listen(Mistakes, self._show_mistakes)
        self._page.listen(Calibration, self._show_calibration)
        self._images.listen(SomeImages, self.confusion.show_images)
        self._show_nothing()

    def code_settings(self) -> dict[str, Any]:
        label, answer = (-1 if class_ is None else class_ for class_ in self.confusion.cell)
        belief = {"temperature": self.calibration.temperature, "threshold": self.calibration.least_confidence}
        return {"page": self.page.key, "label": label, "answer": answer, "kind": self.corruption.kinds.key, **belief}

    def _show_dataset(self, message: DatasetOpened) -> None:
        self.corruption.set_rows(message.shape[0])
        self.confusion.forget()
        self.veils.clear(self.confusion)
        self._corruption.take_images(message.test_images)
        self._page.refresh()
        self._corruption.previews.refresh()

    def _show_session(self) -> None:
        self.confusion.forget()
        self.veils.clear(self.confusion)
        self._corruption.forget()
        self._page.refresh()
        self._corruption.previews.refresh()

    def _show_mistakes(self, message: Mistakes) -> None:
        if self._show_pages(message.is_finite):
            self._tell(message.wrong, len(message.labels), is_other=bool(message.remark))
            self.confusion.show_mistakes(message)

    def _show_calibration(self, message: Calibration) -> None:
        if self._show_pages(message.is_finite):
            images = int(message.counts.sum())
            wrong = images - round(float(np.nansum(message.counts * message.accuracy)))
            self._tell(wrong, images, is_other=bool(message.remark))
            self.calibration.show_calibration(message)

    def _show_pages(self, is_finite: bool) -> bool:
        """Show the pages, or a sentence why there is nothing to show; return whether the pages are."""
        if is_finite:
            self._pages.setCurrentWidget(self._inner)
            self.figure.setVisible(self.page.key != "spoil")
        else:
            self._say(NO_NUMBERS)
        return is_finite

    def _say(self, sentence: str) -> None:
        self.empty.say(tr(sentence), with_offer=sentence == NO_NETWORK)
        self._pages.setCurrentWidget(self.empty)
        self.figure.hide()

    def _tell(self, wrong: int, images: int, *, is_other: bool = False) -> None:
        parts = [tr("{count:,} of {all:,} test images misread", count=wrong, all=images)]
        if images:
            parts.append(tr("{share} correct", share=fine_percent(1 - wrong / images, images)))
        if changes := changes_of(self._asked_lens):
            parts.append(tr("with {changes}", changes=changes))
        if is_other:
            parts.append(tr(NOT_ITS))
        self.figure.setText(" · ".join(parts))

    def _ask_page(self) -> Request[...] | None:
        lens = self.selection.lens
        if lens is None:
            self._show_nothing()
            return None
        self._asked_lens = lens
        if self.empty.sentence.text() == tr(NO_NETWORK):
            self._say(SOON)
        if self.page.key == "confusion":
            return Request(mistakes, lens)
        if self.page.key == "calibration":
            return Request(calibration, lens, self.calibration.temperature)
        return None  # the page of corrupted images has queries of its own

    def _want_images(self, numbers: Array) -> None:
        self._wanted_images = numbers
        self._images.refresh()

    def _show_nothing(self) -> None:
        self._page.drop()
        self._images.drop()
        self.confusion.forget()
        self._corruption.forget()
        self._say(NO_NETWORK)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._shows_corrupted():
            self._corruption.show()

    def _shows_corrupted(self) -> bool:
        return self.isVisible() and self.page.key == "spoil"

    def _choose_page(self, key: str) -> None:
        self._inner.setCurrentIndex(list(PAGES).index(key))
        self.figure.setVisible(key != "spoil" and self._pages.currentWidget() is self._inner)
        self._page.refresh()
        if self._shows_corrupted():
            self._corruption.show()

    def _show_selection(self, changed: frozenset[str]) -> None:
        if "lens" in changed and self.selection.lens is None:
            self._show_nothing()
        elif "lens" in changed:
            self._page.refresh()
            self._corruption.take_lens()
        if "image" in changed:
            self.confusion.pick(self.selection.image)
            if self.selection.image is not None:
                self._corruption.pick(self.selection.image)
