"""What stands above a graph: which one, search, fit, open and close all blocks, save."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QPushButton, QToolButton, QWidget

from gui.look.fonts import metrics
from gui.look.icons import icon
from gui.look.named import named
from gui.look.words import words
from gui.widgets.segments import Segments

GRAPHS = {"training": "Training step", "network": "Forward pass", "warmup": "Warm-up"}
TIPS = {
    "training": "One step of training: forward, loss, gradients, optimiser",
    "network": "How the network answers one picture",
    "warmup": "One step on the way to a matrix' inverse",
}
LEAST_SEARCH_WIDTH, SEARCH_WIDTH = 96, 180


class GraphTools(QWidget):
    """Passive: it says what was chosen."""

    graphChosen = Signal(str)
    viewChosen = Signal(str)
    """`operations` or `links`."""
    searched = Signal(str)
    nextWanted = Signal(int)
    """The next match, or the one before."""
    fitWanted = Signal()
    openWanted = Signal(bool)
    """All blocks open, or all closed."""
    saveWanted = Signal(str)
    """`svg` or `png`."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("graph.tools")
        self.view = Segments("graph.shows", {"operations": "Operations", "links": "Network"})
        self.view.set_possible("operations", True, "Every operation as TensorFlow traced it")
        self.view.set_possible("links", True, "Neurons and their strongest connections")
        self.graph = Segments("graph.of", GRAPHS)
        for key, tip in TIPS.items():
            self.graph.set_possible(key, True, tip)
        self.search = QLineEdit()
        self.search.setObjectName("graph.search")
        self.search.setPlaceholderText("Search")
        self.search.setAccessibleName("Search the graph")
        self.search.setToolTip(
            "Names and types of nodes (Ctrl+F); Enter goes to the next one, Shift+Enter back"
        )
        self.search.setMinimumWidth(LEAST_SEARCH_WIDTH)
        self.search.setMaximumWidth(SEARCH_WIDTH)
        self.search.installEventFilter(self)
        self.found = named(words("", "caption"), "graph.found")
        self.found.setMinimumWidth(58)
        self.fit = self._button(
            "graph.fit", "Fit, large enough to read; once more: all of it (F)", "zoom-reset"
        )
        self.open_all = _text_button("graph.open_all", "Open all", "Open all blocks")
        self.close_all = _text_button("graph.close_all", "Close all", "Close all blocks")
        self.save = self._button("graph.save", "Save the picture as SVG or PNG", "save")
        self.save.setMenu(self._menu())
        self.save.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._connect()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(metrics()["space"]["small"])
        row.addWidget(self.view)
        row.addWidget(self.graph)
        row.addStretch(1)
        for widget in (self.found, self.search, self.open_all, self.close_all, self.fit, self.save):
            row.addWidget(widget)

    def show_found(self, number: int | None, count: int, *, is_searching: bool) -> None:
        """Say how many matches there are, and which one is looked at."""
        text = "" if not is_searching else "not found" if not count else f"{count} found"
        self.found.setText(text if number is None else f"{number + 1} of {count}")

    def show_view(self, key: str) -> None:
        """Offer what is of use for operations, or for the network."""
        for widget in (self.graph, self.search, self.found, self.open_all, self.close_all, self.fit):
            widget.setVisible(key == "operations")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter goes to the next match, Shift+Enter to the one before, Esc forgets the search."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                self.nextWanted.emit(-1 if back else 1)
                return True
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
        return False

    def _connect(self) -> None:
        self.view.chosen.connect(self.viewChosen)
        self.graph.chosen.connect(self.graphChosen)
        self.search.textChanged.connect(self.searched)
        self.fit.clicked.connect(self.fitWanted)
        self.open_all.clicked.connect(lambda: self.openWanted.emit(True))
        self.close_all.clicked.connect(lambda: self.openWanted.emit(False))

    def _menu(self) -> QMenu:
        menu = named(QMenu(self), "graph.save.menu")
        for key, title in (("svg", "Save as a drawing (SVG)…"), ("png", "Save as a picture (PNG)…")):
            action = menu.addAction(icon("save-image"), title)
            action.setObjectName(f"graph.save.{key}")
            action.triggered.connect(lambda _=False, key=key: self.saveWanted.emit(key))
        return menu

    def _button(self, name: str, tip: str, picture: str) -> QToolButton:
        button = named(QToolButton(), name)
        button.setIcon(icon(picture, "muted"))
        button.setIconSize(QSize(16, 16))
        button.setFixedSize(28, 28)
        button.setAccessibleName(tip)
        button.setToolTip(tip)
        return button


def _text_button(name: str, text: str, tip: str) -> QPushButton:
    button = named(QPushButton(text), name)
    button.setProperty("look", "small")
    button.setAccessibleName(tip)
    button.setToolTip(tip)
    return button
