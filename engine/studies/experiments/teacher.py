"""Teacher and pupil: what a network learns from the answers of another one alone."""

from dataclasses import replace

import numpy as np

from engine.core.frozen import Frozen
from engine.core.language import mark, tr
from engine.core.lazy import Array, tf
from engine.core.specs import ADAM, TrainSpec
from engine.core.text import in_percent
from engine.model.network.plain import softmax
from engine.session.jobs.train import batches
from engine.studies.experiments.parts.experiment import Look, Measured, Measuring, experiment, of_images
from engine.studies.experiments.parts.lab import Lab, curve, level
from engine.studies.experiments.parts.learning import Learning, Objective, forward, read


class Sizes(Frozen):
    """Teacher and pupil, the class that the pupil never sees, and the softness of the answers."""

    teacher: TrainSpec = ADAM.but(layers="500, 500", epochs=10, dropout=0.3, shift=2)
    pupil: TrainSpec = ADAM.but(layers="500, 500", epochs=10)
    unseen: int = 3  # the last class if there are fewer
    temperature: float = 20.0
    # The biases of the unseen class that are tried: the first, the last, and their number.
    shifts: tuple[float, float, int] = (0.0, 10.0, 101)


def distilled(temperature: float) -> Objective:
    """Return the cross-entropy against softened probabilities (batch, classes), after Hinton et al. (2015)."""

    def loss(weights: list[tf.Tensor], x: tf.Tensor, taught: tf.Tensor) -> tf.Tensor:
        logits = forward(weights, x)[1] / temperature
        return temperature**2 * tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=taught, logits=logits))

    return loss


VERDICT = mark(
    "The pupil that never saw {classes} reads {before} of them, and {after} once that answer's bias is raised by "
    "{bias}."
)
UNSEEN = mark("pupil that never saw {classes}")


def measure(lab: Lab, sizes: Sizes) -> Measuring:
    """Train a teacher; train a pupil on its soft answers for all classes but one; then raise the bias of that one."""
    data, spec = lab.data, sizes.pupil
    sizes = replace(sizes, unseen=min(sizes.unseen, len(data.classes) - 1))
    teacher = yield from lab.train(sizes.teacher, tr("teacher"), until=0.4)
    seen = np.flatnonzero(data.train_labels != sizes.unseen)
    images = data.train_images[seen].reshape(len(seen), -1)
    _, logits = yield from read(teacher.moment(None).weights, images)
    answers = softmax(logits.astype(np.float64) / sizes.temperature).astype(np.float32)

    labels = data.test_labels
    in_epoch = len(seen) // spec.batch
    run = lab.begin(spec, UNSEEN.format(classes=data.one_of(sizes.unseen)), in_epoch)
    weights = lab.drawn(spec)
    lab.keep(run, 0, weights)
    learning = Learning(weights, distilled(sizes.temperature), images, answers, rule="adam", rate=spec.learning_rate)
    order = batches(len(seen), spec.batch, spec.epochs * in_epoch, spec.seed)
    for number, epoch in enumerate(np.split(order, spec.epochs)):
        logits = yield from lab.learn(run, learning, epoch, until=0.4 + 0.55 * (number + 1) / spec.epochs)
    shifts, unseen_right, all_right = shifted(logits, labels, sizes)
    best = int(all_right.argmax())

    moved = lab.begin(spec, tr("pupil, bias raised by {bias:.1f}", bias=shifts[best]), in_epoch)
    raised = [array.copy() for array in learning.weights]
    raised[-1][sizes.unseen] += np.float32(shifts[best])
    lab.keep(moved, learning.done, tuple(raised))
    yield from lab.test(moved, learning.done, tuple(raised), run.epochs[-1].train_loss)
    yield lab.shows(
        curve(tr("images of the unseen class"), shifts, unseen_right),
        curve(tr("all images"), shifts, all_right),
        levels=[level(tr("best of all"), shifts[best], upright=True)],
    )
    yield lab.at(1.0)
    return Measured(
        here=(float(unseen_right[best]), float(all_right[best])),
        resolution=(of_images(int((labels == sizes.unseen).sum())), of_images(len(labels))),
        verdict=VERDICT.format(
            classes=data.one_of(sizes.unseen),
            before=in_percent(unseen_right[0], 1),
            after=in_percent(unseen_right[best], 1),
            bias=f"{shifts[best]:.1f}",
        ),
        look=Look(tab="draw", run=moved.name),
    )


def shifted(logits: Array, labels: Array, sizes: Sizes) -> tuple[Array, Array, Array]:
    """Return the biases added to the unseen class' logit, and the accuracies on that class and on all images."""
    shifts = np.linspace(*sizes.shifts[:2], sizes.shifts[2])
    is_unseen = labels == sizes.unseen
    right = []
    for shift in shifts:
        moved = logits.astype(np.float64)
        moved[:, sizes.unseen] += shift
        right.append(moved.argmax(axis=1) == labels)
    return (
        shifts,
        np.array([correct[is_unseen].mean() for correct in right]),
        np.array([correct.mean() for correct in right]),
    )


EXPERIMENT = experiment("teacher", measure, Sizes(), says=(VERDICT, UNSEEN), seconds=75)
