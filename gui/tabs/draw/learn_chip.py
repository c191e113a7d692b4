"""The button *Learn this as*: it keeps the drawing with its class, and leads to the examples and their training."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QCursor, QPainter
from PySide6.QtWidgets import QMenu

from engine.core.example import LONGEST_NAME
from gui.look.words import enable, entry, plain_tip
from gui.widgets.forms.controls import MenuChip, add_entry
from gui.widgets.forms.name_field import ask_name

TITLE = "Learn this as"
TIP = "Keep the drawing as an example of a class, an old or a new one, and train the network on with your examples."
NOTHING_DRAWN = "Draw something first."
NEW_TIP = "A name that no class has yet: the network grows an output for it. Enter takes it, Esc does not."
NO_EXAMPLES = "There are no examples yet."


class LearnChip(MenuChip):
    """Signals the class that the drawing is to be kept with."""

    wanted = Signal(str)  # the name of the class
    shelfWanted = Signal()
    trainWanted = Signal()

    def __init__(self, name: str) -> None:
        super().__init__(name, TITLE)
        self.setAccessibleName(TITLE)
        self.setToolTip(TIP)
        self._classes: Sequence[str] = ()
        self._is_drawn, self._examples, self._why_not = False, 0, ""
        self.menu().setToolTipsVisible(True)
        self.menu().aboutToShow.connect(self._fill)

    def draw_figure(self, painter: QPainter) -> None:
        """Draw nothing: a figure needs no button."""

    def show_classes(self, classes: Sequence[str]) -> None:
        self._classes = classes

    def show_drawn(self, drawn: bool) -> None:
        self._is_drawn = drawn

    def show_examples(self, count: int, why_not: str) -> None:
        """Show how many examples there are, and why no training can start now; empty where it can."""
        self._examples, self._why_not = count, why_not

    def _fill(self) -> None:
        menu = self.menu()
        menu.clear()
        self._offer(menu, self.wanted.emit, possible=self._is_drawn)
        menu.addSeparator()
        train = self._action(menu, "train", "&Train on with my drawings", self.trainWanted.emit)
        reason = NO_EXAMPLES if not self._examples else self._why_not
        enable(train, not reason, "Teach the examples to the network of the snapshot that is looked at.", reason)
        show = self._action(menu, "show", f"&Show my examples ({self._examples})", self.shelfWanted.emit)
        show.setToolTip("Look at them, add pictures, remove, relabel and export them.")

    def ask_class(self, then: Callable[[str], object], place: QPoint | None = None) -> QMenu:
        """Ask for a class, and hand its name to `then`; return the menu that asks."""
        menu = QMenu(self)
        menu.setObjectName(f"{self.objectName()}.ask")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._offer(menu, then, possible=True)
        menu.popup(place or QCursor.pos())
        return menu

    def _offer(self, menu: QMenu, then: Callable[[str], object], *, possible: bool) -> None:
        for number, name in enumerate(self._classes):
            mark = "&" if len(name) == 1 and name.isalnum() else ""
            action = self._action(menu, f"class.{number}", f"{mark}{entry(name)}", partial(then, name))
            enable(action, possible, plain_tip(name), NOTHING_DRAWN)
        new = self._action(menu, "new", "&New class…", partial(self._ask_name, then))
        enable(new, possible, "Name a class that is new to the network.", NOTHING_DRAWN)

    def _action(self, menu: QMenu, key: str, text: str, call: Callable[[], object]) -> QAction:
        return add_entry(menu, f"{self.objectName()}.{key}", text, call)

    def _ask_name(self, then: Callable[[str], object]) -> None:
        ask_name(self, self.objectName(), "Name of the class", NEW_TIP, then, placeholder="heart", check=_wrong)


def _wrong(text: str) -> str:
    if not text:
        return "A class needs a name."
    return "" if len(text) <= LONGEST_NAME else f"A name has at most {LONGEST_NAME} letters."
