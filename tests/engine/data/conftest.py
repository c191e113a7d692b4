"""A small data set to write and break."""

import numpy as np
import pytest


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


@pytest.fixture
def path(tmp_path):
    return tmp_path / "letters.npz"
