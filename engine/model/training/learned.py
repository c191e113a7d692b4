"""What a run learns from: the training images that its settings choose from a data set, with their labels.

It is determined by the data set, the seed and the settings `images`, `wrong_labels`, `validation` and `classes`. Test
images and classes do not change, so that runs can be compared.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from engine.core.errors import UserError
from engine.core.language import tr, tr_plural
from engine.core.lazy import Array, frozen, np
from engine.core.messages import read_only
from engine.core.specs import DataSpec, TrainSpec
from engine.core.text import clipped
from engine.data.dataset import Dataset, remembered, say_summary
from engine.data.formats.sample import is_full, without_sample
from engine.model.training.run import Run

# The settings that choose, and their defaults, which choose everything.
ALL: Mapping[str, int | float | str] = {"images": 0, "wrong_labels": 0.0, "validation": 0.0, "classes": ""}

type Choice = tuple[int, float, float, str, int]  # the values of these settings, and the seed
type Source = tuple[str, Choice]  # what a run learned from: the fingerprint of its data, and its choice

# The numbers after a run's seed; the order of epoch n is drawn with (seed, n), n from 1.
SAMPLE_SEED, LABEL_SEED = (0, 1), (0, 2)

MOST_LISTED = 12  # maximum number of class names in a sentence


class Learned(NamedTuple):
    """The training images that a run learns from, and their labels."""

    numbers: Array  # indices into the data set's training images, (n,) int64, ascending
    labels: Array  # the labels in the training, (n,) uint8
    wrong: Array  # whether the label differs from the one in the data, (n,) bool
    held_out: Array  # the numbers of the validation images, (m,) int64, ascending


class Compared(NamedTuple):
    """The training images that explain a run: those that it learned from, or all where other data are open."""

    learned: Learned  # their numbers in the open data, and their labels
    data: Dataset  # the data set with these as its training images, in the same order
    remark: str  # a sentence that the run did not learn from them; empty where it did
    unknown: str  # a sentence on what else the network learned from; empty for nothing else

    @property
    def caveat(self) -> str:
        """The sentence beside a figure that is computed with them."""
        return self.remark or self.unknown


def chooses(spec: DataSpec | TrainSpec) -> bool:
    """Whether the settings choose anything; otherwise a run learns from all training images unchanged."""
    return any(getattr(spec, name) != usual for name, usual in ALL.items())


def chosen_classes(text: str, names: Sequence[str]) -> tuple[int, ...]:
    """Return the numbers of the classes that a person named, ascending; all for an empty text.

    The text is a list of names, numbers and ranges: `0-4`, `0, 3, 7`, `coat, 7`. A name takes precedence over a number;
    `#3` is always class 3. Raises `UserError` for anything else.
    """
    every = range(len(names))
    if not text.strip():
        return tuple(every)
    known = {name.strip().casefold(): number for number, name in reversed(list(enumerate(names)))}

    def one(part: str) -> int | None:
        word = part.strip().casefold()
        if word in known:
            return known[word]
        match = re.fullmatch(r"#?([0-9]{1,3})", word)
        return int(match[1]) if match and int(match[1]) in every else None

    chosen: set[int] = set()
    for part in filter(str.strip, re.split(r"[,;]", text)):
        number = one(part)
        if number is not None:
            chosen.add(number)
            continue
        for dash in re.finditer("[-–]", part):  # a name may contain dashes
            ends = one(part[: dash.start()]), one(part[dash.end() :])
            if ends[0] is not None and ends[1] is not None and ends[0] <= ends[1]:
                chosen.update(range(ends[0], ends[1] + 1))
                break
        else:
            raise _no_class(part.strip(), names)
    if not chosen:
        raise UserError(tr("Classes: no class is named."), hint=tr("Write some, or nothing for all."))
    return tuple(sorted(chosen))


def learned_count(spec: DataSpec | TrainSpec, counts: Sequence[int], names: Sequence[str]) -> int:
    """Return how many of the `counts` of each class a run learns from; raise what `chosen_classes` raises."""
    there = sum(counts[label] for label in chosen_classes(spec.classes, names))
    chosen = min(spec.images, there) if spec.images else there
    return chosen - _held_out(chosen, spec.validation)


def _held_out(images: int, share: float) -> int:
    """Return the number of the chosen images that are held out: at least one if the share is not 0."""
    return max(1, round(share * images)) if share else 0


def learned(data: Dataset, spec: DataSpec | TrainSpec) -> Learned:
    """Return the training images that a run with these settings learns from, and their labels.

    The images are a stratified sample: each class goes through its images in a seeded order, all at the same pace, so a
    smaller sample is a subset of a larger one. The last are held out, with their true labels. Wrong labels are an exact
    share, each of another chosen class. Raises `UserError` where no existing class is named, none of them has images,
    all would be held out, or there is no other class for a wrong label.
    """
    return _learned(data, *_choice(spec))


def learned_data(data: Dataset, spec: DataSpec | TrainSpec) -> Dataset:
    """Return the data set as a run with these settings learns from it, with the validation images held out.

    It is `data` itself where the settings choose nothing. Raises what `learned` raises.
    """
    if not chooses(spec):
        return data
    return _data(data, *_choice(spec))


def _choice(spec: DataSpec | TrainSpec) -> Choice:
    return spec.images, spec.wrong_labels, spec.validation, spec.classes, spec.seed


_without_sample = remembered(2)(without_sample)


def own_part(data: Dataset, run: Run) -> Dataset | None:
    """Return the data of a run's training: `data`, the last of the full MNIST for a bundled run, or `None`."""
    return part_called(data, run.fingerprint)


