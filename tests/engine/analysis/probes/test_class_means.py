"""Mean outputs per class: over all test images, computed once per lens, also if a job is stopped."""

import numpy as np
import pytest
from told import last
from trained import ARCHITECTURES, read_by_hand, with_run

from engine.analysis.probes.class_means import class_means
from engine.core.lens import Lens, Neuron
from engine.model.network.lens_network import lens_network


def test_they_are_computed_once_for_each_lens_and_the_same_message_comes_again(dense):
    turns = list(class_means(dense, Lens("A")))
    assert turns[0] is None and turns[-1] is not None
    (again,) = class_means(dense, Lens("A"))
    assert again is turns[-1]
    assert (again.run, again.step, again.layer) == ("A", 24, 0)
    answer = last(class_means(dense, Lens("A", None, frozenset({Neuron(0, 4)}))))
    assert not answer.means[:, 4].any()
    np.testing.assert_allclose(np.delete(answer.means, 4, 1), np.delete(again.means, 4, 1), atol=1e-5)


def test_a_stopped_job_and_two_at_a_time_lose_nothing_and_count_nothing_twice(dense, monkeypatch):
    monkeypatch.setattr(lens_network(dense, Lens("A", 12)), "at_once", 16)
    stopped = class_means(dense, Lens("A", 12))
    next(stopped)
    stopped.close()
    one, other = class_means(dense, Lens("A", 12)), class_means(dense, Lens("A", 12))
    turns = [next(job) for _ in range(2) for job in (one, other)]
    assert turns == [None] * 4
    answer = last(one)
    assert last(other) is answer
    labels, (hidden, _) = dense.data().test_labels, read_by_hand(dense, 12)
    wanted = [hidden[labels == label].mean(axis=0) for label in range(4)]
    np.testing.assert_allclose(answer.means, wanted, atol=1e-5)


@pytest.mark.parametrize(("layers", "activation"), [ARCHITECTURES[1], ARCHITECTURES[3]])
def test_every_hidden_layer_has_its_means(session, layers, activation):
    with_run(session, layers, activation)
    hidden, _ = lens_network(session, Lens("A")).outputs(session.data().test_images)
    labels = session.data().test_labels
    for number, layer in enumerate(hidden):
        answer = last(class_means(session, Lens("A"), number))
        for label in range(4):
            np.testing.assert_allclose(answer.means[label], layer[labels == label].mean(axis=0), atol=1e-5)
