"""What can be done to a drawing: more or less of a class, or the smallest change that flips the answer."""

from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from gui.look.class_names import class_name
from gui.look.fonts import sized
from gui.look.layout import hbox, pixels
from gui.look.words import enable, named
from gui.widgets.forms.chip import chip
from gui.widgets.forms.choice_field import Choice

type Deed = Literal["more", "less", "flip"]

DEEDS: tuple[Deed, ...] = ("more", "less", "flip")
CLASS_ROOM = 88  # width of the choice of a class
NOTHING = "Draw something first."
STOP = "Stop here; what was repainted stays, and can be undone."
TERMS = "a counterfactual, also called an adversarial example"


class PlayRow(QWidget):
    """A class, three buttons, one switch. The button of what is being done stops it."""

    # What is to be done, the class (`None`: any, for a flip), and whether only ink may change.
    wanted = Signal(str, object, bool)
    stopWanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("draw.play")
        self.label = named(Choice(), "draw.play.class", title="Class to play with")
        self.label.setToolTip("The class that More and Less work on, and Flip's target.")
        sized(self.label.setFixedWidth, CLASS_ROOM)
        self.buttons = {deed: _button(deed) for deed in DEEDS}
        ink_tip = "Change inked pixels only; the background stays empty."
        self.only_ink = chip("draw.play.ink", "Ink only", ink_tip, checkable=True)
        self._winner: int | None = None
        self._going_on: Deed | None = None
        row = hbox(self.label, gap=pixels("tight") + 2, on=self)
        for deed, button in self.buttons.items():
            row.addWidget(button, 3 if deed == "flip" else 2)
            button.clicked.connect(lambda _, deed=deed: self._click(deed))
        row.addWidget(self.only_ink)
        self.label.currentIndexChanged.connect(lambda _: self._name())
        self.set_classes(10)

    def draw_figure(self, painter: QPainter) -> None:
        """Draw nothing: a figure needs no buttons."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._name()

    def set_classes(self, classes: int) -> None:
        """Set the number of classes that are offered besides the answer."""
        self.label.clear()
        self.label.addItem("Answer", None)
        for number in range(classes):
            self.label.addItem(class_name(number, answer=True), number)

    def show_winner(self, label: int | None) -> None:
        if label != self._winner:
            self._winner = label
            self._name()

    def show_going_on(self, deed: Deed | None) -> None:
        """Let the button of what is being done stop it. The names stay meanwhile, whatever the answer becomes."""
        self._going_on = deed
        self._name()

    def _click(self, deed: Deed) -> None:
        if self._going_on == deed:
            self.stopWanted.emit()
        else:
            label = self._chosen() if deed == "flip" else self._label()
            self.wanted.emit(deed, label, self.only_ink.isChecked())

    def _chosen(self) -> int | None:
        chosen: int | None = self.label.currentData()
        return chosen

    def _label(self) -> int | None:
        chosen = self._chosen()
        return self._winner if chosen is None else chosen

    def _name(self) -> None:
        if self._going_on:
            _show(self.buttons[self._going_on], "Stop", STOP)
            return
        label, chosen = self._label(), self._chosen()
        what = "" if label is None else f" {class_name(label, answer=True)}"
        is_possible = self._winner is not None
        more, less = (f"Repaint it step by step to {deed} of this class." for deed in ("become more", "lose"))
        _show(self.buttons["more"], f"More{what}", more, possible=is_possible)
        _show(self.buttons["less"], f"Less{what}", less, possible=is_possible)
        if not all(self.buttons[deed].text().endswith(what) for deed in ("more", "less")):
            for deed in ("more", "less"):  # neither names the class where one has no room for it
                self.buttons[deed].setText(deed.capitalize())
        target = "something else" if chosen is None else class_name(chosen, answer=True)
        tip = f"Find the smallest change that makes the network answer {target}: {TERMS}."
        why_not = NOTHING
        if chosen is not None and chosen == self._winner:
            is_possible, why_not = False, f"The network answers {class_name(chosen, answer=True)} already."
        flip = "Flip answer" if chosen is None else f"Flip to {class_name(chosen, answer=True)}"
        _show(self.buttons["flip"], flip, tip, why_not, possible=is_possible)


def _button(deed: Deed) -> QPushButton:
    button = named(QPushButton(), f"draw.play.{deed}", look="small")
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    # As wide as there is room, whatever the text: nothing moves when it becomes "Stop".
    button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return button


def _show(button: QPushButton, title: str, tip: str, why_not: str = NOTHING, *, possible: bool = True) -> None:
    """Show `More sneaker` on a button, where that has no room `More`."""
    button.setText(title)
    if button.sizeHint().width() > button.width():
        button.setText(title.partition(" ")[0])
    button.setAccessibleName(title)
    enable(button, possible, tip, why_not)