def part_called(data: Dataset, fingerprint: str) -> Dataset | None:
    """Return the data set with that fingerprint: `data`, or a part of the full MNIST; otherwise `None`."""
    if data.fingerprint() == fingerprint:
        return data
    if is_full(data) and (part := _without_sample(data)).fingerprint() == fingerprint:
        return part
    return None


def learned_by(data: Dataset, run: Run, runs: Mapping[str, Run]) -> Learned | None:
    """Return the training images of `data` that a run's network learned from, with labels; `None` for other data.

    These are the run's own, and those of `runs` that it continued from, if learned by then; the last label counts.
    """
    sources = _sources(data, (run, *_ancestors(run, runs)[0]))
    return _joined(data, sources) if sources else None


def compared_with(data: Dataset, run: Run, runs: Mapping[str, Run]) -> Compared:
    """Return the training images of `data` that represent what a network learned from: `learned_by`, or all."""
    ancestors, gone = _ancestors(run, runs)
    part, sources = own_part(data, run), _sources(data, (run, *ancestors))
    if part is None:
        return Compared(learned(data, run.spec.but(**ALL)), data, other_data(run), "")
    unknown = ""
    if gone:
        unknown = tr("It went on from run {run}, which is gone: what that one learned from is not known.", run=gone)
    elif strangers := [ancestor for ancestor in ancestors if own_part(data, ancestor) is None]:
        unknown = tr("It went on from run {run}, which learned from other data.", run=strangers[0].label)
    seen = learned_data(part, run.spec) if len(sources) == 1 else _joined_data(data, sources)
    return Compared(_joined(data, sources), seen, "", unknown)


def _ancestors(run: Run, runs: Mapping[str, Run]) -> tuple[list[Run], str]:
    """Return the runs that a run continued from after learning, nearest first, and the first missing name."""
    ancestors: list[Run] = []
    names, step = {run.name}, run.parent.step if run.parent else 0
    parent = run.parent
    while parent is not None and step > 0:
        ancestor = runs.get(parent.run)
        if ancestor is None or ancestor.name in names:
            return ancestors, parent.run
        names.add(ancestor.name)
        parent = ancestor.parent
        first = parent.step if parent else 0
        if step > first:
            ancestors.append(ancestor)
        step = min(step, first)
    return ancestors, ""


def _sources(data: Dataset, runs: Sequence[Run]) -> tuple[Source, ...]:
    """Return the distinct sources of the runs in `data`; none where the first run learned from other data."""
    if own_part(data, runs[0]) is None:
        return ()
    of_data = [run for run in runs if own_part(data, run) is not None]
    return tuple(dict.fromkeys((run.fingerprint, _choice(run.spec)) for run in of_data))


@remembered(4)
def _joined(data: Dataset, sources: tuple[Source, ...]) -> Learned:
    """Return the images of `data` in any of the sources, with the labels of the first source that has them."""
    parts = [_placed(data, *source) for source in sources]
    if len(parts) == 1:
        return parts[0]
    numbers, labels, wrong = (np.concatenate([part[place] for part in parts]) for place in range(3))
    numbers, first = np.unique(numbers, return_index=True)
    return Learned(*map(read_only, (numbers, labels[first], wrong[first], np.setdiff1d(parts[0].held_out, numbers))))


