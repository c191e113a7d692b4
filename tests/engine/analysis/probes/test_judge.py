"""How like images are to real ones, against plain NumPy; and what the runs say of them."""

import numpy as np
import pytest
from told import last
from trained import dense_by_hand, with_run

from engine.analysis.probes.images import tell_mean_images
from engine.analysis.probes.judge import judge_image
from engine.core.lens import Lens, Neuron
from engine.model.network.plain import softmax

IMAGE = np.random.default_rng(3).normal(0.3, 0.4, (8, 8)).astype(np.float32)


def judged(session, image=IMAGE, lens=None, label=None):
    return last(judge_image(session, lens or Lens("A"), image, label, 5))


def likeness(session):
    """The test images as vectors, and how like each is to all others."""
    vectors = session.data().test_images.reshape(90, -1) / 255
    sizes = np.linalg.norm(vectors, axis=1)
    alike = vectors @ vectors.T / np.outer(sizes, sizes)
    np.fill_diagonal(alike, -np.inf)
    return vectors, alike


def test_the_nearest_test_images_are_those_of_a_plain_search(dense):
    result, (vectors, _) = judged(dense), likeness(dense)
    alike = vectors @ IMAGE.ravel() / np.linalg.norm(vectors, axis=1) / np.linalg.norm(IMAGE)
    order = np.argsort(-alike)[:5]
    np.testing.assert_array_equal(result.numbers, order)
    np.testing.assert_allclose(result.likeness, alike[order], rtol=1e-5)
    np.testing.assert_array_equal(result.labels, dense.data().test_labels[order])
    np.testing.assert_array_equal(result.pictures, dense.data().test_images[order])


def test_a_faint_image_is_as_like_as_a_strong_one_its_negative_as_unlike_and_a_blank_one_like_nothing(dense):
    image = dense.data().test_images[7] / np.float32(255)
    for factor in (1.0, 0.01, 30.0):
        result = judged(dense, factor * image)
        assert result.numbers[0] == 7 and result.likeness[0] == pytest.approx(1, abs=1e-5)
    assert judged(dense, -image).likeness[0] < 0.5
    result = judged(dense, 0 * image, label=77)
    assert result.numbers.size == result.likeness.size == 0
    assert (result.label, result.asked) == (None, 90) and 0 < result.least < result.odd < result.usual, "no such class"


@pytest.mark.parametrize("label", [None, 2])
def test_real_images_are_as_similar_as_they_are_to_their_nearest_neighbour(dense, label):
    result, labels = judged(dense, label=label), dense.data().test_labels
    _, alike = likeness(dense)
    best = alike.max(axis=1)[labels == label if label is not None else slice(None)]
    assert (result.label, result.asked) == (label, len(best))
    assert result.usual == pytest.approx(best.mean(), rel=1e-5)
    assert result.odd == pytest.approx(np.quantile(best, 0.05), rel=1e-5)
    assert result.least == pytest.approx(best.min(), rel=1e-5)


def test_all_runs_that_read_it_say_what_they_take_it_for_that_of_the_lens_first_and_without_data_too(session):
    for layers in ("12", "9, 7", "conv 3"):
        with_run(session, layers)
    result = judged(session, lens=Lens("A", 12, frozenset({Neuron(0, 2)})))
    assert [verdict.run for verdict in result.verdicts] == ["A", "B", "C"]
    weights = [array.copy() for array in session.runs["A"].moments[12].weights]
    weights[2][2] = 0  # what a silenced neuron says
    probabilities = softmax(dense_by_hand(weights, IMAGE[None])[1])[0]
    first = result.verdicts[0]
    assert first.answer == probabilities.argmax()
    assert first.probability == pytest.approx(probabilities.max(), rel=1e-4)

    session.runs["B"].shape = (28, 28)
    session.replace_data(None)
    result = judged(session)
    assert [verdict.run for verdict in result.verdicts] == ["A", "C"]
    assert result.numbers.size == result.asked == 0 and np.isnan(result.usual)


def test_the_means_are_told(session):
    (result,) = tell_mean_images(session)
    data = session.data()
    for label in range(4):
        wanted = data.test_images[data.test_labels == label].mean(axis=0) / 255
        np.testing.assert_allclose(result.means[label], wanted, atol=1e-6)
