"""A stream of questions beside a tab's own: a newer one takes the place of the one before, whose answers go unheard."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate

from PySide6.QtCore import QObject

from engine.messages import Job, Message

if TYPE_CHECKING:
    from gui.bridge import Bridge


class Questions(QObject):
    """Asks one question at a time."""

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._job: int | None = None

    def listen[M: Message](self, message_class: type[M], listener: Callable[[M], None]) -> None:
        """Call `listener` with such answers to the last question."""
        self._bridge.listen(message_class, listener, job=lambda: self._job)

    def ask[**P](self, make: Callable[Concatenate[Any, P], Job], *args: P.args, **kwargs: P.kwargs) -> None:
        """Run `make(session, *args, **kwargs)` instead of the job before."""
        self.drop()
        self._job = self._bridge.ask(make, *args, **kwargs)

    def drop(self) -> None:
        """End the job, if there is one, and hear nothing of it any more."""
        if self._job is not None:
            self._bridge.runner.stop(self._job)
            self._job = None
