"""What a row of the list of runs says: accuracy, settings that differ, origin."""

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal

from engine.core.frozen import Frozen
from engine.core.knobs import in_sentence, knobs
from engine.core.language import mark, tr, tr_plural
from engine.core.layers.language import in_words
from engine.core.specs import TrainSpec, say_setting
from engine.core.text import printable
from engine.model.training.courses import Course, differing, say_changes_of, say_course, say_setting_of
from gui.state.training.runs import Group, Run, age, final_accuracy

type RunState = Literal["", "training", "paused"]  # whether a run is going on; empty for one that has ended

STATES: Mapping[RunState, str] = {"": "", "training": mark("training"), "paused": mark("paused")}

MOST_VALUES = 4  # a setting with more values is named by its first and last


class RunRow(Frozen):
    """One run of the list."""

    name: str
    title: str
    label: str  # letter and title
    color: int
    accuracy: str  # the test accuracy of the newest weights, in percent; empty before the first test, ...
    images: int | None  # ... the number of test images that it is of, ...
    best: str  # ... and the best epoch, what it was chosen on, and its test accuracy
    differences: str  # settings that differ from those of the run it is compared with
    progress: str  # epochs done, the best of them, and the run that it started from
    pinned: bool
    state: RunState
    current: bool  # whether it is the run that is looked at
    group: str = ""  # the group whose row it is listed below

    @property
    def key(self) -> str:
        return self.name

    @property
    def sentence(self) -> str:
        """The whole row, for a tooltip or a screen reader."""
        if not self.accuracy:
            tested = tr("Run {run}: not tested yet", run=self.label)
        elif not self.images:
            tested = tr("Run {run}: test accuracy {accuracy}", run=self.label, accuracy=self.accuracy)
        else:
            tested = tr_plural(
                "Run {run}: test accuracy {accuracy} of {count:,} test image",
                "Run {run}: test accuracy {accuracy} of {count:,} test images",
                self.images,
                run=self.label,
                accuracy=self.accuracy,
            )
        return "; ".join(filter(None, (tested, self.best, self.differences, f"{self.progress}.")))


class GroupRow(Frozen):
    """Runs that belong together, as one row; where it is open theirs are listed below it."""

    name: str
    label: str
    color: int
    # Mean and standard deviation of the final test accuracies, or their range where the runs differ in more than the
    # seed; empty before the first epoch, ...
    accuracy: str
    kind: str  # ... which of the two it is, in words, ...
    images: int | None  # ... and how many test images that is of
    differences: str  # the settings that differ between its runs
    progress: str  # the number of runs, and the lowest and highest of their accuracies
    pinned: bool
    state: RunState
    current: bool  # whether it is folded and one of its runs is looked at
    looked: str  # that run, or one of an open group; empty for none
    open: bool

    title = ""
    group = ""
    best = ""

    @property
    def key(self) -> str:
        return group_key(self.name)

    @property
    def sentence(self) -> str:
        """The whole row, for a tooltip or a screen reader."""
        group = tr(mark("Group {name}, open") if self.open else mark("Group {name}, folded"), name=self.label)
        accuracy = tr("not tested")
        if self.accuracy:
            accuracy = tr("test accuracy {accuracy} ({kind})", accuracy=self.accuracy, kind=self.kind)
        return f"{group}: {accuracy}; {self.differences}; {self.progress}."


type ListRow = RunRow | GroupRow


def group_key(group: str) -> str:
    """Return the key of a group's row, curves and switch; those of runs are letters."""
    return f"group {group}"  # no text


