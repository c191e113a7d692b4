"""Sanity of saliency: how much of the map exists before anything is learned."""

from typing import Any

import numpy as np

from engine.core.frozen import Frozen
from engine.core.language import mark, tr
from engine.core.lazy import Array
from engine.core.lens import Lens
from engine.core.messages import Turns
from engine.core.specs import PRESETS, TrainSpec
from engine.core.text import written
from engine.model.network.lens_network import LensNetwork, lens_network
from engine.studies.experiments.parts.experiment import Look, Measured, Measuring, experiment
from engine.studies.experiments.parts.lab import OTHER, Lab, curve


class Sizes(Frozen):
    """The training, and the numbers of test images, of integration steps and of moments."""

    spec: TrainSpec = PRESETS["blog"].spec.but(epochs=4)
    images: int = 200
    steps: int = 32
    moments: int = 10


def maps(network: LensNetwork, images: Array, labels: Array, steps: int) -> Turns[tuple[Array, Array]]:
    """Return gradients of the labels' logits, plain and integrated (Sundararajan et al., 2017), (n, rows, columns)."""
    directions = np.eye(network.architecture.classes)[labels]
    plain = network.gradients(images, directions)[1]
    total = np.zeros(images.shape)
    for step in range(steps):
        total += network.gradients((step + 0.5) / steps * images, directions)[1]
        yield None
    return plain, images * total / steps


def rank_correlations(maps: Array, others: Array) -> Array:
    """Return Spearman's correlation of each map (n, rows, columns) with its counterpart, (n,); ties share a rank."""
    from scipy.stats import rankdata

    first, second = (rankdata(stack.reshape(len(stack), -1), axis=1) for stack in (maps, others))
    first, second = (ranks - ranks.mean(axis=1, keepdims=True) for ranks in (first, second))
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return (first * second).sum(axis=1) / np.maximum(lengths, np.finfo(float).tiny)


VERDICT = mark(
    "Of a network drawn anew the integrated gradients' strengths are ranked as of the trained one, with a "
    "correlation of {strengths}: the drawing itself. With signs it is {signed}. Of its own first snapshot it is "
    "{first} and {first_signed}, of the plain gradient {plain}: where no image has ink nothing was learned."
)
MAPS = mark("Maps of snapshot {step}")


def measure(lab: Lab, sizes: Sizes) -> Measuring:
    """Train; compare the final network's maps with those of a newly drawn one, and of its own earlier snapshots."""
    run = yield from lab.train(sizes.spec, tr("its maps at every snapshot"), until=0.4)
    others = sizes.spec.but(seed=sizes.spec.seed + OTHER)
    untrained = lab.begin(others, tr("drawn anew, never trained"))
    lab.keep(untrained, 0, lab.drawn(others))
    images = lab.data.test_images[: sizes.images] / np.float32(255)
    last = lens_network(lab.session, Lens(run.name))
    labels = last.outputs(images)[1].argmax(axis=1)
    plain, integrated = yield from maps(last, images, labels, sizes.steps)
    steps = list(run.moments)
    chosen = sorted({steps[place] for place in np.linspace(0, len(steps) - 1, sizes.moments).round().astype(int)})

    def compared(network: LensNetwork) -> Any:
        other_plain, other = yield from maps(network, images, labels, sizes.steps)
        return (
            float(rank_correlations(np.abs(other), np.abs(integrated)).mean()),
            float(rank_correlations(other, integrated).mean()),
            float(rank_correlations(other_plain, plain).mean()),
        )

    drawn = yield from compared(lens_network(lab.session, Lens(untrained.name)))
    points: list[tuple[float, ...]] = []
    for number, step in enumerate(chosen):
        points.append((max(1, step), *(yield from compared(lens_network(lab.session, Lens(run.name, step))))))
        across, strength, signed, gradient = np.array(points).T
        yield lab.shows(
            curve(tr("integrated gradients, strength alone"), across, strength),
            curve(tr("integrated gradients"), across, signed),
            curve(tr("gradient"), across, gradient),
        )
        yield lab.at(0.4 + 0.6 * (number + 1) / len(chosen), MAPS.format(step=f"{step:,}"))
    words = [written(value, ".2f") for value in (*drawn[:2], *points[0][1:])]
    return Measured(
        here=drawn,
        verdict=VERDICT.format(
            strengths=words[0], signed=words[1], first=words[2], first_signed=words[3], plain=words[4]
        ),
        look=Look(tab="draw", run=run.name, step=0),
    )


EXPERIMENT = experiment("saliency", measure, Sizes(), says=(VERDICT, MAPS), seconds=10)
