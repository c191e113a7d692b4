"""The health of a run: one row per layer, a diagnosis, and its remedy as a button."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QWidget

from engine.analysis.probes.weight_histograms import LayerHistogram
from engine.core.language import mark, tr, tr_context
from engine.core.text import written
from engine.model.training.health import MANY_DEAD
from engine.model.training.messages import DeviceFull, Diagnosis, EpochDone
from gui.look.fonts import scaled, sized
from gui.look.icons import picture, set_icon
from gui.look.layout import SPRING, Fitted, add, gridbox, hbox, scrolling, set_margins
from gui.look.theme import theme
from gui.look.words import Elided, Tone, figure, named, plain_tip, set_figure, set_tone, words
from gui.widgets.figures.table import Table
from gui.widgets.forms.controls import opposite
from gui.widgets.panel import Panel
from gui.widgets.plots.histogram import Histogram

NOT_YET = "–"  # no figure of the weights
LAYERS_SHOWN_FAINTLY = 2  # without a run the rows of this many layers are shown faintly
FIRST_EPOCH = mark("Health is judged after the first epoch.")
EARLY = mark("Health is judged after the first epoch; this is an earlier snapshot.")
NOTHING_YET = mark("Once a run starts, this shows how its layers are, and what would help.")
BAD: Tone = "bad"

TONES: dict[str, Tone] = {
    mark("healthy"): "good",
    **dict.fromkeys((mark("not finite"), mark("at chance"), mark("collapsed"), mark("diverging")), BAD),
    **dict.fromkeys((mark("plateau"), mark("dead neurons"), mark("overfitting")), "warn"),
}

HEADS = mark("layer"), mark("dead neurons"), mark("gradient norm")
MOST_WITH_HISTOGRAM = 3  # more layers stand in two columns, without room for histograms
MOST_UNSCROLLED = 16  # rows of more layers are scrolled where they have no room

# In a narrower panel the layers have no room for histograms either, and the sentence needs a third line.
ROOMY, CROWDED = 300, 350

TWO_COLUMNS = 310  # where two columns have less, they say "28" of dead neurons in place of "28 of 128"

LOW = 235  # in a lower panel the line that no weight is NaN makes room for the others
DEAD_HELP = mark("Dead neurons: never active on the run's test images")
DEAD_ON = mark("Dead neurons: never active on the run's {images:,} test images")


class HealthPanel(Panel):
    """Rows for the layers, a sentence, a remedy. Each has a fixed place, so nothing moves when figures come."""

    remedyWanted = Signal(object)  # the `Diagnosis` whose remedy is to be applied
    cpuWanted = Signal()  # a run for which the GPU has too little memory is to go on on the CPU
    smallerBatchWanted = Signal()  # such a run is to start again with a smaller batch

    def __init__(self) -> None:
        super().__init__(tr("Health"), "train.health.panel")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._diagnosis: Diagnosis | None = None
        self._is_finite = True
        self._verdict, self._mark = self.add_figure(), QLabel()
        self._verdict.setObjectName("train.health.verdict")
        self.head.insertWidget(1, self._mark)
        self.layers = named(LayerRows("train.health"), "train.health", title=tr("Layers"))
        self.sentence = named(words(tr(NOTHING_YET), "label", wrapped=True), "train.health.sentence")
        self._fit_sentence()
        self.remedy = Link("train.health.remedy", tr("Apply this with one click"), self._want_remedy)
        policy = self.remedy.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.remedy.setSizePolicy(policy)
        slower = tr("The CPU uses the computer’s memory; it is slower")
        self.on_cpu = Link("train.health.cpu", slower, self.cpuWanted)
        same = tr("A new run with the same settings but the batch")
        self.smaller = Link("train.health.batch", same, self.smallerBatchWanted)
        for button, name in (
            (self.on_cpu, tr("Train on the CPU")),
            (self.smaller, tr("Start again with a smaller batch")),
        ):
            button.setAccessibleName(name)  # a screen reader may meet it before it has a text
        self.finite = named(figure(NOT_YET, "small value"), "train.health.finite")  # no text

        self._finite_label = words(tr("NaN or infinite weights"), "label")
        start = Qt.AlignmentFlag.AlignRight  # of buttons that run in the other direction
        finite = hbox(self._finite_label, SPRING, self.finite)
        links = [(link, 0, start) for link in (self.remedy, self.on_cpu, self.smaller)]
        rows = scrolling(self.layers, "train.health.rows")  # of up to 65 layers
        rows.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        add(self.body, (rows, 1), finite, self.sentence, *links)
        theme().changed.connect(self._show_mark)
        theme().changed.connect(self._fit_sentence)
        theme().changed.connect(self._fit_links)
        self.layers.begin(LAYERS_SHOWN_FAINTLY)
        self._show_diagnosis(None)

    def _fit(self) -> None:
        self._fit_sentence()
        self._fit_finite()
        self._fit_links()

    def _fit_links(self) -> None:
        for link in (self.remedy, self.on_cpu, self.smaller):
            link.fit()

    def _fit_sentence(self) -> None:
        """Keep room for the longest sentence: two lines, in a narrow panel three."""
        self.sentence.setFixedHeight(scaled(34 if self.width() >= scaled(CROWDED) else 48))

    def _fit_finite(self) -> None:
        is_shown = self.height() >= scaled(LOW) or not self._is_finite
        for label in (self._finite_label, self.finite):
            label.setVisible(is_shown)

    def begin(self, layers: int | None, images: int | None = None) -> None:
        """Prepare for a run with this number of layers, the last one included, tested on this number of images.

        Both are `None` when there is no run.
        """
        self.layers.begin(LAYERS_SHOWN_FAINTLY if layers is None else layers, images)
        self.finite.setText(NOT_YET)
        self._show_diagnosis(None)
        self._say(tr(NOTHING_YET if layers is None else FIRST_EPOCH))

    def show_epoch(self, message: EpochDone | None) -> None:
        """Show gradient norms and dead neurons after an epoch; nothing for `None`."""
        self.layers.show_epoch(message)
        finite = message is None or message.finite
        # Translators: weights that are NaN or infinite.
        said = tr_context("weights", "none") if finite else tr_context("weights", "some")
        set_figure(self.finite, said if message else NOT_YET)
        set_tone(self.finite, "" if finite else "bad")
        self._is_finite = finite
        self._fit_finite()

    def show_early(self) -> None:
        """Say why nothing is known of the moment that is looked at."""
        self._show_diagnosis(None)
        self._say(tr(EARLY))

    def show_diagnosis(self, diagnosis: Diagnosis) -> None:
        self._show_diagnosis(diagnosis)
        self._say(diagnosis.sentence)

    def show_device_full(self, message: DeviceFull) -> None:
        """Say that the device has too little memory for a run, and offer what can be done."""
        self._show_diagnosis(None)
        self._say(message.sentence)
        self.remedy.setVisible(False)
        self.on_cpu.say(tr("Go on on the CPU") if message.parent else tr("Train on the CPU"))
        self.smaller.say(tr("Start again with a batch of {batch:,}", batch=message.smaller_batch))
        self.on_cpu.setVisible(message.on_gpu)
        self.smaller.setVisible(message.smaller_batch > 0)

    def _show_diagnosis(self, diagnosis: Diagnosis | None) -> None:
        self._diagnosis = diagnosis
        self._verdict.setText(tr(diagnosis.ailment) if diagnosis else "")
        set_tone(self._verdict, TONES.get(diagnosis.ailment, "warn") if diagnosis else "")
        self._show_mark()
        remedy = diagnosis.remedy if diagnosis else ""
        self.remedy.say(remedy, tr("Remedy: {remedy}", remedy=remedy) if diagnosis else tr("Remedy"))
        self.remedy.setVisible(bool(remedy))
        self.on_cpu.hide()
        self.smaller.hide()

    def _say(self, sentence: str) -> None:
        """Show a sentence; a screen reader hears it with the panel's name, the verdict first."""
        self.sentence.setText(sentence)
        verdict = f"{tr(self._diagnosis.ailment)}: " if self._diagnosis else ""
        self.setAccessibleDescription(f"{verdict}{sentence}")

    def _show_mark(self) -> None:
        """The verdict has a sign as well: colour alone tells a colour-blind person nothing."""
        if self._diagnosis is None:
            self._mark.clear()
            self._mark.setAccessibleName("")
            return
        tone = TONES.get(self._diagnosis.ailment, "warn")
        name = {"good": mark("good"), "bad": mark("bad")}.get(tone, mark("warning"))
        self._mark.setAccessibleName(tr(name))
        self._mark.setPixmap(picture(name, theme().current.code(tone), scaled(16), self.devicePixelRatioF()))

    def _want_remedy(self) -> None:
        if self._diagnosis is not None:
            self.remedyWanted.emit(self._diagnosis)


