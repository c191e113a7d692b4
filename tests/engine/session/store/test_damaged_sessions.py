"""Damage on the disk is noticed, mended where it can be, and never read as if it were true."""

import contextlib
import random
import sqlite3

import numpy as np
import pytest
from runs import assert_same_run, made_run, trained
from told import of

from engine.core.lens import Lens
from engine.core.mailbox import Mailbox
from engine.core.messages import JobEnded, JobFailed, JobStarted, Message, Notice
from engine.core.runner import Runner
from engine.export.network.job import export_network
from engine.model.training.messages import RunChanged
from engine.session.jobs.files import open_session, save_session_as
from engine.session.store.arrays import hash_of


@pytest.fixture
def whole(session, tmp_path):
    """The file of a session of two runs, which is open."""
    trained(session, epochs=2)
    trained(session, "B", epochs=1, seed=1)
    list(save_session_as(session, str(tmp_path / "whole.layerlight")))
    return session.store.path


def two_runs():
    """These runs as they were."""
    return {"A": made_run(epochs=2), "B": made_run("B", epochs=1, seed=1)}


FLIPS = 30


def sentences_with_flipped_bits(content, first, seed, other, tmp_path):
    """Flip a bit again and again, from a byte on; open each file and yield its place and what is said of damage."""
    chance, path = random.Random(seed), tmp_path / "damaged.layerlight"
    for _ in range(FLIPS):
        place, bit = chance.randrange(first, len(content)), chance.randrange(8)
        damaged = bytearray(content)
        damaged[place] ^= 1 << bit
        path.write_bytes(damaged)
        messages = list(open_session(other, str(path)))
        yield (place, bit), [notice.sentence for notice in of(Notice, messages) if "damaged" in notice.sentence]
        other.close()
        path.unlink()


def test_every_flipped_bit_is_noticed_and_changes_no_weight(session, whole, other, tmp_path):
    session.close()
    for place, said in sentences_with_flipped_bits(whole.read_bytes(), 0, 3, other, tmp_path):
        assert len(said) == 1, place
        for name, run in two_runs().items():
            assert_same_run(other.runs[name], run)


def test_a_flipped_bit_in_a_file_that_a_crash_left_changes_no_weight_unnoticed(session, whole, other, tmp_path):
    session.store.close(whole=False)
    session.store, noticed = None, 0
    for place, said in sentences_with_flipped_bits(whole.read_bytes(), 4096, 4, other, tmp_path):
        noticed += bool(said)
        changed = compare(other.runs, two_runs())
        assert said or not changed, (place, changed)
    assert noticed > FLIPS / 4, "the others were in room that nothing uses"


def compare(runs, true):
    """What is there is as it was; return what is missing."""
    missing = [name for name in true if name not in runs]
    for name, run in runs.items():
        missing += [f"moment {step}" for step in true[name].moments if step not in run.moments]
        known = {done.epoch: done for done in true[name].epochs}
        assert all(done == known[done.epoch] for done in run.epochs)
        missing += ["epochs"] if len(run.epochs) < len(known) else []
        for step in run.moments:
            for here, there in zip(run.moments[step].weights, true[name].moments[step].weights, strict=True):
                assert here.tobytes() == there.tobytes()
    return missing


class Looked(Message):
    step: int
    first: np.ndarray


def look(session, lens):
    yield None  # what is met later begins anew as well
    yield Looked(step=session.run(lens.run).moment(lens.moment).step, first=session.weights(lens)[0])


DAMAGE = {
    "a flipped bit": "UPDATE arrays SET content = X'00' || substr(content, 2) WHERE sha256 = ?",
    "a missing row": "DELETE FROM arrays WHERE sha256 = ?",
    "another shape": "UPDATE arrays SET shape = '[1]' WHERE sha256 = ?",
    "no array at all": "UPDATE arrays SET type = 7, content = NULL WHERE sha256 = ?",
}


def damage(path, how, moments):
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        for moment in moments:
            assert database.execute(how, (hash_of(moment.weights[0]),)).rowcount == 1


@pytest.fixture
def asked(session):
    """Asks a session of a window's engine for a job, and returns what it told to the end."""
    mailbox = Mailbox()
    runner = Runner(session, mailbox, at_end=session.close, mend=session.give_up)

    def asked(make, *words):
        told, number = [], runner.submit(make, *words)
        while not any(letter.job == number and isinstance(letter.message, JobEnded) for letter in told):
            told += mailbox.drain()
        return [letter.message for letter in told if not isinstance(letter.message, JobStarted | JobEnded)]

    yield asked
    assert runner.close()


@pytest.fixture
def of_four_epochs(other, tmp_path):
    """A session file of one run with five moments."""
    trained(other, epochs=4)
    path = tmp_path / "digits.layerlight"
    list(save_session_as(other, str(path)))
    other.close()
    return path


@pytest.mark.parametrize("how", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_moment_that_is_looked_at_leads_to_the_next_good_one_with_one_sentence(
    asked, session, of_four_epochs, how
):
    asked(open_session, str(of_four_epochs))
    true = made_run(epochs=4).moments
    damage(of_four_epochs, how, [true[step] for step in (0, 20, 40)])
    left = [0, 10, 20, 30, 40]
    # In the middle, at the beginning, live: which one is looked at instead.
    for step, lost, instead in ((20, 20, 10), (0, 0, 10), (None, 40, 30)):
        changed, notice, looked = asked(look, Lens("A", step))
        left.remove(lost)
        assert isinstance(changed, RunChanged) and list(changed.moments) == left
        sentence = f"digits.layerlight is damaged: the weights of run A at step {lost} are lost."
        assert notice == Notice(sentence=sentence)
        assert looked.step == instead
        np.testing.assert_array_equal(looked.first, true[instead].weights[0])
        (again,) = asked(look, Lens("A", step))
        assert again.step == instead, "it was said once"


def test_the_last_moment_of_a_run_is_not_given_up_but_said_to_be_damaged(asked, session, of_four_epochs):
    asked(open_session, str(of_four_epochs))
    damage(of_four_epochs, DAMAGE["a missing row"], made_run(epochs=4).moments.values())
    *news, failed = asked(look, Lens("A"))
    assert [len(each.moments) for each in of(RunChanged, news)] == [4, 3, 2, 1]
    sentence = "The weights of run A at step 0 in digits.layerlight are damaged."
    assert failed == JobFailed(sentence=sentence, hint="Look at another snapshot.")


def test_no_file_holds_another_moment_than_was_meant(asked, session, of_four_epochs, tmp_path):
    asked(open_session, str(of_four_epochs))
    damage(of_four_epochs, DAMAGE["a missing row"], [made_run(epochs=4).moments[20]])
    *news, failed = asked(export_network, "A", 20, tmp_path / "weights.npz")
    assert len(of(Notice, news)) == 1
    assert failed.sentence == "Run A has no snapshot at step 20."
    assert not (tmp_path / "weights.npz").exists()
