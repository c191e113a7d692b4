"""The layers of the next network one by one: what each gives, and its settings; putting them together by clicking."""

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QItemSelectionModel, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from engine.core.errors import UserError
from engine.core.knobs import Spec
from engine.core.language import mark, tr
from engine.core.layers.editing import (
    KINDS,
    doubled,
    inserted,
    kind_of,
    layer_at,
    moved,
    neighbours,
    new_layer,
    options_of,
    removed,
    replaced,
    sequence_at,
    with_options,
)
from engine.core.layers.kinds import Branches, Layer, Layers, Pair, Residual
from engine.core.layers.language import as_text, parse_layers
from engine.core.layers.shapes import Path, Row, Shapes, shapes_of
from engine.core.text import written
from gui.look.fonts import keep, scaled, set_font
from gui.look.layout import Spring, hbox, vbox
from gui.look.theme import theme
from gui.look.words import enable, named, plain_tip, words
from gui.widgets.forms.controls import MenuChip, add_entry, icon_button
from gui.widgets.forms.knob_form import KnobForm

MOST_ROWS, ROW, HEAD, INDENT = 16, 20, 28, 12  # rows that are seen at once; heights and indentation, in pixels
BESIDE = 18  # pixels of a cell beside its words
PATH = Qt.ItemDataRole.UserRole
INPUT: Path = (-1,)
SELECT = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows

COLUMNS = mark("Layer"), mark("Gives"), mark("Parameters")
BUTTONS = {
    "double": ("copy", mark("Double"), mark("Put the same layer behind the selected one.")),
    "up": ("chevron-up", mark("Up"), mark("Move the selected layer before the one above it.")),
    "down": ("chevron-down", mark("Down"), mark("Move the selected layer behind the one below it.")),
    "remove": ("close", mark("Remove"), mark("Take the selected layer away.")),
}
NOT_HERE = mark("Select a layer for which this is possible.")


