"""The schedule of the learning rate: its factors by the papers' formulas, and in the steps of a run."""

import contextlib
import math
import random

import numpy as np
import pytest
from trained import bits

from engine.core.specs import TrainSpec
from engine.model.training.messages import Parent, StepsDone
from engine.model.training.schedule import is_scheduled, rate_factors
from engine.session.jobs.train import train
from engine.session.session import Session
from engine.session.store.values import spec as stored_spec

STEPS = 12  # in an epoch of the small data set, with 20 images a batch
SPEC = TrainSpec(layers="16", batch=20, epochs=4)
COSINE = SPEC.but(schedule="cosine", warmup=0.5)


def by_hand(spec, steps_per_epoch, number):
    """The factor of the step with that number, from 0, as the papers say it."""
    rising = round(spec.warmup * steps_per_epoch)
    if number < rising:
        return (number + 1) / rising
    share = (number - rising) / (spec.epochs * steps_per_epoch - rising)
    if spec.schedule == "step":
        return 0.01 if share >= 0.75 else 0.1 if share >= 0.5 else 1.0
    return 0.5 * (1 + math.cos(math.pi * share)) if spec.schedule == "cosine" else 1.0


@pytest.mark.parametrize("schedule", ["constant", "step", "cosine"])
@pytest.mark.parametrize("warmup", [0.0, 0.3, 2.0])
def test_the_factor_of_each_step_is_that_of_the_formulas(schedule, warmup):
    spec = TrainSpec(epochs=8, schedule=schedule, warmup=warmup)
    wanted = [by_hand(spec, 50, number) for number in range(8 * 50)]
    np.testing.assert_allclose(rate_factors(spec, 50, 0, 8 * 50), wanted, rtol=1e-12)
    np.testing.assert_array_equal(rate_factors(spec, 50, 137, 20), rate_factors(spec, 50, 0, 400)[137:157])
    assert is_scheduled(spec) == (wanted != [1.0] * 400)


def test_the_rate_falls_at_a_half_and_at_three_quarters_and_a_cosine_is_at_its_middle_there():
    spec = TrainSpec(epochs=40, schedule="step")
    factors = rate_factors(spec, 100, 0, 4_000)
    assert (factors[1_999], factors[2_000], factors[2_999]) == (1.0, 0.1, 0.1)
    assert factors[3_000] == pytest.approx(0.01) and factors[3_999] == pytest.approx(0.01)
    cosine = rate_factors(spec.but(schedule="cosine"), 100, 0, 4_000)
    assert cosine[0] == 1 and cosine[2_000] == pytest.approx(0.5) and 0 < cosine[3_999] < 1e-6


def test_a_warm_up_that_is_longer_than_the_run_only_grows():
    for schedule in ("constant", "step", "cosine"):
        factors = rate_factors(TrainSpec(epochs=2, schedule=schedule, warmup=5), 10, 0, 20)
        np.testing.assert_allclose(factors, np.arange(1, 21) / 50)


def test_how_many_steps_a_turn_takes_changes_no_bit_of_a_scheduled_run(dataset):
    spec = COSINE.but(optimizer="momentum", momentum=0.8, learning_rate=0.05, decay=0.01, smoothing=0.1)
    whole, stepped, chance = Session(dataset), Session(dataset), random.Random(4)
    list(train(whole, spec))
    job = train(stepped, spec)
    for message in job:
        if isinstance(message, StepsDone):
            job.send({"steps_per_turn": chance.choice([0, 1, 2, 5, 7])})
    assert bits(stepped.runs["A"]).items() >= bits(whole.runs["A"]).items()


def driven(session, spec, rates, parent=None):
    """Train a run without a schedule, with its learning rate set before each step."""
    job = train(session, spec.but(schedule="constant", warmup=0.0), parent)
    message, taken = next(job), 0
    with contextlib.suppress(StopIteration):
        while True:
            taken += len(message.losses) if isinstance(message, StepsDone) else 0
            message = job.send({"learning_rate": rates[min(taken, len(rates) - 1)], "steps_per_turn": 1.0})
    assert taken == len(rates)
    return [*session.runs.values()][-1]


def test_each_step_has_the_learning_rate_times_its_factor_also_where_a_run_goes_on(dataset):
    session = Session(dataset)
    list(train(session, COSINE))
    list(train(session, COSINE, Parent("A", 2 * STEPS)))
    assert bits(session.runs["B"]) == bits(session.runs["A"]), "with as many epochs it is the unbroken run"

    longer, end = COSINE.but(epochs=6), 4 * STEPS
    list(train(session, longer, Parent("A", end)))
    for spec, run, parent, first in ((COSINE, "A", None, 0), (longer, "C", Parent("A", end), end)):
        rates = [spec.learning_rate * by_hand(spec, STEPS, number) for number in range(first, spec.epochs * STEPS)]
        other = driven(session, spec, rates, parent)
        for mine, theirs in zip(session.runs[run].moment(None).weights, other.moment(None).weights, strict=True):
            np.testing.assert_allclose(mine, theirs, atol=1e-6)
    before, after = (by_hand(spec, STEPS, end + more) for spec, more in ((COSINE, -1), (longer, 0)))
    assert before < 0.01 < 0.2 < after, "the rate rises again where more epochs are wanted"


def test_a_learning_rate_that_is_set_on_the_way_is_multiplied_too(dataset):
    session = Session(dataset)
    job = train(session, COSINE)
    next(job)
    list(job.send({"learning_rate": 0.4, "steps_per_turn": 5.0}) and job)
    other = driven(session, COSINE, [0.4 * by_hand(COSINE, STEPS, number) for number in range(4 * STEPS)])
    for mine, theirs in zip(session.runs["A"].moment(None).weights, other.moment(None).weights, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-6)
    assert float(session.runs["A"].moment(None).optimizer[1]) == pytest.approx(0.4), "a snapshot has the plain rate"


def test_runs_of_before_have_the_settings_with_which_they_were_trained():
    """A file of an earlier version has none of these settings."""
    new = {"momentum": 0.9, "schedule": "constant", "warmup": 0.0, "decay": 0.0, "smoothing": 0.0}
    before = {name: value for name, value in SPEC.as_dict().items() if name not in new}
    assert stored_spec(before) == SPEC
    assert {name: getattr(SPEC, name) for name in new} == new
    assert not is_scheduled(SPEC)
