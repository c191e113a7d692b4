"""The embedded sample: 5,000 digits of MNIST that come with Layerlight. See `resources/sample/ORIGIN.md`."""

from dataclasses import replace

from engine.data.dataset import Dataset
from engine.data.npz import read_npz
from engine.system.folders import RESOURCES

SAMPLE = RESOURCES / "sample" / "digits.npz"


def open_sample() -> Dataset:
    """Return 4,000 digits to train on and 1,000 to test with, 400 and 100 of each class."""
    return replace(read_npz(SAMPLE), name="MNIST sample", source=None)
