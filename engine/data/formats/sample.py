"""The embedded sample: 5,000 digits of MNIST that come with Layerlight. See `resources/sample/ORIGIN.md`."""

from dataclasses import replace

from engine.core.machine.folders import RESOURCES
from engine.core.turns import run_through
from engine.data.dataset import Dataset
from engine.data.formats.npz import reading_npz
from engine.data.formats.reading import Reading
from engine.data.location import Location

SAMPLE = RESOURCES / "sample" / "digits.npz"
SAMPLE_NAME = "MNIST sample"


def open_sample() -> Dataset:
    """Return 4,000 digits to train on and 1,000 to test with, 400 and 100 of each class."""
    return run_through(opening_sample())


def opening_sample() -> Reading[Dataset]:
    """Return the same data set, read in turns."""
    return replace((yield from reading_npz(Location(SAMPLE))), name=SAMPLE_NAME, source=None)
