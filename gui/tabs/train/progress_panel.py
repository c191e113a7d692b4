"""How a run improves, one view at a time: test accuracy, gradients, dead neurons."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QWidget

from engine.core.language import mark, tr
from engine.core.text import in_percent, written
from gui.look.first_look import plainly, rarely
from gui.look.layout import Spring, add, vbox
from gui.look.words import Elided, figure, named, set_figure, words
from gui.tabs.train.curves import BACKDROP, Curves, GroupCurves, Kind, RunCurves
from gui.widgets.forms.controls import ChoiceChip, chip
from gui.widgets.panel import Panel
from gui.widgets.plots.axis import accuracy_extent, loss_extent, share_extent
from gui.widgets.plots.curve import DASHES, Stroke
from gui.widgets.plots.curve_plot import CurvePlot
from gui.widgets.plots.legend import Legend, PlotTools
from gui.widgets.plots.series import Series

ACCURACY = Kind(key="accuracy", title=mark("test accuracy"), stroke=Stroke(color="curve_3"), backdrop=BACKDROP)
VALIDATION = Kind(
    key="validation",
    title=mark("validation accuracy"),
    stroke=Stroke(color="curve_1", dashes=DASHES[2]),
    attribute="validation_accuracy",
    of_validation=True,
)
VIEWS = {
    "accuracy": (mark("Test accuracy"), mark("How many of the test images are read correctly")),
    "gradients": (
        mark("Gradient norm"),
        mark("How strongly each layer's weights are pushed by a step: near 0 it learns nothing"),
    ),
    "dead": (mark("Dead neurons"), mark("How many neurons of each layer are never active on the test images")),
}
# The two lines of a run that holds out validation images.
KEY, KEY_TIP = mark("dotted: validation"), mark("Solid: test accuracy; dotted: validation accuracy")

TALL_ENOUGH = 3  # with more layers the legend has no room for their newest values

FIGURE_TIP = mark(
    "Test accuracy of the snapshot that is looked at, and on how many test images. "
    "Of one within an epoch that was not tested, that of the last whole epoch before."
)


class ProgressPanel(Panel):
    """Three plots in one place; those that are hidden cost nothing."""

    shows_lens = False

    def __init__(self) -> None:
        super().__init__("", "train.progress")
        self.setAccessibleName(tr(VIEWS["accuracy"][0]))
        self.accuracy = CurvePlot("train.accuracy.plot", tr("Test accuracy"), "percent", accuracy_extent)
        norm, dead = mark("gradient norm of layer {number}"), mark("share of dead neurons in layer {number}")
        self.gradients = LayerCurves("train.gradients", tr("Gradient norm per layer"), norm, log=True)
        self.dead = LayerCurves("train.dead", tr("Dead neurons per layer"), dead, log=False)
        self.curves = RunCurves(self.accuracy, (VALIDATION, ACCURACY))
        # Stands in the title's place, and says the same.
        self.view = ChoiceChip("train.progress.view", tr("View"), VIEWS, tr("What is shown over the epochs"))
        self._key = Elided("train.progress.key", tip=tr(KEY_TIP))
        self._key.set_words(tr(KEY))
        self._figure_label = named(figure(look="small value"), "train.accuracy", tip=tr(FIGURE_TIP))  # no text
        tip = tr("Show which test images are misread, as what, and with how much noise: the page Mistakes of Draw.")
        self.mistakes = plainly(chip("train.mistakes", tr("Mistakes"), tip))
        self._title = plainly(words(tr(VIEWS["accuracy"][0]), "title"))
        rarely(self.view)
        add(self.head, self._title, self.view, (self._key, 1), Spring(0), self.mistakes, self._figure_label)

        self._plots = {"accuracy": self.accuracy, "gradients": self.gradients.plot, "dead": self.dead.plot}
        self._pages, self._tools = QStackedWidget(), {}
        pages: dict[str, QWidget] = {"accuracy": self.accuracy, "gradients": self.gradients, "dead": self.dead}
        for key, page in pages.items():
            self._pages.addWidget(page)
            self._tools[key] = tools = PlotTools(self._plots[key], log=key == "gradients")
            self.head.addWidget(tools)  # first of all: Qt shows a widget without a parent as a window
            tools.setVisible(key == "accuracy")
        self.body.addWidget(self._pages)
        self.view.chosen.connect(self._show_view)
        self._current: Curves | None = None
        self._is_validated = False
        self._position: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    @property
    def says_title(self) -> bool:
        """Whether the enlarged panel shows its title: the choice of the view says it already."""
        return True

    def set_end(self, epochs: float) -> None:
        """Let all plots reach from 0 to `epochs`."""
        for plot in self._plots.values():
            plot.set_end(epochs)

    @property
    def plots(self) -> Sequence[CurvePlot]:
        return tuple(self._plots.values())

    def show_runs(self, current: Curves | None, backdrops: Sequence[Curves | GroupCurves]) -> None:
        self.curves.show_runs(current, backdrops)
        self._is_validated = current is not None and current.is_validated
        if current is not self._current:
            self._current, self._position = current, None
            self.gradients.begin(current.gradients if current else [])
            self.dead.begin(current.dead if current else [])
        self.refresh()

    def look_at(self, position: float | None) -> None:
        """Show in the legends the figures at `position`, in epochs; the newest for `None`."""
        self._position = position
        self._show_figures()

    def refresh(self) -> None:
        """Schedule a drawing of what the run has learned meanwhile."""
        self._show_figures()
        for plot in self._plots.values():
            plot.schedule()

    def _show_figures(self) -> None:
        shown, position = self._current, self._position
        self._key.setVisible(self._is_validated and self._pages.currentIndex() == 0)
        set_figure(self._figure_label, shown.say_accuracy(position) if shown else "")
        if shown is not None:
            self.gradients.show_values([shown.value_at(series, position) for series in shown.gradients])
            self.dead.show_values([shown.value_at(series, position) for series in shown.dead])

    def _show_view(self, view: str) -> None:
        self._pages.setCurrentIndex(list(VIEWS).index(view))
        title = tr(VIEWS[view][0])
        self.setAccessibleName(title)
        self._title.setText(title)
        self._figure_label.setVisible(view == "accuracy")
        self._show_figures()
        for key, tools in self._tools.items():
            tools.setVisible(key == view)


class LayerCurves(QWidget):
    """A plot with one curve per layer of the current run, and its legend."""

    def __init__(self, name: str, title: str, spoken: str, *, log: bool) -> None:
        """`spoken` is what a screen reader calls the curve of a layer with a `number`."""
        super().__init__()
        self._spoken = spoken
        self.plot = CurvePlot(
            f"{name}.plot", title, "plain" if log else "percent", loss_extent if log else share_extent
        )
        self.plot.set_log(log)
        self.legend = Legend(f"{name}.legend")
        self.legend.switched.connect(self.plot.set_shown)
        vbox((self.legend, 0, Qt.AlignmentFlag.AlignLeft), (self.plot, 1), gap=0, on=self)

    def begin(self, layers: Sequence[Series]) -> None:
        for key in list(self.plot.curves):
            self.plot.remove_curve(key)
        self.legend.clear()
        for number, series in enumerate(layers):
            stroke = Stroke(color=f"curve_{number % 3 + 1}", dashes=DASHES[number % len(DASHES)])
            widest = "0.0000" if len(layers) <= TALL_ENOUGH else ""
            key, title = f"layer {number + 1}", tr("layer {number}", number=number + 1)  # no text
            self.legend.add(key, title if widest else str(number + 1), stroke, widest)
            self.plot.add_curve(key, title, series, stroke, spoken=tr(self._spoken, number=number + 1))

    def show_values(self, values: Sequence[float | None]) -> None:
        for key, value in zip(self.plot.curves, values, strict=False):
            self.legend.set_value(key, "" if value is None else self._say(value, len(self.plot.curves)))

    def _say(self, value: float, layers: int) -> str:
        if layers > TALL_ENOUGH:
            return ""
        return in_percent(value, 1) if self.plot.unit == "percent" else written(value, ".3g")
