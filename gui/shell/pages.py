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
        self._wanted: dict[str, str] = {}  # what was last restored, also of switches that are not there yet

    def add(self, tab: QWidget) -> None:
        """Add the switches of a tab, as they were chosen before."""
        for switch in tab.findChildren(Segments):
            if switch.objectName() not in NOT_KEPT:
                self._switches[switch.objectName()] = switch
                self._restore(switch)
                switch.chosen.connect(lambda _: self.changed.emit())

    def chosen(self) -> dict[str, str]:
        """Return the current choice of each switch, by its name."""
        return self._wanted | {name: switch.key for name, switch in self._switches.items()}

    def choose(self, values: Mapping[str, object]) -> None:
        """Restore what `chosen` returned, as far as it can be chosen now."""
        self._wanted |= {name: key for name, key in values.items() if isinstance(key, str)}
        for name in self._switches.keys() & values.keys():
            self._restore(self._switches[name])

    def _restore(self, switch: Segments) -> None:
        key = self._wanted.get(switch.objectName(), switch.key)
        if key != switch.key and switch.is_possible(key):
            switch.choose(key)
