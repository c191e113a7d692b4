"""What a person changes in the list of runs: each change is a job of the engine, and an entry of the history."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.base.errors import UserError
from engine.base.messages import Job
from engine.session.run_jobs import color_run, delete_run, pin_run, pin_runs, rename_run, restore_run
from engine.session.session_jobs import SessionOpened
from gui.state.in_order import InOrder
from gui.state.tell import refuse

if TYPE_CHECKING:
    from gui.state.bridge import Bridge
    from gui.state.history import History
    from gui.state.runs import Run


class RunEdits:
    """Changes runs so that it can be undone. The engine's answer changes what is shown, nothing else.

    One change comes after the other, however fast somebody undoes and does again.
    """

    def __init__(self, bridge: Bridge, history: History) -> None:
        self._bridge, self._history = bridge, history
        self._row = InOrder(bridge, history)
        bridge.listen(SessionOpened, lambda _: self._row.forget())  # it was wanted of the session before

    def rename(self, run: Run, title: str, others: Iterable[Run] = ()) -> None:
        """Call a run something that none of the `others` is called; empty: by its letter alone again."""
        title = title.strip()
        taken = next((each for each in others if each is not run and each.look.title == title), None)
        if title == run.look.title:
            return
        if taken and title:
            self._refuse(f"Run {taken.name} is called “{title}” already.", "Choose another title.")
        else:
            self._do(f"rename run {run.look.label}", rename_run, run.name, title, run.look.title)

    def color(self, run: Run, color: int) -> None:
        """Give a run another of the theme's class colours."""
        if color != run.look.color:
            self._do(f"colour of run {run.look.label}", color_run, run.name, color, run.look.color)

    def pin(self, run: Run, pinned: bool) -> None:
        """Keep a run's curves in the plots, or not."""
        if pinned != run.look.pinned:
            self._do(
                f"{'pin' if pinned else 'unpin'} run {run.look.label}",
                pin_run,
                run.name,
                pinned,
                run.look.pinned,
            )

    def unpin(self, runs: list[Run]) -> None:
        """Take the curves of several runs out of the plots, as one change."""
        if len(runs) == 1:
            self.pin(runs[0], False)
        elif runs:
            order = partial(self._ask, pin_runs, [run.name for run in runs])
            self._history.do(f"unpin {len(runs)} runs", partial(order, False), partial(order, True))

    def delete(self, run: Run) -> None:
        """Take a run out of the session."""
        name = run.name
        delete, restore = partial(self._ask, delete_run, name), partial(self._ask, restore_run, name)
        self._history.do(f"delete run {run.look.label}", delete, restore)

    def _do[T](self, text: str, job: Callable[[Any, str, T], Job], run: str, new: T, old: T) -> None:
        self._history.do(text, partial(self._ask, job, run, new), partial(self._ask, job, run, old))

    def _refuse(self, sentence: str, hint: str) -> None:
        self._bridge.submit(refuse, UserError(sentence, hint=hint))

    def _ask(self, job: Callable[..., Job], *args: Any) -> None:
        self._row.do(partial(self._bridge.submit, job, *args))
