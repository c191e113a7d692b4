"""What a lesson observes: the models of the window, and the newest answer of each class, from any request."""

from typing import Any, NamedTuple

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
from engine.core.lazy import Array
from engine.core.lens import Lens, Neuron
from engine.core.messages import JobEnded, Message
from engine.model.training.messages import EpochDone
from engine.session.jobs.data import DatasetOpened
from engine.session.jobs.files import SessionOpened
from gui.shell.main_window import MainWindow
from gui.state.link.bridge import Bridge
from gui.state.selection import Selection
from gui.state.training.runs import Run
from gui.widgets.forms.controls import ChoiceChip, Segments

# Answers for one lens, which another lens makes void.
OF_A_LENS = (PictureAnswer, ClassAccuracy, Fingerprints, Flip, IdealImages, Mistakes, NeuronCard)

OF_NONE = (WarmupSteps, NodeValue)


class Found(NamedTuple):
    """The selection when a page was entered, so that a goal depends on what a person did since."""

    lens: Lens | None
    neuron: Neuron | None
    image: int | None
    runs: frozenset[str]
    drawing: Array | None


class Watch(QObject):
    """Reads models and messages; it requests nothing, so a page that waits costs the engine nothing.

    An answer counts once the current tab is settled: a late one may be of an earlier lens.
    """

    changed = Signal()  # a goal may be met now

    def __init__(self, bridge: Bridge, selection: Selection, window: MainWindow, parent: QObject) -> None:
        super().__init__(parent)
        self.runs, self.selection, self.window = bridge.runs, selection, window
        self.images = self.classes = 0  # numbers of test images and classes of the data
        self.session = 0  # number of sessions opened so far
        # Answers to the drawing at hand when the page was entered, and to those since, without repetitions in a row.
        self.read_as: list[int] = []
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
        self.found = self._look()
        self._fresh.clear()
        answer = self.latest(PictureAnswer, since_entered=False)
        self.read_as = [answer.label] if answer is not None and self._is_of_canvas(answer) else []

    def latest[M: Message](self, kind: type[M], *, since_entered: bool = True) -> M | None:
        """Return the newest answer about the selected run or about none; `since_entered`: only one of this page."""
        message = self._heard.get(kind)
        if not isinstance(message, kind) or (since_entered and kind not in self._fresh):
            return None
        run = getattr(message, "run", None)
        lens = self.selection.lens
        return message if run is None or (lens is not None and run == lens.run) else None

    @property
    def run(self) -> Run | None:
        return self.runs.seen(self.selection.lens)

    @property
    def own_run(self) -> Run | None:
        """The newest run that was started on this page."""
        newest = self.runs.newest()
        return newest if newest is not None and newest.name not in self.found.runs else None

    @property
    def is_settled(self) -> bool:
        """Whether the current tab waits for no answer, so that the newest ones are for the current lens."""
        tab = self.window.tab
        return tab is not None and tab.is_settled

    def widget[W: QWidget](self, kind: type[W], name: str) -> W | None:
        widget = self.window.findChild(kind, name)
        return widget if isinstance(widget, kind) else None

    def choices(self, name: str) -> Segments | ChoiceChip | None:
        """Return the switch or chip of that object name, in which one of several is chosen."""
        return self.widget(Segments, name) or self.widget(ChoiceChip, name)

    def follow(self, name: str) -> None:
        """Observe the switch, chip or button of that name; an empty name ends that."""
        if self._followed is not None and isValid(self._followed):
            _signal_of(self._followed).disconnect(self._soon)
        self._followed = self.choices(name) or self.widget(QAbstractButton, name) if name else None
        if self._followed is not None:
            _signal_of(self._followed).connect(self._soon)

    def _look(self) -> Found:
        now, runs = self.selection, frozenset(run.name for run in self.runs)
        return Found(now.lens, now.neuron, now.image, runs, now.drawing)

    def _take(self, message: Message) -> None:
        kind = type(message)
        self._heard[kind] = message
        self._fresh.add(kind)
        if isinstance(message, PictureAnswer) and self._is_of_canvas(message) and self.read_as[-1:] != [message.label]:
            self.read_as.append(message.label)
        self._soon()

    def _is_of_canvas(self, message: PictureAnswer) -> bool:
        drawing = self.selection.drawing
        return drawing is not None and np.array_equal(drawing, message.picture)

    def drawing_answer(self) -> PictureAnswer | None:
        """Return the newest answer to the drawing, unless that is the one that was there when the page was entered."""
        answer, before = self.latest(PictureAnswer), self.found.drawing
        if answer is None or not self._is_of_canvas(answer):
            return None
        return None if before is not None and np.array_equal(answer.picture, before) else answer

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
        self._bridge.afterwards(self._report)

    def _report(self) -> None:
        self.changed.emit()


def _signal_of(widget: Segments | ChoiceChip | QAbstractButton) -> Any:
    """Return the signal that a widget sends when it is set."""
    return widget.chosen if isinstance(widget, Segments | ChoiceChip) else widget.toggled
