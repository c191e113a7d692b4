"""Forgetting: what is left of the old digits when a network goes on with new ones?"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from engine.core.numbers import in_percent
from engine.core.specs import TrainSpec
from engine.model.training.messages import Parent
from engine.studies.experiments.parts.experiment import Look, Measured, Picture, experiment
from engine.studies.experiments.parts.interval import of_images
from engine.studies.experiments.parts.lab import curve
from engine.studies.experiments.parts.learning import Learning, accuracy, cross_entropy, read

if TYPE_CHECKING:
    from engine.model.training.run import Run
    from engine.studies.experiments.parts.experiment import Measuring
    from engine.studies.experiments.parts.lab import Lab


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """What is trained on each part of the classes, how much of the old ones is rehearsed, and how often is tested."""

    spec: TrainSpec
    """Its epochs are those of each part."""
    kept: int
    """Number of images of each old class that are rehearsed."""
    points: int


def named(classes: Sequence[int]) -> str:
    """Return the setting that chooses these classes."""
    return ", ".join(f"#{number}" for number in classes)


def measure(lab: Lab, sizes: Sizes) -> Measuring:
    """Learn the first half of the classes, then the others, without and with rehearsal; then all in pairs."""
    count = len(lab.data.classes)
    old, new = tuple(range(count // 2)), tuple(range(count // 2, count))
    spec, epochs = sizes.spec, sizes.spec.epochs
    first = yield from lab.train(spec.but(classes=named(old)), "the first half of the classes", until=0.12)
    alone = spec.but(classes=named(new))
    after = yield from _go_on(lab, sizes, first, alone, (old, new), 0, "then only the second half", 0.33)
    parts = [
        ("old digits, new ones only", after.steps, after.old),
        ("new digits, new ones only", after.steps, after.new),
    ]
    yield lab.shows(_picture(parts))
    title = "the second half, and some of the first"
    rehearsed = yield from _go_on(lab, sizes, first, spec, (old, new), sizes.kept, title, 0.55)
    parts.append(("old digits, rehearsed", rehearsed.steps, rehearsed.old))
    yield lab.shows(_picture(parts))

    pairs = [tuple(range(each, min(each + 2, count))) for each in range(0, count, 2)]
    parent, run = None, first
    for number, pair in enumerate(pairs):
        run = yield from lab.train(
            spec.but(classes=named(pair), epochs=(number + 1) * epochs),
            f"in pairs: {number + 1} of {len(pairs)}",
            parent,
            until=0.55 + 0.45 * (number + 1) / len(pairs),
        )
        parent = Parent(run.name, run.moments.newest)
    _, logits = yield from read(run.moment(None).weights, lab.pixels(lab.data.test_images))
    in_pairs = accuracy(logits, lab.data.test_labels)
    labels = lab.data.test_labels
    of_old = of_images(int(np.isin(labels, old).sum()))
    return Measured(
        here=(in_pairs, after.old[-1], rehearsed.old[-1]),
        resolution=(of_images(len(labels)), of_old, of_old),
        picture=_picture(parts),
        verdict=f"After the new digits {in_percent(after.old[-1], 1)} of the old ones are still read, with "
        f"{sizes.kept} images of each rehearsed {in_percent(rehearsed.old[-1], 1)}; after {len(pairs)} pairs in a row "
        f"{in_percent(in_pairs, 1)} of all.",
        look=Look(tab="mistakes", run=after.run),
    )


class Left(NamedTuple):
    """What is left of the old classes: after which steps with the new ones which accuracies on both."""

    run: str
    steps: list[int]
    old: list[float]
    new: list[float]


def _go_on(
    lab: Lab,
    sizes: Sizes,
    first: Run,
    spec: TrainSpec,
    parts: tuple[Sequence[int], Sequence[int]],
    kept: int,
    title: str,
    until: float,
) -> Generator[Any, Any, Left]:
    """Go on from the first half of the classes with the second, and test ever more rarely, as most is lost early.

    Of `parts`, the old classes and the new ones, `kept` images of each old one make up one half of each batch.
    """
    data, (old, new) = lab.data, parts
    generator = np.random.default_rng(spec.seed)
    memory = np.concatenate(
        [generator.permutation(np.flatnonzero(data.train_labels == each))[:kept] for each in old]
    )
    others = np.flatnonzero(np.isin(data.train_labels, new))
    apart = max(1, spec.epochs * first.steps_per_epoch // sizes.points)
    steps = sizes.points * apart
    half = spec.batch // 2 if kept else 0
    rehearsed = generator.choice(memory, (steps, half)) if kept else np.zeros((steps, 0), np.int64)
    order = np.concatenate([rehearsed, generator.choice(others, (steps, spec.batch - half))], axis=1)
    used, places = np.unique(order, return_inverse=True)
    order = places.reshape(order.shape)
    begun = Parent(first.name, first.moments.newest)
    weights = first.moments[begun.step].weights
    run = lab.begin(spec, title, apart, begun)
    lab.keep(run, 0, weights)
    learning = Learning(
        weights, cross_entropy(), data.train_images[used].reshape(len(used), -1), data.train_labels[used],
        rule="adam", rate=spec.learning_rate,
    )  # fmt: skip
    labels = data.test_labels
    is_old = np.isin(labels, old)
    share = lab.share
    early = {2**each for each in range(apart.bit_length()) if 2**each < apart}
    looks = sorted(early | {apart * (number + 1) for number in range(sizes.points)})
    found = Left(run.name, [], [], [])
    for step in looks:
        reached = share + (until - share) * step / steps
        logits = yield from lab.learn(run, learning, order[learning.done : step], until=reached)
        found.steps.append(step)
        found.old.append(accuracy(logits[is_old], labels[is_old]))
        found.new.append(accuracy(logits[~is_old], labels[~is_old]))
    return found


def _picture(parts: Sequence[tuple[str, Sequence[float], Sequence[float]]]) -> Picture:
    return Picture(
        x_label="steps since the new digits came",
        y_label="test accuracy",
        curves=tuple(curve(*part) for part in parts),
        log_x=True,
        percent_y=True,
    )


EXPERIMENT = experiment(
    "forgetting",
    measure,
    Sizes(
        spec=TrainSpec(
            layers="300",
            initial="he",
            loss="cross_entropy",
            optimizer="adam",
            learning_rate=0.001,
            batch=100,
            epochs=3,
        ),
        kept=200,
        points=6,
    ),
    seconds=30,
)
