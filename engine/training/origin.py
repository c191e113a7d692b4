"""Where a run goes on from: a moment of another run, with all that led there."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.errors import UserError
from engine.knobs import knobs
from engine.lazy import np
from engine.messages import read_only
from engine.specs import TrainSpec
from engine.training.learner import Learner, norm_period
from engine.training.messages import EpochDone, Parent
from engine.training.run import Moment, Run

if TYPE_CHECKING:
    from engine.session import Session

FIXED = ("layers", "batch")
"""Settings that a run which goes on from another's moment must share with it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A moment to go on from, read, and the run that it belongs to."""

    run: Run
    moment: Moment
    parent: Parent

    def hand_over(self, child: Run, learner: Learner) -> None:
        """Let `child` begin here: with the history and moments up to here, `learner` with weights and optimiser."""
        step = self.moment.step
        child.parent = self.parent
        child.epochs += [_renamed(done, child.name) for done in self.run.epochs if done.step <= step]
        child.moment_bytes = self.run.moment_bytes
        for kept in self.run.moments:
            if kept <= step:
                child.moments[kept] = self.run.moments.kept(kept)
        self._hand_over_steps(child, step)
        same = self.run.spec.optimizer == child.spec.optimizer
        learner.restore(self.moment, optimizer=same)

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
    _check_data(session, run)
    if parent.step not in run.moments:
        raise UserError(f"Run {run.name} has no moment at step {parent.step:,}.")
    for name in FIXED:
        if getattr(spec, name) != getattr(run.spec, name):
            title = knobs(TrainSpec)[name].title
            raise UserError(
                f"{title} cannot change on the way: run {run.name} has {getattr(run.spec, name)}.",
                hint="Start a new run instead, or keep that setting.",
            )
    done = parent.step / run.steps_per_epoch
    if spec.epochs <= done:
        raise UserError(
            f"Run {run.name} has {done:g} epochs behind it at that moment, and {spec.epochs} are wanted in all.",
            hint="Choose more epochs: they are counted from the first run's start.",
        )
    return Origin(run, run.moments[parent.step], parent)


def _check_data(session: Session, run: Run) -> None:
    data = session.data()
    if run.fingerprint != data.fingerprint():
        raise UserError(
            f"Run {run.name} was trained on other data: {run.dataset}.",
            hint=f"Open these first; now {data.summary} is open.",
        )


def _renamed(done: EpochDone, run: str) -> EpochDone:
    return dataclasses.replace(done, run=run)


def _joined(chunks: list[np.ndarray[Any, Any]], nothing: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.concatenate([nothing, *chunks])
