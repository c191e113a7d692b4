"""Which page each tab is at: remembered with the session and between starts, as the tab itself is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from gui.widgets.forms.segments import Segments

NOT_KEPT = frozenset({"draw.preparation", "activations.feed", "graph.feed", "experiments.on"})
"""Switches that follow what is on the canvas and which data are open."""


class Pages(QObject):
    """The segmented switches of the tabs, by object name."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._switches: dict[str, Segments] = {}

    def add(self, tabs: Iterable[QWidget]) -> None:
        """Look after the switches of these tabs as well."""
        for tab in tabs:
            for switch in tab.findChildren(Segments):
                if switch.objectName() not in NOT_KEPT:
                    self._switches[switch.objectName()] = switch
                    switch.chosen.connect(lambda _: self.changed.emit())

    def chosen(self) -> dict[str, str]:
        """Return the choice that holds, by the name of the switch."""
        return {name: switch.key for name, switch in self._switches.items()}

    def choose(self, values: Mapping[str, object]) -> None:
        """Choose again what `chosen` returned, as far as that can be chosen now; all else stays as it is."""
        for name, switch in self._switches.items():
            key = values.get(name)
            if isinstance(key, str) and key != switch.key and switch.is_possible(key):
                switch.choose(key)
