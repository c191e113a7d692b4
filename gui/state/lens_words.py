"""A lens in words, for the small print of figures and for the bars."""

from itertools import groupby

from engine.core.language import tr, tr_plural
from engine.core.lens import Lens, Share
from engine.core.text import all_of
from gui.look.percents import percent
from gui.state.silencing import changes_of
from gui.state.training.runs import Runs

MOST_NAMED = 8  # maximum number of silenced neurons that are named; more are only counted


def say_lens(runs: Runs, lens: Lens | None) -> str:
    """Return run, snapshot and changes: `Run A · blog · epoch 7.0 · step 3,850 · 2 silenced (layer 1: 4, 9)`.

    A mixture has no accuracy: the run's is not its own. Empty if there is no network.
    """
    run = runs.seen(lens)
    if lens is None or run is None or not run.steps:
        return ""
    step = run.newest if lens.moment is None else lens.moment
    where = f"{run.say_epoch(step)} · {tr('step {step:,}', step=step)}" if lens.mixed else run.say(step)
    parts = [tr("Run {run}", run=runs.label(lens.run)), where, say_mixture(runs, lens), changes_of(lens)]
    text = " · ".join(filter(None, parts))
    if not 0 < len(lens.silenced) <= MOST_NAMED:
        return text
    layers = groupby(sorted(lens.silenced), key=lambda neuron: neuron.layer)
    names = (
        tr("layer {layer}: {neurons}", layer=layer + 1, neurons=", ".join(str(neuron.number) for neuron in neurons))
        for layer, neurons in layers
    )
    return f"{text} ({'; '.join(names)})"


def say_mixture(runs: Runs, lens: Lens | None) -> str:
    """Return what is mixed in: `40 % of the way to run B, neurons matched`; empty for nothing."""
    if lens is None or not lens.mixed:
        return ""
    if len(lens.mixed) > 1 and is_average(lens):
        run = runs.get(lens.run)
        steps = [lens.moment or 0, *(share.moment or 0 for share in lens.mixed)]
        average = tr_plural("average of {count} snapshot", "average of {count} snapshots", len(steps))
        if run is None:
            return average
        ends = tr("{first} to {last}", first=run.say_epoch(min(steps)), last=run.say_epoch(max(steps)))
        return f"{average}, {ends}"
    parts = [(percent(share.weight, 0), say_end(runs, share)) for share in lens.mixed]
    if len(parts) == 1:
        mixture = tr("{share} of the way to run {run}", share=parts[0][0], run=parts[0][1])
    else:
        runs_mixed = all_of(tr("{share} run {run}", share=share, run=run) for share, run in parts)
        mixture = tr("mixed with {runs}", runs=runs_mixed)
    return f"{mixture}, {tr('neurons matched')}" if any(share.matched for share in lens.mixed) else mixture


def is_average(lens: Lens) -> bool:
    """Return whether the lens shows the mean of several snapshots of one run."""
    weights = {share.weight for share in lens.mixed}
    return {share.run for share in lens.mixed} == {lens.run} and weights == {1 / (len(lens.mixed) + 1)}


def say_end(runs: Runs, share: Share) -> str:
    """Return which network is mixed in: `B`, or `B, epoch 3.0` if it is not the newest snapshot."""
    run = runs.get(share.run)
    is_newest = run is None or share.moment is None or (run.steps and share.moment == run.steps[-1])
    return share.run if is_newest or run is None else f"{share.run}, {run.say_epoch(share.moment or 0)}"
