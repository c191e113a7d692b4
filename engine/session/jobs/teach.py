"""The job `teach`: a network continues from a moment, with a person's examples; for new classes it gets new outputs.

It is a run of its own that starts at step 0: its data, those of the old run and copies of the examples
(`engine.data.teaching`), its steps per epoch and its outputs differ, so no curve could be continued.
"""

import contextlib
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from engine.core.errors import UserError
from engine.core.example import Example, class_names
from engine.core.knobs import knobs
from engine.core.language import tr
from engine.core.lazy import Array
from engine.core.lens import Weights
from engine.core.machine.device import Choice
from engine.core.messages import Job, read_only, run_through
from engine.core.specs import TrainSpec
from engine.data.dataset import Dataset
from engine.data.teaching import taught, warped_copies
from engine.model.training.learned import ALL
from engine.model.training.learner import Learner
from engine.model.training.messages import Parent
from engine.model.training.run import Moment, Run
from engine.session.jobs.train import RunStart, Training, has_state_of, learned_from
from engine.session.session import Session

SILENCE = 5.0  # the logit of a new class is this much below the mean of all others, for any picture
SPREAD = 0.01  # deviation of a new class' weights from that mean, as a share of the others' deviation


class Pace(NamedTuple):
    """The learning rate and the numbers of steps for teaching."""

    rate: float  # factor of the run's learning rate
    epoch: int  # steps of an epoch, at whose end it is tested,
    least: int  # ... and the minimum
    most: int  # ... and maximum number of steps


# For new classes, and for examples of known ones only: these need few small steps, as each one changes other answers.
NEW_CLASS, MEND = Pace(0.3, 100, 300, 1500), Pace(0.03, 10, 10, 600)

HELD_OUT = 10  # warped copies of each example of a new class that test the network,
ENOUGH = 0.95  # ... and the share of them that it must read correctly
MOST_NAMED = 2  # new classes in a run's title


def teach(session: Session, parent: Parent, examples: Sequence[Example], on: Choice = "auto") -> Job:
    """Teach the network of a run's moment these examples: as a new run, with that run's settings, only gentler.

    It ends as soon as the network reads all examples correctly and, for new classes, their copies. Earlier examples of
    a class that is only known by them stay. Yields and raises what `train` does, without the question about memory, and
    before the first step `MomentTested`.
    """
    run = session.run(parent.run)
    run.check_kept(parent.step)
    moment = run.moments[parent.step]
    base = rehearsed(session, run, moment)
    outputs = len(moment.weights[-1])
    known = class_names(run.examples if run.base else (), base.classes)
    here = {example.label for example in examples} | {*base.classes}
    older = [example for example in run.examples if example.label not in here] if run.base else []
    together = [*older, *examples]
    names = class_names(together, known)
    pace = NEW_CLASS if len(names) > outputs else MEND
    # In the order of the classes, known ones first, so that their outputs keep their places.
    ordered = sorted(together, key=lambda example: names.index(example.label))
    data, before = (yield from taught(base, ordered)), run.spec_at(parent.step)
    steps = max(1, min(pace.epoch, len(data.train_images) // before.batch))
    rate = max(knobs(TrainSpec)["learning_rate"].minimum or 0.0, before.learning_rate * pace.rate)
    # All data are rehearsed, with their true labels, whatever choice of them the run learned from.
    # It ends as soon as it can, so no schedule could know its steps.
    steady = {"schedule": "constant", "warmup": 0.0}
    spec = before.but(epochs=math.ceil(pace.most / steps), learning_rate=rate, stop_at=0.0, **steady, **ALL)
    growth = Growth(data=data, steps_per_epoch=steps, origin=run, moment=moment, source=parent, spec=spec, pace=pace)
    yield from Training(session, spec, growth, on, large=True).run()


def rehearsed(session: Session, run: Run, moment: Moment) -> Dataset:
    """Return the data for a network's rehearsal, its own or else the open ones, if they fit; else raise `UserError`."""
    with contextlib.suppress(UserError):
        data = learned_from(session, run)
        return data.base or data
    data = session.data().base or session.data()
    own = len(class_names(run.examples)) if not run.base and run.examples else 0
    outputs = len(class_names(run.examples, data.classes)) if run.base else len(data.classes)
    if own or data.shape != run.shape or outputs != len(moment.weights[-1]):
        sentence = tr(
            "{data} is not what run {run} reads, so it could not rehearse what it knows.", data=data.name, run=run.label
        )
        raise UserError(sentence, hint=tr("Open the data that the run was trained on."))
    return data


class Growth(RunStart):
    """The start of a teaching: a moment's network with a new output for each new class of `data`."""

    origin: Run
    moment: Moment
    source: Parent
    spec: TrainSpec
    pace: Pace

    def hand_over(self, run: Run, learner: Learner) -> None:
        """Set the origin of `run`, and the grown network in `learner`."""
        run.taught_from = self.source
        new, count = self.data.classes[len(self.moment.weights[-1]) :], len(self.data.examples)
        more = "…" if len(new) > MOST_NAMED else ""
        mended = f"mended by {count} example{'s' if count > 1 else ''}"  # no text, as it is kept
        run.title = f"with {', '.join(new[:MOST_NAMED])}{more}" if new else mended  # no text
        weights = grown(self.moment.weights, len(self.data.classes), self.spec.seed)
        has_state = has_state_of(self.origin, self.moment, self.spec.optimizer)
        state = self.moment.optimizer
        if has_state:
            fresh = learner.moment(0).optimizer
            state = tuple(_filled(array, old) for array, old in zip(fresh, state, strict=True))
        learner.restore(Moment(step=0, weights=weights, optimizer=state), optimizer=has_state)

    def is_reached(self, learner: Learner, epoch: int) -> bool:
        """Whether the network reads the examples correctly, and enough copies of those of new classes."""
        if epoch * self.steps_per_epoch < self.pace.least:
            return False
        names, learned = self.data.classes, self.data.examples
        images = np.stack([example.image for example in learned])
        labels = np.array([names.index(example.label) for example in learned])
        if not (learner.reads(images) == labels).all():
            return False
        new = labels >= len(self.moment.weights[-1])
        if not new.any():
            return True
        count = HELD_OUT * int(new.sum())
        copies = run_through(warped_copies(images[new], count, [len(names), count]))
        return bool((learner.reads(copies) == np.resize(labels[new], count)).mean() >= ENOUGH)


def grown(weights: Weights, classes: int, seed: int) -> Weights:
    """Return the weights of the network with `classes` outputs; the old ones are unchanged, bit for bit.

    A new output has the mean of the others' weights, with a little noise from the seed, and a bias of `SILENCE` below
    theirs: so it never wins before it has learned.
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
    """Return a copy of an optimiser's `fresh` array that starts with the smaller `old` one."""
    filled = fresh.copy()
    filled[tuple(slice(size) for size in old.shape)] = old
    return filled
