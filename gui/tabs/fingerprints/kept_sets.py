"""The sets of neurons that are kept in the session: put back into the lens, renamed, deleted; all can be undone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.base.errors import UserError
from engine.base.messages import JobEnded
from engine.base.neuron_set import NeuronSet
from engine.session.session_jobs import SessionOpened
from engine.session.set_jobs import SetsKept, keep_sets
from gui.state.silencing import counted
from gui.state.tell import refuse, tell

if TYPE_CHECKING:
    from gui.state.bridge import Bridge
    from gui.state.selection import Selection
    from gui.state.silencing import Silencing
    from gui.tabs.fingerprints.set_chip import SetChip

type Sets = Mapping[str, NeuronSet]


class KeptSets(QObject):
    """What is wanted holds here at once; the engine is told one whole state after the other, of many only the last."""

    changed = Signal()

    def __init__(self, bridge: Bridge, selection: Selection, silencing: Silencing, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge, self._runs = bridge, bridge.runs
        self._selection, self._silencing = selection, silencing
        self.sets: Sets = {}
        """By name, in their order."""
        self._wanted: Sets | None = None
        self._job: int | None = None
        bridge.listen(SetsKept, lambda message: self._take(message.sets) if self._wanted is None else None)
        bridge.listen(SessionOpened, self._take_session)
        bridge.listen(JobEnded, lambda _: self._go_on(), job=lambda: self._job)

    def serve(self, chip: SetChip) -> None:
        """Let a button offer the sets and what can be done with them."""
        chip.opening.connect(
            lambda: chip.show_sets(self.sets, self.current, len(self._silencing.changed), self.free_name())
        )
        chip.kept.connect(self.keep)
        chip.applied.connect(self.apply)
        chip.renamed.connect(self.rename)
        chip.forgotten.connect(self.forget)

    @property
    def current(self) -> str:
        """The name of the set that the lens carries now; empty for none."""
        lens = self._selection.lens
        carried = NeuronSet.of(lens) if lens else NeuronSet(frozenset())
        if not carried.neurons:
            return ""
        return next((name for name, each in self.sets.items() if self._here(each) == carried), "")

    def free_name(self) -> str:
        """Propose a name for what is changed now."""
        lens = self._selection.lens
        plain = f"{counted(NeuronSet.of(lens).neurons)}" if lens else "neurons"
        names = [plain, *(f"{plain} ({number})" for number in range(2, len(self.sets) + 3))]
        return next(name for name in names if name not in self.sets)

    def keep(self, name: str) -> None:
        """Keep what the lens changes now; what had the name before is kept no longer."""
        lens = self._selection.lens
        if lens is not None and name and NeuronSet.of(lens).neurons:
            self._do(f"keep “{name}”", {**self.sets, name: NeuronSet.of(lens)})

    def apply(self, name: str) -> None:
        """Let the lens change just the neurons of a set; those that the run lacks are left out, and that is told."""
        lens, kept = self._selection.lens, self.sets.get(name)
        if lens is None or kept is None:
            return
        here, lacking = self._here(kept), len(kept.neurons - self._here(kept).neurons)
        if not here.neurons:
            none = UserError(
                f"Run {self._runs.label(lens.run)} has no neuron of “{name}”.",
                hint="Look at the run that it is of.",
            )
            self._bridge.submit(refuse, none)
            return
        if lacking:
            run = self._runs.label(lens.run)
            self._bridge.submit(
                tell, f"{counted(range(lacking))} of “{name}” left out: run {run} has none such."
            )
        self._silencing.put(f"apply “{name}”", here.silenced, here.adjusted)

    def rename(self, name: str, new: str) -> None:
        """Call a set something else, unless another one is called so."""
        if name not in self.sets or new in ("", name):
            return
        if new in self.sets:
            taken = UserError(f"There is a set called “{new}” already.", hint="Choose another name.")
            self._bridge.submit(refuse, taken)
            return
        self._do(
            f"rename “{name}”", {new if each == name else each: kept for each, kept in self.sets.items()}
        )

    def forget(self, name: str) -> None:
        """Keep a set no longer; the lens stays as it is."""
        if name in self.sets:
            self._do(f"delete “{name}”", {each: kept for each, kept in self.sets.items() if each != name})

    def _here(self, kept: NeuronSet) -> NeuronSet:
        """Return what of a set the run that is looked at has."""
        lens = self._selection.lens
        return NeuronSet(
            frozenset(each for each in kept.silenced if self._runs.has(lens, each)),
            frozenset(each for each in kept.adjusted if self._runs.width(lens, each.layer) > each.number),
        )

    def _do(self, text: str, sets: Sets) -> None:
        self._silencing.history.do(text, partial(self._put, sets), partial(self._put, self.sets))

    def _put(self, sets: Sets) -> None:
        self._take(sets)
        self._wanted = self.sets
        if self._job is None:
            self._go_on()

    def _go_on(self) -> None:
        wanted, self._wanted = self._wanted, None
        self._job = None if wanted is None else self._bridge.submit(keep_sets, wanted)

    def _take_session(self, message: SessionOpened) -> None:
        self._wanted = None  # it was wanted of the session before
        self._take(message.sets)

    def _take(self, sets: Sets) -> None:
        self.sets = dict(sets)
        self.changed.emit()
