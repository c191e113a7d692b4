"""Two networks side by side say what NumPy says of each and of their difference."""

import numpy as np
import pytest
from trained import GENERAL, read_by_hand, with_run

from engine.analysis.probes.comparison import PARTS, compare
from engine.analysis.probes.mistakes import mistakes
from engine.core.errors import NotYetError, UserError
from engine.core.example import Example
from engine.core.lens import Lens, Neuron, Share
from engine.core.messages import run_through
from engine.data.teaching import taught
from engine.model.network.lens_network import lens_network
from engine.model.network.mixture import in_order
from engine.model.network.plain import plain_forward
from engine.model.training.run import Moment


def compared(session, lens, other, matched=False, parts=PARTS):
    share = Share(other.run, other.moment, 1.0, matched)
    *_, result = [message for message in compare(session, lens, share, parts) if message is not None]
    return result


def with_two(session, layers="12", others="12"):
    with_run(with_run(session, layers), others, seed=50)
    return [run.moments[24].weights for run in session.runs.values()]


def cka(x, y):
    """Linear CKA from the kernels, as the paper defines it: (images, neurons) each."""
    center = np.eye(len(x)) - 1 / len(x)
    k, m = (center @ (each.astype(np.float64) @ each.T) @ center for each in (x, y))
    return (k * m).sum() / np.sqrt((k * k).sum() * (m * m).sum())


def test_answers_means_and_weights_come_from_both_networks(session):
    weights = with_two(session)
    result, data = compared(session, Lens("A"), Lens("B", 24)), session.data()
    means = []
    for row, run in enumerate("AB"):
        hidden, logits = read_by_hand(session, run=run)
        shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        np.testing.assert_array_equal(result.answers[row], logits.argmax(1))
        np.testing.assert_allclose(result.probabilities[row], shares.max(1), rtol=1e-4)
        means.append(np.stack([hidden[data.test_labels == label].mean(0) for label in range(4)]))
    np.testing.assert_array_equal(result.labels, data.test_labels)
    different = [number for number, (a, b) in enumerate(zip(*result.answers, strict=True)) if a != b]
    assert result.differing.tolist() == different and different
    one, other = result.answers == data.test_labels
    assert result.right == (sum(one & other), sum(one & ~other), sum(~one & other), sum(~(one | other)))

    np.testing.assert_allclose(result.means[0], means[0] - means[1], atol=1e-4)
    np.testing.assert_allclose(result.means_before[0], means[0], atol=1e-4)
    for number, each in enumerate(result.weights):
        np.testing.assert_array_equal(each, weights[0][2 * number] - weights[1][2 * number])

    loud = int(means[0].max(axis=0).argmax())
    result = compared(session, Lens("A", 24, frozenset({Neuron(0, loud)})), Lens("A", 24))
    assert not np.delete(result.means[0], loud, axis=1).any() and (result.means[0][:, loud] < 0).any()


@pytest.mark.parametrize("others", ["12", "9, 7", ""])
def test_the_likeness_of_all_layers_is_linear_cka(session, others):
    with_two(session, "12", others)
    result = compared(session, Lens("A"), Lens("B"), matched=True)
    layers = []
    for name in "AB":
        hidden, logits = lens_network(session, Lens(name)).outputs(session.data().test_images)
        layers.append([*hidden, logits])
    wanted = [[cka(x, y) for y in layers[1]] for x in layers[0]]
    np.testing.assert_allclose(result.alike, wanted, atol=2e-4)
    if others != "12":
        assert result.means == result.weights == result.means_before == () and not result.other.matched


@pytest.mark.parametrize("part", PARTS)
def test_of_one_part_it_is_what_it_is_of_all_and_of_the_others_nothing(session, part):
    with_two(session)
    whole, result = (compared(session, Lens("A"), Lens("B"), parts=parts) for parts in (PARTS, (part,)))
    for name, of_part in {
        "labels": "answers", "answers": "answers", "probabilities": "answers", "alike": "layers",
        "means": "neurons", "means_before": "neurons", "weights": "neurons",
    }.items():  # fmt: skip
        there, here = getattr(whole, name), getattr(result, name)
        if of_part == part:
            for one, other in zip(there, here, strict=True):
                np.testing.assert_array_equal(one, other)
        else:
            assert sum(map(np.size, here)) == 0, f"no {name}"
    assert (sum(result.right) > 0) == (part == "answers") and (result.differing.size > 0) == (part == "answers")


