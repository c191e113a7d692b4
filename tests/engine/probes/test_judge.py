"""How far images are from real ones, against plain NumPy; and what the runs say of them."""

import numpy as np
import pytest
from trained import dense_by_hand, with_run

from engine.ideal.job import paint_ideal
from engine.ideal.spec import IdealSpec
from engine.lens import Lens, Neuron
from engine.network.plain import softmax
from engine.probes.judge import judge_image
from engine.probes.mean_images import tell_mean_images
from engine.session import Session


def judged(session, lens=None, image=None, count=5):
    image = np.random.default_rng(3).normal(0.3, 0.4, (8, 8)).astype(np.float32) if image is None else image
    (found,) = (message for message in judge_image(session, lens or Lens("A"), image, count) if message)
    return image, found


def apart(session):
    """Each test image's distance to all others."""
    vectors = session.data().test_images.reshape(90, -1) / 255
    distances = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    return vectors, distances


def test_the_nearest_test_images_are_those_of_a_plain_search(session):
    with_run(session, "12")
    image, found = judged(session)
    vectors, _ = apart(session)
    distances = np.linalg.norm(vectors - image.ravel(), axis=1)
    order = np.argsort(distances)[:5]
    np.testing.assert_array_equal(found.numbers, order)
    np.testing.assert_allclose(found.distances, distances[order], rtol=1e-5)
    np.testing.assert_array_equal(found.labels, session.data().test_labels[order])
    np.testing.assert_array_equal(found.pictures, session.data().test_images[order])


def test_a_real_image_is_at_no_distance_from_itself_and_others_at_their_own(session):
    with_run(session, "12")
    _, found = judged(session, image=session.data().test_images[7] / np.float32(255))
    assert found.numbers[0] == 7 and found.distances[0] == pytest.approx(0, abs=1e-5)
    _, distances = apart(session)
    nearest = distances.min(axis=1)
    assert found.usual == pytest.approx(nearest.mean(), rel=1e-4)
    assert found.far == pytest.approx(np.quantile(nearest, 0.95), rel=1e-4)


def test_all_runs_say_what_they_take_it_for_that_of_the_lens_first(session):
    for layers in ("12", "9, 7", "conv 3"):
        with_run(session, layers)
    lens = Lens("A", 12, frozenset({Neuron(0, 2)}))
    image, found = judged(session, lens)
    assert [verdict.run for verdict in found.verdicts] == ["A", "B", "C"]
    weights = [array.copy() for array in session.runs["A"].moments[12].weights]
    weights[2][2] = 0  # what a silenced neuron says
    probabilities = softmax(dense_by_hand(weights, image[None])[1])[0]
    first = found.verdicts[0]
    assert first.answer == probabilities.argmax()
    assert first.probability == pytest.approx(probabilities.max(), rel=1e-4)


def test_runs_that_read_other_images_are_not_asked(session):
    with_run(with_run(session, "12"), "9")
    session.runs["B"].shape = (28, 28)
    _, found = judged(session)
    assert [verdict.run for verdict in found.verdicts] == ["A"]


def test_without_data_that_fit_the_runs_are_asked_all_the_same(session):
    with_run(session, "12")
    session.dataset = None
    _, found = judged(session)
    assert found.numbers.size == 0 and np.isnan(found.usual) and len(found.verdicts) == 1


def test_of_a_deleted_run_nothing_is_told(session):
    assert list(judge_image(session, Lens("Z"), np.zeros((8, 8), np.float32))) == []


def test_the_means_are_told(session):
    (found,) = tell_mean_images(session)
    data = session.data()
    for label in range(4):
        wanted = data.test_images[data.test_labels == label].mean(axis=0) / 255
        np.testing.assert_allclose(found.means[label], wanted, atol=1e-6)
    with pytest.raises(Exception, match="No data set"):
        next(tell_mean_images(Session()))


def test_images_of_another_shape_or_number_are_not_gone_on_from(session):
    with_run(session, "12")
    for shape in ((4, 9, 9), (7, 8, 8)):
        begin = np.ones(shape, np.float32)
        first = next(paint_ideal(session, Lens("A"), IdealSpec(steps=3), begin=begin))
        assert first.images.shape == (4, 8, 8) and not first.images.any()


def test_more_or_fewer_steps_may_be_wanted_while_it_paints(session):
    with_run(session, "12")
    job = paint_ideal(session, Lens("A"), IdealSpec(steps=50))
    next(job)
    assert job.send({"steps_per_turn": 1.0}).number == 1
    assert job.send({"steps": 3}).number == 2
    assert [message.number for message in job] == [3]
