"""What a lens looks at, in words: for the small print of figures, and for the bars."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from gui.look.percents import percent
from gui.state.silencing import changes_of

if TYPE_CHECKING:
    from engine.core.lens import Lens, Share
    from gui.state.training.runs import Runs

MOST_NAMED = 8
"""The largest number of silenced neurons that are named; more are only counted."""


def say_lens(runs: Runs, lens: Lens | None) -> str:
    """Return run, snapshot and what is changed: `Run A · blog · epoch 7.0 · step 3,850 · 2 silenced (layer 1: 4, 9)`.

    A mixture has no accuracy here: the run's is not its own. Empty if there is no network to look at.
    """
    run = runs.seen(lens)
    if lens is None or run is None or not run.steps:
        return ""
    step = run.newest if lens.moment is None else lens.moment
    where = f"{run.say_epoch(step)} · step {step:,}" if lens.mixed else run.say(step)
    said = [f"Run {runs.label(lens.run)}", where, say_mixture(runs, lens), changes_of(lens)]
    named = _silenced(lens) if 0 < len(lens.silenced) <= MOST_NAMED else ""
    return " · ".join(filter(None, said)) + named


def say_mixture(runs: Runs, lens: Lens | None) -> str:
    """Return what is mixed in, empty for nothing: `40 % of the way to run B, neurons matched`."""
    if lens is None or not lens.mixed:
        return ""
    if len(lens.mixed) > 1 and is_average(lens):
        run = runs.get(lens.run)
        steps = [lens.moment or 0, *(share.moment or 0 for share in lens.mixed)]
        ends = f", {run.say_epoch(min(steps))} to {run.say_epoch(max(steps))}" if run else ""
        return f"average of {len(steps)} snapshots{ends}"
    named = [f"run {say_end(runs, share)}" for share in lens.mixed]
    matched = ", neurons matched" if any(share.matched for share in lens.mixed) else ""
    shares = [percent(share.weight, 0) for share in lens.mixed]
    if len(named) == 1:
        return f"{shares[0]} of the way to {named[0]}{matched}"
    parts = [f"{share} {name}" for share, name in zip(shares, named, strict=True)]
    return f"mixed with {' and '.join(parts)}{matched}"


def is_average(lens: Lens) -> bool:
    """Whether it looks at the mean of some snapshots of one run."""
    weights = {share.weight for share in lens.mixed}
    return {share.run for share in lens.mixed} == {lens.run} and weights == {1 / (len(lens.mixed) + 1)}


def say_end(runs: Runs, share: Share) -> str:
    """Return whose network is mixed in: `B`, with its snapshot where that is not the newest: `B, epoch 3.0`."""
    run = runs.get(share.run)
    is_newest = run is None or share.moment is None or (run.steps and share.moment == run.steps[-1])
    return share.run if is_newest or run is None else f"{share.run}, {run.say_epoch(share.moment or 0)}"


def _silenced(lens: Lens) -> str:
    layers = groupby(sorted(lens.silenced), key=lambda neuron: neuron.layer)
    words = (f"layer {layer + 1}: {', '.join(f'{each.number}' for each in those)}" for layer, those in layers)
    return f" ({'; '.join(words)})"
