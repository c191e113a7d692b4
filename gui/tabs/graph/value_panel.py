"""What flows out of the node that is looked at, and the buttons that go on from node to node."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout

from engine.graph.messages import Item, Node, NodeValue
from gui.look.fonts import metrics
from gui.look.named import named
from gui.look.plain import plain_tip
from gui.look.words import set_figure, words
from gui.tabs.graph.value_picture import ValuePicture
from gui.widgets.cell_words import exact
from gui.widgets.panel import Panel
from gui.widgets.segments import Segments

NOTHING = "Click a node to see what flows out of it, or press Next to go with the data."
NO_NUMBERS = "No numbers flow out of this node: others wait for it."
WORDS_WIDTH, FIGURE_WIDTH, PLACE_WIDTH = 410, 90, 72
FACTS = {"least": "Least", "most": "Most", "mean": "Mean"}

FEED_TIPS = {"image": "What flows for the chosen test image", "drawing": "Nothing is drawn yet."}


class ValuePanel(Panel):
    """Passive: it is handed values, and tells which button was pressed."""

    steppedBy = Signal(int)
    playWanted = Signal(bool)
    fedWith = Signal(str)
    """`image` or `drawing`."""

    def __init__(self) -> None:
        super().__init__("What flows", "graph.values")
        self.picture = ValuePicture()
        self.title = named(words("", "title"), "graph.node")
        self.sentence = named(words(NOTHING, "label", wrapped=True), "graph.sentence")
        self.shape = named(words("", "label"), "graph.shape")
        self.about = named(words("", "caption", wrapped=True), "graph.about")
        self.figures = {key: named(words("", "small value"), f"graph.{key}") for key in FACTS}
        self._heads = {key: words("", "caption") for key in FACTS}
        self.feed = Segments("graph.feed", {"image": "Test image", "drawing": "Drawing"}, FEED_TIPS)
        self.feed.chosen.connect(self.fedWith)
        self.place = named(words("", "label"), "graph.place")
        self.back = _button("graph.back", "Back", "One node back against the flow (Page Up in the graph)")
        self.play = _button(
            "graph.play",
            "Play",
            "Follow the data from node to node, then the gradients back (G in the graph)",
        )
        self.next = _button("graph.next", "Next", "One node on with the flow (Page Down in the graph)")
        self.play.setCheckable(True)
        self.back.clicked.connect(lambda: self.steppedBy.emit(-1))
        self.next.clicked.connect(lambda: self.steppedBy.emit(1))
        self.play.clicked.connect(self.playWanted)
        self._shape = ""
        self.picture.refolded.connect(self._show_shape)
        self._arrange()
        self.show_nothing()

    def show_nothing(self, sentence: str = NOTHING) -> None:
        """Have nothing to show, and say why."""
        self._say(None, sentence)
        self.picture.show_value(None)

    def show_node(self, item: Item, node: Node | None) -> None:
        """Say which node is looked at; its value comes later, until then the last one stands."""
        self.title.setText(item.label if item.is_block or node is None else f"{node.op}")
        name = item.caption if node is None else node.name
        letters = self.sentence.fontMetrics()
        self.sentence.setText(letters.elidedText(name, Qt.TextElideMode.ElideMiddle, WORDS_WIDTH))
        self.sentence.setToolTip(plain_tip(name))

    def show_value(self, message: NodeValue) -> None:
        """Show what flowed out of it."""
        self.picture.show_value(message.value)
        if message.value is None:
            self.shape.setText(NO_NUMBERS)
            self.about.setText("")
        else:
            self._shape = message.shape
            self._show_shape()
            self.about.setText(
                f"For {message.about}."
                if not message.about.startswith("after")
                else f"{message.about.capitalize()}."
            )
        for key, head in FACTS.items():
            self._heads[key].setText(head)
            value = float(getattr(message, key))
            set_figure(self.figures[key], exact(value) if math.isfinite(value) else "–")

    def _show_shape(self) -> None:
        """Say what shape it has, and how the picture shows it."""
        caption = self.picture.caption
        self.shape.setText(f"{self._shape}: {caption}" if caption else self._shape)

    def show_place(self, number: int | None, count: int) -> None:
        """Say how far one has stepped."""
        self.place.setText(f"{number + 1} of {count}" if number is not None else f"{count} steps")
        self.next.setEnabled(bool(count) and number != count - 1)
        self.play.setEnabled(bool(count))
        self.back.setEnabled(bool(number))

    def show_playing(self, playing: bool) -> None:
        """Offer to pause, or to play."""
        self.play.setChecked(playing)
        self.play.setText("Pause" if playing else "Play")

    def _say(self, title: str | None, sentence: str) -> None:
        self.title.setText(title or "")
        self.sentence.setText(sentence)
        self.sentence.setToolTip("")
        for label in (self.shape, self.about, *self.figures.values(), *self._heads.values()):
            label.setText("")

    def _arrange(self) -> None:
        space = metrics()["space"]
        self.head.addSpacing(space["medium"])
        self.head.addWidget(self.title)
        self.head.addStretch(1)
        self.place.setMinimumWidth(PLACE_WIDTH)
        self.place.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for widget in (self.feed, self.place, self.back, self.play, self.next):
            self.head.addWidget(widget)
        facts = QGridLayout()
        facts.setHorizontalSpacing(space["tight"])
        for column, key in enumerate(FACTS):
            facts.addWidget(self._heads[key], 0, 2 * column)
            facts.addWidget(self.figures[key], 0, 2 * column + 1)
            self.figures[key].setFixedWidth(FIGURE_WIDTH)
            self.figures[key].setAlignment(Qt.AlignmentFlag.AlignLeft)
        facts.setColumnStretch(2 * len(FACTS), 1)
        column_ = QVBoxLayout()
        self.sentence.setFixedWidth(WORDS_WIDTH)
        self.about.setFixedWidth(WORDS_WIDTH)
        column_.setSpacing(space["tight"])
        for label in (self.sentence, self.shape):
            column_.addWidget(label)
        column_.addLayout(facts)
        column_.addWidget(self.about)
        column_.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(space["large"])
        row.addLayout(column_)
        row.addWidget(self.picture, 1)
        self.body.addLayout(row, 1)


def _button(name: str, text: str, tip: str) -> QPushButton:
    made = QPushButton(text)
    made.setObjectName(name)
    made.setAccessibleName(text)
    made.setToolTip(tip)
    made.setProperty("look", "small")
    made.setMinimumWidth(64)
    return made
