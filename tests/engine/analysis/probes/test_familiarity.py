"""Is a picture like anything in the training images? Beside cosine distances to all of them, computed one by one."""

import dataclasses

import numpy as np
import pytest
from told import last
from trained import dense_by_hand, picture, with_run

from engine.analysis.probes.familiarity import familiarity
from engine.core.lens import Lens, Neuron
from engine.model.network.lens_network import lens_network


def least(vector, vectors):
    """The cosine distance to the nearest; 1 to or from a vector of zeros."""
    lengths = np.linalg.norm(vector) * np.linalg.norm(vectors, axis=1)
    return 1 - np.divide(vectors @ vector, lengths, out=np.zeros(len(vectors)), where=lengths > 0).max()


def by_hand(vectors, vector):
    """The cosine distance, and what 995 of 1,000 training images do not exceed among all others, one by one."""
    vectors, vector = vectors.astype(float), vector.astype(float)
    own = [least(each, np.delete(vectors, place, axis=0)) for place, each in enumerate(vectors)]
    return least(vector, vectors), np.quantile(own, 0.995)


def pixels_by_hand(data, answers, image, answer):
    """The Euclidean distance to the nearest training image of the answer's class, and the limit, one by one."""
    images = data.train_images / 255

    def nearest(picture, label, besides=-1):
        others = np.setdiff1d(np.flatnonzero(data.train_labels == label), besides)
        return np.sqrt(((images[others] - picture) ** 2).sum(axis=(1, 2))).min()

    own = [nearest(picture, answers[place], place) for place, picture in enumerate(images)]
    return nearest(image, answer), np.quantile(own, 0.995)


# In a block the body's second convolution is the last hidden layer, not the shortcut's, whose number is the last.
BLOCK = "conv 4, residual(conv 6, conv 6 | conv 6 1x1), global average"


@pytest.mark.parametrize(
    ("layers", "activation", "last_hidden"),
    [("9, 7", "gelu", 1), ("", "relu", 0), ("conv 5", "sigmoid", 0), (BLOCK, "relu", 2)],
)
def test_both_distances_are_those_to_the_nearest_training_image_beside_their_own(
    session, layers, activation, last_hidden
):
    with_run(session, layers, activation)
    data, image = session.data(), picture(session, 2)
    told = last(familiarity(session, Lens("A"), image))
    everything = np.concatenate([data.train_images, data.test_images[2:3]])
    hidden, logits = lens_network(session, Lens("A")).outputs(everything)
    vectors = hidden[last_hidden] if layers else everything.reshape(len(everything), -1) / 255
    *answers, answer = logits.argmax(axis=1)
    result = told.unlikeness, told.limit, told.pixels, told.pixels_limit
    wanted = *by_hand(vectors[:-1], vectors[-1]), *pixels_by_hand(data, answers, image, answer)
    assert result == pytest.approx(wanted, abs=1e-5)
    assert told.is_unlike == (wanted[0] > wanted[1] or wanted[2] > wanted[3])
    assert (told.run, told.step) == ("A", 24)


def test_silenced_neurons_do_not_count_and_where_none_fires_there_is_no_direction(dense):
    weights, image = dense.runs["A"].moments[24].weights, picture(dense)
    answer = last(familiarity(dense, Lens("A", None, frozenset({Neuron(0, 3), Neuron(0, 7)})), image))
    vectors = np.delete(dense_by_hand(weights, dense.data().train_images / 255)[0], (3, 7), axis=1)
    vector = np.delete(dense_by_hand(weights, image[None])[0][0], (3, 7))
    assert (answer.unlikeness, answer.limit) == pytest.approx(by_hand(vectors, vector), abs=1e-5)
    everything = frozenset(Neuron(0, number) for number in range(12))
    answer = last(familiarity(dense, Lens("A", None, everything), image))
    assert (answer.unlikeness, answer.limit) == (1, 1) and answer.is_unlike == (answer.pixels > answer.pixels_limit)


def test_what_is_usual_is_found_once_in_short_turns(session, monkeypatch):
    monkeypatch.setattr("engine.model.network.training_vectors.AT_ONCE", 24 * 240 * 12)
    with_run(session, "12")
    first = list(familiarity(session, Lens("A"), picture(session)))
    again = list(familiarity(session, Lens("A"), picture(session, 1)))
    assert first[:-1].count(None) >= 10 and len(again) == 1
    hidden = dense_by_hand(session.runs["A"].moments[24].weights, session.data().train_images / 255)[0]
    assert first[-1].limit == again[0].limit == pytest.approx(by_hand(hidden, hidden[0])[1], abs=1e-5)


def test_the_only_images_of_their_classes_say_nothing_about_what_is_usual(session):
    with_run(session, "12")
    data, weights = session.data(), session.runs["A"].moments[24].weights
    hidden, logits = dense_by_hand(weights, data.train_images / 255)
    answered, first = np.unique(logits.argmax(axis=1), return_index=True)
    (*alone, common), only = answered[-4:], first[-4:-1]
    labels = np.where(np.isin(data.train_labels, alone), common, data.train_labels)
    labels[only] = alone
    session.replace_data(dataclasses.replace(data, train_labels=labels.astype(data.train_labels.dtype)))
    told = last(familiarity(session, Lens("A"), picture(session)))
    apart = [least(each, np.delete(hidden, place, axis=0)) for place, each in enumerate(hidden) if place not in only]
    assert told.limit == pytest.approx(np.quantile(apart, 0.995), abs=1e-5)
    assert np.isfinite(told.pixels_limit)
