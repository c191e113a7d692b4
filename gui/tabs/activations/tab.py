"""The Activations tab: each layer's values for one picture, and how one of them is computed."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton, QStackedLayout, QWidget

from engine.analysis.probes.activations import Arithmetic, ImageActivations, image_activations, unit_arithmetic
from engine.core.language import mark, tr
from engine.core.lens import Neuron
from engine.model.training.messages import EpochDone, MomentKept, RunChanged
from engine.session.jobs.data import DatasetOpened
from engine.session.jobs.files import SessionOpened
from gui.look.class_names import class_name
from gui.look.fonts import keep, metrics, scaled, set_font, sized
from gui.look.layout import MAIN, PAGE, add, hbox, holder, scrolling, vbox
from gui.look.words import Elided, for_hands, named, reserve, set_title, words
from gui.state.link.query import Request
from gui.state.silencing import Silencing
from gui.tabs.activations.pictures import AnswerBars, ArithmeticView, LayerColumn, Picture, Unit
from gui.widgets.empty_state import EmptyState, empty_frames
from gui.widgets.forms.controls import Segments, icon_button
from gui.widgets.panel import Panel
from gui.widgets.pictures.cell_words import exact
from gui.widgets.reflow import DOWN, Reflow, Turn
from gui.widgets.tab import Tab

LIVE_MS = 150  # shortest interval in ms between two requests that follow a training
SIDE, INPUT = 306, 114  # least widths of the panel at the right, and of the picture at the left
INPUT_SHARE = 20  # the picture's share of the width, beside `LayerColumn.stretch`
NO_NETWORK = mark("Train a network, and see what each of its layers makes of a picture.")
SOON = mark("The network is being read.")
NO_NUMBERS = mark("No answer: the weights are no numbers.")
CHOOSE = mark("Click a neuron, or a place in a feature map, to see how its value comes about.")
FEEDS = {
    "image": (mark("Test image"), mark("The test image that is selected; the first one where none is")),
    "drawing": (mark("Drawing"), mark("Nothing is drawn yet.")),
}

# Whether the chosen unit is silenced or changed, and whether it is a feature map.
SILENCES = {
    (False, False): mark("Silence neuron {number}"),
    (False, True): mark("Silence feature map {number}"),
    (True, False): mark("Restore neuron {number}"),
    (True, True): mark("Restore feature map {number}"),
}
SILENCE_TIP = mark("Let the chosen unit pass on 0, in all tabs: zero ablation (Delete). Undo brings it back.")
RESTORE_TIP = mark("Let the chosen unit be as training left it, in all tabs (Delete).")


class ActivationsPanel(Panel):
    """The panel of the chosen unit, whose menu can silence it."""

    def __init__(self) -> None:
        super().__init__(tr("Activations"), "activations.panel")
        self.silence = named(QAction(tr("Silence"), self), "activations.menu.silence")

    def menu_actions(self) -> Sequence[QAction]:
        return [self.silence] if self.silence.isEnabled() else []


class ActivationsTab(Tab):
    """Follows lens, image and drawing; a clicked unit is the neuron of all tabs."""

    TITLE, PLACE, ORDER, SHORTCUT = mark("Activations"), mark("Inside"), 40, "Ctrl+6"  # no text
    FOCUS = ("activations.layer.1",)
    LEAST_HEIGHT = 424
    HELP = mark(
        "See what each layer makes of one picture: its neurons as tiles, its feature maps, and the sum behind each."
    )

    def __init__(self, *models: Any) -> None:
        super().__init__(*models)
        self.empty = EmptyState("activations.empty", tr(NO_NETWORK), empty_frames)
        self.panel = ActivationsPanel()
        self.feed = Segments("activations.feed", FEEDS)
        self.previous = icon_button("activations.previous", "chevron-left", tr("The test image before"))
        self.next = icon_button("activations.next", "chevron-right", tr("The test image after"))
        self.readout = Elided("activations.readout", "value", Qt.TextElideMode.ElideMiddle)
        self.input = Picture()
        self.about = Elided("activations.about", "caption", Qt.TextElideMode.ElideMiddle)
        self.answer, self.columns = AnswerBars(), list[LayerColumn]()
        self.side = Panel(tr("How it comes about"), "activations.side")
        self.sum, self.which = ArithmeticView(), Elided("activations.which")
        self.silencing = Silencing(self.selection, self.bridge.runs, self.history, self)
        self.silence = named(QPushButton(tr("Silence")), "activations.silence", tip=tr(SILENCE_TIP), look="link")
        policy = self.silence.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # nothing moves when a unit is chosen
        self.silence.setSizePolicy(policy)
        reserve(self.silence, tr("Silence"), tr("Restore"), fixed=True)
        self._shown: ImageActivations | None = None
        self._images = 0
        # The neuron that was chosen or shown last, and the place in its feature map.
        self._chosen: tuple[Neuron | None, tuple[int, int] | None] = None, None
        self._reading = self.query(self._ask_layers, live_ms=LIVE_MS, refused=self._say, shows=lambda _: [self._page])
        self._working = self.query(self._ask_sum, refused=lambda sentence: self.sum.show_sum(None, sentence))
        self.readout.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        set_font(self.readout, "value", numbers=True)
        add(self.panel.head, "small", self.feed, self.previous, self.next, (self.readout, 1))
        self._layers = hbox(gap="medium")
        self._area = scrolling(holder(self._layers), "activations.layers", sideways=True)
        self._area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._row = hbox(
            (_column(tr("Picture"), self.about, self.input, INPUT), INPUT_SHARE),
            self._area,
            _column(tr("Answer"), Elided("activations.answer.about"), self.answer, 0),
            gap="medium",
        )
        self.panel.body.addLayout(self._row, 1)
        sized(self.side.setMinimumWidth, SIDE)
        add(self.side.body, hbox((self.which, 1), self.silence), (self.sum, 1))
        columns = hbox((self.panel, MAIN), (self.side, 1), gap="medium", edges=PAGE)
        self._page = holder(columns)
        self.reflow = Reflow(Turn(columns, DOWN, (1, 1)), sides=[self.side])
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._page)
        self._pages.addWidget(self.empty)
        self.feed.chosen.connect(lambda _: self._choose_feed())
        self.previous.clicked.connect(lambda: self._step(-1))
        self.next.clicked.connect(lambda: self._step(1))
        self.silence.clicked.connect(self._toggle_silence)
        self.panel.silence.triggered.connect(self._toggle_silence)
        self.offer_network(self.empty.offer)
        self.selection.changed.connect(self._show_selection)
        self.selection.layerWanted.connect(self._go_to_layer)
        self._reading.listen(ImageActivations, self._show_layers)
        self._reading.ended.connect(self._show_end)
        self._working.listen(Arithmetic, self._show_sum)
        self.listen(DatasetOpened, self._show_data)
        self.follow(self._reading, EpochDone, MomentKept, RunChanged)  # a run that was stopped has kept a moment
        self.listen(SessionOpened, lambda _: self._reading.refresh_after(0))
        self._show_feed()
        self._say(tr(NO_NETWORK))

    def _given(self) -> tuple[int | None, Any]:
        """Return which picture is read: a test image by its number, or a drawing instead."""
        return self.selection.image, self.selection.drawing if self.feed.key == "drawing" else None

    @property
    def _place(self) -> tuple[int, int] | None:
        """The place in the feature map; `None` where another tab has chosen the neuron since."""
        neuron, place = self._chosen
        return place if neuron == self.selection.neuron else None

    def _ask_layers(self) -> Request[...] | None:
        if (lens := self.selection.lens) is None:
            return None
        if self._shown is None:
            self._say(tr(SOON))
        return Request(image_activations, lens, *self._given())

    def _ask_sum(self) -> Request[...] | None:
        lens, neuron = self.selection.lens, self.selection.neuron
        if lens is None or neuron is None or self._shown is None:
            self.sum.show_sum(None, for_hands(tr(CHOOSE)))
            self.which.set_words("")
            return None
        return Request(unit_arithmetic, lens, *self._given(), neuron, self._place)

    def code_settings(self) -> dict[str, Any]:
        image, drawing = self._given()
        return {"image": image or 0} | ({} if drawing is None else {"picture": drawing})

    def _show_layers(self, message: ImageActivations) -> None:
        lens = self.selection.lens
        if lens is None or message.run != lens.run:
            return
        self._shown = message
        self._pages.setCurrentWidget(self._page)
        self._make_columns(len(message.hidden))
        self.input.set_numbers(message.picture)
        self.about.set_words(message.about[0].upper() + message.about[1:])
        for column, values, has_signs in zip(self.columns, message.hidden, message.signed, strict=True):
            column.show_values(values, has_signs=has_signs)
            self._layers.setStretchFactor(column, column.stretch())
        self._row.setStretchFactor(self._area, sum(column.stretch() for column in self.columns))
        self.answer.show_answer(message.probabilities, message.logits)
        self._show_marks()
        self._point_at(None)
        self._working.refresh()

    def _show_sum(self, message: Arithmetic) -> None:
        neuron, place = message.neuron, message.place
        if neuron != self.selection.neuron:
            return
        self.sum.show_sum(message)
        self.which.set_words(
            tr("Layer {layer}, {unit}", layer=neuron.layer + 1, unit=_called(Unit(neuron.number, place)))
        )
        self._chosen = neuron, place
        self._show_marks()

    def _show_end(self) -> None:
        """Show nothing of another run where the answer about this one has not come: it may have no weights yet."""
        lens = self.selection.lens
        if self._shown and not self._reading.is_pending and (lens is None or lens.run != self._shown.run):
            self._say(tr(NO_NETWORK if lens is None else SOON))

    def _say(self, sentence: str) -> None:
        self._shown = None
        self._working.drop()
        self.sum.show_sum(None, for_hands(tr(CHOOSE)))
        self.empty.say(sentence, with_offer=sentence == tr(NO_NETWORK))
        self._pages.setCurrentWidget(self.empty)

    def _show_marks(self) -> None:
        lens, neuron = self.selection.lens, self.selection.neuron
        for column in self.columns:
            is_here = neuron is not None and neuron.layer == column.number
            column.grid.mark(Unit(neuron.number, self._place) if neuron and is_here else None)
            silenced = lens.silenced if lens else frozenset[Neuron]()
            column.grid.set_silenced(number for layer, number in silenced if layer == column.number)
        self._show_silence()
        self._show_field()

    def _show_silence(self) -> None:
        neuron, lens = self.selection.neuron, self.selection.lens
        is_changed = neuron in self.silencing.changed
        word = tr("Restore") if is_changed else tr("Silence")
        is_map = self.bridge.runs.is_map(lens, neuron)
        name = tr(SILENCES[is_changed, is_map], number=neuron.number) if neuron else word
        set_title(self.silence, word, name, tr(RESTORE_TIP if is_changed else SILENCE_TIP))
        self.panel.silence.setText(name)
        self.panel.silence.setEnabled(neuron is not None and self._shown is not None)
        self.silence.setVisible(neuron is not None and self._shown is not None)

    def _show_field(self) -> None:
        """Frame in the layer that is read, or in the picture, the field of the chosen place."""
        shown, fields = self.sum.shown, [QRectF() for _ in range(len(self.columns) + 1)]
        if shown is not None and (seen := shown.field) and shown.neuron == self.selection.neuron:
            place = 0 if seen.layer is None else seen.layer + 1
            fields[place] = QRectF(seen.left, seen.top, seen.columns, seen.rows)
        self.input.set_field(fields[0])
        for column, field in zip(self.columns, fields[1:], strict=True):
            column.grid.set_field(field)

    def _point_at(self, unit: Unit | None, column: LayerColumn | None = None) -> None:
        if unit is not None and column is not None:
            value = exact(round(column.grid.value_of(unit), 6))
            self.readout.set_words(
                tr("Layer {layer} · {unit} · {value}", layer=column.number + 1, unit=_called(unit), value=value)
            )
        elif self._shown is not None:
            winner = int(self._shown.probabilities.argmax())
            answer = tr(
                "Predicted {label} · {probability}",
                label=class_name(winner, answer=True),
                probability=self.answer.texts[winner],
            )
            self.readout.set_words(answer if np.isfinite(self._shown.probabilities).all() else tr(NO_NUMBERS))

    def _show_feed(self) -> None:
        has_drawing = self.selection.drawing is not None
        tip = tr("What lies on the canvas of the Draw tab") if has_drawing else tr(FEEDS["drawing"][1])
        self.feed.set_possible("drawing", has_drawing, tip)
        self._show_steps()

    def _show_steps(self) -> None:
        image, is_image = self.selection.image or 0, self.feed.key == "image"
        self.previous.setEnabled(is_image and image > 0)
        self.next.setEnabled(is_image and image < self._images - 1)

    def _choose(self, unit: Unit | None, column: LayerColumn) -> None:
        neuron = Neuron(column.number, unit.number) if unit else None
        self._chosen = neuron, unit.place if unit else None
        if neuron == self.selection.neuron:
            self._show_marks()
            self._working.refresh()
        else:
            self.selection.change(neuron=neuron)

    def _toggle_silence(self) -> None:
        """Silence the chosen unit; restore it where it is changed already."""
        neuron = self.selection.neuron
        if neuron in self.silencing.changed:
            self.silencing.restore({neuron})
        elif neuron is not None:
            self.silencing.silence({neuron})

    def _step(self, by: int) -> None:
        self.selection.change(image=max(0, min((self.selection.image or 0) + by, self._images - 1)))

    def _choose_feed(self) -> None:
        self._show_steps()
        self._reading.refresh()

    def _show_selection(self, changed: frozenset[str]) -> None:
        if "drawing" in changed:
            self._show_feed()
            self.feed.choose("drawing" if self.selection.drawing is not None else "image")
        if "image" in changed and self.selection.image is not None:
            self.feed.choose("image")
        self._show_steps()
        if "lens" in changed and self.selection.lens is None:
            self._reading.drop()
            self._say(tr(NO_NETWORK))
        elif changed & {"lens", "image", "drawing"}:
            self._reading.refresh()
        if "lens" in changed:
            self._show_silence()
        if "neuron" in changed:
            self._show_marks()
            if neuron := self.selection.neuron:
                self._go_to_layer(neuron.layer)
            self._working.refresh()

    def _go_to_layer(self, layer: int) -> None:
        if layer < len(self.columns):
            self._area.ensureWidgetVisible(self.columns[layer], 0, 0)

    def _show_data(self, message: DatasetOpened) -> None:
        self._images = message.test_images
        self._show_steps()
        self._reading.refresh_after(0)

    def _make_columns(self, count: int) -> None:
        """Show `count` columns between the picture and the answer."""
        while len(self.columns) > count:
            column = self.columns.pop()
            self._layers.removeWidget(column)
            column.hide()
            column.setParent(None)  # at once, so that its name is free
            column.deleteLater()
        while len(self.columns) < count:
            column = LayerColumn(len(self.columns))
            column.grid.chosen.connect(lambda unit, column=column: self._choose(unit, column))
            column.grid.pointed.connect(lambda unit, column=column: self._point_at(unit, column))
            column.grid.silenceWanted.connect(self._toggle_silence)
            self._layers.addWidget(column)
            self.setTabOrder(self.columns[-1].grid if self.columns else self.next, column.grid)
            self.columns.append(column)
        self._area.setVisible(count > 0)


def _called(unit: Unit) -> str:
    """Return the name of a unit: `neuron 17`, `map 5, row 12, column 7`."""
    if unit.place is None:
        return tr("neuron {number}", number=unit.number)
    row, column = unit.place
    return tr("map {number}, row {row}, column {column}", number=unit.number, row=row, column=column)


def _column(title: str, about: Elided, shown: QWidget, width: int) -> QWidget:
    """Return a column of a layer: a title, a line about it, and its picture."""
    column = holder(vbox(words(title, "label"), about, (shown, 1), gap="tight"))
    keep(column, _leave_foot)
    if width:
        sized(column.setMinimumWidth, width)
    return column


def _leave_foot(column: QWidget) -> None:
    """Leave as much room below as the scales of the layers take."""
    if (inside := column.layout()) is not None:
        inside.setContentsMargins(0, 0, 0, scaled(16) + metrics()["space"]["tight"])
