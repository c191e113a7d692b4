"""What the Graph tab asks beside its drawing: what flows out of a node, and the network as nodes and links."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, NamedTuple

from PySide6.QtCore import QObject, Signal

from engine.base.messages import JobFailed
from engine.graph.jobs import picture_network, tell_value
from engine.graph.link_picture import LinkPicture
from engine.graph.messages import NodeValue
from engine.graph.tracing import Of
from gui.state.questions import PacedQuestions, Question

if TYPE_CHECKING:
    from gui.state.bridge import Bridge
    from gui.state.selection import Selection

PERIOD_MS = 50
"""Values follow a hand that often."""

type Feed = Literal["image", "drawing"]


class Wanted(NamedTuple):
    """What is asked for: a node of a graph, or the picture of the whole network for an empty key."""

    of: Of
    key: str


class GraphValues(QObject):
    """Asks at a steady pace for what is wanted, through the lens, for the image or the drawing."""

    told = Signal(object)
    """Carries a `NodeValue`."""
    pictured = Signal(object)
    """Carries a `LinkPicture`."""
    failed = Signal(str)

    def __init__(
        self, bridge: Bridge, selection: Selection, wanted: Callable[[], Wanted | None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self.feed: Feed = "image"
        self._selection, self._wanted = selection, wanted
        self._questions = PacedQuestions(bridge, self._question, PERIOD_MS, self)
        self._questions.listen(NodeValue, self.told.emit)
        self._questions.listen(LinkPicture, self.pictured.emit)
        self._questions.listen(JobFailed, lambda message: self.failed.emit(message.sentence))

    @property
    def is_waiting(self) -> bool:
        """Whether an answer is due."""
        return self._questions.is_asking

    def want(self) -> None:
        """Ask, now or as soon as it is time."""
        self._questions.want()

    def forget(self) -> None:
        """Hear no answer to what was asked so far."""
        self._questions.drop()

    def _question(self) -> Question | None:
        wanted, lens = self._wanted(), self._selection.lens
        if wanted is None or (lens is None and (wanted.of != "warmup" or not wanted.key)):
            return None
        image, drawing = self._selection.image, self._selection.drawing if self.feed == "drawing" else None
        if wanted.key:
            return tell_value, (wanted.of, lens, wanted.key, image, drawing)
        return picture_network, (lens, image, drawing)
