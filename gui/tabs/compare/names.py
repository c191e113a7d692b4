"""Names of the two networks that are compared."""

from typing import NamedTuple

from engine.core.lens import Lens, Share
from engine.core.text import isolated
from gui.look.class_names import class_name
from gui.state.training.runs import Run, Runs


class Names(NamedTuple):
    """Short names for labels, longer ones for sentences."""

    one: str = ""  # `A`; of snapshots of one run `epoch 3.0`; of a mixture `mixture`
    other: str = ""
    the_one: str = ""  # `run A`, `run A at epoch 3.0`, `the mixture`
    the_other: str = ""
    # Names of the answers of both; none where they are not known.
    answers: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

    def answer_of(self, which: int, label: int) -> str:
        called = self.answers[which]
        return isolated(called[label]) if label < len(called) else class_name(label)

    def one_of(self, which: int, label: int) -> str:
        """Return that answer as part of a sentence: `a 3`, `ape`."""
        name = self.answer_of(which, label)
        return f"a {name}" if name == f"{label}" else name


def names_of(runs: Runs, lens: Lens, other: Share) -> Names:
    """Return the names for a lens and a share: their runs or, of one run, its snapshots."""
    (here, one), (there, another) = (
        _when(runs.get(name), moment) for name, moment in ((lens.run, lens.moment), (other.run, other.moment))
    )
    if lens.run == other.run:
        called = Names(here, there, one, another)
    else:
        called = Names(lens.run, other.run, f"run {lens.run}", f"run {other.run}")
    one_run, other_run = runs.get(lens.run), runs.get(other.run)
    classes = one_run.classes if one_run else (), other_run.classes if other_run else ()
    called = called._replace(answers=classes)
    if lens.mixed:
        return called._replace(one="mixture", the_one="the mixture")
    return called


def _when(run: Run | None, moment: int | None) -> tuple[str, str]:
    """Return the short name of a snapshot, and the one for a sentence."""
    if run is None:
        return "", ""
    step = run.newest if moment is None else moment
    if step == 0:
        return "start", f"run {run.name} at its start"
    where = run.say_epoch(step)
    return where, f"run {run.name} at {where}"
