"""The nearest training images: those that a search one by one finds, in the space of the last hidden layer."""

import numpy as np
import pytest
from told import last
from trained import ARCHITECTURES, dense_by_hand, picture, tiny_mnist, told_of_no_run, with_run

from engine.base.errors import UserError
from engine.base.lazy import tf
from engine.base.lens import Lens, Neuron
from engine.data.learned import learned
from engine.data.unseen import without_sample
from engine.network.lens_network import lens_network
from engine.probes.nearest import nearest_images
from engine.session.session import Session
from engine.training.losses import LOSSES


def one_by_one(vectors, vector, count):
    distances = [float(np.sqrt(((each - vector) ** 2).sum())) for each in vectors]
    order = sorted(range(len(distances)), key=distances.__getitem__)[:count]
    return order, [distances[number] for number in order]


def test_they_are_what_a_search_one_by_one_finds(session):
    with_run(session, "12")
    data, image = session.data(), picture(session, 5)
    for step in (0, 24):
        told = last(nearest_images(session, Lens("A", step), image))
        weights = session.runs["A"].moments[step].weights
        vectors = dense_by_hand(weights, data.train_images / 255)[0]
        numbers, distances = one_by_one(vectors, dense_by_hand(weights, image[None])[0][0], 8)
        assert told.numbers.tolist() == numbers
        np.testing.assert_allclose(told.distances, distances, atol=1e-5)
        np.testing.assert_array_equal(told.pictures, data.train_images[numbers])
        np.testing.assert_array_equal(told.labels, data.train_labels[numbers])
        assert told.step == step and told.pictures.dtype == np.uint8


def test_a_training_image_is_nearest_to_itself(session):
    with_run(session, "9, 7", "gelu")
    for number in (0, 100, 239):
        image = session.data().train_images[number] / np.float32(255)
        told = last(nearest_images(session, Lens("A"), image, 3))
        assert told.numbers[0] == number and told.distances[0] < 1e-5


def log_probability(vector, kernel, bias, answer):
    logits = (vector @ kernel + bias).astype(np.float64)
    return logits[answer] - np.log(np.exp(logits - logits.max()).sum()) - logits.max()


@pytest.mark.parametrize("loss", LOSSES)
def test_what_spoke_for_an_answer_is_what_a_step_on_each_image_does_to_it(session, loss):
    with_run(session, "12")
    run, data, image = session.runs["A"], session.data(), picture(session, 5)
    run.spec = run.spec.but(loss=loss)
    weights = [each.astype(np.float64) for each in run.moments[24].weights]
    vectors = dense_by_hand(weights, data.train_images / 255)[0]
    hidden, logits = dense_by_hand(weights, image[None])
    vector, answer = hidden[0], int(logits[0].argmax())
    before = log_probability(vector, *weights[-2:], answer)
    changes, rate = [], 1e-4
    for each, label in zip(vectors, data.train_labels, strict=True):
        kernel, bias = (tf.Variable(each.astype(np.float32)) for each in weights[-2:])
        with tf.GradientTape() as tape:
            found = LOSSES[loss](
                tf.constant([int(label)]), tf.constant(each[None].astype(np.float32)) @ kernel + bias
            )
        slopes = tape.gradient(found, [kernel, bias])
        moved = [old - rate * slope.numpy() for old, slope in zip(weights[-2:], slopes, strict=True)]
        changes.append((log_probability(vector, *moved, answer) - before) / rate)
    for by, order in (("for", np.argsort(changes)[::-1]), ("against", np.argsort(changes))):
        told = last(nearest_images(session, Lens("A", 24), image, 5, by))
        assert told.by == by and told.numbers.tolist() == order[:5].tolist()
        np.testing.assert_allclose(told.influences, np.array(changes)[order[:5]], rtol=0.02)
        distances = np.linalg.norm(vectors[order[:5]] - vector, axis=1)
        np.testing.assert_allclose(told.distances, distances, atol=1e-5)
        np.testing.assert_array_equal(told.labels, data.train_labels[order[:5]])


def test_images_that_were_learned_with_a_wrong_label_speak_for_that(session):
    with_run(session, "12")
    run, image = session.runs["A"], picture(session, 5)
    run.spec = run.spec.but(wrong_labels=0.2)
    told = last(nearest_images(session, Lens("A"), image, 8, "for"))
    chosen = learned(session.data(), run.spec)
    places = [int(np.flatnonzero(chosen.numbers == number)[0]) for number in told.numbers]
    np.testing.assert_array_equal(told.labels, chosen.labels[places])


def test_behind_averaged_feature_maps_the_nearest_are_told_whatever_is_asked(session):
    with_run(session, "conv 5")
    told = last(nearest_images(session, Lens("A"), picture(session, 2), 5, "for"))
    assert told.by == "alike" and told.influences is None


