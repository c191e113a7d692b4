"""The panel of what is rarely wanted of the maps; and a line that says which of it differs from the defaults."""

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QPushButton, QSizePolicy, QSlider, QToolButton, QWidget

from engine.core.language import mark, tr, tr_plural
from engine.core.text import written
from gui.look.fonts import metrics, sized
from gui.look.icons import icon
from gui.look.layout import Flow, pixels
from gui.look.words import figure, named, reserve, set_figure, set_title, words
from gui.state.silencing import FACTORS
from gui.tabs.fingerprints.kept_sets import SetChip
from gui.widgets.forms.controls import ChoiceChip, chip
from gui.widgets.panel import Panel

COLUMNS = {
    "probability": (
        mark("probability"),
        mark("The higher the probability of the right class, the further left the image"),
    ),
    "index": (mark("index"), mark("The columns, one for each test image, by the images' numbers")),
    "similar": (mark("similar"), mark("Images that excite the same neurons side by side")),
}

# The columns' other orders, as differences from the defaults.
ORDERED = {"index": mark("columns by index"), "similar": mark("columns by similar")}

# The slider's middle, where the engine sets the scale, and its steps to ten times that.
HALF_WAY, DECADE = 50, 50


class MorePanel(Panel):
    """Signals what a person wants. Each part keeps its place, whatever it says.

    It takes the place of the neuron's card: a second line of tools would take height from the maps, and a popup would
    cover them and close at each sweep.
    """

    shows_lens = False

    boundChanged = Signal(object)  # the number of the strongest colour, or `None` for the engine's choice
    deviates = Signal(str)  # what differs from the defaults, as `dragging pans · colours to 4.2`; empty for nothing

    def __init__(self) -> None:
        super().__init__(tr("More"), "fingerprints.more")
        tip = tr("Let the marked neurons, or else the selected one, pass on their output times this factor.")
        self.boost = small_button("boost", tr("Boost"), tip)
        self.factor = _factor()
        self.freeze = small_button(
            "freeze",
            tr("Set to mean"),
            tr("Let the marked neurons pass on their mean, whatever the image: mean ablation."),
        )
        self.sets = SetChip("fingerprints.sets")
        self.columns = ChoiceChip("fingerprints.columns", tr("Columns"), COLUMNS, tr("The order of the test images"))
        self.keep = chip(
            "fingerprints.keep",
            tr("Keep order"),
            tr(
                "Let the rows stand as they stand now when you move the time slider or look at another run: "
                "otherwise each snapshot has an order of its own."
            ),
            checkable=True,
        )
        tip = tr("Show the average column of each class, side by side as one picture.")
        self.averages = chip("fingerprints.averages", tr("Averages only"), tip, checkable=True)
        tip = tr("Drag to pan: the left button moves the maps instead of marking rows.")
        self.pan = chip("fingerprints.pan", tr("Drag to pan"), tip, checkable=True)
        self.fit = named(QToolButton(), "fingerprints.fit", title=tr("Show everything"))
        sized(self.fit.setIconSize, QSize(16, 16))
        sized(self.fit.setFixedSize, 26, 26)
        self.fold = chip("fingerprints.fold", "", "", checkable=True)
        self.scale = named(QSlider(Qt.Orientation.Horizontal), "fingerprints.scale")
        self.scale.setAccessibleName(tr("Upper end of the colour scale"))
        self.scale.setToolTip(tr("Which activation has the strongest colour, in all maps alike"))
        self.scale.setRange(0, 2 * HALF_WAY)
        self.scale.setValue(HALF_WAY)
        sized(self.scale.setFixedWidth, 64)
        self.scale.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.bound = figure("", "small value")  # no text
        tip = tr("Choose the upper end so that 99.5 % of what fires lies below it.")
        self.automatic = chip("fingerprints.scale.auto", tr("Auto"), tip, checkable=True)
        self.automatic.setChecked(True)
        self._reference = 1.0
        self._seen = ""
        reserve(self.fold, say_dead(9_999), fixed=True)
        set_figure(self.bound, "99.99")
        self.body.setSpacing(metrics()["space"]["small"])
        for line in (
            (self.boost, self.factor, self.freeze),
            (self.fold, self.sets),
            (words(tr("Columns"), "label", names=self.columns), self.columns, self.keep),
            (self.averages, self.pan, self.fit),
            (words(tr("Colour scale to"), "label", names=self.scale), self.scale, self.bound, self.automatic),
        ):
            flow = Flow(pixels("small") - 2)
            for part in line:
                flow.addWidget(part)
            self.body.addLayout(flow)
        self.body.addStretch(1)
        self.scale.valueChanged.connect(self._take_scale)
        self.automatic.toggled.connect(self._take_automatic)
        for switch in (self.keep, self.averages, self.fold, self.pan):
            switch.toggled.connect(self._say)
        self.columns.chosen.connect(self._say)
        self.show_marked(False)
        self.show_zoom("")
        self.show_silent(0, 0, folded=False, possible=False)

    @property
    def deviations(self) -> list[str]:
        """What differs from the defaults, in words, the most surprising first."""
        ordered = ORDERED.get(self.columns.key)
        of = (
            (tr("zoomed to {seen} (F shows all)", seen=self._seen), bool(self._seen)),
            (tr("dragging pans"), self.pan.isChecked()),
            (tr("colours to {bound:.3g}", bound=self._bound()), not self.automatic.isChecked()),
            (tr("order kept"), self.keep.isChecked()),
            (tr(ordered) if ordered else "", ordered is not None),
            (tr("averages only"), self.averages.isChecked()),
            (tr("dead neurons folded away"), self.fold.isChecked()),
        )
        return [words for words, deviates in of if deviates]

    def show_marked(self, there_are: bool) -> None:
        """Enable what can be done with marked rows."""
        for button in (self.boost, self.freeze, self.factor):
            button.setEnabled(there_are)

    def show_zoom(self, seen: str) -> None:
        """Show which part of the maps is seen, as `rows 1 to 80 of 300`, and offer the way back; empty: all is seen."""
        self._seen = seen
        self.fit.setEnabled(bool(seen))
        self.fit.setIcon(icon("zoom-reset", "accent" if seen else "faint"))
        tip = tr("Zoomed: {seen}. Show everything (F).", seen=seen) if seen else tr("Everything is shown.")
        self.fit.setToolTip(tip)
        self._say()

    def show_silent(self, count: int, images: int, *, folded: bool, possible: bool) -> None:
        """Show how many neurons are dead, never active on the test images, and whether they are folded away."""
        text = say_dead(count)
        tip = mark("All neurons are active on some of these {images:,} test images, or none is.")
        if folded:
            tip = mark("Show the dead neurons again: never active on these {images:,} test images.")
        elif possible:
            tip = mark("Fold the dead neurons away: never active on these {images:,} test images.")
        tips = [tr(tip, images=images)]
        if count:
            tips.append(tr("Train counts them on the run's own test images."))
        set_title(self.fold, text, tr("Fold away: {neurons}", neurons=text), " ".join(tips))
        self.fold.setEnabled(possible)
        with QSignalBlocker(self.fold):
            self.fold.setChecked(folded and possible)
        self._say()

    def show_most(self, automatic: float) -> None:
        """Take the engine's choice for the strongest colour; it is shown unless a person has chosen another number."""
        if self.automatic.isChecked():
            self._reference = automatic
        self._say_bound()

    def in_order(self) -> list[QWidget]:
        return [
            *(self.boost, self.factor, self.freeze, self.sets, self.fold, self.columns, self.keep),
            *(self.averages, self.pan, self.fit, self.scale, self.automatic),
        ]

    def _say(self) -> None:
        self.deviates.emit(" · ".join(self.deviations))

    def _bound(self) -> float:
        return self._reference * 10 ** ((self.scale.value() - HALF_WAY) / DECADE)

    def _say_bound(self) -> None:
        set_figure(self.bound, written(self._bound(), ".3g"))
        self._say()

    def _take_scale(self) -> None:
        with QSignalBlocker(self.automatic):
            self.automatic.setChecked(False)
        self._say_bound()
        self.boundChanged.emit(self._bound())

    def _take_automatic(self, on: bool) -> None:
        if on:
            with QSignalBlocker(self.scale):
                self.scale.setValue(HALF_WAY)
        self._say_bound()
        self.boundChanged.emit(None if on else self._bound())


def say_dead(count: int) -> str:
    """Return a number of neurons that never fire: `3 dead neurons`."""
    return tr_plural("{count:,} dead neuron", "{count:,} dead neurons", count)


def small_button(name: str, title: str, tip: str) -> QPushButton:
    """Return a small button of the tab."""
    return named(QPushButton(title), f"fingerprints.{name}", title=title, tip=tip, look="small")


def _factor() -> QDoubleSpinBox:
    field = named(QDoubleSpinBox(), "fingerprints.factor", title=tr("Factor of the boost"))
    field.setToolTip(tr("How many times its output a boosted neuron passes on"))
    field.setRange(*FACTORS)
    field.setDecimals(1)
    field.setSingleStep(0.5)
    field.setValue(3.0)
    field.setPrefix("× ")
    field.setAlignment(Qt.AlignmentFlag.AlignCenter)
    sized(field.setFixedWidth, 60)
    return field
