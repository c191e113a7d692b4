"""The sets of neurons in the session: applied to the lens, renamed, deleted. All can be undone."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from engine.core.language import mark, tr, tr_plural
from engine.core.lens import NeuronSet
from engine.session.jobs.kept import keep_sets
from gui.look.words import entry
from gui.state.kept import KeptByName
from gui.state.notices import refuse, tell
from gui.state.silencing import Silencing
from gui.widgets.forms.controls import MenuChip, add_entry
from gui.widgets.forms.name_field import ask_name
from gui.widgets.tab import Tab

TIP = mark("Enter saves the set under this name, Esc does not.")


class KeptSets(KeptByName[NeuronSet]):
    """The session's sets by name."""

    taken = mark("There is a set called “{name}” already.")

    def __init__(self, tab: Tab, silencing: Silencing) -> None:
        super().__init__(tab.bridge, silencing.history, tab, keep_sets, lambda message: message.sets)
        self._runs, self._selection, self.silencing = tab.bridge.runs, tab.selection, silencing

    @property
    def current(self) -> str:
        lens = self._selection.lens
        carried = NeuronSet.of(lens) if lens else NeuronSet(frozenset())
        if not carried.neurons:
            return ""
        return next((name for name, kept in self.things.items() if self._here(kept) == carried), "")

    def free_name(self) -> str:
        lens = self._selection.lens
        plain = tr("neurons")
        if lens:
            plain = tr_plural("{count:,} neuron", "{count:,} neurons", len(NeuronSet.of(lens).neurons))
        names = [plain, *(f"{plain} ({number})" for number in range(2, len(self.things) + 3))]
        return next(name for name in names if name not in self.things)

    def keep(self, name: str) -> None:
        """Keep the lens' changes under a name, in place of the set that had it."""
        if (lens := self._selection.lens) is not None and name and NeuronSet.of(lens).neurons:
            self.put(name, NeuronSet.of(lens))

    def apply(self, name: str) -> None:
        """Give the lens the changes of a set. Neurons that the network lacks are left out, and a notice says so."""
        lens, kept = self._selection.lens, self.things.get(name)
        if lens is None or kept is None:
            return
        here, lacking = self._here(kept), len(kept.neurons - self._here(kept).neurons)
        if not here.neurons:
            sentence = tr("Run {run} has no neuron of “{name}”.", run=self._runs.label(lens.run), name=name)
            self._bridge.submit(refuse, sentence, tr("Look at the run that it is of."))
            return
        if lacking:
            run = self._runs.label(lens.run)
            sentence = tr_plural(
                "{count:,} neuron of “{name}” left out: run {run} has none such.",
                "{count:,} neurons of “{name}” left out: run {run} has none such.",
                lacking,
                name=name,
                run=run,
            )
            self._bridge.submit(tell, sentence)
        self.silencing.put(tr("apply “{name}”", name=name), here.silenced, here.adjusted)

    def _here(self, kept: NeuronSet) -> NeuronSet:
        lens = self._selection.lens
        return NeuronSet(
            frozenset(n for n in kept.silenced if self._runs.has(lens, n)),
            frozenset(n for n in kept.adjusted if self._runs.width(lens, n.layer) > n.number),
        )


class SetChip(MenuChip):
    """A menu of the sets, and of what can be done with them."""

    def __init__(self, name: str) -> None:
        super().__init__(name, tr("Sets"))
        self.setAccessibleName(tr("Sets of neurons"))
        self.setToolTip(tr("Save the changed neurons as a set with a name, or apply a saved set again."))
        self._inner: list[QMenu] = []

    def offer(self, sets: KeptSets) -> None:
        """List these sets whenever the menu opens."""
        self.menu().aboutToShow.connect(partial(self._fill, sets))

    def _fill(self, sets: KeptSets) -> None:
        menu, changed, current = self.menu(), len(sets.silencing.changed), sets.current
        menu.clear()
        for inner in self._inner:  # `QMenu.clear` removes submenus, and does not delete them
            inner.deleteLater()
        self._inner.clear()
        title = tr("Save the changed neurons as…")
        if changed:
            title = tr_plural("Save {count:,} neuron as…", "Save {count:,} neurons as…", changed)
        self._add(menu, "keep", title, partial(self._ask_name, sets, "")).setEnabled(changed > 0)
        menu.addSeparator()
        for number, (name, kept) in enumerate(sets.things.items()):
            size = tr_plural("{count:,} neuron", "{count:,} neurons", len(kept.neurons))
            self._add(menu, str(number), f"{entry(name)}\t{size}", partial(sets.apply, name), chosen=name == current)
        if not sets.things:
            self._add(menu, "none", tr("No set is saved yet."), lambda: None).setEnabled(False)
            return
        menu.addSeparator()
        self._add_for_each("rename", tr("Rename"), sets, partial(self._ask_name, sets))
        self._add_for_each("delete", tr("Delete"), sets, sets.forget)

    def _add(self, menu: QMenu, name: str, title: str, do: Callable[[], object], chosen: bool | None = None) -> QAction:
        return add_entry(menu, f"{self.objectName()}.{name}", title, do, chosen=chosen)

    def _add_for_each(self, key: str, title: str, sets: KeptSets, do: Callable[[str], object]) -> None:
        inner = self.menu().addMenu(title)
        inner.setObjectName(f"{self.objectName()}.{key}")
        self._inner.append(inner)
        for number, name in enumerate(sets.things):
            self._add(inner, f"{key}.{number}", entry(name), partial(do, name))

    def _ask_name(self, sets: KeptSets, name: str) -> None:
        """Ask for a name: a new one for the set `name`, or one for the present changes."""
        give = partial(sets.rename, name) if name else sets.keep
        place = self.mapTo(self.window(), QPoint(self.width() // 2, 0))
        ask_name(
            self, self.objectName(), tr("Name of the set"), tr(TIP), give, above=place, text=name or sets.free_name()
        )
