"""What a lens looks at, in words: for the small print of figures."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from gui.state.silencing import changes_of

if TYPE_CHECKING:
    from engine.base.lens import Lens
    from gui.state.runs import Runs

MOST_NAMED = 8
"""The largest number of silenced neurons that are named; more are only counted."""


def say_lens(runs: Runs, lens: Lens | None) -> str:
    """Return run, snapshot and what is changed: `Run A · blog · epoch 7.0 · step 3,850 · 2 silenced (layer 1: 4, 9)`.

    Empty where there is no network to look at.
    """
    run = runs.seen(lens)
    if lens is None or run is None or not run.steps:
        return ""
    step = run.newest if lens.moment is None else lens.moment
    said = [f"Run {runs.label(lens.run)}", run.say(step), changes_of(lens)]
    named = _silenced(lens) if 0 < len(lens.silenced) <= MOST_NAMED else ""
    return " · ".join(filter(None, said)) + named


def _silenced(lens: Lens) -> str:
    layers = groupby(sorted(lens.silenced), key=lambda neuron: neuron.layer)
    words = (f"layer {layer + 1}: {', '.join(f'{each.number}' for each in those)}" for layer, those in layers)
    return f" ({'; '.join(words)})"
