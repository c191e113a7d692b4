"""Questions to the engine beside a tab's own: one at a time, so that nobody hears the answer to an earlier one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate

from PySide6.QtCore import QObject, Signal

from engine.base.messages import Job, JobEnded, Message
from gui.state.paced import Paced

if TYPE_CHECKING:
    from gui.state.bridge import Bridge

type Question = tuple[Callable[..., Job], tuple[Any, ...]]
"""What makes the job, and with what."""


class Questions(QObject):
    """A stream of questions: a newer one takes the place of the one before."""

    ended = Signal()
    """The last question has ended, with an answer or without. One that is replaced or dropped does not end."""

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._job: int | None = None
        bridge.listen(JobEnded, lambda _: self._end(), job=lambda: self._job)

    @property
    def is_asking(self) -> bool:
        """Whether an answer is to come."""
        return self._job is not None

    def listen[M: Message](self, message_class: type[M], listener: Callable[[M], None]) -> None:
        """Call `listener` with such answers to the last question. Its end is told by `ended`."""
        self._bridge.listen(message_class, listener, job=lambda: self._job)

    def ask[**P](self, make: Callable[Concatenate[Any, P], Job], *args: P.args, **kwargs: P.kwargs) -> None:
        """Run `make(session, *args, **kwargs)` instead of the job before."""
        self._stop()
        self._job = self._bridge.ask(make, *args, **kwargs)

    def drop(self) -> None:
        """End the job, if there is one, and hear nothing of it any more."""
        self._stop()

    def _stop(self) -> None:
        if self._job is not None:
            self._bridge.runner.stop(self._job)
            self._job = None

    def _end(self) -> None:
        self._job = None
        self.ended.emit()


class PacedQuestions(Questions):
    """Questions that follow a hand: asks what `question` gives whenever that is wanted, never faster than answered.

    `question` gives `None` where there is nothing to ask now, as where nobody looks.
    """

    def __init__(
        self, bridge: Bridge, question: Callable[[], Question | None], period_ms: int, parent: QObject
    ) -> None:
        super().__init__(bridge, parent)
        self._question = question
        self._paced = Paced(self._ask_now, period_ms, self)
        self.ended.connect(self._paced.answered)

    def want(self) -> None:
        """Ask now, or as soon as the question before is answered."""
        self._paced.want()

    def drop(self) -> None:
        """Want no answer any more."""
        super().drop()
        self._paced.forget()
        self._paced.answered()

    def _ask_now(self) -> bool:
        question = self._question()
        if question is None:
            return False
        make, args = question
        self.ask(make, *args)
        return True
