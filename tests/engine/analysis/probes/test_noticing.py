"""Which share of what a network has not learned does it notice? Beside its verdicts on each picture, counted here."""

import numpy as np
import pytest
from made_sessions import dataset_of
from told import last
from trained import with_run

from engine.analysis.probes import noticing as module
from engine.analysis.probes.familiarity import familiarity
from engine.analysis.probes.noticing import noticing, strange_pictures
from engine.core.lens import Lens
from engine.core.messages import run_through
from engine.data.formats.sample import open_sample
from engine.data.strange import kinds_for


@pytest.mark.parametrize("layers", ["12", "conv 4, residual(conv 6, conv 6 | conv 6 1x1)"])
def test_each_share_is_that_of_the_pictures_that_are_called_unlike_and_a_stopped_job_goes_on(
    session, monkeypatch, layers
):
    monkeypatch.setattr(module, "COUNT", 6)  # so few that each can be asked for by itself
    with_run(session, layers)
    answer, data = last(noticing(session, Lens("A"))), session.data()

    def share(pictures):
        verdicts = [last(familiarity(session, Lens("A"), each)).is_unlike for each in pictures]
        return sum(verdicts) / len(verdicts)

    pictures = {kind: run_through(strange_pictures(data, kind, 6)) for kind, _ in answer.shares}
    assert dict(answer.shares) == {kind: share(of_kind) for kind, of_kind in pictures.items()}
    assert answer.false_alarms == share(data.test_images / np.float32(255))
    assert (answer.count, answer.tested) == (6, len(data.test_images))

    job = noticing(session, Lens("A", 12))
    on_the_way = [message for message in (next(job) for _ in range(12)) if message is not None]
    assert on_the_way[0].false_alarms is None and all(share is None for _, share in on_the_way[0].shares)
    job.close()
    messages = [message for message in noticing(session, Lens("A", 12)) if message is not None]
    assert all(share is not None for _, share in messages[-1].shares)
    (again,) = noticing(session, Lens("A", 12))
    assert again == messages[-1]


def data_with(classes, shape=(28, 28)):
    labels = np.arange(len(classes), dtype=np.uint8)
    images = np.random.default_rng(3).integers(0, 255, (len(classes), *shape), np.uint8)
    return dataset_of("own", images, labels, images, labels, classes)


def test_what_the_data_know_as_a_class_is_not_called_strange():
    assert {"hearts", "letters"} <= set(kinds_for(open_sample()))
    assert "hearts" not in kinds_for(data_with(("circle", "Heart")))
    assert "letters" not in kinds_for(data_with(("a", "b")))


def test_the_pictures_are_of_the_data_s_shape_within_0_and_1_and_always_the_same():
    for data in (data_with(("x-ray", "photo"), shape) for shape in ((28, 28), (6, 9))):
        for kind in kinds_for(data):
            once, again = (run_through(strange_pictures(data, kind, 5)) for _ in range(2))
            assert once.shape == (5, *data.shape) and once.dtype == np.float32
            assert once.min() >= 0 and 0 < once.max() <= 1 and np.array_equal(once, again)


def test_a_digit_that_is_turned_is_one_that_is_none_then():
    data = open_sample()
    there = {image.tobytes() for image in data.test_images[np.isin(data.test_labels, (2, 3, 4, 5, 7))]}
    for picture in run_through(strange_pictures(data, "turned images", 20)):
        back = np.rint(np.rot90(picture, -1) * 255).astype(np.uint8)
        assert np.ascontiguousarray(back).tobytes() in there
