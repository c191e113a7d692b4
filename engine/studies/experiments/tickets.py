"""Winning tickets: whether a small part of a network would have been enough from the start."""

from typing import Any, NamedTuple

import numpy as np

from engine.core.frozen import Frozen
from engine.core.language import mark, tr
from engine.core.lens import Weights
from engine.core.specs import ADAM, TrainSpec
from engine.core.text import in_percent
from engine.session.jobs.train import batches
from engine.studies.experiments.parts.experiment import Look, Measured, Measuring, experiment, of_images
from engine.studies.experiments.parts.lab import OTHER, Lab, curve
from engine.studies.experiments.parts.learning import Learning, accuracy, cross_entropy, entropy_of, read
from engine.studies.experiments.parts.pruning import full, pruned, share_kept


class Sizes(Frozen):
    """The training, the number of pruning rounds, of steps, and of those between two validations."""

    spec: TrainSpec = ADAM.but(layers="300, 100", initial="glorot", learning_rate=0.0012, batch=60, epochs=10)
    rounds: int = 7  # each keeps 80 % of the weights of the one before
    between: int = 5_000  # steps of the rounds between the first and the last
    steps: int = 10_000  # steps of the rounds that are compared
    every: int = 250
    held_out: int = 5_000  # training images that are set aside for validation; a fifth if there are few


class Trained(NamedTuple):
    """The course of a training: its validation losses and test accuracies by step, and the final weights."""

    steps: list[int]
    validation: list[float]
    test: list[float]
    weights: Weights

    @property
    def stopped(self) -> int:
        """The place of the smallest validation loss, where early stopping would end it."""
        return int(np.argmin(self.validation))


VERDICT = mark(
    "With {share} of the weights the ticket reads {ticket} at its best after {ticket_steps} steps, the whole {whole} "
    "after {whole_steps}, the ticket drawn anew {other} after {other_steps}."
)
SHARE = mark("{share} of the weights")
REWOUND = mark("ticket: {share} of the weights, rewound")
ANEW = mark("{share} of the weights, drawn anew")


def measure(lab: Lab, sizes: Sizes) -> Measuring:
    """Train, prune a fifth and rewind, round by round; compare the ticket with the whole and with a new start."""
    spec, data = sizes.spec, lab.data
    images = len(data.train_images)
    parting = images - min(sizes.held_out, images // 5)
    x = data.train_images[:parting].reshape(parting, -1)
    first = lab.drawn(spec)
    again = lab.drawn(spec, more=OTHER)
    learning = Learning(
        first, cross_entropy, x, data.train_labels[:parting], rule="adam", rate=spec.learning_rate,
        masks=full(first),
    )  # fmt: skip
    total = 3 * sizes.steps + (sizes.rounds - 1) * sizes.between
    masks, done = full(first), 0

    def train(begin: Weights, steps: int, title: str) -> Any:
        nonlocal done
        learning.begin(begin, masks)
        trained = yield from _train(lab, sizes, learning, steps, title, parting, done / total, steps / total)
        done += steps
        return trained

    whole = yield from train(first, sizes.steps, tr("all weights"))
    curves = [curve(tr("all weights"), whole.steps, whole.validation)]
    yield lab.shows(*curves)
    masks = pruned(masks, first, whole.weights, 0.8)
    for _ in range(sizes.rounds - 1):
        between = yield from train(first, sizes.between, SHARE.format(share=in_percent(share_kept(masks))))
        masks = pruned(masks, first, between.weights, 0.8)
    ticket = yield from train(first, sizes.steps, REWOUND.format(share=in_percent(share_kept(masks))))
    curves.append(curve(tr("ticket"), ticket.steps, ticket.validation))
    yield lab.shows(*curves)
    other = yield from train(again, sizes.steps, ANEW.format(share=in_percent(share_kept(masks))))
    yield lab.shows(*curves, curve(tr("the same, drawn anew"), other.steps, other.validation))
    best = [course.test[course.stopped] for course in (whole, ticket, other)]
    ends = [course.steps[course.stopped] for course in (whole, ticket, other)]
    resolution = of_images(len(data.test_images))
    return Measured(
        here=(share_kept(masks), best[1] - best[0], ends[1] / ends[0], best[2] - best[1], ends[2] / ends[1]),
        resolution=(0.0, resolution, sizes.every / ends[0], resolution, sizes.every / ends[1]),
        verdict=VERDICT.format(
            share=in_percent(share_kept(masks)),
            ticket=in_percent(best[1], 2),
            ticket_steps=f"{ends[1]:,}",
            whole=in_percent(best[0], 2),
            whole_steps=f"{ends[0]:,}",
            other=in_percent(best[2], 2),
            other_steps=f"{ends[2]:,}",
        ),
        look=Look(tab="weights", run=[*lab.session.runs][-2]),
    )


def _train(
    lab: Lab, sizes: Sizes, learning: Learning, steps: int, title: str, parting: int, before: float, share: float
) -> Any:
    """Train the network as a new run, and validate it after each `sizes.every` steps; return the course."""
    spec, data = sizes.spec, lab.data
    validation, val_labels = lab.pixels(data.train_images[parting:]), data.train_labels[parting:]
    run = lab.begin(spec, title, sizes.every)
    lab.keep(run, 0, learning.weights)
    order = batches(parting, spec.batch, steps, spec.seed)
    validated, held, right = [], [], []
    best = None
    for first in range(0, steps, sizes.every):
        loss = float("nan")
        for losses in learning.go(order[first : first + sizes.every]):
            loss = float(losses[-1])
            yield lab.at(before + share * learning.done / steps)
        _, logits = yield from read(learning.weights, validation)
        validated.append(learning.done)
        held.append(entropy_of(logits, val_labels))
        logits = yield from lab.test(run, learning.done, learning.weights, loss)
        right.append(accuracy(logits, data.test_labels))
        if min(held) == held[-1]:
            best = learning.done, learning.weights
    assert best is not None
    lab.keep(run, *best)
    if best[0] != learning.done:
        lab.keep(run, learning.done, learning.weights)
    return Trained(validated, held, right, learning.weights)


EXPERIMENT = experiment("tickets", measure, Sizes(), says=(VERDICT, SHARE, REWOUND, ANEW), seconds=135)
