"""What the two networks that are compared are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from engine.base.lens import Lens, Share
    from gui.state.runs import Run, Runs


class Names(NamedTuple):
    """Short names for labels, and longer ones that fit into a sentence."""

    one: str = ""
    """`A`, or where both are snapshots of one run `epoch 3.0`; of a mixture `mixture`."""
    other: str = ""
    the_one: str = ""
    """`run A`, `run A at epoch 3.0`, `the mixture`."""
    the_other: str = ""


def names_of(runs: Runs, lens: Lens, other: Share) -> Names:
    """Return what to call the networks of a lens and of a share: by their runs or, in one run, by its snapshots."""
    (here, one), (there, another) = (
        _when(runs.get(name), moment) for name, moment in ((lens.run, lens.moment), (other.run, other.moment))
    )
    if lens.run == other.run:
        called = Names(here, there, one, another)
    else:
        called = Names(lens.run, other.run, f"run {lens.run}", f"run {other.run}")
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
