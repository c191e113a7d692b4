"""The panel of ideal images: the choice of neurons, the images, the value under the pointer, buttons for one image."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QSpinBox, QToolButton, QWidget

from engine.analysis.probes.images import MeanImages, tell_mean_images
from engine.core.language import mark, tr, tr_context
from engine.core.lazy import Array
from engine.core.lens import Neuron
from engine.session.jobs.data import DatasetOpened
from gui.look.first_look import rarely
from gui.look.fonts import scaled, set_font, sized
from gui.look.layout import SPRING, add, hbox, holder, scrolling, stack
from gui.look.words import Elided, enable, for_hands, named, words
from gui.state.link.query import Request
from gui.tabs.ideal.board import IdealBoard
from gui.tabs.ideal.painting import Painting
from gui.widgets.empty_state import EmptyState
from gui.widgets.forms.controls import Choice, icon_button, toggle
from gui.widgets.panel import Panel
from gui.widgets.plots.scale_bar import ScaleBar
from gui.widgets.tab import Tab

NO_NETWORK = mark("Train a network, and see what it would like to see most.")
TITLE, NEURON_TITLE = mark("What the network wants to see"), mark("What neurons want")

# In a narrower panel neither the images' colour scale nor that of the class means has room.
ROOMY, WIDE = 680, 760

MEAN_STRIP = 76  # width of the latter with its numbers
POINT = mark("Point at a pixel to read its value; click an image to choose it.")
POINT_BRIEFLY = mark("Point to read a pixel, click to choose.")
CHOOSE_FIRST = mark("Click an image first.")
COUNT, LAYER_WIDTH = 10, 118  # neurons that are chosen at a time


class IdealPanel(Panel):
    """The board with its head and foot."""

    saveWanted = Signal(object)

    more_kinds: ClassVar[Mapping[str, str]] = {".npz": mark("Numbers for NumPy (*.npz)")}

    def __init__(self) -> None:
        super().__init__(tr(TITLE), "ideal.images")
        self.board = IdealBoard("ideal.board")
        self.range = LayerRange("ideal")
        tip = tr("The colour scale of all images that are shown; it follows their largest pixel")
        self.strip = ScaleBar("ideal.scale", tip)
        tip = tr("The colour scale of the class means, always from 0 to 1")
        self.mean_strip = ScaleBar("ideal.scale.means", tip)
        sized(self.mean_strip.setFixedWidth, MEAN_STRIP)
        self.mean_strip.set_words("0", "1", from_zero=True)
        self._means_differ = False
        tip = tr("In the corner of each image: the mean of the real test images of its class")
        self.means = toggle("ideal.means", tr("Class means"), tip, look="")
        self.means.setChecked(True)
        self.readout = Elided("ideal.readout", "label")
        self.show_readout("")
        self.readout.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        title = tr("How far from real?")
        self.judge = named(QPushButton(title), "ideal.judge", title=title)
        self.draw = named(QPushButton(tr("To Draw")), "ideal.draw", title=tr("To Draw"))
        self.empty = EmptyState("ideal.empty", tr(NO_NETWORK))
        means = holder(hbox(self.means))  # which is hidden for neurons
        add(self.head, "small", self.range, SPRING, self.strip, means, self.mean_strip)
        rarely(means, self.judge)
        self._pages = stack(self.empty, scrolling(self.board, "ideal.scroll"))
        self._foot = holder(hbox((self.readout, 1), self.judge, self.draw, gap="small"))
        add(self.body, (self._pages, 1), self._foot)
        self.set_chosen(None)
        self.show_objective(neurons=False)

    def show_objective(self, *, neurons: bool) -> None:
        """Show whether the images are for neurons, which are chosen here, or for classes."""
        self.set_title(tr(NEURON_TITLE if neurons else TITLE))
        self.range.setVisible(neurons)
        self.means.setVisible(not neurons)
        self._fit()

    def show_mean_scale(self, shown: bool) -> None:
        if shown != self._means_differ:
            self._means_differ = shown
            self._fit()

    def show_empty(self, empty: bool, refusal: str = "") -> None:
        """Show in place of the images what to do without a network, or why there are none."""
        empty = empty or bool(refusal)
        self.empty.say(refusal or tr(NO_NETWORK), with_offer=not refusal)
        self._pages.setCurrentIndex(0 if empty else 1)
        self._foot.setVisible(not empty)
        self._fit()

    def set_chosen(self, subject: str | None) -> None:
        """Enable the buttons for the chosen image; `None` where none is."""
        judge = tr("How far is it from real images? Its nearest test images, and what all runs say of it.")
        enable(self.judge, subject is not None, judge, tr(CHOOSE_FIRST))
        draw = tr("Put it onto the canvas, to draw on. What is below 0 or above 1 is cut off.")
        enable(self.draw, subject is not None, draw, tr(CHOOSE_FIRST))

    def show_readout(self, text: str) -> None:
        hint, briefly = for_hands(tr(POINT)), for_hands(tr(POINT_BRIEFLY))
        self.readout.set_words(text or hint, "" if text else briefly)

    def _fit(self) -> None:
        is_tight = self.range.isVisibleTo(self) and self.width() < scaled(ROOMY)
        is_shown = self._pages.currentIndex() == 1
        self.strip.setVisible(is_shown and not is_tight)
        self.mean_strip.setVisible(is_shown and self._means_differ and self.width() >= scaled(WIDE))

    def save(self, path: Path) -> None:
        self.saveWanted.emit(path)


class LayerRange(QWidget):
    """Ten neurons of a layer, or as many as it has from the first on."""

    changed = Signal()  # others were chosen

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self._widths: Sequence[int] = ()
        tip = tr("The hidden layer of the neurons, with how many it has")
        self.layer = named(Choice(), f"{prefix}.layer", title=tr("Hidden layer"), tip=tip)
        set_font(self.layer, "body")
        sized(self.layer.setMinimumWidth, LAYER_WIDTH)
        tip = tr("The number of the first of ten neurons, from 0; the up and down keys show others")
        self.first = named(_First(), f"{prefix}.first", title=tr("First neuron"), tip=tip)
        for part in (self.first, self.first.lineEdit()):  # which has a font of its own, by the style sheet
            set_font(part, "value", numbers=True)
        sized(self.first.setFixedWidth, 64)
        self.first.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.first.setSingleStep(COUNT)
        self.first.setKeyboardTracking(False)
        self.back = self._make_button(f"{prefix}.back", tr("Ten neurons before"), -COUNT)
        self.on = self._make_button(f"{prefix}.on", tr("The next ten neurons"), COUNT)
        begins = words(tr_context("the first of ten neurons", "from"), "label", names=self.first)
        hbox(self.layer, begins, self.first, self.back, self.on, gap="tight", on=self)
        self.layer.currentIndexChanged.connect(self._take_layer)
        self.first.valueChanged.connect(self._take_first)

    def set_widths(self, widths: Sequence[int]) -> None:
        """Offer the neurons of these layers, and keep the choice where it is still possible."""
        if tuple(widths) == tuple(self._widths):
            return
        place = max(0, self.layer.currentIndex())
        self._widths = tuple(widths)
        titles = {
            number: tr("Layer {number}: {width}", number=number + 1, width=width) for number, width in enumerate(widths)
        }
        self.layer.offer(titles, min(place, len(widths) - 1))
        self._fit()

    def neurons(self) -> tuple[Neuron, ...]:
        """Return the chosen neurons; none where the network has no hidden layer."""
        layer = self.layer.currentIndex()
        if not 0 <= layer < len(self._widths):
            return ()
        first = self.first.value()
        return tuple(Neuron(layer, number) for number in range(first, min(first + COUNT, self._widths[layer])))

    def show_neuron(self, neuron: Neuron) -> bool:
        """Choose the ten with this neuron among them, if the network has it; return whether that changed the choice."""
        before = self.neurons()
        if neuron.layer < len(self._widths) and neuron not in before:
            with QSignalBlocker(self.layer), QSignalBlocker(self.first):
                self.layer.setCurrentIndex(neuron.layer)
                self._fit()
                self.first.setValue(neuron.number // COUNT * COUNT)
            self._fit()
        return self.neurons() != before

    def _fit(self) -> None:
        layer = self.layer.currentIndex()
        width = self._widths[layer] if 0 <= layer < len(self._widths) else 1
        with QSignalBlocker(self.first):
            self.first.setRange(0, max(0, width - 1))
        self.back.setEnabled(self.first.value() > 0)
        self.on.setEnabled(self.first.value() + COUNT < width)

    def _take_layer(self) -> None:
        with QSignalBlocker(self.first):
            self.first.setValue(0)
        self._take_first()

    def _take_first(self) -> None:
        self._fit()
        self.changed.emit()

    def _make_button(self, name: str, title: str, by: int) -> QToolButton:
        button = icon_button(name, "chevron-right" if by > 0 else "chevron-left", title)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda: self.first.setValue(max(0, self.first.value() + by)))
        return button


class _First(QSpinBox):
    """A spin box that takes Return for itself: it would press a button of the window."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()


class RealAverages(QObject):
    """The mean images of the open data's classes, in the corners of the ideal images."""

    def __init__(self, tab: Tab, painting: Painting, panel: IdealPanel) -> None:
        super().__init__(tab)
        self._painting, self._panel = painting, panel
        self._query = tab.query(lambda: Request(tell_mean_images), every_ms=0, patience_ms=0)
        self._means: Array | None = None
        tab.listen(DatasetOpened, lambda _: self._take_data())
        self._query.listen(MeanImages, self._show_means)
        panel.means.toggled.connect(lambda _: self.show())

    def show(self) -> None:
        """Show them, where the images are of classes and of the data's shape."""
        message, means = self._painting.latest, self._means
        if message is None or message.layer is not None or not self._panel.means.isChecked():
            means = None
        elif means is not None:
            classes, *shape = message.images.shape
            if means.shape[1:] != tuple(shape) or len(means) > classes:
                means = None  # the images are of other data than the open ones
        self._panel.board.show_insets(means)

    def _take_data(self) -> None:
        self._means = None
        self.show()
        self._query.refresh()

    def _show_means(self, message: MeanImages) -> None:
        self._means = message.means
        self.show()
