"""The Data tab: the images themselves, their classes, which of them a run learns from, and which are in both parts."""

import re
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QLineEdit, QPushButton

from engine.analysis.probes.data_images import OF_RUN, DataPictures, ImageList, Listing, data_pictures, list_images
from engine.analysis.probes.data_overview import DataOverview, data_overview
from engine.analysis.probes.duplicates import Duplicates, find_duplicates
from engine.core.language import mark, tr
from engine.core.specs import DataSpec
from engine.core.text import printable, written
from engine.model.training.learned import ALL, chooses
from engine.model.training.messages import EpochDone
from engine.session.jobs.data import DatasetOpened
from gui.look.class_names import class_name
from gui.look.first_look import rarely
from gui.look.fonts import sized
from gui.look.layout import MAIN, PAGE, SPRING, add, hbox, holder, stack, vbox
from gui.look.words import Elided, enable, for_hands, named, words
from gui.state.link.query import Request
from gui.tabs.data.grid import ClassBars, DataGrid
from gui.tabs.data.side import SidePanel, fitting
from gui.widgets.empty_state import EmptyState, empty_frames
from gui.widgets.forms.controls import Segments
from gui.widgets.panel import Panel
from gui.widgets.reflow import ACROSS, DOWN, Reflow, Turn
from gui.widgets.tab import Tab

SIDE = 356  # least width of what stands beside the images
SCROLL_MS = 16  # minimum interval between two requests for pictures while the grid is scrolled
LIVE_MS = 1000
PARTS = {
    "train": (mark("Training"), mark("The images that networks learn from")),
    "test": (mark("Test"), mark("The images that networks are tested with")),
}

IMAGES = {"train": mark("Training images"), "test": mark("Test images")}
NO_NUMBER = {
    "train": mark("There is no training image {number:,}."),
    "test": mark("There is no test image {number:,}."),
}
WHICH = {
    "all": (mark("All"), mark("All images; faint are those that the next run leaves out")),
    "used": (mark("Chosen"), mark("The images that the next run learns from")),
    "wrong": (mark("Wrong labels"), mark("The images that the next run learns with a wrong label")),
    "learned": (mark("Learned"), mark("The images that the run learned from that is looked at")),
    "misread": (mark("Misread"), mark("The images that the network takes for another class than they are")),
}
OF_TRAINING = ("used", "wrong", "learned")
ONLY_TRAINING = mark("Test images are not learned from.")
SOON = mark("The data are being read.")
NO_NETWORK = mark("Train a network, or open the bundled session, to see what it learned from and what it misreads.")
NOTHING_CHOSEN = mark("Click an image to pick it out; double-click to draw on it.")
NO_IMAGE = {
    "all": mark("There are none."),
    "used": mark("The next run learns from none of them."),
    "wrong": mark("No label is wrong. Choose a share of wrong labels in Train, under More."),
    "learned": mark("The run learned from none of them."),
    "misread": mark("The network misreads none of them."),
}


