"""Who taught it: finding wrong labels by the training itself."""

import numpy as np

from engine.core.frozen import Frozen
from engine.core.language import mark, tr
from engine.core.lazy import Array
from engine.core.specs import TrainSpec
from engine.core.text import in_percent
from engine.model.network.plain import softmax
from engine.model.training.learned import learned
from engine.studies.experiments.parts.experiment import Look, Measured, Measuring, experiment, of_images
from engine.studies.experiments.parts.lab import Lab, curve, level
from engine.studies.experiments.parts.learning import read_parts


class Sizes(Frozen):
    """The training with wrong labels among the others, and the share of the images that is inspected."""

    spec: TrainSpec = TrainSpec(
        layers="300", initial="he", loss="cross_entropy", learning_rate=0.1, batch=100, epochs=5, wrong_labels=0.1
    )
    looked_through: float = 0.2


def self_influence(hidden: Array, logits: Array, labels: Array) -> Array:
    """Return the decrease of each image's loss by a step on it alone, (images,) float64, for a rate of 1.

    That is the squared norm of its gradient, as in Pruthi et al. (2020) by the last layer only.
    """
    error = softmax(logits.astype(np.float64))
    error[np.arange(len(labels)), labels] -= 1
    return (error**2).sum(axis=1) * (1 + (hidden * hidden).sum(axis=1, dtype=np.float64))


def found_early(scores: Array, wrong: Array) -> tuple[Array, Array]:
    """Return shares of the images inspected, highest score first, and shares of the wrong labels found."""
    found = np.cumsum(wrong[np.argsort(-scores, kind="stable")])
    return np.arange(1, len(scores) + 1) / len(scores), found / max(1, int(wrong.sum()))


VERDICT = mark(
    "Among the {share} of the images that moved the network most by themselves are {found} of the wrong labels."
)
WRONG, SNAPSHOT = mark("{share} wrong labels"), mark("Snapshot {step}")


def measure(lab: Lab, sizes: Sizes) -> Measuring:
    """Train with wrong labels; sum each image's influence on itself over the moments, and sort by it."""
    run = yield from lab.train(sizes.spec, WRONG.format(share=in_percent(sizes.spec.wrong_labels)), until=0.6)
    chosen = learned(lab.data, sizes.spec)
    x = lab.data.train_images[chosen.numbers].reshape(len(chosen.numbers), -1)
    ends = [step for step in run.moments if step and step % run.steps_per_epoch == 0]
    scores = np.zeros(len(x))
    for number, step in enumerate(ends):
        for part, hidden, logits in read_parts(run.moments[step].weights, x):
            scores[part] += sizes.spec.learning_rate * self_influence(hidden[-1], logits, chosen.labels[part])
            yield None
        shares, found = found_early(scores, chosen.wrong)
        some = np.unique(np.linspace(0, len(shares) - 1, 200).astype(int))
        yield lab.shows(
            curve(tr("by influence on itself"), shares[some], found[some]),
            curve(tr("at random"), [0, 1], [0, 1], "dashes"),
            levels=[level(tr("looked through"), sizes.looked_through, upright=True)],
        )
        yield lab.at(0.6 + 0.4 * (number + 1) / len(ends), SNAPSHOT.format(step=f"{step:,}"))
    _, found = found_early(scores, chosen.wrong)
    place = max(0, round(sizes.looked_through * len(x)) - 1)
    return Measured(
        here=(float(found[place]),),
        resolution=(of_images(int(chosen.wrong.sum())),),
        verdict=VERDICT.format(share=in_percent(sizes.looked_through), found=in_percent(found[place], 1)),
        look=Look(tab="data", run=run.name),
    )


EXPERIMENT = experiment("taught", measure, Sizes(), says=(VERDICT, WRONG, SNAPSHOT), seconds=10)
