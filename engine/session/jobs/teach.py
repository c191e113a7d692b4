"""The job `teach`: a network goes on from a moment, with examples of a person's own; for new classes it grows outputs.

A run of its own: it begins at step 0 with the moment's network, and its data are those of the run that it comes from,
as a rehearsal, and copies of the examples (`engine.data.teaching`). An epoch is a few steps, each on other images.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.core.array import Array
from engine.core.errors import UserError
from engine.core.example import Example, class_names
from engine.core.knobs import knobs
from engine.core.lens import Weights
from engine.core.machine.device import Choice
from engine.core.messages import Job, read_only
from engine.core.specs import TrainSpec
from engine.core.turns import run_through
from engine.data.dataset import Dataset
from engine.data.teaching import check_examples, taught, warped_copies
from engine.model.training.learned import ALL
from engine.model.training.learner import Learner
from engine.model.training.messages import Parent
from engine.model.training.run import Moment, Run
from engine.session.jobs.train import Training, has_state_of, learned_from

if TYPE_CHECKING:
    from engine.session.session import Session

SILENCE = 5.0  # by how much the logit of a new class lies below the mean of all others, whatever the picture
SPREAD = 0.01  # deviation of a new class' weights about that mean, as a share of the others'


@dataclass(frozen=True, slots=True)
class Pace:
    """How a network is taught."""

    rate: float  # share of the learning rate with which the run went on before
    epoch: int  # steps of an epoch, at whose end it is tested,
    least: int  # ... how many steps there are at least,
    most: int  # ... and at most


NEW_CLASS, MEND = Pace(0.3, 100, 300, 1500), Pace(0.03, 10, 10, 600)
"""For classes that the network does not have, and for examples of those that it has only: these are read otherwise
after few and small steps, and each step more changes answers that nobody asked to be changed."""

HELD_OUT = 10
"""How many warped copies of each example, which it does not learn from, a new class is tried with, ..."""

ENOUGH = 0.95  # ... and the share of them that has to be read right
MOST_NAMED = 2  # new classes that the title of a run names


def teach(session: Session, parent: Parent, examples: Sequence[Example], on: Choice = "auto") -> Job:
    """Teach the network of a run's moment these examples: as a new run, with that run's settings, only gentler.

    It ends as soon as it reads all examples right and, of a new class, their copies. Classes that the network knows
    only from examples which are not among these keep those that it has learned from. Yields and raises what `train`
    does, and asks nothing: it takes as much memory as the training before.
    """
    run = session.run(parent.run)
    if parent.step not in run.moments:
        raise UserError(f"Run {run.label} has no snapshot at step {parent.step:,}.")
    moment = run.moments[parent.step]
    base = rehearsed(session, run, moment)
    outputs = len(moment.weights[-1])
    known = class_names(run.examples if run.base else (), base.classes)
    together = all_examples(examples, run, base)
    names = class_names(together, known)
    check_examples(together, base.shape, names)
    pace = NEW_CLASS if len(names) > outputs else MEND
    # Those of known classes first, in the order of the classes: so their outputs stay where they are.
    ordered = sorted(together, key=lambda each: names.index(each.label))
    data, before = (yield from taught(base, ordered)), run.spec_at(parent.step)
    steps = max(1, min(pace.epoch, len(data.train_images) // before.batch))
    rate = max(knobs(TrainSpec)["learning_rate"].minimum or 0.0, before.learning_rate * pace.rate)
    # All of the data are rehearsed, with their true labels, whatever the run has learned from.
    spec = before.but(epochs=math.ceil(pace.most / steps), learning_rate=rate, stop_at=0.0, **ALL)
    growth = Growth(data, steps, run, moment, parent, spec, pace)
    yield from Training(session, spec, growth, on, large=True).run()


def all_examples(examples: Sequence[Example], run: Run, base: Dataset) -> list[Example]:
    """Return the examples, and those that the run has learned from of classes that it knows from nothing else."""
    there = {each.label for each in examples} | {*base.classes}
    kept = [each for each in run.examples if each.label not in there] if run.base else []
    return [*kept, *examples]


def rehearsed(session: Session, run: Run, moment: Moment) -> Dataset:
    """Return the data that a network knows, without examples: what it learned from, or else those that are open.

    Raises `UserError` where these are not what it reads.
    """
    with contextlib.suppress(UserError):
        data = learned_from(session, run)
        return data.base or data
    data = session.data().base or session.data()
    own = len(class_names(run.examples)) if not run.base and run.examples else 0
    outputs = len(class_names(run.examples, data.classes)) if run.base else len(data.classes)
    if own or data.shape != run.shape or outputs != len(moment.weights[-1]):
        raise UserError(
            f"{data.name} is not what run {run.label} reads, so it could not rehearse what it knows.",
            hint="Open the data that the run was trained on.",
        )
    return data


@dataclass(frozen=True, slots=True)
class Growth:
    """A moment to teach from: with an output more for each class of `data` that its network does not have."""

    data: Dataset
    steps_per_epoch: int
    origin: Run
    moment: Moment
    source: Parent
    spec: TrainSpec
    pace: Pace
    step: int = 0
    parent: None = None

    def hand_over(self, run: Run, learner: Learner) -> None:
        """Let `run` remember where it comes from, and `learner` have the grown network."""
        run.taught_from = self.source
        run.title = say_taught(self.data.classes[len(self.moment.weights[-1]) :], len(self.data.examples))
        weights = grown(self.moment.weights, len(self.data.classes), self.spec.seed)
        has_state = has_state_of(self.origin, self.moment, self.spec.optimizer)
        state = self.moment.optimizer
        if has_state:
            fresh = learner.moment(0).optimizer
            state = tuple(_filled(each, old) for each, old in zip(fresh, state, strict=True))
        learner.restore(Moment(step=0, weights=weights, optimizer=state), optimizer=has_state)

    def is_reached(self, learner: Learner, epoch: int) -> bool:
        """Whether the network reads the examples right, and copies of those of new classes."""
        if epoch * self.steps_per_epoch < self.pace.least:
            return False
        names, learned = self.data.classes, self.data.examples
        images = np.stack([each.image for each in learned])
        labels = np.array([names.index(each.label) for each in learned])
        if not (learner.reads(images) == labels).all():
            return False
        new = labels >= len(self.moment.weights[-1])
        if not new.any():
            return True
        count = HELD_OUT * int(new.sum())
        copies = run_through(warped_copies(images[new], count, [len(names), count]))
        return bool((learner.reads(copies) == np.resize(labels[new], count)).mean() >= ENOUGH)


def grown(weights: Weights, classes: int, seed: int) -> Weights:
    """Return the weights of the same network with `classes` outputs; those that it has stay, bit for bit.

    The weights of a new output are the mean of the others', with a little noise that follows from the seed, and its
    bias lies `SILENCE` below theirs. So whatever the picture its logit lies below the mean of the others: a class that
    nobody has learned does not speak.
    """
    *before, kernel, bias = weights
    new = classes - len(bias)
    if not new:
        return weights
    noise = np.random.default_rng([seed, classes]).normal(0.0, SPREAD * kernel.std(), (len(kernel), new))
    column = kernel.mean(axis=1, keepdims=True) + noise
    return (
        *before,
        read_only(np.concatenate([kernel, column.astype(kernel.dtype)], axis=1)),
        read_only(np.append(bias, np.full(new, bias.mean() - SILENCE, bias.dtype))),
    )


def _filled(fresh: Array, old: Array) -> Array:
    """Return an optimiser's `fresh` array with the smaller `old` one in it: what is new has nothing behind it."""
    made = fresh.copy()
    made[tuple(slice(size) for size in old.shape)] = old
    return made


def say_taught(new: Sequence[str], examples: int) -> str:
    """Return what a run is called that was taught: `with heart`, `mended by 1 example`."""
    if new:
        named = ", ".join(new[:MOST_NAMED]) + ("…" if len(new) > MOST_NAMED else "")
        return f"with {named}"
    return f"mended by {examples} example{'s' if examples > 1 else ''}"
