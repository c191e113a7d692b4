"""A computation graph on a plane: zoom, pan, and walk along its wires."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Literal

from PySide6 import QtCore, QtGui
from PySide6.QtCore import QObject, QPoint, QPointF, QRect, QRectF, QSizeF, Qt, QVariantAnimation, Signal
from PySide6.QtGui import (
    QAccessible,
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from engine.analysis.graph.drawing import LABEL_SIZE, WAITS
from engine.analysis.graph.messages import Drawing, Graph, Item, Node, Wire, block_key, layer_of
from engine.core.knobs import in_sentence
from engine.core.language import headed, mark, tr, tr_plural
from engine.core.text import listed
from gui.look import motion
from gui.look.fonts import keep, scaled
from gui.look.theme import theme
from gui.look.words import show_tip
from gui.tabs.graph import painting
from gui.widgets.figures.table import Table
from gui.widgets.heard import HeardPart, say_part
from gui.widgets.painted import Frame, Repainted, draw, smooth_painter
from gui.widgets.pictures.camera import KEY_ZOOM, WHEEL, ZOOM_KEYS, Camera

SMALLEST, LARGEST = 0.03, 4.0

# From this scale on all wires have their shapes written at them; below it only those of the current node.
WORDS_FROM, LIT_WORDS_FROM = 0.64, 0.45

HOVER_REACH, DRAG_FROM = 6.0, 4.0
HEADS = mark("name"), mark("type"), mark("kind"), mark("block"), mark("inputs"), mark("outputs")
MOST_TENSORS, MOST_OUTPUTS = 6, 4  # tensors and outputs named at once

type Way = Literal["left", "right", "up", "down"]

TITLE_WIDTH, TITLE_HEIGHT = 110.0, 26.0  # of an open block, in the drawing's pixels
KEPT_IN_SIGHT = 60.0  # width and height of the graph, in pixels, that stay in view however far it is dragged

WAYS: dict[Qt.Key, Way] = {
    Qt.Key.Key_Left: "left",
    Qt.Key.Key_Right: "right",
    Qt.Key.Key_Up: "up",
    Qt.Key.Key_Down: "down",
}

ACROSS = 0.3  # weight of a pixel sideways against one up or down, in the search for the nearest item
WIDEST, HIGHEST, MARGIN, EDGE = 210.0, 110.0, 6, 6.0

# From this scale on the smallest words can be read from the back of a room.
READABLE = painting.LEAST_READ / LABEL_SIZE
OVERVIEW = 0.55  # a graph that fits at this scale opens as a whole: names are legible, words at wires are left out

SMALLEST_FIT, LARGEST_FIT, AROUND = 0.03, 1.4, 16.0
GLIDE_MS = 220
RING = 8.0  # room for the ring around the current item


class GraphView(Repainted):
    """Shows a drawing, and signals what a person does with it."""

    chosen = Signal(str)  # the key of the item that became current
    toggled = Signal(object)  # a block that is to be opened, or closed where it is open
    steppedBy = Signal(int)  # by keys: one step of the flow forward or back
    playWanted = Signal()
    moved = Signal()  # another part is seen

    def __init__(self) -> None:
        super().__init__("graph.view", tr("Computation graph"), size=(900, 380), follows_mouse=True, takes_keys=True)
        self.drawing = Drawing((), (), (), (), 0, 0)
        self.camera = Camera(1.0, QPointF())
        self.is_fitted = True  # until a person zooms or pans; then it keeps what is seen
        # Whether all is fitted, however small, or what can be read; `None`: all where its names are legible.
        self._shows_all: bool | None = None
        self._prefers_whole: Literal[True] | None = None
        self.current = ""
        self.matches: frozenset[str] = frozenset()
        self._graph = Graph((), ())
        self._items: dict[str, Item] = {}
        # Each wire with its path and the bounds of that.
        self.paths: list[tuple[Wire, QPainterPath, QRectF]] = []
        self.lit: set[int] = set()  # numbers, in `paths`, of the wires of the current item
        # The item under the mouse by its key, or the wire by its number in `paths`.
        self.hovered: str | int | None = None
        self._asked = ""  # the key of the item that the panel's menu was opened on last
        self._pressed: QPointF | None = None
        self._dragged = False
        self.minimap = GraphMinimap(self)
        self.minimap.centred.connect(self.centre)
        self._glide = Glide(self)
        self._glide.seen.connect(self._set)
        keep(self, GraphView._follow_letters)

    @property
    def scale(self) -> float:
        return self.camera.scale

    @property
    def origin(self) -> QPointF:
        """The point of the drawing in the upper left corner."""
        return self.camera.origin

    @property
    def layer(self) -> int | None:
        """The hidden layer, from 0, of the item that the panel's menu is about; `None` where it is of none."""
        item = self._items.get(self._asked or self.current)
        return None if item is None else layer_of(item.block)

    def show_drawing(self, graph: Graph, drawing: Drawing, anchor: str = "") -> None:
        """Show a drawing; the item `anchor`, or its frame, stays where it is on the screen."""
        self._glide.stop()
        is_first, before = not self._items, self._items.get(anchor)
        was = self.camera.to_screen(QPointF(before.x, before.y)) if before else None
        self._graph, self.drawing = graph, drawing
        self._items = {item.key: item for item in drawing.items}
        self.paths = []
        for wire in drawing.wires:
            path = painting.path_of(wire)
            self.paths.append((wire, path, path.boundingRect().adjusted(-2, -14, 2, 2)))
        self.hovered, self._asked = None, ""
        if self.current not in self._items or self._items[self.current].is_open:
            self.current = ""
        self._light()
        after = self._items.get(anchor)
        has_room = whole(drawing, self._room).scale >= scaled(READABLE)
        if is_first or (self.is_fitted and (self._shows_all or has_room or was is None)):
            self._fit()
        elif was is not None and after is not None:
            self._set(Camera(self.scale, QPointF(after.x, after.y) - was / self.scale))
        else:
            self._set(self.camera)
        self.minimap.show_drawing(drawing)
        self._place_minimap()

    def draw_figure(self, painter: QPainter) -> None:
        painter.save()
        painter.setClipRect(self.rect(), Qt.ClipOperation.IntersectClip)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(self.scale, self.scale)
        painter.translate(-self.origin)
        self.paint(painter, self.seen(), self.scale)
        painter.restore()

    def table(self) -> Table | None:
        nodes, inputs = self._graph.nodes, dict[str, list[str]]()
        for edge in self._graph.edges:
            inputs.setdefault(edge.target, []).append(edge.tensor)
        rows = [
            (*node[:3], "/".join(node.block), " ".join(inputs.get(node.name, ())), "; ".join(node.outputs))
            for node in nodes
        ]
        return Table(HEADS, rows) if rows else None

    def finding(self) -> str:
        """Return how many operations the graph has, and which node is current."""
        if not self._items:
            return ""
        item = self._items.get(self.current)
        drawn = (
            mark("{operations}, drawn as {nodes}; the current one is {item}.")
            if item
            else mark("{operations}, drawn as {nodes}.")
        )
        said = tr(
            drawn,
            operations=tr_plural("{count:,} operation", "{count:,} operations", len(self._graph.nodes)),
            nodes=tr_plural("{count:,} node", "{count:,} nodes", len(self._items)),
            item=item and item.label,
        )
        return f"{said} {tr('The arrows walk along the wires, Return opens a block or closes it.')}"

    def heard_parts(self) -> Sequence[HeardPart]:
        nodes = {node.name: node for node in self._graph.nodes}
        leads = dict[str, list[str]]()
        for source, target in self.drawing.links:
            if item := self._items.get(target):
                leads.setdefault(source, []).append(item.label)
        return [
            HeardPart(
                heard_item(self._items[key], nodes.get(key), leads.get(key, ())),
                self.place_of(key),
                is_chosen=key == self.current,
                can_press=not self._items[key].is_open,
            )
            for key in self._heard_order()
        ]

    def _heard_order(self) -> list[str]:
        """Return the keys of all items: as the data flow, then blocks that are open, and constants."""
        return list(dict.fromkeys([*(key for key in self.drawing.order if key in self._items), *self._items]))

    def choose(self, key: str) -> None:
        """Make an item current, as if a person had clicked it."""
        if key in self._items and not self._items[key].is_open:
            self.current, self._asked = key, ""
            self._light()
            self.update()
            self.chosen.emit(key)

    def go_to(self, key: str) -> None:
        """Make an item current; where it is out of sight or too small to read, glide there."""
        if item := self._items.get(key):
            self.choose(key)
            if not self._is_readable(item):
                self.is_fitted = False
                there = around(self.drawing, self._items, item, max(self.scale, scaled(READABLE)), self._room)
                there = uncovered(there, item, QRectF(self.minimap.geometry()), self._room)
                self._glide.start(self.camera, there)

    def mark(self, keys: Iterable[str]) -> None:
        self.matches = frozenset(keys)
        self.update()

    def item(self, key: str) -> Item | None:
        return self._items.get(key)

    def place_of(self, key: str) -> QRectF:
        place = painting.rect_of(self._items[key])
        return QRectF(self.camera.to_screen(place.topLeft()), place.size() * self.scale)

    def fit(self) -> None:
        """Show all of it where that is readable; else its beginning, or the current item, at a readable size."""
        self._shows_all = False
        self._fit()

    def fit_all(self) -> None:
        self._shows_all = True
        self._fit()

    def fit_again(self) -> None:
        """Show it at a readable size; where it is already, all of it."""
        if self.is_fitted and not self._is_whole:
            self.fit_all()
        else:
            self.fit()

    def prefer_whole(self, on: bool) -> None:
        """Fit drawings as a whole from now on, or as usual; also this one, unless it was moved by hand."""
        self._prefers_whole = on or None
        if self.is_fitted:
            self._shows_all = self._prefers_whole
            self._fit()

    def start_over(self) -> None:
        """Fit the next drawing as if it were the first."""
        self._glide.stop()
        self.is_fitted, self._shows_all = True, self._prefers_whole

    @property
    def _is_whole(self) -> bool:
        """Whether all of it is shown while it is fitted."""
        if self._shows_all is None:
            return whole(self.drawing, self._room).scale >= scaled(OVERVIEW)
        return self._shows_all

    def _fit(self) -> None:
        self._glide.stop()
        item = self._items.get(self.current)
        self._set(fitted(self.drawing, self._items, item, self._room, is_whole=self._is_whole))
        self.is_fitted = True
        self._place_minimap()

    def _place_minimap(self) -> None:
        places = []
        for item in self.drawing.items:
            place = self.place_of(item.key)
            if item.is_open:  # its title alone is to be read: the items in it have places of their own
                place.setSize(QSizeF(TITLE_WIDTH, TITLE_HEIGHT) * self.scale)
            places.append(place)
        self.minimap.place(places)

    def _follow_letters(self) -> None:
        if self.is_fitted and self._items:
            self._fit()

    @property
    def _room(self) -> QSizeF:
        return QSizeF(self.size())

    def _is_readable(self, item: Item) -> bool:
        """Return whether an item is large enough, and in full sight, not below the minimap either."""
        place = self.place_of(item.key)
        is_covered = self.minimap.isVisible() and place.intersects(QRectF(self.minimap.geometry()))
        is_large = self.scale > scaled(READABLE) - 0.001
        return is_large and QRectF(self.rect()).contains(place) and not is_covered

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom around a point of the widget; around its middle for `None`."""
        self._glide.stop()
        point = at or QPointF(self.width(), self.height()) / 2
        scale = min(max(self.scale * factor, SMALLEST), LARGEST)
        self.is_fitted = False
        self._set(self.camera.zoomed(scale, point))

    def zoom_by(self, steps: int) -> None:
        self.zoom(KEY_ZOOM**steps)

    def centre(self, point: QPointF) -> None:
        self._glide.stop()
        self.is_fitted = False
        self._set(Camera.at(point, self.scale, self._room))

    def seen(self) -> QRectF:
        return self.camera.seen(self._room)

    def _set(self, camera: Camera) -> None:
        self.camera = held(camera, self._room, self.drawing)
        self.minimap.follow(self.seen())
        self.update()
        self.moved.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta()
        if turned.y():
            self.zoom(WHEEL ** turned.y(), event.position())
        elif turned.x():
            self.is_fitted = False
            self._set(self.camera.moved(QPointF(turned.x(), 0)))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._glide.stop()
        self._pressed, self._dragged = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or not event.buttons():
            self._hover(event.position())
            return
        by = event.position() - self._pressed
        if self._dragged or by.manhattanLength() >= DRAG_FROM:
            self._dragged, self._pressed, self.is_fitted = True, event.position(), False
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._set(self.camera.moved(by))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        was_drag, self._pressed, self._dragged = self._dragged, None, False
        self.unsetCursor()
        item = self._item_at(event.position())
        if not was_drag and item is not None and not item.is_open:
            self.choose(item.key)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if (item := self._item_at(event.position())) is not None and item.is_block:
            self.toggled.emit(item.block)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Have the panel's menu be about the item under the mouse; by keys, about the current one."""
        item = self._item_at(QPointF(event.pos())) if event.reason() == QContextMenuEvent.Reason.Mouse else None
        if item is not None and not item.is_open:
            self.choose(item.key)
        self._asked = item.key if item is not None else ""
        event.ignore()

    def leaveEvent(self, event: QtCore.QEvent) -> None:
        self.hovered = None
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            super().keyPressEvent(event)
        elif key in WAYS:
            self._walk(key)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if (item := self._items.get(self.current)) is not None and item.block:
                self.toggled.emit(item.block)
        elif key in ZOOM_KEYS:
            self.zoom_by(ZOOM_KEYS[key])
        elif key == Qt.Key.Key_F:
            self.fit_again()
        elif key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):  # a presenter's remote control sends these
            self.steppedBy.emit(1 if key == Qt.Key.Key_PageDown else -1)
        elif key == Qt.Key.Key_G:
            self.playWanted.emit()
        else:
            super().keyPressEvent(event)

    def _walk(self, key: Qt.Key) -> None:
        here = self._items.get(self.current)
        order = (key for key in self.drawing.order if key in self._items)
        self.go_to(next(order, "") if here is None else neighbour(self.drawing, self._items, here, WAYS[key]))
        if self.current:
            say_part(self, self._heard_order().index(self.current))

    def _hover(self, point: QPointF) -> None:
        item = self._item_at(point)
        target: str | int | None = item.key if item and not item.is_open else self._wire_at(point)
        if target == self.hovered:
            return
        self.hovered = target
        self.update()
        text = item_words(self._graph, item) if item else ""
        if isinstance(target, int):
            text = wire_words(self._graph, self.paths[target][0])
        show_tip(self.mapToGlobal(point.toPoint()), text, self)

    def _item_at(self, point: QPointF) -> Item | None:
        place = self.camera.to_plane(point)
        return next((item for item in reversed(self.drawing.items) if painting.rect_of(item).contains(place)), None)

    def _wire_at(self, point: QPointF) -> int | None:
        if self.scale < painting.FAR:
            return None
        place, reach = self.camera.to_plane(point), HOVER_REACH / self.scale
        near = QRectF(place.x() - reach / 2, place.y() - reach / 2, reach, reach)
        for number, (_, path, bounds) in enumerate(self.paths):
            if bounds.intersects(near) and path.intersects(near) and painting.is_on(path, near):
                return number
        return None

    @property
    def is_gliding(self) -> bool:
        return self._glide.is_moving

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        self.draw_figure(painter)
        if self.hasFocus() and not self.current:
            draw(painter, Frame(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), "focus", radius=6))

    def paint(self, painter: QPainter, seen: QRectF, scale: float) -> None:
        for item in self.drawing.items:
            if item.is_open and seen.intersects(painting.rect_of(item)):
                painting.draw_item(painter, item, scale, is_lit=False, is_match=item.key in self.matches)
        is_far = scale < painting.FAR
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, not is_far)
        lit = {number for number in range(len(self.paths)) if number in self.lit or number == self.hovered}
        for number in [*(number for number in range(len(self.paths)) if number not in lit), *sorted(lit)]:
            wire, path, bounds = self.paths[number]
            if seen.intersects(bounds) and not (is_far and wire.is_control):
                painting.draw_wire(painter, wire, path, scale, is_lit=number in lit)
        self._paint_labels(painter, seen, scale, lit)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for item in self.drawing.items:
            if not item.is_open and seen.intersects(painting.rect_of(item)):
                is_current = item.key == self.current
                painting.draw_item(painter, item, scale, is_lit=is_current, is_match=item.key in self.matches)
                if is_current or item.key == self.hovered:
                    painting.draw_ring(painter, item, "accent" if is_current else "faint", scale)

    def _paint_labels(self, painter: QPainter, seen: QRectF, scale: float, lit: set[int]) -> None:
        """Draw the words at the wires, once where several begin together; those of a lit one are lit."""
        labels: dict[tuple[float, float, str], bool] = {}
        for number, (wire, _, _) in enumerate(self.paths):
            if wire.label and scale >= (LIT_WORDS_FROM if number in lit else WORDS_FROM):
                place = (*wire.label, wire.words)
                labels[place] = labels.get(place, False) or number in lit
        for place, is_lit in labels.items():
            if seen.contains(painting.label_place(*place)):
                painting.draw_label(painter, *place, is_lit=is_lit)

    def _light(self) -> None:
        """Find the wires that come to the current item or leave it."""
        item = self._items.get(self.current)
        self.lit = lit_wires(self._graph, item, [wire for wire, *_ in self.paths]) if item else set()

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        if self.is_fitted:
            self._fit()
        else:  # its middle stays in the middle
            by = QPointF(*(event.size() - event.oldSize()).toTuple()) / 2 if event.oldSize().isValid() else QPointF()
            self._set(self.camera.moved(by))
            self._place_minimap()


