"""The Compare tab: the selected network beside another one, and the road between the two."""

import dataclasses
from functools import partial
from typing import Any

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QPushButton, QWidget

from engine.analysis.probes.comparison import PARTS, Comparison, compare
from engine.analysis.probes.data_images import DataPictures, data_pictures
from engine.analysis.probes.road import Road, road
from engine.core.language import mark, tr
from engine.core.layers.kinds import is_plain
from engine.core.lens import Lens, Share
from engine.core.messages import Message
from engine.model.network.mixture import NO_ORDERS
from engine.model.training.messages import EpochDone
from engine.session.jobs.data import DatasetOpened
from engine.session.jobs.files import SessionOpened
from gui.look.first_look import rarely
from gui.look.layout import TOOLS_PAGE, Flow, hbox, holder, pixels, stack, vbox
from gui.look.words import enable, named
from gui.state.link.query import Request
from gui.state.training.runs import Run, RunsChanged, what_differs
from gui.tabs.compare.answers_page import AnswersPage
from gui.tabs.compare.layers_page import LayersPage
from gui.tabs.compare.neurons_page import NeuronsPage
from gui.tabs.compare.other import Names, OtherChips, names_of
from gui.tabs.compare.road_page import RoadPage
from gui.tabs.compare.runs_page import ALL, RunsPage
from gui.tabs.compare.settings_page import SettingsPage
from gui.widgets.empty_state import EmptyState, empty_frames
from gui.widgets.forms.controls import Segments
from gui.widgets.reflow import Reflow
from gui.widgets.tab import Tab

# Shortest interval between requests for pictures; how long an answer for another lens may take; pace of a training.
SCROLL_MS, PATIENCE_MS, LIVE_MS = 16, 250, 1000

PAGES = {
    "answers": (mark("Answers"), mark("Which images the two networks answer differently")),
    "road": (mark("Road"), mark("What lies between the two networks: mixtures of their weights")),
    "layers": (mark("Layers"), mark("How alike what their layers make of the images is")),
    "neurons": (mark("Neurons"), mark("Class means and weights, subtracted")),
    "settings": (mark("Settings"), mark("Which settings differ, and the curves of both")),
    "runs": (mark("Runs"), mark("What became of each run of a sweep, or of all runs")),
}

NO_NETWORK = mark("Train a network, or open the bundled session, to compare it with another one.")
ONLY_ONE = mark("There is only one network yet. Split it, train on, or train another one, to compare the two.")
SPLIT_TIP = mark("Train two runs in turns that differ in one setting of this one, and compare them while they learn.")
SOON = mark("The test images are being read.")
NO_ROAD = mark(
    "Runs {one} and {other} have different {what}, so no road of mixtures leads from one to the other.\n"
    "Answers, Layers and Settings compare them all the same."
)


