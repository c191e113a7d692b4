"""The page of each tab, remembered with the session and between starts, as the current tab is."""

from collections.abc import Iterable, Mapping

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

    def add(self, tabs: Iterable[QWidget]) -> None:
        for tab in tabs:
            for switch in tab.findChildren(Segments):
                if switch.objectName() not in NOT_KEPT:
                    self._switches[switch.objectName()] = switch
                    switch.chosen.connect(lambda _: self.changed.emit())

    def chosen(self) -> dict[str, str]:
        """Return the current choice of each switch, by its name."""
        return {name: switch.key for name, switch in self._switches.items()}

    def choose(self, values: Mapping[str, object]) -> None:
        """Restore what `chosen` returned, as far as it can be chosen now."""
        for name, switch in self._switches.items():
            key = values.get(name)
            if isinstance(key, str) and key != switch.key and switch.is_possible(key):
                switch.choose(key)
