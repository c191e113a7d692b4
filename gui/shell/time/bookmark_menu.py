"""The submenu with the named moments of the run that is looked at, the earliest first; each leads there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from gui.look.plain import entry

if TYPE_CHECKING:
    from gui.state.timeline import Timeline

NO_BOOKMARK = "No moment of this run has a name yet. Time > Bookmark this moment… gives it one."


class BookmarkMenu(QMenu):
    """Follows the timeline; filled only when it is opened."""

    def __init__(self, parent: QWidget, timeline: Timeline) -> None:
        super().__init__("Book&marks", parent)
        self.setObjectName("menu.time.bookmarks")
        self.setToolTipsVisible(True)
        self._timeline = timeline
        self.aboutToShow.connect(self.fill)
        timeline.changed.connect(self._show_usable)
        self._show_usable()

    def insert_after(self, menu: QMenu, action: QAction) -> None:
        """Take a place in `menu`, just below `action`."""
        actions = menu.actions()
        menu.insertMenu(actions[actions.index(action) + 1], self)

    def fill(self) -> None:
        """List the named moments, with where they lie."""
        self.clear()
        run = self._timeline.run
        for number, step in enumerate(sorted(run.bookmarks) if run else (), 1):
            assert run is not None
            name = entry(run.bookmarks[step])
            mark = f"&{number}  " if number < 10 else ""
            action = self.addAction(f"{mark}{name}\t{run.say_epoch(step)}")
            action.setObjectName(f"action.time.bookmarks.{number}")
            action.setStatusTip(f"Look at the moment after {step:,} steps.")
            action.setToolTip(action.statusTip())
            action.triggered.connect(partial(self._go, step))

    def _go(self, step: int, _checked: bool = False) -> None:
        self._timeline.go(step)

    def _show_usable(self) -> None:
        run = self._timeline.run
        has_some = bool(run and run.bookmarks)
        self.menuAction().setEnabled(has_some)
        self.menuAction().setToolTip("Look at a moment that has a name." if has_some else NO_BOOKMARK)
