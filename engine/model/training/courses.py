"""A run's settings with their changes on the way; the differences of runs, and whether a mean of them is meaningful."""

import itertools
from collections.abc import Callable, Hashable, Sequence
from operator import attrgetter, itemgetter

from engine.core.knobs import Value, in_sentence, knobs
from engine.core.language import mark, tr, tr_context, tr_plural
from engine.core.specs import TrainSpec, say_setting
from engine.model.training.epochs import Epochs
from engine.model.training.messages import Trained

MOST_NAMED = 3  # changes of a setting that are listed; dragging a slider makes many more
SEED = "seed"
EPOCHS_TRAINED = mark("epochs trained")

# The successive values of a setting, each with the step after which it applies; the first with 0.
type Course = tuple[tuple[int, Value], ...]


def course_of(run: Trained, name: str) -> Course:
    """Return the values of a setting from the run's start on; for a continued run, only its own changes."""
    begin = run.parent.step if run.parent else 0
    values: dict[int, Value] = {0: getattr(run.spec, name)}
    for step, changed, value in sorted(run.changes, key=itemgetter(0)) if run.changes else ():
        if changed == name:
            values[step if step > begin else 0] = value
    first, *later = values.items()
    return (first, *(change for before, change in itertools.pairwise([first, *later]) if change[1] != before[1]))


def say_course(name: str, course: Course) -> str:
    """Return a course in words: `0.1`, `0.1 → 0.5 (step 3,521)`; only the first and the last of many changes."""
    (_, first), *later = course
    start = say_setting(name, first)
    if len(later) > MOST_NAMED:
        (begin, _), (end, last) = later[0], later[-1]
        return tr_plural(
            "{start} → … → {last} ({count:,} change, steps {begin:,} to {end:,})",
            "{start} → … → {last} ({count:,} changes, steps {begin:,} to {end:,})",
            len(later),
            start=start,
            last=say_setting(name, last),
            begin=begin,
            end=end,
        )
    stations = (tr("{value} (step {step:,})", value=say_setting(name, value), step=step) for step, value in later)
    return " → ".join([start, *stations])


def say_setting_of(run: Trained, name: str) -> str:
    """Return the course of a run's setting in words."""
    return say_course(name, course_of(run, name))


def changed_on_the_way(run: Trained, after: int = 0) -> dict[str, Course]:
    """Return the courses of the settings that changed after that step, by name."""
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
    """Return a sentence on the changes that a run that begins as this one, or after that step, does not repeat."""
    changes = say_changes_of(run, after)
    if not changes:
        return ""
    return tr("What was changed on the way of run {run} is not repeated: {changes}.", run=name, changes=changes)


def changes_as_plain(run: Trained) -> dict[str, list[list[Value]]]:
    """Return the courses of the changed settings by name, as [step, value] pairs for JSON."""
    return {name: [list(change) for change in course] for name, course in changed_on_the_way(run).items()}


def plain_course(course: Course) -> Value | list[list[Value]]:
    """Return a course for JSON: the value if there is only one, otherwise [step, value] pairs."""
    return course[0][1] if len(course) == 1 else [list(change) for change in course]


def differing(runs: Sequence[Trained]) -> dict[str, list[Course]]:
    """Return the settings in which runs differ, by name, with the distinct courses in the order of the runs."""
    names = tuple(knobs(TrainSpec))
    columns = zip(*map(attrgetter(*names), (run.spec for run in runs)), strict=True)
    live = {name for run in runs for _, name, _ in run.changes}
    courses_by_name = dict[str, list[Course]]()
    for name, column in zip(names, columns, strict=False):
        courses = (course_of(run, name) for run in runs) if name in live else (((0, value),) for value in column)
        if len(distinct := list(dict.fromkeys(courses))) > 1:
            courses_by_name[name] = distinct
    return courses_by_name


def end_of(run: Trained) -> str:
    """Return why a run ended: `epochs`, `accuracy`, `not finite`, or `stopped` before its time."""
    if not run.epochs:
        return "stopped"
    if not _last(run, "finite"):
        return "not finite"  # no text
    if _last(run, "epoch") >= run.spec.epochs:
        return "epochs"
    return "accuracy" if 0 < run.spec.stop_at <= run.epochs[-1].judged else "stopped"


def beyond_seed(runs: Sequence[Trained]) -> list[str]:
    """Return how runs differ besides their seed, in words; nothing for repetitions that were equally trained."""

    def differ(of: Callable[[Trained], Hashable]) -> bool:
        return len({of(run) for run in runs}) > 1

    titles = knobs(TrainSpec)
    differences = [in_sentence(titles[name].title) for name in differing(runs) if name != SEED]
    if differ(attrgetter("dataset", "fingerprint")):
        differences.append(tr("data"))
    if differ(attrgetter("parent", "taught_from")):
        differences.append(tr_context("of a run", "beginning"))
    if len({_reached(run) for run in runs}) > 1:
        differences.append(tr(EPOCHS_TRAINED))
    return differences


def _reached(run: Trained) -> int | None:
    """Return the number of steps of a stopped run; `None` for one that was trained to its end."""
    if end_of(run) != "stopped":
        return None
    return int(_last(run, "step")) if run.epochs else 0


def _last(run: Trained, name: str) -> float:
    """Return a figure of a run's last epoch: for thousands of runs, making each epoch's message would take long."""
    epochs = run.epochs
    return float(epochs.column(name)[-1] if isinstance(epochs, Epochs) else getattr(epochs[-1], name))