class Link(QPushButton):
    """A button that looks like a link, with an arrow; without room its words are elided, and whole in its tooltip."""

    def __init__(self, name: str, tip: str, do: Callable[[], object] | SignalInstance) -> None:
        super().__init__()
        self._tip, self._words = tip, ""
        named(self, name, title=tip, tip=tip, look="link")  # the title until it has something to do
        set_icon(self, "arrow-right", "accent", side=14)
        self.setLayoutDirection(opposite(self.layoutDirection()))  # puts the arrow behind the text
        self.clicked.connect(do)

    def say(self, words: str, spoken: str = "") -> None:
        """Show the words; screen readers say `spoken`, if given."""
        self._words = words
        self.setAccessibleName(spoken or words)
        self.fit()

    def fit(self) -> None:
        self.ensurePolished()
        self.setText(self._words)
        panel, measure = self.parentWidget(), self.fontMetrics()
        assert panel is not None
        around = self.sizeHint().width() - measure.horizontalAdvance(self._words)
        column = panel.layout()
        assert column is not None
        room = panel.rect().marginsRemoved(column.contentsMargins()).width() - around
        text = measure.elidedText(self._words, Qt.TextElideMode.ElideRight, max(0, room))
        self.setText(text)
        self.setToolTip(self._tip if text == self._words else plain_tip(f"{self._words}\n{self._tip}"))


