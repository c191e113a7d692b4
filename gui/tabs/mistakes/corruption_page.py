"""The page on robustness: corrupted images at a strength, and how the accuracy falls with it."""

import random
from collections.abc import Callable, Mapping

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QSlider, QWidget

from engine.analysis.probes.corruption import CorruptedImages, CorruptionCurves, corrupted_images, corruption_curves
from engine.core.language import mark, tr, tr_context
from engine.core.lens import Lens
from engine.core.text import printable
from engine.data.corruption import CORRUPTIONS
from gui.look.class_names import class_name, one_of_class
from gui.look.fonts import sized
from gui.look.layout import SPRING, add, hbox
from gui.look.percents import fine_percent
from gui.look.theme import run_token
from gui.look.words import figure, named, plain_tip, set_figure, set_title, words
from gui.state.link.query import Request
from gui.state.silencing import changes_of
from gui.state.training.runs import RunLook
from gui.tabs.mistakes.charts import SHARE, Line, LineChart, Span
from gui.tabs.mistakes.confusion_page import short_percent
from gui.widgets.forms.controls import Segments, icon_button
from gui.widgets.panel import Panel
from gui.widgets.pictures.picture_grid import ImageGrid
from gui.widgets.plots.curve import DASHES, Stroke
from gui.widgets.plots.legend import Legend
from gui.widgets.tab import Tab

STEPS = 100  # places of the strength's slider
FIRST_STRENGTH = 0.3
FEW_RUNS = 3  # with more runs the legend has only their letters
NOT_STARTED = mark("Press Run to classify all test images at eleven strengths.")
REST_MS = 400  # wanted curves are measured again once the lens rests this long
PREVIEWS, MOST_RUNS = 12, 6  # corrupted images that are shown, and runs that have curves, at most
STALE = mark("These curves are of what was looked at before; Run measures anew.")


