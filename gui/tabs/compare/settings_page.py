"""The page of the settings: which of them differ, the figures of both runs, and their curves in one plot."""

import math
import re
from collections.abc import Iterator, Sequence
from typing import ClassVar

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from engine.core.knobs import knobs
from engine.core.language import headed, mark, tr, tr_plural, with_marks
from engine.core.specs import TrainSpec, loss_words, say_losses
from engine.core.text import written
from engine.data.dataset import say_summary
from engine.model.training.courses import changed_on_the_way, differing, say_course, say_setting_of
from gui.look.fonts import font, keep, scaled
from gui.look.layout import SPRING, Fitted, add, hbox, scrolling, vbox
from gui.look.percents import fine_percent
from gui.look.theme import run_token
from gui.state.training.runs import Run, RunLook
from gui.widgets.figures.table import Table
from gui.widgets.heard import HeardPart
from gui.widgets.painted import LEFT, Painted, Rule, Words, draw
from gui.widgets.panel import Panel
from gui.widgets.plots.axis import accuracy_extent, loss_extent
from gui.widgets.plots.curve import Stroke
from gui.widgets.plots.curve_plot import CurvePlot
from gui.widgets.plots.legend import PlotTools
from gui.widgets.plots.series import SharedSeries
from gui.widgets.reflow import DOWN, Turn

SAME_RUN = mark("One run at two snapshots: no setting differs.")


class SettingsPage(QWidget):
    """Shows two runs, or two snapshots of one."""

    def __init__(self) -> None:
        super().__init__()
        self.table = DifferenceTable()
        self.accuracy = CurvePlot("compare.accuracies", tr("Test accuracy"), "percent", accuracy_extent)
        self.loss = CurvePlot("compare.losses", tr("Test loss"), "plain", loss_extent)
        self._series: dict[str, SharedSeries] = {}
        self._runs: tuple[Run, ...] = ()
        self._looks: Sequence[RunLook] = ()  # the runs' looks when their curves were made
        self._panels: dict[str, Panel] = {}
        table = Panel(tr("What was set otherwise, and what became of it"), "compare.settings", shortens=True)
        table.body.addWidget(scrolling(self.table, "compare.settings.scroll", sideways=True), 1)
        plots = vbox(gap="medium")
        self.turn = Turn(hbox((table, 48), (plots, 52), gap="medium", on=self), DOWN, (1, 1))
        for plot, name in ((self.accuracy, "accuracies"), (self.loss, "losses")):
            panel = self._panels[name] = Panel(plot.accessibleName(), f"compare.{name}.panel", shortens=True)
            add(panel.head, SPRING, PlotTools(plot, log=name == "losses"))
            panel.body.addWidget(plot, 1)
            plot.setToolTip(tr("Drag to move, turn the wheel to zoom, double-click to show everything."))
            plots.addWidget(panel, 1)

    def show_runs(self, one: Run, other: Run) -> None:
        """Show both runs; they may be the same."""
        runs = (one,) if one is other else (one, other)
        looks = [run.look for run in runs]
        if runs != self._runs or looks != self._looks:
            self._runs, self._looks = runs, looks
            self._draw()
        self.follow()
        for plot in (self.accuracy, self.loss):
            plot.redraw()  # a figure may be copied at once

    def follow(self) -> None:
        if self._runs:
            self.table.show_rows(self._runs[0], self._runs[-1])
        for run in self._runs:
            epochs = run.epochs.column("epoch")
            for plot, name in ((self.accuracy, "test_accuracy"), (self.loss, "test_loss")):
                self._series[f"{run.name}.{name}"].show(epochs, run.epochs.column(name))
                plot.set_end(max(run.spec.epochs for run in self._runs))

    def _draw(self) -> None:
        self._series.clear()
        title = tr("Test loss: {losses}", losses=say_losses(run.spec.loss for run in self._runs))
        self._panels["losses"].set_title(title)
        self.loss.setAccessibleName(title)
        for plot, name, title in (
            (self.accuracy, "test_accuracy", tr("test accuracy")),
            (self.loss, "test_loss", tr("test loss")),
        ):
            for key in list(plot.curves):
                plot.remove_curve(key)
            for number, run in enumerate(self._runs):
                series = self._series[f"{run.name}.{name}"] = SharedSeries()
                dashes = Qt.PenStyle.DashLine if number else Qt.PenStyle.SolidLine
                stroke = Stroke(color=run_token(run.look.color), dashes=dashes)
                plot.add_curve(run.name, title, series, stroke, run.look.tag)


