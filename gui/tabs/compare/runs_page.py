"""The page of the runs: the figures of each run of a group, or of all, as a strip of dots and as a sortable table."""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import attrgetter
from typing import Any

import numpy as np
from PySide6.QtCore import QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QWidget

from engine.core.knobs import in_sentence, knobs
from engine.core.language import headed, mark, tr, tr_context, tr_plural, with_marks
from engine.core.layers.kinds import DenseLayer, hidden_in
from engine.core.layers.language import parse_layers
from engine.core.lazy import Array
from engine.core.specs import LIVE, TrainSpec, say_losses
from engine.core.text import clipped, isolated, printable, written
from engine.model.training.courses import beyond_seed, course_of, differing, end_of, say_setting_of
from gui.look.layout import SPRING, add, gridbox
from gui.look.theme import run_token, theme
from gui.look.words import entry, figure, named, plain_tip, set_figure, set_title
from gui.state.training.runs import FinalAccuracy, Group, Run, Runs, final_accuracy
from gui.tabs.compare.strip import Figures, Strip
from gui.widgets.figures.rows import Column, Index, RowModel, RowTable
from gui.widgets.figures.table import Table
from gui.widgets.forms.controls import ChoiceChip, MenuChip, add_entry
from gui.widgets.panel import Panel

ALL = ""  # all runs of the session, in place of a group's name
MOST_GROUPS = 20
LONGEST = 28  # letters of a group's name on its button
SWATCH = 10  # side of a run's colour, in pixels

RUN = "run"  # the horizontal axis where it is no setting: the runs in their order
SEED = "seed"

MEASURES = {
    "test_accuracy": (mark("Test accuracy"), mark("Share of the test images that are read correctly at the end")),
    "test_loss": (
        mark("Test loss"),
        mark("Mean of the run's own loss over the test images at the end; the setting Loss says which"),
    ),
    "train_loss": (
        mark("Train loss"),
        mark("Mean of the run's own loss over the steps of the last epoch; the setting Loss says which"),
    ),
    "seconds": (mark("Seconds"), mark("Time that all steps took, without tests")),
}
GROUP_TIP = mark("Which runs are shown. Click for other groups.")
ACROSS_TIP = mark("By what the runs stand side by side")


# Why a run ended, see `end_of`.
ENDS = {
    "epochs": mark("all epochs"),
    "accuracy": mark("accuracy"),
    "stopped": mark("stopped"),
    "not finite": mark("not finite"),  # no text
}


def _last(run: Run, name: str) -> float:
    return float(run.epochs.column(name)[-1]) if run.epochs else math.nan


def _tested(run: Run, place: int) -> float:
    """Return the loss (1) or the accuracy (2) of the newest test."""
    return float(test[place]) if (test := run.last_test) else math.nan


def _seconds(run: Run) -> float:
    return float(run.epochs.column("seconds").sum()) if run.epochs else math.nan


FIGURES: Mapping[str, Callable[[Run], float]] = {
    "test_accuracy": partial(_tested, place=2),
    "test_loss": partial(_tested, place=1),
    "train_loss": partial(_last, name="train_loss"),
    "seconds": _seconds,
}


def _say_end(run: Run) -> str:
    return tr(ENDS[end_of(run)])


def _say_kind(accuracy: FinalAccuracy) -> str:
    """Return what the figure of all shown runs is."""
    if not accuracy.unlike:
        return tr("Mean and standard deviation (n − 1) of the test accuracy at the end")
    return tr(
        "Range of the test accuracy at the end. No mean: the runs differ in more than their seed ({settings}).",
        settings=", ".join(accuracy.unlike),
    )


def _number(value: float, say: Callable[[float], str]) -> str:
    return say(value) if math.isfinite(value) else "–"


def columns_of(over: Sequence[str], *, titles: bool) -> list[Column]:
    """Return the columns for runs that differ in these settings; with their `titles` where these say more."""
    columns = [
        Column(
            RUN, mark("Run"), tr("The run's letter"), lambda run: (len(run.name), run.name), lambda run: run.name, False
        )
    ]
    if titles:
        title = attrgetter("look.title")
        columns.append(Column("title", mark("Title"), tr("What the run is called"), title, title, False))
    return [
        *columns,
        Column(
            "test_accuracy", mark("Accuracy"), tr(MEASURES["test_accuracy"][1]), FIGURES["test_accuracy"],
            lambda run: run.say_share(run.newest) or "–",
        ),
        Column(
            "test_images", tr_context("an accuracy on so many images", "of"),
            tr("How many test images the accuracy is measured on"), lambda run: run.test_images or 0,
            lambda run: with_marks(f"{run.test_images:,}") if run.test_images else "–",
        ),
        *map(_setting, over),
        *(
            Column(
                name, MEASURES[name][0], tr(MEASURES[name][1]), FIGURES[name],
                lambda run, name=name: _number(FIGURES[name](run), lambda value: written(value, ".4g")),  # type: ignore[misc]
            )
            for name in ("test_loss", "train_loss")
        ),
        Column(
            "seconds", mark("Seconds"), tr(MEASURES["seconds"][1]), _seconds,
            lambda run: _number(_seconds(run), lambda value: written(value, ",.1f")),
        ),
        Column(
            "epochs", mark("Epochs"), tr("How many epochs were trained"),
            lambda run: _last(run, "epoch"), lambda run: with_marks(f"{run.epochs[-1].epoch:,}") if run.epochs else "0",
        ),
        Column("end", mark("End"), tr("Why the run ended"), _say_end, _say_end, False),
    ]  # fmt: skip