class LayerEditor(QWidget):
    """A tree of layers with the shape of what each gives and its parameters; below it what changes the selected one.

    All changes are changes of the text of the layers, which alone is kept.
    """

    edited = Signal(str)  # carries the text of the changed layers

    def __init__(self) -> None:
        super().__init__()
        self._layers: Layers = ()
        self._ends: tuple[Pair, int] = (28, 28), 10
        self._shapes: Shapes | None = None
        self._wanted: Path | None = None  # what is to be selected once the changed text comes back
        self._forms = dict[str, tuple[KnobForm[Any], QWidget]]()
        self.tree = LayerTree()
        self.add = MenuChip("train.structure.add", tr("Add"))
        self.add.setAccessibleName(tr("Add"))
        self.add.setToolTip(tr("Put a layer behind the selected one."))
        self.add.menu().setToolTipsVisible(True)
        for key, kind in KINDS.items():
            add_entry(
                self.add.menu(),
                f"train.structure.add.{key}",
                tr(kind.title),
                partial(self._add, key),
                tip=tr(kind.sentence),
            )
        self.buttons = {
            key: icon_button(f"train.structure.{key}", sign, tr(tip), title=tr(title))
            for key, (sign, title, tip) in BUTTONS.items()
        }
        acts: dict[str, Callable[[], None]] = {
            "double": self._double,
            "up": partial(self._move, -1),
            "down": partial(self._move, 1),
            "remove": self._remove,
        }
        for key, act in acts.items():
            self.buttons[key].clicked.connect(act)
        self.kind = words("", "label", wrapped=True)
        self.said = named(words("", "error", wrapped=True), "train.structure.said")
        self.said.hide()
        line = hbox(self.add, Spring(1), *self.buttons.values(), gap=2)
        self._column = vbox(self.tree, line, self.kind, self.said, gap="tight", edges=(0, 0, 0, "small"), on=self)
        self.tree.itemSelectionChanged.connect(self._show_selected)

    def show_layers(self, layers: Layers | None, shape: Pair, classes: int) -> None:
        """Show layers for images of `shape` (rows, columns); for `None`, wrong ones, the last right ones, disabled."""
        self.setEnabled(layers is not None)
        if layers is None:
            return
        path = self._wanted if self._wanted is not None else self.tree.path()
        self._wanted = None
        if self._shapes is None or (layers, (shape, classes)) != (self._layers, self._ends):
            self._layers, self._ends, self._shapes = layers, (shape, classes), shapes_of(layers, shape, classes)
            self.tree.show_layers(layers, self._shapes, shape, classes)
        self.tree.select(path)
        self._say("")
        self._show_selected()

    def _add(self, kind: str) -> None:
        path = self.tree.path()
        if len(path) % 2 == 0:  # a way of a block
            path = (*path, len(sequence_at(self._layers, path)))
        elif path[-1] < len(sequence_at(self._layers, path[:-1])):
            path = (*path[:-1], path[-1] + 1)
        self._change(inserted(self._layers, path, new_layer(kind, self._shape_before(path))), path)

    def _shape_before(self, path: Path) -> tuple[int, ...]:
        """Return the shape of what a layer at this path reads, if it is known."""
        shapes = {row.path: row.shape for row in self._shapes.rows} if self._shapes else {}
        while path[-1] == 0 and len(path) > 1:
            path = path[:-2]  # the first one of a way reads what its block reads
        return shapes.get((*path[:-1], path[-1] - 1), self._ends[0] if path[-1] == 0 else ())

    def _double(self) -> None:
        path = self.tree.path()
        self._change(doubled(self._layers, path), (*path[:-1], path[-1] + 1))

    def _move(self, by: int) -> None:
        path = self.tree.path()
        self._change(moved(self._layers, path, by), (*path[:-1], path[-1] + by))

    def _remove(self) -> None:
        path = self.tree.path()
        self._change(removed(self._layers, path), (*path[:-1], max(0, path[-1] - 1)))

    def _change(self, layers: Layers, path: Path) -> None:
        """Ask for other layers, of which that at `path` is to be selected; say why not, where they are none."""
        text = as_text(layers)
        try:
            parse_layers(text)
        except UserError as wrong:
            self._say(str(wrong))
            return
        self._wanted = path
        self.edited.emit(text)

    def _say(self, sentence: str) -> None:
        self.said.setText(sentence)
        self.said.setVisible(bool(sentence))

    def _show_selected(self) -> None:
        """Show the settings of the selected layer, and what can be done with it."""
        path = self.tree.path()
        number, is_way = path[-1], len(path) % 2 == 0
        is_own = is_way or 0 <= number < len(sequence_at(self._layers, path[:-1]))
        layer = layer_at(self._layers, path) if is_own and not is_way else None
        block = layer_at(self._layers, path[:-1]) if is_way else None
        count = neighbours(self._layers, path) if is_own else 0
        possible = {
            "double": layer is not None or isinstance(block, Branches),
            "up": is_own and number > 0 and not isinstance(block, Residual),
            "down": is_own and number < count - 1 and not isinstance(block, Residual),
            "remove": layer is not None or (isinstance(block, Branches) and count > 2),
        }
        for key, button in self.buttons.items():
            enable(button, possible[key], tr(BUTTONS[key][2]), tr(NOT_HERE))
        for _, page in self._forms.values():
            page.hide()
        self.kind.setText("" if layer is None else tr(KINDS[kind_of(layer)].sentence))
        self.kind.setVisible(layer is not None)
        if layer is not None:
            self._show_options(kind_of(layer), layer)

    def _show_options(self, kind: str, layer: Layer) -> None:
        if kind not in self._forms:
            form = KnobForm[Spec](KINDS[kind].options, f"train.layer.{kind}", self)
            names = list(form.fields)
            rows = [form.row(names[first : first + 2]) for first in range(0, len(names), 2)]
            page = QWidget()
            vbox(*rows, gap="tight", on=page)
            self._forms[kind] = form, page
            form.edited.connect(lambda _, form=form: self._take_options(form))
            self._column.addWidget(page)
        form, page = self._forms[kind]
        for name, value in options_of(layer).as_dict().items():
            field = form.fields[name]
            if field.value() != value and not field.editor.hasFocus():
                field.set_value(value)
        page.setVisible(bool(form.fields))

    def _take_options(self, form: KnobForm[Any]) -> None:
        path, options = self.tree.path(), form.spec()
        if options is not None:
            self._change(replaced(self._layers, path, with_options(layer_at(self._layers, path), options)), path)