type Row = tuple[str, str, str]


def difference_rows(one: Run, other: Run) -> list[Row]:
    """Return title and both values of each setting that differs, or was changed between two snapshots of one run."""
    titles = knobs(TrainSpec)
    if one is other:
        return [
            (titles[name].title, text, text)
            for name, course in changed_on_the_way(one).items()
            for text in [say_course(name, course)]
        ]
    rows = [
        (titles[name].title, say_setting_of(one, name), say_setting_of(other, name)) for name in differing((one, other))
    ]
    if one.dataset != other.dataset:
        rows.append((tr("Data"), say_summary(one.dataset) or "–", say_summary(other.dataset) or "–"))
    elif one.fingerprint and other.fingerprint and one.fingerprint != other.fingerprint:
        rows.append((tr("Data"), say_summary(one.dataset), tr("{data}, other images", data=say_summary(other.dataset))))
    here, there = map(_origin, (one, other))
    if here != there:
        rows.append((tr("Begun from"), here, there))
    return rows


def _origin(run: Run) -> str:
    return tr("run {run}, step {step:,}", run=run.parent.run, step=run.parent.step) if run.parent else tr("the start")


def figure_rows(one: Run, other: Run) -> list[Row]:
    """Return the figures of both runs."""
    pairs = [*zip(_figures(one), _figures(other), strict=True)]
    return [(title, here, there) for (title, here), (_, there) in pairs]


def _figures(run: Run) -> Iterator[tuple[str, str]]:
    last = run.epochs[-1] if run.epochs else None
    yield tr("Epochs"), with_marks(f"{last.epoch:,}") if last else "–"
    tested = run.last_test
    yield tr("Test accuracy at the end"), run.say_accuracy(run.newest) or "–"
    best = run.best
    share = fine_percent(best.test_accuracy, run.test_images) if best else ""
    yield (
        tr("Test accuracy, best"),
        tr("{share} · best, epoch {epoch:,}", share=share, epoch=best.epoch) if best else "–",
    )
    images = {"test": mark("the test images"), "validation": mark("the validation images")}
    yield tr("The best is chosen on"), tr(images[best.chosen_on]) if best else "–"
    yield tr("Test loss at the end"), written(tested.loss, ".4g") if tested else "–"
    yield tr("Train loss at the end"), written(last.train_loss, ".4g") if last else "–"
    yield tr("Which loss that is"), loss_words(run.spec.loss)


ROW, HEAD, GAP = 26, 30, 10  # heights of a row of one line and of the head, gap between two columns


