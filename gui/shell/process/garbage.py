"""Python's cyclic garbage is collected on the window's thread only.

Widgets that refer to each other in a circle are freed by whichever thread happens to collect: on the engine's thread Qt
would take its objects apart while the window uses them, and the process would die.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

PERIOD_MS = 1000


class Garbage(QObject):
    """Collects from time to time, in place of the interpreter, until it is given back."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(collect_what_is_due)
        self._timer.start(PERIOD_MS)

    def give_back(self) -> None:
        """Let the interpreter collect by itself again."""
        self._timer.stop()
        if self._was_enabled:
            gc.enable()


def collect_what_is_due() -> None:
    """Collect the oldest generation of which enough has gathered, as the interpreter would."""
    counts, thresholds = gc.get_count(), gc.get_threshold()
    due = [
        number
        for number, (count, threshold) in enumerate(zip(counts, thresholds, strict=True))
        if threshold and count > threshold
    ]
    if due:
        gc.collect(max(due))
