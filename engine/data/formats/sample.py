"""The embedded sample, 5,000 digits of MNIST (`resources/sample/ORIGIN.md`), and MNIST without it."""

from dataclasses import replace

from engine.core.errors import UserError
from engine.core.language import tr
from engine.core.machine.folders import RESOURCES
from engine.core.messages import run_through
from engine.data.dataset import Dataset, say_summary
from engine.data.download.catalogue import UNSEEN
from engine.data.formats.assembly import SET_ASIDE
from engine.data.formats.reading import Reading
from engine.data.location import Location

SAMPLE = RESOURCES / "sample" / "digits.npz"
SAMPLE_NAME = "MNIST sample"  # no text


def open_sample() -> Dataset:
    """Return 4,000 digits to train on and 1,000 to test with, 400 and 100 of each class."""
    return run_through(opening_sample())


def opening_sample() -> Reading[Dataset]:
    """Return the same data set, read in turns."""
    from engine.data.formats.npz import reading_npz  # it imports NumPy, for which `--help` must not wait

    return replace((yield from reading_npz(Location(SAMPLE))), name=SAMPLE_NAME, source=None)


FIRST = 6_000  # the first of MNIST's training images that is used; the sample is within those before 5,848
ALL = 60_000


def is_full(data: Dataset) -> bool:
    """Whether these are MNIST's images without the first `SET_ASIDE`."""
    return is_full_mnist(data.name, len(data.train_images))


def is_full_mnist(name: str, train_images: int) -> bool:
    """Whether a data set of that name and size is the full MNIST, as for `is_full`."""
    return name == "MNIST" and train_images == ALL - SET_ASIDE


def without_sample(data: Dataset) -> Dataset:
    """Return MNIST with the training images 6,000 to 60,000, known as `UNSEEN`; raise `UserError` for other data."""
    if not is_full(data):
        raise UserError(
            tr("{data} is not the full MNIST.", data=say_summary(data.summary)), hint=tr("Give the path of mnist.npz.")
        )
    first = FIRST - SET_ASIDE
    return replace(data, train_images=data.train_images[first:], train_labels=data.train_labels[first:], called=UNSEEN)
