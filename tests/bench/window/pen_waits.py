"""How long a pen waits until the answer to its stroke is painted: for measurements."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Concatenate

from PySide6.QtCore import QObject

from bench.window.hand import Hand
from bench.window.painted import Painted
from engine.analysis.probes.reading import read_drawing
from engine.core.lazy import Array
from engine.core.messages import Answer, Job
from gui.tabs.draw.tab import DrawTab


class PenWaits(QObject):
    """From each event of a hand to the end of the paint event in which the bars show what the ink then was."""

    def __init__(self, tab: DrawTab, hand: Hand) -> None:
        super().__init__(tab)
        self.seconds: list[float] = []
        self.first_painted = 0.0  # when the first answer was painted, by `time.perf_counter`
        self._tab, self._hand = tab, hand
        self._asked = self._answered = self._painted = 0
        self._ask = tab.bridge.ask
        tab.bridge.ask = self._note_question  # type: ignore[method-assign]
        self._tell = tab.bridge.tell
        tab.bridge.tell = self._note_known  # type: ignore[method-assign]
        self._show = tab.answer.show_answer
        tab.answer.show_answer = self._note_answer  # type: ignore[method-assign]
        self._bars = Painted(tab.answer.bars, self._note_painted)

    def forget(self) -> None:
        """Begin anew, with the events to come."""
        self.seconds = []
        self._painted = len(self._hand.made)

    @property
    def _drawn(self) -> int:
        """How many of the hand's events are in the ink."""
        return len(self._hand.made) - len(self._tab.canvas.moves)

    def _note_question[**P](self, make: Callable[Concatenate[Any, P], Job], *args: P.args, **kwargs: P.kwargs) -> int:
        if make is read_drawing:
            self._asked = self._drawn
        return self._ask(make, *args, **kwargs)

    def _note_known(self, answer: Answer) -> int:
        self._asked = self._drawn
        return self._tell(answer)

    def _note_answer(self, probabilities: Array, logits: Array) -> None:
        # In the place of a listener: the tab asks its next question before others hear the answer to this one.
        self._answered = self._asked
        before = self._tab.answer.bars.texts
        self._show(probabilities, logits)
        if self._tab.answer.bars.texts == before:
            self._note_painted()  # the bars show this answer already

    def _note_painted(self) -> None:
        now = time.perf_counter()
        if self._answered and not self.first_painted:
            self.first_painted = now
        if self._tab.canvas.is_empty:
            self._painted = len(self._hand.made)  # what was wiped off before its answer came has none
        for made in self._hand.made[self._painted : self._answered]:
            self.seconds.append(now - made)
        self._painted = max(self._painted, self._answered)
