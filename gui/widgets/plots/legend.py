"""A legend of switches, which show a curve's stroke and newest value, and switch it on and off."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLayout, QSizePolicy, QWidget

from gui.widgets.flow import Flow
from gui.widgets.plots.curve import Stroke
from gui.widgets.plots.curve_switch import CurveSwitch


class Legend(QWidget):
    """Switches by key."""

    switched = Signal(str, bool)  # a curve was switched on or off

    def __init__(self, name: str, *, wraps: bool = False) -> None:
        """If `wraps`, switches that do not fit into a line begin the next one."""
        super().__init__()
        self.setObjectName(name)
        policy = QSizePolicy.Policy.Preferred if wraps else QSizePolicy.Policy.Fixed
        self.setSizePolicy(policy, policy)
        self._row: QLayout = Flow() if wraps else QHBoxLayout()
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self.setLayout(self._row)
        self.switches: dict[str, CurveSwitch] = {}

    def add(
        self, key: str, title: str, stroke: Stroke, widest: str = "", *, shown: bool = True, below: Stroke | None = None
    ) -> CurveSwitch:
        """Add a switch, which replaces an earlier one of that key; `widest` is the longest value it will show.

        If it stands for two curves, `below` is the stroke of the other one.
        """
        self.remove(key)
        switch = CurveSwitch(f"{self.objectName()}.{key}", title, stroke, widest, below)
        switch.setChecked(shown)
        switch.toggled.connect(lambda on: self.switched.emit(key, on))
        self.switches[key] = switch
        self._row.addWidget(switch)
        return switch

    def restyle(self, key: str, title: str, stroke: Stroke) -> None:
        self.switches[key].restyle(title, stroke)

    def remove(self, key: str) -> None:
        switch = self.switches.pop(key, None)
        if switch:
            self._row.removeWidget(switch)
            switch.hide()
            switch.setObjectName("")  # so that the next one can have the name at once
            switch.deleteLater()

    def clear(self) -> None:
        for key in list(self.switches):
            self.remove(key)

    def set_value(self, key: str, text: str) -> None:
        self.switches[key].set_value(text)