def _setting(name: str) -> Column:
    knob = knobs(TrainSpec)[name]

    def value(run: Run) -> Any:
        if name in LIVE:  # changed ones next to those of the same first value
            return tuple(itertools.chain.from_iterable((value, step) for step, value in course_of(run, name)))
        setting = getattr(run.spec, name)
        return widths(setting) if name == "layers" else setting

    return Column(
        name, knob.title, plain_tip(knob.help), value, lambda run: say_setting_of(run, name),
        knob.kind in ("whole", "real"),
    )  # fmt: skip


def widths(layers: str) -> tuple[int, ...]:
    """Return the sort key of layers: their widths, of convolutions before those of dense layers."""
    return tuple(
        layer.width + (0 if isinstance(layer, DenseLayer) else -1_000_000) for layer in hidden_in(parse_layers(layers))
    )


class FigureModel(RowModel):
    """The rows of runs, with the colour of each run beside its letter."""

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        if role == Qt.ItemDataRole.DecorationRole and index.isValid() and self.columns[index.column()].key == RUN:
            return theme().current.color(run_token(self.row(index.row()).look.color))
        return super().data(index, role)


class FigureTable(RowTable):
    """A click chooses a run; a click on a title sorts by that column, a second one in reverse."""

    runChosen = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__(name, tr("Final figures of the runs"), FigureModel)
        self.setToolTip(tr("Click a run to look at it, a column's title to order by it."))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setIconSize(QSize(SWATCH, SWATCH))
        self.verticalHeader().hide()
        self._showing = False
        self.selectionModel().currentRowChanged.connect(self._tell_choice)

    def show_runs(self, runs: Sequence[Run], columns: Sequence[Column], looked: str) -> None:
        self._showing = True
        self.show_rows(runs, columns)
        self._showing = False
        self.look_at(looked)

    def look_at(self, run: str) -> None:
        place = next((place for place, known in enumerate(self.shown.rows) if known.name == run), -1)
        self._showing = True
        if place < 0:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
        elif place != self.currentIndex().row():
            self.selectRow(place)
        self._showing = False

    def table(self) -> Table | None:
        columns, runs = self.shown.columns, self.shown.rows
        rows = [[_plain(column, run) for column in columns] for run in runs]
        return Table([column.title for column in columns], rows) if runs else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the first or last row."""
        ends = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: self.shown.rowCount() - 1}
        if (place := ends.get(Qt.Key(event.key()), -1)) >= 0:
            self.selectRow(place)
        else:
            super().keyPressEvent(event)

    def mark_beside(self, column: Column) -> int:
        return SWATCH + 8 if column.key == RUN else 0

    def _tell_choice(self, index: QModelIndex, _: QModelIndex) -> None:
        if index.isValid() and not self._showing:
            self.runChosen.emit(self.shown.row(index.row()).name)


def _plain(column: Column, run: Run) -> Any:
    value = column.value(run)
    if not isinstance(value, tuple):
        return value
    is_unchanged = column.is_number and len(value) == 2
    return value[0] if is_unchanged else column.say(run)


class RunsPage(QWidget):
    """Shows the runs of a group, or all, and signals which run and which group are wanted."""

    runChosen = Signal(str)
    groupChosen = Signal(str)  # a group's name; empty for all runs

    def __init__(self) -> None:
        super().__init__()
        self.strip, self.figures = Strip("compare.strip"), FigureTable("compare.runs")
        self.group = MenuChip("compare.group")
        self.across = MenuChip("compare.across")
        measures = {key: (tr(title), tr(tip)) for key, (title, tip) in MEASURES.items()}
        self.measure = ChoiceChip("compare.measure", tr("Figure"), measures, tr("Which figure of each run is shown"))
        for chip, name, tip in ((self.group, tr("Runs"), GROUP_TIP), (self.across, tr("Across"), ACROSS_TIP)):
            chip.setAccessibleName(name)
            chip.setToolTip(tr(tip))
        self._runs: Sequence[Run] = ()
        self._over: Sequence[str] = ()
        self._names: Sequence[str] = ()
        self._group, self._across, self._looked = ALL, "", ""
        strip = Panel("", "compare.figures")
        strip.setAccessibleName(tr("Final figures"))
        strip.head.insertWidget(0, self.measure)
        add(strip.head, self.across, SPRING)
        strip.body.addWidget(self.strip, 1)
        table = Panel("", "compare.runs.panel")
        table.setAccessibleName(tr("Runs"))
        table.head.insertWidget(0, self.group)
        self._figure = named(figure(), "compare.runs.spread")
        add(table.head, SPRING, self._figure)
        table.body.addWidget(self.figures, 1)
        grid = gridbox((strip, 0, 0), (table, 0, 1), columns={0: 36, 1: 64}, gap="medium", on=self)
        for place in range(2):
            grid.setColumnMinimumWidth(place, 1)
        self.group.menu().aboutToShow.connect(self._fill_groups)
        self.across.menu().aboutToShow.connect(self._fill_across)
        self.measure.chosen.connect(lambda _: self._draw())
        self.strip.runChosen.connect(self.runChosen)
        self.figures.runChosen.connect(self.runChosen)

    def show_runs(self, runs: Runs, group: str, looked: str) -> None:
        groups = runs.groups()
        chosen: Group | None = groups.get(group)
        shown = chosen.runs if chosen else tuple(runs.by_age())
        if group != self._group:
            self._across = ""
        self._names, self._group, self._looked = list(groups), group if chosen else ALL, looked
        self._runs = shown
        self._over = list(differing(shown))
        name = printable(chosen.name) if chosen else tr("All runs")
        set_title(self.group, entry(clipped(name, LONGEST - 1)), tr("Runs: {name}", name=name))
        has_titles = not chosen or not self._over
        self.figures.show_runs(shown, columns_of(self._over, titles=has_titles), looked)
        accuracy = final_accuracy(shown)
        runs_words = tr_plural("{count:,} run", "{count:,} runs", len(shown))
        set_figure(self._figure, ", ".join(filter(None, (runs_words, accuracy.said))))
        self._figure.setToolTip(plain_tip(_say_kind(accuracy)))
        self._draw()

    def look_at(self, run: str) -> None:
        self._looked = run
        self.strip.look_at(run)
        self.figures.look_at(run)

    def _draw(self) -> None:
        across = self._across if self._across in (*self._over, RUN) else self._usual_across()
        title = tr("Run") if across == RUN else knobs(TrainSpec)[across].title
        by = in_sentence(title)
        set_title(self.across, entry(tr("by {setting}", setting=by)), tr("Across: {setting}", setting=title))
        self.across.setEnabled(bool(self._over))
        measure = self.measure.key
        columns, places = self._columns(across)
        is_loss = measure.endswith("_loss") and bool(self._runs)  # the title says which loss
        shown = tr(MEASURES[measure][0])
        if is_loss:
            shown = headed(shown, say_losses(run.spec.loss for run in self._runs))
        self.strip.show_figures(
            Figures(
                names=[run.name for run in self._runs],
                labels=[tr("Run {label}", label=isolated(run.look.label)) for run in self._runs],
                values=np.array([FIGURES[measure](run) for run in self._runs], float),
                columns=columns,
                places=places,
                colors=np.array([run.look.color % 10 for run in self._runs], int),
                means=self._repetitions(places),
                title=shown,
                across=by,
                is_share=measure == "test_accuracy",
            )
        )
        self.strip.look_at(self._looked)

    def _columns(self, across: str) -> tuple[list[str], Array]:
        """Return the horizontal axis in words, and the place of each run on it, (runs,)."""
        if across == RUN:
            return [run.name for run in self._runs], np.arange(len(self._runs))
        column = _setting(across)
        first = {column.value(run): run for run in reversed(self._runs)}
        values = {value: column.say(run) for value, run in first.items()}
        ordered = sorted(values)
        places = {value: place for place, value in enumerate(ordered)}
        return [values[value] for value in ordered], np.array([places[column.value(run)] for run in self._runs], int)

    def _repetitions(self, places: Array) -> list[list[int]]:
        """Return the numbers of runs that have a mean: of each column, or of all where each run has its own."""
        columns: dict[int, list[int]] = {}
        for number, (place, run) in enumerate(zip(places.tolist(), self._runs, strict=True)):
            if run.epochs:
                columns.setdefault(place, []).append(number)
        lists = [*columns.values()]
        if all(len(column) == 1 for column in lists):
            lists = [list(itertools.chain(*lists))]
        return [column for column in lists if not beyond_seed([self._runs[name] for name in column])]

    def _usual_across(self) -> str:
        others = [name for name in self._over if name != SEED]
        if self._group == ALL:
            return RUN
        return others[0] if others else SEED if SEED in self._over else RUN

    def _fill_groups(self) -> None:
        groups = self._names[-MOST_GROUPS:][::-1]
        choices = [(tr("All runs"), ALL), *zip(groups, groups, strict=True)]
        _fill(self.group, choices, self._group, self.groupChosen.emit)

    def _fill_across(self) -> None:
        titles = knobs(TrainSpec)
        choices = [*((titles[name].title, name) for name in self._over), (tr("Run"), RUN)]
        _fill(self.across, choices, self._across or self._usual_across(), self._choose_across)

    def _choose_across(self, name: str) -> None:
        self._across = name
        self._draw()


def _fill(chip: MenuChip, choices: Sequence[tuple[str, str]], chosen: str, choose: Callable[[str], object]) -> None:
    menu = chip.menu()
    menu.clear()
    for title, key in choices:
        name, text = f"{menu.objectName()}.{key or 'all'}", entry(printable(title))
        add_entry(menu, name, text, partial(choose, key), chosen=key == chosen)
