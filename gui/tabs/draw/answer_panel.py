"""The answer: the winner large, how sure the network is, ten bars, and what one can have done to the drawing."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from engine.base.numbers import written
from gui.look.fonts import font, metrics
from gui.look.named import named
from gui.look.percents import certainty
from gui.look.words import set_tone, words
from gui.tabs.draw.play_row import PlayRow
from gui.tabs.draw.probability_bars import ProbabilityBars
from gui.widgets.answer_words import SURE, doubt
from gui.widgets.network_offer import NetworkOffer
from gui.widgets.panel import Panel

WORD_ROOM = 118
"""Room for the winner and what is said of it, so that the bars never move."""


SCORE_HELP = "What the network computes for this answer before softmax makes probabilities of all scores"


class AnswerPanel(Panel):
    """Says what the network reads; a sentence where it reads nothing."""

    def __init__(self) -> None:
        super().__init__("", "draw.answer")
        self.setAccessibleName("Answer")
        self.drop_head()
        self.bars = ProbabilityBars("draw.answer.bars")
        self._widest = "0"
        self.winner = named(words(""), "draw.answer.winner")
        self.winner.setAccessibleName("Answer")
        self.winner.setFont(font("answer", numbers=True))
        set_tone(self.winner, "accent")
        self.sure = named(words("", "value"), "draw.answer.sure")
        self.sure.setFont(font("value", numbers=True))
        self.doubt = named(words("", "label", wrapped=True), "draw.answer.doubt")
        self.doubt.setFixedHeight(3 * self.doubt.fontMetrics().height())
        self.score = named(words("", "caption"), "draw.answer.score")
        self.score.setFont(font("caption", numbers=True))
        self.score.setFixedHeight(self.score.fontMetrics().height())
        self.score.setToolTip(SCORE_HELP)
        self.sure.setFixedHeight(self.sure.fontMetrics().height())
        for label in self._labels():
            label.setFixedWidth(WORD_ROOM)
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(metrics()["space"]["tight"])
        column.addStretch(2)
        for label in self._labels():
            column.addWidget(label)
        column.addStretch(1)
        self.sentence = named(words("", "label", wrapped=True), "draw.answer.sentence")
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._said = named(_Pages(), "draw.answer.pages")
        self._said.setFixedWidth(WORD_ROOM)
        self._large, least = (self._height(role) for role in ("answer", "answer_small"))
        self._said.setMinimumHeight(least)
        self._said.resized.connect(lambda _: self._fit())
        page = QWidget()
        page.setLayout(column)
        self.offer = NetworkOffer("draw.answer", narrow=True)
        self._instead = QWidget()
        instead = QVBoxLayout(self._instead)
        instead.setContentsMargins(0, 0, 0, 0)
        instead.addStretch(1)
        instead.addWidget(self.sentence)
        instead.addWidget(self.offer)
        instead.addStretch(1)
        for each in (page, self._instead):
            self._said.addWidget(each)
        row = QHBoxLayout()
        row.setSpacing(metrics()["space"]["medium"])
        row.addWidget(self._said)
        row.addWidget(self.bars, 1)
        self.play = PlayRow()
        self.body.addLayout(row, 1)
        self.body.addSpacing(metrics()["space"]["tight"])
        self.body.addWidget(self.play)

    def _fit(self) -> None:
        """Let the winner be as large as there is room for the widest one: nothing moves when another wins."""
        wide = QFontMetrics(font("answer", numbers=True)).horizontalAdvance(self._widest)
        fits = self._said.height() >= self._large and wide <= WORD_ROOM
        self._set_size("answer" if fits else "answer_small")

    def _height(self, role: str) -> int:
        """Return the room that is wanted for the words with so large a winner."""
        self._set_size(role)
        labels = self._labels()
        gaps = (len(labels) - 1) * metrics()["space"]["tight"]
        return sum(label.minimumHeight() for label in labels) + gaps

    def _labels(self) -> tuple[QLabel, ...]:
        return self.winner, self.sure, self.score, self.doubt

    def _set_size(self, role: str) -> None:
        self.winner.setFont(font(role, numbers=True))
        self.winner.setFixedHeight(self.winner.fontMetrics().height())

    def show_answer(self, probabilities: np.ndarray[Any, Any], logits: np.ndarray[Any, Any]) -> None:
        """Show probabilities (classes,), and which of the scores (classes,) the winner has."""
        if not np.isfinite(probabilities).all():
            self.say("At this moment the network's weights are not numbers: its training failed.")
            return
        self._said.setCurrentIndex(0)
        best = int(probabilities.argmax())
        self.winner.setText(str(best))
        self.sure.setText(f"{certainty(float(probabilities[best]))} sure")
        self.doubt.setText(doubt(probabilities))
        self.score.setText(f"score (logit) {written(logits[best], '.2f')}")
        set_tone(self.doubt, "muted" if probabilities[best] >= SURE else "warn")
        self.bars.set_probabilities(probabilities)
        self.play.show_winner(best)

    def say(self, sentence: str, *, with_offer: bool = False) -> None:
        """Show no answer but a sentence, with the ways to a network or without."""
        for label in self._labels():
            label.setText("")
        self.sentence.setText(sentence)
        self.offer.setVisible(with_offer)
        self._said.setCurrentWidget(self._instead)
        self.bars.set_probabilities(None)
        self.play.show_winner(None)

    def set_classes(self, classes: int) -> None:
        """Set the number of bars, and of classes to play with."""
        self._widest = "0" * len(str(classes - 1))
        self._fit()
        self.bars.set_classes(classes)
        self.play.set_classes(classes)


class _Pages(QStackedWidget):
    """Tells how high it is."""

    resized = Signal(int)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell it."""
        super().resizeEvent(event)
        self.resized.emit(event.size().height())
