"""What opens at the answer: *Learn this as*, and the table of how well what is no digit is noticed."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QCursor, QPainter
from PySide6.QtWidgets import QLabel, QMenu, QWidget, QWidgetAction

from engine.analysis.probes.noticing import COUNT, Noticing
from engine.core.example import LONGEST_NAME
from engine.core.language import mark, tr
from engine.core.text import printable
from engine.data.strange import KINDS
from gui.look.fonts import sized
from gui.look.layout import gridbox, vbox
from gui.look.percents import percent
from gui.look.words import enable, entry, figure, named, plain_tip, words
from gui.widgets.forms.controls import MenuChip, add_entry
from gui.widgets.forms.name_field import ask_name

TITLE = mark("Learn this as")
TIP = mark(
    "Keep the drawing as an example of a class, an old or a new one, and train the network on with your examples."
)
NOTHING_DRAWN = mark("Draw something first.")
NEW_TIP = mark("A name that no class has yet: the network grows an output for it. Enter takes it, Esc does not.")


class LearnChip(MenuChip):
    """Signals the class that the drawing is to be kept with."""

    wanted = Signal(str)  # the name of the class
    shelfWanted = Signal()
    trainWanted = Signal()

    def __init__(self, name: str) -> None:
        super().__init__(name, tr(TITLE))
        self.setAccessibleName(tr(TITLE))
        self.setToolTip(tr(TIP))
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
        train = self._action(menu, "train", tr("&Train on with my drawings"), self.trainWanted.emit)
        reason = tr("There are no examples yet.") if not self._examples else self._why_not
        enable(train, not reason, tr("Teach the examples to the network of the snapshot that is looked at."), reason)
        text = tr("&Show my examples ({count})", count=self._examples)
        show = self._action(menu, "show", text, self.shelfWanted.emit)
        show.setToolTip(tr("Look at them, add pictures, remove, relabel and export them."))

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
            key = "&" if len(name) == 1 and name.isalnum() else ""
            action = self._action(menu, f"class.{number}", f"{key}{entry(name)}", partial(then, name))
            enable(action, possible, plain_tip(name), tr(NOTHING_DRAWN))
        new = self._action(menu, "new", tr("&New class…"), partial(self._ask_name, then))
        enable(new, possible, tr("Name a class that is new to the network."), tr(NOTHING_DRAWN))

    def _action(self, menu: QMenu, key: str, text: str, call: Callable[[], object]) -> QAction:
        return add_entry(menu, f"{self.objectName()}.{key}", text, call)

    def _ask_name(self, then: Callable[[str], object]) -> None:
        title, tip = tr("Name of the class"), tr(NEW_TIP)
        ask_name(self, self.objectName(), title, tip, then, placeholder=tr("heart"), check=_wrong)


def _wrong(text: str) -> str:
    if not text:
        return tr("A class needs a name.")
    return "" if len(text) <= LONGEST_NAME else tr("A name has at most {count} letters.", count=LONGEST_NAME)


NOTICING = mark("How well does it notice?")
COUNT_TIP = mark(
    "Show the network pictures that are none of its classes, and count how many it finds unlike its training images."
)

SAID = mark(
    "Of {count} pictures of each kind, drawn by the program, this share is called unlike anything in the training "
    "images:"
)

FALSE_ALARMS = mark("test images (false alarms)")
PENDING = "…"
WIDTH = 270


class NoticingMenu(QMenu):
    """Shows the table as it is measured while it is open."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        named(self, "draw.noticing", title=tr(NOTICING))
        self.page = named(QWidget(), "draw.noticing.page")
        self.page.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._said = words("", "caption", wrapped=True)
        self._remark = words("", "caption", wrapped=True)
        sized(self._said.setFixedWidth, WIDTH)
        sized(self._remark.setFixedWidth, WIDTH)
        self._rows: dict[str, tuple[QLabel, QLabel]] = {}
        grid = gridbox(columns={0: 1}, gap=("medium", "tight"))
        for row, kind in enumerate((*KINDS, FALSE_ALARMS)):
            share = figure("", "small value")  # no text
            self._rows[kind] = words(tr(kind), "label"), named(share, f"draw.noticing.{row}")
            for place, label in enumerate(self._rows[kind]):
                grid.addWidget(label, row, place)
        vbox(words(tr(NOTICING), "title"), self._said, grid, self._remark, edges=("medium", "small"), on=self.page)
        self._entry = QWidgetAction(self)
        self._entry.setDefaultWidget(self.page)
        self.addAction(self._entry)
        self.show_noticing(None)

    @property
    def shares(self) -> dict[str, str]:
        """The text beside each kind."""
        return {kind: share.text() for kind, (name, share) in self._rows.items() if not name.isHidden()}

    def show_noticing(self, noticing: Noticing | None) -> None:
        """Show the shares that are known so far; `None` for none."""
        shares = dict.fromkeys(KINDS) if noticing is None else dict(noticing.shares)
        shares[FALSE_ALARMS] = None if noticing is None else noticing.false_alarms
        for kind, labels in self._rows.items():
            value = shares.get(kind)
            labels[1].setText(PENDING if value is None else percent(value, 1 if kind == FALSE_ALARMS else 0))
            for label in labels:
                label.setVisible(kind in shares)
        if noticing is not None:
            self._rows[FALSE_ALARMS][0].setText(tr("{count:,} test images (false alarms)", count=noticing.tested))
        self._say(tr(SAID, count=COUNT), "" if noticing is None else printable(noticing.remark))

    def refuse(self, sentence: str) -> None:
        """Say why nothing can be measured."""
        self.show_noticing(None)
        self._say(sentence)

    def _say(self, sentence: str, remark: str = "") -> None:
        self._said.setText(sentence)
        self._remark.setText(remark)
        self._remark.setVisible(bool(remark))
        if layout := self.page.layout():
            layout.activate()
        self._entry.setText(f"{sentence} {remark}")  # a menu takes an entry's new height only then
