"""What the two networks are called that are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from engine.base.lens import Lens, Share
    from gui.state.runs import Run, Runs


class Names(NamedTuple):
    """In a few letters, as a label has room for, and as a part of a sentence."""

    one: str = ""
    other: str = ""
    the_one: str = ""
    the_other: str = ""


def names_of(runs: Runs, lens: Lens, other: Share) -> Names:
    """Return what the networks of a lens and of a share are called: by their runs, or by when they were in one run."""
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
    """Return a snapshot in a few letters, and in a sentence."""
    if run is None:
        return "", ""
    step = run.newest if moment is None else moment
    if step == 0:
        return "start", f"run {run.name} at its start"
    where = run.say_epoch(step)
    return where, f"run {run.name} at {where}"
