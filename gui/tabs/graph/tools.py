"""The line above a graph: which graph, search, fit, open and close all blocks; its legend; the flow through it."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QFontMetricsF, QKeyEvent, QPaintEvent, QPen
from PySide6.QtWidgets import QLineEdit, QPushButton, QSizePolicy, QWidget

from engine.analysis.graph.messages import KINDS, Block, Graph, Kind, Node, block_key
from engine.core.language import mark, tr
from gui.look.first_look import rarely
from gui.look.fonts import font, scaled, sized
from gui.look.layout import SPRING, hbox, holder
from gui.look.words import named, words
from gui.state.link.clock import Clock
from gui.tabs.graph.painting import NODE_FILL, color_of, draw_outline, kind_name
from gui.widgets.forms.controls import Segments, icon_button
from gui.widgets.heard import HeardPart
from gui.widgets.painted import Repainted, Words, draw, smooth_painter

GRAPHS = {
    "training": (mark("Training step"), mark("One step of training: forward, loss, gradients, optimiser")),
    "network": (mark("Forward pass"), mark("How the network answers one picture")),
    "warmup": (mark("Warm-up"), mark("One step on the way to a matrix' inverse")),
}

VIEWS = {
    "operations": (mark("Operations"), mark("Every operation as TensorFlow traced it")),
    "links": (mark("Network"), mark("Neurons and their strongest connections")),
}

LEAST_SEARCH_WIDTH, SEARCH_WIDTH = 96, 180
SWATCH, HEIGHT, GAP, AFTER = 22, 12, 6, 14
PLAY_MS = 900  # how long each node is shown


class GraphTools(QWidget):
    """Signals what was chosen; what it shows the tab sets."""

    nextWanted = Signal(int)  # 1 for the next match, -1 for the one before
    openWanted = Signal(bool)  # True: all blocks open, False: all closed

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("graph.tools")
        self.view = Segments("graph.shows", VIEWS)
        self.graph = Segments("graph.of", GRAPHS)
        tip = tr("Names and types of nodes (Ctrl+F); Enter goes to the next one, Shift+Enter back")
        self.search = named(QLineEdit(), "graph.search", title=tr("Search the graph"), tip=tip)
        self.search.setPlaceholderText(tr("Search"))
        sized(self.search.setMinimumWidth, LEAST_SEARCH_WIDTH)
        sized(self.search.setMaximumWidth, SEARCH_WIDTH)
        self.search.installEventFilter(self)
        self.found = named(words("", "caption"), "graph.found")
        sized(self.found.setMinimumWidth, 58)
        self.fit = icon_button(
            "graph.fit", "zoom-reset", tr("Fit, large enough to read; once more: all of it (F)"), side=28
        )
        self.open_all = _text_button("graph.open_all", tr("Open all"), tr("Open all blocks"))
        self.close_all = _text_button("graph.close_all", tr("Close all"), tr("Close all blocks"))
        self.open_all.clicked.connect(lambda: self.openWanted.emit(True))
        self.close_all.clicked.connect(lambda: self.openWanted.emit(False))
        # Within one widget, because `show_view` shows and hides each of them.
        buttons = self.open_all, self.close_all, self.fit
        rare = holder(hbox(SPRING, self.found, self.search, *buttons, gap="small"))
        rarely(rare)
        hbox(hbox(self.view, self.graph, SPRING, gap="small"), (rare, 1), gap="small", on=self)

    def show_found(self, number: int | None, count: int, *, is_searching: bool) -> None:
        """Show how many matches there are, and which one is current."""
        text = "" if not is_searching else tr("not found") if not count else tr("{count} found", count=count)
        self.found.setText(text if number is None else tr("{number} of {count}", number=number + 1, count=count))

    def show_view(self, key: str) -> None:
        for widget in (self.graph, self.search, self.found, self.open_all, self.close_all, self.fit):
            widget.setVisible(key == "operations")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A field where Enter goes to the next match, Shift+Enter to the one before, Esc clears the search."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                self.nextWanted.emit(-1 if back else 1)
                return True
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
        return False


def _text_button(name: str, text: str, tip: str) -> QPushButton:
    return named(QPushButton(text), name, title=tip, tip=tip, look="small")


class GraphSearch:
    """The matches of the typed letters, and which of them is current."""

    def __init__(self) -> None:
        self.text = ""
        self.graph: Graph | None = None  # the graph that was searched
        self.matches: tuple[Node, ...] = ()
        self.place: int | None = None

    def look(self, graph: Graph, text: str) -> None:
        """Find the nodes with these letters in their name, type, label or block, ignoring case."""
        self.graph, self.text, self.place = graph, text.strip(), None
        letters = self.text.casefold()
        self.matches = tuple(node for node in graph.nodes if letters and letters in _words(graph, node))

    def step(self, by: int) -> Node | None:
        """Return the next match, or the one before; after the last comes the first."""
        if not self.matches:
            return None
        here = self.place if self.place is not None else (-1 if by > 0 else 0)
        self.place = (here + by) % len(self.matches)
        return self.matches[self.place]

    def keys(self, opened: frozenset[Block]) -> set[str]:
        """Return the items to be marked: the matches, or the closed blocks that they are in."""
        return {shown_key(node, opened) for node in self.matches}


def around(node: Node) -> frozenset[Block]:
    """Return the blocks that must be open for a node to be drawn."""
    return frozenset(node.block[:depth] for depth in range(1, len(node.block) + 1))


def shown_key(node: Node, opened: frozenset[Block]) -> str:
    """Return the key of the item that shows a node: itself, or the outermost closed block around it."""
    closed = next((block for block in sorted(around(node), key=len) if block not in opened), None)
    return node.name if closed is None else block_key(closed)


def _words(graph: Graph, node: Node) -> str:
    return f"{node.name} {node.op} {node.label} {graph.titles.get(node.block, '')}".casefold()


class GraphLegend(Repainted):
    """A row with all kinds."""

    heard_role: ClassVar = QAccessible.Role.List

    def __init__(self) -> None:
        tip = "\n".join((*map(tr, KINDS.values()), tr("Dotted: waits for it; nothing flows")))
        super().__init__("graph.legend", tr("Kinds of nodes"), tip=tip)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def finding(self) -> str:
        """Return how many kinds there are, and what a dotted wire is."""
        return tr(
            "{count} kinds of nodes; where a wire is dotted, a node waits for another one and nothing flows.",
            count=len(KINDS),
        )

    def heard_parts(self) -> Sequence[HeardPart]:
        places = dict(self._places())
        return [HeardPart(tr(meaning), places.get(kind)) for kind, meaning in KINDS.items()]

    def sizeHint(self) -> QSize:
        return QSize(round(sum(map(_room, KINDS))), scaled(18))

    def _places(self) -> Iterator[tuple[Kind, QRectF]]:
        """Yield the kinds that have room, and where they are; the tooltip has them all."""
        x = 0.0
        for kind in KINDS:
            wide = _room(kind) - AFTER
            if x + wide > self.width():
                break
            yield kind, QRectF(x, 0, wide, self.height())
            x += wide + AFTER

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        for kind, place in self._places():
            painter.setPen(QPen(color_of(kind), 1.5))
            painter.setBrush(color_of(kind, NODE_FILL))
            draw_outline(painter, kind, QRectF(place.x() + 1, (self.height() - HEIGHT) / 2, SWATCH - 2, HEIGHT))
            draw(painter, Words(place.adjusted(SWATCH + GAP, 0, 4, 0), kind_name(kind), "muted"))


def _room(kind: Kind) -> float:
    return SWATCH + GAP + QFontMetricsF(font("caption")).horizontalAdvance(kind_name(kind)) + AFTER


class Flow(QObject):
    """The order in which data flow, and the current place in it."""

    reached = Signal(str)  # the key of the node that is current now
    changed = Signal()  # place, order, or whether it plays

    def __init__(self, clock: Clock, parent: QObject) -> None:
        super().__init__(parent)
        self.order: tuple[str, ...] = ()
        self.place: int | None = None  # from 0; `None` before the first step
        self._timer = clock.timer(self, self._play_on)

    @property
    def is_playing(self) -> bool:
        return self._timer.isActive()

    def set_order(self, order: Sequence[str], current: str) -> None:
        self.order = tuple(order)
        self.place = self.order.index(current) if current in self.order else None
        if not self.order:
            self.play(False)
        self.changed.emit()

    def stand_at(self, key: str) -> None:
        """Continue from this node: a person chose it."""
        if key in self.order and (place := self.order.index(key)) != self.place:
            self.place = place
            self.changed.emit()

    def step(self, by: int) -> None:
        """Step to the next node, or the one before; nothing happens at the ends."""
        place = (0 if by > 0 else None) if self.place is None else self.place + by
        if place is not None and 0 <= place < len(self.order):
            self.place = place
            self.reached.emit(self.order[place])
            self.changed.emit()

    def play(self, playing: bool) -> None:
        """Step by itself, from the start where it is at the end; or stop."""
        if playing == self.is_playing:
            return
        if playing and self.order:
            if self.place == len(self.order) - 1:
                self.place = None
            self._timer.start(PLAY_MS)
            self.step(1)
        else:
            self._timer.stop()
        self.changed.emit()

    def _play_on(self) -> None:
        self._timer.start(PLAY_MS)
        self.step(1)
        if self.place is None or self.place >= len(self.order) - 1:
            self.play(False)
