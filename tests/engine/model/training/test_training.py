"""The job `train`: what it tells, that it repeats itself bit for bit, and how it is steered."""

import csv
import dataclasses
import gc

import numpy as np
import pytest
from told import epoch_done, of, told

from engine.core.errors import UserError
from engine.core.messages import Notice, run_through
from engine.core.specs import TrainSpec, fitted_batch
from engine.model.network.model import initial_weights
from engine.model.training import learner as learner_module
from engine.model.training.epochs import Epochs
from engine.model.training.evaluation import Evaluation
from engine.model.training.health import diagnose
from engine.model.training.learned import learned
from engine.model.training.messages import (
    Diagnosis,
    EpochDone,
    Parent,
    RunFinished,
    RunStarted,
    StepsDone,
    best_of,
    say_best,
)
from engine.session.jobs.runs import final_figures, history_table
from engine.session.jobs.train import train
from engine.session.session import Session
from engine.session.store.opening import create_store, open_store
from tests.figures_by_hand import Answered, dense_by_hand, loss_by_hand

SPEC = TrainSpec(layers="16", batch=20, epochs=3)


def figures(messages):
    """The history without what a clock measured."""
    return [
        (done.epoch, done.train_loss, done.test_loss, done.test_accuracy, done.gradient_norms, done.dead)
        for done in of(EpochDone, messages)
    ]


def begin(dataset, spec):
    """Begin a run, for which nothing is compiled yet, and break it off."""
    job = train(Session(dataset), spec)
    assert isinstance(next(job), RunStarted)
    job.close()


