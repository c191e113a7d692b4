"""The page of the road: accuracy and loss of the mixtures between two networks, and a slider along it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from engine.analysis.probes.road import POINTS, Road
from engine.core.language import mark, tr, tr_context
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

SPOKEN = {
    ("percent", "plain"): mark("test accuracy with neurons as trained"),
    ("percent", "matched"): mark("test accuracy with neurons matched"),
    ("plain", "plain"): mark("test loss with neurons as trained"),
    ("plain", "matched"): mark("test loss with neurons matched"),
}
BARRIERS = {
    "plain": mark("with the neurons as trained: {points:.1f} points of accuracy, {loss} of {loss_name}"),
    "matched": mark("with neurons matched: {points:.1f} points of accuracy, {loss} of {loss_name}"),
}
NO_BARRIERS = {
    "plain": mark("with the neurons as trained: computing, {computed} of {all}"),
    "matched": mark("with neurons matched: computing, {computed} of {all}"),
}
STRONG, FAINT = 2.5, 0.45  # width of the slider's road, opacity of the other one
GO = mark("Drag the slider, or click into a plot, to look at the network there in all tabs.")


class RoadPage(QWidget):
    """Draws the roads as they are computed, and signals a place on them."""

    placeChosen = Signal(float)  # 0 to 1

    def __init__(self) -> None:
        super().__init__()
        self.accuracy = RoadPanel(tr("Test accuracy"), "compare.accuracy", "percent")
        self.loss = RoadPanel(tr("Test loss"), "compare.loss", "plain")
        self.slider = RoadSlider("compare.road.slider")
        self.back = named(QPushButton(tr("Back")), "compare.road.back", look="chip")
        self.barrier = named(words("", "", wrapped=True), "compare.barrier")
        self.where = Elided("compare.road.where", "label")
        self.ends = words("", "label"), words("", "label")
        self.place = named(figure("", "value"), "compare.road.place")
        self.roads: dict[str, Road] = {}  # `plain` and `matched`, as far as they are computed
        self._names = Names()
        self._matched = False
        self._place: float | None = None
        way = Panel(tr("Along the road"), "compare.road")
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
        set_title(self.back, tr("Back to {one}", one=names.one), tr("Back to {the_one}", the_one=names.the_one))
        enable(
            self.back,
            place is not None,
            tr("Look at {the_one} alone.", the_one=names.the_one),
            tr("No mixture is looked at."),
        )
        looks = (
            mark("All tabs look at {the_one}, {share} of the way to {the_other}, neurons matched.")
            if self._matched
            else mark("All tabs look at {the_one}, {share} of the way to {the_other}.")
        )
        at = {"the_one": names.the_one, "share": percent(place or 0, 0), "the_other": names.the_other}
        self.where.set_words(tr(GO) if place is None else tr(looks, **at))
        for panel in (self.accuracy, self.loss):
            panel.plot.set_cursor(place, at_once=True)

    def _say(self) -> None:
        barriers = []
        for key in ("plain", "matched") if self._matched else ("plain",):
            road = self.roads.get(key)
            if road is None or not road.is_whole:
                barriers.append(tr(NO_BARRIERS[key], computed=len(road.places) if road else 0, all=POINTS))
            else:
                points, loss = 100 * road.barrier, written(road.loss_barrier, ".2f")
                barriers.append(tr(BARRIERS[key], points=points, loss=loss, loss_name=loss_words(road.loss)))
        # Translators: {barriers} are one or two as `with neurons matched: 0.1 points of accuracy, 0.02 of …`
        said = tr("Barrier {barriers}.", barriers="; ".join(barriers))
        remarks = dict.fromkeys(road.remark for road in self.roads.values() if road.remark)
        self.barrier.setText(" ".join([said, *remarks]) if self._names.one else "")


def _title(key: str) -> str:
    """Return the title of a road in a legend, which has little room."""
    return tr_context("in a legend", "neurons matched") if key == "matched" else tr("as trained")


class RoadPanel(Panel):
    """A plot of both roads, from the one network (0) to the other (100 %)."""

    def __init__(self, title: str, name: str, unit: str) -> None:
        super().__init__(title, name, shortens=True)
        is_share = unit == "percent"
        self.set_title(title, tr("Accuracy") if is_share else tr("Loss"))
        extent = accuracy_extent if is_share else loss_extent
        self.plot = CurvePlot(f"{name}.plot", title, "percent" if is_share else "plain", extent, "road")
        self.plot.setToolTip(tr("Click to look at the network there. Drag to move, turn the wheel to zoom."))
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
            self.legend.restyle(series, _title(series), self._stroke(series))
        self._show_shown()

    def show_curve(self, key: str, places: object, heights: object) -> None:
        """Draw the computed points of a road (points,); they only grow, unless it is a new road."""
        series = self._series.get(key)
        if series is None or len(series) > len(places):  # type: ignore[arg-type]
            series = self._series[key] = SharedSeries()
            title, spoken = _title(key), tr(SPOKEN[self.plot.unit, key])
            self.plot.add_curve(key, title, series, self._stroke(key), spoken=spoken)
            self.legend.add(key, title, self._stroke(key))
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
