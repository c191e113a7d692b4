"""A chip with a menu: the sets of neurons that are kept, what is changed now to be kept too, new names, an end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QPushButton

from engine.base.numbers import plural
from gui.look.icons import icon
from gui.look.plain import entry
from gui.widgets.name_field import NameField

if TYPE_CHECKING:
    from engine.base.neuron_set import NeuronSet

TIP = "Enter keeps the set under this name, Esc leaves it."


class SetChip(QPushButton):
    """Passive: it is shown what is kept, and tells what a person wants."""

    kept, applied, forgotten = Signal(str), Signal(str), Signal(str)
    renamed = Signal(str, str)
    opening = Signal()
    """The menu is about to be seen."""

    def __init__(self, name: str) -> None:
        super().__init__("Sets")
        self.setObjectName(name)
        self.setAccessibleName("Sets of neurons")
        self.setToolTip("Keep the changed neurons as a set with a name, or change those of a kept set again.")
        self.setProperty("look", "chip")
        self.setIcon(icon("chevron-down", "muted"))
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow stands behind the word
        self._proposal, self._asked = "", ""
        self._field: NameField | None = None
        self._inner: list[QMenu] = []
        menu = QMenu(self)
        menu.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        menu.setObjectName(f"{name}.menu")
        menu.aboutToShow.connect(self.opening)
        self.setMenu(menu)

    def show_sets(self, sets: Mapping[str, NeuronSet], current: str, changed: int, proposal: str) -> None:
        """Offer these sets; `current` is the one that holds, `changed` says how many neurons are changed now."""
        menu, self._proposal = self.menu(), proposal
        menu.clear()
        for inner in self._inner:  # the menu lets go of them, but it does not delete them
            inner.deleteLater()
        self._inner.clear()
        title = f"Keep {plural(changed, 'neuron')} as…" if changed else "Keep the changed neurons as…"
        keep = self._add(menu, "keep", title, lambda: self._ask_name(""))
        keep.setEnabled(changed > 0)
        menu.addSeparator()
        for number, (name, each) in enumerate(sets.items()):
            title = f"{entry(name)}\t{plural(len(each.neurons), 'neuron')}"
            action = self._add(menu, str(number), title, partial(self.applied.emit, name))
            action.setCheckable(True)
            action.setChecked(name == current)
        if not sets:
            self._add(menu, "none", "No set is kept yet.", lambda: None).setEnabled(False)
            return
        menu.addSeparator()
        self._add_for_each(menu, "rename", "Rename", sets, self._ask_name)
        self._add_for_each(menu, "delete", "Delete", sets, self.forgotten.emit)

    def _add(self, menu: QMenu, name: str, title: str, do: Callable[[], object]) -> QAction:
        action = menu.addAction(title)
        action.setObjectName(f"{self.objectName()}.{name}")
        action.triggered.connect(lambda _=False: do())
        return action

    def _add_for_each(
        self, menu: QMenu, key: str, title: str, sets: Mapping[str, NeuronSet], do: Callable[[str], object]
    ) -> None:
        inner = menu.addMenu(title)
        inner.setObjectName(f"{self.objectName()}.{key}")
        self._inner.append(inner)
        for number, name in enumerate(sets):
            self._add(inner, f"{key}.{number}", entry(name), partial(do, name))

    def _ask_name(self, name: str) -> None:
        """Ask for a name: a new one for the set `name`, or one for what is changed now."""
        self._asked = name
        if self._field is None:
            self._field = NameField(self.window(), self.objectName(), "Name of the set", TIP)
            self._field.named.connect(self._give)
        place = self.mapTo(self.window(), QPoint(self.width() // 2, 0))
        self._field.ask_above(place, name or self._proposal, "Name")

    def _give(self, name: str) -> None:
        if self._asked:
            self.renamed.emit(self._asked, name)
        elif name:
            self.kept.emit(name)