def lit_wires(graph: Graph, item: Item, wires: Sequence[Wire]) -> set[int]:
    """Return the numbers of the wires that come to an item or leave it."""
    members = _members(graph, item)
    outgoing = {edge.tensor for edge in graph.edges if edge.source in members and edge.target not in members}
    incoming = {edge.tensor for edge in graph.edges if edge.target in members and edge.source not in members}
    around = {block_key(item.block[:depth]) for depth in range(1, len(item.block) + 1)} | {item.key, ""}
    lit = set[int]()
    for number, wire in enumerate(wires):
        leaves = wire.source in around and not outgoing.isdisjoint(wire.tensors)
        comes = wire.target in around and not incoming.isdisjoint(wire.tensors)
        if (leaves or comes) and not wire.is_control:
            lit.add(number)
    return lit


def item_words(graph: Graph, item: Item) -> str:
    """Return an item's tooltip."""
    if item.is_block:
        hint = tr("Double-click or Return closes it.") if item.is_open else tr("Double-click or Return opens it.")
        shows = [tr("Right-click: show the layer in Fingerprints.")] if layer_of(item.block) is not None else []
        return "\n".join([headed(item.label, item.caption), hint, *shows])
    node = next(node for node in graph.nodes if node.name == item.key)
    return "\n".join([item.caption, *node.outputs[:MOST_OUTPUTS]])


