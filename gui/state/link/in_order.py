"""Jobs that run in the order in which they were requested: each starts when the one before has ended."""

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject

from engine.core.messages import JobEnded
from gui.state.link.bridge import Bridge


class InOrder(QObject):
    """A queue of jobs in the window. Of jobs that wait in the engine it runs the newest first."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wanted: deque[Callable[[], int]] = deque()
        self._job: int | None = None
        bridge.listen(JobEnded, lambda _: self._go_on(), job=lambda: self._job)

    def do(self, submit: Callable[[], int]) -> None:
        """Call `submit`, which submits a job and returns its number, after all earlier ones have ended."""
        self._wanted.append(submit)
        if self._job is None:
            self._go_on()

    def forget(self) -> None:
        self._wanted.clear()

    def _go_on(self) -> None:
        self._job = self._wanted.popleft()() if self._wanted else None
