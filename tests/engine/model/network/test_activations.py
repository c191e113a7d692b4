"""What a network makes of all test images: computed once for all who ask, whoever stops meanwhile."""

import numpy as np
import pytest
from trained import dense_by_hand, fixed_pace, with_run

from engine.core.errors import UserError
from engine.core.lens import Adjusted, Lens, Neuron
from engine.model.network import activations as module
from engine.model.network.activations import activations
from engine.model.network.lens_network import lens_network


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


def test_they_are_computed_once_for_all_who_ask(session):
    with_run(session, "12")
    _, found = run_through(activations(session, Lens("A")))
    assert run_through(activations(session, Lens("A", 24))) == (0, found)
    turns, other = run_through(activations(session, Lens("A", 24, frozenset({Neuron(0, 3)}))))
    assert turns >= 1
    assert not other.hidden[0][:, 3].any()


def test_a_stopped_job_loses_nothing(session, monkeypatch):
    with_run(session, "12")
    monkeypatch.setattr(lens_network(session, Lens("A")), "pace", fixed_pace(32))
    stopped = activations(session, Lens("A"))
    next(stopped)
    stopped.close()
    turns, found = run_through(activations(session, Lens("A")))
    assert turns == 2
    hidden, _ = lens_network(session, Lens("A")).outputs(session.data().test_images)
    np.testing.assert_allclose(found.hidden[0], hidden[0], atol=1e-6)


def test_a_large_layer_is_kept_in_half_precision(session, monkeypatch):
    with_run(session, "12")
    monkeypatch.setattr(module, "LARGE", 90 * 12 * 4 - 1)
    _, found = run_through(activations(session, Lens("A")))
    hidden, _ = lens_network(session, Lens("A")).outputs(session.data().test_images)
    assert found.hidden[0].dtype == np.float16 and found.logits.dtype == np.float32
    np.testing.assert_allclose(found.hidden[0], hidden[0], rtol=1e-3)


def test_data_that_do_not_fit_are_refused_in_a_sentence(session):
    with_run(session, "12")
    session.runs["A"].shape = (28, 28)
    session.runs["A"].started += 1
    with pytest.raises(UserError, match="is not what this network reads"):
        next(activations(session, Lens("A")))


CHANGES = [
    Lens("A", 24, frozenset({Neuron(0, 2), Neuron(0, 7)})),
    Lens("A", 24, frozenset({Neuron(0, 2)}), frozenset({Adjusted(0, 5, 3.0), Adjusted(0, 6, 0.0, 0.8)})),
]


@pytest.mark.parametrize("lens", CHANGES, ids=["silenced", "boosted and frozen"])
def test_what_follows_from_a_change_in_the_last_layer_is_computed_from_the_untouched_network(
    session, lens, monkeypatch
):
    with_run(session, "12")
    monkeypatch.setattr(module, "AT_ONCE", 300)
    _, before = run_through(activations(session, Lens("A", 24)))
    monkeypatch.setattr("engine.model.network.lens_network.LensNetwork.batch", None)  # the network is not asked again
    turns, found = run_through(activations(session, lens))
    assert turns == 4
    weights = session.runs["A"].moments[24].weights
    expected, _ = dense_by_hand(weights, session.data().test_images / 255)
    for number in range(12):
        if Neuron(0, number) in lens.silenced:
            expected[:, number] = 0
    for each in lens.adjusted:
        expected[:, each.number] = expected[:, each.number] * each.factor + each.offset
    np.testing.assert_allclose(found.hidden[0], expected, atol=1e-5)
    np.testing.assert_allclose(found.logits, expected @ weights[2] + weights[3], atol=1e-5)
    assert before.hidden[0][:, 2].any(), "what is kept of the untouched network is not changed"
    assert not any(array.flags.writeable for array in (*found.hidden, found.logits))