class CorruptionPage(QWidget):
    """Shows previews and curves; what is measured, `CorruptionQueries` decides."""

    kindChanged = Signal()
    previewWanted = Signal()  # the strength has changed
    startWanted = Signal()
    stopWanted = Signal()
    imageChosen = Signal(int)  # a test image's number

    def __init__(self, look: Callable[[str], RunLook]) -> None:
        """Start without images and curves; `look` returns how a run looks."""
        super().__init__()
        self._look = look
        self._rows = 28
        kinds = {
            kind: (known.title, tr("At full strength: {effect}", effect=tr(known.sentence)))
            for kind, known in CORRUPTIONS.items()
        }
        self.kinds = Segments("mistakes.kind", kinds, narrow=True)  # its keys are those of `CORRUPTIONS`
        self.slider = named(QSlider(Qt.Orientation.Horizontal), "mistakes.strength", title=tr("Strength"))
        self.slider.setRange(0, STEPS)
        self.slider.setValue(round(FIRST_STRENGTH * STEPS))
        self.slider.setToolTip(tr("How much the images are corrupted."))
        self.preview = ImageGrid("mistakes.preview", tr("Corrupted test images"), scale=4, grows=True)
        self.chart = LineChart(
            "mistakes.corruption.chart", tr("Accuracy against strength"), self._strengths_axis(), SHARE
        )
        self.chart.setToolTip(tr("Click a strength to see images that are corrupted this much."))
        self.legend = Legend("mistakes.corruption.legend", wraps=True)
        self.start = named(QPushButton(tr_context("verb", "Run")), "mistakes.corruption.start", look="small")
        self.progress = named(QProgressBar(), "mistakes.corruption.progress", title=tr("How much is measured"))
        self.said = named(words(tr(NOT_STARTED), "label", wrapped=True), "mistakes.corruption.said")
        self._shown: CorruptedImages | None = None
        self.curves: CorruptionCurves | None = None  # what is drawn
        self._current = self._stale = ""
        self._hidden: set[str] = set()
        self._in_legend: Mapping[str, tuple[str, Stroke]] = {}
        self._is_busy = False
        self._amount: QLabel = named(figure(), "mistakes.amount")
        tip = tr("How many of these images this network classifies correctly")
        self._right: QLabel = named(figure(), "mistakes.preview.right", tip=tip)
        self.others = icon_button(
            "mistakes.preview.others", "dice", tr("Show other images."), title=tr("Show other images")
        )
        self.preview.setToolTip(tr("What the network receives, and its answer"))
        images = Panel(tr("Corrupted images"), "mistakes.corrupted", shortens=True)
        images.set_title(tr("Corrupted images"), tr("Images"))
        add(images.head, SPRING, self.kinds)
        strength = words(tr("Strength"), "label", names=self.slider), (self.slider, 1), self._amount
        add(images.body, hbox(*strength, "small", self._right, self.others, gap="small"), (self.preview, 1))
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        sized(self.progress.setFixedWidth, 110)
        sized(self.start.setMinimumWidth, 64)
        curves = Panel(tr("Test accuracy"), "mistakes.corruption")
        add(curves.body, self.legend, (self.chart, 1), hbox((self.said, 1), self.progress, self.start, gap="small"))
        self.columns = hbox((images, 44), (curves, 56), gap="medium", on=self)
        self.kinds.chosen.connect(self._choose_kind)
        self.slider.valueChanged.connect(lambda _: self._take_strength())
        self.legend.switched.connect(self._switch)
        self.chart.placeChosen.connect(lambda x: self.slider.setValue(round(x * STEPS)))
        self.preview.chosen.connect(self._choose_image)
        self.start.clicked.connect(lambda: (self.stopWanted if self._is_busy else self.startWanted).emit())
        self._show_strength()
        self.set_busy(False)

    @property
    def strength(self) -> float:
        """How much, 0 to 1."""
        return self.slider.value() / STEPS

    def set_rows(self, rows: int) -> None:
        """Take the number of the images' rows: amounts in pixels depend on it."""
        self._rows = rows
        self._show_strength()
        self._show_curves()

    def show_preview(self, preview: CorruptedImages | None) -> None:
        """Show corrupted images and the answers to them."""
        self._shown = preview
        self._show_said()
        if preview is None:
            self.preview.show_images(np.zeros((0, 28, 28), np.uint8), [])
            return
        answers = zip(preview.answers.tolist(), preview.probabilities.tolist(), strict=True)
        captions = [f"{class_name(answer, answer=True)} · {short_percent(share)}" for answer, share in answers]
        tips = [
            tr(
                "Test image {number:,}, {name}, predicted {answer}",
                number=number,
                name=one_of_class(int(label)),
                answer=class_name(int(answer), answer=True),
            )
            for number, label, answer in zip(preview.numbers.tolist(), preview.labels, preview.answers, strict=True)
        ]
        wrong = frozenset(np.flatnonzero(preview.labels != preview.answers).tolist())
        self.preview.show_images(preview.pictures, captions, tips, warned=wrong)
        images = len(preview.numbers)
        set_figure(self._right, tr("{count} of {all} correct", count=images - len(wrong), all=images))

    def show_curves(self, curves: CorruptionCurves | None, current: str = "") -> None:
        """Show the curves as far as they are measured; the run `current` is over the others."""
        self.curves, self._current, self._stale = curves, current, ""
        self.show_looks()
        if curves is not None:
            self.progress.setValue(round(1000 * curves.done))
        self._show_said()

    def show_looks(self) -> None:
        """Draw and name the runs of the curves as they look now."""
        self._show_legend()
        self._show_curves()

    def set_busy(self, busy: bool) -> None:
        self._is_busy = busy
        if busy:
            set_title(self.start, tr("Stop"), tr("Stop measuring"), tr("Stop; what is measured stays."))
        else:
            set_title(
                self.start,
                tr_context("verb", "Run"),
                tr("Measure the curves"),
                tr("Measure the accuracy at eleven strengths."),
            )
        self.progress.setVisible(busy)

    def say_stale(self, sentence: str) -> None:
        """Say why the curves are not of the selected network."""
        self._stale = sentence
        self._show_said()

    def _show_said(self) -> None:
        """Say on how many images the curves rest, or that they are stale, and which run learned from other data."""
        curves, shown = self.curves, self._shown
        remarks = curves.remarks if curves is not None else (shown.remark,) if shown is not None else ()
        sentence = self._stale or (tr(NOT_STARTED) if curves is None else self._say(curves))
        self.said.setText(" ".join(filter(None, [sentence, *map(printable, remarks)])))

    def _say(self, curves: CorruptionCurves) -> str:
        least, most = int(curves.images.min()), int(curves.images.max())
        sentence = tr(
            mark("Each point: {most:,} of {all:,} test images.")
            if least == most
            else mark("Each point: {least:,} to {most:,} of {all:,} test images."),
            least=least,
            most=most,
            all=curves.of,
        )
        changes = next((changes_of(lens) for lens in curves.lenses if lens.run == self._current), "")
        if not changes:
            return sentence
        return f"{sentence} {tr('Run {run} with {changes}.', run=self._look(self._current).label, changes=changes)}"

    def _show_strength(self) -> None:
        corruption = CORRUPTIONS[self.kinds.key]
        set_figure(self._amount, corruption.say(self.strength, self._rows))
        self.slider.setToolTip(
            tr("How much the images are corrupted; at the right end: {effect}", effect=tr(corruption.sentence))
        )
        self.chart.set_mark((self.strength, float("nan")))
        self._show_values()

    def _strengths_axis(self) -> Span:
        corruption, rows = CORRUPTIONS[self.kinds.key], self._rows
        return Span(0.0, 1.0, lambda x: corruption.short(x, rows), corruption.axis)

    def _show_curves(self) -> None:
        corruption, rows = CORRUPTIONS[self.kinds.key], self._rows
        self.chart.set_axes(self._strengths_axis(), SHARE, lambda x: corruption.say(x, rows))
        curves, lines = self.curves, []
        for run, stroke in self._strokes().items():
            if curves is not None and run not in self._hidden:
                row = [lens.run for lens in curves.lenses].index(run)
                lines.append(Line(self._look(run).tag, curves.strengths, curves.accuracy[row], stroke, dots=True))
        self.chart.set_lines(lines)
        self._show_values()

    def _strokes(self) -> dict[str, Stroke]:
        """Return how each run is drawn; the current one is last, so over the others."""
        runs = [lens.run for lens in self.curves.lenses] if self.curves else []
        strokes = {
            run: Stroke(
                color=run_token(self._look(run).color),
                width=1.5,
                opacity=0.8,
                dashes=DASHES[(place + 1) % len(DASHES)],  # the current one's line is solid
            )
            for place, run in enumerate(run for run in runs if run != self._current)
        }
        if self._current in runs:
            strokes[self._current] = Stroke(color="curve_3")
        return strokes

    def _show_legend(self) -> None:
        strokes = self._strokes()
        is_short = len(strokes) > FEW_RUNS
        entries = {run: (run if is_short else self._look(run).tag, strokes[run]) for run in reversed(strokes)}
        if entries == self._in_legend:
            return
        self._in_legend = entries
        self.legend.clear()
        for run, (title, stroke) in entries.items():
            switch = self.legend.add(run, title, stroke, "" if is_short else "00.00 %")
            switch.setChecked(run not in self._hidden)
            switch.setToolTip(plain_tip(tr("Show or hide {run}", run=self._look(run).tag)))

    def _show_values(self) -> None:
        """Show in the legend what was measured nearest to the chosen strength."""
        if (curves := self.curves) is None:
            return
        place = int(np.abs(curves.strengths - self.strength).argmin())
        for row, lens in enumerate(curves.lenses):
            value, images = float(curves.accuracy[row, place]), int(curves.images[place])
            if lens.run in self.legend.switches and len(curves.lenses) <= FEW_RUNS:
                self.legend.set_value(lens.run, fine_percent(value, images) if np.isfinite(value) else "")

    def _choose_kind(self) -> None:
        self._show_strength()
        self.kindChanged.emit()

    def _take_strength(self) -> None:
        self._show_strength()
        self.previewWanted.emit()

    def _switch(self, run: str, shown: bool) -> None:
        (self._hidden.discard if shown else self._hidden.add)(run)
        self._show_curves()

    def _choose_image(self, place: int) -> None:
        if self._shown is not None and place < len(self._shown.numbers):
            self.imageChosen.emit(int(self._shown.numbers[place]))


