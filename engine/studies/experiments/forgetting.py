"""Forgetting: the accuracy on old digits while a network learns new ones."""

from collections.abc import Generator, Sequence
from typing import Any, NamedTuple

import numpy as np

from engine.core.frozen import Frozen
from engine.core.language import mark, tr
from engine.core.specs import ADAM, TrainSpec
from engine.core.text import in_percent
from engine.model.training.messages import Parent
from engine.model.training.run import Run
from engine.studies.experiments.parts.experiment import Look, Measured, Measuring, experiment, of_images
from engine.studies.experiments.parts.lab import Lab, curve
from engine.studies.experiments.parts.learning import Learning, accuracy, cross_entropy, read


class Sizes(Frozen):
    """The training on each part of the classes, the rehearsed images of old ones, and the number of tests."""

    spec: TrainSpec = ADAM.but(layers="300", epochs=3)  # with the epochs of each part
    kept: int = 200  # number of images of each old class that are rehearsed
    points: int = 6


def named(classes: Sequence[int]) -> str:
    """Return the setting that chooses these classes."""
    return ", ".join(f"#{number}" for number in classes)


VERDICT = mark(
    "After the new digits {left} of the old ones are still read, with {images} images of each rehearsed {rehearsed}; "
    "after {pairs} pairs in a row {in_pairs} of all."
)
PAIR = mark("in pairs: {pair} of {pairs}")


def measure(lab: Lab, sizes: Sizes) -> Measuring:
    """Learn the first half of the classes, then the others, without and with rehearsal; then all in pairs."""
    count = len(lab.data.classes)
    old, new = tuple(range(count // 2)), tuple(range(count // 2, count))
    spec, epochs = sizes.spec, sizes.spec.epochs
    first = yield from lab.train(spec.but(classes=named(old)), tr("the first half of the classes"), until=0.12)
    alone = spec.but(classes=named(new))
    after = yield from _go_on(lab, sizes, first, alone, (old, new), 0, tr("then only the second half"), 0.33)
    curves = [
        curve(tr("old digits, new ones only"), after.steps, after.old),
        curve(tr("new digits, new ones only"), after.steps, after.new),
    ]
    yield lab.shows(*curves)
    title = tr("the second half, and some of the first")
    rehearsed = yield from _go_on(lab, sizes, first, spec, (old, new), sizes.kept, title, 0.55)
    yield lab.shows(*curves, curve(tr("old digits, rehearsed"), rehearsed.steps, rehearsed.old))

    pairs = [tuple(range(label, min(label + 2, count))) for label in range(0, count, 2)]
    parent, run = None, first
    for number, pair in enumerate(pairs):
        run = yield from lab.train(
            spec.but(classes=named(pair), epochs=(number + 1) * epochs),
            PAIR.format(pair=number + 1, pairs=len(pairs)),
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
        verdict=VERDICT.format(
            left=in_percent(after.old[-1], 1),
            images=f"{sizes.kept}",
            rehearsed=in_percent(rehearsed.old[-1], 1),
            pairs=f"{len(pairs)}",
            in_pairs=in_percent(in_pairs, 1),
        ),
        look=Look(tab="mistakes", run=after.run),
    )


class Left(NamedTuple):
    """The accuracies on old and new classes after some steps with the new ones."""

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
    """Continue with the second half of the classes; `kept` images of each old one are one half of each batch."""
    data, (old, new) = lab.data, parts
    generator = np.random.default_rng(spec.seed)
    memory = np.concatenate([generator.permutation(np.flatnonzero(data.train_labels == label))[:kept] for label in old])
    others = np.flatnonzero(np.isin(data.train_labels, new))
    apart = max(1, spec.epochs * first.steps_per_epoch // sizes.points)
    steps = sizes.points * apart
    half = spec.batch // 2 if kept else 0
    rehearsed = generator.choice(memory, (steps, half)) if kept else np.zeros((steps, 0), np.int64)
    order = np.concatenate([rehearsed, generator.choice(others, (steps, spec.batch - half))], axis=1)
    used, places = np.unique(order, return_inverse=True)
    order = places.reshape(order.shape)
    parent = Parent(first.name, first.moments.newest)
    weights = first.moments[parent.step].weights
    run = lab.begin(spec, title, apart, parent)
    lab.keep(run, 0, weights)
    learning = Learning(
        weights, cross_entropy, data.train_images[used].reshape(len(used), -1), data.train_labels[used],
        rule="adam", rate=spec.learning_rate,
    )  # fmt: skip
    labels = data.test_labels
    is_old = np.isin(labels, old)
    share = lab.share
    early = {2**power for power in range(apart.bit_length()) if 2**power < apart}
    looks = sorted(early | {apart * (number + 1) for number in range(sizes.points)})
    left = Left(run.name, [], [], [])
    for step in looks:
        reached = share + (until - share) * step / steps
        logits = yield from lab.learn(run, learning, order[learning.done : step], until=reached)
        left.steps.append(step)
        left.old.append(accuracy(logits[is_old], labels[is_old]))
        left.new.append(accuracy(logits[~is_old], labels[~is_old]))
    return left


EXPERIMENT = experiment("forgetting", measure, Sizes(), says=(VERDICT, PAIR), seconds=30)