def heard_item(item: Item, node: Node | None, leads: Sequence[str]) -> str:
    """Return an item as a screen reader says it: its name, kind, shape, and the labels of those that it leads to."""
    if item.is_block:
        state = mark("Block {block}, {size}, open") if item.is_open else mark("Block {block}, {size}, closed")
        says = tr(state, block=item.label, size=item.caption)
    else:
        shape = node.outputs[:1] if node else ()
        says = ", ".join((item.label, in_sentence(painting.kind_name(item.kind)), *shape))
    return tr("{node}; leads to {others}", node=says, others=listed(leads, MOST_OUTPUTS)) if leads else says


def wire_words(graph: Graph, wire: Wire) -> str:
    """Return a wire's tooltip: a line for each tensor."""
    words = {edge.tensor: edge.words for edge in graph.edges}
    names = [f"{tensor.lstrip('^')}: {words.get(tensor) or tr(WAITS)}" for tensor in wire.tensors[:MOST_TENSORS]]
    return "\n".join([*names, *["…"][: len(wire.tensors) > MOST_TENSORS]])


def _members(graph: Graph, item: Item) -> set[str]:
    if not item.is_block:
        return {item.key}
    return {node.name for node in graph.nodes if node.block[: len(item.block)] == item.block}


def held(camera: Camera, size: QSizeF, drawing: Drawing) -> Camera:
    """Return the nearest camera from which a piece of the graph is still in sight."""
    scale, origin = camera
    margin = min(KEPT_IN_SIGHT, size.width() / 2, size.height() / 2) / scale
    return Camera(
        scale,
        QPointF(
            min(max(origin.x(), margin - size.width() / scale), drawing.width - margin),
            min(max(origin.y(), margin - size.height() / scale), drawing.height - margin),
        ),
    )