@pytest.mark.parametrize(("layers", "activation"), ARCHITECTURES)
def test_every_network_has_a_space_to_search_in(session, layers, activation):
    with_run(session, layers, activation)
    data, image = session.data(), picture(session, 2)
    told = last(nearest_images(session, Lens("A"), image, 5))
    if layers:
        hidden, _ = lens_network(session, Lens("A")).outputs(
            np.concatenate([data.train_images, data.test_images[2:3]])
        )
        vectors, vector = hidden[-1][:-1], hidden[-1][-1]
    else:
        vectors, vector = data.train_images.reshape(240, -1) / 255, image.ravel()
    numbers, distances = one_by_one(vectors.astype(float), vector.astype(float), 5)
    np.testing.assert_allclose(told.distances, distances, atol=1e-4)
    assert told.numbers.tolist() == numbers


def test_a_silenced_neuron_does_not_count(session):
    with_run(session, "12")
    weights, image = session.runs["A"].moments[24].weights, picture(session)
    told = last(nearest_images(session, Lens("A", None, frozenset({Neuron(0, 3), Neuron(0, 7)})), image))
    vectors = np.delete(dense_by_hand(weights, session.data().train_images / 255)[0], (3, 7), axis=1)
    vector = np.delete(dense_by_hand(weights, image[None])[0][0], (3, 7))
    numbers, distances = one_by_one(vectors, vector, 8)
    assert told.numbers.tolist() == numbers
    np.testing.assert_allclose(told.distances, distances, atol=1e-5)


def test_the_vectors_are_computed_once_also_by_jobs_that_were_stopped(session, monkeypatch):
    monkeypatch.setattr("engine.network.lens_network.fitted", lambda size, took: size)
    with_run(session, "12")
    lens_network(session, Lens("A")).slice_size = 48
    for _ in range(4):
        stopped = nearest_images(session, Lens("A"), picture(session))
        next(stopped)
        stopped.close()
    turns = list(nearest_images(session, Lens("A"), picture(session)))
    assert turns[0] is None and len(turns) == 2, "four of five slices were done"
    (told,) = nearest_images(session, Lens("A"), picture(session))
    np.testing.assert_array_equal(told.numbers, turns[1].numbers)


def test_of_few_training_images_all_are_the_nearest(session):
    with_run(session, "12")
    told = last(nearest_images(session, Lens("A"), picture(session), 500))
    assert sorted(told.numbers) == list(range(240)) and (np.diff(told.distances) >= 0).all()


def test_what_cannot_be_asked_is_refused_or_has_no_answer(session):
    assert told_of_no_run(nearest_images(session, Lens("A"), picture(session))) == []
    with_run(session, "12")
    image, session.dataset = picture(session), None
    with pytest.raises(UserError, match="No data set is loaded"):
        list(nearest_images(session, Lens("A"), image))


def test_of_a_run_that_learned_from_some_images_they_are_among_those_with_the_labels_it_was_told(session):
    with_run(session, "12")
    data, image, run = session.data(), picture(session, 5), session.runs["A"]
    whole = last(nearest_images(session, Lens("A"), image))
    run.spec = run.spec.but(images=60, wrong_labels=0.5, classes="b-d")
    told, found = last(nearest_images(session, Lens("A"), image)), learned(data, run.spec)
    vectors = dense_by_hand(run.moments[24].weights, data.train_images[found.numbers] / 255)[0]
    places, distances = one_by_one(vectors, dense_by_hand(run.moments[24].weights, image[None])[0][0], 8)
    assert told.numbers.tolist() == found.numbers[places].tolist()
    np.testing.assert_allclose(told.distances, distances, atol=1e-5)
    np.testing.assert_array_equal(told.pictures, data.train_images[told.numbers])
    np.testing.assert_array_equal(told.labels, found.labels[places])
    assert not whole.remark and not told.remark
    run.fingerprint = "of other data"
    other = last(nearest_images(session, Lens("A"), image))
    assert other.numbers.tolist() == whole.numbers.tolist(), "which of those it would be, nobody knows"
    assert other.remark == "Run A learned from other data: Stripes 240 + 90."


@pytest.mark.parametrize("by", ["alike", "for", "against"])
def test_of_a_bundled_run_none_is_shown_that_it_never_learned(by):
    full = tiny_mnist()
    session = with_run(Session(without_sample(full)), "12", seed=2)
    session.replace_data(full)
    weights, image = session.runs["A"].moments[24].weights, full.train_images[3] / np.float32(255)
    told = last(nearest_images(session, Lens("A"), image, 8, by))
    assert told.numbers.min() >= 1_000 and not told.remark
    if by == "alike":
        vectors, vector = (
            dense_by_hand(weights, full.train_images[1_000:] / 255),
            dense_by_hand(weights, image[None]),
        )
        distances = np.linalg.norm(vectors[0] - vector[0][0], axis=1)
        assert told.numbers.tolist() == (1_000 + np.argsort(distances, kind="stable")[:8]).tolist()
    np.testing.assert_array_equal(told.pictures, full.train_images[told.numbers])
    np.testing.assert_array_equal(told.labels, full.train_labels[told.numbers])
