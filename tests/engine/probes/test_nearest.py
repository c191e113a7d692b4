"""The nearest training images: those that a search one by one finds, in the space of the last hidden layer."""

import numpy as np
import pytest
from told import last
from trained import ARCHITECTURES, dense_by_hand, picture, told_of_no_run, with_run

from engine.base.errors import UserError
from engine.base.lens import Lens, Neuron
from engine.data.learned import learned
from engine.network.lens_network import lens_network
from engine.probes.nearest import nearest_images


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
    run.fingerprint = "of other data"
    other = last(nearest_images(session, Lens("A"), image))
    assert other.numbers.tolist() == whole.numbers.tolist(), "which of those it would be, nobody knows"