def neighbour(drawing: Drawing, items: Mapping[str, Item], here: Item, way: Way) -> str:
    """Return the key of the nearest item in a direction; empty where there is none. `items` are the drawing's, by key.

    Left and right are the other ends of the item's wires, up and down the items that overlap its column.
    """
    if way == "right":
        near = [target for source, target in drawing.links if source == here.key]
    elif way == "left":
        near = [source for source, target in drawing.links if target == here.key]
    else:
        near = [
            item.key
            for item in items.values()
            if item.x < here.x + here.width and item.x + item.width > here.x
            if item.key != here.key and not item.is_open and (_middle(item) > _middle(here)) == (way == "down")
        ]
    candidates = [items[key] for key in near if key in items]
    return min(candidates, key=lambda item: _distance(here, item)).key if candidates else ""


def _distance(one: Item, other: Item) -> float:
    across = abs(one.x + one.width / 2 - other.x - other.width / 2)
    return abs(_middle(one) - _middle(other)) + ACROSS * across


def _middle(item: Item) -> float:
    return item.y + item.height / 2


class GraphMinimap(Repainted):
    """An overview of the graph; clicking or dragging in it moves the view there."""

    heard_role: ClassVar = QAccessible.Role.List

    centred = Signal(QPointF)  # a point of the drawing

    def __init__(self, view: QWidget) -> None:
        super().__init__("graph.minimap", tr("Overview of the graph"), tip=tr("The whole graph; click to go there"))
        self.setParent(view)
        self._drawing = Drawing((), (), (), (), 0, 0)
        self._seen = QRectF()
        self._scale = 1.0
        self._picture = QPixmap()  # painted once: only the frame around what is seen moves with the mouse
        theme().changed.connect(self._forget_picture)
        self.hide()

    def show_drawing(self, drawing: Drawing) -> None:
        self._drawing, self._picture = drawing, QPixmap()
        room_x, room_y = WIDEST - 2 * EDGE, HIGHEST - 2 * EDGE
        self._scale = min(room_x / max(drawing.width, 1), room_y / max(drawing.height, 1))
        width, height = drawing.width * self._scale, max(drawing.height * self._scale, 12)
        self.resize(round(width + 2 * EDGE), round(height + 2 * EDGE))
        self.follow(self._seen)

    def finding(self) -> str:
        """Return which part of the graph is in view."""
        shown = [item for item in self._drawing.items if not item.is_open]
        seen = [item.label for item in shown if self._seen.intersects(painting.rect_of(item))]
        if not seen:
            return tr_plural("None of {count:,} node is in view.", "None of {count:,} nodes is in view.", len(shown))
        return tr_plural(
            "{seen:,} of {count:,} node in view, from {first} to {last}.",
            "{seen:,} of {count:,} nodes in view, from {first} to {last}.",
            len(shown),
            seen=len(seen),
            first=seen[0],
            last=seen[-1],
        )

    def heard_parts(self) -> Sequence[HeardPart]:
        """Return the blocks and what lies beside them; a press goes there."""
        outer = (item for item in self._drawing.items if item.is_block or not item.block)
        return [
            HeardPart(
                item.label,
                QRectF(
                    QPointF(item.x, item.y) * self._scale + QPointF(EDGE, EDGE),
                    QSizeF(item.width, item.height) * self._scale,
                ),
                can_press=True,
            )
            for item in outer
        ]

    def follow(self, seen: QRectF) -> None:
        self._seen = seen
        whole = QRectF(0, 0, self._drawing.width, self._drawing.height)
        self.setVisible(bool(self._drawing.items) and not seen.adjusted(-1, -1, 1, 1).contains(whole))
        self.update()

    def place(self, items: Sequence[QRectF]) -> None:
        """Move to the corner where it covers least of `items`, rectangles in the view: the lower right one at best."""
        view = self.parentWidget()
        assert view is not None
        right, below = view.width() - self.width() - MARGIN, view.height() - self.height() - MARGIN
        corners = [QRect(QPoint(x, y), self.size()) for x in (right, MARGIN) for y in (below, MARGIN)]
        self.setGeometry(min(corners, key=lambda corner: _covered(corner.toRectF(), items)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors = smooth_painter(self), theme().current
        edge = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        draw(painter, Frame(edge, radius=6, fill=colors.color("raised", 0.95)))
        if self._picture.isNull():
            self._picture = self._painted()
        painter.drawPixmap(0, 0, self._picture)
        painter.translate(EDGE, EDGE)
        painter.scale(self._scale, self._scale)
        seen = self._seen.intersected(QRectF(0, 0, self._drawing.width, self._drawing.height))
        draw(painter, Frame(seen, "accent", 1.5 / self._scale, fill=colors.color("accent", 0.1)))

    def _painted(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = smooth_painter(picture)
        painter.translate(EDGE, EDGE)
        painter.scale(self._scale, self._scale)
        for item in self._drawing.items:
            painter.fillRect(painting.rect_of(item), painting.color_of(item.kind, 0.18 if item.is_open else 0.75))
        painter.end()
        return picture

    def _forget_picture(self) -> None:
        self._picture = QPixmap()
        self.update()

    def _go(self, point: QPointF) -> None:
        self.centred.emit((point - QPointF(EDGE, EDGE)) / self._scale)


def whole(drawing: Drawing, room: QSizeF) -> Camera:
    """Return the camera that shows all of it, as large as possible."""
    width, height = drawing.width + 2 * AROUND, drawing.height + 2 * AROUND
    scale = max(min(room.width() / width, room.height() / height, scaled(LARGEST_FIT)), SMALLEST_FIT)
    return Camera(scale, _origin(drawing, QRectF(0, 0, drawing.width, drawing.height), scale, room))


def fitted(drawing: Drawing, items: Mapping[str, Item], item: Item | None, room: QSizeF, *, is_whole: bool) -> Camera:
    """Return the camera that shows all where that is readable or `is_whole`; else the beginning, or `item`."""
    sight = whole(drawing, room)
    if sight.scale >= scaled(READABLE) or is_whole:
        return sight
    return around(drawing, items, item, scaled(READABLE), room) if item else beginning(drawing, items, room)


def beginning(drawing: Drawing, items: Mapping[str, Item], room: QSizeF) -> Camera:
    """Return the camera that shows the first node of the flow, at a readable size."""
    first = next((items[key] for key in drawing.order if key in items), None)
    place = painting.rect_of(first) if first else QRectF()
    middle = place.center().y()
    return Camera(scaled(READABLE), _origin(drawing, QRectF(0, middle, 0, 0), scaled(READABLE), room))


def around(drawing: Drawing, items: Mapping[str, Item], item: Item, scale: float, room: QSizeF) -> Camera:
    """Return the camera that shows an item with as many neighbours as have room, the nearest first."""
    place = painting.rect_of(item)
    keys = {
        *(to for source, to in drawing.links if source == item.key),
        *(source for source, to in drawing.links if to == item.key),
    }
    middle, seen = place.center(), place
    beside = [painting.rect_of(items[key]) for key in sorted(keys & items.keys())]
    for area in sorted(beside, key=lambda other: (other.center() - middle).manhattanLength()):
        both = seen.united(area)
        if _fits(both, scale, room):
            seen = both
    return Camera(scale, _origin(drawing, seen, scale, room))


def uncovered(sight: Camera, item: Item, cover: QRectF, room: QSizeF) -> Camera:
    """Return a camera that shows an item above `cover`, or below it where that is in the upper half."""
    place = painting.rect_of(item)
    on_screen = QRectF(sight.to_screen(place.topLeft()), place.size() * sight.scale).adjusted(-RING, -RING, RING, RING)
    if not on_screen.intersects(cover):
        return sight
    is_above = cover.center().y() < room.height() / 2
    down = cover.bottom() - on_screen.top() if is_above else cover.top() - on_screen.bottom()
    return sight.moved(QPointF(0, down))


def _covered(cover: QRectF, items: Sequence[QRectF]) -> float:
    """Return the area of some rectangles below a cover, in pixels."""
    both = [cover & item for item in items if cover.intersects(item)]
    return sum(overlap.width() * overlap.height() for overlap in both)


def _fits(place: QRectF, scale: float, room: QSizeF) -> bool:
    wide, high = room.width() / scale - 2 * AROUND, room.height() / scale - 2 * AROUND
    return place.width() <= wide and place.height() <= high


def _origin(drawing: Drawing, place: QRectF, scale: float, room: QSizeF) -> QPointF:
    """Return the origin that centres `place`, with no more beside the drawing than necessary."""
    middle = place.center()
    return QPointF(
        _along(middle.x(), drawing.width, room.width() / scale),
        _along(middle.y(), drawing.height, room.height() / scale),
    )


def _along(middle: float, length: float, room: float) -> float:
    if room >= length + 2 * AROUND:
        return (length - room) / 2
    return min(max(middle - room / 2, -AROUND), length + AROUND - room)


class Glide(QObject):
    """A short smooth move from one camera to another."""

    seen = Signal(object)  # a `Camera` on the way; the last one is the target

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._begin = self._end = Camera(1.0, QPointF())
        self._run = QVariantAnimation(self)
        self._run.setDuration(GLIDE_MS)
        self._run.setStartValue(0.0)
        self._run.setEndValue(1.0)
        self._run.setEasingCurve(QtCore.QEasingCurve.Type.InOutCubic)
        self._run.valueChanged.connect(lambda share: self.seen.emit(self._between(share)))

    def start(self, begin: Camera, end: Camera) -> None:
        """Glide from one camera to another; at once for people who want less motion. An earlier glide is given up."""
        self._run.stop()
        self._begin, self._end = begin, end
        if motion.is_reduced():
            self.seen.emit(end)
        else:
            self._run.start()

    def stop(self) -> None:
        self._run.stop()

    @property
    def is_moving(self) -> bool:
        return self._run.state() == QVariantAnimation.State.Running

    def _between(self, share: float) -> Camera:
        """Return the camera after a share of the way: a zoom around one fixed point, or a straight pan."""
        begin, end = self._begin, self._end
        if share >= 1:
            return end
        scale = begin.scale * math.exp(share * math.log(end.scale / begin.scale))
        way = share
        if begin.scale != end.scale:
            way = (1 / begin.scale - 1 / scale) / (1 / begin.scale - 1 / end.scale)
        return Camera(scale, begin.origin + (end.origin - begin.origin) * way)
