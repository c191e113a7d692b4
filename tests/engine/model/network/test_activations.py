"""What a network makes of all test images: computed once for all jobs, also if one is stopped."""

import itertools
import time
from functools import partial

import numpy as np
import pytest
from told import counted
from trained import read_by_hand, with_run

from engine.core.lens import Adjusted, Lens, Neuron
from engine.core.messages import run_through
from engine.model.network import activations as module
from engine.model.network.activations import activations
from engine.model.network.lens_network import LARGEST, SMALLEST, key_of, lens_network, new_network


def test_they_are_those_of_the_network_for_every_test_image_and_computed_once_for_all_who_ask(dense, monkeypatch):
    turns, result = counted(activations(dense, Lens("A", 12)))
    data = dense.data()
    hidden, logits = read_by_hand(dense, 12)
    assert turns >= 1
    np.testing.assert_allclose(result.hidden[0], hidden, atol=1e-5)
    np.testing.assert_allclose(result.logits, logits, atol=1e-5)
    np.testing.assert_array_equal(result.answers, logits.argmax(axis=1))
    np.testing.assert_array_equal(result.labels, data.test_labels)
    assert not any(array.flags.writeable for array in (*result.hidden, result.logits, result.labels))
    assert counted(activations(dense, Lens("A", 13))) == (0, result)

    network = lens_network(dense, Lens("A"))
    list(network.make_ready())
    monkeypatch.setattr(network, "at_once", 32)
    stopped = activations(dense, Lens("A"))
    next(stopped)
    stopped.close()
    turns, result = counted(activations(dense, Lens("A")))
    assert turns == 2, "a stopped job loses nothing"
    np.testing.assert_allclose(result.hidden[0], read_by_hand(dense)[0], atol=1e-5)


CHANGES = [
    Lens("A", 24, frozenset({Neuron(0, 2), Neuron(0, 7)})),
    Lens("A", 24, frozenset({Neuron(0, 2)}), frozenset({Adjusted(0, 5, 3.0), Adjusted(0, 6, 0.0, 0.8)})),
]


@pytest.mark.parametrize(("activation", "large"), [("relu", 10**9), ("relu", 4000), ("gelu", 4000)])
def test_what_follows_from_a_change_in_the_last_layer_is_computed_from_the_untouched_network(
    session, monkeypatch, activation, large
):
    """A large layer is kept in half precision, and then only the few changed neurons are computed again."""
    with_run(session, "12", activation)
    session.runs["A"].started += large
    monkeypatch.setattr(module, "LARGE", large)
    monkeypatch.setattr(module, "AT_ONCE", 300)
    _, before = counted(activations(session, Lens("A", 24)))
    kept = before.hidden[0].copy()
    for lens in CHANGES:
        with monkeypatch.context() as alone:
            alone.setattr("engine.model.network.lens_network.LensNetwork.batch", None)  # the network is not asked again
            turns, result = counted(activations(session, lens))
        assert turns >= 4 and result.hidden[0].dtype == (np.float32 if large == 10**9 else np.float16)
        hidden, logits = lens_network(session, lens).outputs(session.data().test_images)
        np.testing.assert_allclose(result.logits, logits, atol=2e-6)
        np.testing.assert_allclose(result.hidden[0], hidden[0], rtol=1e-3, atol=1e-6)
        np.testing.assert_array_equal(before.hidden[0], kept)
        assert not any(array.flags.writeable for array in (*result.hidden, result.logits))


