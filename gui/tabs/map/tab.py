"""The Map tab: the test images as points, as a layer sees them, through time; and the drawing among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from engine.base.messages import JobEnded, JobFailed
from engine.data.jobs import DatasetOpened
from engine.probes.map import Map, kept_map, make_map
from engine.probes.some_images import SomeImages, some_images
from engine.session.session_jobs import SessionOpened
from engine.training.messages import EpochDone
from gui.look.fonts import metrics
from gui.state.one_shot import one_shot
from gui.state.paced import Paced
from gui.state.questions import Questions
from gui.tabs.map.all_maps import AllMaps
from gui.tabs.map.dot import MapDot
from gui.tabs.map.lasso_panel import MOST_IMAGES, LassoPanel, describe
from gui.tabs.map.panel import MapPanel
from gui.tabs.map.pictures import MapPictures
from gui.tabs.map.settings_panel import MapSettingsPanel
from gui.widgets.tab import Tab

if TYPE_CHECKING:
    from engine.base.lens import Lens
    from engine.mapping.settings import MapSpec
    from gui.state.bridge import Bridge
    from gui.state.run_controls import RunControls
    from gui.state.selection import Selection

PERIOD_MS = 40
"""The film asks for maps no oftener."""

REST_MS = 400
"""When the time slider rests so long on a moment that has no map yet, t-SNE begins."""

TRAINING_REST_MS = 1000
"""While the network trains, PCA follows no oftener: the map shares the cores with it."""

SIDE_WIDTH = 324
"""Of what stands beside the map."""

TRAINED_ON = "The network has trained on since; Run shows it as it is now."


class MapTab(Tab):
    """Asks for the map of what the lens shows, and shows what comes."""

    TITLE, ORDER = "Map", 70
    LEAST_HEIGHT = 424
    HELP = "See which test images a layer takes for alike."

    def __init__(self, bridge: Bridge, controls: RunControls, selection: Selection) -> None:
        super().__init__(bridge, controls, selection)
        self.setObjectName("map")
        self.panel, self.settings, self.lasso = MapPanel(), MapSettingsPanel(), LassoPanel()
        self.view = self.panel.view
        self._map: Map | None = None
        """The map that is shown, finished or not."""
        self._shown_lens: Lens | None = None
        """What the shown map is of; `None` also when the network has changed since."""
        self._asked_lens: Lens | None = None
        self._asked: tuple[Lens, int | None, MapSpec] | None = None
        self._busy = self._missed = False
        self._made = ""
        self.pictures = MapPictures(bridge, self)
        self.dot = MapDot(bridge, self)
        self.all = AllMaps(bridge, self)
        self._picked, self._one = Questions(bridge, self), Questions(bridge, self)
        self._paced = Paced(self._follow, PERIOD_MS, self)
        self._rest, self._epochs = one_shot(self, self._want), one_shot(self, self._paced.want)
        self._arrange()
        self._connect()
        self.listen(DatasetOpened, self._show_dataset)
        self.listen(SessionOpened, lambda _: self._rest.start(0))
        self.listen(EpochDone, self._show_epoch)
        self.listen(Map, self._show_map)
        self._picked.listen(SomeImages, self._show_picked)
        self._one.listen(SomeImages, self._show_one)
        self.bridge.listen(JobFailed, self._show_failure, job=lambda: self._job)
        self.bridge.listen(JobEnded, self._show_end, job=lambda: self._job)
        self._show_nothing()

    def code_settings(self) -> dict[str, Any]:
        """Return how the map is made, and of which layer."""
        spec, layer = self.settings.spec(), self.settings.layer_number
        return (spec.as_dict() if spec else {}) | {"layer": 0 if layer is None else layer + 1}

    # Asking -------------------------------------------------------------------------------------------------------

    def _want(self) -> None:
        """Make the map of what is looked at, whatever is in the making."""
        lens, spec = self.selection.lens, self.settings.spec()
        if lens is None:
            self._show_nothing()
        elif spec is None:
            self._say(0.0, self.settings.error())
        elif not self.isVisible():
            self._missed = True
        else:
            self._begin(lens, spec)

    def _begin(self, lens: Lens, spec: MapSpec) -> None:
        self._rest.stop()
        self._epochs.stop()
        self._busy, self._asked_lens = True, lens
        former = self._map if self._map is not None and self._map.is_finished else None
        self.panel.show_empty(False)
        self._say(0.0, "")
        self.ask(make_map, lens, self.settings.layer_number, spec, start_from=former)

    def _follow(self) -> bool:
        """Ask for what the lens shows now, as far as that is quick; whether an answer will come."""
        lens, spec = self.selection.lens, self.settings.spec()
        if lens is None or spec is None or not self.isVisible():
            self._missed = lens is not None
            return False
        if spec.method == "pca":
            self._begin(lens, spec)
        else:
            self._busy, self._asked_lens = False, lens
            self.ask(kept_map, lens, self.settings.layer_number, spec)
            if not self.all.goes_on:
                self._rest.start(REST_MS)
        return True

    def _make_all(self) -> None:
        lens, spec = self.selection.lens, self.settings.spec()
        if lens is not None and spec is not None:
            self._drop_question()
            self._busy = False
            self._rest.stop()
            self.all.make(lens, self.settings.layer_number, spec)
            self._fit_buttons()

    def _drop_question(self) -> None:
        """Wait for no answer any more, or nothing would be asked ever again."""
        self.drop()
        self._paced.forget()
        self._paced.answered()

    def _cancel(self) -> None:
        """End what is in the making, and leave what is there."""
        self._rest.stop()
        if self.all.goes_on:
            self.all.stop()
        if self._busy:
            self.drop()
            self._busy = False
            self._paced.answered()
            part = self._map
            unfinished = part is not None and not part.is_finished
            self._say(
                0.0, f"Ended at {part.done:,} of {part.total:,} iterations." if part and unfinished else ""
            )

    def showEvent(self, event: QShowEvent) -> None:
        """Ask what changed while the tab was hidden."""
        super().showEvent(event)
        if self._missed or (self._map is None and self.selection.lens is not None):
            self._missed = False
            self._want()
        self._follow_drawing()

    def hideEvent(self, event: QHideEvent) -> None:
        """Point at nothing any more."""
        super().hideEvent(event)
        self.view.leaveEvent(event)

    # What the engine tells ----------------------------------------------------------------------------------------

    def _show_dataset(self, message: DatasetOpened) -> None:
        self._map = self._shown_lens = None
        self.pictures.forget()
        self.settings.set_images(message.test_images)
        self.panel.set_classes(message.classes)
        self.view.show_points(None, np.zeros(0, np.int64), np.zeros(0, bool))
        self._take_lasso(np.zeros(0, np.int64))
        self._rest.start(0)

    def _show_epoch(self, message: EpochDone) -> None:
        lens, spec = self.selection.lens, self.settings.spec()
        if lens is None or lens.run != message.run or lens.moment is not None or spec is None:
            return
        self._shown_lens = None
        if not self.isVisible():
            self._missed = True
        elif spec.method == "pca":
            if not self._epochs.isActive():
                self._epochs.start(TRAINING_REST_MS)
        elif not self._busy and not self.all.goes_on:
            self._say(0.0, TRAINED_ON)

    def _show_map(self, message: Map) -> None:
        self.settings.show_layers(message.layers, message.layer)
        if message.points is not None:
            self._show_points(message)
        if message.is_finished:
            self._rest.stop()
            self._busy, self._shown_lens = False, self._asked_lens
            self._say(0.0, "")
        elif message.points is None:
            self._say(0.1 * message.found, f"Looking for neighbours: {100 * message.found:.0f}\u00a0%")
        else:
            part = 0.1 + 0.9 * message.done / message.total
            self._say(part, f"{message.done:,} of {message.total:,} iterations")
        self._follow_drawing()

    def _show_points(self, message: Map) -> None:
        before = self._map
        self._map = message
        self.view.show_points(message.points, message.labels, message.answers != message.labels)
        if before is None or len(before.numbers) != len(message.numbers):
            self._take_lasso(np.zeros(0, np.int64))
            self._show_image()
            self._show_pictures()
        self.panel.sentence.setText(_sentence(message))
        self.panel.sentence.setToolTip(_sentence(message))

    def _show_failure(self, message: JobFailed) -> None:
        """Say why there is no map, in the place of one that belongs to an earlier question."""
        self._map = None
        self.panel.show_empty(True, message.sentence)

    def _show_end(self, message: JobEnded) -> None:
        if message.outcome == "failed":
            self._say(0.0, "No map could be made.")
        self._busy = False
        self._fit_buttons()
        self._paced.answered()

    def _show_nothing(self) -> None:
        """Show what helps while there is no network to look at."""
        self._drop_question()
        self._rest.stop()
        self._map, self._busy = None, False
        self.panel.show_empty(True)
        self._take_lasso(np.zeros(0, np.int64))
        self._say(0.0, "")
        self._follow_drawing()

    def _show_all_made(self, done: int, total: int) -> None:
        self._say(done / max(total, 1), f"{done:,} of {total:,} moments")
        if done and self._shown_lens != self.selection.lens:
            self._paced.want()

    def _show_all_end(self) -> None:
        self._say(0.0, "")
        if self._shown_lens != self.selection.lens:
            self._paced.want()

    def _say(self, part: float, text: str) -> None:
        self.settings.show_progress(part, text, busy=self._busy or self.all.goes_on)
        self._fit_buttons()

    def _fit_buttons(self) -> None:
        free = self.selection.lens is not None and not (self._busy or self.all.goes_on)
        self.settings.offer(again=free, all_moments=free)
        self.settings.stop.setEnabled(self._busy or self.all.goes_on)

    # What a person picks ------------------------------------------------------------------------------------------

    def _point_at(self, place: int | None) -> None:
        if place is None or self._map is None:
            return
        number = int(self._map.numbers[place])
        self.pictures.want(np.array([number]))
        self.view.say(describe(number, int(self._map.labels[place]), int(self._map.answers[place])))

    def _choose(self, place: int) -> None:
        if self._map is not None:
            self.selection.change(image=int(self._map.numbers[place]))

    def _want_pictures(self, places: np.ndarray[Any, Any]) -> None:
        if self._map is not None:
            self.pictures.want(self._map.numbers[places])

    def _show_pictures(self) -> None:
        if self._map is not None:
            places = {number: place for place, number in enumerate(self._map.numbers.tolist())}
            there = self.pictures.pictures.items()
            self.view.show_pictures(
                {places[number]: picture for number, picture in there if number in places}
            )

    def _take_lasso(self, places: np.ndarray[Any, Any]) -> None:
        """Let the images that somebody went around stand out, and show what they are."""
        self.view.pick(places)
        if self._map is None or not len(places):
            self._picked.drop()
            self.lasso.show_counts(())
            return
        labels, numbers = self._map.labels[places], self._map.numbers[places]
        self.lasso.show_counts(labels)
        order = np.lexsort((numbers, labels))
        few = np.unique(np.linspace(0, len(order) - 1, min(len(order), MOST_IMAGES)).astype(int))
        self._picked.ask(some_images, numbers[order[few]])

    def _show_picked(self, images: SomeImages) -> None:
        answers = {}
        if self._map is not None:
            answers = dict(zip(self._map.numbers.tolist(), self._map.answers.tolist(), strict=True))
        self.lasso.show_images(images, answers)
        self._show_image()

    def _show_one(self, image: SomeImages) -> None:
        """Show the image that is selected at the right, as long as nothing is gone around."""
        answers: list[int] = []
        if self._map is not None:
            answers = self._map.answers[np.isin(self._map.numbers, image.numbers)].tolist()
        self.lasso.show_one(image, answers[0] if answers else None)

    def _show_image(self) -> None:
        """Mark the image that is selected, in any tab, and fetch its picture."""
        number = self.selection.image
        if number is None:
            self._one.drop()
            self.lasso.show_one(None)
        elif self.isVisible():
            self._one.ask(some_images, np.array([number]))
        shown = () if self._map is None or number is None else self._map.numbers.tolist()
        self.view.mark(shown.index(number) if number in shown else None)

    # What others change -------------------------------------------------------------------------------------------

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
            self.settings.forget_layer()
        self._paced.want()

    def _follow_drawing(self) -> None:
        if self.isVisible():
            self.dot.follow(self.selection.drawing, self._asked_lens, self._map)

    # Putting together ---------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        space = metrics()["space"]
        row = QHBoxLayout(self)
        row.setContentsMargins(space["large"], space["large"], space["large"], space["medium"])
        row.setSpacing(space["medium"])
        side = QVBoxLayout()
        side.setSpacing(space["medium"])
        for panel in (self.settings, self.lasso):
            panel.setFixedWidth(SIDE_WIDTH)
        side.addWidget(self.settings)
        side.addWidget(self.lasso, 1)
        row.addWidget(self.panel, 1)
        row.addLayout(side)

    def _connect(self) -> None:
        self.settings.changed.connect(self._want)
        self.settings.allWanted.connect(self._make_all)
        self.settings.stopWanted.connect(self._cancel)
        self.all.told.connect(self._show_all_made)
        self.all.ended.connect(self._show_all_end)
        self.view.pointed.connect(self._point_at)
        self.view.chosen.connect(self._choose)
        self.view.lassoed.connect(self._take_lasso)
        self.view.picturesWanted.connect(self._want_pictures)
        self.pictures.come.connect(self._show_pictures)
        self.dot.moved.connect(self.view.show_dot)
        self.lasso.imageChosen.connect(lambda number: self.selection.change(image=number))
        self.lasso.sendWanted.connect(self.selection.send)
        self.offer_network(self.panel.empty.offer)
        self.selection.changed.connect(self._show_selection)


def _sentence(message: Map) -> str:
    explained = ""
    if message.explained is not None:
        explained = f"; {100 * sum(message.explained):.1f}\u00a0% of the variance"
    settings = message.settings
    if not message.is_finished:  # a map whose making was ended is not what its settings promise
        whole = f"{message.total:,} iterations"
        settings = settings.replace(whole, f"{message.done:,} of {whole}")
    return f"Step {message.step:,}. {settings}{explained}."


TAB = MapTab
