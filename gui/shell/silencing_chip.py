"""The chip that says in every tab what the lens changes in the network, for as long as it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton, QSizePolicy

from gui.state.silencing import Silencing, changes_of

if TYPE_CHECKING:
    from gui.state.runs import Runs
    from gui.state.selection import Selection


PLACE = "Fingerprints"
"""The tab in which neurons are changed, and that is undone."""


class SilencingChip(QPushButton):
    """Hidden while all neurons are as trained. A click brings all back.

    That is one more change to the neurons, so it stands behind the others, in `PLACE`, whatever tab is shown: by itself
    it would leave the last one there to undo what is undone already.
    """

    def __init__(self, selection: Selection, runs: Runs) -> None:
        super().__init__()
        self.setObjectName("lens.changes")
        self.setProperty("look", "chip")
        self.setProperty("tone", "changed")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._selection = selection
        self._runs = runs
        self.clicked.connect(self._restore)
        selection.changed.connect(self._show_selection)
        self._show()

    def _restore(self) -> None:
        # Asked for only now: the tabs come later than the chip, in their own order.
        history = self._selection.history.of(PLACE)
        Silencing(self._selection, self, history, self._runs.__contains__, self._runs.label).restore_all()

    def _show_selection(self, changed: frozenset[str]) -> None:
        if "lens" in changed:
            self._show()

    def _show(self) -> None:
        changes = changes_of(self._selection.lens)
        if changes != self.text() or not self.toolTip():
            self.setText(changes)
            self.setAccessibleName(f"Restore all neurons: {changes or 'none is changed'}")
            self.setToolTip(
                f"All tabs show the network with {changes}. Click to restore all neurons; "
                f"undo in {PLACE} changes them again."
                if changes
                else "All neurons are as trained."
            )
        self.setVisible(bool(changes))