class DifferenceTable(Fitted, Painted):
    """Three columns: title, first run, second run; settings that differ above, figures below."""

    heard_role: ClassVar = QAccessible.Role.List

    def __init__(self) -> None:
        super().__init__("compare.differences", tr("Settings that differ, and final figures"), size=(420, 12 * ROW))
        self._runs: tuple[str, str] = ("", "")
        self._rows: list[Row] = []
        self._figures: list[Row] = []
        self._none = ""
        keep(self, DifferenceTable._fit)

    def show_rows(self, one: Run, other: Run) -> None:
        self._runs = (
            tr("Run {label}", label=one.look.label),
            "" if one is other else tr("Run {label}", label=other.look.label),
        )
        self._rows, self._figures = difference_rows(one, other), figure_rows(one, other)
        self._none = "" if self._rows else tr(SAME_RUN) if one is other else tr("All settings are the same.")
        self._fit()
        self.update()

    def finding(self) -> str:
        """Return which settings differ."""
        if not self._rows:
            return self._none
        names, count = ", ".join(row[0] for row in self._rows), len(self._rows)
        return tr_plural("One setting differs: {names}.", "{count} settings differ: {names}.", count, names=names)

    def heard_parts(self) -> Sequence[HeardPart]:
        runs = [run for run in self._runs if run]
        return [
            HeardPart(
                f"{row[0]}: " + "; ".join(f"{run}: {text}" for run, text in zip(runs, self._cells(row), strict=True)),
                QRectF(0, top, self.width(), high),
            )
            for row, top, high in self._places()
            if row[1]
        ]

    def table(self) -> Table | None:
        rows = [*self._rows, *self._figures]
        return Table((mark("what"), *self._runs), rows) if rows else None

    def tip_at(self, place: QPointF) -> str | None:
        at = next((row for row, top, high in self._places() if top <= place.y() < top + high), None)
        return headed(at[0], ", ".join(self._cells(at))) if at and at[2] else None

    def _cells(self, row: Row) -> tuple[str, ...]:
        """Return a row in words, each run's on a line; a step and its number stay on one line."""
        return tuple(
            re.sub(r"(\(\w+) (?=\d)", "\\1\N{NO-BREAK SPACE}", text) for text in row[1 : 3 if self._runs[1] else 2]
        )

    def _columns(self) -> tuple[float, float]:
        """Return the width of the titles' column, and of each run's, in pixels."""
        first = self.width() * 0.28
        return first, (self.width() - first) / (2 if self._runs[1] else 1)

    def _places(self) -> list[tuple[Row, float, float]]:
        """Return the rows below the head with their tops and heights, in pixels: as high as their words need."""
        measured, titles = QFontMetricsF(font("value", numbers=True)), QFontMetricsF(font("label"))
        first, room = (width - scaled(GAP) for width in self._columns())
        top, places = float(scaled(HEAD)), list[tuple[Row, float, float]]()
        for row in (*(self._rows or [(self._none, "", "")]), ("", "", ""), *self._figures):
            lines = max(lines_of(measured, text, room) for text in self._cells(row))
            if row[1]:
                lines = max(lines, lines_of(titles, row[0], first))
            height = scaled(ROW) + (lines - 1) * measured.lineSpacing()
            places.append((row, top, height))
            top += height
        return places

    def _fit(self) -> None:
        _, top, height = self._places()[-1]
        self.setMinimumHeight(math.ceil(top + height))

    def sizeHint(self) -> QSize:
        return QSize(scaled(420), self.minimumHeight())

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._runs[0]:
            return
        painter, (first, wide), head = QPainter(self), self._columns(), scaled(HEAD)

        def write(place: QRectF, text: str, color: str, role: str, *, numbers: bool = False) -> None:
            measured = QFontMetricsF(font(role, numbers=numbers))
            inner, side = place.adjusted(0, 0, -scaled(GAP), 0), LEFT
            if place.height() > head and lines_of(measured, text, inner.width()) > 1:
                place, side = inner, LEFT | Qt.TextFlag.TextWordWrap
            else:
                text = measured.elidedText(text, Qt.TextElideMode.ElideRight, inner.width())
            draw(painter, Words(place, text, color, role, side, numbers))

        for column, name in enumerate(filter(None, self._runs)):
            write(QRectF(first + column * wide, 0, wide, head), name, "text", "value")
        for number, (row, top, high) in enumerate(self._places()):
            write(QRectF(0, top, first if row[1] else self.width(), high), row[0], "muted", "label")
            if not any(row):
                middle = top + high // 2
                draw(painter, Rule(QPointF(0, middle), QPointF(self.width(), middle)))
            color = "curve_2_text" if number < len(self._rows) else "text"
            for column, text in enumerate(self._cells(row)):
                write(QRectF(first + column * wide, top, wide, high), text, color, "value", numbers=True)


def lines_of(measured: QFontMetricsF, text: str, room: float) -> int:
    """Return how many lines words take in a width in pixels; 1 where a word alone is wider."""
    if any(measured.horizontalAdvance(word) > room for word in text.split()):
        return 1
    place = QRectF(0, 0, room, 10_000)
    return max(1, round(measured.boundingRect(place, Qt.TextFlag.TextWordWrap, text).height() / measured.lineSpacing()))
