"""A stream of questions beside a tab's own: the newest is asked, and only its answer is heard."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate

from PySide6.QtCore import QObject, Signal

from engine.messages import Job, JobEnded, Message

if TYPE_CHECKING:
    from gui.bridge import Bridge


class Answers(QObject):
    """Asks the engine; a newer question takes the place of the one before."""

    answered = Signal(object)
    """Carries the answer."""
    ended = Signal()
    """The question is over, with an answer or without."""

    def __init__(self, bridge: Bridge, message_class: type[Message], parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._job: int | None = None
        bridge.listen(message_class, self.answered.emit, job=lambda: self._job)
        bridge.listen(JobEnded, lambda _: self._end(), job=lambda: self._job)

    @property
    def is_waiting(self) -> bool:
        """Whether an answer is due."""
        return self._job is not None

    def ask[**P](self, make: Callable[Concatenate[Any, P], Job], *args: P.args, **kwargs: P.kwargs) -> None:
        """Ask `make(session, *args, **kwargs)`."""
        self.drop()
        self._job = self._bridge.ask(make, *args, **kwargs)

    def drop(self) -> None:
        """Hear no answer any more."""
        if self._job is not None:
            self._bridge.runner.stop(self._job)
            self._job = None

    def _end(self) -> None:
        self._job = None
        self.ended.emit()