@dataclass(slots=True)
class _Row:
    histogram: Histogram | None
    dead: QLabel
    gradient: QLabel


class LayerRows(Fitted, QWidget):
    """Rows that share the height; empty until a run begins."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._grid = gridbox(on=self)
        self._rows: list[_Row] = []
        self._weights_title: Elided | None = None
        self._dead_titles: list[QLabel] = []
        self._images: int | None = None
        self._dead_title, self._gap = "", 0
        self._shown: EpochDone | None = None
        self._is_brief = False

    def _fit(self) -> None:
        """Leave out what has no room: the histograms, on how many images dead neurons were looked for, of what."""
        is_brief = self.width() < scaled(TWO_COLUMNS)
        if is_brief != self._is_brief and len(self._rows) > MOST_WITH_HISTOGRAM:
            shown = self._shown
            self.begin(len(self._rows), self._images)
            self.show_epoch(shown)
        for widget in [self._weights_title, *(row.histogram for row in self._rows)]:
            if widget is not None:
                widget.setVisible(self.width() >= scaled(ROOMY))
        short = self._dead_title.partition("\n")[0]
        for title, gap in ((self._dead_title, self._gap), (short, self._gap), (short, 0)):
            for label in self._dead_titles:
                label.setText(title)
            self._grid.setVerticalSpacing(gap)
            if self._grid.minimumSize().height() <= self.height():
                break
        if self._grid.minimumSize().width() > self.width():
            for label in self._dead_titles:
                label.setText(tr("dead"))

    def begin(self, layers: int, images: int | None = None) -> None:
        """Make rows for this number of layers, the last one included, of a run tested on this number of images."""
        self._images, self._dead_titles, self._weights_title, self._shown = images, [], None, None
        self._dead_title = tr("dead")
        if layers <= MOST_WITH_HISTOGRAM and images:
            # Translators: the first line stands alone where there is no room, the second is a number of test images.
            self._dead_title = tr("dead neurons\non {images:,}", images=images)
        for child in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            self._grid.removeWidget(child)
            child.hide()
            child.setParent(None)  # at once, so that its name is free for the new row
            child.deleteLater()
        wide, ignored = layers <= MOST_WITH_HISTOGRAM, QSizePolicy.Policy.Ignored
        self.setSizePolicy(ignored, ignored if layers <= MOST_UNSCROLLED else QSizePolicy.Policy.Preferred)
        self._is_brief = not wide and self.width() < scaled(TWO_COLUMNS)
        self._grid.setHorizontalSpacing(12 if wide else 2 if self._is_brief else 8)
        self._gap = 4 if wide else 0
        height = layers if wide else (layers + 1) // 2
        self._rows = [
            self._add_row(number, 1 + number % height, 4 * (number // height), wide) for number in range(layers)
        ]
        for left in (0,) if wide else (0, 4):
            self._add_captions(left, wide)
        for line in range(self._grid.rowCount()):
            self._grid.setRowStretch(line, 1 if 1 <= line <= height else 0)
        for column in (1, 5):
            self._grid.setColumnStretch(column, 1 if column == 1 or not wide else 0)
        self._fit()

    def show_epoch(self, message: EpochDone | None) -> None:
        self._shown = message
        if message is None:
            for label in (label for row in self._rows for label in (row.gradient, row.dead)):
                set_figure(label, "")
                label.setAccessibleName("")
            return
        for place, (row, norm) in enumerate(zip(self._rows, message.gradient_norms, strict=False), 1):
            set_figure(row.gradient, written(norm, "#.2g"))
            row.gradient.setAccessibleName(tr("Layer {layer}: gradient norm {norm:#.2g}", layer=place, norm=norm))
        for place, (row, dead, width) in enumerate(zip(self._rows, message.dead, message.widths, strict=False), 1):
            row.dead.setAccessibleName(
                tr("Layer {layer}: {dead} of {width} neurons are dead", layer=place, dead=dead, width=width)
            )
            set_figure(row.dead, f"{dead}" if self._is_brief else tr("{dead} of {width}", dead=dead, width=width))
            if self._is_brief:
                share = tr("{dead} of {width} neurons", dead=dead, width=width)
                row.dead.setToolTip(f"{share}\n{self._dead_help()}")
            set_tone(row.dead, "warn" if dead > MANY_DEAD * width else "")

    def table(self) -> Table | None:
        rows = [(place, row.dead.text(), row.gradient.text()) for place, row in enumerate(self._rows, 1)]
        return Table(HEADS, rows) if any(row[2] for row in rows) else None

    def show_weights(self, layers: Sequence[LayerHistogram]) -> None:
        for row, layer in zip(self._rows, layers, strict=False):
            if row.histogram:
                row.histogram.set_shares(layer.edges, layer.start, layer.now)

    def _add_captions(self, left: int, wide: bool) -> None:
        captions = ("", tr("weights, start and now") if wide else "", self._dead_title, tr("gradient"))
        for column, title in enumerate(captions):
            side = Qt.AlignmentFlag.AlignRight if column > 1 else Qt.AlignmentFlag.AlignLeft
            label: QLabel = words(title, "caption")
            if column == 2:
                label.setToolTip(self._dead_help())
                self._dead_titles.append(label)
            if column == 1 and wide:
                label = self._weights_title = Elided("")
                self._weights_title.set_words(title)
            label.setAlignment(side)
            self._grid.addWidget(label, 0, left + column, side | Qt.AlignmentFlag.AlignBottom)

    def _dead_help(self) -> str:
        return tr(DEAD_ON, images=self._images) if self._images else tr(DEAD_HELP)

    def _add_row(self, number: int, line: int, left: int, wide: bool) -> _Row:
        prefix, place = self.objectName(), number + 1
        weights = Histogram(f"{prefix}.weights.{place}") if wide else None
        row = _Row(weights, figure("", "small value"), figure("", "small value"))  # no text
        name = tr("Layer {number}", number=place)
        title = words(name if wide else str(place), "label")
        title.setToolTip(name)
        set_margins(title, 16 if left else 0, 0, 0, 0)
        row.dead.setObjectName(f"{prefix}.dead.{place}")
        row.dead.setToolTip(self._dead_help())
        row.gradient.setObjectName(f"{prefix}.gradient.{place}")
        row.gradient.setToolTip(tr("Norm of the loss' gradient in this layer's weights, mean over the epoch's steps"))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self._grid.addWidget(title, line, left)
        if row.histogram:
            self._grid.addWidget(row.histogram, line, left + 1)
        self._grid.addWidget(row.dead, line, left + 2, right)
        self._grid.addWidget(row.gradient, line, left + 3, right)
        sized(row.dead.setMinimumWidth, 72 if wide else 30 if self._is_brief else 60)
        sized(row.gradient.setMinimumWidth, 44 if self._is_brief else 52)
        return row
