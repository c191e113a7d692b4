"""The Map tab: the test images as points, as a layer separates them, over time; and the drawing among them."""

from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QWidget

from engine.analysis.mapping.settings import MapSpec
from engine.analysis.probes.images import SomeImages, some_images
from engine.analysis.probes.map import Map, MapsMade, Placed, kept_map, make_all_maps, make_map, place_on_map
from engine.core.language import mark, tr
from engine.core.lazy import Array
from engine.core.lens import Lens
from engine.core.messages import Message
from engine.model.training.messages import EpochDone
from engine.session.jobs.data import DatasetOpened
from engine.session.jobs.files import SessionOpened
from gui.look.first_look import rarely
from gui.look.fonts import column
from gui.look.layout import PAGE, hbox, holder, vbox
from gui.state.link.query import Request
from gui.tabs.map.panel import MapPanel
from gui.tabs.map.side import MOST_IMAGES, LassoPanel, MapSettingsPanel, describe
from gui.widgets.pictures.fetched_pictures import FetchedPictures
from gui.widgets.reflow import ACROSS, DOWN, Reflow, Turn
from gui.widgets.tab import Tab

DOT_MS = 33  # shortest interval in ms between two moves of the drawing's dot
REST_MS = 400  # t-SNE of a moment without a map begins once the time slider rests this long
LIVE_MS = 1000  # shortest interval in ms at which PCA follows a training: the map shares the cores with it
SIDE_WIDTH = 324
ENDED = mark("Ended at {done:,} of {total:,} iterations.")
TRAINED_ON = mark("The network has trained on since; Run shows it as it is now.")
MOST_BYTES = 3_000_000  # size of the cache of pictures, which take a kilobyte each
MOST_ASKED = 400  # if more are wanted at once, the oldest requests are dropped


