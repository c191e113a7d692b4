"""Where a run goes on from: a moment of another run, with all that led there."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.base.errors import UserError
from engine.base.knobs import knobs
from engine.base.lazy import np
from engine.base.messages import read_only
from engine.base.specs import SLOTS, TrainSpec
from engine.data.sources import UNSEEN, open_dataset
from engine.data.unseen import is_full, without_sample
from engine.training.epochs import Epochs
from engine.training.learner import Learner, norm_period
from engine.training.messages import EpochDone, Parent
from engine.training.run import Moment, Run

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.session.session import Session

FIXED = ("layers", "batch")
"""Settings that a run which goes on from another's moment must share with it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A moment to go on from, read, and the run that it belongs to."""

    run: Run
    moment: Moment
    parent: Parent

    def check_fit(self, data: Dataset) -> None:
        """Raise `UserError` where the file names `data`, and the moment is of other data."""
        run, shapes = self.run, [array.shape for array in self.moment.weights]
        steps = len(data.train_images) // run.spec.batch
        if (run.shape, shapes[-1], run.steps_per_epoch) != (data.shape, (len(data.classes),), steps):
            raise UserError(
                f"Run {run.label} was trained on other data than the session says: {run.dataset}.",
                hint="Start a new run instead.",
            )

    def _has_state_of(self, optimizer: str) -> bool:
        """Whether the moment has the state of that optimiser. The bundled session leaves it out where it is large."""
        if self.run.optimizer_at(self.moment.step) != optimizer:
            return False
        slots = SLOTS[optimizer]
        expected = [(), (), *(array.shape for array in self.moment.weights for _ in range(slots))]
        return [array.shape for array in self.moment.optimizer] == expected

    def hand_over(self, child: Run, learner: Learner) -> None:
        """Let `child` begin here: with the history and moments up to here, `learner` with weights and optimiser."""
        step = self.moment.step
        child.parent, child.optimizers = self.parent, self.run.optimizers_up_to(step)
        child.epochs = Epochs(_renamed(done, child.name) for done in self.run.epochs if done.step <= step)
        child.moment_bytes = self.run.moment_bytes
        for kept in self.run.moments:
            if kept <= step:
                child.moments[kept] = self.run.moments.kept(kept)
        self._hand_over_steps(child, step)
        learner.restore(self.moment, optimizer=self._has_state_of(child.spec.optimizer))

    def _hand_over_steps(self, child: Run, step: int) -> None:
        """Cut at the moment, and at the begin of its epoch: what is begun is told apart from what is done."""
        width = len(child.spec.hidden) + 1
        losses = _joined(self.run.losses, np.zeros(0, np.float32))[:step]
        losses = np.concatenate([losses, np.full(step - len(losses), np.nan, np.float32)])
        norms = _joined(self.run.norms, np.zeros((0, width), np.float32))
        every = norm_period(child.steps_per_epoch)
        begun = step - step % child.steps_per_epoch
        if begun == step and not any(done.step == step for done in child.epochs):
            begun = max(0, step - child.steps_per_epoch)  # trained to its end, but never tested
        for first, last in ((0, begun), (begun, step)):
            if last > first:
                child.losses.append(read_only(losses[first:last]))
                child.norms.append(read_only(norms[-(-first // every) : -(-last // every)]))


def origin(session: Session, spec: TrainSpec, parent: Parent) -> Origin:
    """Return where a run with `spec` goes on from; raise `UserError` when it cannot."""
    run = session.run(parent.run)
    if parent.step not in run.moments:
        raise UserError(f"Run {run.label} has no moment at step {parent.step:,}.")
    for name in FIXED:
        if getattr(spec, name) != getattr(run.spec, name):
            title = knobs(TrainSpec)[name].title
            raise UserError(
                f"{title} cannot change on the way: run {run.label} has {getattr(run.spec, name)}.",
                hint="Start a new run instead, or keep that setting.",
            )
    done = parent.step / run.steps_per_epoch
    if spec.epochs <= done:
        raise UserError(
            f"Run {run.label} has {done:g} epochs behind it at that moment, and {spec.epochs} are wanted in all.",
            hint="Choose more epochs: they are counted from the first run's start.",
        )
    return Origin(run, run.moments[parent.step], parent)


def learned_from(session: Session, run: Run) -> Dataset:
    """Return the data that a run learned from: those that are open, or for a bundled run its part of the full MNIST.

    Raises `UserError` when other data are open and these cannot be found.
    """
    now = session.dataset
    if now is not None and now.fingerprint() == run.fingerprint:
        return now
    if run.source == UNSEEN and (found := _unseen(now)) and found.fingerprint() == run.fingerprint:
        return found
    first = "Open the full MNIST, mnist.npz," if run.source == UNSEEN else "Open these"
    raise UserError(
        f"Run {run.label} was trained on other data: {run.dataset}.",
        hint=f"{first} first; now {session.data().summary} is open.",
    )


def _unseen(now: Dataset | None) -> Dataset | None:
    """Return what the bundled runs learned from, out of the data that are open or of those on this computer."""
    if now is not None and is_full(now):
        return without_sample(now, UNSEEN)
    try:
        return open_dataset(UNSEEN)[0]
    except UserError:
        return None


def _renamed(done: EpochDone, run: str) -> EpochDone:
    return dataclasses.replace(done, run=run)


def _joined(chunks: list[np.ndarray[Any, Any]], nothing: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.concatenate([nothing, *chunks])
