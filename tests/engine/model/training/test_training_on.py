"""A run that continues from a moment of another gives what an unbroken one gives, to the last bit."""

import dataclasses

import numpy as np
import pytest
from told import of
from trained import bits

from engine.core.errors import UserError
from engine.core.specs import TrainSpec
from engine.model.training.messages import Diagnosis, EpochDone, Parent, RunStarted, StepsDone
from engine.model.training.run import Moment
from engine.session.jobs.files import open_session
from engine.session.jobs.runs import tell_run
from engine.session.jobs.train import epoch_order, origin, train
from engine.session.session import Session
from engine.session.store import places
from tests.figures_by_hand import dense_by_hand

PLAIN = TrainSpec(layers="16", batch=20, epochs=6)
STEPS_PER_EPOCH = 12


def test_what_a_child_takes_over_is_told_at_its_start_with_settings_as_they_were_at_the_moment(session):
    job = train(session, PLAIN)
    next(message for message in job if isinstance(message, EpochDone) and message.epoch == 2)
    job.send({"learning_rate": 0.02})
    list(job)
    run = session.runs["A"]
    assert run.spec_at(23) == PLAIN
    assert run.spec_at(24) == run.spec_at(36) == PLAIN.but(learning_rate=0.02)
    started, *_ = train(session, run.spec_at(36), Parent("A", 36))
    assert bits(session.runs["B"])[72] == bits(run)[72]
    assert isinstance(started, RunStarted) and started.resumed.parent == ("A", 36)
    assert [(done.run, done.epoch) for done in started.resumed.epochs] == [("B", 1), ("B", 2), ("B", 3)]
    assert len(started.resumed.losses) == max(started.resumed.moments) == 36


def test_where_there_is_no_state_of_the_optimiser_it_goes_on_with_a_fresh_one_from_the_same_weights(session):
    adam = PLAIN.but(optimizer="adam", learning_rate=0.01)
    list(train(session, adam.but(epochs=1)))
    list(train(session, PLAIN.but(epochs=2), Parent("A", 12)))
    list(train(session, PLAIN.but(epochs=2), Parent("B", 12)))
    first, other, again = session.runs.values()
    assert bits(other)[12] == bits(first)[12], "of another optimiser it is not taken over"
    assert bits(again)[24] == bits(other)[24]

    for step in (0, 12):
        first.moments[step] = dataclasses.replace(first.moments[step], optimizer=())
    for parent in (Parent("A", 0), None):
        list(train(session, adam.but(epochs=1), parent))
    assert bits(session.runs["D"])[12] == bits(session.runs["E"])[12], "at the start it is fresh"
    list(train(session, adam.but(epochs=3), Parent("A", 12)))
    assert session.runs["F"].epochs[-1].test_accuracy > 0.3


def test_what_cannot_go_on_is_refused_in_a_sentence_and_makes_no_run(session, dataset):
    list(train(session, PLAIN.but(epochs=2)))

    def assert_refused(words, step=24, **changes):
        with pytest.raises(UserError, match=words):
            list(train(session, PLAIN.but(**changes), Parent("A", step)))
        assert list(session.runs) == ["A"]

    assert_refused("Hidden layers cannot change", layers="17")
    assert_refused("Batch cannot change", batch=10)
    assert_refused("has 2 epochs behind it", epochs=2)
    assert_refused("no snapshot at step 25", step=25)
    for name, value in (("shape", (4, 16)), ("steps_per_epoch", 13)):
        right = getattr(session.runs["A"], name)
        setattr(session.runs["A"], name, value)
        assert_refused("other data than the session says")
        setattr(session.runs["A"], name, right)
    session.replace_data(dataclasses.replace(dataset, train_labels=dataset.train_labels[::-1].copy()))
    assert_refused("learned from other data: Stripes")


def handed_over(session, optimizer, parent):
    """Let a run with that optimiser go on, without training; return it, and whether it took over the state."""
    taken = []

    class Restored:  # stands for a learner
        def restore(self, moment, *, optimizer):
            taken.append(optimizer)

    spec = PLAIN.but(optimizer=optimizer)
    child = session.new_run(spec, STEPS_PER_EPOCH)
    origin(session, spec, parent).hand_over(child, Restored())
    return child, taken[0]


