"""Repainting: each step makes the class likelier (or less likely), within the picture's bounds."""

import numpy as np
from trained import dense_by_hand, picture, with_run

from engine.analysis.probes.repaint import BEYOND, ENOUGH, STRIDE, repaint
from engine.core.lens import Lens, Neuron
from engine.model.training.run import Moment


def test_more_of_a_class_makes_it_the_likeliest_step_by_step_and_less_of_it_takes_it_away(dense):
    image, weights = picture(dense), dense.runs["A"].moments[24].weights
    for label in range(4):
        messages = list(repaint(dense, Lens("A"), image, label, steps=60))
        assert [each.number for each in messages] == list(range(1, len(messages) + 1))
        assert [each.is_last for each in messages] == [False] * (len(messages) - 1) + [True]
        chances = [each.probabilities[label] for each in messages]
        assert chances[-1] > max(0.5, chances[0])
        assert np.mean(np.diff(chances) > -1e-3) > 0.9 or len(chances) < 3
        for before, after in zip([image, *(each.picture for each in messages)], messages, strict=False):
            assert after.picture.min() >= 0 and after.picture.max() <= 1
            assert np.abs(after.picture - before).max() <= STRIDE + 1e-6
        wanted = dense_by_hand(weights, messages[-1].picture[None])[1][0]
        np.testing.assert_allclose(messages[-1].logits, wanted, atol=1e-5)

    label = int(dense_by_hand(weights, image[None])[1][0].argmax())
    messages = list(repaint(dense, Lens("A"), image, label, less=True, steps=80))
    assert messages[-1].probabilities[label] < min(0.2, messages[0].probabilities[label])
    assert messages[-1].is_last and messages[-1].probabilities.argmax() != label


def test_what_is_sure_already_becomes_surer_still(dense):
    weights = dense.runs["A"].moments[24].weights
    louder = (*weights[:2], 3 * weights[2], weights[3])
    dense.runs["A"].moments[24] = Moment(step=24, weights=louder, optimizer=())
    ends = [list(repaint(dense, Lens("A"), picture(dense), label))[-1] for label in range(4)]
    sure = next(each for each in ends if each.probabilities[each.label] >= ENOUGH)
    messages = list(repaint(dense, Lens("A"), sure.picture, sure.label))
    chances = [each.probabilities[sure.label] for each in (sure, *messages)]
    assert len(messages) == BEYOND and messages[-1].is_last and np.all(np.diff(chances) > 0)


def test_a_step_follows_the_gradient_of_the_probability(session):
    with_run(session, "10", "tanh")
    image = np.full((8, 8), 0.5, np.float32)
    first = next(repaint(session, Lens("A"), image, 2))
    kernel, bias, out, last = (array.astype(np.float64) for array in session.runs["A"].moments[24].weights)

    def logarithm(flat):
        logits = np.tanh(flat @ kernel + bias) @ out + last
        return logits[2] - np.log(np.exp(logits).sum())

    flat = image.ravel().astype(np.float64)
    slopes = np.array([logarithm(flat + 1e-5 * unit) - logarithm(flat - 1e-5 * unit) for unit in np.eye(64)])
    wanted = 0.5 + STRIDE * slopes / np.abs(slopes).max()
    np.testing.assert_allclose(first.picture.ravel(), wanted, atol=1e-4)


def test_only_the_ink_changes_where_that_is_wanted_and_without_any_it_ends_at_once(dense):
    image = np.where(picture(dense) > 0.5, picture(dense), 0).astype(np.float32)
    told = list(repaint(dense, Lens("A", 12, frozenset({Neuron(0, 1)})), image, 3, only_ink=True, steps=20))
    assert not told[-1].picture[image == 0].any()
    assert np.abs(told[-1].picture - image).max() > 0
    (told,) = repaint(dense, Lens("A"), np.zeros((8, 8), np.float32), 3, only_ink=True)
    assert told.is_last and not told.picture.any()