class DataTab(Tab):
    """Lists the images, and what a run learned from, or the next one learns from: that is set in the Train tab."""

    TITLE, PLACE, ORDER, SHORTCUT = mark("Data"), "Train", 25, "Ctrl+Shift+I"  # no text
    FOCUS = ("data.grid",)
    LEAST_HEIGHT = 424
    HELP = mark(
        "Look at the images, see what a run learns from, and find test images that are training images as well."
    )

    def __init__(self, *models: Any) -> None:
        super().__init__(*models)
        self.part = Segments("data.part", PARTS)
        self.which = Segments("data.which", WHICH, narrow=True)
        self.grid, self.bars, self.side = DataGrid(), ClassBars(), SidePanel(self.clock.now)
        self.empty = EmptyState("data.empty", tr(SOON), empty_frames)
        tip = tr("Press Enter to go to the image of this number.")
        self.number = named(QLineEdit(), "data.number", title=tr("Number of an image"), tip=tip)
        self.detail = Elided("data.detail", "label")
        self.send = named(QPushButton(tr("To Draw")), "data.send", title=tr("Send the image to the Draw tab"))
        self._data: DatasetOpened | None = None
        self._overview: DataOverview | None = None
        self._label: int | None = None
        # The number of the marked image of each part.
        self._marked: dict[str, int | None] = {"train": None, "test": None}
        self._wanted: int | None = None  # the number of an image that is to be marked once its list has come
        self._searches = False
        self._listing = self.query(
            self._ask_list,
            live_ms=LIVE_MS,
            patience_ms=0,
            refused=self._say,
            shows=lambda _: [self._pages, self.figure],
            looks=lambda: self.selection.lens if self.which.key in OF_RUN else None,
        )
        self._looking = self.query(
            lambda: Request(data_overview) if self._data else None, shows=lambda _: [self.bars], looks=lambda: None
        )
        self._pictures = self.query(self._ask_pictures, every_ms=SCROLL_MS)
        self._search = self.query(
            lambda: Request(find_duplicates) if self._searches else None, refused=self.side.said.setText
        )
        self._images = Panel(tr("Training images"), "data.panel", shortens=True)
        self.figure = named(self._images.add_figure(), "data.figure")
        self._images.head.addWidget(self.part)
        self.number.setPlaceholderText(tr("Number"))
        self.number.setValidator(QIntValidator(0, 99_999_999, self.number))
        sized(self.number.setFixedWidth, 84)
        self._pages = stack(self.grid, self.empty)
        head = hbox(self.which, SPRING, words(tr("Find"), "label", names=self.number), self.number, gap="small")
        foot = hbox((self.detail, 1), (self.send, 0, Qt.AlignmentFlag.AlignRight))
        add(self._images.body, head, (self._pages, 1), foot)
        self.grid.setToolTip(for_hands(tr(NOTHING_CHOSEN)))
        classes = Panel(tr("Classes"), "data.classes.panel")
        classes.head.addStretch(1)
        for text, tone in ((tr("training"), "accent"), (tr("test"), "changed")):
            label = words(text, "caption")
            label.setProperty("tone", tone)
            classes.head.addWidget(label)
        self.bars.setToolTip(tr("Click a class to see its images alone; once more, all."))
        classes.body.addWidget(self.bars, 1)
        lists = vbox((classes, 60), (self.side, 40), gap="medium")
        side = holder(lists)
        sized(side.setMinimumWidth, SIDE, shrinks=False)
        rarely(self.side)
        columns = hbox((self._images, MAIN), (side, 1), gap="medium", edges=PAGE, on=self)
        self.reflow = Reflow(Turn(columns, DOWN, (1, 1)), Turn(lists, ACROSS, (1, 1)), sides=[side])
        self.part.chosen.connect(self._choose_part)
        self.which.chosen.connect(lambda _: self._listing.refresh())
        self.grid.wanted.connect(self._pictures.refresh)
        self.grid.chosen.connect(self._choose_image)
        self.grid.sent.connect(lambda _: self._send())
        self.bars.chosen.connect(self._choose_class)
        self.bars.cleared.connect(lambda: self._choose_class(None))
        self.number.returnPressed.connect(self._find)
        self.send.clicked.connect(self._send)
        self.side.all.clicked.connect(lambda: self.controls.planned.edit(ALL))
        self.side.choose.clicked.connect(lambda: self.selection.tabWanted.emit("train"))
        self.side.choose.clicked.connect(lambda: self.controls.planned.wanted.emit("images"))
        self.side.searchWanted.connect(self._start_search)
        self.side.stopWanted.connect(self._stop_search)
        self.side.imageWanted.connect(self._go_to)
        self._search.ended.connect(self._stop_search)
        self.controls.planned.changed.connect(self._show_planned)
        self.selection.changed.connect(self._show_selection)
        self.offer_network(self.empty.offer)
        self.listen(DatasetOpened, self._show_dataset)
        self.listen(EpochDone, self._follow)
        self._listing.listen(ImageList, self._show_list)
        self._looking.listen(DataOverview, self._show_overview)
        self._pictures.listen(DataPictures, self.grid.add_pictures)
        self._search.listen(Duplicates, self.side.show_pairs)
        self._show_planned()
        self._show_detail()
        self._say(SOON)

    def code_settings(self) -> dict[str, Any]:
        return dict(self._spec().as_dict())

    @property
    def shows_act(self) -> bool:
        """Whether some images are chosen: the notebook names the data anyway."""
        return self._data is not None and chooses(self._spec())

    @property
    def _planned(self) -> DataSpec:
        return DataSpec.from_dict(self.controls.planned.spec.as_dict())

    def _spec(self) -> DataSpec:
        return fitting(self._planned, self._data.names) if self._data else self._planned

    def _ask_list(self) -> Request[...] | None:
        if self._data is None:
            return None
        listing = Listing(self.part.key, self._label, self.which.key)  # type: ignore[arg-type]
        lens = self.selection.lens if listing.which in OF_RUN else None
        if listing.which in OF_RUN and lens is None:
            self._say(NO_NETWORK)
            return None
        return Request(list_images, listing, self._spec(), lens)

    def _ask_pictures(self) -> Request[...] | None:
        missing, listed = self.grid.missing(), self.grid.shown
        if listed is None or not len(missing):
            return None
        return Request(data_pictures, listed.listing.part, missing)

    def _show_dataset(self, data: DatasetOpened) -> None:
        self._data, self._label, self._overview = data, None, None
        self._marked, self._wanted = {"train": None, "test": None}, None
        self._stop_search()
        self._pictures.drop()
        self.grid.set_data(data.shape, data.classes)
        self.bars.choose(None)
        self.bars.show_classes(None)
        self.veils.clear(self._pages, self.bars)
        self.side.set_data(data)
        self._show_planned()
        self._looking.refresh()
        self._show_title()
        self._show_detail()

    def _follow(self, message: EpochDone) -> None:
        if self.which.key == "misread" and self.is_live(message.run):
            self._listing.follow()

    def _show_list(self, listed: ImageList) -> None:
        part = listed.listing.part
        self.bars.show_learned(listed.learned)
        self.side.show_learned(listed, fits=self._spec() == self._planned)
        self.grid.show_list(listed, self._marked[part])
        self.figure.setText(written(len(listed.numbers), ","))
        if len(listed.numbers):
            self._pages.setCurrentWidget(self.grid)
        else:
            self._say(listed.remark or NO_IMAGE[listed.listing.which])
        self._show_detail()
        if self._wanted is not None:
            number, self._wanted = self._wanted, None
            self._pick_number(number)
        self._pictures.refresh()

    def _show_overview(self, overview: DataOverview) -> None:
        self._overview = overview
        self.bars.show_classes(overview)
        if self.grid.shown is not None:
            self.bars.show_learned(self.grid.shown.learned)
        self.side.show_pixels(overview.pixels, self._label)

    def _say(self, sentence: str) -> None:
        self.empty.say(tr(sentence), with_offer=sentence == NO_NETWORK)
        self._pages.setCurrentWidget(self.empty)
        if sentence not in NO_IMAGE.values():
            self.figure.setText("")

    def _show_planned(self) -> None:
        self.side.all.setEnabled(chooses(self._planned))
        self._listing.refresh()

    def _show_title(self) -> None:
        title = tr(IMAGES[self.part.key])
        label = self._label
        self._images.set_title(title if label is None else tr("{name}: {value}", name=title, value=class_name(label)))

    def _show_detail(self) -> None:
        place, listed = self.grid.marked, self.grid.shown
        is_there = place is not None and listed is not None
        sentence = f"{self.grid.tell(place)}." if is_there and place is not None else ""
        remark = printable(listed.remark) if listed is not None else ""
        self.detail.set_words(" ".join(filter(None, (sentence, remark))) or tr(NOTHING_CHOSEN))
        enable(self.send, is_there, tr("Put this image onto the canvas of the Draw tab."), tr("Choose an image first."))

    def _choose_part(self, part: str) -> None:
        for key in OF_TRAINING:
            self.which.set_possible(key, part == "train", tr(WHICH[key][1] if part == "train" else ONLY_TRAINING))
        if part == "test" and self.which.key in OF_TRAINING:
            self.which.choose("all")
        self._show_title()
        self._listing.refresh()

    def _choose_class(self, label: int | None) -> None:
        """List the images of a class; of the same one again, all."""
        self._label = None if label == self._label else label
        self.bars.choose(self._label)
        self._show_title()
        if self._overview is not None:
            self.side.show_pixels(self._overview.pixels, self._label)
        self._listing.refresh()
        if self._label is not None:
            self.selection.change(label=self._label)

    def _choose_image(self, place: int) -> None:
        listed = self.grid.shown
        if listed is None or not place < len(listed.numbers):
            return
        number, label = int(listed.numbers[place]), int(listed.labels[place])
        self._marked[listed.listing.part] = number
        self.grid.mark(place)
        self._show_detail()
        if listed.listing.part == "test":
            self.selection.change(image=number, label=label)
        else:
            self.selection.change(training=number, label=label)

    def _send(self) -> None:
        place, listed = self.grid.marked, self.grid.shown
        if place is None or listed is None:
            return
        if (picture := self.grid.picture_of(int(listed.numbers[place]))) is not None:
            self.selection.send(picture, self.grid.tell(place))

    def _find(self) -> None:
        text = re.sub(r"[.,\s]", "", self.number.text())
        if text.isdecimal():
            self._go_to(self.part.key, int(text))

    def _go_to(self, part: str, number: int) -> None:
        self._wanted = number
        self._label = None
        self.bars.choose(None)
        self.which.choose("all")
        self.part.choose(part)
        self._show_title()
        self._listing.refresh()

    def _pick_number(self, number: int) -> None:
        if (place := self.grid.place_of_number(number)) is not None:
            self.grid.bring_into_view(place)
            self._choose_image(place)
            return
        listed = self.grid.shown
        last = tr("The last one is {number:,}.", number=listed.total - 1) if listed else ""
        self.grid.mark(None)
        self._show_detail()
        self.detail.set_words(" ".join(filter(None, (tr(NO_NUMBER[self.part.key], number=number), last))))

    def _start_search(self) -> None:
        self._searches = True
        self.side.set_busy(True)
        self._search.refresh()

    def _stop_search(self) -> None:
        self._searches = False
        self._search.drop()
        self.side.set_busy(False)

    def _show_selection(self, changed: frozenset[str]) -> None:
        if "lens" in changed and self.which.key in OF_RUN:
            self._listing.refresh()
        if "image" in changed:
            self._marked["test"] = self.selection.image
            if self.part.key == "test":
                self.grid.mark_number(self.selection.image)
                self._show_detail()
        if "training" in changed and self.selection.training != self._marked["train"]:
            self._show_training_image(self.selection.training)

    def _show_training_image(self, number: int | None) -> None:
        """Scroll to an image that was chosen elsewhere; list all images where it is not among the listed ones."""
        place = None if number is None or self.part.key == "test" else self.grid.place_of_number(number)
        if number is not None and place is None:
            self._go_to("train", number)
            return
        self._marked["train"] = number
        if self.part.key == "train":
            self.grid.mark(place)
            self._show_detail()
        if place is not None:
            self.grid.bring_into_view(place)
