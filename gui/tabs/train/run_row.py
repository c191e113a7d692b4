"""What a list says of a run, in words: how good it is, what is set otherwise, where it comes from."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from engine.base.knobs import knobs
from engine.base.numbers import plural
from engine.base.specs import TrainSpec, in_words, say_setting
from gui.look.percents import percent
from gui.state.runs import Run, age

type RunState = Literal["", "training", "paused"]
"""Whether a run is going on; empty for one that has ended."""

KNOBS = knobs(TrainSpec)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One run of the list."""

    name: str
    title: str
    label: str
    """Letter and title."""
    color: int
    accuracy: str
    """The best one on the test images, in percent; empty before the first epoch."""
    differences: str
    """What is set otherwise than in the run that it is compared with."""
    progress: str
    """Epochs done, the best of them, and where the run comes from."""
    pinned: bool
    state: RunState
    current: bool
    """Whether it is the run that is looked at."""

    @property
    def sentence(self) -> str:
        """All of it, for a tooltip or a screen reader."""
        accuracy = f"best test accuracy {self.accuracy}" if self.accuracy else "not tested yet"
        return f"Run {self.label}: {accuracy}; {self.differences}; {self.progress}."


def run_rows(
    runs: Iterable[Run], current: str, state: Mapping[str, RunState], unpinned: Collection[str] = ()
) -> list[RunRow]:
    """Return the rows for `runs`, the newest first; `state` is that of the runs that are going on.

    The `unpinned` ones, by name, are about to be pinned no longer.
    """
    ordered = sorted(runs, key=age)
    named = {run.name: run for run in ordered}
    earlier = [None, *ordered]
    rows = [
        _row(
            run,
            _compared(run, before, named),
            named,
            current=run.name == current,
            pinned=run.look.pinned and run.name not in unpinned,
            state=state.get(run.name, ""),
        )
        for run, before in zip(ordered, earlier, strict=False)
    ]
    return rows[::-1]


def _compared(run: Run, before: Run | None, runs: Mapping[str, Run]) -> Run | None:
    return runs.get(run.parent.run, before) if run.parent else before


def _row(
    run: Run, other: Run | None, runs: Mapping[str, Run], *, current: bool, pinned: bool, state: RunState
) -> RunRow:
    return RunRow(
        name=run.name,
        title=run.look.title,
        label=run.look.label,
        color=run.look.color,
        accuracy=percent(run.best.accuracy, 2) if run.best else "",
        differences=_differences(run.spec, other.spec if other else None),
        progress=" · ".join(filter(None, (state, _epochs(run), _origin(run, runs)))),
        pinned=pinned,
        state=state,
        current=current,
    )


@functools.lru_cache(maxsize=1024)
def _differences(spec: TrainSpec, other: TrainSpec | None) -> str:
    if other is None:
        return f"layers {in_words(spec.hidden)}, {say_setting('optimizer', spec.optimizer)}"
    changes = [
        f"{KNOBS[name].title.lower()} {say_setting(name, here)}"
        for name, (here, _) in spec.differences(other).items()
    ]
    return ", ".join(changes) or "the same settings"


def _epochs(run: Run) -> str:
    if not run.tests or run.best is None:
        return "no epoch yet"
    done = run.tests[-1].epoch
    return plural(done, "epoch") + (f", best at {run.best.epoch}" if run.best.epoch < done else "")


def _origin(run: Run, runs: Mapping[str, Run]) -> str:
    if run.parent is None:
        return ""
    name, step = run.parent
    epoch, rest = divmod(step, runs.get(name, run).steps_per_epoch)
    return f"from {name}, step {step:,}" if rest else f"from {name}, epoch {epoch}"
