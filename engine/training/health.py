"""How a run is: what ails it, said in one sentence, with a remedy that one click applies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from engine.specs import TrainSpec
from engine.training.messages import Diagnosis, EpochDone

MANY_DEAD = 0.15
"""The share of a layer's neurons above which the dead ones are worth a word."""
PLATEAU, PLATEAU_EPOCHS = 0.01, 5
"""A loss that moved by less than this share over so many epochs is going nowhere."""
LEARNED = 0.02
"""A train loss below this has nothing left to learn: standing still is no plateau."""
DIVERGED, RISEN = 2.0, 1.1
"""How many times its best value the train loss must reach to be diverging, the test loss to be overfitting."""
SLOW_LEARNER = 0.5
"""Below this test accuracy a run that stands still has not learned its task."""


def diagnose(run: str, spec: TrainSpec, epochs: Sequence[EpochDone], *, finite: bool = True) -> Diagnosis:
    """Return what ails the run most, or that nothing does. `finite`: whether all losses and weights are numbers.

    `spec` holds the live knobs as they stand now, `epochs` the run's history so far.
    """
    if not finite:
        return _not_finite(run, spec, len(epochs))
    findings = (
        finding for look in (_diverging, _overfitting, _plateau, _dead) for finding in look(run, spec, epochs)
    )
    return next(findings, Diagnosis(run=run, ailment="healthy", sentence="Learning as it should."))


type _Look = Callable[[str, TrainSpec, Sequence[EpochDone]], Iterator[Diagnosis]]


def _not_finite(run: str, spec: TrainSpec, epochs_done: int) -> Diagnosis:
    rate = _rounded(spec.learning_rate / 10)
    return Diagnosis(
        run=run,
        ailment="not finite",
        sentence=f"In epoch {epochs_done + 1} weights stopped being numbers (NaN): the steps were too large.",
        remedy=f"Start again with rate {rate:g}",
        changes={"learning_rate": rate},
        restart=True,
    )


def _diverging(run: str, spec: TrainSpec, epochs: Sequence[EpochDone]) -> Iterator[Diagnosis]:
    best = min((epoch.train_loss for epoch in epochs), default=0.0)
    if epochs and epochs[-1].train_loss > max(DIVERGED * best, LEARNED):
        rate = _rounded(spec.learning_rate / 10)
        yield Diagnosis(
            run=run,
            ailment="diverging",
            sentence=f"The train loss has grown from {best:.3g} to {epochs[-1].train_loss:.3g}: it is diverging.",
            remedy=f"Lower the rate to {rate:g}",
            changes={"learning_rate": rate},
        )


def _overfitting(run: str, spec: TrainSpec, epochs: Sequence[EpochDone]) -> Iterator[Diagnosis]:
    if not epochs:
        return
    best, last = min(epochs, key=lambda epoch: epoch.test_loss), epochs[-1]
    lately = last.epoch - best.epoch >= PLATEAU_EPOCHS
    if lately and last.test_loss > RISEN * best.test_loss and last.train_loss < best.train_loss:
        dropout = min(0.8, max(0.3, spec.dropout + 0.2))
        yield Diagnosis(
            run=run,
            ailment="overfitting",
            sentence=f"Overfitting: the test loss was best in epoch {best.epoch} ({best.test_loss:.3f}) and has risen "
            f"to {last.test_loss:.3f} since.",
            remedy=f"Drop out {dropout:.0%}",
            changes={"dropout": dropout},
        )


def _plateau(run: str, spec: TrainSpec, epochs: Sequence[EpochDone]) -> Iterator[Diagnosis]:
    lately = [epoch.train_loss for epoch in epochs[-PLATEAU_EPOCHS:]]
    if (
        len(lately) < PLATEAU_EPOCHS
        or lately[-1] < LEARNED
        or max(lately) - min(lately) > PLATEAU * lately[-1]
    ):
        return
    # Near guessing, large steps have usually broken the network; otherwise small ones are the likelier cause.
    stuck = epochs[-1].test_accuracy < SLOW_LEARNER
    rate = _rounded(spec.learning_rate / 10 if stuck else spec.learning_rate * 3)
    yield Diagnosis(
        run=run,
        ailment="plateau",
        sentence=f"The train loss has stood at {lately[-1]:.3g} for {PLATEAU_EPOCHS} epochs.",
        remedy=f"Start again with rate {rate:g}" if stuck else f"Raise the rate to {rate:g}",
        changes={"learning_rate": rate},
        restart=stuck,
    )


def _dead(run: str, spec: TrainSpec, epochs: Sequence[EpochDone]) -> Iterator[Diagnosis]:
    if not epochs:
        return
    for number, (dead, width) in enumerate(zip(epochs[-1].dead, epochs[-1].widths, strict=True), start=1):
        if dead > MANY_DEAD * width:
            is_he = spec.initial == "he"
            rate = _rounded(spec.learning_rate / 3)
            where = "" if len(epochs[-1].dead) == 1 else f" of layer {number}"
            yield Diagnosis(
                run=run,
                ailment="dead neurons",
                sentence=f"{dead} of {width} neurons{where} never fire: they learn nothing any more.",
                remedy=f"Start again with rate {rate:g}" if is_he else "Try He weights",
                changes={"learning_rate": rate} if is_he else {"initial": "he"},
                restart=True,
            )


def _rounded(rate: float) -> float:
    """Return a learning rate of two significant digits within the knob's range."""
    return float(f"{min(max(rate, 1e-6), 100.0):.2g}")
