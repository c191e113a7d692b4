"""The page on how far one may believe the network: reliability with a temperature, and what is gained by refusing."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QSlider, QWidget

from engine.analysis.probes.calibration import BINS, COLDEST, HOTTEST, THRESHOLDS, Calibration
from engine.core.language import mark, tr, tr_plural
from engine.core.text import in_percent, written
from gui.look.fonts import font, scaled
from gui.look.layout import SPRING, add, hbox
from gui.look.words import Elided, figure, named, set_figure, words
from gui.tabs.mistakes.charts import AT_BOTTOM, AT_LEFT, AT_RIGHT, AT_TOP, ChartArea, Line, LineChart, Span, percents
from gui.widgets.heard import HeardPart
from gui.widgets.painted import CENTER, RIGHT, Bar, Mark, Rule, Words, draw, smooth_painter
from gui.widgets.panel import Panel
from gui.widgets.plots.axis import accuracy_extent, share_extent
from gui.widgets.plots.chart import Chart, Datum, Places
from gui.widgets.plots.curve import Stroke

PER_DECADE = 100  # steps of the temperature's slider for a factor of ten
FIRST_THRESHOLD = 0.9

TEMPERATURE_HELP = mark("The logits are divided by the temperature: above 1 all confidences fall, below 1 they rise.")

THRESHOLD_HELP = mark("Where the confidence is lower than this, the network abstains.")

# Heights of the strip of counts, of the room above it, and of a line of words.
COUNTS, BETWEEN, TITLE = 50, 20, 16

CONFIDENCE = Span(0.0, 1.0, percents, mark("confidence: the probability of the answer"))
RIGHT_SHARE = Span(0.0, 1.0, percents, mark("accuracy of these answers"))


class CalibrationPage(QWidget):
    """Shows the calibration at the temperature that is set."""

    temperatureChanged = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.chart = ReliabilityChart("mistakes.reliability")
        title = tr("Accuracy of the rest against the share abstained from")
        self.refusal = LineChart("mistakes.refusal", title, _share_axis(0.1), _accuracy_axis(0.9))
        self.refusal.setToolTip(tr("Click the curve to choose the threshold."))
        self.slider = _slider("mistakes.temperature", tr("Temperature"), tr(TEMPERATURE_HELP))
        self.slider.setRange(_tick(COLDEST), _tick(HOTTEST))
        self.slider.setPageStep(PER_DECADE // 10)
        self.fit = named(QPushButton(tr("Fitted")), "mistakes.fit", title=tr("Fitted temperature"))
        self.reset = named(QPushButton("T = 1"), "mistakes.unfitted", title=tr("Temperature 1"))
        self.threshold = _slider("mistakes.threshold", tr("Confidence threshold"), tr(THRESHOLD_HELP))
        self.threshold.setRange(0, len(THRESHOLDS) - 1)
        self.threshold.setValue(int(np.abs(THRESHOLDS - FIRST_THRESHOLD).argmin()))
        self.honest = named(words("", "caption", wrapped=True), "mistakes.honest")
        self.temperature = 1.0  # what the logits are divided by
        self._is_fitted = False  # whether the fitted temperature is wanted, of whatever network is looked at
        self._found: Calibration | None = None
        self._error, self._degrees, self._level = figure(), figure(), figure()
        self._refused, self._right = figure(), figure()
        reliability = Panel(tr("Reliability diagram"), "mistakes.calibration")
        tip = tr(
            "How far confidence and accuracy are apart: the mean over {bins} bins, weighted by their answers", bins=BINS
        )
        caption = _caption("mistakes.error.caption", tr("expected calibration error (ECE)"), tip)
        add(reliability.head, SPRING, caption, named(self._error, "mistakes.error", tip=tip))
        line = _line(tr("Temperature"), self.slider, named(self._degrees, "mistakes.degrees"))
        add(line, self.fit, self.reset)
        self.fit.setToolTip(
            tr(
                "The temperature that makes the correct answers to half of the test images likeliest; it follows the "
                "network that is looked at."
            )
        )
        self.reset.setToolTip(tr("Temperature 1: the network as it is."))
        add(reliability.body, (self.chart, 1), line, self.honest)
        abstention = Panel(tr("Abstention"), "mistakes.doubt")
        abstention.head.addStretch(1)
        for title, share, name, tip in (
            (tr("abstained"), self._refused, "refused", tr("The share of test images that get no answer")),
            (
                tr("accuracy of the rest"),
                self._right,
                "rest",
                tr("The share of correct answers among those that are given"),
            ),
        ):
            caption = _caption(f"mistakes.{name}.caption", title, tip)
            add(abstention.head, caption, named(share, f"mistakes.{name}", tip=tip))
        line = _line(tr("Confidence threshold"), self.threshold, named(self._level, "mistakes.level"))
        add(abstention.body, (self.refusal, 1), line)
        self.columns = hbox((reliability, 50), (abstention, 50), gap="medium", on=self)
        self.slider.valueChanged.connect(self._take_slider)
        self.fit.clicked.connect(self._take_fitted)
        self.reset.clicked.connect(lambda: self._set_temperature(1.0))
        self.threshold.valueChanged.connect(lambda _: self._show_refusal())
        self.refusal.placeChosen.connect(self._take_place)
        self._show_temperature()
        self._show_refusal()

    @property
    def least_confidence(self) -> float:
        """How probable an answer must be, 0 to 1; below it the network abstains."""
        return float(THRESHOLDS[self.threshold.value()])

    def show_calibration(self, calibration: Calibration) -> None:
        """Show what was found, at the temperature it was found for; a fitted one is that of the network before."""
        self._found = calibration
        self.chart.show_calibration(calibration)
        set_figure(self._error, in_percent(calibration.error, 2))
        fitted = calibration.fitted
        self.fit.setText(tr("Fitted: {temperature:.2f}", temperature=fitted.temperature))
        self.honest.setText(
            tr(
                "Fitted on {images:,} of the test images, chosen at random; on the others it brings the error "
                "from {before:.2f} % to {after:.2f} %.",
                images=fitted.images,
                before=100 * fitted.error_before,
                after=100 * fitted.error,
            )
        )
        self._show_refusal()
        if self._is_fitted and fitted.temperature != self.temperature:
            self._set_temperature(fitted.temperature, fitted=True)

    def _show_temperature(self) -> None:
        set_figure(self._degrees, written(self.temperature, ".2f"))
        with QSignalBlocker(self.slider):
            self.slider.setValue(_tick(self.temperature))

    def _show_refusal(self) -> None:
        place = self.threshold.value()
        set_figure(self._level, _level(self.least_confidence))
        if (calibration := self._found) is None:
            return
        refused, right = float(calibration.refused[place]), float(calibration.right[place])
        set_figure(self._refused, in_percent(refused, 2))
        set_figure(self._right, in_percent(right, 2) if math.isfinite(right) else "–")
        known = np.isfinite(calibration.right)
        low = float(calibration.right[known].min()) if known.any() else 0.0
        self.refusal.set_axes(
            _share_axis(float(calibration.refused.max())),
            _accuracy_axis(low),
            lambda x: tr("{share:.2f} % abstained", share=100 * x),
        )
        self.refusal.set_lines(
            [Line(tr("accuracy of the rest"), calibration.refused, calibration.right, Stroke(color="curve_3"))]
        )
        self.refusal.set_mark((refused, right))

    def _take_slider(self, tick: int) -> None:
        self._set_temperature(min(max(10 ** (tick / PER_DECADE), COLDEST), HOTTEST))

    def _take_fitted(self) -> None:
        if self._found is not None:
            self._set_temperature(self._found.fitted.temperature, fitted=True)

    def _set_temperature(self, temperature: float, *, fitted: bool = False) -> None:
        self.temperature, self._is_fitted = temperature, fitted
        self._show_temperature()
        self.temperatureChanged.emit(temperature)

    def _take_place(self, refused: float) -> None:
        if self._found is not None:
            self.threshold.setValue(int(np.abs(self._found.refused - refused).argmin()))


def _slider(name: str, title: str, tip: str) -> QSlider:
    return named(QSlider(Qt.Orientation.Horizontal), name, title=title, tip=tip)


def _caption(name: str, title: str, tip: str) -> Elided:
    """Return words beside a figure in a panel's head, which give way where they have no room."""
    caption = Elided(name, "label", Qt.TextElideMode.ElideMiddle, tip=tip)
    caption.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
    caption.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    caption.set_words(title)
    return caption


