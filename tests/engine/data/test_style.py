"""Whether the digits of a data set lie as MNIST's do."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from made_sessions import dataset_of

from engine.data.formats.sample import open_sample
from engine.data.preparation import is_mnist_style


def data_of(images):
    labels = np.zeros(len(images), np.uint8)
    return dataset_of("some", images, labels, images, labels, ("0",))


def enlarged(images, times):
    return np.kron(images, np.ones((1, times, times), np.uint8))


SOME = open_sample().train_images[::20]
SHIFTS = np.random.default_rng(0).integers(-4, 5, (len(SOME), 2))


@pytest.mark.parametrize(
    ("images", "is_like"),
    [
        (SOME, True),
        (enlarged(SOME, 2), True),
        (np.rot90(SOME, axes=(1, 2)), True),
        (255 - SOME, False),
        (np.stack([np.roll(image, shift, (0, 1)) for image, shift in zip(SOME, SHIFTS, strict=True)]), False),
        (enlarged(SOME[:, 4:24, 4:24], 2), False),
        (np.random.default_rng(0).integers(0, 256, (90, 28, 28), np.uint8), False),
        (np.zeros((20, 28, 28), np.uint8), True),
    ],
    ids=["MNIST", "larger", "turned", "negative", "shifted", "cropped", "noise", "blank"],
)
def test_data_are_like_mnist_where_preparing_them_would_change_nothing(images, is_like):
    assert is_mnist_style(data_of(np.ascontiguousarray(images))) is is_like


def test_scikit_learns_digits_are_not_like_mnist():
    file = Path(find_spec("sklearn").origin).parent / "datasets" / "data" / "digits.csv.gz"
    digits = np.loadtxt(file, delimiter=",", max_rows=500)[:, :-1]  # to import `load_digits` takes a second
    assert not is_mnist_style(data_of(np.rint(digits * 255 / 16).astype(np.uint8).reshape(-1, 8, 8)))
