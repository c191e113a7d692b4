"""Neural collapse: the classes in the last layer when training continues after the last mistake."""

from typing import NamedTuple

import numpy as np

from engine.core.frozen import Frozen
from engine.core.language import mark, tr
from engine.core.lazy import Array
from engine.core.specs import TrainSpec
from engine.core.text import written
from engine.studies.experiments.parts.experiment import Look, Measured, Measuring, experiment, of_images
from engine.studies.experiments.parts.lab import Lab, curve, level
from engine.studies.experiments.parts.learning import accuracy, read


class Sizes(Frozen):
    """The training, and the shares of its epochs after which the learning rate falls to a tenth."""

    spec: TrainSpec = TrainSpec(
        layers="300, 300, 300",
        initial="he",
        loss="cross_entropy",
        optimizer="momentum",
        learning_rate=0.05,
        l2=0.00025,
        batch=125,
        epochs=120,
        images=5_000,
    )
    falls: tuple[float, ...] = (1 / 3, 2 / 3)
    points: int = 12  # number of moments that are measured


class Collapse(NamedTuple):
    """The geometry of a layer's class means."""

    cosine: float  # mean cosine between two centred class means, ...
    apart: float  # ... mean distance of such a cosine from -1/(classes - 1), ...
    spread: float  # ... standard deviation of their lengths against the mean one, ...
    within: float  # ... variance within the classes against that between them, ...
    nearest: float  # ... share of images whose class is not that of the nearest class mean, ...
    wrong: float  # ... and share of images that are misread


def collapse(hidden: Array, logits: Array, labels: Array) -> Collapse:
    """Return the collapse of the classes in activations (images, neurons), after Papyan, Han, Donoho (2020)."""
    hidden = hidden.astype(np.float64)
    classes = np.unique(labels)
    means = np.array([hidden[labels == label].mean(axis=0) for label in classes])
    centred = means - means.mean(axis=0)
    lengths = np.linalg.norm(centred, axis=1)
    unit = centred / lengths[:, None]
    cosines = (unit @ unit.T)[~np.eye(len(classes), dtype=bool)]
    place = np.searchsorted(classes, labels)
    within = ((hidden - means[place]) ** 2).sum(axis=1).mean()
    between = (centred**2).sum(axis=1).mean()
    distances = (means**2).sum(axis=1) - 2 * hidden @ means.T
    return Collapse(
        cosine=float(cosines.mean()),
        apart=float(np.abs(cosines + 1 / (len(classes) - 1)).mean()),
        spread=float(lengths.std() / lengths.mean()),
        within=float(within / between),
        nearest=float((distances.argmin(axis=1) != place).mean()),
        wrong=1 - accuracy(logits, labels),
    )


VERDICT = mark(
    "The class means stand at cosines of {cosine}, each {apart} away from {goal} in the mean; the scatter within the "
    "classes fell from {before} to {after} of that between them."
)
DISTANCE = mark("distance from {goal}")
EPOCH = mark("epoch {number}")


def measure(lab: Lab, sizes: Sizes) -> Measuring:
    """Train far beyond the last mistake; measure the last hidden layer's class means at several moments."""
    spec = sizes.spec
    falls = {round(share * spec.epochs): spec.learning_rate * 0.1 ** (number + 1)
             for number, share in enumerate(sizes.falls)}  # fmt: skip
    run = yield from lab.train(
        spec, tr("trained on after the last mistake"), until=0.85,
        live=lambda done: {"learning_rate": falls[done.epoch]} if done.epoch in falls else None,
    )  # fmt: skip
    x, labels = lab.learned(spec)
    ends = [step for step in run.moments if step and step % run.steps_per_epoch == 0]
    chosen = sorted({ends[place] for place in np.geomspace(1, len(ends), sizes.points).round().astype(int) - 1})
    points: list[tuple[float, Collapse]] = []
    goal = -1 / (len(lab.data.classes) - 1)
    of_goal = f"−1/{len(lab.data.classes) - 1}"
    for number, step in enumerate(chosen):
        hidden, logits = yield from read(run.moments[step].weights, x)
        points.append((step / run.steps_per_epoch, collapse(hidden[-1], logits, labels)))
        epochs = [epoch for epoch, _ in points]
        cosine, apart, spread, within, *_ = zip(*(point for _, point in points), strict=True)
        yield lab.shows(
            curve(tr("mean cosine"), epochs, cosine),
            curve(DISTANCE.format(goal=of_goal), epochs, apart),
            curve(tr("scatter within / between"), epochs, within),
            curve(tr("lengths: deviation / mean"), epochs, spread),
            levels=[level(of_goal, goal)],
        )
        yield lab.at(0.85 + 0.15 * (number + 1) / len(chosen), EPOCH.format(number=f"{points[-1][0]:.0f}"))
    last = points[-1][1]
    return Measured(
        here=(last.cosine, last.apart, last.nearest, last.wrong),
        resolution=(0.0, 0.0, of_images(len(labels)), of_images(len(labels))),
        verdict=VERDICT.format(
            cosine=written(last.cosine, ".3f"),
            apart=f"{last.apart:.3f}",
            goal=of_goal,
            before=f"{points[0][1].within:.2f}",
            after=f"{last.within:.3f}",
        ),
        look=Look(tab="map", run=run.name),
    )


EXPERIMENT = experiment("collapse", measure, Sizes(), says=(VERDICT, DISTANCE, EPOCH), seconds=45)
