"""The ideal image that a person has chosen: marked, sent to the canvas, judged."""

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QStackedWidget

from engine.analysis.probes.judge import Judgement, judge_image
from engine.core.lens import Neuron
from gui.state.link.query import Request
from gui.tabs.ideal.board import Pixel
from gui.tabs.ideal.judgement_panel import JudgementPanel
from gui.tabs.ideal.painting import Painting
from gui.tabs.ideal.panel import IdealPanel
from gui.tabs.ideal.words import pixel, subject
from gui.widgets.tab import Tab


class OneIdealImage(QObject):
    """What is done with a single image of a painting. Its judgement takes the place of the settings."""

    def __init__(
        self, tab: Tab, painting: Painting, panel: IdealPanel, left: QStackedWidget, judgement: JudgementPanel
    ) -> None:
        super().__init__(tab)
        self.painting, self.panel, self.board = painting, panel, panel.board
        self.judgement, self.selection = judgement, tab.selection
        self._left = left
        self._chosen: int | None = None
        self._query = tab.query(self._ask, every_ms=0, patience_ms=0)
        self._query.listen(Judgement, judgement.show_judgement)
        panel.judge.clicked.connect(self._judge)
        panel.draw.clicked.connect(self._send)
        self.board.sent.connect(lambda _: self._send())
        self.board.pointed.connect(self._point)
        self.board.chosen.connect(self._take_choice)
        judgement.closeWanted.connect(self.close_judgement)
        judgement.imageChosen.connect(lambda number: self.selection.change(image=number))

    def _point(self, place: Pixel | None) -> None:
        message = self.painting.latest
        self.panel.show_readout(pixel(message, *place) if message is not None and place is not None else "")

    def _take_choice(self, place: int) -> None:
        self.choose(place)
        message = self.painting.latest
        if message is not None and message.layer is not None:
            self.selection.change(neuron=Neuron(message.layer, message.wanted[place]))
        elif message is not None:
            self.selection.change(label=message.wanted[place])
        self.judge_again()

    def choose_again(self) -> None:
        """Choose the same place again, where another image may be now."""
        self.choose(self._chosen)

    def choose(self, place: int | None) -> None:
        message = self.painting.latest
        there = message is not None and place is not None and place < len(message.wanted)
        self._chosen = place if there else None
        self.panel.set_chosen(subject(message, place) if there and message and place is not None else None)
        self.mark()

    def mark(self) -> None:
        """Frame the chosen image, or that of the selected neuron."""
        message, neuron = self.painting.latest, self.selection.neuron
        place = self._chosen
        if message is not None and message.layer is not None and neuron is not None:
            same = neuron.layer == message.layer and neuron.number in message.wanted
            place = message.wanted.index(neuron.number) if same else place
        self.board.mark(place)

    def _send(self) -> None:
        message, place = self.painting.latest, self._chosen
        if message is None or place is None:
            return
        image = message.images[place]
        cut = bool((image < 0).any() or (image > 1).any())
        caption = f"Ideal image of {subject(message, place)}" + (", cut off to 0 to 1" if cut else "")
        self.selection.send(np.clip(np.nan_to_num(image), 0, 1), caption)

    def _judge(self) -> None:
        self._left.setCurrentWidget(self.judgement)
        self.judge_again()
        self.judgement.close_button.setFocus()

    def judge_again(self) -> None:
        self._query.refresh()

    def _ask(self) -> Request[...] | None:
        lens, message, place = self.selection.lens, self.painting.latest, self._chosen
        if self._left.currentWidget() is not self.judgement or lens is None:
            return None
        if message is None or place is None or not np.isfinite(message.images[place]).all():
            return None
        self.judgement.begin(subject(message, place))
        label = message.wanted[place] if message.layer is None else None
        return Request(judge_image, lens, message.images[place], label)

    def close_judgement(self) -> None:
        self._left.setCurrentIndex(0)
