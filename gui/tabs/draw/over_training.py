"""The answer to a drawing at all moments of a run: asked for while somebody sees it, and a way to each moment."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject

from engine.base.lens import Lens
from engine.probes.answers_over_training import AnswersOverTraining, answers_over_training
from engine.session.session_jobs import SessionOpened
from engine.training.messages import MomentKept
from gui.state.query import Request
from gui.tabs.draw.training_chart import TrainingChart

if TYPE_CHECKING:
    from gui.widgets.tab import Tab


class OverTraining(QObject):
    """Keeps the chart true to drawing and lens. It asks only when it is told to."""

    def __init__(self, tab: Tab, chart: TrainingChart) -> None:
        super().__init__(tab)
        self._selection, self._chart = tab.selection, chart
        self._query = tab.query(lambda: self._request, every_ms=0, patience_ms=0)
        self._request: Request[...] | None = None
        self._asked: tuple[Lens, bytes] | None = None
        """What the chart shows, or is about to show: a lens at no moment, and the picture."""
        self._query.listen(AnswersOverTraining, chart.show_answers)
        tab.listen(MomentKept, lambda _: self._ask_anew())
        tab.listen(SessionOpened, lambda _: self.forget())
        tab.selection.changed.connect(self._show_selection)
        chart.stepChosen.connect(self._go_to)

    def ask(self, lens: Lens, picture: np.ndarray[Any, Any]) -> None:
        """Show how the answer to `picture` (rows, columns) came about, unless that is shown already."""
        question = dataclasses.replace(lens, moment=None), picture.tobytes()
        if question == self._asked:
            return
        if self._asked is None or question[0].run != self._asked[0].run:
            self._chart.show_answers(None)
        self._asked = question
        self._request = Request(answers_over_training, lens, picture)
        self._query.refresh()

    def forget(self) -> None:
        """Show nothing."""
        if self._asked is None:
            return
        self._query.drop()
        self._asked = None
        self._chart.show_answers(None)

    def _ask_anew(self) -> None:
        """A run has one more moment: the same question has another answer now."""
        if self._asked is not None:
            self._asked = self._asked[0], b""

    def _go_to(self, step: int) -> None:
        if self._selection.lens:
            self._selection.change(lens=dataclasses.replace(self._selection.lens, moment=step))

    def _show_selection(self, changed: frozenset[str]) -> None:
        lens = self._selection.lens
        if "lens" in changed and lens:
            self._chart.set_moment(lens.moment)
