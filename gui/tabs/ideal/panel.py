"""The panel of ideal images: which are shown, the images, what one points at, and what can be done with one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from gui.look.fonts import metrics
from gui.look.icons import icon
from gui.look.named import named
from gui.look.words import words
from gui.state.save_file import chosen_file
from gui.tabs.ideal.board import IdealBoard
from gui.tabs.ideal.layer_range import LayerRange
from gui.widgets.empty_state import EmptyState
from gui.widgets.panel import Panel
from gui.widgets.save_place import ask_where
from gui.widgets.scale_bar import ScaleBar

if TYPE_CHECKING:
    pass

NO_NETWORK = "Train a network, and see what it would like to see most."
TITLE, NEURON_TITLE = "What the network wants to see", "What neurons want"
ROOMY, WIDE = 680, 760
"""Narrower, the panel has no room for the colour scale beside the choice of neurons; for that of the class means."""

MEAN_STRIP = 76
"""Width of the latter with its numbers."""

POINT = "Point at a pixel to read its value; click an image to choose it."
CHOOSE_FIRST = "Click an image first."
FILTERS = {".png": "Picture (*.png)", ".npz": "Numbers for NumPy (*.npz)"}


class IdealPanel(Panel):
    """Board with its head and foot."""

    judgeWanted = Signal()
    drawWanted = Signal()
    meansSwitched = Signal(bool)
    saveWanted = Signal(object)
    """Carries the path that was chosen; its suffix says what to write."""

    def __init__(self) -> None:
        super().__init__(TITLE, "ideal.images")
        self.board = self.pictured = IdealBoard("ideal.board")
        self.range = LayerRange("ideal")
        self.strip = ScaleBar(
            "ideal.scale", "The colour scale of all images that are shown; it follows their largest pixel"
        )
        self.strip.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.mean_strip = ScaleBar(
            "ideal.scale.means", "The colour scale of the class means, always from 0 to 1"
        )
        self.mean_strip.setFixedWidth(MEAN_STRIP)
        self.mean_strip.set_words("0", "1", from_zero=True)
        self._means_differ = False
        self.means = self._make_means()
        self.readout = named(words(POINT, "label"), "ideal.readout")
        self.readout.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.judge = self._make_button("judge", "How far from real?", "")
        self.draw = self._make_button("draw", "To Draw", "")
        self.menu = self._make_menu()
        self.empty = EmptyState("ideal.empty", NO_NETWORK, "Start")
        self._lay_out()
        self.board.menuWanted.connect(self._open_menu)
        self.board.sent.connect(self.drawWanted)
        self.set_chosen(None)
        self.show_objective(neurons=False)

    def show_objective(self, *, neurons: bool) -> None:
        """Say whether the images are for neurons, which are then chosen here, or for classes."""
        self.set_title(NEURON_TITLE if neurons else TITLE)
        self.range.setVisible(neurons)
        self.means.setVisible(not neurons)
        self._fit()

    def show_mean_scale(self, shown: bool) -> None:
        """Show the colour scale of the class means beside that of the images, where they are shown and it differs."""
        if shown != self._means_differ:
            self._means_differ = shown
            self._fit()

    def show_empty(self, empty: bool, refusal: str = "") -> None:
        """Show what to do while there is no network, or why there are no images, in place of the images."""
        empty = empty or bool(refusal)
        self.empty.say(refusal or NO_NETWORK)
        self.empty.offer.setHidden(bool(refusal))
        self._pages.setCurrentIndex(0 if empty else 1)
        self._foot.setVisible(not empty)
        self._fit()

    def set_chosen(self, subject: str | None) -> None:
        """Offer what can be done with the image that is chosen; nothing for `None`."""
        tips = {
            self.judge: "How far is it from real digits? Its nearest test images, and what all runs say of it.",
            self.draw: "Put it onto the canvas, to draw on. What is below 0 or above 1 is cut off.",
        }
        for button, tip in tips.items():
            button.setEnabled(subject is not None)
            button.setToolTip(tip if subject is not None else CHOOSE_FIRST)

    def show_readout(self, text: str) -> None:
        """Say what is pointed at."""
        self.readout.setText(text or POINT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what there is no room for."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        is_tight = self.range.isVisibleTo(self) and self.width() < ROOMY
        is_shown = self._pages.currentIndex() == 1
        self.strip.setVisible(is_shown and not is_tight)
        self.mean_strip.setVisible(is_shown and self._means_differ and self.width() >= WIDE)

    def save(self, path: Path) -> None:
        """Ask for the images to be written, as the suffix says."""
        self.saveWanted.emit(path)

    # Putting together ---------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        space = metrics()["space"]
        self.head.addSpacing(space["small"])
        self.head.addWidget(self.range)
        self.head.addStretch(1)
        self.head.addWidget(self.strip)
        self.head.addWidget(self.means)
        self.head.addWidget(self.mean_strip)
        self.head.addWidget(self._save_button())
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self.board)
        self._foot = QWidget()
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.setSpacing(space["small"])
        foot.addWidget(self.readout, 1)
        foot.addWidget(self.judge)
        foot.addWidget(self.draw)
        self.body.addWidget(self._pages, 1)
        self.body.addWidget(self._foot)

    def _make_means(self) -> QToolButton:
        button = named(QToolButton(), "ideal.means")
        button.setText("Class means")
        button.setCheckable(True)
        button.setChecked(True)
        button.setProperty("look", "")
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setAccessibleName("Class means")
        button.setToolTip("In the corner of each image: the mean of the real test images of its class")
        button.toggled.connect(self.meansSwitched)
        return button

    def _make_button(self, key: str, title: str, tip: str) -> QPushButton:
        button = named(QPushButton(title), f"ideal.{key}")
        button.setAccessibleName(title)
        button.clicked.connect({"judge": self.judgeWanted, "draw": self.drawWanted}[key])
        return button

    def _make_menu(self) -> QMenu:
        menu = named(QMenu(self), "ideal.menu")
        for title, name, do in (
            ("Copy picture", "copy", self.copy),
            ("Save picture or numbers…", "save-image", self.choose_file),
        ):
            menu.addAction(icon(name), title).triggered.connect(do)
        return menu

    def _save_button(self) -> QToolButton:
        button = named(QToolButton(), "ideal.save")
        button.setIcon(icon("save", "muted"))
        button.setIconSize(QSize(16, 16))
        button.setFixedSize(26, 26)
        button.setMenu(self.menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setAccessibleName("Copy or save the images")
        button.setToolTip("Copy or save the images")
        return button

    def _open_menu(self, place: QPoint) -> None:
        self.menu.popup(place)

    def copy(self) -> None:
        """Put the images on the clipboard as a picture."""
        QGuiApplication.clipboard().setPixmap(self.board.picture())

    def choose_file(self) -> None:
        """Ask where to save the images to, as a picture or as numbers."""
        name, chosen = ask_where(self, "Save ideal images", "ideal-images.png", ";;".join(FILTERS.values()))
        if name:
            self.save(chosen_file(name, chosen, FILTERS))
