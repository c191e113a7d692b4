"""File > Revert: the list of runs as it was when the session was opened or last saved.

The file follows each step, so there is no older state in it to go back to. What was done to the runs since then is
taken back instead, as one change that can be undone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from engine.session.run_jobs import color_run, delete_run, pin_run, rename_run, restore_run
from engine.session.session import SessionSaved
from engine.session.session_jobs import SessionOpened
from gui.state.in_order import InOrder

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from engine.base.messages import Job
    from gui.state.bridge import Bridge
    from gui.state.history import History
    from gui.state.run_controls import RunControls
    from gui.state.runs import RunLook

    type Looks = dict[str, RunLook]

NOTHING = "Nothing was done to the runs since the session was opened or last saved."


class Revert(QObject):
    """Knows how the runs were then. `show` shows the tab to whose `history()` the change belongs."""

    def __init__(
        self,
        bridge: Bridge,
        controls: RunControls,
        history: Callable[[], History],
        show: Callable[[], object],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._bridge, self._runs, self._controls = bridge, bridge.runs, controls
        self._history, self._show = history, show
        self._then: Looks = {}
        self._action: QAction | None = None
        self._row = InOrder(bridge, self)
        bridge.listen(SessionOpened, lambda _: self._take())
        bridge.listen(SessionSaved, lambda message: self._take() if message.is_saved else None)
        bridge.runs.changed.connect(lambda changes: self._follow() if changes.listed else None)

    def use(self, action: QAction) -> None:
        """Let `action`, whose help is its status tip, be usable where there is something to revert."""
        self._action = action
        self._follow()

    def revert(self) -> None:
        """Take back what was done to the runs; one that is training is ended."""
        now, then = self._runs.looks(), self._then
        if now == then:
            return
        self._show()
        if now.keys() - then.keys():
            self._controls.stop()
        self._history().do("revert", partial(self._change, now, then), partial(self._change, then, now))

    def _take(self) -> None:
        self._row.forget()  # it was wanted of what was before
        self._then = self._runs.looks()
        self._follow()

    def _follow(self) -> None:
        if self._action is not None:
            there_is = self._runs.looks() != self._then
            self._action.setEnabled(there_is)
            self._action.setToolTip(self._action.statusTip() if there_is else NOTHING)

    def _change(self, before: Looks, after: Looks) -> None:
        """Ask for what makes the runs that look like `before` look like `after`."""
        for run in before.keys() - after.keys():
            self._ask(delete_run, run)
        for run in after.keys() - before.keys():
            self._ask(restore_run, run)
        for run in before.keys() & after.keys():
            old, new = before[run], after[run]
            if new.title != old.title:
                self._ask(rename_run, run, new.title)
            if new.color != old.color:
                self._ask(color_run, run, new.color)
            if new.pinned != old.pinned:
                self._ask(pin_run, run, new.pinned)

    def _ask(self, job: Callable[..., Job], *args: object) -> None:
        self._row.do(partial(self._bridge.submit, job, *args))