class MapTab(Tab):
    """Asks for the map of the selected lens, and shows it as it is made."""

    TITLE, PLACE, ORDER, SHORTCUT = mark("Map"), mark("Inside"), 70, "Ctrl+8"  # no text
    FOCUS = ("map.view",)
    LEAST_HEIGHT = 448
    HELP = mark("See which test images a layer takes for alike.")

    def __init__(self, *models: Any) -> None:
        super().__init__(*models)
        self.panel, self.settings, self.lasso = MapPanel(), MapSettingsPanel(), LassoPanel()
        self.view = self.panel.view
        self._map: Map | None = None  # the map that is shown, finished or not
        # The lens of the shown map, as `Runs.content` gives it; `None` also once the network has trained on.
        self._shown_lens: Lens | None = None
        self._asked_lens: Lens | None = None  # the lens that was asked for last, in the same form
        self._around = np.zeros(0, np.int64)  # numbers of the images of the lasso that are shown as pictures
        self.pictures = FetchedPictures(self, MOST_BYTES, most=MOST_ASKED)
        self._quick = self.query(self._ask_quick, live_ms=LIVE_MS, refused=self._refuse, shows=self._shown_in)
        self._making = self.query(self._ask_tsne, every_ms=0, patience_ms=0, refused=self._refuse, shows=self._shown_in)
        self._all = self.query(self._ask_all, every_ms=0, patience_ms=0)
        self._dot = self.query(self._ask_dot, every_ms=DOT_MS)
        self._picked = self.query(lambda: Request(some_images, self._around), every_ms=0, patience_ms=0)
        self._one = self.query(self._ask_one, every_ms=0, patience_ms=0)
        panels = vbox(self.settings, (self.lasso, 1), gap="medium")
        column(side := holder(panels), SIDE_WIDTH)
        columns = hbox((self.panel, 1), side, gap="medium", edges=PAGE, on=self)
        self.reflow = Reflow(Turn(columns, DOWN, (1, 1)), Turn(panels, ACROSS, (1, 1)), sides=(side,))
        rarely(self.settings)
        self.settings.changed.connect(self._want)
        self.settings.all.clicked.connect(self._make_all)
        self.settings.stop.clicked.connect(self._cancel)
        self.view.pointed.connect(self._point_at)
        self.view.chosen.connect(self._choose)
        self.view.lassoed.connect(self._take_lasso)
        self.view.picturesWanted.connect(self._want_pictures)
        self.pictures.come.connect(self._show_pictures)
        self.lasso.imageChosen.connect(lambda number: self.selection.change(image=number))
        self.lasso.sendWanted.connect(self.selection.send)
        self.offer_network(self.panel.empty.offer)
        self.selection.changed.connect(self._show_selection)
        self.selection.layerWanted.connect(self.settings.choose_layer)
        self.listen(DatasetOpened, self._show_dataset)
        self.listen(SessionOpened, lambda _: self._ask_again())
        self.listen(EpochDone, self._show_epoch)
        for query in (self._quick, self._making):
            query.listen(Map, self._show_map)
            query.ended.connect(self._fit_buttons)
        self._all.listen(MapsMade, self._show_all_made)
        self._all.ended.connect(self._show_all_end)
        self._dot.listen(Placed, lambda message: self.view.show_dot(message.point))
        self._picked.listen(SomeImages, self._show_picked)
        self._one.listen(SomeImages, self._show_one)
        self._show_nothing()

    @property
    def shows_act(self) -> bool:
        made = self._map is not None and self._map.is_finished and self._map.spec == self.settings.spec()
        return super().shows_act and made

    def code_settings(self) -> dict[str, Any]:
        spec, layer = self.settings.spec(), self.settings.layer_number
        return (spec.as_dict() if spec else {}) | {"layer": 0 if layer is None else layer + 1}

    def _ask_quick(self) -> Request[...] | None:
        """Return the request for what is quick: PCA, or a t-SNE map that was made before."""
        lens, spec = self.selection.lens, self.settings.spec()
        if lens is None or spec is None:
            return None
        if spec.method == "pca":
            return self._new_map(lens, spec)
        self._asked_lens = self._content
        return Request(kept_map, lens, self.settings.layer_number, spec)

    def _ask_tsne(self) -> Request[...] | None:
        lens, spec = self.selection.lens, self.settings.spec()
        return None if lens is None or spec is None or spec.method == "pca" else self._new_map(lens, spec)

    def _new_map(self, lens: Lens, spec: MapSpec) -> Request[...]:
        former = self._map if self._map is not None and self._map.is_finished else None
        self._asked_lens = self._content
        self.panel.show_empty(False)
        self._say(0.0, "", begins=True)
        return Request(make_map, lens, self.settings.layer_number, spec, start_from=former)

    def _ask_all(self) -> Request[...] | None:
        lens, spec = self.selection.lens, self.settings.spec()
        return None if lens is None or spec is None else Request(make_all_maps, lens, self.settings.layer_number, spec)

    def _ask_dot(self) -> Request[...] | None:
        drawing, lens, map_ = self.selection.drawing, self._asked_lens, self._map
        if drawing is None or lens is None or map_ is None:
            return None
        lens = replace(lens, run=map_.run, moment=map_.step)
        return Request(place_on_map, lens, map_.layer, map_.spec, drawing)

    def _ask_one(self) -> Request[...] | None:
        number = self.selection.image
        return None if number is None else Request(some_images, np.array([number]))

    @property
    def _content(self) -> Lens | None:
        return self.bridge.runs.content(self.selection.lens)

    @property
    def _is_busy(self) -> bool:
        spec = self.settings.spec()
        is_pca = spec is not None and spec.method == "pca"
        return self._making.is_asking or self._all.is_asking or (is_pca and self._quick.is_asking)

    def _want(self) -> None:
        """Make the map of the selected network, in place of one that is being made."""
        spec = self.settings.spec()
        if spec is None:
            self._say(0.0, self.settings.error())
            return
        self._drop_maps()
        (self._quick if spec.method == "pca" else self._making).refresh()

    def _ask_again(self) -> None:
        self._asked_lens = None
        self._drop_maps()
        self._quick.refresh()
        self._making.refresh()

    def _make_all(self) -> None:
        self._drop_maps()
        self._all.refresh()
        self._fit_buttons()

    def _drop_maps(self) -> None:
        self._quick.drop()
        self._making.drop()
        self._fit_buttons()

    def _cancel(self) -> None:
        part, was_making_all = self._map, self._all.is_asking
        self._all.drop()
        self._drop_maps()
        unfinished = part is not None and not part.is_finished
        self._say(0.0, tr(ENDED, done=part.done, total=part.total) if part and unfinished else "")
        if was_making_all:
            self._show_all_end()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.view.leaveEvent(event)

    def _show_dataset(self, message: DatasetOpened) -> None:
        self._map = self._shown_lens = self.panel.shown = None
        self.settings.set_images(message.test_images)
        self.panel.set_classes(message.classes)
        self.panel.say("")
        self.view.show_points(None, np.zeros(0, np.int64), np.zeros(0, bool))
        self._take_lasso(np.zeros(0, np.int64))
        self.veils.clear(self.panel, self.lasso)
        self._ask_again()

    def _show_epoch(self, message: EpochDone) -> None:
        spec = self.settings.spec()
        if spec is None or not self.is_live(message.run):
            return
        self._shown_lens = None
        if spec.method == "pca":
            self._quick.follow()
        elif not self._is_busy:
            self._say(0.0, tr(TRAINED_ON))
            if not self.isVisible():
                self._making.refresh()

    def _show_map(self, message: Map) -> None:
        self.settings.show_layers(message.layers, message.layer)
        if message.points is not None:
            self._show_points(message)
        if message.is_finished:
            self._making.drop()
            self._shown_lens = self._asked_lens
            self._say(0.0, "")
        elif message.points is None:  # the search for neighbours takes about a tenth of the time
            self._say(
                0.1 * message.found,
                tr("Looking for neighbours: {found:.0f}\N{NO-BREAK SPACE}%", found=100 * message.found),
            )
        else:
            part = 0.1 + 0.9 * message.done / message.total
            self._say(part, tr("{done:,} of {total:,} iterations", done=message.done, total=message.total))
        self._follow_drawing()

    def _shown_in(self, message: Message) -> list[QWidget]:
        """Return the widgets that show a map: none as long as neighbours are looked for."""
        return [self.panel, self.lasso] if isinstance(message, Map) and message.points is not None else []

    def _show_points(self, message: Map) -> None:
        before = self._map
        self._map = message
        self.panel.shown = message
        self.view.show_points(message.points, message.labels, message.answers != message.labels)
        if before is None or len(before.numbers) != len(message.numbers):
            self._take_lasso(np.zeros(0, np.int64))
            self._show_image()
            self._show_pictures()
        self.panel.say(_sentence(message))

    def _refuse(self, sentence: str) -> None:
        """Say why there is no map, in place of one for an earlier request."""
        self._map = self._asked_lens = None
        self.panel.show_empty(True, sentence)
        self._say(0.0, tr("No map could be made."))

    def _show_nothing(self) -> None:
        self._drop_maps()
        self._map = self._asked_lens = None
        self.panel.show_empty(True)
        self._take_lasso(np.zeros(0, np.int64))
        self._say(0.0, "")
        self._follow_drawing()

    def _show_all_made(self, message: MapsMade) -> None:
        self._say(
            message.done / max(message.total, 1),
            tr("{done:,} of {total:,} snapshots", done=message.done, total=message.total),
        )
        if message.done and self._shown_lens != self._content:
            self._quick.refresh()

    def _show_all_end(self) -> None:
        self._say(0.0, "")
        if self._shown_lens != self._content:
            self._follow()

    def _say(self, part: float, text: str, *, begins: bool = False) -> None:
        """Show the progress; `begins` where a map is asked for right after this."""
        self.settings.show_progress(part, text)
        self._fit_buttons(begins=begins)

    def _fit_buttons(self, *, begins: bool = False) -> None:
        is_busy = begins or self._is_busy
        self.settings.offer(again=self.selection.lens is not None and not is_busy, stop=is_busy)

    def _point_at(self, place: int | None) -> None:
        if place is None or self._map is None:
            return
        number = int(self._map.numbers[place])
        self.pictures.want([number])
        self.view.say(describe(number, int(self._map.labels[place]), int(self._map.answers[place])))

    def _choose(self, place: int) -> None:
        if self._map is not None:
            self.selection.change(image=int(self._map.numbers[place]))

    def _want_pictures(self, places: Array) -> None:
        if self._map is not None:
            self.pictures.want(self._map.numbers[places].tolist())

    def _show_pictures(self) -> None:
        if self._map is not None:
            places = {number: place for place, number in enumerate(self._map.numbers.tolist())}
            known = self.pictures.pictures.items()
            self.view.show_pictures({places[number]: picture for number, picture in known if number in places})

    def _take_lasso(self, places: Array) -> None:
        """Highlight the images within the lasso, and show their pictures."""
        self.view.pick(places)
        if self._map is None or not len(places):
            self._picked.drop()
            self.lasso.show_counts(())
            return
        labels, numbers = self._map.labels[places], self._map.numbers[places]
        self.lasso.show_counts(labels.tolist())
        order = np.lexsort((numbers, labels))
        few = np.unique(np.linspace(0, len(order) - 1, min(len(order), MOST_IMAGES)).astype(int))
        self._around = numbers[order[few]]
        self._picked.refresh()

    def _show_picked(self, images: SomeImages) -> None:
        answers = {}
        if self._map is not None:
            answers = dict(zip(self._map.numbers.tolist(), self._map.answers.tolist(), strict=True))
        self.lasso.show_images(images, answers)
        self._show_image()

    def _show_one(self, image: SomeImages) -> None:
        answers: list[int] = []
        if self._map is not None:
            answers = self._map.answers[np.isin(self._map.numbers, image.numbers)].tolist()
        self.lasso.show_one(image, answers[0] if answers else None)

    def _show_image(self) -> None:
        number = self.selection.image
        if number is None:
            self._one.drop()
            self.lasso.show_one(None)
        else:
            self._one.refresh()
        shown = () if self._map is None or number is None else self._map.numbers.tolist()
        self.view.mark(shown.index(number) if number in shown else None)

    def _show_selection(self, changed: frozenset[str]) -> None:
        if "lens" in changed:
            self._show_lens()
        if "image" in changed:
            self._show_image()
        if "drawing" in changed:
            self._follow_drawing()

    def _show_lens(self) -> None:
        lens = self.selection.lens
        if lens is None:
            self._show_nothing()
            return
        if self._asked_lens is None or lens.run != self._asked_lens.run:
            self.settings.layer_number = None  # another run may have other layers
        if self._asked_lens is None or self._asked_lens != self._content:
            self._follow()

    def _follow(self) -> None:
        """Show what is quick of another moment; t-SNE begins once the slider rests, if there is no map."""
        self._making.drop()
        self._quick.refresh()
        if not self._all.is_asking:  # else the moment is reached in its turn
            self._making.refresh_after(REST_MS)
        self._fit_buttons()

    def _follow_drawing(self) -> None:
        if self.selection.drawing is None or self._map is None or not self._map.is_finished:
            self._dot.drop()
            self.view.show_dot(None)
        else:
            self._dot.refresh()


def _sentence(message: Map) -> str:
    shares, settings = message.explained, message.settings
    if not message.is_finished:  # a cancelled map had fewer iterations than its settings say
        whole = tr("{total:,} iterations", total=message.total)
        part = tr("{done:,} of {total:,} iterations", done=message.done, total=message.total)
        settings = settings.replace(whole, part) if whole in settings else f"{settings}, {part}"
    sentence = (
        mark("Step {step:,}. {settings}.")
        if shares is None
        else mark("Step {step:,}. {settings}; {share:.1f}\N{NO-BREAK SPACE}% of the variance.")
    )
    return tr(sentence, step=message.step, settings=settings, share=100 * sum(shares or ()))
