"""Accuracy on spoiled images: counted once more in NumPy, first for some images and then for all."""

import numpy as np
import pytest
from told import last, told
from trained import dense_by_hand, with_run

from engine.analysis.probes import corruption
from engine.analysis.probes.corruption import corrupted_images, corruption_curves
from engine.core.errors import UserError
from engine.core.lens import Lens, Neuron
from engine.data.corruption import corrupted


def by_hand(session, run, numbers, kind, strength, silenced=()):
    weights = [np.array(array) for array in session.runs[run].moments[24].weights]
    weights[2][list(silenced)] = 0
    data = session.data()
    pictures = corrupted(data.test_images[numbers], kind, strength, numbers)
    _, logits = dense_by_hand(weights, pictures / 255)
    return logits.argmax(axis=1), np.exp(logits).max(axis=1) / np.exp(logits).sum(axis=1)


@pytest.fixture
def two_runs(session, monkeypatch):
    monkeypatch.setattr(corruption, "FIRST_IMAGES", 40)
    monkeypatch.setattr(corruption, "AT_ONCE", 16)
    return with_run(with_run(session, "12"), "20", seed=5)


@pytest.mark.parametrize("kind", ["noise", "rotation"])
def test_the_curves_are_those_of_the_networks_on_the_very_same_images(two_runs, kind):
    lenses = (Lens("A", 24, frozenset({Neuron(0, 3)})), Lens("B"))
    messages = told(corruption_curves(two_runs, lenses, kind, (0.0, 0.4, 1.0)))
    assert len(messages) == 6
    labels, order = two_runs.data().test_labels, np.random.default_rng(7).permutation(90)
    for message, numbers in ((messages[2], order[:40]), (messages[-1], order)):
        assert (message.lenses, message.steps, message.of) == (lenses, (24, 24), 90)
        assert message.images.tolist() == [len(numbers)] * 3
        for place, strength in enumerate(message.strengths):
            for row, run, silenced in ((0, "A", (3,)), (1, "B", ())):
                answers, _ = by_hand(two_runs, run, numbers, kind, strength, silenced)
                assert message.accuracy[row, place] == pytest.approx((answers == labels[numbers]).mean())
    assert messages[-1].done == 1.0 and messages[2].done == pytest.approx(40 / 90)


def test_the_curve_grows_from_left_to_right_and_no_turn_has_more_than_some_images(two_runs, monkeypatch):
    sizes, plain = [], corruption.corrupted
    monkeypatch.setattr(corruption, "corrupted", lambda images, *how: sizes.append(len(images)) or plain(images, *how))
    turns = list(corruption_curves(two_runs, [Lens("A")], "blur", (0.0, 0.5, 1.0)))
    assert max(sizes) == 16 and sum(sizes) == 3 * 90 and len(turns) > 2 * len(sizes)
    first, second, *_ = (turn for turn in turns if turn is not None)
    assert np.isnan(first.accuracy).tolist() == [[False, True, True]]
    assert np.isnan(second.accuracy).tolist() == [[False, False, True]]
    assert second.images.tolist() == [40, 40, 0]


def test_a_run_that_goes_on_is_measured_as_it_was_at_the_beginning(two_runs):
    job = corruption_curves(two_runs, [Lens("A")], "shift", (0.3,))
    next(job)
    run = two_runs.runs["A"]
    run.moments[36] = type(run.moments[0])(step=36, weights=run.moments[0].weights, optimizer=())
    result = last(job)
    answers, _ = by_hand(two_runs, "A", np.arange(90), "shift", 0.3)
    assert result.steps == (24,)
    assert result.accuracy[0, 0] == pytest.approx((answers == two_runs.data().test_labels).mean())


def test_runs_that_are_gone_or_read_other_images_are_left_out(two_runs):
    assert told(corruption_curves(two_runs, [Lens("Z")], "noise")) == []
    two_runs.runs["B"].shape = (28, 28)
    (lenses,) = {m.lenses for m in told(corruption_curves(two_runs, [Lens("A"), Lens("B"), Lens("Z")], "noise"))}
    assert lenses == (Lens("A"),)
    with pytest.raises(UserError, match="is not what this network reads"):
        list(corruption_curves(two_runs, [Lens("B"), Lens("A")], "noise"))


def test_a_few_images_come_as_the_network_gets_them_and_reads_them(two_runs):
    numbers = np.array([5, 80, 3])
    (answer,) = corrupted_images(two_runs, Lens("A"), [5, 80, 3, 90, -1], "occlusion", 0.5)
    answers, probabilities = by_hand(two_runs, "A", numbers, "occlusion", 0.5)
    assert answer.numbers.tolist() == [5, 80, 3]
    wanted = corrupted(two_runs.data().test_images[numbers], "occlusion", 0.5, numbers)
    np.testing.assert_array_equal(answer.pictures, wanted)
    np.testing.assert_array_equal(answer.answers, answers)
    np.testing.assert_allclose(answer.probabilities, probabilities, atol=1e-6)
