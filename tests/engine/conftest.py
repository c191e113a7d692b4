"""Small data sets that a network can learn in a moment, and jobs that need no TensorFlow."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data.dataset import Dataset
from engine.session import Session


def stripes(images: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of 8x8 pixels with one bright row; the row's number is the class (0 to 3)."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 4, images).astype(np.uint8)
    pictures = generator.integers(0, 80, (images, 8, 8)).astype(np.uint8)
    pictures[np.arange(images), 2 * labels] += 150
    return pictures, labels


@pytest.fixture
def dataset() -> Dataset:
    train, test = stripes(240, seed=1), stripes(90, seed=2)
    return Dataset(
        name="Stripes",
        train_images=train[0],
        train_labels=train[1],
        test_images=test[0],
        test_labels=test[1],
        classes=tuple("abcd"),
    )


@pytest.fixture
def session(dataset: Dataset) -> Session:
    return Session(dataset)
