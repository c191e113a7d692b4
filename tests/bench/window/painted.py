"""When a widget has painted itself: for measurements."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject


class Painted(QObject):
    """Calls `then` whenever a widget has painted itself."""

    def __init__(self, widget: QObject, then: Callable[[], object]) -> None:
        super().__init__(widget)
        self._then = then
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the widget paint, and take the time behind it."""
        if event.type() != QEvent.Type.Paint:
            return False
        watched.event(event)
        self._then()
        return True
