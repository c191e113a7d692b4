"""Undo and redo: a stack of changes for each tab.

Undo takes back the latest change made in the tab that is shown, never one that cannot be seen there. If that tab has
none left, a notice names the tab of the latest change.
"""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

LEVELS = 100  # maximum number of changes in a stack

# Changes of one value within this time of each other are one entry: a drag of a slider, a typed word.
MERGE_SECONDS = 1.0

MERGEABLE = 1  # the command id of values; `QUndoStack` tries to merge commands of one id


class History(QObject):
    """A stack of changes that can be undone and redone. `clock` returns seconds."""

    canUndoChanged = Signal(bool)
    changed = Signal()  # the next change to undo or redo is another one

    def __init__(self, parent: QObject | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self._clock = clock
        self._stack = QUndoStack(self)
        self._stack.setUndoLimit(LEVELS)
        self._stack.canUndoChanged.connect(self.canUndoChanged)
        self._stack.indexChanged.connect(self.changed)

    @property
    def stack(self) -> QUndoStack:
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
        """Call `do` now and at each redo, `undo` at each undo; `text` follows the word *Undo*: `delete run B`.

        A change `of_session` belongs to the open session and is forgotten with it. `blocked` returns a sentence on why
        the change can be neither undone nor redone now, empty if it can: its run was deleted, say.
        """
        change = _Change(text, do, undo, of_session, self._clock())
        change.blocked = blocked
        self.stack.push(change)

    def note[T](self, text: str, put: Callable[[T], object], before: T, after: T, *, key: str = "") -> None:
        """Add a value that was changed already and belongs to no session; `put` is called to set it again.

        Changes with the same `key` within `MERGE_SECONDS` are one entry, and none if the first value is back.
        """
        value = _Value(key, put, before, after)
        change = _Change(text, value.redo, value.undo, False, self._clock(), value)
        change.is_new = False
        self.stack.push(change)

    def undo(self) -> str:
        """Undo the latest change, if there is one; return why that is not possible, empty if it is."""
        reason = _reason(self.stack, self.stack.index() - 1)
        if not reason:
            self.stack.undo()
        return reason

    def redo(self) -> str:
        """Redo what was undone last; return why that is not possible, empty if it is."""
        reason = _reason(self.stack, self.stack.index())
        if not reason:
            self.stack.redo()
        return reason

    def forget_session(self) -> None:
        """Remove the changes that belong to the session that was left; the others can still be undone."""
        commands = (self._stack.command(place) for place in range(self._stack.count()))
        changes = [command for command in commands if isinstance(command, _Change)]
        done = sum(not change.of_session for change in changes[: self._stack.index()])
        # A stack has no way to remove single commands, so it is filled with copies.
        copies = [change.copy() for change in changes if not change.of_session]
        self._stack.clear()
        for change in copies:
            self._stack.push(change)
        for change in copies[done:]:
            change.is_silent = True
        self._stack.setIndex(done)
        for change in copies:
            change.is_silent = False

    @property
    def latest(self) -> tuple[int, str] | None:
        """Number and text of the change to undo next; later changes have greater numbers."""
        index = self._stack.index()
        change = self._stack.command(index - 1) if index else None
        return (change.number, change.text()) if isinstance(change, _Change) else None


class Histories(History):
    """The histories of all tabs. Its own methods act on the history of the tab that is shown."""

    def __init__(self, parent: QObject | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent, clock)
        self._places: dict[str, History] = {}
        self.shown = ""  # the title of the tab that is shown

    def of(self, place: str) -> History:
        if place not in self._places:
            history = self._places[place] = History(self, self._clock)
            history.canUndoChanged.connect(lambda _: self.canUndoChanged.emit(self.stack.canUndo()))
            history.changed.connect(self.changed)
        return self._places[place]

    @property
    def stack(self) -> QUndoStack:
        """The stack of the tab that is shown; of the first one before a tab is shown."""
        return self._here.stack if self._here else self._stack

    @property
    def _here(self) -> History | None:
        return self._places.get(self.shown) or next(iter(self._places.values()), None)

    def show(self, place: str) -> None:
        """Make undo act on the tab with that title."""
        self.of(place)
        self.shown = place
        self.canUndoChanged.emit(self.stack.canUndo())
        self.changed.emit()

    def elsewhere(self) -> tuple[str, str] | None:
        """Return the tab and the text of the latest change that can be undone in another tab."""
        latest = [
            (*history.latest, place)
            for place, history in self._places.items()
            if history is not self._here and history.latest is not None
        ]
        _, text, place = max(latest, default=(0, "", ""))
        return (place, text) if place else None

    def forget_session(self) -> None:
        """Remove the changes that belong to the session that was left, in all tabs."""
        super().forget_session()
        for history in self._places.values():
            history.forget_session()


class _Value[T](NamedTuple):
    """A value before and after a change."""

    key: str
    put: Callable[[T], object]
    before: T
    after: T

    def undo(self) -> None:
        self.put(self.before)

    def redo(self) -> None:
        self.put(self.after)


class _Change(QUndoCommand):
    """Two calls. `QUndoStack.push` calls `redo`, which does nothing for a change that is not `is_new`."""

    count = 0  # number of changes so far, in all stacks

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
        _Change.count += 1
        self.number = _Change.count

    def copy(self) -> "_Change":
        """Return the same change, done already, for another stack."""
        change = _Change(self.text(), self._do, self._undo, self.of_session, self._time, self._value)
        change.is_new, change.number, change.blocked = False, self.number, self.blocked
        return change

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


def _reason(stack: QUndoStack, place: int) -> str:
    """Return why the change at that place can be neither undone nor redone now; empty if it can."""
    change = stack.command(place) if 0 <= place < stack.count() else None
    return change.blocked() if isinstance(change, _Change) and change.blocked else ""