class LayerTree(QTreeWidget):
    """Rows with a layer, what it gives, and its parameters; first the images, last the classes. A block has ways."""

    def __init__(self) -> None:
        super().__init__()
        named(self, "train.structure.tree", title=tr("Layers one by one"), look="rows")
        said = tr("Each layer with the shape of what it gives, and its parameters.")
        self.setAccessibleDescription(said)
        self.setToolTip(plain_tip(said))
        self.setColumnCount(len(COLUMNS))
        self.setHeaderLabels([tr(title) for title in COLUMNS])
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformRowHeights(True)
        self.setItemsExpandable(False)
        self.setRootIsDecorated(False)
        head = named(self.header(), "train.structure.tree.head")
        head.setSectionsMovable(False)
        head.setStretchLastSection(False)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for part in (self, head):
            set_font(part, "label", numbers=True)
        self._items = dict[Path, QTreeWidgetItem]()
        self._wrong: Path | None = None
        keep(self, LayerTree._make_room)
        theme().changed.connect(self._tint)

    def path(self) -> Path:
        """Return the path of the selected row, that behind the last layer if none is selected."""
        items = self.selectedItems()
        return items[0].data(0, PATH) if items else max((path for path in self._items if len(path) == 1), default=(0,))

    def select(self, path: Path) -> None:
        """Select the row at a path, or one that is near."""
        while len(path) > 1 and path not in self._items and path[-1] > 0:
            path = (*path[:-1], path[-1] - 1)
        while path not in self._items and len(path) > 1:
            path = path[:-1]
        item = self._items.get(path) or self._items[INPUT]
        with QSignalBlocker(self):
            self.setCurrentItem(item, 0, SELECT)
        self.scrollToItem(item)

    def show_layers(self, layers: Layers, shapes: Shapes, shape: Pair, classes: int) -> None:
        with QSignalBlocker(self):
            self.clear()
            self._items.clear()
            rows = {row.path: row for row in shapes.rows}
            self._put(self.invisibleRootItem(), INPUT, tr("Images"), _by(shape), "")
            self._put_layers(self.invisibleRootItem(), (), layers, rows)
            is_whole = shapes.misfit is None
            self._put(
                self.invisibleRootItem(),
                (len(layers),),
                tr("Classes"),
                written(classes, ",") if is_whole else "",
                written(shapes.outputs, ",") if is_whole else "",
            )
            self._wrong = shapes.wrong if shapes.misfit is not None else None
            if shapes.misfit is not None and (item := self._items.get(shapes.wrong)):
                item.setToolTip(0, plain_tip(str(shapes.misfit)))
                item.setData(0, Qt.ItemDataRole.AccessibleDescriptionRole, str(shapes.misfit))
            self.expandAll()
        self._tint()
        self._make_room()

    def _put_layers(self, parent: QTreeWidgetItem, path: Path, layers: Layers, rows: dict[Path, Row]) -> None:
        for number, layer in enumerate(layers):
            place = (*path, number)
            row = rows.get(place)
            gives, count = (_by(row.shape), written(row.parameters, ",")) if row else ("", "")
            item = self._put(parent, place, _said(layer), gives, count if row and row.parameters else "")
            for way, sequence in enumerate(layer.inside):
                self._put_layers(
                    self._put(item, (*place, way), _way(layer, way), "", ""), (*place, way), sequence, rows
                )

    def _put(self, parent: QTreeWidgetItem, path: Path, *cells: str) -> QTreeWidgetItem:
        item = QTreeWidgetItem(parent, list(cells))
        item.setData(0, PATH, path)
        item.setToolTip(0, plain_tip(cells[0]))
        for column in (1, 2):
            item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._items[path] = item
        return item

    def _tint(self) -> None:
        colors = theme().current
        for path, item in self._items.items():
            is_fixed = len(path) % 2 == 0 or path == INPUT or item is self._items.get(_last(self._items))
            color = "bad" if path == self._wrong else "muted" if is_fixed else "text"
            for column in range(len(COLUMNS)):
                item.setForeground(column, colors.color(color))

    def _make_room(self) -> None:
        self.setIndentation(scaled(INDENT))
        measure = self.fontMetrics().horizontalAdvance
        for column in (1, 2):
            texts = [tr(COLUMNS[column]), *(item.text(column) for item in self._items.values())]
            self.setColumnWidth(column, max(map(measure, texts)) + scaled(BESIDE))
        for item in self._items.values():
            item.setSizeHint(0, QSize(0, scaled(ROW)))
        self.setFixedHeight(min(MOST_ROWS, len(self._items)) * scaled(ROW) + scaled(HEAD))


def _last(items: dict[Path, QTreeWidgetItem]) -> Path:
    return max((path for path in items if len(path) == 1), default=INPUT)


def _said(layer: Layer) -> str:
    if isinstance(layer, Residual):
        return f"residual {layer.activation}".rstrip()  # no text
    return "branches" if isinstance(layer, Branches) else as_text((layer,))


def _way(block: Layer, number: int) -> str:
    if isinstance(block, Residual):
        return tr("Shortcut") if number else tr("Layers")
    return tr("Way {number}", number=number + 1)


def _by(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))
