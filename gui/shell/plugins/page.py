"""The page of a plug-in: a tab whose charts another process computes."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from PySide6.QtWidgets import QGridLayout, QStackedLayout, QWidget

from engine.analysis.plugins.host import PluginAnswer, ask_plugin
from engine.analysis.plugins.plugin import Plugin
from engine.core.charts import Chart
from engine.core.language import mark, tr
from engine.core.machine.folders import read_toml
from engine.model.training.messages import EpochDone, MomentKept, RunChanged
from engine.session.jobs.files import SessionOpened
from gui.look.fonts import metrics, sized
from gui.look.layout import PAGE, scrolling, vbox
from gui.state.link.query import Request
from gui.widgets.empty_state import EmptyState, empty_frames
from gui.widgets.plots.declared import Declared, shown
from gui.widgets.tab import Tab

LIVE_MS = 1000  # shortest interval between two requests that follow a training: the process has a core of it
FIRST = 1000  # `ORDER` of the first plug-in: they stand behind the pages of the program
ABREAST, LEAST_PANEL = 2, 240  # panels beside each other, and their least height in pixels of letters of 100 %
NO_NETWORK = mark("Train a network, and see what this plug-in makes of it.")
SOON = mark("The plug-in is asked.")


class PluginTab(Tab):
    """Asks its plug-in about the network, and shows the charts of the answer."""

    PLUGIN: ClassVar[Plugin]
    PLAIN = True  # the person who has switched it on looks for it

    def __init__(self, *models: Any) -> None:
        super().__init__(*models)
        self.setObjectName(f"plugin.{self.PLUGIN.name}")
        self.empty = EmptyState(f"{self.objectName()}.empty", tr(NO_NETWORK), empty_frames)
        self.charts: tuple[Chart, ...] = ()  # what is shown
        self._panels: list[Declared] = []
        self._charts = QWidget()
        self._grid = QGridLayout(self._charts)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(metrics()["space"]["medium"])
        for column in range(ABREAST):
            self._grid.setColumnStretch(column, 1)
        page = QWidget()
        vbox((scrolling(self._charts, f"{self.objectName()}.page"), 1), edges=PAGE, on=page)
        self._page, self._pages = page, QStackedLayout(self)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(page)
        self._reading = self.query(self._ask, live_ms=LIVE_MS, refused=self._say, shows=lambda _: [self._charts])
        self._reading.listen(PluginAnswer, self._show)
        self.offer_network(self.empty.offer)
        self.selection.changed.connect(lambda _: self._reading.refresh())
        self.follow(self._reading, EpochDone, MomentKept, RunChanged)
        self.listen(SessionOpened, lambda _: self._reading.refresh_after(0))

    @property
    def shows_act(self) -> bool:
        return False  # the notebook has no code for it

    def _ask(self) -> Request[...] | None:
        if (lens := self.selection.lens) is None:
            self._say(tr(NO_NETWORK))
            return None
        if not self._panels:
            self._say(tr(SOON))
        neuron = self.selection.neuron
        chosen = {
            "label": self.selection.label,
            "image": self.selection.image,
            "layer": neuron.layer if neuron else None,
            "neuron": neuron.number if neuron else None,
        }
        return Request(ask_plugin, lens, self.PLUGIN, chosen, self.selection.drawing)

    def _show(self, answer: PluginAnswer) -> None:
        self.charts = answer.charts
        if [type(chart) for chart in self.charts] != [panel.kind for panel in self._panels]:
            self._build()
        for panel, chart in zip(self._panels, self.charts, strict=True):
            panel.show_chart(chart)
        self._pages.setCurrentWidget(self._page)

    def _build(self) -> None:
        for panel in self._panels:
            self._grid.removeWidget(panel)
            panel.hide()  # at once: it is deleted a turn later
            panel.deleteLater()
        self._panels = [shown(chart, f"{self.objectName()}.{number}") for number, chart in enumerate(self.charts, 1)]
        for number, panel in enumerate(self._panels):
            is_alone = number == len(self._panels) - 1 and number % ABREAST == 0
            sized(panel.setMinimumHeight, LEAST_PANEL)
            self._grid.addWidget(panel, number // ABREAST, number % ABREAST, 1, ABREAST if is_alone else 1)

    def _say(self, sentence: str) -> None:
        self.charts = ()
        self.empty.say(sentence, with_offer=sentence == tr(NO_NETWORK))
        self._pages.setCurrentWidget(self.empty)


def plugin_tabs(plugins: Sequence[Plugin], on: Mapping[str, str], taken: Collection[str] = ()) -> list[type[PluginTab]]:
    """Return the tabs of the plug-ins that are switched on and have a page; creates no widget.

    Tabs differ in their titles: one that is `taken`, or that two plug-ins have, gets the plug-in's name behind it.
    """
    chosen = [plugin for plugin in plugins if plugin.has_page and on.get(str(plugin.path)) == plugin.digest]
    places = [*read_toml("places.toml")]
    titles = Counter(map(str.casefold, [*taken, *(plugin.title for plugin in chosen)]))
    return [
        type(
            "OnePluginTab",
            (PluginTab,),
            {
                "PLUGIN": plugin,
                "TITLE": plugin.title if titles[plugin.title.casefold()] == 1 else f"{plugin.title} ({plugin.name})",
                "PLACE": plugin.place if plugin.place in places else "Inside",  # no text
                "ORDER": FIRST + number,
                "HELP": plugin.about or tr("A plug-in: {path}", path=plugin.path),
            },
        )
        for number, plugin in enumerate(chosen)
    ]
