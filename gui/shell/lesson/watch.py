"""What the guide sees of the window: the models, and the newest answer of each kind, from any request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QAbstractButton, QWidget
from shiboken6 import isValid

from engine.analysis.graph.messages import NodeValue
from engine.analysis.ideal.job import IdealImages
from engine.analysis.probes.answer import PictureAnswer
from engine.analysis.probes.class_accuracy import ClassAccuracy
from engine.analysis.probes.fingerprints import Fingerprints
from engine.analysis.probes.flip import Flip
from engine.analysis.probes.mistakes import Mistakes
from engine.analysis.probes.neuron_card import NeuronCard
from engine.analysis.warmup.job import WarmupSteps
from engine.core.array import Array
from engine.core.messages import JobEnded, Message
from engine.model.training.messages import EpochDone
from engine.session.jobs.data import DatasetOpened
from engine.session.jobs.files import SessionOpened
from gui.widgets.forms.menu_chip import ChoiceChip
from gui.widgets.forms.segments import Segments
from gui.widgets.tab import Tab

if TYPE_CHECKING:
    from engine.core.lens import Lens, Neuron
    from gui.shell.main_window import MainWindow
    from gui.state.link.bridge import Bridge
    from gui.state.selection import Selection
    from gui.state.training.runs import Run

OF_A_LENS = (PictureAnswer, ClassAccuracy, Fingerprints, Flip, IdealImages, Mistakes, NeuronCard)
"""Answers that hold for one lens: another lens makes them void."""

OF_NONE = (WarmupSteps, NodeValue)


class Found(NamedTuple):
    """What was looked at when a page was entered, so that a goal tells what a person did since."""

    lens: Lens | None
    neuron: Neuron | None
    image: int | None
    label: int | None
    runs: frozenset[str]
    drawing: Array | None


class Watch(QObject):
    """Reads models and messages; it asks the engine nothing and changes nothing."""

    changed = Signal()
    """A goal may be met now."""

    def __init__(self, bridge: Bridge, selection: Selection, window: MainWindow, parent: QObject) -> None:
        super().__init__(parent)
        self.runs, self.selection, self.window = bridge.runs, selection, window
        self.images = self.classes = 0
        """How many test images and classes the data have."""
        self.session = 0
        """How many sessions were opened until now."""
        self.read_as: list[int] = []
        """The classes that drawings were read as since the page was entered, each once in a row."""
        self._bridge = bridge
        self._heard: dict[type[Message], Message] = {}
        self._fresh: set[type[Message]] = set()
        self._followed: Segments | ChoiceChip | QAbstractButton | None = None
        self.found = self._look()
        for kind in (*OF_A_LENS, *OF_NONE):
            bridge.overhear(kind, self._take)
        bridge.overhear(EpochDone, self._soon)
        bridge.overhear(JobEnded, self._soon)
        for tab in window.all_tabs():
            tab.settled.connect(self._soon)
        bridge.listen(DatasetOpened, self._take_data)
        bridge.listen(SessionOpened, self._take_session)
        selection.changed.connect(self._take_selection)
        window.tabs.currentChanged.connect(lambda _: self._soon())

    def enter(self) -> None:
        """Take what is looked at now for what a page finds."""
        self.found, self.read_as = self._look(), []
        self._fresh.clear()

    def latest[M: Message](self, kind: type[M], *, since_entered: bool = True) -> M | None:
        """Return the newest answer of a kind that is about the run that is looked at, or about none.

        `since_entered`: only if it came on this page.
        """
        message = self._heard.get(kind)
        if not isinstance(message, kind) or (since_entered and kind not in self._fresh):
            return None
        run = getattr(message, "run", None)
        lens = self.selection.lens
        return message if run is None or (lens is not None and run == lens.run) else None

    @property
    def run(self) -> Run | None:
        """The run that is looked at."""
        return self.runs.seen(self.selection.lens)

    @property
    def own_run(self) -> Run | None:
        """The newest of the runs that were started on this page."""
        newest = self.runs.newest()
        return newest if newest is not None and newest.name not in self.found.runs else None

    @property
    def is_settled(self) -> bool:
        """Whether the tab that is shown waits for no answer, so that the newest ones are of the present lens."""
        tab = self.window.tabs.currentWidget()
        return isinstance(tab, Tab) and tab.is_settled

    def widget[W: QWidget](self, kind: type[W], name: str) -> W | None:
        """Return the widget of that class with that object name."""
        found = self.window.findChild(kind, name)
        return found if isinstance(found, kind) else None

    def choices(self, name: str) -> Segments | ChoiceChip | None:
        """Return what has that object name and lets one of several be chosen."""
        return self.widget(Segments, name) or self.widget(ChoiceChip, name)

    def follow(self, name: str) -> None:
        """Notice when a switch or a button of that name is set; an empty name, or none of it: nothing."""
        if self._followed is not None and isValid(self._followed):
            _told_by(self._followed).disconnect(self._soon)
        self._followed = self.choices(name) or self.widget(QAbstractButton, name) if name else None
        if self._followed is not None:
            _told_by(self._followed).connect(self._soon)

    def _look(self) -> Found:
        seen = self.selection
        runs = frozenset(run.name for run in self.runs)
        return Found(seen.lens, seen.neuron, seen.image, seen.label, runs, seen.drawing)

    def _take(self, message: Message) -> None:
        kind = type(message)
        self._heard[kind] = message
        self._fresh.add(kind)
        if isinstance(message, PictureAnswer):
            self._take_answer(message)
        self._soon()

    def _take_answer(self, message: PictureAnswer) -> None:
        if self._is_of_canvas(message) and self.read_as[-1:] != [message.label]:
            self.read_as.append(message.label)

    def _is_of_canvas(self, message: PictureAnswer) -> bool:
        """Return whether it is the answer to what lies on the canvas, if that was changed on this page."""
        drawing, before = self.selection.drawing, self.found.drawing
        if drawing is None or not np.array_equal(drawing, message.picture):
            return False
        return before is None or not np.array_equal(drawing, before)

    def drawing_answer(self) -> PictureAnswer | None:
        """Return the answer to what lies on the canvas now; `None` before there is one."""
        answer = self.latest(PictureAnswer)
        return answer if answer is not None and self._is_of_canvas(answer) else None

    def _take_data(self, message: DatasetOpened) -> None:
        self.images, self.classes = message.test_images, message.classes
        self._heard.clear()
        self._soon()

    def _take_session(self, _: SessionOpened) -> None:
        self.session += 1
        self._heard.clear()

    def _take_selection(self, changed: frozenset[str]) -> None:
        if "lens" in changed:
            for kind in OF_A_LENS:
                self._heard.pop(kind, None)
        self._soon()

    def _soon(self, *_: object) -> None:
        self._bridge.afterwards(self._tell)

    def _tell(self) -> None:
        self.changed.emit()


def _told_by(widget: Segments | ChoiceChip | QAbstractButton) -> Any:
    """Return the signal that says what a widget stands at."""
    return widget.chosen if isinstance(widget, Segments | ChoiceChip) else widget.toggled
