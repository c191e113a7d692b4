"""The page of the runs: the list, what can be done with the chosen run, and a sentence while there is none."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from gui.look.fonts import metrics
from gui.look.plain import plain_tip
from gui.look.words import words
from gui.tabs.train.color_menu import fill_with_colors
from gui.tabs.train.run_row import RunRow
from gui.tabs.train.run_view import RunView
from gui.widgets.save_place import ask_where

NO_RUN = "No run yet. Press Start: every run is listed here, with its colour, its accuracy and its settings."
NOTHING_CHOSEN = "Choose a run in the list first."
IS_TRAINING = "Run {name} is being trained. Stop it first."

VERBS: Mapping[str, tuple[str, str]] = {
    "duplicate": ("Copy settings", "Take the settings of run {name} over for the next run."),
    "rename": ("Rename", "Give run {name} a title (F2)."),
    "export": ("Export CSV…", "Save the epochs of run {name} as a table."),
    "delete": ("Delete", "Delete run {name} (Del). Edit > Undo brings it back."),
}
"""What each button is called, and what it does."""

SHORT = {"export": "CSV…"}
"""Where there is less room than in the menu."""


class RunList(QWidget):
    """Tells what a person wants with which run; what it shows changes only by `show_rows`."""

    picked = Signal(str)
    """A run is to be looked at."""
    renamed = Signal(str, str)
    colored = Signal(str, int)
    pinned = Signal(str, bool)
    duplicated = Signal(str)
    exported = Signal(str, object)
    """A run's epochs are to be written to this path."""
    deleted = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.view = RunView(f"{name}.list")
        self.empty = self._make_empty()
        self.buttons = {verb: self._make_button(verb) for verb in VERBS}
        self.menu, self._colors = QMenu(self), QMenu(self)
        self.menu.setObjectName(f"{name}.menu")
        self._colors.setObjectName(f"{name}.colours")
        self._colors.setTitle("Colour")
        self._lay_out()
        self.view.picked.connect(self.picked)
        self.view.delegate.renamed.connect(self.renamed)
        self.view.colorWanted.connect(self._offer_colors)
        self.view.pinWanted.connect(self.pinned)
        self.view.deleteWanted.connect(lambda: self._do("delete"))
        self.view.menuWanted.connect(self._open_menu)
        self.show_rows([])

    def show_rows(self, rows: list[RunRow]) -> None:
        """Show these runs, the newest first."""
        self.view.show_rows(rows)
        self._pages.setCurrentWidget(self.view if rows else self.empty)
        self._show_usable()

    def _lay_out(self) -> None:
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self.view)
        line = QHBoxLayout()
        line.setSpacing(metrics()["space"]["tight"])
        for button in self.buttons.values():
            line.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(metrics()["space"]["small"])
        column.addWidget(self._pages, 1)
        column.addLayout(line)

    def _make_empty(self) -> QWidget:
        sentence = words(NO_RUN, "label", wrapped=True)
        sentence.setObjectName(f"{self.objectName()}.empty")
        sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        return sentence

    def _make_button(self, verb: str) -> QPushButton:
        button = QPushButton(SHORT.get(verb, VERBS[verb][0]))
        button.setObjectName(f"{self.objectName()}.{verb}")
        button.setProperty("look", "small")
        button.setAccessibleName(VERBS[verb][0].removesuffix("…"))
        button.clicked.connect(lambda: self._do(verb))
        return button

    def _show_usable(self) -> None:
        row = self.view.current()
        for verb, button in self.buttons.items():
            reason = self._reason(verb, row)
            button.setEnabled(not reason)
            button.setToolTip(plain_tip(reason or VERBS[verb][1].format(name=row.label if row else "")))

    def _reason(self, verb: str, row: RunRow | None) -> str:
        """Return why this cannot be done now; empty when it can."""
        if row is None:
            return NOTHING_CHOSEN
        return IS_TRAINING.format(name=row.label) if verb == "delete" and row.state else ""

    def _do(self, verb: str) -> None:
        row = self.view.current()
        if row is None or self._reason(verb, row):
            return
        verbs: dict[str, Callable[[], object]] = {
            "duplicate": partial(self.duplicated.emit, row.name),
            "rename": self.view.rename,
            "export": partial(self._choose_file, row),
            "delete": partial(self.deleted.emit, row.name),
        }
        verbs[verb]()

    def _open_menu(self, place: QPoint) -> None:
        row = self.view.current()
        if row is None:
            return
        self.menu.clear()
        for verb in VERBS:
            if verb == "export":
                self._add_looks(row)
            action = self.menu.addAction(VERBS[verb][0])
            action.setObjectName(f"{self.menu.objectName()}.{verb}")
            action.setEnabled(not self._reason(verb, row))
            action.triggered.connect(lambda _=False, verb=verb: self._do(verb))
        self.menu.popup(place)

    def _add_looks(self, row: RunRow) -> None:
        pin = self.menu.addAction("Show in plots")
        pin.setObjectName(f"{self.menu.objectName()}.pin")
        pin.setCheckable(True)
        pin.setChecked(row.pinned)
        pin.triggered.connect(lambda on: self.pinned.emit(row.name, on))
        fill_with_colors(self._colors, row.color, partial(self.colored.emit, row.name))
        self.menu.addMenu(self._colors)

    def _offer_colors(self, run: str, place: QPoint) -> None:
        row = next(row for row in self.view.rows.rows if row.name == run)
        fill_with_colors(self._colors, row.color, partial(self.colored.emit, run))
        self._colors.popup(place)

    def _choose_file(self, row: RunRow) -> None:
        name, _ = ask_where(
            self,
            f"Export run {row.label}",
            f"run {file_name(row.label)}.csv",
            "Tables (*.csv);;All files (*)",
        )
        if name:
            self.exported.emit(row.name, Path(name))


def file_name(label: str) -> str:
    """Return a run's letter and title as part of a file's name: without what no system takes there."""
    return " ".join(re.sub(r"[^\w .,()+-]", " ", label).split())
