"""What a network makes of all test images: reckoned once for all who ask, whoever stops meanwhile."""

import numpy as np
import pytest
from trained import dense_by_hand, with_run

from engine.errors import UserError
from engine.lens import Lens, Neuron
from engine.network import activations as module
from engine.network.activations import activations
from engine.network.shown import shown


def run_through(job):
    """Return how many turns it took, and what it returned."""
    turns = 0
    while True:
        try:
            assert next(job) is None
        except StopIteration as end:
            return turns, end.value
        turns += 1


def test_they_are_those_of_the_network_for_every_test_image(session):
    with_run(session, "12")
    turns, found = run_through(activations(session, Lens("A", 12)))
    data = session.data()
    hidden, logits = dense_by_hand(session.runs["A"].moments[12].weights, data.test_images / 255)
    assert turns >= 1
    np.testing.assert_allclose(found.hidden[0], hidden, atol=1e-5)
    np.testing.assert_allclose(found.logits, logits, atol=1e-5)
    np.testing.assert_array_equal(found.answers, logits.argmax(axis=1))
    np.testing.assert_array_equal(found.labels, data.test_labels)
    assert not any(array.flags.writeable for array in (*found.hidden, found.logits, found.labels))


def test_they_are_reckoned_once_for_all_who_ask(session):
    with_run(session, "12")
    _, found = run_through(activations(session, Lens("A")))
    assert run_through(activations(session, Lens("A", 24))) == (0, found)
    turns, other = run_through(activations(session, Lens("A", 24, frozenset({Neuron(0, 3)}))))
    assert turns >= 1
    assert not other.hidden[0][:, 3].any()


def test_a_stopped_job_loses_nothing(session, monkeypatch):
    with_run(session, "12")
    shown(session, Lens("A"))._size = 30
    monkeypatch.setattr("engine.network.shown.fitted", lambda size, took: size)
    stopped = activations(session, Lens("A"))
    next(stopped)
    stopped.close()
    turns, found = run_through(activations(session, Lens("A")))
    assert turns == 2
    hidden, _ = shown(session, Lens("A")).outputs(session.data().test_images)
    np.testing.assert_allclose(found.hidden[0], hidden[0], atol=1e-6)


def test_a_large_layer_is_kept_in_half_precision(session, monkeypatch):
    with_run(session, "12")
    monkeypatch.setattr(module, "LARGE", 90 * 12 * 4 - 1)
    _, found = run_through(activations(session, Lens("A")))
    hidden, _ = shown(session, Lens("A")).outputs(session.data().test_images)
    assert found.hidden[0].dtype == np.float16 and found.logits.dtype == np.float32
    np.testing.assert_allclose(found.hidden[0], hidden[0], rtol=1e-3)


def test_data_that_do_not_fit_are_refused_in_a_sentence(session):
    with_run(session, "12")
    session.runs["A"].shape = (28, 28)
    session.runs["A"].started += 1
    with pytest.raises(UserError, match="is not what this network reads"):
        next(activations(session, Lens("A")))