def _line(title: str, slider: QSlider, label: QLabel) -> QHBoxLayout:
    line = hbox(words(title, "label", names=slider), (slider, 1), label, gap="small")
    label.setToolTip(slider.toolTip())
    return line


def _tick(temperature: float) -> int:
    return round(PER_DECADE * math.log10(temperature))


def _level(threshold: float) -> str:
    """Return a threshold in percent, with as many digits as tell it from 100 %."""
    return f"{written(100 * threshold, '.0f' if threshold < 0.9 else '.6g')} %"


def _share_axis(most: float) -> Span:
    return Span(*share_extent(0.0, most, False), percents, mark("share of test images that get no answer"))


def _accuracy_axis(low: float) -> Span:
    return Span(*accuracy_extent(low, 1.0, False), percents, mark("accuracy of the answers that are given"))


class ReliabilityChart(Chart):
    """Bars as high as the accuracy of the answers; on the dashed line confidence and accuracy are the same."""

    heads = mark("from"), mark("to"), mark("answers"), mark("confidence"), mark("accuracy")
    between = " "

    def __init__(self, name: str) -> None:
        tip = tr(
            "Blue: the accuracy of the answers in each bin of confidence. Orange: how far that is from their mean "
            "confidence. Below: how many answers the bin has, on a logarithmic scale."
        )
        super().__init__(name, tr("Reliability diagram"), tip=tip, size=(360, 300), follows_mouse=True)
        self.pointed: int | None = None  # the bin below the mouse; `None` for none

    def show_calibration(self, calibration: Calibration | None) -> None:
        """Show what was found; an empty plot for `None`."""
        data = []
        if calibration is not None:
            bins = len(calibration.counts)
            columns = (calibration.counts, calibration.confidence, calibration.accuracy)
            rows = zip(*(column.tolist() for column in columns), strict=True)
            for number, (count, confidence, accuracy) in enumerate(rows):
                low, high = number / bins, (number + 1) / bins
                says = tr_plural(
                    "Confidence {low:.0f} to {high:.0f} %: {count:,} answer, on average {confidence:.1f} %, "
                    "{accuracy:.1f} % correct.",
                    "Confidence {low:.0f} to {high:.0f} %: {count:,} answers, on average {confidence:.1f} %, "
                    "{accuracy:.1f} % correct.",
                    count,
                    low=100 * low,
                    high=100 * high,
                    confidence=100 * confidence,
                    accuracy=100 * accuracy,
                )
                data.append(Datum((low, high, count, confidence, accuracy), says if count else ""))
        self.show_data(data)

    def finding(self) -> str:
        """Return the bin with most answers, and that which adds most to the calibration error."""
        bins = [datum for datum in self.data if datum.says]
        if not bins:
            return ""
        largest = max(bins, key=lambda datum: datum.cells[2])
        worst = max(bins, key=lambda datum: datum.cells[2] * abs(datum.cells[3] - datum.cells[4]))
        if largest is worst:
            return f"{tr('The bin with most answers adds most to the error.')} {worst.says}"
        return tr("Most answers: {largest} Most of the error: {worst}", largest=largest.says, worst=worst.says)

    def heard_parts(self) -> Sequence[HeardPart]:
        return [HeardPart(self.say(number), place) for number, place in self.places() if self.say(number)]

    def say(self, number: int) -> str:
        """Return a sentence on one bin; nothing where there are no answers."""
        return self.data[number].says

    def area(self) -> ChartArea:
        below = scaled(TITLE - AT_BOTTOM - COUNTS - BETWEEN)
        place = QRectF(self.rect()).adjusted(scaled(AT_LEFT), scaled(AT_TOP), -scaled(AT_RIGHT), below)
        return ChartArea(place, CONFIDENCE, RIGHT_SHARE)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.data:
            bins = len(self.data)
            self.pointed = min(int(self.area().x_at(event.position().x()) * bins), bins - 1)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed = None
        self.update()

    def places(self) -> Places:
        area, bins, high = self.area(), len(self.data), self.height()
        ends = [area.at(number / max(1, bins), 0).x() for number in range(bins + 1)]
        return [(number, QRectF(left, 0, right - left, high)) for number, (left, right) in enumerate(pairwise(ends))]

    def marks(self, seen: Places) -> Iterator[Mark]:
        area, line = self.area(), scaled(TITLE)
        place = area.place
        end = place.bottom() + scaled(BETWEEN + COUNTS)
        yield from ChartArea(place, Span(0, 1, percents), area.y).axes()
        yield Words(QRectF(place.left(), end + 4, place.width(), line), tr(CONFIDENCE.title), "faint", side=CENTER)
        strip = QRectF(0, end - 2 * line, place.left() - 8, 2 * line)
        yield Words(strip, tr("count\n(log)"), "faint", side=RIGHT)
        measure, high = QFontMetricsF(font("caption", numbers=True)).horizontalAdvance, scaled(14)
        most = max((datum.cells[2] for datum in self.data), default=1)
        for number, column in seen:
            *_, count, confidence, accuracy = self.data[number].cells
            if not count:
                continue
            left, right = round(column.left()) + 1, round(column.right()) - 1
            wide, expected, hits = right - left, area.at(0, confidence).y(), area.at(0, accuracy).y()
            both = max(expected, hits)  # the lower one on the screen
            yield Bar(QRectF(left, both, wide, place.bottom() - both), "curve_1", 0.55)
            yield Bar(QRectF(left, min(expected, hits), wide, abs(expected - hits)), "curve_2", 0.45)
            yield Bar(QRectF(left, hits - 1, wide, 2), "curve_1")
            tall = max(1.0, scaled(COUNTS - 14) * math.log1p(count) / math.log1p(most))
            yield Bar(QRectF(left, end - tall, wide, tall), "line")
            text = written(count, ",")
            if measure(text) > column.width():
                text = f"{written(count / 1000, f'.{int(count < 10_000)}f')}k" if count >= 1000 else ""
            above = QRectF(column.left() - 4, end - tall - high - 1, column.width() + 8, high)
            yield Words(above, text, "muted", side=CENTER, numbers=True)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter, area = smooth_painter(self), self.area()
        draw(painter, Rule(area.at(0, 0), area.at(1, 1), "muted", 1.5, Qt.PenStyle.DashLine))
        if self.pointed is None or not self.data or not self.data[self.pointed].says:
            return
        low, high, count, confidence, accuracy = self.data[self.pointed].cells
        rows = [
            ("", tr("confidence {low:.0f} to {high:.0f} %", low=100 * low, high=100 * high)),
            ("", tr("{count:,} answers", count=count)),
            ("", tr("on average {confidence:.1f} %", confidence=100 * confidence)),
            ("curve_1", tr("{share:.1f} % correct", share=100 * accuracy)),
        ]
        area.draw_readout(painter, (self.pointed + 0.5) / len(self.data), rows)