@pytest.mark.parametrize("layers", ["9, 7", "conv 3, conv 4, 6", "conv 5"])
@pytest.mark.parametrize("layer", [0, -1])
def test_a_change_anywhere_gives_what_the_network_itself_gives(session, layers, layer):
    with_run(session, layers)
    widths = session.runs["A"].spec.hidden
    lens = Lens("A", None, frozenset({Neuron(layer % len(widths), 1)}))
    run_through(activations(session, Lens("A")))
    _, found = run_through(activations(session, lens))
    hidden, logits = lens_network(session, lens).outputs(session.data().test_images)
    for ours, theirs in zip((*found.hidden, found.logits), (*hidden, logits), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize("activation", ["relu", "gelu", "sigmoid", "leaky_relu"])
def test_of_halves_only_the_few_changed_neurons_are_computed_anew(session, monkeypatch, activation):
    with_run(session, "12", activation)
    session.runs["A"].started += len(activation)
    monkeypatch.setattr(module, "LARGE", 90 * 12 * 4 - 1)
    monkeypatch.setattr(module, "AT_ONCE", 300)
    _, before = run_through(activations(session, Lens("A", 24)))
    kept = before.hidden[0].copy()
    for lens in CHANGES:
        with monkeypatch.context() as alone:
            alone.setattr("engine.model.network.lens_network.LensNetwork.batch", None)  # the network is not asked again
            turns, found = run_through(activations(session, lens))
        assert turns > 4 and found.hidden[0].dtype == np.float16
        hidden, logits = lens_network(session, lens).outputs(session.data().test_images)
        np.testing.assert_allclose(found.logits, logits, atol=2e-6)
        np.testing.assert_allclose(found.hidden[0], hidden[0], rtol=1e-3, atol=1e-6)
        np.testing.assert_array_equal(before.hidden[0], kept)


def test_two_jobs_that_want_the_same_of_halves_share_the_work(session, monkeypatch):
    with_run(session, "12")
    session.runs["A"].started += 31
    monkeypatch.setattr(module, "LARGE", 90 * 12 * 4 - 1)
    monkeypatch.setattr(module, "AT_ONCE", 300)
    run_through(activations(session, Lens("A", 24)))
    alone, _ = run_through(activations(session, Lens("A", 24, frozenset({Neuron(0, 4)}))))
    lens = Lens("A", 24, frozenset({Neuron(0, 5)}))
    first = activations(session, lens)
    for _ in range(alone // 2):
        next(first)
    turns, found = run_through(activations(session, lens))
    assert turns <= alone - alone // 2 + 1
    assert run_through(first)[1] is found
    wanted = lens_network(session, lens).outputs(session.data().test_images)[1]
    np.testing.assert_allclose(found.logits, wanted, atol=2e-6)


@pytest.mark.parametrize("layers", ["12", "9, 12"])
def test_from_halves_nothing_else_is_computed_further(session, monkeypatch, layers):
    with_run(session, layers)
    monkeypatch.setattr(module, "LARGE", 90 * 12 * 4 - 1)
    last = layers.count(",")
    gone = range(5) if layers == "12" else range(1)
    lens = Lens("A", None, frozenset(Neuron(last, number) for number in gone))
    _, found = run_through(activations(session, lens))
    wanted = lens_network(session, lens).outputs(session.data().test_images)[1]
    np.testing.assert_allclose(found.logits, wanted, atol=1e-6)


def test_of_large_layers_fewer_are_kept(session, monkeypatch):
    with_run(session, "12")
    monkeypatch.setattr(module.cache, "size", 90 * 12 * 4 * 2)
    found = [run_through(activations(session, Lens("A", step)))[1] for step in (0, 12, 24)]
    assert run_through(activations(session, Lens("A", 12))) == (0, found[1])
    assert run_through(activations(session, Lens("A", 24))) == (0, found[2])
    assert run_through(activations(session, Lens("A", 0)))[0] > 0


def test_untouched_is_the_same_moment_without_any_change(session):
    with_run(session, "12")
    plain = lens_network(session, Lens("A", 12))
    assert plain.untouched() is plain
    assert lens_network(session, Lens("A", 14, frozenset({Neuron(0, 1)}))).untouched() is plain


@pytest.mark.parametrize("layers", ["12", "conv 3, 6"])
def test_how_fast_the_machine_is_changes_no_bit_of_it(session, layers, monkeypatch):
    with_run(session, layers)
    images = session.data().test_images[:73]
    network = lens_network(session, Lens("A"))
    answers = []
    for size in (8, 16, 32, 64):
        monkeypatch.setattr(network, "pace", fixed_pace(size))
        batches = list(network.batches(images))
        assert len(batches) > 1 and batches[0].chosen == slice(0, size)
        answers.append(np.concatenate([batch.logits for batch in batches]))
    for other in answers[1:]:
        np.testing.assert_array_equal(other, answers[0])