class CorruptionQueries(QObject):
    """Asks while `is_shown` says that the page can be seen. Curves that are being measured go on behind other pages."""

    read = Signal(bool)  # the network has read the preview; whether its answers are finite
    failed = Signal(str)  # the network cannot read the data; the sentence that says why

    def __init__(self, tab: Tab, page: CorruptionPage, is_shown: Callable[[], bool]) -> None:
        super().__init__(tab)
        self._tab, self._page, self._is_shown = tab, page, is_shown
        self._controls, self._selection = tab.controls, tab.selection
        self.previews = tab.query(self._ask_preview, refused=self.failed.emit, shows=lambda _: [page.preview])
        self._curves = tab.query(self._ask_curves, every_ms=0, patience_ms=0)
        self._runs = tab.bridge.runs
        self._content: Lens | None = None  # the selected network, as `Runs.content` gives it
        self._images = 0
        self._previewed: list[int] = []
        # The curves of each kind, as far as they were measured for this network.
        self._measured: dict[str, CorruptionCurves] = {}
        # The kinds whose curves a person wants: those follow the lens. Another kind waits for a press, or the next
        # press would stop what began by itself.
        self._wanted: set[str] = set()
        # Whether a person asked for the curves: then they are measured even at the cost of a training.
        self._insists = False
        self.previews.listen(CorruptedImages, self._show_preview)
        self._curves.listen(CorruptionCurves, self._show_curves)
        self._curves.ended.connect(lambda: self._page.set_busy(False))
        self._runs.changed.connect(lambda changes: self._page.show_looks() if changes.looks else None)
        self._page.previewWanted.connect(self.previews.refresh)
        self._page.kindChanged.connect(self._change_kind)
        self._page.others.clicked.connect(self._show_others)
        self._page.startWanted.connect(self._measure)
        self._page.stopWanted.connect(self._stop)

    def show(self) -> None:
        """Ask for what the page lacks, now that it can be seen."""
        self.previews.refresh()
        self._curves.refresh_after(REST_MS)

    def take_images(self, images: int) -> None:
        """Take the number of test images of other data."""
        self._images = images
        self._choose_previews()
        self.forget()

    def take_lens(self) -> None:
        """Follow the lens, unless it shows the same network."""
        before, self._content = self._content, self._runs.content(self._selection.lens)
        if before is not None and before == self._content:
            return
        self._measured.clear()
        self._end_measuring()
        self.previews.refresh()
        self._curves.refresh_after(REST_MS)

    def pick(self, image: int) -> None:
        if self._previewed and image not in self._previewed:
            self._previewed = [image, *self._previewed[1:]]
            self.previews.refresh()

    def forget(self) -> None:
        """Show and ask nothing: runs or images have changed."""
        self.previews.drop()
        self._wanted.clear()
        self._end_measuring()
        self._measured.clear()
        self._content = None
        self._page.show_curves(None)
        self._page.show_preview(None)
        self._tab.veils.clear(self._page.preview)

    def _ask_preview(self) -> Request[...] | None:
        lens = self._selection.lens
        if lens is None or not self._previewed or not self._is_shown():
            return None
        return Request(corrupted_images, lens, self._previewed, self._page.kinds.key, self._page.strength)

    def _show_preview(self, message: CorruptedImages) -> None:
        is_finite = bool(np.isfinite(message.probabilities).all())
        if is_finite:
            self._page.show_preview(message)
        self.read.emit(is_finite)

    def _choose_previews(self) -> None:
        chosen = random.sample(range(self._images), min(PREVIEWS, self._images))
        if (image := self._selection.image) is not None and image < self._images and image not in chosen:
            chosen = [image, *chosen[1:]]
        self._previewed = chosen

    def _show_others(self) -> None:
        self._choose_previews()
        self.previews.refresh()

    def _lenses(self, lens: Lens) -> list[Lens]:
        """Return what is measured: the lens, and the newest moments of other pinned runs."""
        others = [run.name for run in self._runs.pinned() if run.name != lens.run]
        return [lens, *(Lens(name) for name in others[::-1][: MOST_RUNS - 1])]

    def _measure(self) -> None:
        if self._selection.lens is not None:
            self._wanted.add(self._page.kinds.key)
            self._insists = True
            self._curves.refresh()

    def _ask_curves(self) -> Request[...] | None:
        """Ask for curves that are wanted; what follows the lens by itself waits for the end of a training."""
        lens, kind = self._selection.lens, self._page.kinds.key
        insists, self._insists = self._insists, False
        known = self._measured.get(kind)
        if lens is None or not (insists or self._is_shown()):
            return None
        if kind in self._wanted and (
            insists or (self._controls.state != "running" and (known is None or known.done < 1))
        ):
            self._page.set_busy(True)
            return Request(corruption_curves, self._lenses(lens), kind)
        if known is None and self._page.curves is not None:
            self._page.say_stale(tr(STALE))
        return None

    def _stop(self) -> None:
        self._wanted.discard(self._page.kinds.key)
        self._end_measuring()

    def _end_measuring(self) -> None:
        self._curves.drop()
        self._page.set_busy(False)

    def _show_curves(self, message: CorruptionCurves) -> None:
        self._measured[message.kind] = message
        lens = self._selection.lens
        self._page.show_curves(message, lens.run if lens else "")

    def _change_kind(self) -> None:
        """Show the curves of this kind; measure them where they are wanted and not complete."""
        self._end_measuring()
        if (known := self._measured.get(self._page.kinds.key)) is not None:
            self._show_curves(known)
        else:
            self._page.show_curves(None)
        self._curves.refresh()
        self.previews.refresh()
