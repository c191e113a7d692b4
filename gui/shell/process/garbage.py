"""Collects Python's cyclic garbage on the window's thread only.

Python frees widgets in reference cycles on whichever thread happens to collect. On the engine's thread Qt would destroy
objects that the window is using, and the process would die.
"""

import gc

from PySide6.QtCore import QObject, QTimer

from engine.core.preload import is_importing

PERIOD_MS = 1000


class Garbage(QObject):
    """Collects by a timer, in place of the interpreter, until `give_back`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(collect_what_is_due)
        self._timer.start(PERIOD_MS)

    def give_back(self) -> None:
        """Enable the interpreter's own collection again."""
        self._timer.stop()
        if self._was_enabled:
            gc.enable()


def collect_what_is_due() -> None:
    """Collect the oldest generation whose threshold is passed, as the interpreter would.

    Not while TensorFlow is imported: its objects stay, and to look through them each second keeps the pen waiting.
    """
    if is_importing():
        return
    counts, thresholds = gc.get_count(), gc.get_threshold()
    due = [
        number
        for number, (count, threshold) in enumerate(zip(counts, thresholds, strict=True))
        if threshold and count > threshold
    ]
    if due:
        gc.collect(max(due))
