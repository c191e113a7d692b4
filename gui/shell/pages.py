"""The page of each tab, remembered with the session and between starts, as the current tab is."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from gui.widgets.forms.controls import Segments

# Switches that follow the canvas or the open data.
NOT_KEPT = frozenset({"draw.preparation", "activations.feed", "graph.feed", "experiments.on"})


class Pages(QObject):
    """The tabs' segmented switches, by object name: kept in the session's view, or the settings if it is read-only."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._switches: dict[str, Segments] = {}
        self._waiting: dict[str, str] = {}  # the choices for switches of tabs that are not built yet
        self._is_complete = False

    def add(self, tab: QWidget) -> None:
        """Add the switches of a tab, as they were chosen before."""
        for switch in tab.findChildren(Segments):
            if switch.objectName() not in NOT_KEPT:
                self._switches[switch.objectName()] = switch
                _restore(switch, self._waiting.pop(switch.objectName(), switch.key))
                switch.chosen.connect(lambda _: self.changed.emit())

    def chosen(self) -> dict[str, str]:
        """Return the current choice of each switch, by its name."""
        return self._waiting | {name: switch.key for name, switch in self._switches.items()}

    def choose(self, values: Mapping[str, object]) -> None:
        """Restore what `chosen` returned, as far as it can be chosen now."""
        for name, key in values.items():
            if not isinstance(key, str):
                continue
            if switch := self._switches.get(name):
                _restore(switch, key)
            elif not self._is_complete:
                self._waiting[name] = key

    def complete(self) -> None:
        """Note that all tabs are there: other switches that a file names do not exist, and are forgotten."""
        self._is_complete = True
        self._waiting.clear()


def _restore(switch: Segments, key: str) -> None:
    if key != switch.key and switch.is_possible(key):
        switch.choose(key)
