"""MNIST without the embedded sample: what the bundled runs learned from, so that the sample is new to them."""

from dataclasses import replace

from engine.core.errors import UserError
from engine.data.dataset import Dataset
from engine.data.formats.assembly import SET_ASIDE
from engine.data.sources import UNSEEN

FIRST = 6_000
"""The first of MNIST's 60,000 training images that is used; the sample lies within those before 5,848."""

ALL = 60_000


def is_full(data: Dataset) -> bool:
    """Whether these are MNIST's images with nothing but the first `SET_ASIDE` left out."""
    return is_full_mnist(data.name, len(data.train_images))


def is_full_mnist(name: str, train_images: int) -> bool:
    """Whether a data set of that name, with that number of training images, is what `is_full` says."""
    return name == "MNIST" and train_images == ALL - SET_ASIDE


def without_sample(data: Dataset) -> Dataset:
    """Return the full MNIST with the training images 6,000 to 60,000, as `open_dataset` opens it by the name `UNSEEN`.

    Raises `UserError` when `data` are others.
    """
    if not is_full(data):
        raise UserError(f"{data.summary} is not the full MNIST.", hint="Give the path of mnist.npz.")
    first = FIRST - SET_ASIDE
    return replace(
        data, train_images=data.train_images[first:], train_labels=data.train_labels[first:], called=UNSEEN
    )
