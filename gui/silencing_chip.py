"""The chip that says in every tab what the lens changes in the network, for as long as it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton, QSizePolicy

from gui.silencing import Silencing, changes_of

if TYPE_CHECKING:
    from gui.selection import Selection


class SilencingChip(QPushButton):
    """Hidden while all neurons are as trained. A click brings all back, and undo takes that back."""

    def __init__(self, selection: Selection) -> None:
        super().__init__()
        self.setObjectName("lens.changes")
        self.setProperty("look", "chip")
        self.setProperty("tone", "changed")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._selection = selection
        self.clicked.connect(Silencing(selection, self).restore_all)
        selection.changed.connect(self._show_selection)
        self._show()

    def _show_selection(self, changed: frozenset[str]) -> None:
        if "lens" in changed:
            self._show()

    def _show(self) -> None:
        changes = changes_of(self._selection.lens)
        if changes != self.text() or not self.toolTip():
            self.setText(changes)
            self.setAccessibleName(f"Restore all neurons: {changes or 'none is changed'}")
            self.setToolTip(
                f"All tabs show the network with {changes}. Click to restore all neurons; undo changes them again."
                if changes
                else "All neurons are as trained."
            )
        self.setVisible(bool(changes))