class CompareTab(Tab):
    """The lens is one network; the other one, a run and a snapshot of it, is chosen here."""

    TITLE, PLACE, ORDER, SHORTCUT = mark("Compare"), mark("Compare"), 80, "Ctrl+Shift+A"  # no text
    FOCUS = ("compare.grid", "compare.road.slider", "compare.matrix", "compare.means", "compare.runs")
    LEAST_HEIGHT, LEAST_WIDTH = 424, 895
    HELP = mark(
        "Set two networks side by side: their answers, layers and neurons, and the road that leads between them."
    )

    def __init__(self, *models: Any) -> None:
        super().__init__(*models)
        self._runs = self.bridge.runs
        self.page = Segments("compare.page", PAGES)
        self.chips = OtherChips(self.bridge.runs)
        self.split = named(QPushButton(tr("Split the run…")), "compare.split", title=tr("Split the run"), look="chip")
        self.answers, self.road, self.layers = AnswersPage(), RoadPage(), LayersPage()
        self.neurons, self.settings = NeuronsPage(), SettingsPage()
        self.runs = RunsPage()
        # The group whose runs a person wants to see, `ALL` for all runs; `None` without a choice.
        self._group: str | None = None
        self.empty = EmptyState("compare.empty", tr(NO_NETWORK), empty_frames)
        self._chosen: Share | None = None  # the other network, where a person has chosen it
        # The networks between which the shown roads lead, ...
        self._asked_roads: tuple[Lens, Share] | None = None
        self._asked_steps: tuple[int, ...] = ()  # ... and their steps then
        self._is_matched_asked = False
        self._comparison = self.query(
            self._ask_comparison,
            patience_ms=PATIENCE_MS,
            live_ms=LIVE_MS,
            refused=self._say,
            shows=self._compared_in,
            looks=lambda: self._both(self.selection.lens),
        )
        self._plain_road, self._matched_road = (
            self.query(
                partial(self._ask_road, matched=matched),
                patience_ms=0,
                refused=self._say,
                shows=lambda _: [self.road],
                looks=lambda: self._both(lens.unmixed() if (lens := self.selection.lens) else None),
            )
            for matched in (False, True)
        )
        self._pictures = self.query(self._ask_pictures, every_ms=SCROLL_MS)
        self._inner = stack(self.answers, self.road, self.layers, self.neurons, self.settings, self.runs)
        self._pages = named(stack(self.empty, self._inner), "compare.pages")
        rarely(self.split)
        tools = Flow(pixels("tight"), spread=True)
        for part in (self.page, holder(hbox(self.chips, self.split))):
            tools.addWidget(part)
        vbox(tools, (self._pages, 1), gap="small", edges=TOOLS_PAGE, on=self)
        self.reflow = Reflow(*self.answers.turns, self.settings.turn, sides=[self.answers.side])
        self._connect()
        self.listen(DatasetOpened, self._show_dataset)
        self.listen(SessionOpened, lambda _: self.forget_choice())
        self.listen(EpochDone, self._show_epoch)
        self._comparison.listen(Comparison, self._show_comparison)
        for query in (self._plain_road, self._matched_road):
            query.listen(Road, self._show_road)
        self._pictures.listen(DataPictures, self.answers.grid.add_pictures)
        self._follow_lens()

    @property
    def other(self) -> Share | None:
        """The other network: the chosen one, else the newest other run, else another snapshot of the same run.

        A run with the same layers is preferred, as only such a one is at the end of a road.
        """
        lens, chosen = self.selection.lens, self._chosen
        if lens is None:
            return None
        if chosen is not None and (run := self._runs.get(chosen.run)) and run.steps:
            is_kept = chosen.moment is None or run.holds(chosen.moment)
            return chosen if is_kept else chosen._replace(moment=run.nearest(chosen.moment or 0))
        own = self._runs.seen(lens)
        if others := [run for run in reversed(self._runs.by_age()) if run.steps and run.name != lens.run]:
            alike = (run for run in others if own is not None and not what_differs(own, run))
            return Share(next(alike, others[0]).name, None, 1.0)
        if own is None or len(own.steps) < 2:
            return None
        return Share(own.name, None if lens.moment == own.steps[0] else own.steps[0], 1.0)

    @property
    def is_matched(self) -> bool:
        return self.chips.match.isChecked() and self.can_match

    @property
    def is_alike(self) -> bool:
        """Whether the weights of both networks can be mixed, and their neurons subtracted."""
        return self._pair() is not None and not self.differing

    @property
    def can_match(self) -> bool:
        """Whether the neurons of both can be matched, too."""
        pair = self._pair()
        return pair is not None and self.is_alike and is_plain(pair[0].spec.network)

    @property
    def differing(self) -> str:
        """What prevents that, as part of a sentence; empty where nothing does."""
        pair = self._pair()
        return what_differs(*pair) if pair else ""

    def code_settings(self) -> dict[str, Any]:
        other, run = self.other, self._runs.get(self.other.run) if self.other else None
        page = "settings" if self.page.key == "runs" else self.page.key
        if other is None or run is None:
            return {"page": page}
        step = run.steps[-1] if other.moment is None else other.moment
        order = "matched" if self.is_matched else "trained"
        return {"page": page, "other": run.name, "other_step": step, "neurons": order}

    @property
    def shows_act(self) -> bool:
        """Whether two networks are compared: the notebook says the settings of runs anyway."""
        return self.other is not None and self.page.key not in ("settings", "runs")

    def _pair(self) -> tuple[Run, Run] | None:
        """Return the runs of both networks, as soon as they have weights."""
        lens, other = self.selection.lens, self.other
        one, there = self._runs.seen(lens), self._runs.get(other.run) if other else None
        return None if one is None or there is None or self._runs.is_unborn(lens) else (one, there)

    def _names(self) -> Names:
        lens, other = self.selection.lens, self.other
        return names_of(self._runs, lens, other) if lens and other else Names()

    def _both(self, lens: Lens | None) -> Lens | None:
        other = self.other
        return lens and other and dataclasses.replace(lens, mixed=(*lens.mixed, other))

    def _compared_in(self, message: Message) -> list[QWidget]:
        if not isinstance(message, Comparison):
            return []
        has = {self.answers: message.labels.size, self.layers: message.alike.size, self.neurons: message.weights}
        return [page for page, there_is in has.items() if there_is]

    def _ask_comparison(self) -> Request[...] | None:
        lens, other = self.selection.lens, self.other
        if lens is None or other is None or self._pair() is None or self.page.key not in PARTS:
            return None
        if self.empty.sentence.text() in (tr(NO_NETWORK), tr(ONLY_ONE)):
            self._say(tr(SOON))
        # Only what the page shows. On a road each place is another network: the similarity of layers alone takes longer
        # than a moment of the drag, so with all parts no answer came during one.
        return Request(compare, lens, other._replace(matched=self.is_matched), (self.page.key,))

    def _ask_road(self, *, matched: bool) -> Request[...] | None:
        lens, other = self.selection.lens, self.other
        if lens is None or other is None or self.page.key != "road" or not self.is_alike:
            return None
        if matched and not self.is_matched:
            return None
        return Request(road, lens.unmixed(), other._replace(matched=matched))

    def _ask_pictures(self) -> Request[...] | None:
        missing = self.answers.grid.missing()
        return Request(data_pictures, "test", missing) if len(missing) else None

    def _show_dataset(self, data: DatasetOpened) -> None:
        self.answers.set_data(data.shape, data.classes)
        self._pictures.drop()
        self._asked_roads = None
        self._follow_lens()

    def forget_choice(self) -> None:
        self._chosen, self._asked_roads, self._group = None, None, None
        self.chips.match.setChecked(False)
        self._follow_lens()

    def _show_epoch(self, message: EpochDone) -> None:
        lens, other = self.selection.lens, self.other
        live = {shown.run for shown in (lens, other) if shown is not None and shown.moment is None}
        if self.page.key == "runs":
            self.bridge.afterwards(self._follow_lens)
        elif self.page.key == "settings":
            self.settings.follow()
        elif message.run in live:
            self._comparison.follow()

    def _show_comparison(self, comparison: Comparison) -> None:
        if (pair := self._pair()) is None:
            return
        names = self._names()
        if comparison.labels.size:
            self.answers.show_comparison(comparison, names)
        if comparison.alike.size:
            self.layers.show_comparison(comparison, names, pair[0].spec.hidden, pair[1].spec.hidden)
        if comparison.weights or self.differing:
            self.neurons.show_comparison(comparison, names, self.differing)
        self._show_page()
        self._pictures.refresh()

    def _show_road(self, message: Road) -> None:
        self.road.show_road(message)
        self._show_page()

    def _show_page(self) -> None:
        self._pages.setCurrentWidget(self._inner)

    def _say(self, sentence: str) -> None:
        self.empty.say(sentence, with_offer=sentence == tr(NO_NETWORK))
        self._pages.setCurrentWidget(self.empty)

    def _choose_run(self, run: str) -> None:
        lens, there = self.selection.lens, self._runs.get(run)
        if lens is None or there is None:
            return
        is_same = run == lens.run
        moment = there.steps[0] if is_same and there.steps and lens.moment != there.steps[0] else None
        self._choose(Share(run, moment, 1.0))

    def _choose_moment(self, moment: int | None) -> None:
        if other := self.other:
            self._choose(other._replace(moment=moment))

    def _choose(self, other: Share) -> None:
        """Compare with another network, and end a mixture with the former one."""
        self._chosen = other
        if (lens := self.selection.lens) is not None and lens.mixed:
            self.selection.change(lens=lens.unmixed())
        self._follow_lens()

    def _match(self, _: bool) -> None:
        if (place := self._place()) is not None:
            self._go_along(place)
        self._follow_lens()

    def _go_along(self, place: float) -> None:
        """Select the mixture at a place on the road, 0 to 1, in all tabs."""
        lens, other = self.selection.lens, self.other
        if lens is not None and other is not None and self.is_alike:
            share = other._replace(weight=place, matched=self.is_matched)
            self.selection.change(lens=dataclasses.replace(lens, mixed=(share,)))

    def _back(self) -> None:
        if (lens := self.selection.lens) is not None:
            self.selection.change(lens=lens.unmixed())

    def _place(self) -> float | None:
        """Return the place of the selected network on the road; `None` where it is no such mixture."""
        lens, other = self.selection.lens, self.other
        if lens is None or other is None or len(lens.mixed) != 1:
            return None
        (share,) = lens.mixed
        return share.weight if share[:2] == other[:2] else None

    def _choose_page(self, key: str) -> None:
        self._inner.setCurrentIndex(list(PAGES).index(key))
        self._follow_lens()

    def open_with(self, page: str, run: str) -> None:
        """Open a page and compare with a run there, or select the `average` with it, or list the runs of a group."""
        self.page.choose("road" if page == "average" else page)
        if page == "runs":
            self._choose_group(run)
        else:
            self._choose_run(run)
        if page == "average":
            self._go_along(0.5)

    def _choose_group(self, group: str) -> None:
        self._group = group
        self._follow_lens()

    def _look_at(self, run: str) -> None:
        if run in self._runs and (self.selection.lens is None or self.selection.lens.run != run):
            self.selection.change(lens=Lens(run))

    def _split(self) -> None:
        if (lens := self.selection.lens) is not None:
            self.selection.splitWanted.emit(lens.run)

    def _show_selection(self, changed: frozenset[str]) -> None:
        if "lens" in changed:
            self._follow_lens()
        if "image" in changed:
            self.answers.pick(self.selection.image)
        if "neuron" in changed:
            self.neurons.pick(self.selection.neuron)

    def _take_runs(self, changes: RunsChanged) -> None:
        if changes.listed or changes.moments:
            self.bridge.afterwards(self._follow_lens)

    def _show_state(self) -> None:
        if self.page.key == "road":
            self._follow_lens()

    def _follow_lens(self) -> None:
        """Show and ask for what belongs to the present two networks."""
        lens, other = self.selection.lens, self.other
        own = self._runs.seen(lens)
        enable(self.split, own is not None and bool(own.steps), tr(SPLIT_TIP), tr(NO_NETWORK))
        self.chips.setVisible(self.page.key != "runs")
        if self.page.key == "runs" and len(self._runs):
            if self.isVisible():
                self._follow_runs()
            return
        refusal = tr(NO_ORDERS) if self.is_alike and not self.can_match else ""
        self.chips.show_other(lens, other, can_match=self.can_match, differing=self.differing, refusal=refusal)
        pair = self._pair()
        if lens is None or other is None or pair is None:
            self._comparison.drop()
            self._drop_roads()
            self._say(tr(ONLY_ONE if lens is not None and self._runs.seen(lens) is not None else NO_NETWORK))
            return
        if self.page.key == "settings":
            self.settings.show_runs(*pair)
            self._show_page()
        elif self.page.key == "road":
            self._follow_road(lens, other, pair)
        else:
            self._comparison.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.page.key == "runs":
            self._follow_lens()

    def _follow_runs(self) -> None:
        """List the runs of the chosen group, else of the selected run's, else of the newest."""
        self._comparison.drop()
        self._drop_roads()
        groups, seen = self._runs.groups(), self._runs.seen(self.selection.lens)
        own = self._runs.group_of(seen)
        if self._group is None:
            self._group = own.name if own else next(reversed(list(groups)), ALL)
        self.runs.show_runs(self._runs, self._group, seen.name if seen else "")
        self._show_page()

    def _follow_road(self, lens: Lens, other: Share, pair: tuple[Run, Run]) -> None:
        if not self.is_alike:
            self._drop_roads()
            self._say(tr(NO_ROAD, one=pair[0].name, other=pair[1].name, what=self.differing))
            return
        self.road.begin(names_of(self._runs, lens.unmixed(), other), matched=self.is_matched)
        self.road.show_place(self._place())
        self._show_page()
        ends = lens.unmixed(), other
        moments = lens.moment, other.moment
        steps = tuple(
            max(run.steps, default=0) if moment is None else moment for run, moment in zip(pair, moments, strict=True)
        )
        # A road stays as it is while a run trains: its newest network changes faster than a road is computed.
        has_changed = steps != self._asked_steps and self.controls.state != "running"
        if ends != self._asked_roads or has_changed:
            self._asked_roads, self._asked_steps = ends, steps
            self._is_matched_asked = False
            self.road.forget()
            self._plain_road.refresh()
        if self.is_matched and not self._is_matched_asked:
            self._is_matched_asked = True
            self._matched_road.refresh()

    def _drop_roads(self) -> None:
        self._asked_roads = None
        self._plain_road.drop()
        self._matched_road.drop()

    def _connect(self) -> None:
        self.page.chosen.connect(self._choose_page)
        self.chips.runChosen.connect(self._choose_run)
        self.chips.momentChosen.connect(self._choose_moment)
        self.chips.match.toggled.connect(self._match)
        self.split.clicked.connect(self._split)
        # The changed twin becomes selected as any new run: it is compared with the unchanged one.
        self.controls.twinsBegan.connect(lambda one, _: self._choose(Share(one, None, 1.0)))
        self.answers.imageChosen.connect(lambda image, label: self.selection.change(image=image, label=label))
        self.answers.sendWanted.connect(self.selection.send)
        self.answers.grid.wanted.connect(self._pictures.refresh)
        self.road.placeChosen.connect(self._go_along)
        self.road.back.clicked.connect(self._back)
        self.runs.runChosen.connect(self._look_at)
        self.runs.groupChosen.connect(self._choose_group)
        self.neurons.neuronChosen.connect(lambda neuron: self.selection.change(neuron=neuron))
        for empty in (self.empty, self.neurons.empty):
            self.offer_network(empty.offer)
        self.selection.changed.connect(self._show_selection)
        self.selection.compareWanted.connect(self.open_with)
        self._runs.changed.connect(self._take_runs)
        self.controls.stateChanged.connect(self._show_state)
