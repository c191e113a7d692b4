"""Questions to the engine beside a tab's own: one at a time, paced, and only while somebody looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from engine.messages import Job, JobEnded, Message
from gui.paced import Paced

if TYPE_CHECKING:
    from gui.bridge import Bridge

type Question = tuple[Callable[..., Job], tuple[Any, ...]]


class SideQuestion[M: Message](QObject):
    """Asks what `question` gives whenever it is wanted; `None` means that there is nothing to ask now."""

    ended = Signal()
    """A question has ended, with an answer or without."""

    def __init__(
        self,
        bridge: Bridge,
        answer: type[M],
        show: Callable[[M], None],
        question: Callable[[], Question | None],
        period_ms: int,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._bridge, self._question = bridge, question
        self._job: int | None = None
        self._paced = Paced(self._ask, period_ms, self)
        bridge.listen(answer, show, job=lambda: self._job)
        bridge.listen(JobEnded, lambda _: self._end(), job=lambda: self._job)

    @property
    def is_asking(self) -> bool:
        """Whether an answer is to come."""
        return self._job is not None

    def want(self) -> None:
        """Ask now, or as soon as the question before is answered."""
        self._paced.want()

    def drop(self) -> None:
        """Want no answer any more."""
        if self._job is not None:
            self._bridge.runner.stop(self._job)
        self._job = None
        self._paced.forget()
        self._paced.answered()

    def _ask(self) -> bool:
        question = self._question()
        if question is None:
            return False
        make, args = question
        self._job = self._bridge.ask(make, *args)
        return True

    def _end(self) -> None:
        self._job = None
        self._paced.answered()
        self.ended.emit()
