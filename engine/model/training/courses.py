"""The settings of a run with what was changed on its way; in what runs differ, and whether a mean over them is one."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Sequence
from operator import attrgetter, itemgetter
from typing import Protocol

from engine.core.knobs import Value, in_sentence, knobs
from engine.core.specs import TrainSpec, say_setting
from engine.model.training.epochs import Epochs
from engine.model.training.messages import EpochDone, Parent

MOST_NAMED = 3
"""Maximum number of changes of a setting that are named one by one; dragging a slider makes many more."""

SEED = "seed"

EPOCHS_TRAINED = "epochs trained"

type Course = tuple[tuple[int, Value], ...]
"""The values of a setting in turn, each with the step after which it held; the first with 0."""


class Trained(Protocol):
    """A run, or what is known of it without its weights."""

    @property
    def spec(self) -> TrainSpec:
        """Its settings as they were at its start."""

    @property
    def changes(self) -> Sequence[tuple[int, str, float]]:
        """Live settings that were changed on the way: after which step, which one, to what."""

    @property
    def parent(self) -> Parent | None:
        """The moment that it went on from, ..."""

    @property
    def taught_from(self) -> Parent | None:
        """... or was taught from."""

    @property
    def dataset(self) -> str:
        """Summary of the data that it learned from, ..."""

    @property
    def fingerprint(self) -> str:
        """... and what tells these from others; empty where it is not known."""

    @property
    def epochs(self) -> Sequence[EpochDone]:
        """What each epoch came to."""


# One setting of one run ---------------------------------------------------------------------------------------------


def course_of(run: Trained, name: str) -> Course:
    """Return the values that a setting had from the run's start on. A run that went on from another has its own."""
    begin = run.parent.step if run.parent else 0
    values: dict[int, Value] = {0: getattr(run.spec, name)}
    for step, changed, value in sorted(run.changes, key=itemgetter(0)) if run.changes else ():
        if changed == name:
            values[step if step > begin else 0] = value
    first, *later = values.items()
    changed_at = (each for before, each in itertools.pairwise([first, *later]) if each[1] != before[1])
    return (first, *changed_at)


def say_course(name: str, course: Course) -> str:
    """Return in words how a setting went: `0.1`, `0.1 → 0.5 (step 3,521)`; of many changes the first and the last."""
    (_, first), *later = course
    said = say_setting(name, first)
    if len(later) > MOST_NAMED:
        (begin, _), (end, last) = later[0], later[-1]
        return f"{said} → … → {say_setting(name, last)} ({len(later):,} changes, steps {begin:,} to {end:,})"
    return said + "".join(f" → {say_setting(name, value)} (step {step:,})" for step, value in later)


def say_setting_of(run: Trained, name: str) -> str:
    """Return in words what a setting of a run was, with its changes on the way."""
    return say_course(name, course_of(run, name))


def changed_on_the_way(run: Trained, after: int = 0) -> dict[str, Course]:
    """Return the settings that did not stay as they were after that step, by name."""
    courses = {name: course_of(run, name) for name in dict.fromkeys(name for _, name, _ in run.changes)}
    return {name: course for name, course in courses.items() if course[-1][0] > after}


def say_changes_of(run: Trained, after: int = 0) -> str:
    """Return these settings in words: `learning rate 0.1 → 0.5 (step 3,521), dropout ...`; empty for none."""
    titles = knobs(TrainSpec)
    return ", ".join(
        f"{in_sentence(titles[name].title)} {say_course(name, course)}"
        for name, course in changed_on_the_way(run, after).items()
    )


def say_not_repeated(name: str, run: Trained, after: int = 0) -> str:
    """Return a sentence on what a run that begins as this one, or after that step, does not have; empty for nothing."""
    changes = say_changes_of(run, after)
    return f"What was changed on the way of run {name} is not repeated: {changes}." if changes else ""


def changes_as_plain(run: Trained) -> dict[str, list[list[Value]]]:
    """Return the settings that were changed on the way, by name, each as [step, value] pairs: fit for JSON."""
    return {name: [list(each) for each in course] for name, course in changed_on_the_way(run).items()}


def plain_course(course: Course) -> Value | list[list[Value]]:
    """Return a course fit for JSON: the value where it is one, otherwise each as [step, value]."""
    return course[0][1] if len(course) == 1 else [list(each) for each in course]


# Several runs -------------------------------------------------------------------------------------------------------


def differing(runs: Sequence[Trained]) -> dict[str, list[Course]]:
    """Return the settings that runs have not all alike, by name, each with its courses in the order of the runs."""
    names = tuple(knobs(TrainSpec))
    columns = zip(*map(attrgetter(*names), (run.spec for run in runs)), strict=True)
    live = {name for run in runs for _, name, _ in run.changes}
    found = dict[str, list[Course]]()
    for name, column in zip(names, columns, strict=False):
        courses = (
            (course_of(run, name) for run in runs) if name in live else (((0, value),) for value in column)
        )
        if len(distinct := list(dict.fromkeys(courses))) > 1:
            found[name] = distinct
    return found


def end_of(run: Trained) -> str:
    """Return in a word or two why a run ended: `epochs`, `accuracy`, `not finite`, or `stopped` before its time."""
    if not run.epochs:
        return "stopped"
    if not _last(run, "finite"):
        return "not finite"
    if _last(run, "epoch") >= run.spec.epochs:
        return "epochs"
    return "accuracy" if 0 < run.spec.stop_at <= run.epochs[-1].judged else "stopped"


def beyond_seed(runs: Sequence[Trained]) -> list[str]:
    """Return in words in what runs differ besides their seed; nothing where they are repetitions of each other.

    Only of repetitions a mean and a deviation tell anything: same settings and changes on the way, same data, same
    beginning, and each trained to its end or all equally far.
    """

    def differ(of: attrgetter[Hashable]) -> bool:
        return len({of(run) for run in runs}) > 1

    titles = knobs(TrainSpec)
    found = [in_sentence(titles[name].title) for name in differing(runs) if name != SEED]
    if differ(attrgetter("dataset", "fingerprint")):
        found.append("data")
    if differ(attrgetter("parent", "taught_from")):
        found.append("beginning")
    if len({_reached(run) for run in runs}) > 1:
        found.append(EPOCHS_TRAINED)
    return found


def _reached(run: Trained) -> int | None:
    """Return how many steps a run took that was stopped; `None` for one that came to its end."""
    if end_of(run) != "stopped":
        return None
    return int(_last(run, "step")) if run.epochs else 0


def _last(run: Trained, name: str) -> float:
    """Return a figure of a run's last epoch. There may be thousands of runs, and an epoch as a whole takes long."""
    epochs = run.epochs
    return float(epochs.column(name)[-1] if isinstance(epochs, Epochs) else getattr(epochs[-1], name))