def test_a_run_tells_its_start_its_steps_its_epochs_and_its_end(session):
    messages = told(train(session, SPEC))
    assert isinstance(messages[0], RunStarted)
    assert messages[0].steps_per_epoch == 12
    assert messages[-1] == RunFinished(run="A", reason="epochs", epoch=3)
    assert [done.epoch for done in of(EpochDone, messages)] == [1, 2, 3]
    steps = of(StepsDone, messages)
    assert [chunk.first_step for chunk in steps] == [1, *(chunk.last_step + 1 for chunk in steps[:-1])]
    assert steps[-1].last_step == 36
    for epoch in (1, 2, 3):
        losses = np.concatenate([c.losses for c in steps if (c.first_step - 1) // 12 == epoch - 1])
        assert of(EpochDone, messages)[epoch - 1].train_loss == pytest.approx(losses.mean(), rel=1e-6)
    for array in (steps[0].losses, *session.runs["A"].moments[0].weights):
        assert not array.flags.writeable
    with pytest.raises(UserError, match="No data set"):
        next(train(Session(), SPEC))


@pytest.mark.xla
def test_the_test_figures_are_those_of_the_kept_weights(session, monkeypatch):
    monkeypatch.setattr("engine.model.training.evaluation.DENSE_SLICE", 40)  # which 90 images do not fill
    (done,) = of(EpochDone, train(session, SPEC.but(epochs=1)))
    data = session.data()
    test = Answered(data.test_labels, *dense_by_hand(session.runs["A"].moments[12].weights, data.test_images))
    assert done.test_accuracy == test.accuracy
    assert done.test_loss == pytest.approx(test.loss("clipped"), rel=1e-4)
    assert done.dead == (int((test.hidden.max(axis=0) <= 0).sum()),)
    assert done.widths == (16,)


def test_live_knobs_act_are_remembered_and_dead_ones_are_not_taken(session):
    job = train(session, SPEC)
    started = next(job)
    assert started.spec.learning_rate == 0.1
    wanted = iter([{"learning_rate": 1e-6, "epochs": 1.0}, {"learning_rate": 1e-6}, {"dropout": 0.2, "l2": 0.0}])
    chunks = of(StepsDone, [job.send({"steps_per_turn": 1.0}), *(job.send(next(wanted, None)) for _ in range(9)), *job])
    run = session.runs["A"]
    changes = [change for chunk in chunks for change in chunk.changes]
    assert changes == run.changes, "each is told once, with the next chunk"
    assert [(name, value) for _, name, value in changes] == [("learning_rate", 1e-6), ("dropout", 0.2)]
    assert all(step < chunk.first_step for chunk in chunks for step, _, _ in chunk.changes), "from the next step on"
    assert chunks[-1].last_step == 36
    np.testing.assert_allclose(run.moment(None).weights[0], run.moments[1].weights[0], atol=0.01)


@pytest.mark.parametrize("validation", [0.0, 0.25])
def test_it_learns_and_stops_at_the_wanted_accuracy_of_the_validation_images_if_there_are_any(session, validation):
    messages = list(train(session, SPEC.but(epochs=1000, stop_at=0.9, validation=validation)))
    judged = [done.validation_accuracy if validation else done.test_accuracy for done in of(EpochDone, messages)]
    assert judged[-1] >= 0.9 > max(judged[:-1])
    assert of(RunFinished, messages) == [RunFinished(run="A", reason="accuracy", epoch=len(judged))]


def test_a_weight_that_is_no_number_is_caught_also_where_the_loss_hides_it(session, monkeypatch):
    def drawn(arrays, kind, seed):
        weights = [weights.copy() for weights in initial_weights(arrays, kind, seed)]
        weights[0][0, 0] = np.nan
        return weights

    steps = learner_module.Learner.steps

    def finite_losses(self, *arguments):
        losses, norms = steps(self, *arguments)
        return np.nan_to_num(losses, nan=0.5), norms

    monkeypatch.setattr(learner_module, "initial_weights", drawn)
    for activation, run in (("gelu", "A"), ("relu", "B"), ("relu", "C")):
        if run == "C":
            monkeypatch.setattr(learner_module.Learner, "steps", finite_losses)
        messages = list(train(session, SPEC.but(activation=activation)))
        assert messages[-1] == RunFinished(run=run, reason="not finite", epoch=1)
        assert not any(done.finite for done in of(EpochDone, messages))
        diagnosis = of(Diagnosis, messages)[-1]
        assert diagnosis.ailment == "not finite"
        assert (diagnosis.restart, diagnosis.changes) == (True, {"learning_rate": 0.01})


def test_a_batch_larger_than_the_data_is_brought_down_to_a_tenth_of_them_or_where_a_run_goes_on_refused(session):
    spec = SPEC.but(epochs=1)
    messages = list(train(session, spec.but(batch=500)))
    assert isinstance(messages[0], Notice)
    assert messages[0].sentence == "The batch is 24 instead of 500, for there are only 240 training images."
    (begun,) = of(RunStarted, messages)
    assert (begun.spec.batch, begun.steps_per_epoch) == (24, 10) == (session.runs["A"].spec.batch, 10)
    plain = list(train(session, spec.but(batch=24)))
    assert not of(Notice, plain) and figures(plain) == figures(messages)
    whole = next(train(session, spec.but(batch=240)))
    assert isinstance(whole, RunStarted) and whole.steps_per_epoch == 1, "a batch of all images"
    few = next(train(session, spec.but(images=19)))
    assert few.sentence == "The batch is 1 instead of 20, for there are only 19 training images."
    for images, batch in ((99, 9), (9, 1), (1, 1), (100, 100)):
        assert fitted_batch(100, images) == batch

    with pytest.raises(UserError, match="A batch of 24 is more than the 19 training images"):
        list(train(session, SPEC.but(batch=24, images=19, epochs=9), Parent("A", 10)))
    with pytest.raises(UserError, match="“x” is not a class of these data"):
        list(train(session, SPEC.but(classes="a, x")))


def test_what_a_run_was_compiled_to_goes_with_it(session):
    """TensorFlow remembers an operation with a gradient of its own for ever, and its graph: megabytes a run."""

    def graphs():
        gc.collect()
        return sum(type(thing).__name__ == "FuncGraph" for thing in gc.get_objects())

    learner_module.forget_learners()
    before = graphs()
    list(train(session, TrainSpec(layers="5", batch=20, epochs=1)))
    learner_module.forget_learners()
    assert graphs() <= before


def test_what_was_compiled_for_a_run_serves_the_next_of_its_kind(dataset, monkeypatch):
    """XLA never gives back what it has compiled, and compiling takes seconds."""
    learner_module.forget_learners()
    made = []
    monkeypatch.setattr(learner_module, "Evaluation", lambda spec, *on: made.append(spec) or Evaluation(spec, *on))
    adam = SPEC.but(optimizer="adam", learning_rate=0.01, dropout=0.2, epochs=1)
    first = list(train(Session(dataset), adam))
    other = {"decay": 0.01, "smoothing": 0.1, "schedule": "cosine", "warmup": 0.5, "momentum": 0.5}
    list(train(Session(dataset), adam.but(seed=4, initial="he", learning_rate=0.2, l2=0.001, **other)))
    again = list(train(Session(dataset), adam))
    assert figures(again) == figures(first), "nothing of the runs between is left in weights or optimiser"
    assert len(made) == 1
    for other in (adam.but(batch=30), adam.but(layers="17"), adam.but(noise=0.1), SPEC):
        begin(dataset, other)
    assert [spec.noise for spec in made] == [0, 0, 0, 0.1, 0], "what is compiled in differs"


def test_learners_that_rest_are_few_small_and_without_data(dataset, monkeypatch):
    learner_module.forget_learners()
    monkeypatch.setattr(learner_module.idle, "count", learner_module.IDLE)

    for width in range(3, 3 + learner_module.IDLE + 2):
        begin(dataset, SPEC.but(layers=str(width)))
    idle = learner_module.idle
    assert [spec.layers for spec, *_ in idle] == [str(3 + 2 + n) for n in range(learner_module.IDLE)]
    assert not any(hasattr(learner, "tensors") for _, learner in idle.items())
    monkeypatch.setattr(idle, "size", 4 * (64 * 3 + 3 + 3 * 4 + 4) + 100)
    begin(dataset, SPEC.but(layers="3"))
    assert [spec.layers for spec, *_ in idle] == ["3"]
    begin(dataset, SPEC.but(layers="40"))
    assert [spec.layers for spec, *_ in idle] == ["3"], "one that is too large sends no other away"


def test_free_memory_is_given_back_at_times_while_a_network_trains(session, monkeypatch):
    given_back = []
    monkeypatch.setattr("engine.session.jobs.train.give_back", lambda: given_back.append(1))
    for seconds, times in ((0.0, 2 + 2), (3_600.0, 2)):
        given_back.clear()
        monkeypatch.setattr("engine.session.jobs.train.GIVE_BACK_SECONDS", seconds)
        list(train(session, SPEC.but(epochs=2)))
        assert len(given_back) == times, "once it is compiled, after each of two epochs, and at the end"


def test_the_exported_history_has_the_live_settings_of_each_epoch(session):
    job = train(session, SPEC)
    for message in job:
        if isinstance(message, EpochDone) and message.epoch == 2:
            job.send({"learning_rate": 0.01, "dropout": 0.5})
    list(train(session, SPEC.but(epochs=4, learning_rate=0.02), Parent("A", 24)))

    def column(run, name):
        return [line[name] for line in csv.DictReader(history_table(session.runs[run].summary()).splitlines())]

    assert column("A", "learning_rate") == ["0.1", "0.1", "0.01"]
    assert column("A", "dropout") == ["0.0", "0.0", "0.5"] and column("A", "l2") == ["0.0"] * 3
    assert column("B", "learning_rate") == ["", "", "0.02", "0.02"], "what it took over is A's"


def test_a_run_learns_from_the_chosen_images_with_their_labels_and_is_tested_on_all(session, dataset):
    chosen = SPEC.but(images=100, wrong_labels=0.2, classes="a, c, d", epochs=1)
    messages, result = told(train(session, chosen)), learned(dataset, chosen)
    assert (messages[0].train_images, messages[0].steps_per_epoch) == (100, 5)
    # The same images with those labels are a data set of their own, and that gives the same run.
    own = dataclasses.replace(dataset, train_images=dataset.train_images[result.numbers], train_labels=result.labels)
    other = list(train(Session(own), SPEC.but(epochs=1)))
    assert figures(messages) == figures(other)
    assert session.dataset is dataset and session.runs["A"].fingerprint == dataset.fingerprint()

    list(train(session, chosen.but(seed=5)))
    assert figures(list(train(session, chosen))) == figures(messages), "what others learn from does not disturb it"


VALIDATED = SPEC.but(loss="cross_entropy", validation=0.25)


def epoch(number, test, validation=None, loss=1.0):
    figures = {"validation_accuracy": validation, "validation_loss": None if validation is None else loss}
    return epoch_done(number, steps=12, train_loss=1.0, test_loss=1.0, test_accuracy=test, **figures)


def test_each_epoch_tells_loss_and_accuracy_of_images_that_are_held_out_and_learns_as_without_them(session, dataset):
    done = of(EpochDone, train(session, VALIDATED))[-1]
    run, chosen = session.runs["A"], learned(dataset, VALIDATED)
    held_out = chosen.held_out
    assert len(held_out) == 60 and run.steps_per_epoch == 180 // 20
    _, logits = dense_by_hand(run.moment(None).weights, dataset.train_images[held_out])
    labels = dataset.train_labels[held_out]
    assert done.validation_accuracy == np.mean(logits.argmax(axis=1) == labels)
    assert done.validation_loss == pytest.approx(loss_by_hand("cross_entropy", logits, labels), rel=1e-4)

    own = dataclasses.replace(dataset, train_images=dataset.train_images[chosen.numbers], train_labels=chosen.labels)
    without = of(EpochDone, train(Session(own), VALIDATED.but(validation=0.0)))[-1]
    for figure in ("train_loss", "test_loss", "test_accuracy"):
        assert getattr(done, figure) == getattr(without, figure)


def test_the_best_epoch_is_chosen_on_the_validation_images_and_says_so():
    messages = [epoch(1, 0.7, 0.95), epoch(2, 0.9, 0.9), epoch(3, 0.8, 0.95)]
    assert best_of(messages) == messages[0]
    assert say_best(messages[0]) == "best, epoch 1, chosen on the validation images"
    on_test = [epoch(1, 0.7), epoch(2, 0.9), epoch(3, 0.9)]
    assert best_of(on_test) == on_test[1]
    assert say_best(on_test[1]) == "best, epoch 2, chosen on the test images"
    assert best_of([*on_test, epoch(4, 0.1, 0.2)]).epoch == 4, "what was not chosen on the test images goes before"
    assert list(Epochs(messages)) == messages and Epochs(messages).judged.tolist() == [0.95, 0.9, 0.95]


def test_health_looks_at_the_validation_loss_and_goes_back_to_the_best_epoch_there():
    rising = [0.5, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6]
    messages = [
        dataclasses.replace(epoch(number, 0.8, 0.8, loss), train_loss=1 / number)
        for number, loss in enumerate(rising, 1)
    ]
    result = diagnose("A", VALIDATED, messages, changes=(), finite=True, moments=[done.step for done in messages])
    assert result.ailment == "overfitting"
    assert "the validation loss was best in epoch 2 (0.200); the last 5 average 1.200." in result.sentence


def test_it_is_in_the_file_in_the_csv_and_goes_on_with_a_run_that_continues(session, tmp_path):
    session.begin(create_store(tmp_path / "kept.layerlight"))
    done = of(EpochDone, train(session, VALIDATED))
    more = of(EpochDone, train(session, VALIDATED.but(epochs=4), Parent("A", 27)))
    assert len(more) == 1 and more[0].validation_accuracy is not None
    lines = history_table(session.runs["B"].summary()).splitlines()
    assert lines[0].split(",")[5:7] == ["validation_loss", "validation_accuracy"]
    assert lines[1].split(",")[6] == str(done[0].validation_accuracy)
    best = best_of(done)
    result = final_figures(session.runs["A"].summary())
    assert (result["best_epoch"], result["best_chosen_on"]) == (best.epoch, "validation")
    wanted = (best.test_accuracy, done[-1].validation_loss)
    assert (result["best_accuracy"], result["validation_loss"]) == wanted
    assert session.close()
    opened = run_through(open_store(tmp_path / "kept.layerlight"))
    kept = opened.store.load().runs["A"]
    assert list(kept.epochs) == done and kept.spec.validation == 0.25
    opened.store.close()