@pytest.mark.parametrize("way", ["in memory", "from an older file", "without the first run"])
def test_the_state_of_an_optimiser_never_passes_for_that_of_another_that_has_as_many_slots(dataset, way):
    session = Session(dataset, places.new_autosave)
    first = session.new_run(PLAIN.but(optimizer="momentum"), STEPS_PER_EPOCH)
    shapes = PLAIN.plan(dataset.shape, len(dataset.classes)).shapes
    arrays = tuple(np.ones(shape, np.float32) for shape in shapes)
    state = (np.array(12), np.array(0.1, np.float32), *arrays)
    first.moments[12] = Moment(step=12, weights=arrays, optimizer=state)
    second, has_state = handed_over(session, "adagrad", Parent("A", 12))
    assert not has_state
    second.moments[24] = dataclasses.replace(first.moments[12], step=24)
    if way == "without the first run":
        del session.runs["A"]
    if way == "from an older file":
        second.optimizers = ()
    if way != "in memory":
        session.save()
        file = session.store.path
        session.close()
        session = Session(dataset)
        list(open_session(session, str(file), copy=True))
    for step, right in ((12, "momentum"), (24, "adagrad")):
        for optimizer in ("momentum", "adagrad", "rmsprop"):
            third, has_state = handed_over(session, optimizer, Parent("B", step))
            assert has_state == (optimizer == right)
            assert [third.optimizer_at(at) for at in (12, step, step + 1)] == ["momentum", right, optimizer]
    session.close()


def test_every_epoch_that_is_told_is_in_the_file_already(dataset):
    session = Session(dataset, places.new_autosave)
    for message in train(session, PLAIN.but(epochs=2)):
        if isinstance(message, EpochDone):
            other = Session(dataset)
            list(open_session(other, str(session.store.path), copy=True))
            assert other.runs["A"].epochs[-1] == message
            assert message.step in other.runs["A"].moments
            other.close()
    session.close()


FIRST_TWO, OTHERS = PLAIN.but(classes="a, b", epochs=4), PLAIN.but(classes="c, d", epochs=8)


def test_a_run_goes_on_with_other_classes_and_forgets_which_is_not_taken_for_steps_that_are_too_large(dataset):
    session = Session(dataset)
    list(train(session, FIRST_TWO.but(epochs=30)))
    first = session.runs["A"]
    messages = list(train(session, OTHERS.but(epochs=50), Parent("A", first.moments.newest)))
    second = session.runs["B"]
    assert second.steps_per_epoch == first.steps_per_epoch, "there is one scale of time"
    assert [done.step for done in second.epochs] == [first.steps_per_epoch * epoch for epoch in range(1, 51)]

    def right(run):
        _, logits = dense_by_hand(run.moment(None).weights, dataset.test_images)
        hits = logits.argmax(axis=1) == dataset.test_labels
        return [hits[dataset.test_labels == label].mean() for label in range(4)]

    assert min(right(first)[:2]) > 0.9 > 0.1 > max(right(first)[2:])
    assert min(right(second)[2:]) > 0.9 and max(right(second)[:2]) < 0.5
    assert second.epochs[30].train_loss > 10 * first.epochs[-1].train_loss
    ailments = {diagnosis.ailment for diagnosis in of(Diagnosis, messages)}
    assert "healthy" in ailments and ailments <= {"healthy", "overfitting"}, "it is worse on what it forgets"


def test_a_run_that_has_gone_on_with_other_images_goes_on_bit_for_bit(dataset):
    session = Session(dataset)
    list(train(session, FIRST_TWO))
    list(train(session, OTHERS, Parent("A", session.runs["A"].moments.newest)))
    list(train(session, OTHERS, Parent("B", 6 * session.runs["A"].steps_per_epoch)))
    unbroken, child = session.runs["B"], session.runs["C"]
    assert bits(child) == bits(unbroken)
    assert child.losses.so_far.tobytes() == unbroken.losses.so_far.tobytes()
    for one, other in zip(child.epochs, unbroken.epochs, strict=True):
        assert (one.step, one.test_loss, one.dead) == (other.step, other.test_loss, other.dead)


def test_a_stopped_run_gives_way_and_its_last_moment_is_written_next(dataset, tmp_path):
    session = Session(dataset, new_place=lambda: tmp_path / "kept.layerlight")
    job = train(session, PLAIN)
    next(message for message in job if isinstance(message, StepsDone) and message.last_step > 2 * STEPS_PER_EPOCH)
    job.close()
    assert len(session.runs["A"].losses) in session.runs["A"].moments and not session.is_saved()
    list(tell_run(session, "A"))
    assert session.is_saved()
    session.close()


def test_the_batches_of_a_step_follow_from_its_number_alone():
    spec = PLAIN.but(batch=10)
    for epoch in (1, 2, 7):  # as many steps as there are batches: a pass for each epoch
        drawn = np.random.default_rng([spec.seed, epoch]).permutation(240)
        assert (epoch_order(spec, 240, 24, epoch).ravel() == drawn).all()
    passes = [np.random.default_rng([spec.seed, number]).permutation(77)[:70] for number in range(1, 5)]
    rows = np.concatenate([drawn.reshape(7, 10) for drawn in passes])
    epochs = np.concatenate([epoch_order(spec, 77, 9, epoch) for epoch in (1, 2, 3)])
    assert (epochs == rows[:27]).all(), "seven batches fill a pass, whatever an epoch is"
