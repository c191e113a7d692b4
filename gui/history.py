"""What a person changed and can take back, in all tabs: one stack behind Edit > Undo and Redo."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QUndoCommand, QUndoStack

LEVELS = 100
"""So many changes can be taken back."""


class History(QObject):
    """Does things so that they can be undone and done again."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stack = QUndoStack(self)
        self.stack.setUndoLimit(LEVELS)

    def do(self, text: str, do: Callable[[], object], undo: Callable[[], object]) -> None:
        """Call `do` now and at each redo, `undo` at each undo. `text` goes on after the word: `delete run B`."""
        self.stack.push(_Change(text, do, undo))

    def undo(self) -> None:
        """Take the latest change back, if there is one."""
        self.stack.undo()

    def redo(self) -> None:
        """Do again what was taken back last."""
        self.stack.redo()

    def clear(self) -> None:
        """Forget everything: what was changed is no longer there."""
        self.stack.clear()


class _Change(QUndoCommand):
    """Two calls; the stack makes the first one when it gets the command."""

    def __init__(self, text: str, do: Callable[[], object], undo: Callable[[], object]) -> None:
        super().__init__(text)
        self._do, self._undo = do, undo

    def redo(self) -> None:
        self._do()

    def undo(self) -> None:
        self._undo()