def run_rows(
    runs: Iterable[Run],
    current: str,
    state: Mapping[str, RunState],
    unpinned: Collection[str] = (),
    groups: Mapping[str, Group] | None = None,
    unfolded: Collection[str] = (),
) -> list[ListRow]:
    """Return the rows of `runs`, the newest first; `state` is that of the runs that train.

    The `unpinned` ones, by name, are about to be unpinned. A group is listed where its oldest run would be; the runs of
    a group that is not `unfolded` have no rows, and cost nothing.
    """
    ordered = sorted(runs, key=age)
    named = {run.name: run for run in ordered}
    member = {run.name: group for group in (groups or {}).values() for run in group.runs}

    def row(run: Run, before: Run | None, group: str = "") -> RunRow:
        other = named.get(run.parent.run, before) if run.parent else before
        going = state.get(run.name, "")
        return RunRow(
            name=run.name,
            title=run.look.title,
            label=run.look.label,
            color=run.look.color,
            accuracy=run.say_share(run.newest),
            images=_images(run),
            best=run.say_best(),
            differences=_differences(run, other),
            progress=" · ".join(filter(None, (tr(STATES[going]), _epochs(run), _origin(run, named)))),
            pinned=run.look.pinned and run.name not in unpinned,
            state=going,
            current=run.name == current,
            group=group,
        )

    blocks = list[list[ListRow]]()
    listed = set[str]()
    for before, run in itertools.pairwise([None, *ordered]):
        assert run is not None
        group = member.get(run.name)
        if group is None:
            blocks.append([row(run, before)])
        elif group.name not in listed:
            listed.add(group.name)
            is_open = group.name in unfolded
            first = group.runs[0]
            rows = [row(run, before if run is first else first, group.name) for run in group.runs] if is_open else []
            blocks.append([_group_row(group, current, state, unpinned, is_open=is_open), *rows])
    return list(itertools.chain.from_iterable(reversed(blocks)))


def _group_row(
    group: Group, current: str, state: Mapping[str, RunState], unpinned: Collection[str], *, is_open: bool
) -> GroupRow:
    accuracy = final_accuracy(group.runs)
    looked = current if current in group.names else ""
    runs = tr_plural("{count:,} run", "{count:,} runs", len(group.runs))
    going: RunState = next((state[name] for name in state if name in group.names), "")
    return GroupRow(
        name=group.name,
        label=printable(group.name),
        color=group.color,
        accuracy=accuracy.said,
        kind=tr("range") if accuracy.unlike else tr("mean and standard deviation"),
        images=_images(group.runs[0]),
        differences=_say_over(group, accuracy.unlike),
        progress=" · ".join(filter(None, (tr(STATES[going]), runs, "" if accuracy.unlike else accuracy.span))),
        pinned=any(run.look.pinned and run.name not in unpinned for run in group.runs),
        state=going,
        current=bool(looked) and not is_open,
        looked=looked,
        open=is_open,
    )


def _say_over(group: Group, unlike: Sequence[str]) -> str:
    """Return the values that a group's settings take, and in what else its runs are no repetitions."""
    over = group.over
    others = [words for words in unlike if words not in {_title(name) for name in over}]
    settings = [
        *(say_over(name, courses) for name, courses in over.items()),
        *(tr("other {setting}", setting=words) for words in others),
    ]
    return ", ".join(settings) or tr("the same settings")


def _title(name: str) -> str:
    return in_sentence(knobs(TrainSpec)[name].title)


def say_over(name: str, courses: Sequence[Course]) -> str:
    """Return the values that a setting takes: `seed 1 … 8`, `hidden layers 10, 50, 300`."""
    title = _title(name)
    if len(courses) <= MOST_VALUES:
        return f"{title} {', '.join(say_course(name, course) for course in courses)}"
    return f"{title} {say_course(name, courses[0])} … {say_course(name, courses[-1])}"


def _differences(run: Run, other: Run | None) -> str:
    if other is None:
        first = (tr("layers {layers}", layers=in_words(run.spec.network)), say_setting("optimizer", run.spec.optimizer))
        return ", ".join(filter(None, (*first, say_changes_of(run))))
    settings = [f"{_title(name)} {say_setting_of(run, name)}" for name in differing((run, other))]
    return ", ".join(settings) or tr("the same settings")


def _images(run: Run) -> int | None:
    return run.test_images if run.epochs else None


def say_images(row: ListRow) -> str:
    """Return beside an accuracy how many test images it is of: `of 10,000`; empty where that is not known."""
    return tr("of {count:,}", count=row.images) if row.images else ""


def _epochs(run: Run) -> str:
    if run.best is None:
        return tr("no epoch yet")
    done = run.epochs[-1].epoch
    best = tr("best, epoch {epoch:,}", epoch=run.best.epoch) if run.best.epoch < done else ""
    return " · ".join(filter(None, (tr_plural("{count:,} epoch", "{count:,} epochs", done), best)))


def _origin(run: Run, runs: Mapping[str, Run]) -> str:
    if run.parent is None:
        return ""
    name, step = run.parent
    epoch, rest = divmod(step, runs.get(name, run).steps_per_epoch)
    return (
        tr("from {run}, step {step:,}", run=name, step=step)
        if rest
        else tr("from {run}, epoch {epoch}", run=name, epoch=epoch)
    )
