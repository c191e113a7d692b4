"""Learnt or memorised: how a network that learned wrong labels by heart differs inside."""

import itertools

import numpy as np

from engine.core.charts import Curve
from engine.core.frozen import Frozen
from engine.core.language import mark
from engine.core.lazy import Array
from engine.core.lens import Weights
from engine.core.messages import Turns
from engine.core.specs import ADAM, TrainSpec
from engine.core.text import in_percent
from engine.studies.experiments.parts.experiment import Look, Measured, Measuring, experiment, of_images
from engine.studies.experiments.parts.lab import Lab, curve


class Sizes(Frozen):
    """The training, its shares of wrong labels, and the silencing of neurons."""

    spec: TrainSpec = ADAM.but(layers="300, 300", batch=50, epochs=60, images=2_000)
    wrong: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75, 1.0)
    places: int = 13  # number of points of a silencing curve, ...
    orders: int = 6  # ... and of random orders in which neurons are silenced; the curve is their mean


VERDICT = mark(
    "They fit {least} at least of what they were taught; the area under the silencing curve is {areas} for {shares} "
    "wrong labels."
)
WRONG, SILENCED = mark("{share} wrong labels"), mark("{share} wrong labels: silenced")


def measure(lab: Lab, sizes: Sizes) -> Measuring:
    """Train a network for each share of wrong labels; silence more and more neurons, and test on its training data."""
    curves, fits, areas = list[Curve](), list[float](), list[float]()
    run, taught = None, 1
    for number, wrong in enumerate(sizes.wrong):
        spec = sizes.spec.but(wrong_labels=wrong)
        before = number / len(sizes.wrong)
        run = yield from lab.train(spec, WRONG.format(share=in_percent(wrong)), until=before + 0.8 / len(sizes.wrong))
        x, labels = lab.learned(spec)
        places, heights = yield from silencing(
            run.moment(None).weights, x, labels, sizes.places, sizes.orders, spec.seed
        )
        curves.append(curve(WRONG.format(share=in_percent(wrong)), places, heights))
        areas.append(float(np.trapezoid(heights, places)))
        taught = len(labels)
        fits.append(float(heights[0]))
        yield lab.shows(*curves)
        yield lab.at((number + 1) / len(sizes.wrong), SILENCED.format(share=in_percent(wrong)))
    assert run is not None
    gaps = [before - after for before, after in itertools.pairwise(areas)]
    return Measured(
        here=(min(fits), min(gaps), areas[0] - areas[-1]),
        resolution=(of_images(taught), 0.0, 0.0),
        verdict=VERDICT.format(
            least=in_percent(min(fits), 1),
            areas=", ".join(f"{area:.2f}" for area in areas),
            shares=", ".join(in_percent(wrong) for wrong in sizes.wrong),
        ),
        look=Look(tab="fingerprints", run=run.name),
    )


def silencing(
    weights: Weights, x: Array, labels: Array, places: int, orders: int, seed: int
) -> Turns[tuple[Array, Array]]:
    """Return shares of silenced neurons, and the accuracies left, (places,), after Morcos et al. (2018)."""
    widths = [len(bias) for bias in weights[1:-2:2]]
    shares = np.linspace(0, 1, places)
    right = np.zeros((orders, places))
    for order in range(orders):
        turn = np.random.default_rng([seed, order]).permutation(sum(widths))
        for place, share in enumerate(shares):
            passed = (turn >= round(share * sum(widths))).astype(np.float32)
            layers = np.split(passed, np.cumsum(widths)[:-1])
            hidden = x
            for kernel, bias, layer in zip(weights[:-2:2], weights[1:-2:2], layers, strict=True):
                # Silenced neurons are not computed, which saves most of the time.
                alive = np.flatnonzero(layer)
                if len(alive) < len(layer):
                    reduced = np.zeros((len(x), len(layer)), np.float32)
                    reduced[:, alive] = np.maximum(hidden @ kernel[:, alive] + bias[alive], 0)
                    hidden = reduced
                else:
                    hidden = np.maximum(hidden @ kernel + bias, 0)
            right[order, place] = ((hidden @ weights[-2] + weights[-1]).argmax(axis=1) == labels).mean()
            yield None
    return shares, right.mean(axis=0)


EXPERIMENT = experiment("memorised", measure, Sizes(), says=(VERDICT, WRONG, SILENCED), seconds=55)
