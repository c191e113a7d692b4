"""A timer that fires once each time it is started."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, SignalInstance


def one_shot(parent: QObject, then: Callable[[], object] | SignalInstance | None = None, *, ms: int = 0) -> QTimer:
    """Return a timer that calls `then` after `ms` milliseconds; starting it again restarts it."""
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(ms)
    if then is not None:
        timer.timeout.connect(then)
    return timer