@pytest.mark.parametrize(("layers", "layer"), [("9, 7", 0), ("9, 7", 1), ("conv 3, conv 4, 6", 1), ("conv 5", 0)])
def test_a_change_anywhere_gives_what_the_network_itself_gives(session, layers, layer):
    with_run(session, layers)
    lens = Lens("A", None, frozenset({Neuron(layer, 1)}))
    counted(activations(session, Lens("A")))
    _, result = counted(activations(session, lens))
    hidden, logits = lens_network(session, lens).outputs(session.data().test_images)
    for ours, theirs in zip((*result.hidden, result.logits), (*hidden, logits), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_two_jobs_that_want_the_same_of_halves_share_the_work(dense, monkeypatch):
    dense.runs["A"].started += 31
    monkeypatch.setattr(module, "LARGE", 90 * 12 * 4 - 1)
    monkeypatch.setattr(module, "AT_ONCE", 300)
    counted(activations(dense, Lens("A", 24)))
    alone, _ = counted(activations(dense, Lens("A", 24, frozenset({Neuron(0, 4)}))))
    lens = Lens("A", 24, frozenset({Neuron(0, 5)}))
    first = activations(dense, lens)
    for _ in range(alone // 2):
        next(first)
    turns, result = counted(activations(dense, lens))
    assert turns <= alone - alone // 2 + 1
    assert counted(first)[1] is result
    wanted = lens_network(dense, lens).outputs(dense.data().test_images)[1]
    np.testing.assert_allclose(result.logits, wanted, atol=2e-6)


@pytest.mark.parametrize("layers", ["12", "9, 12"])
def test_from_halves_nothing_else_is_computed_further(session, monkeypatch, layers):
    with_run(session, layers)
    monkeypatch.setattr(module, "LARGE", 90 * 12 * 4 - 1)
    last = layers.count(",")
    gone = range(5) if layers == "12" else range(1)
    lens = Lens("A", None, frozenset(Neuron(last, number) for number in gone))
    _, result = counted(activations(session, lens))
    wanted = lens_network(session, lens).outputs(session.data().test_images)[1]
    np.testing.assert_allclose(result.logits, wanted, atol=1e-6)


def test_of_large_layers_fewer_are_kept(dense, monkeypatch):
    monkeypatch.setattr(module.cache, "size", 90 * 12 * 4 * 2)
    result = [counted(activations(dense, Lens("A", step)))[1] for step in (0, 12, 24)]
    assert counted(activations(dense, Lens("A", 12))) == (0, result[1])
    assert counted(activations(dense, Lens("A", 24))) == (0, result[2])
    assert counted(activations(dense, Lens("A", 0)))[0] > 0


@pytest.mark.parametrize("layers", ["12", "300", "conv 3, 6"])
def test_how_fast_the_machine_is_changes_no_bit_of_it(session, layers, monkeypatch):
    """Kernels whose rows do not fill up add the rest in another order, so even the size of a batch must not change."""
    with_run(session, layers)
    images = np.resize(session.data().test_images, (LARGEST + 73, *session.data().shape))
    answers = []
    for seconds in (0.0, 1e-5, 0.01, 1.0):  # between two looks at the clock
        for clock in ("perf_counter", "monotonic", "process_time"):
            monkeypatch.setattr(time, clock, partial(next, itertools.count(0.0, seconds)))
        network = new_network(session, key_of(session, Lens("A")))
        for _ in range(3):  # it may have got used to the machine
            answers.append(run_through(network.outputs_in_turns(images, [0])))
    (first, others) = answers[0], answers[1:]
    for (hidden,), logits in others:
        np.testing.assert_array_equal(hidden, first[0][0])
        np.testing.assert_array_equal(logits, first[1])


def test_of_a_larger_network_fewer_images_are_a_batch_and_none_of_them_is_alone(session):
    sizes = []
    for name, layers in zip("ABCD", ("12", "300, 2000", "conv 8", "conv 64, conv 64"), strict=True):
        with_run(session, layers, steps=(0,))
        sizes.append(lens_network(session, Lens(name)).at_once)
    assert LARGEST == sizes[0] > sizes[1] and sizes[2] > sizes[3] >= SMALLEST

    network, size = lens_network(session, Lens("B")), sizes[1]
    images = np.resize(session.data().test_images, (2 * size + 1, *session.data().shape))
    assert network.batch(images, 0).chosen == slice(0, size)
    assert network.batch(images, size).chosen == slice(size, 2 * size + 1)