@remembered(2)
def _joined_data(data: Dataset, sources: tuple[Source, ...]) -> Dataset:
    chosen = _joined(data, sources)
    return replace(
        data, train_images=frozen(data.train_images[chosen.numbers]), train_labels=chosen.labels, train_colours=None
    )


def _placed(data: Dataset, fingerprint: str, choice: Choice) -> Learned:
    """Return a choice from the part of `data` with that fingerprint, its last images, by the numbers in `data`."""
    part = part_called(data, fingerprint)
    assert part is not None
    chosen, first = _learned(part, *choice), len(data.train_images) - len(part.train_images)
    if not first:
        return chosen
    numbers, held_out = (read_only(first + array) for array in (chosen.numbers, chosen.held_out))
    return chosen._replace(numbers=numbers, held_out=held_out)


def answer_names(data: Dataset, run: Run) -> tuple[str, ...]:
    """Return the names of a run's answers: its own classes, or those of `data` if it has no names."""
    return run.classes or data.classes


def other_data(run: Run) -> str:
    """Return the sentence beside everything that is computed with data that a run did not learn from."""
    if not run.dataset:  # it was opened from another program's file
        return tr("It is not known what run {run} learned from.", run=run.label)
    return tr("Run {run} learned from other data: {data}.", run=run.label, data=say_summary(run.dataset))


def remark_on(data: Dataset, run: Run) -> str:
    """Return `other_data` if a run did not learn from `data`; empty if it did, or if that is unknown."""
    return other_data(run) if run.fingerprint and own_part(data, run) is None else ""


@remembered(2)
def _data(data: Dataset, images: int, wrong: float, validation: float, classes: str, seed: int) -> Dataset:
    chosen = _learned(data, images, wrong, validation, classes, seed)
    pictures, held_out = (frozen(data.train_images[numbers]) for numbers in (chosen.numbers, chosen.held_out))
    own = replace(data, train_images=pictures, train_labels=chosen.labels, train_colours=None)
    if not len(held_out):
        return own
    return replace(own, validation_images=held_out, validation_labels=read_only(data.train_labels[chosen.held_out]))


@remembered(4)
def _learned(data: Dataset, images: int, wrong: float, validation: float, classes: str, seed: int) -> Learned:
    truth, chosen = data.train_labels, np.array(chosen_classes(classes, data.classes))
    order = np.random.default_rng([seed, *SAMPLE_SEED]).permutation(len(truth))
    among = order[np.isin(truth[order], chosen)]
    if not len(among):
        raise UserError(tr("There are no training images of these classes."), hint=tr("Choose others."))
    place = np.zeros(len(among))
    for label in chosen:
        own = truth[among] == label
        place[own] = (np.arange(own.sum()) + 0.5) / max(1, own.sum())
    drawn = among[np.argsort(place, kind="stable")[: images or None]]
    learns = len(drawn) - _held_out(len(drawn), validation)
    if not learns:
        sentence = tr_plural(
            "Of {count:,} training image none would be left to learn from.",
            "Of {count:,} training images none would be left to learn from.",
            len(drawn),
        )
        raise UserError(sentence, hint=tr("Choose more images, or no validation part."))
    numbers, held_out = np.sort(drawn[:learns]), np.sort(drawn[learns:])

    labels = truth[numbers].copy()
    count = round(wrong * len(numbers))
    if count and len(chosen) < 2:
        sentence = tr("A wrong label is that of another class, and only one class is chosen.")
        raise UserError(sentence, hint=tr("Choose more classes, or no wrong labels."))
    generator = np.random.default_rng([seed, *LABEL_SEED])
    turn, others = generator.permutation(len(truth)), generator.random(len(truth))
    mistaken = np.argsort(turn[numbers])[:count]
    step = 1 + (others[numbers[mistaken]] * (len(chosen) - 1)).astype(np.int64)
    labels[mistaken] = chosen[(np.searchsorted(chosen, labels[mistaken]) + step) % len(chosen)]
    return Learned(read_only(numbers), read_only(labels), read_only(labels != truth[numbers]), read_only(held_out))


def _no_class(part: str, names: Sequence[str]) -> UserError:
    listed = ", ".join(names[:MOST_LISTED]) + (" …" if len(names) > MOST_LISTED else "")
    name = clipped(part, 40)
    sentence = tr("Classes: “{name}” is not a class of these data. There are {classes}.", name=name, classes=listed)
    return UserError(sentence, hint=tr("Write names or numbers with commas between them, such as 0-4, 7."))
