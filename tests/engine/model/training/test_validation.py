"""A validation part: images that a run does not learn from, on which the best epoch is chosen."""

import dataclasses

import numpy as np
import pytest
from told import epoch_done, of

from engine.core.messages import run_through
from engine.core.specs import TrainSpec
from engine.model.training.epochs import Epochs
from engine.model.training.health import diagnose
from engine.model.training.learned import learned
from engine.model.training.messages import EpochDone, Parent, RunFinished, best_of, say_best
from engine.session.jobs.runs import final_figures, history_table
from engine.session.jobs.train import train
from engine.session.session import Session
from engine.session.store.opening import create_store, open_store
from tests.engine.trained import dense_by_hand

SPEC = TrainSpec(layers="16", batch=20, epochs=3, loss="cross_entropy", validation=0.25)


def epoch(number, test, validation=None, loss=1.0):
    figures = {"validation_accuracy": validation, "validation_loss": None if validation is None else loss}
    return epoch_done(number, steps=12, train_loss=1.0, test_loss=1.0, test_accuracy=test, **figures)


def test_each_epoch_tells_loss_and_accuracy_of_images_that_are_held_out_and_learns_as_without_them(session, dataset):
    done = of(EpochDone, train(session, SPEC))[-1]
    run, chosen = session.runs["A"], learned(dataset, SPEC)
    held_out = chosen.held_out
    assert len(held_out) == 60 and run.steps_per_epoch == 180 // 20
    _, logits = dense_by_hand(run.moments[run.moments.newest].weights, dataset.train_images[held_out] / 255)
    labels = dataset.train_labels[held_out]
    logits -= logits.max(axis=1, keepdims=True)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert done.validation_accuracy == np.mean(logits.argmax(axis=1) == labels)
    assert done.validation_loss == pytest.approx(-np.log(p[np.arange(60), labels]).mean(), rel=1e-4)

    own = dataclasses.replace(dataset, train_images=dataset.train_images[chosen.numbers], train_labels=chosen.labels)
    without = of(EpochDone, train(Session(own), SPEC.but(validation=0.0)))[-1]
    for figure in ("train_loss", "test_loss", "test_accuracy"):
        assert getattr(done, figure) == getattr(without, figure)


def test_the_best_epoch_is_chosen_on_the_validation_images_and_says_so():
    told = [epoch(1, 0.7, 0.95), epoch(2, 0.9, 0.9), epoch(3, 0.8, 0.95)]
    assert best_of(told) == told[0]
    assert say_best(told[0]) == "best, epoch 1, chosen on the validation images"
    on_test = [epoch(1, 0.7), epoch(2, 0.9), epoch(3, 0.9)]
    assert best_of(on_test) == on_test[1]
    assert say_best(on_test[1]) == "best, epoch 2, chosen on the test images"
    assert best_of([*on_test, epoch(4, 0.1, 0.2)]).epoch == 4, "what was not chosen on the test images goes before"
    assert list(Epochs(told)) == told and Epochs(told).judged.tolist() == [0.95, 0.9, 0.95]


def test_stop_at_acts_on_the_validation_images(session):
    told = list(train(session, SPEC.but(epochs=40, stop_at=0.9)))
    epochs = of(EpochDone, told)
    reached = next(done for done in epochs if done.validation_accuracy >= 0.9)
    assert of(RunFinished, told) == [RunFinished(run="A", reason="accuracy", epoch=reached.epoch)]
    assert epochs[-1] == reached


def test_health_looks_at_the_validation_loss_and_goes_back_to_the_best_epoch_there():
    rising = [0.5, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6]
    told = [
        dataclasses.replace(epoch(number, 0.8, 0.8, loss), train_loss=1 / number)
        for number, loss in enumerate(rising, 1)
    ]
    found = diagnose("A", SPEC, told, changes=(), finite=True, moments=[done.step for done in told])
    assert found.ailment == "overfitting"
    assert "the validation loss was best in epoch 2 (0.200) and has risen to 1.600 since" in found.sentence


def test_it_is_in_the_file_in_the_csv_and_goes_on_with_a_run_that_continues(session, tmp_path):
    session.begin(create_store(tmp_path / "kept.layerlight"))
    done = of(EpochDone, train(session, SPEC))
    more = of(EpochDone, train(session, SPEC.but(epochs=4), Parent("A", 27)))
    assert len(more) == 1 and more[0].validation_accuracy is not None
    lines = history_table(session.runs["B"].summary()).splitlines()
    assert lines[0].split(",")[5:7] == ["validation_loss", "validation_accuracy"]
    assert lines[1].split(",")[6] == str(done[0].validation_accuracy)
    best = best_of(done)
    found = final_figures(session.runs["A"].summary())
    assert (found["best_epoch"], found["best_chosen_on"]) == (best.epoch, "validation")
    wanted = (best.test_accuracy, done[-1].validation_loss)
    assert (found["best_accuracy"], found["validation_loss"]) == wanted
    assert session.close()
    opened = run_through(open_store(tmp_path / "kept.layerlight"))
    kept = opened.store.load().runs["A"]
    assert list(kept.epochs) == done and kept.spec.validation == 0.25
    opened.store.close()
