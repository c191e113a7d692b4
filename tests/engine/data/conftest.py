"""Small data sets to write and break, and the full MNIST where somebody has it."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

BESIDE_THE_CHECKOUT = Path(__file__).resolve().parents[4] / "shared" / "datasets" / "mnist.npz"


@pytest.fixture
def arrays():
    """A data set as it lies in a file: 12 and 6 images of 4 x 5 pixels, 3 classes."""
    generator = np.random.default_rng(1)
    return {
        "x_train": generator.integers(0, 256, (12, 4, 5), np.uint8),
        "y_train": np.arange(12, dtype=np.uint8) % 3,
        "x_test": generator.integers(0, 256, (6, 4, 5), np.uint8),
        "y_test": np.arange(6, dtype=np.uint8) % 3,
    }


@pytest.fixture(scope="session")
def full_mnist():
    """The path of the full MNIST; the tests that need it are skipped on a computer without it."""
    for path in (os.environ.get("LAYERLIGHT_DATA"), BESIDE_THE_CHECKOUT):
        if path and Path(path).is_file() and is_full_mnist(Path(path)):
            return Path(path)
    pytest.skip("the full mnist.npz is not here: set LAYERLIGHT_DATA to its path")


def is_full_mnist(path):
    with np.load(path, allow_pickle=False) as stored:
        return hashlib.sha256(stored["y_train"]).hexdigest().startswith("1feba77c54802fa5")
