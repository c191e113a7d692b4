"""What a person changed and can take back: one stack for each tab, behind Edit > Undo and Redo.

The rule: undo takes back the latest change that was made in the tab that is shown, and never one that cannot be seen
there. Where nothing is left, it says so, and where the latest change was made.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

LEVELS = 100
"""How many changes of each tab can be taken back."""

MERGE_SECONDS = 1.0
"""Changes of one value that follow each other within this time are one entry: a drag of a slider, a typed word."""

MERGEABLE = 1


class History(QObject):
    """Does things so that they can be undone and done again. `clock` returns seconds."""

    canUndoChanged = Signal(bool)
    changed = Signal()
    """What would be undone or done again is something else now."""

    def __init__(self, parent: QObject | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self._clock = clock
        self._stack = QUndoStack(self)
        self._stack.setUndoLimit(LEVELS)
        self._stack.canUndoChanged.connect(self.canUndoChanged)
        self._stack.indexChanged.connect(self.changed)

    @property
    def stack(self) -> QUndoStack:
        """The stack that undo acts upon."""
        return self._stack

    def do(
        self,
        text: str,
        do: Callable[[], object],
        undo: Callable[[], object],
        *,
        of_session: bool = True,
        blocked: Callable[[], str] | None = None,
    ) -> None:
        """Call `do` now and at each redo, `undo` at each undo. `text` goes on after the word: `delete run B`.

        `of_session`: it changes what belongs to the open session, so it is forgotten with it. `blocked` returns the
        sentence that says why it can be neither undone nor done again now; an empty one where it can.
        """
        change = _Change(text, do, undo, of_session, self._clock())
        change.blocked = blocked
        self.stack.push(change)

    def note[T](self, text: str, put: Callable[[T], object], before: T, after: T, *, key: str = "") -> None:
        """Remember that a value, which belongs to no session, was changed already; `put` is called to set it again.

        Changes with the same `key` that follow each other closely are one entry; none where the first value is back.
        """
        value = _Value(key, put, before, after)
        change = _Change(text, value.redo, value.undo, False, self._clock(), value)
        change.is_new = False
        self.stack.push(change)

    def undo(self) -> str:
        """Take the latest change back, if there is one; return why it cannot be, empty where it can."""
        reason = _reason(self.stack, self.stack.index() - 1)
        if not reason:
            self.stack.undo()
        return reason

    def redo(self) -> str:
        """Do again what was taken back last; return why it cannot be, empty where it can."""
        reason = _reason(self.stack, self.stack.index())
        if not reason:
            self.stack.redo()
        return reason

    def forget_session(self) -> None:
        """Forget what was changed in the session that was left. What belongs to none can still be undone."""
        changes = _changes(self._stack)
        done = sum(not each.of_session for each in changes[: self._stack.index()])
        kept = [each.again() for each in changes if not each.of_session]
        self._stack.clear()
        for each in kept:
            self._stack.push(each)
        for each in kept[done:]:
            each.is_silent = True
        self._stack.setIndex(done)
        for each in kept:
            each.is_silent = False

    @property
    def latest(self) -> tuple[int, str] | None:
        """The number of the change that would be undone next, which grows with each change, and its text."""
        index = self._stack.index()
        change = self._stack.command(index - 1) if index else None
        return (change.number, change.text()) if isinstance(change, _Change) else None


class Histories(History):
    """The histories of all tabs; what is done or undone by itself belongs to the tab that is shown."""

    def __init__(self, parent: QObject | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent, clock)
        self._places: dict[str, History] = {}
        self.shown = ""
        """The title of the tab that is shown; until one is, it is the first one's."""

    def of(self, place: str) -> History:
        """Return the history of the tab with that title."""
        if place not in self._places:
            made = self._places[place] = History(self, self._clock)
            made.canUndoChanged.connect(lambda _: self.canUndoChanged.emit(self.stack.canUndo()))
            made.changed.connect(self.changed)
        return self._places[place]

    @property
    def stack(self) -> QUndoStack:
        """The stack of the tab that is shown."""
        return self._here.stack if self._here else self._stack

    @property
    def _here(self) -> History | None:
        return self._places.get(self.shown) or next(iter(self._places.values()), None)

    def show(self, place: str) -> None:
        """Let undo act upon what is done in the tab with that title."""
        self.of(place)
        self.shown = place
        self.canUndoChanged.emit(self.stack.canUndo())
        self.changed.emit()

    def elsewhere(self) -> tuple[str, str] | None:
        """Return the tab of the latest change that can be undone in another tab, and its text."""
        found = [
            (*each.latest, place)
            for place, each in self._places.items()
            if each is not self._here and each.latest is not None
        ]
        _, text, place = max(found, default=(0, "", ""))
        return (place, text) if place else None

    def forget_session(self) -> None:
        """Forget what was changed in the session that was left, in all tabs."""
        super().forget_session()
        for each in self._places.values():
            each.forget_session()


class _Value[T](NamedTuple):
    """One value as it was and as it is."""

    key: str
    put: Callable[[T], object]
    before: T
    after: T

    def undo(self) -> None:
        self.put(self.before)

    def redo(self) -> None:
        self.put(self.after)


class _Change(QUndoCommand):
    """Two calls; the stack makes the first one when it gets the command, unless it is not `is_new`."""

    made = 0

    def __init__(
        self,
        text: str,
        do: Callable[[], object],
        undo: Callable[[], object],
        of_session: bool,
        now: float,
        value: _Value[Any] | None = None,
    ) -> None:
        super().__init__(text)
        self._do, self._undo = do, undo
        self.of_session, self._time, self._value = of_session, now, value
        self.is_new, self.is_silent = True, False
        self.blocked: Callable[[], str] | None = None
        _Change.made += 1
        self.number = _Change.made

    def again(self) -> _Change:
        """Return the same change for another stack, which does nothing when it gets it."""
        made = _Change(self.text(), self._do, self._undo, self.of_session, self._time, self._value)
        made.is_new, made.number, made.blocked = False, self.number, self.blocked
        return made

    def redo(self) -> None:
        is_new, self.is_new = self.is_new, True
        if is_new and not self.is_silent:
            self._do()

    def undo(self) -> None:
        if not self.is_silent:
            self._undo()

    def id(self) -> int:
        return MERGEABLE if self._value and self._value.key else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        mine, its = self._value, other._value if isinstance(other, _Change) else None
        if mine is None or its is None or mine.key != its.key or not isinstance(other, _Change):
            return False
        if other._time - self._time > MERGE_SECONDS:
            return False
        value = mine._replace(after=its.after)
        self._value, self._do, self._undo, self._time = value, value.redo, value.undo, other._time
        self.setObsolete(value.before == value.after)
        return True


def _reason(stack: QUndoStack, number: int) -> str:
    """Return why the change of that number can be neither undone nor done again now; empty where it can."""
    change = stack.command(number) if 0 <= number < stack.count() else None
    return change.blocked() if isinstance(change, _Change) and change.blocked else ""


def _changes(stack: QUndoStack) -> list[_Change]:
    found = (stack.command(number) for number in range(stack.count()))
    return [each for each in found if isinstance(each, _Change)]