def test_a_network_is_like_itself_and_with_neurons_matched_like_itself_shuffled(dense):
    result = compared(dense, Lens("A", 12), Lens("A", 12))
    np.testing.assert_allclose(np.diag(result.alike), 1, atol=1e-6)
    assert len(result.differing) == 0 and all(not each.any() for each in (*result.means, *result.weights))

    runs = with_run(dense, "12").runs
    moved = in_order(runs["A"].spec.hidden, runs["A"].moments[24].weights, (np.random.default_rng(2).permutation(12),))
    runs["B"].moments[24] = Moment(step=24, weights=moved, optimizer=())
    plain, matched = (compared(dense, Lens("A"), Lens("B"), matched=on) for on in (False, True))
    assert np.abs(plain.means[0]).max() > 0.05 and plain.weights[0].any() and not plain.other.matched
    np.testing.assert_allclose(matched.means[0], 0, atol=1e-5)
    assert matched.other == Share("B", 24, 1.0, True) and not any(each.any() for each in matched.weights)
    assert len(plain.differing) == len(matched.differing) == 0


def test_beside_a_network_that_was_taught_a_class_the_one_before_reads_all_images_too(dense):
    base = dense.dataset
    example = Example(image=np.full(base.shape, 200, np.uint8), label="heart")
    dense.replace_data(run_through(taught(base, [example] * 4)))
    with_run(dense, "12", seed=50)
    result, data = compared(dense, Lens("B"), Lens("A")), dense.data()
    own, before = (dense.runs[name].moments[24].weights for name in "BA")
    assert len(own[-1]) == len(before[-1]) + 1 and not result.weights and not result.means
    for row, run in enumerate("BA"):
        _, logits = read_by_hand(dense, run=run)
        np.testing.assert_array_equal(result.answers[row], logits.argmax(1))
    hearts = data.test_labels == len(base.classes)
    assert hearts.any() and not (result.answers[1] == result.labels)[hearts].any()
    with pytest.raises(NotYetError, match="give way"):
        list(mistakes(dense, Lens("A")))

    dense.replace_data(base)
    result = compared(dense, Lens("A"), Lens("B"))
    assert result.alike.shape == (2, 2) and not result.weights and not result.means, "whichever is shown"


def test_where_only_the_other_network_does_not_read_the_data_it_is_the_one_that_is_named(session):
    with_two(session)
    session.runs["B"].shape = (28, 28)
    session.runs["B"].started += 1
    with pytest.raises(UserError, match="is not what run B reads: 28 × 28 pixels"):
        compared(session, Lens("A"), Lens("B"))
    with pytest.raises(UserError, match="is not what this network reads"):
        compared(session, Lens("B"), Lens("A"))


@pytest.mark.parametrize("layers", GENERAL)
def test_networks_of_any_layers_are_subtracted_kernel_by_kernel_and_refuse_an_order_of_their_neurons(session, layers):
    with_two(session, layers, layers)
    result, data = compared(session, Lens("A"), Lens("B", 24)), session.data()
    networks = [lens_network(session, Lens(run)) for run in "AB"]
    hidden = [plain_forward(network.plan, network.weights, data.test_images / 255)[0] for network in networks]
    for number, layer in enumerate(networks[0].layers):
        one, other = (each[number].reshape(len(data.test_images), -1, layer.width).mean(axis=1) for each in hidden)
        of_classes = [(one - other)[data.test_labels == label].mean(axis=0) for label in range(4)]
        np.testing.assert_allclose(result.means[number], of_classes, atol=1e-4)
        np.testing.assert_allclose(result.alike[number, number], cka(one, other), atol=1e-3)
    for shown, one, other in zip(result.weights, *(network.kernels for network in networks), strict=True):
        np.testing.assert_array_equal(shown, one - other)
    assert result.reads == networks[0].plan.read_by(0)
    with pytest.raises(UserError, match="several layers share one order"):
        compared(session, Lens("A"), Lens("B", 24), matched=True)
