"""Playing with a drawing: the network repaints it as more or less of a class, or flips its own answer to it."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from engine.analysis.probes.flip import Flip, smallest_flip
from engine.analysis.probes.repaint import Repainted, repaint
from engine.core.language import mark, tr, tr_plural
from engine.core.lazy import Array
from engine.core.messages import JobEnded
from gui.look.class_names import class_name
from gui.look.fonts import measured, scaled
from gui.look.layout import Fitted, hbox, pixels
from gui.look.words import enable, named, reserve
from gui.state.notices import tell
from gui.tabs.draw.canvas import Canvas
from gui.tabs.draw.ink import Sheet
from gui.widgets.forms.controls import Choice, chip
from gui.widgets.tab import Tab

type Deed = Literal["more", "less", "flip"]

REPAINTS: tuple[Deed, ...] = ("more", "less")
DEEDS = (*REPAINTS, "flip")
CLASS_ROOM = 88  # width of the choice of a class
NOTHING = mark("Draw something first.")
STOP = mark("Stop here; what was repainted stays, and can be undone.")
TITLES = {"more": mark("More"), "less": mark("Less"), "flip": mark("Flip")}

# What More and Less are called with a class, what Undo calls them, their tips, and what is said where nothing changes.
OF_CLASS = {"more": mark("More {name}"), "less": mark("Less {name}")}
UNDONE = {"more": mark("more {name}"), "less": mark("less {name}")}
TIPS = {
    "more": mark("Repaint it step by step to become more of this class."),
    "less": mark("Repaint it step by step to lose of this class."),
}
UNCHANGED = {
    "more": mark("The network finds nothing to change for more {name}."),
    "less": mark("The network finds nothing to change for less {name}."),
}
FLIP_TIP = mark(
    "Find the smallest change that makes the network answer something else: a counterfactual, also called an "
    "adversarial example."
)
FLIP_TO_TIP = mark(
    "Find the smallest change that makes the network answer {name}: a counterfactual, also called an "
    "adversarial example."
)


class PlayRow(Fitted, QWidget):
    """A class, three buttons, one switch. The button of what is being done stops it."""

    # What is to be done, the class (`None`: any, for a flip), and whether only ink may change.
    wanted = Signal(str, object, bool)
    stopWanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("draw.play")
        self.label = named(Choice(), "draw.play.class", title=tr("Class to play with"))
        self.label.setToolTip(tr("The class that More and Less work on, and Flip's target."))
        self.buttons = {deed: _button(deed) for deed in DEEDS}
        ink_tip = tr("Change inked pixels only; the background stays empty.")
        self.only_ink = chip("draw.play.ink", tr("Ink only"), ink_tip, checkable=True)
        self._winner: int | None = None
        self._going_on: Deed | None = None
        gap = pixels("tight") + 2
        row = hbox(gap=gap)
        for deed, button in self.buttons.items():
            row.addWidget(button, 3 if deed == "flip" else 2)
            button.clicked.connect(lambda _, deed=deed: self._click(deed))
        hbox(self.label, (row, 1), self.only_ink, gap=gap, on=self)
        self.label.currentIndexChanged.connect(lambda _: self._fit())
        self.set_classes(10)
        measured(self.label, _make_room)

    def draw_figure(self, painter: QPainter) -> None:
        """Draw nothing: a figure needs no buttons."""

    def set_classes(self, classes: int) -> None:
        """Set the number of classes that are offered besides the answer."""
        self.label.clear()
        self.label.addItem(tr("Answer"), None)
        for number in range(classes):
            self.label.addItem(class_name(number, answer=True), number)

    def show_winner(self, label: int | None) -> None:
        if label != self._winner:
            self._winner = label
            self._fit()

    def show_going_on(self, deed: Deed | None) -> None:
        """Let the button of what is being done stop it. The names stay meanwhile, whatever the answer becomes."""
        self._going_on = deed
        self._fit()

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

    def _fit(self) -> None:
        if self._going_on:
            _show(self.buttons[self._going_on], tr("Stop"), tr("Stop"), tr(STOP))
            return
        label, chosen = self._label(), self._chosen()
        is_possible, has_room = self._winner is not None, True
        for deed in REPAINTS:
            brief, button = tr(TITLES[deed]), self.buttons[deed]
            title = brief if label is None else tr(OF_CLASS[deed], name=class_name(label, answer=True))
            _show(button, title, brief, tr(TIPS[deed]), possible=is_possible)
            has_room = has_room and button.text() == title
        if not has_room:
            for deed in REPAINTS:  # neither names the class where one has no room for it
                self.buttons[deed].setText(tr(TITLES[deed]))
        flip, tip, why_not = tr("Flip answer"), tr(FLIP_TIP), tr(NOTHING)
        if chosen is not None:
            name = class_name(chosen, answer=True)
            flip, tip = tr("Flip to {name}", name=name), tr(FLIP_TO_TIP, name=name)
            if chosen == self._winner:
                is_possible, why_not = False, tr("The network answers {name} already.", name=name)
        _show(self.buttons["flip"], flip, tr(TITLES["flip"]), tip, why_not, possible=is_possible)


def _make_room(label: Choice) -> None:
    """Make it as wide as its first choice, which names no class: the names of classes may be long."""
    measure = label.fontMetrics().horizontalAdvance
    around = label.sizeHint().width() - max(measure(label.itemText(number)) for number in range(label.count()))
    label.setFixedWidth(max(scaled(CLASS_ROOM), around + measure(label.itemText(0))))


def _button(deed: Deed) -> QPushButton:
    button = named(QPushButton(), f"draw.play.{deed}", look="small")
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    # As wide as there is room, whatever the text: nothing moves when it becomes "Stop".
    button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    reserve(button, tr(TITLES[deed]))
    return button


def _show(button: QPushButton, title: str, brief: str, tip: str, why_not: str = "", *, possible: bool = True) -> None:
    """Show `More sneaker` on a button, where that has no room `More`."""
    button.setText(title)
    if button.sizeHint().width() > button.width():
        button.setText(brief)
    button.setAccessibleName(title)
    enable(button, possible, tip, why_not or tr(NOTHING))


# How long a step is shown: few slowly enough to be seen, many fast enough for a person's patience.
SLOWEST_MS, FASTEST_MS, ALL_MS = 80, 25, 1600

PERIOD_MS, MOST_TURNS = 33, 75  # a replay takes two and a half seconds at most


@dataclass(slots=True)
class _Repainting:
    """The sheet before and the last one so far: a single step for undo, however long it takes."""

    before: Sheet
    after: Sheet


class DrawPlay(QObject):
    """Puts what the engine makes of the picture onto the canvas, one thing at a time; any other change ends it."""

    changed = Signal()  # something began or ended

    def __init__(self, tab: Tab, canvas: Canvas, received: Callable[[], Array]) -> None:
        super().__init__(tab)
        self.going_on: Deed | None = None  # what is being done
        self._bridge, self._selection, self._canvas, self._received = tab.bridge, tab.selection, canvas, received
        self._history = tab.history
        self.job: int | None = None  # the number of its job; `None` for none
        self._name = ""  # the class that it is repainted for
        self._picture = np.zeros((0, 0), np.float32)
        self._laid = Sheet()  # the sheet on the canvas, as long as nobody puts another one there
        self._steps: deque[Repainted] = deque()
        self._repainting: _Repainting | None = None
        self._has_ended = False
        self._timer = tab.clock.timer(self, self._show_next)
        tab.bridge.listen(Repainted, self._take_step, job=lambda: self.job)
        tab.bridge.listen(Flip, self._show_flip, job=lambda: self.job)
        tab.bridge.listen(JobEnded, lambda _: self._take_end(), job=lambda: self.job)
        tab.selection.changed.connect(lambda changed: self.stop() if "lens" in changed else None)
        canvas.inkChanged.connect(self._watch)

    def begin(self, deed: Deed, label: int | None, only_ink: bool) -> None:
        """Do it with what is received now. `label`: more or less of which class, or the class to flip to."""
        self.stop()
        lens = self._selection.lens
        if lens is None or self._canvas.is_empty or (label is None and deed != "flip"):
            return
        self._canvas.show_instead(None)
        self.going_on, self._laid, self._picture = deed, self._canvas.sheet, self._received()
        self._name = "" if label is None else class_name(label, answer=True)
        if deed == "flip":
            self.job = self._bridge.ask(smallest_flip, lens, self._picture, label, only_ink=only_ink)
        elif label is not None:
            how = {"less": deed == "less", "only_ink": only_ink}
            self.job = self._bridge.ask(repaint, lens, self._picture, label, **how)
        self.changed.emit()

    def stop(self) -> None:
        if self.going_on is None:
            return
        if self.job is not None and not self._has_ended:
            self._bridge.runner.stop(self.job)
        self._timer.stop()
        self._steps.clear()
        self.going_on = self.job = self._repainting = None
        self._has_ended = False
        self.changed.emit()

    def _watch(self) -> None:
        """Stop when something else changes the canvas."""
        if self._canvas.sheet is not self._laid or self._canvas.is_drawing:
            self.stop()

    def _take_step(self, message: Repainted) -> None:
        self._steps.append(message)
        if not self._timer.isActive():
            self._show_next()

    def _take_end(self) -> None:
        self._has_ended = True
        if not self._steps:
            self.stop()

    def _show_next(self) -> None:
        if not self._steps or (deed := self.going_on) is None:
            return
        message = self._steps.popleft()
        if message.number == 1 and np.array_equal(message.picture, self._picture):
            self._say(tr(UNCHANGED[deed], name=self._name))
        else:
            self._lay(message, deed)
        if message.is_last or (self._has_ended and not self._steps):
            self.stop()
        else:
            self._timer.start(min(SLOWEST_MS, max(FASTEST_MS, ALL_MS // (len(self._steps) + 1))))

    def _lay(self, message: Repainted, deed: Deed) -> None:
        steps = tr_plural("{count:,} step", "{count:,} steps", message.number)
        sheet = self._sheet(message.picture, f"{tr(OF_CLASS[deed], name=self._name)}, {steps}")
        if self._repainting is None:
            done = self._repainting = _Repainting(self._laid, sheet)
            self._laid = sheet
            self._history.do(
                tr(UNDONE[deed], name=self._name),
                lambda: self._canvas.set_sheet(done.after),
                partial(self._canvas.set_sheet, done.before),
                of_session=False,
            )
        else:
            self._laid = self._repainting.after = sheet
            self._canvas.set_sheet(sheet)

    def _show_flip(self, message: Flip) -> None:
        picture = message.picture
        if picture is None:
            answer = class_name(message.before, answer=True)
            sentence = tr("No change was found that makes the network answer something else than {name}.", name=answer)
            self._say(sentence)
            return
        assert message.after is not None
        after = class_name(message.after, answer=True)
        words = tr_plural(
            "{before} → {after} with {count:,} pixel, distance {distance:.2f}",
            "{before} → {after} with {count:,} pixels, distance {distance:.2f}",
            message.pixels,
            before=class_name(message.before, answer=True),
            after=after,
            distance=message.distance,
        )
        before, sheet = self._laid, self._sheet(picture, words)
        self.stop()
        self._history.do(
            tr("flip to {name}", name=after),
            partial(self._canvas.set_sheet, sheet),
            partial(self._canvas.set_sheet, before),
            of_session=False,
        )

    def _sheet(self, picture: Array, caption: str) -> Sheet:
        return Sheet(picture=picture, caption=caption, as_is=True, change=picture - self._picture)

    def _say(self, sentence: str) -> None:
        self._bridge.submit(tell, sentence)


class Replay(QObject):
    """Shows more and more of a sheet, turn by turn."""

    ended = Signal()

    def __init__(self, show: Callable[[Sheet], object], parent: QObject) -> None:
        super().__init__(parent)
        self.part = 0.0  # the share of the strokes that is shown
        self._show = show
        self._sheet = Sheet()
        self._turn = self._turns = 0
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self._go_on)

    @property
    def is_going_on(self) -> bool:
        return self._timer.isActive()

    def begin(self, sheet: Sheet) -> None:
        self._sheet, self._turn = sheet, 0
        self._turns = min(MOST_TURNS, sum(len(stroke.points) for stroke in sheet.strokes))
        if self._turns:
            self._timer.start()
            self._go_on()

    def stop(self) -> None:
        if self.is_going_on:
            self._timer.stop()
            self.ended.emit()

    def _go_on(self) -> None:
        if self._turn >= self._turns:
            self.stop()
            return
        self._turn += 1
        self.part = self._turn / self._turns
        self._show(first_part(self._sheet, self.part))


def first_part(sheet: Sheet, part: float) -> Sheet:
    """Return what was drawn after `part` of all points, 0 to 1; at least one point, where there is one."""
    left = max(1, round(part * sum(len(stroke.points) for stroke in sheet.strokes)))
    strokes = []
    for stroke in sheet.strokes:
        if left <= 0:
            break
        strokes.append(replace(stroke, points=stroke.points[:left]))
        left -= len(stroke.points)
    return replace(sheet, strokes=tuple(strokes))
