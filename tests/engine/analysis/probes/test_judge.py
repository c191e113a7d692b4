"""How like images are to real ones, against plain NumPy; and what the runs say of them."""

import numpy as np
import pytest
from trained import dense_by_hand, with_run

from engine.analysis.ideal.job import paint_ideal
from engine.analysis.ideal.spec import OF_THE_BLOG, PRESETS, IdealSpec
from engine.analysis.probes.images import tell_mean_images
from engine.analysis.probes.judge import judge_image
from engine.cli.parts.which import look_at
from engine.core.lens import Lens, Neuron
from engine.core.machine.bundled import BUNDLED
from engine.data.formats.sample import open_sample
from engine.model.network.plain import softmax
from engine.session.session import Session


def judged(session, lens=None, image=None, label=None, count=5):
    image = np.random.default_rng(3).normal(0.3, 0.4, (8, 8)).astype(np.float32) if image is None else image
    job = judge_image(session, lens or Lens("A"), image, label, count)
    (found,) = (message for message in job if message)
    return image, found


def likeness(session):
    """The test images as vectors, and how like each is to all others."""
    vectors = session.data().test_images.reshape(90, -1) / 255
    sizes = np.linalg.norm(vectors, axis=1)
    alike = vectors @ vectors.T / np.outer(sizes, sizes)
    np.fill_diagonal(alike, -np.inf)
    return vectors, alike


def test_the_nearest_test_images_are_those_of_a_plain_search(session):
    with_run(session, "12")
    image, found = judged(session)
    vectors, _ = likeness(session)
    alike = vectors @ image.ravel() / np.linalg.norm(vectors, axis=1) / np.linalg.norm(image)
    order = np.argsort(-alike)[:5]
    np.testing.assert_array_equal(found.numbers, order)
    np.testing.assert_allclose(found.likeness, alike[order], rtol=1e-5)
    np.testing.assert_array_equal(found.labels, session.data().test_labels[order])
    np.testing.assert_array_equal(found.pictures, session.data().test_images[order])


def test_a_faint_image_is_as_like_as_a_strong_one_and_its_negative_as_unlike(session):
    with_run(session, "12")
    image = session.data().test_images[7] / np.float32(255)
    for factor in (1.0, 0.01, 30.0):
        _, found = judged(session, image=factor * image)
        assert found.numbers[0] == 7 and found.likeness[0] == pytest.approx(1, abs=1e-5)
    _, found = judged(session, image=-image)
    assert found.likeness[0] < 0.5


@pytest.mark.parametrize("label", [None, 2])
def test_real_images_are_as_similar_as_they_are_to_their_nearest_neighbour(session, label):
    with_run(session, "12")
    _, found = judged(session, label=label)
    _, alike = likeness(session)
    labels = session.data().test_labels
    best = alike.max(axis=1)[labels == label if label is not None else slice(None)]
    assert (found.label, found.asked) == (label, len(best))
    assert found.usual == pytest.approx(best.mean(), rel=1e-5)
    assert found.odd == pytest.approx(np.quantile(best, 0.05), rel=1e-5)
    assert found.least == pytest.approx(best.min(), rel=1e-5)


def test_a_blank_image_is_like_nothing_and_a_class_without_images_means_all(session):
    with_run(session, "12")
    _, found = judged(session, image=np.zeros((8, 8), np.float32), label=77)
    assert found.numbers.size == found.likeness.size == 0
    assert (found.label, found.asked) == (None, 90) and 0 < found.least < found.odd < found.usual


def test_no_ideal_image_of_the_posts_presets_is_as_like_a_real_digit_as_the_oddest_real_one():
    with look_at(BUNDLED) as session:
        session.replace_data(open_sample())
        nearest = {}
        for key in OF_THE_BLOG:
            *_, painted = paint_ideal(session, Lens("A"), PRESETS[key].spec)
            found = [judged(session, image=painted.images[k], label=k)[1] for k in (0, 3, 8)]
            assert all(each.likeness[0] < each.least - 0.05 for each in found), key
            nearest[key] = np.mean([each.likeness[0] for each in found])
        assert nearest["l1"] < nearest["l2"], "a few pixels are like less than many"
        means = next(iter(tell_mean_images(session))).means
        assert all(judged(session, image=means[k], label=k)[1].likeness[0] > 0.8 for k in (0, 3, 8))


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
    session.replace_data(None)
    _, found = judged(session)
    assert found.numbers.size == found.asked == 0 and np.isnan(found.usual) and len(found.verdicts) == 1


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
        first = next(paint_ideal(session, Lens("A"), IdealSpec(steps=3, start="empty"), begin=begin))
        assert first.images.shape == (4, 8, 8) and not first.images.any()


def test_more_or_fewer_steps_may_be_wanted_while_it_paints(session):
    with_run(session, "12")
    job = paint_ideal(session, Lens("A"), IdealSpec(steps=50))
    next(job)
    assert job.send({"steps_per_turn": 1.0}).number == 1
    assert job.send({"steps": 3}).number == 2
    assert [message.number for message in job] == [3]
