"""The page on how far one may believe the network: reliability with a temperature, and what is gained by refusing."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSlider, QWidget

from engine.analysis.probes.calibration import BINS, COLDEST, HOTTEST, THRESHOLDS, Calibration
from gui.look.fonts import font
from gui.look.layout import SPRING, add, hbox
from gui.look.named import named
from gui.look.text_size import scaled
from gui.look.theme import theme
from gui.look.words import figure, set_figure, words
from gui.tabs.mistakes.charts import BOTTOM, LEFT, RIGHT, TOP, ChartArea, Line, LineChart, Span, percents
from gui.widgets.figures.table import Table
from gui.widgets.painted import Painted
from gui.widgets.panel import Panel
from gui.widgets.plots.axis import accuracy_extent, share_extent
from gui.widgets.plots.curve import Stroke

PER_DECADE = 100  # steps of the temperature's slider for a factor of ten
FIRST_THRESHOLD = 0.9
ABSTAINED = "abstained"

ERROR_HELP = (
    f"How far confidence and accuracy are apart: the mean over {BINS} bins, weighted by their answers"
)

TEMPERATURE_HELP = (
    "The logits are divided by the temperature: above 1 all confidences fall, below 1 they rise."
)

THRESHOLD_HELP = "Where the confidence is lower than this, the network abstains."

# Heights of the strip of counts, of the room above it, and of a line of words.
COUNTS, BETWEEN, TITLE = 50, 20, 16

CONFIDENCE = Span(0.0, 1.0, percents, "confidence: the probability of the answer")
RIGHT_SHARE = Span(0.0, 1.0, percents, "accuracy of these answers")


class CalibrationPage(QWidget):
    """Shows the calibration at the temperature that is set."""

    temperatureChanged = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.chart = ReliabilityChart("mistakes.reliability")
        self.refusal = LineChart(
            "mistakes.refusal",
            "Accuracy of the rest against the share abstained from",
            _share_axis(0.1),
            _accuracy_axis(0.9),
        )
        self.refusal.setToolTip("Click the curve to choose the threshold.")
        self.slider = _slider("mistakes.temperature", "Temperature", TEMPERATURE_HELP)
        self.slider.setRange(_tick(COLDEST), _tick(HOTTEST))
        self.slider.setPageStep(PER_DECADE // 10)
        self.fit = named(QPushButton("Fitted"), "mistakes.fit")
        self.reset = named(QPushButton("T = 1"), "mistakes.unfitted")
        self.threshold = _slider("mistakes.threshold", "Confidence threshold", THRESHOLD_HELP)
        self.threshold.setRange(0, len(THRESHOLDS) - 1)
        self.threshold.setValue(int(np.abs(THRESHOLDS - FIRST_THRESHOLD).argmin()))
        self.honest = named(words("", "caption", wrapped=True), "mistakes.honest")
        self._temperature = 1.0
        self._is_fitted = False  # whether the fitted temperature is wanted, of whatever network is looked at
        self._found: Calibration | None = None
        self._error, self._degrees, self._level = figure(), figure(), figure()
        self._refused, self._right = figure(), figure()
        hbox((self._reliability_panel(), 50), (self._refusal_panel(), 50), gap="medium", on=self)
        self.slider.valueChanged.connect(self._take_slider)
        self.fit.clicked.connect(self._take_fitted)
        self.reset.clicked.connect(lambda: self._set_temperature(1.0))
        self.threshold.valueChanged.connect(lambda _: self._show_refusal())
        self.refusal.placeChosen.connect(self._take_place)
        self._show_temperature()
        self._show_refusal()

    @property
    def temperature(self) -> float:
        """What the logits are divided by."""
        return self._temperature

    @property
    def least_confidence(self) -> float:
        """How probable an answer must be, 0 to 1; below it the network abstains."""
        return float(THRESHOLDS[self.threshold.value()])

    def show_calibration(self, found: Calibration) -> None:
        """Show what was found, at the temperature it was found for; a fitted one is that of the network before."""
        self._found = found
        self.chart.show_calibration(found)
        set_figure(self._error, f"{100 * found.error:.2f} %")
        fitted = found.fitted
        self.fit.setText(f"Fitted: {fitted.temperature:.2f}")
        self.honest.setText(
            f"Fitted on {fitted.images:,} of the test images, chosen at random; on the others it brings the error from "
            f"{100 * fitted.error_before:.2f} % to {100 * fitted.error:.2f} %."
        )
        self._show_refusal()
        if self._is_fitted and fitted.temperature != self._temperature:
            self._set_temperature(fitted.temperature, fitted=True)

    # Showing ------------------------------------------------------------------------------------------------------

    def _show_temperature(self) -> None:
        set_figure(self._degrees, f"{self._temperature:.2f}")
        self.slider.blockSignals(True)
        self.slider.setValue(_tick(self._temperature))
        self.slider.blockSignals(False)

    def _show_refusal(self) -> None:
        place = self.threshold.value()
        set_figure(self._level, _level(self.least_confidence))
        found = self._found
        if found is None:
            return
        refused, right = float(found.refused[place]), float(found.right[place])
        set_figure(self._refused, f"{100 * refused:.2f} %")
        set_figure(self._right, f"{100 * right:.2f} %" if math.isfinite(right) else "–")
        known = np.isfinite(found.right)
        low = float(found.right[known].min()) if known.any() else 0.0
        self.refusal.set_axes(
            _share_axis(float(found.refused.max())),
            _accuracy_axis(low),
            lambda x: f"{100 * x:.2f} % {ABSTAINED}",
        )
        self.refusal.set_lines(
            [Line("accuracy of the rest", found.refused, found.right, Stroke(color="curve_3"))]
        )
        self.refusal.set_mark((refused, right))

    # What a person does -------------------------------------------------------------------------------------------

    def _take_slider(self, tick: int) -> None:
        self._set_temperature(min(max(10 ** (tick / PER_DECADE), COLDEST), HOTTEST))

    def _take_fitted(self) -> None:
        if self._found is not None:
            self._set_temperature(self._found.fitted.temperature, fitted=True)

    def _set_temperature(self, temperature: float, *, fitted: bool = False) -> None:
        self._temperature, self._is_fitted = temperature, fitted
        self._show_temperature()
        self.temperatureChanged.emit(temperature)

    def _take_place(self, refused: float) -> None:
        if self._found is not None:
            self.threshold.setValue(int(np.abs(self._found.refused - refused).argmin()))

    # Putting together ---------------------------------------------------------------------------------------------

    def _reliability_panel(self) -> Panel:
        panel = Panel("Reliability diagram", "mistakes.calibration")
        caption = words("expected calibration error (ECE)", "label")
        caption.setToolTip(ERROR_HELP)
        add(panel.head, SPRING, caption, named(self._error, "mistakes.error"))
        self._error.setToolTip(ERROR_HELP)
        line = _line("Temperature", self.slider, named(self._degrees, "mistakes.degrees"))
        line.addWidget(self.fit)
        line.addWidget(self.reset)
        self.fit.setToolTip(
            "The temperature that makes the correct answers to half of the test images likeliest; it follows the "
            "network that is looked at."
        )
        self.fit.setAccessibleName("Fitted temperature")
        self.reset.setToolTip("Temperature 1: the network as it is.")
        self.reset.setAccessibleName("Temperature 1")
        add(panel.body, (self.chart, 1), line, self.honest)
        return panel

    def _refusal_panel(self) -> Panel:
        panel = Panel("Abstention", "mistakes.doubt")
        panel.head.addStretch(1)
        for title, label, name, tip in (
            (ABSTAINED, self._refused, "refused", "The share of test images that get no answer"),
            (
                "accuracy of the rest",
                self._right,
                "rest",
                "The share of correct answers among those that are given",
            ),
        ):
            caption = words(title, "label")
            caption.setToolTip(tip)
            label.setToolTip(tip)
            add(panel.head, caption, named(label, f"mistakes.{name}"))
        add(
            panel.body,
            (self.refusal, 1),
            _line("Confidence threshold", self.threshold, named(self._level, "mistakes.level")),
        )
        return panel


def _slider(name: str, title: str, tip: str) -> QSlider:
    return named(QSlider(Qt.Orientation.Horizontal), name, title=title, tip=tip)


def _line(title: str, slider: QSlider, label: QLabel) -> QHBoxLayout:
    line = hbox(words(title, "label", names=slider), (slider, 1), label, gap="small")
    label.setToolTip(slider.toolTip())
    return line


def _tick(temperature: float) -> int:
    return round(PER_DECADE * math.log10(temperature))


def _level(threshold: float) -> str:
    """Return a threshold in percent, with as many digits as tell it from 100 %."""
    return f"{100 * threshold:.0f} %" if threshold < 0.9 else f"{100 * threshold:.6g} %"


def _share_axis(most: float) -> Span:
    return Span(*share_extent(0.0, most, False), percents, "share of test images that get no answer")


def _accuracy_axis(low: float) -> Span:
    return Span(*accuracy_extent(low, 1.0, False), percents, "accuracy of the answers that are given")


# The chart ----------------------------------------------------------------------------------------------------------


class ReliabilityChart(Painted):
    """Bars as high as the accuracy of the answers; on the dashed line confidence and accuracy are the same."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "Reliability diagram", size=(360, 300), follows_mouse=True)
        self.setToolTip(
            "Blue: the accuracy of the answers in each bin of confidence. Orange: how far that is from their mean "
            "confidence. Below: how many answers the bin has, on a logarithmic scale."
        )
        self._found: Calibration | None = None
        self.pointed: int | None = None  # the bin below the mouse; `None` for none

    def show_calibration(self, found: Calibration | None) -> None:
        """Show what was found; an empty plot for `None`."""
        self._found = found
        self.setAccessibleDescription(
            "" if found is None else " ".join(map(self.say, range(len(found.counts))))
        )
        self.update()

    def table(self) -> Table | None:
        """Return the bins of confidence: their ends, number of answers, mean confidence and accuracy."""
        found = self._found
        if found is None:
            return None
        bins = len(found.counts)
        columns = zip(found.counts.tolist(), found.confidence.tolist(), found.accuracy.tolist(), strict=True)
        rows = [(number / bins, (number + 1) / bins, *each) for number, each in enumerate(columns)]
        return Table(("from", "to", "answers", "confidence", "accuracy"), rows)

    def area(self) -> ChartArea:
        """Return where the bars lie."""
        below = scaled(TITLE - BOTTOM - COUNTS - BETWEEN)
        place = QRectF(self.rect()).adjusted(scaled(LEFT), scaled(TOP), -scaled(RIGHT), below)
        return ChartArea(place, CONFIDENCE, RIGHT_SHARE)

    def say(self, number: int) -> str:
        """Return a sentence on one bin; nothing where there are no answers."""
        found = self._found
        if found is None or not found.counts[number]:
            return ""
        low, high = number / len(found.counts), (number + 1) / len(found.counts)
        return (
            f"Confidence {100 * low:.0f} to {100 * high:.0f} %: {found.counts[number]:,} answers, on average "
            f"{100 * found.confidence[number]:.1f} %, {100 * found.accuracy[number]:.1f} % correct."
        )

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._found is not None:
            bins = len(self._found.counts)
            self.pointed = min(int(self.area().x_at(event.position().x()) * bins), bins - 1)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, area, colors = QPainter(self), self.area(), theme().current
        counts_end, line = area.place.bottom() + scaled(BETWEEN + COUNTS), scaled(TITLE)
        ChartArea(QRectF(area.place), Span(0, 1, percents), area.y).draw_axes(painter)
        painter.setFont(font("caption"))
        painter.setPen(colors.color("faint"))
        below = QRectF(area.place.left(), counts_end + 4, area.place.width(), line)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, CONFIDENCE.title)
        strip = QRectF(0, counts_end - 2 * line, area.place.left() - 8, 2 * line)
        painter.drawText(strip, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, "count\n(log)")
        if self._found is not None:
            for number in range(len(self._found.counts)):
                self._draw_bar(painter, area, number)
                self._draw_count(painter, area, number, counts_end)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colors.color("muted"), 1.5, Qt.PenStyle.DashLine))
        painter.drawLine(area.at(0, 0), area.at(1, 1))
        self._draw_readout(painter, area)

    def _draw_bar(self, painter: QPainter, area: ChartArea, number: int) -> None:
        found, colors = self._found, theme().current
        if found is None or not found.counts[number]:
            return
        left, right = (area.at((number + more) / len(found.counts), 0).x() for more in (0, 1))
        said, hits = (area.at(0, float(each[number])).y() for each in (found.confidence, found.accuracy))
        across, wide = round(left) + 1, round(right) - round(left) - 2
        both = max(said, hits)  # the lower one on the screen
        painter.fillRect(
            QRectF(across, both, wide, area.place.bottom() - both), colors.color("curve_1", 0.55)
        )
        gap = QRectF(across, min(said, hits), wide, abs(said - hits))
        painter.fillRect(gap, colors.color("curve_2", 0.45))
        painter.fillRect(QRectF(across, hits - 1, wide, 2), colors.color("curve_1"))

    def _draw_count(self, painter: QPainter, area: ChartArea, number: int, bottom: float) -> None:
        found, colors = self._found, theme().current
        if found is None or not found.counts[number]:
            return
        count, most = int(found.counts[number]), int(found.counts.max())
        left, right = (area.at((number + more) / len(found.counts), 0).x() for more in (0, 1))
        letters, line = font("caption", numbers=True), scaled(14)
        room = scaled(COUNTS - 14)
        height = max(1.0, room * math.log1p(count) / math.log1p(most))
        across, wide = round(left) + 1, round(right) - round(left) - 2
        painter.fillRect(QRectF(across, bottom - height, wide, height), colors.color("line"))
        text = f"{count:,}"
        if QFontMetricsF(letters).horizontalAdvance(text) > right - left:
            text = f"{count / 1000:.{int(count < 10_000)}f}k" if count >= 1000 else ""
        painter.setFont(letters)
        painter.setPen(colors.color("muted"))
        above = QRectF(left - 4, bottom - height - line - 1, right - left + 8, line)
        painter.drawText(above, Qt.AlignmentFlag.AlignCenter, text)

    def _draw_readout(self, painter: QPainter, area: ChartArea) -> None:
        found, number = self._found, self.pointed
        if found is None or number is None or not found.counts[number]:
            return
        bins = len(found.counts)
        rows = [
            ("", f"confidence {100 * number / bins:.0f} to {100 * (number + 1) / bins:.0f} %"),
            ("", f"{found.counts[number]:,} answers"),
            ("", f"on average {100 * found.confidence[number]:.1f} %"),
            ("curve_1", f"{100 * found.accuracy[number]:.1f} % correct"),
        ]
        area.draw_readout(painter, (number + 0.5) / bins, rows)
