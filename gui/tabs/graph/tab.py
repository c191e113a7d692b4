"""The Graph tab: the computation graph as TensorFlow traced it, what flows through it, and the network as links."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAction, QHideEvent, QImage, QKeySequence, QShortcut

from engine.analysis.graph.jobs import draw_graph, picture_network, tell_value
from engine.analysis.graph.link_picture import LinkPicture
from engine.analysis.graph.messages import Block, GraphDrawn, NodeValue, block_key
from engine.analysis.graph.svg import svg
from engine.analysis.graph.tracing import Of
from engine.core.language import mark, tr
from engine.core.lens import Lens
from engine.model.training.messages import EpochDone
from engine.session.jobs.data import DatasetOpened, EngineReady
from engine.session.jobs.export import save_file
from engine.session.jobs.files import SessionOpened
from gui.look.layout import SPRING, TOOLS_PAGE, hbox, holder, stack, vbox
from gui.look.theme import theme
from gui.look.words import Elided, for_hands, named, words
from gui.state.file_content import png_of
from gui.state.link.query import Request
from gui.tabs.graph.network_view import NetworkView
from gui.tabs.graph.tools import GRAPHS, Flow, GraphLegend, GraphSearch, GraphTools, around, shown_key
from gui.tabs.graph.value_panel import ValuePanel
from gui.tabs.graph.view import GraphView
from gui.widgets.empty_state import NetworkOffer
from gui.widgets.figures.figure_menu import safe_name
from gui.widgets.figures.save_place import choose_file
from gui.widgets.painted import smooth_painter
from gui.widgets.panel import Panel
from gui.widgets.reflow import DOWN, Reflow, Turn
from gui.widgets.tab import Tab

PIXELS, MOST_PIXELS = 2.0, 12_000  # device pixels to the pixel of the drawing, and longest side
MARGIN = 24.0


class GraphPanel(Panel):
    """The graph's panel. Besides its figure, which shows what is in sight, its menu saves the whole graph, and goes
    from a hidden layer to Fingerprints.
    """

    def __init__(self, layer: Callable[[], int | None]) -> None:
        """`layer` returns the hidden layer, from 0, that the menu is about; `None` where it is about none."""
        super().__init__("", "graph.panel")
        self.drop_head()
        # Enabled where a graph is shown that can be larger than the panel.
        self.whole = named(QAction(tr("Save the whole graph…"), self), "graph.whole")
        self.to_layer = named(QAction(self), "graph.layer")
        self._layer = layer

    def menu_actions(self) -> Sequence[QAction]:
        actions = [self.whole] if self.whole.isEnabled() else []
        if (layer := self._layer()) is None:
            return actions
        self.to_layer.setText(tr("Show layer {layer} in Fingerprints", layer=layer + 1))
        self.to_layer.setData(layer)
        return [self.to_layer, *actions]


def whole_graph(view: GraphView, title: str, suffix: str) -> bytes:
    """Return the content of a file: SVG, or PNG for any other suffix; in the colours of the window."""
    if suffix.lower() == ".svg":
        return svg(view.drawing, title, theme().current.name).encode()
    whole = QRectF(0, 0, view.drawing.width, view.drawing.height).adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
    scale = min(PIXELS, MOST_PIXELS / max(whole.width(), whole.height()))
    size = QSize(round(whole.width() * scale), round(whole.height() * scale))
    image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(theme().current.color("surface"))
    painter = smooth_painter(image)
    painter.scale(scale, scale)
    painter.translate(-whole.topLeft())
    view.paint(painter, whole, 1.0)
    painter.end()
    return png_of(image)


LOADING = mark("TensorFlow is still being loaded; then it shows what it traced.")
NO_NETWORK = mark("Train a network, or open the bundled session. The warm-up’s graph needs none.")
LIVE_MS = 1000  # shortest interval between values that follow a training, which shares the cores with them
FILTERS = {".svg": mark("Drawing (*.svg)"), ".png": mark("Picture (*.png)")}


class GraphTab(Tab):
    """Asks for the drawing of the chosen graph, and for the values at a node or in the whole network."""

    TITLE, PLACE, ORDER, SHORTCUT = mark("Graph"), mark("Behind it"), 90, "Ctrl+9"  # no text
    FOCUS = ("graph.view", "graph.network")
    LEAST_WIDTH, FIXED_WIDTH = 900, 240
    HELP = mark("See what TensorFlow computes, operation by operation, and follow the data through it.")

    def __init__(self, *models: Any) -> None:
        super().__init__(*models)
        self.tools, self.view, self.legend = GraphTools(), GraphView(), GraphLegend()
        self.values, self.network = ValuePanel(), NetworkView()
        self.flow, self.search = Flow(self.clock, self), GraphSearch()
        self.feed: Literal["image", "drawing"] = "image"
        self._of: Of = "training"
        self._drawn: GraphDrawn | None = None
        # The open blocks of each graph; one without an entry opens as the engine decides.
        self._opened: dict[str, frozenset[Block]] = {}
        self._lens: Lens | None = None  # of the drawing that was asked for last
        self._around = self._going_to = ""
        self._tracing = self.query(
            self._ask_drawing,
            every_ms=0,
            patience_ms=0,
            refused=self._say,
            shows=lambda _: [self.view],
            looks=self._traced,
            reads_data=False,
        )
        self._values = self.query(
            self._ask_values,
            live_ms=LIVE_MS,
            refused=self._refuse_values,
            shows=lambda _: [self.network if self._links else self.values],
            looks=lambda: self.selection.lens if self._links or self._of != "warmup" else None,
        )
        self._sentence = named(words("", wrapped=True, centred=True), "graph.say")
        self.offer = NetworkOffer("graph.say")
        instead = holder(vbox(SPRING, self._sentence, self.offer, SPRING, gap="medium", edges=None))
        self._panel = GraphPanel(lambda: self.network.layer if self._links else self.view.layer)
        hint = Elided("graph.hint")
        hint.set_words(
            for_hands(tr("Double-click opens and closes a block")), for_hands(tr("Double-click opens a block"))
        )
        hint.setAlignment(Qt.AlignmentFlag.AlignRight)
        operations = holder(vbox((self.view, 1), hbox(self.legend, (hint, 1)), gap="tight"))
        self._pages = named(stack(instead, operations, self.network), "graph.pages")
        self._panel.body.addWidget(self._pages, 1)
        panels = vbox((self._panel, 3), (self.values, 1), gap="small")
        vbox(self.tools, (panels, 1), gap="small", edges=TOOLS_PAGE, on=self)
        self.reflow = Reflow(Turn(panels, DOWN, (1, 0)))
        self._connect()
        self.listen(EngineReady, lambda _: self._tracing.refresh())
        self.listen(SessionOpened, lambda _: self._tracing.refresh())
        self.listen(DatasetOpened, lambda _: self._tracing.refresh())
        self.follow(self._values, EpochDone)
        self._tracing.listen(GraphDrawn, self._show_drawn)
        self._values.listen(NodeValue, self._show_value)
        self._values.listen(LinkPicture, self.network.show_picture)
        self._say(tr(LOADING))
        self._tracing.refresh()

    @property
    def shows_act(self) -> bool:
        return super().shows_act or (self._of == "warmup" and not self._links)

    def show_whole(self, on: bool) -> None:
        """Fit each graph as a whole, or at a readable size."""
        self.view.prefer_whole(on)

    def code_settings(self) -> dict[str, Any]:
        if not self._links:
            return {"of": self._of}
        drawing = self.selection.drawing if self.feed == "drawing" else None
        picture = {} if drawing is None else {"picture": drawing}
        return {"of": "links", "image": self.selection.image or 0, **picture}

    def _show_drawn(self, message: GraphDrawn) -> None:
        self._drawn = message
        self._opened[message.of] = message.opened
        self._pages.setCurrentIndex(1)
        self.view.show_drawing(message.graph, message.drawing, self._around)
        self._around = ""
        self.flow.set_order(message.drawing.order, self.view.current)
        self._mark(self.search.text)
        if self._going_to:
            key, self._going_to = self._going_to, ""
            self.view.go_to(key)
        elif not self.view.current:
            self.values.show_nothing()
        else:
            self._values.refresh()

    def _show_value(self, message: NodeValue) -> None:
        if message.key == self.view.current:
            self.values.show_value(message, is_warmup=self._of == "warmup")

    def _refuse_values(self, sentence: str) -> None:
        if self._links:
            self.network.show_picture(None, sentence)
        else:
            self.values.show_nothing(sentence)

    @property
    def _links(self) -> bool:
        return self.tools.view.key == "links"

    def _traced(self) -> Lens | None:
        """Return the lens that the graph depends on: weights change nothing of it; `None` for the warm-up's."""
        lens = self.selection.lens
        return None if lens is None or self._of == "warmup" else replace(lens, moment=None, mixed=())

    def _ask_drawing(self) -> Request[...] | None:
        """Return the request for a graph's drawing; of the network as links only values are asked."""
        lens, is_starting = self.selection.lens, self.controls.state == "starting"
        self._lens = lens
        if lens is None and (self._links or self._of != "warmup"):
            self._values.drop()
            self._say(tr(LOADING if is_starting else NO_NETWORK))
        elif self._links:
            self._pages.setCurrentIndex(2)
            self._values.refresh()
        elif is_starting:
            self._say(tr(LOADING))
        else:
            if self._drawn is None or self._drawn.of != self._of:
                self._say(tr("TensorFlow traces the graph …"))
            return Request(draw_graph, self._of, lens, self._opened.get(self._of))
        return None

    def _ask_values(self) -> Request[...] | None:
        lens, image, key = self.selection.lens, self.selection.image, self.view.current
        drawing = self.selection.drawing if self.feed == "drawing" else None
        if self._links:
            return Request(picture_network, lens, image, drawing) if lens else None
        if not key or (lens is None and self._of != "warmup"):
            return None
        return Request(tell_value, self._of, lens, key, image, drawing)

    def _say(self, sentence: str) -> None:
        self._sentence.setText(sentence)
        self.offer.setVisible(sentence == tr(NO_NETWORK))
        self._pages.setCurrentIndex(0)

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop playing while nobody looks."""
        self.flow.play(False)
        super().hideEvent(event)

    def _choose_graph(self, key: str) -> None:
        self._of = "warmup" if key == "warmup" else "network" if key == "network" else "training"
        self._name_panel()
        self.flow.play(False)
        self._values.drop()
        self._drawn = None
        self.view.start_over()
        self.flow.set_order((), "")
        self.values.show_nothing()
        self.values.feed.setVisible(key != "warmup")
        self._tracing.refresh()

    def _choose_view(self, key: str) -> None:
        self.flow.play(False)
        self.tools.show_view(key)
        self._name_panel()
        self.values.setVisible(key == "operations")
        self._values.drop()
        if key == "operations" and self._drawn is not None:
            self._pages.setCurrentIndex(1)
        self._tracing.refresh()

    def _look_at(self, key: str) -> None:
        item = self.view.item(key)
        if item is None or self._drawn is None:
            return
        self.flow.stand_at(key)
        self.values.show_node(item, next((node for node in self._drawn.graph.nodes if node.name == key), None))
        self._values.refresh()

    def _toggle(self, block: Block) -> None:
        if self._drawn is not None:
            self._open(self._drawn.opened ^ {block}, block_key(block))

    def _open_all(self, is_open: bool) -> None:
        if self._drawn is not None:
            self.view.start_over()
            self._open(frozenset(self._drawn.graph.titles) if is_open else frozenset())

    def _open(self, opened: frozenset[Block], key: str = "") -> None:
        self._opened[self._of], self._around = opened, key
        self._tracing.refresh()

    def _mark(self, text: str) -> None:
        if self._drawn is not None:
            if text.strip() != self.search.text or self.search.graph is not self._drawn.graph:
                self.search.look(self._drawn.graph, text)
            self.view.mark(self.search.keys(self._drawn.opened))
        self._show_found()

    def _go_to_match(self, by: int) -> None:
        node = self.search.step(by)
        self._show_found()
        if node is None or self._drawn is None:
            return
        if shown_key(node, self._drawn.opened) == node.name:
            self.view.go_to(node.name)
        else:
            self._going_to = node.name
            self._open(self._drawn.opened | around(node), shown_key(node, self._drawn.opened))

    def _show_found(self) -> None:
        search = self.search
        self.tools.show_found(search.place, len(search.matches), is_searching=bool(search.text))

    def _show_flow(self) -> None:
        self.values.show_place(self.flow.place, len(self.flow.order))
        self.values.show_playing(self.flow.is_playing)

    def _choose_feed(self, feed: str) -> None:
        self.feed = "drawing" if feed == "drawing" else "image"
        self._values.refresh()

    def _show_selection(self, changed: frozenset[str]) -> None:
        now, before = self.selection.lens, self._lens
        if "lens" in changed:
            same = now and before and now.at(None) == before.at(None)
            if same and not self._links and self._drawn is not None:
                self._values.refresh()
            else:
                self._tracing.refresh()
        if "drawing" in changed:
            self._show_drawing()
        if "image" in changed and self.selection.image is not None:
            self.values.feed.choose("image")
            self._values.refresh()
        if "neuron" in changed:
            self.network.mark(self.selection.neuron)

    def _show_drawing(self) -> None:
        has_drawing = self.selection.drawing is not None
        tip = tr("What lies on the canvas of the Draw tab") if has_drawing else tr("Nothing is drawn yet.")
        self.values.feed.set_possible("drawing", has_drawing, tip)
        self.values.feed.choose("drawing" if has_drawing else "image")
        self._values.refresh()

    @property
    def _title(self) -> str:
        return tr(GRAPHS[self._of][0])

    def _name_panel(self) -> None:
        self._panel.set_title(tr("Network") if self._links else self._title)
        self._panel.whole.setEnabled(not self._links)
        self._panel.shows_lens = self._links or self._of != "warmup"

    def _go_to_layer(self, layer: int) -> None:
        """Show a hidden layer, from 0, in Fingerprints and wherever one of several is shown."""
        self.selection.layerWanted.emit(layer)
        self.selection.tabWanted.emit("fingerprints")

    def _choose_file(self) -> None:
        name = safe_name(tr("{graph}, whole graph", graph=self._title))
        filters = {suffix: tr(kind) for suffix, kind in FILTERS.items()}
        if path := choose_file(self, tr("Save the whole graph"), f"{name}.svg", filters):
            self.save(path)

    def save(self, path: Path) -> None:
        lens = self.selection.lens
        title = self._title
        if lens and self._of != "warmup":
            title = tr("{graph}, run {run}", graph=title, run=self.bridge.runs.label(lens.run))
        content = whole_graph(self.view, title, path.suffix)
        self.bridge.submit(save_file, path, content)

    def _connect(self) -> None:
        self.offer_network(self.offer)
        self.tools.graph.chosen.connect(self._choose_graph)
        self.tools.view.chosen.connect(self._choose_view)
        self.tools.search.textChanged.connect(self._mark)
        self.tools.nextWanted.connect(self._go_to_match)
        self.tools.fit.clicked.connect(self.view.fit_again)
        self.tools.openWanted.connect(self._open_all)
        self._panel.whole.triggered.connect(self._choose_file)
        self._panel.to_layer.triggered.connect(lambda: self._go_to_layer(self._panel.to_layer.data()))
        self.network.layerWanted.connect(self._go_to_layer)
        self.view.chosen.connect(self._look_at)
        self.view.toggled.connect(self._toggle)
        self.view.steppedBy.connect(self.flow.step)
        self.view.playWanted.connect(lambda: self.flow.play(not self.flow.is_playing))
        self.values.steppedBy.connect(self.flow.step)
        self.values.play.clicked.connect(self.flow.play)
        self.values.feed.chosen.connect(self._choose_feed)
        self.network.pointed.connect(lambda neuron: self.selection.change(neuron=neuron))
        self.flow.reached.connect(self.view.go_to)
        self.flow.changed.connect(self._show_flow)
        self.selection.changed.connect(self._show_selection)
        QShortcut(QKeySequence.StandardKey.Find, self).activated.connect(self._begin_search)
        self._show_flow()
        self._name_panel()
        self.values.show_nothing()
        self.values.feed.set_possible("drawing", False, tr("Nothing is drawn yet."))

    def _begin_search(self) -> None:
        if not self._links:
            self.tools.search.setFocus()
            self.tools.search.selectAll()
