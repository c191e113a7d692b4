"""A moment within an epoch is tested on the run's own test images, once, and what is found stays with the run."""

import dataclasses

import numpy as np
import pytest
from told import told
from trained import read_by_hand

from engine.analysis.probes.moment_test import moment_test
from engine.core.messages import run_through
from engine.core.specs import TrainSpec
from engine.model.training.messages import MomentTested, Parent, Score, StepsDone
from engine.session.jobs.runs import final_figures
from engine.session.jobs.train import train
from engine.session.store.opening import create_store, open_store
from tests.figures_by_hand import loss_by_hand

SPEC = TrainSpec(layers="16", batch=20, epochs=9, loss="cross_entropy")


def stopped(session, steps=30, spec=SPEC):
    """Train step by step, and stop within an epoch."""
    job = train(session, spec)
    message = next(job)
    while not (isinstance(message, StepsDone) and message.last_step >= steps):
        message = job.send({"steps_per_turn": 1.0})
    job.close()
    return session.runs["A"]


def test_where_a_run_was_stopped_within_an_epoch_its_weights_are_tested_and_what_was_found_is_kept(session, tmp_path):
    session.begin(create_store(tmp_path / "kept.layerlight"))
    run = stopped(session)
    assert [done.step for done in run.epochs] == [12, 24] and run.moments.newest == 30
    assert run.last_test.step == 24, "nobody has tested what it came to since"
    (message,) = told(moment_test(session, "A"))
    labels, (_, logits) = session.data().test_labels, read_by_hand(session, 30)
    accuracy = np.mean(logits.argmax(axis=1) == labels)
    assert message == MomentTested(run="A", tested=Score(30, message.tested.loss, accuracy))
    assert message.tested.loss == pytest.approx(loss_by_hand("cross_entropy", logits, labels), rel=1e-5)
    assert run.last_test == message.tested == session.runs["A"].summary().last_test
    assert accuracy != run.epochs[-1].test_accuracy, "another figure than that of the last whole epoch"
    assert run.say_test() == f"{100 * accuracy:.1f} % of 90 test images"
    result = final_figures(run.summary())
    assert (result["test_accuracy"], result["test_images"], result["tested_at_step"]) == (accuracy, 90, 30)

    kept = dict(run.tested)
    list(train(session, SPEC.but(epochs=3), Parent("A", 30)))
    assert session.runs["B"].tested == kept and session.runs["B"].last_test.step == 36
    assert session.close()
    opened = run_through(open_store(tmp_path / "kept.layerlight"))
    assert opened.store.load().runs["A"].tested == kept
    opened.store.close()


def test_no_moment_is_tested_twice_none_at_the_end_of_an_epoch_and_none_of_a_run_without_weights(session):
    stopped(session)
    assert told(moment_test(session, "A", 24)) == []
    assert [message.tested.step for message in told(moment_test(session, "A", 5))] == [5]
    turns = list(moment_test(session, "A"))
    assert turns[-1].tested.step == 30 and turns.count(None) >= 1, "the test images are gone through in turns"
    assert told(moment_test(session, "A")) == told(moment_test(session, "A", 5)) == []
    session.new_run(SPEC, 12)
    assert told(moment_test(session, "B")) == []


def test_a_run_of_other_data_is_not_tested_on_those_that_are_open(session, dataset):
    run = stopped(session)
    session.replace_data(dataclasses.replace(dataset, test_images=dataset.test_images[::-1].copy()))
    assert told(moment_test(session, "A")) == [] and run.tested == {}
    fewer = {"test_images": dataset.test_images[:50], "test_labels": dataset.test_labels[:50]}
    session.replace_data(dataclasses.replace(dataset, **fewer))
    assert told(moment_test(session, "A")) == [] and run.tested == {}
