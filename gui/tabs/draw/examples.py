"""What a person teaches: examples with a class, on a shelf, and the training with them. All can be undone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from engine.core.array import Array
from engine.core.drawing import NO_CANVAS, CanvasState
from engine.core.errors import UserError
from engine.core.example import MOST_EXAMPLES, Example, class_names, example_of
from engine.core.lens import Lens
from engine.core.messages import JobEnded
from engine.model.training.messages import Parent, RunStarted
from engine.session.jobs.examples import ExamplesRead, class_called, keep_examples, read_examples
from engine.session.jobs.files import SessionOpened
from engine.session.jobs.runs import delete_run, restore_run
from gui.look.class_names import names
from gui.state.history import History
from gui.state.link.bridge import Bridge
from gui.state.link.in_order import InOrder
from gui.state.link.tell import refuse, tell
from gui.state.selection import Selection
from gui.state.training.run_controls import RunControls
from gui.tabs.draw.kept_drawings import sheet_of
from gui.tabs.draw.sheet import Sheet

TOPIC = "examples"  # of the notice that a drawing was kept as one


class Examples(QObject):
    """The shelf as the window knows it; the engine keeps it, one change after the other."""

    changed = Signal()

    def __init__(
        self,
        bridge: Bridge,
        controls: RunControls,
        selection: Selection,
        history: History,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._bridge, self._controls, self._selection = bridge, controls, selection
        self._history = history
        # By numbers that rise; what was wanted last, be it kept already or not.
        self.on_shelf: Mapping[int, Example] = {}
        self._row = InOrder(bridge, self)
        self._reading: int | None = None
        self._lesson: _Lesson | None = None  # the training that was begun last
        bridge.listen(SessionOpened, self._take_session)
        bridge.listen(ExamplesRead, self._take_read, job=lambda: self._reading)
        bridge.listen(JobEnded, lambda _: self._end_reading(), job=lambda: self._reading)
        bridge.listen(RunStarted, self._take_start)

    @property
    def is_reading(self) -> bool:
        """Whether pictures are being read that will be examples."""
        return self._reading is not None

    @property
    def classes(self) -> tuple[str, ...]:
        """The names that an example may have: those of the data, and those on the shelf."""
        return class_names(self.on_shelf.values(), names())

    def counts(self) -> Counter[str]:
        """Return how many examples there are of each class on the shelf."""
        return Counter(each.label for each in self.on_shelf.values())

    # What a person does with them -----------------------------------------------------------------------------------

    def learn(self, picture: Array, label: str, canvas: Mapping[str, Any] | None = None) -> None:
        """Keep what the network receives, (rows, columns) 0 to 1, as an example; `canvas` is what lay there."""
        if name := self._named(label):
            self._add(f"learn this as “{name}”", [example_of(picture, name, canvas)])
            count = self.counts()[name]
            sentence = f"Kept as an example of {name}: {count} so far."
            hint = "Learn this as shows them, and trains on with them."
            self._row.do(partial(self._bridge.submit, tell, sentence, hint, TOPIC))

    def relabel(self, numbers: Iterable[int], label: str) -> None:
        """Let these examples be of another class."""
        if name := self._named(label):
            told = {
                number: _relabelled(self.on_shelf[number], name)
                for number in numbers
                if self.on_shelf[number].label != name
            }
            if told:
                self._set(f"relabel as “{name}”", {**self.on_shelf, **told})

    def remove(self, numbers: Iterable[int]) -> None:
        """Take these examples off the shelf; what a run has learned from it keeps."""
        gone = set(numbers) & self.on_shelf.keys()
        if gone:
            what = "an example" if len(gone) == 1 else f"{len(gone)} examples"
            kept = {number: each for number, each in self.on_shelf.items() if number not in gone}
            self._set(f"remove {what}", kept)

    def add_files(
        self, paths: Iterable[Path | str], label: str, shape: tuple[int, int], *, raw: bool
    ) -> None:
        """Add pictures of that class, or folders and files of data with classes of their own."""
        self._reading = self._bridge.ask(read_examples, [str(path) for path in paths], label, shape, raw=raw)
        self.changed.emit()

    def sheet(self, number: int) -> Sheet:
        """Return what is to lie on the canvas for an example: its drawing, or its picture as it is."""
        example = self.on_shelf[number]
        if example.canvas is not None:
            try:
                state = CanvasState.from_plain(example.canvas)
            except NO_CANVAS:
                pass
            else:
                return sheet_of(state.drawing, state.change)
        return Sheet(picture=example.image / np.float32(255), caption=f"Example, {example.label}", as_is=True)

    def train_on(self) -> None:
        """Teach them to the network of the moment that is looked at, as a new run."""
        lens = self._selection.lens
        run = self._bridge.runs.seen(lens)
        step = run.nearest(run.newest if lens.moment is None else lens.moment) if run and lens else None
        if run is None or lens is None or step is None or not self.on_shelf:
            return
        self._lesson = _Lesson(
            self._bridge,
            self._controls,
            self._selection,
            Parent(run.name, step),
            tuple(self.on_shelf.values()),
        )
        self._history.do("train on with my drawings", self._lesson.do, self._lesson.undo)

    # What the engine tells ------------------------------------------------------------------------------------------

    def _take_session(self, message: SessionOpened) -> None:
        self._row.forget()  # it was wanted of the session before
        self._lesson = None
        self._take(message.examples)

    def _take(self, examples: Mapping[int, Example]) -> None:
        self.on_shelf = dict(examples)
        self.changed.emit()

    def _take_read(self, message: ExamplesRead) -> None:
        count = len(message.examples)
        self._add(f"add {count} example{'s' if count > 1 else ''}", message.examples)

    def _end_reading(self) -> None:
        self._reading = None
        self.changed.emit()

    def _take_start(self, message: RunStarted) -> None:
        if self._lesson is not None and self._bridge.told_by == self._lesson.job:
            self._lesson.take_run(message.run)

    def _named(self, label: str) -> str:
        try:
            return class_called(label)
        except UserError as error:
            self._bridge.submit(refuse, error)
            return ""

    def _add(self, text: str, examples: Iterable[Example]) -> None:
        first = max(self.on_shelf, default=0) + 1
        self._set(text, {**self.on_shelf, **dict(enumerate(examples, start=first))})

    def _set(self, text: str, after: Mapping[int, Example]) -> None:
        if len(after) > MOST_EXAMPLES:
            sentence = f"A session keeps {MOST_EXAMPLES:,} examples at most."
            self._bridge.submit(refuse, UserError(sentence, hint="Make a data set of them: Export."))
            return
        self._history.do(text, partial(self._keep, after), partial(self._keep, self.on_shelf))

    def _keep(self, examples: Mapping[int, Example]) -> None:
        self._row.do(partial(self._bridge.submit, keep_examples, examples))
        self._take(examples)


class _Lesson:
    """One training with examples: it can be taken back with its run, and brought back."""

    def __init__(
        self,
        bridge: Bridge,
        controls: RunControls,
        selection: Selection,
        parent: Parent,
        examples: tuple[Example, ...],
    ) -> None:
        self._bridge, self._controls, self._selection = bridge, controls, selection
        self._parent, self._examples = parent, examples
        self._before: Lens | None = None
        self._run = ""
        self._is_undone = False
        self.job: int | None = None

    def do(self) -> None:
        """Begin the training, or bring back the run that it has made."""
        self._before, self._is_undone = self._selection.lens, False
        if self._run:
            self._bridge.submit(restore_run, self._run)
        else:
            self.job = self._controls.teach(self._parent, self._examples)

    def take_run(self, run: str) -> None:
        """Take in which run it makes; one that was taken back meanwhile goes at once."""
        self._run = run
        if self._is_undone:
            self._bridge.submit(delete_run, run)

    def undo(self) -> None:
        """Take the run back, with what was looked at before; a training that still goes on is stopped."""
        self._is_undone = True
        if self.job is not None and self._controls.job() == self.job:
            self._controls.stop()
        self._selection.change(lens=self._before)
        if self._run:
            self._bridge.submit(delete_run, self._run)


def _relabelled(example: Example, label: str) -> Example:
    return Example(image=example.image, label=label, canvas=example.canvas, source=example.source)
