"""The page of the road: accuracy and loss of the mixtures between two networks, and a slider along it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from engine.analysis.probes.road import POINTS, Road
from engine.core.specs import loss_words
from engine.core.text import written
from gui.look.layout import SPRING, add, gridbox, hbox, vbox
from gui.look.percents import percent
from gui.look.words import Elided, enable, figure, named, set_figure, set_title, words
from gui.tabs.compare.other import Names
from gui.widgets.forms.road_slider import RoadSlider
from gui.widgets.panel import Panel
from gui.widgets.plots.axis import accuracy_extent, loss_extent
from gui.widgets.plots.curve import Stroke
from gui.widgets.plots.curve_plot import CurvePlot
from gui.widgets.plots.legend import Legend, PlotTools
from gui.widgets.plots.series import SharedSeries

TITLES = {"plain": "as trained", "matched": "neurons matched"}
SPOKEN = {"plain": "{what} with neurons as trained", "matched": "{what} with neurons matched"}
STRONG, FAINT = 2.5, 0.45  # width of the slider's road, opacity of the other one
GO = "Drag the slider, or click into a plot, to look at the network there in all tabs."


class RoadPage(QWidget):
    """Draws the roads as they are computed, and signals a place on them."""

    placeChosen = Signal(float)  # 0 to 1

    def __init__(self) -> None:
        super().__init__()
        self.accuracy = RoadPanel("Test accuracy", "compare.accuracy", "percent")
        self.loss = RoadPanel("Test loss", "compare.loss", "plain")
        self.slider = RoadSlider("compare.road.slider")
        self.back = named(QPushButton("Back"), "compare.road.back", look="chip")
        self.barrier = named(words("", "", wrapped=True), "compare.barrier")
        self.where = Elided("compare.road.where", "label")
        self.ends = words("", "label"), words("", "label")
        self.place = named(figure("", "value"), "compare.road.place")
        self.roads: dict[str, Road] = {}  # `plain` and `matched`, as far as they are computed
        self._names = Names()
        self._matched = False
        self._place: float | None = None
        way = Panel("Along the road", "compare.road")
        add(way.head, "small", (self.where, 1), self.back)
        add(
            way.body, hbox(self.ends[0], (self.slider, 1), self.ends[1], "small", self.place, gap="small"), self.barrier
        )
        grid = gridbox((self.accuracy, 0, 0), (self.loss, 0, 1), columns={0: 1, 1: 1}, gap="medium")
        vbox((grid, 1), way, gap="medium", on=self)
        self.slider.moved.connect(self.placeChosen)
        for panel in (self.accuracy, self.loss):
            panel.plot.placeClicked.connect(lambda x: self.placeChosen.emit(min(max(x, 0.0), 1.0)))
        self.show_place(None)

    def begin(self, names: Names, *, matched: bool) -> None:
        self._names, self._matched = names, matched
        for label, name in zip(self.ends, (names.one, names.other), strict=True):
            label.setText(name)
        for panel in (self.accuracy, self.loss):
            panel.set_front("matched" if matched else "plain")
        self.show_place(self._place)
        self._say()

    def forget(self) -> None:
        """Show no road: the networks have changed."""
        self.roads.clear()
        for panel in (self.accuracy, self.loss):
            panel.forget()
        self._say()

    def show_road(self, road: Road) -> None:
        key = "matched" if road.other.matched else "plain"
        self.roads[key] = road
        self.accuracy.show_curve(key, road.places, road.accuracies)
        self.loss.show_curve(key, road.places, road.losses)
        self._say()

    def show_place(self, place: float | None) -> None:
        """Mark a place on the road; `None`: the selected network is not on it."""
        self._place = place
        names = self._names
        self.slider.show_place(place or 0.0, names.one or "A", names.other or "B")
        set_figure(self.place, "–" if place is None else percent(place, 0))
        set_title(self.back, f"Back to {names.one}", f"Back to {names.the_one}")
        enable(self.back, place is not None, f"Look at {names.the_one} alone.", "No mixture is looked at.")
        matched = ", neurons matched" if self._matched else ""
        way = f"{percent(place or 0, 0)} of the way to {names.the_other}{matched}"
        self.where.set_words(GO if place is None else f"All tabs look at {names.the_one}, {way}.")
        for panel in (self.accuracy, self.loss):
            panel.plot.set_cursor(place, at_once=True)

    def _say(self) -> None:
        sentences = []
        for key in ("plain", "matched") if self._matched else ("plain",):
            road = self.roads.get(key)
            how = "with the neurons as trained" if key == "plain" else "with neurons matched"
            if road is None or not road.is_whole:
                sentences.append(f"{how}: computing, {len(road.places) if road else 0} of {POINTS}")
            else:
                losses = f"{written(road.loss_barrier, '.2f')} of {loss_words(road.loss)}"
                sentences.append(f"{how}: {100 * road.barrier:.1f} points of accuracy, {losses}")
        self.barrier.setText(f"Barrier {'; '.join(sentences)}." if self._names.one else "")


class RoadPanel(Panel):
    """A plot of both roads, from the one network (0) to the other (100 %)."""

    def __init__(self, title: str, name: str, unit: str) -> None:
        super().__init__(title, name, shortens=True)
        is_share = unit == "percent"
        extent = accuracy_extent if is_share else loss_extent
        self.plot = CurvePlot(f"{name}.plot", title, "percent" if is_share else "plain", extent, "road")
        self.plot.setToolTip("Click to look at the network there. Drag to move, turn the wheel to zoom.")
        self._color = "curve_3" if is_share else "curve_2"
        self._series: dict[str, SharedSeries] = {}
        self._front = "plain"
        self.legend = Legend(f"{name}.legend")
        self.legend.switched.connect(self._switch)
        add(self.head, SPRING, self.legend, PlotTools(self.plot, log=not is_share))
        self.body.addWidget(self.plot, 1)
        self.plot.set_end(1)

    def set_front(self, key: str) -> None:
        """Draw one road strongly, the other faintly; without matching there is only one."""
        self._front = key
        for series in self._series:
            self.plot.set_stroke(series, self._stroke(series))
            self.legend.restyle(series, TITLES[series], self._stroke(series))
        self._show_shown()

    def show_curve(self, key: str, places: object, heights: object) -> None:
        """Draw the computed points of a road (points,); they only grow, unless it is a new road."""
        series = self._series.get(key)
        if series is None or len(series) > len(places):  # type: ignore[arg-type]
            series = self._series[key] = SharedSeries()
            spoken = SPOKEN[key].format(what=self.plot.accessibleName().lower())
            self.plot.add_curve(key, TITLES[key], series, self._stroke(key), spoken=spoken)
            self.legend.add(key, TITLES[key], self._stroke(key))
            self._show_shown()
        series.show(places, heights)  # type: ignore[arg-type]
        self.plot.schedule()

    def forget(self) -> None:
        for key in list(self._series):
            self.plot.remove_curve(key)
            self.legend.remove(key)
        self._series.clear()

    def _stroke(self, key: str) -> Stroke:
        dashes = Qt.PenStyle.SolidLine if key == "matched" else Qt.PenStyle.DashLine
        if key == self._front:
            return Stroke(color=self._color, width=STRONG, dashes=dashes)
        return Stroke(color=self._color, opacity=FAINT, dashes=dashes)

    def _switch(self, key: str, shown: bool) -> None:
        if key in self._series:
            self.plot.set_shown(key, shown)

    def _show_shown(self) -> None:
        if "matched" in self._series:
            is_wanted = self._front == "matched"
            self.plot.set_shown("matched", is_wanted and self.legend.switches["matched"].isChecked())
            self.legend.switches["matched"].setVisible(is_wanted)
