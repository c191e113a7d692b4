"""Grokking: generalisation long after the training images are known by heart."""

import math

import numpy as np

from engine.core.frozen import Frozen
from engine.core.language import mark, tr
from engine.core.lens import Weights
from engine.core.specs import TrainSpec
from engine.core.text import in_percent
from engine.session.jobs.train import batches
from engine.studies.experiments.parts.experiment import Look, Measured, Measuring, experiment, of_images
from engine.studies.experiments.parts.lab import Lab, curve
from engine.studies.experiments.parts.learning import Learning, accuracy, read, squared_error, squares_of, uniform_start


class Sizes(Frozen):
    """The training, the scale of its initial weights, their decay, and the steps of the measurements."""

    spec: TrainSpec = TrainSpec(
        layers="200, 200", loss="squared", optimizer="adam", learning_rate=0.001, batch=200, images=1_000, epochs=10_000
    )
    scale: float = 8.0
    decay: float = 0.01
    known: int = 3_000  # the step after which it knows the training images by heart
    late: int = 40_000
    last: int = 100_000
    unit: int = 100  # steps of an epoch in the run: passes through so few images would be too many epochs
    points: int = 40


def norm(weights: Weights) -> float:
    """Return the Euclidean norm of all weights together."""
    return math.sqrt(sum(float((array.astype(np.float64) ** 2).sum()) for array in weights))


VERDICT = mark(
    "After {early} steps it knows {known} by heart and reads {read} of new images; after {late} it reads "
    "{read_late}, and its weights went from {start} to {end}."
)
STEP = mark("Step {step}")


def measure(lab: Lab, sizes: Sizes) -> Measuring:
    """Start with large weights, which learn the images by heart at once; let them decay, and test now and then."""
    spec, data = sizes.spec, lab.data
    x, labels = lab.learned(spec)
    weights = uniform_start(spec.hidden, x.shape[1], len(data.classes), spec.seed, sizes.scale)
    run = lab.begin(spec, tr("begun × {scale:g}, decay {decay:g}", scale=sizes.scale, decay=sizes.decay), sizes.unit)
    learning = Learning(
        weights, squared_error(), x, labels, rule="adam", rate=spec.learning_rate, decay=sizes.decay,
    )  # fmt: skip
    marks = {0, sizes.known, sizes.late, sizes.last}
    spread = np.geomspace(sizes.unit, sizes.last, sizes.points) // sizes.unit * sizes.unit
    looks = sorted(marks | {int(step) for step in spread})
    seen: dict[int, tuple[float, float, float]] = {}
    loss = float("nan")
    for step in looks:
        for losses in learning.go(batches(len(x), spec.batch, step - learning.done, spec.seed, learning.done)):
            loss = float(losses[-1])
            yield lab.at(learning.done / sizes.last, STEP.format(step=f"{learning.done // 1000 * 1000:,}"))
        lab.keep(run, step, learning.weights)
        _, train_logits = yield from read(learning.weights, x)
        logits = yield from lab.test(run, step, learning.weights, loss, loss=squares_of())
        seen[step] = (accuracy(train_logits, labels), accuracy(logits, data.test_labels), norm(learning.weights))
        across = [max(1, step) for step in seen]
        train, test, length = np.array(list(seen.values())).T
        yield lab.shows(
            curve(tr("training images"), across, train),
            curve(tr("test images"), across, test),
            curve(tr("length of the weights, against the start"), across, length / length[0], "dashes"),
        )
    known, late, last = (seen[step] for step in (sizes.known, sizes.late, sizes.last))
    return Measured(
        here=(known[0], known[1], late[1], last[1], seen[0][2], last[2]),
        resolution=(of_images(len(x)), *(of_images(len(data.test_labels)),) * 3, 0.0, 0.0),
        verdict=VERDICT.format(
            early=f"{sizes.known:,}",
            known=in_percent(known[0], 1),
            read=in_percent(known[1], 1),
            late=f"{sizes.last:,}",
            read_late=in_percent(last[1], 1),
            start=f"{seen[0][2]:.0f}",
            end=f"{last[2]:.0f}",
        ),
        look=Look(tab="train", run=run.name),
    )


EXPERIMENT = experiment("grokking", measure, Sizes(), says=(VERDICT, STEP), seconds=235, seeds=3)
