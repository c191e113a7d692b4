"""What is in a data set: how many images of each class, what they look like on average, how bright their pixels are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from engine.base.array import Array
from engine.base.lazy import np
from engine.base.messages import Job, Message, read_only
from engine.data.kept import DataCache

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.session.session import Session

BINS = 32
"""Number of bars of a histogram, each of as many of the 256 values of a pixel."""

AT_ONCE = 4_000_000
"""Number of pixels that are counted in a turn: some 10 ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataOverview(Message):
    """Counts, means and pixels of each class. The arrays are read-only."""

    latest_only: ClassVar[bool] = True
    train_counts: Array
    """Training images of each class (classes,), whole numbers ..."""
    test_counts: Array
    """... and test images."""
    means: Array
    """The mean training image of each class (classes, rows, columns), float32, 0 to 1; empty for one without any."""
    pixels: Array
    """Numbers of pixels of the training images of each class in `BINS` steps from black to white (classes, bins)."""


def data_overview(session: Session) -> Job:
    """Answer with the `DataOverview` of the session's data, counted in turns once; raises `UserError` without data."""
    data = session.data()
    found = _kept.get(data)
    if found is None:
        classes = len(data.classes)
        sums = np.zeros((classes, *data.shape), np.float64)
        pixels = np.zeros((classes, 256), np.int64)
        counts = [np.bincount(each, minlength=classes) for each in (data.train_labels, data.test_labels)]
        step = max(1, AT_ONCE // (data.shape[0] * data.shape[1]))
        for label in range(classes):
            members = np.flatnonzero(data.train_labels == label)
            for first in range(0, len(members), step):
                images = data.train_images[members[first : first + step]]
                sums[label] += images.sum(axis=0, dtype=np.int64)
                pixels[label] += np.bincount(images.ravel(), minlength=256)
                yield None
        means = sums / np.maximum(counts[0], 1)[:, None, None] / 255
        found = DataOverview(
            train_counts=read_only(counts[0]),
            test_counts=read_only(counts[1]),
            means=read_only(means.astype(np.float32)),
            pixels=read_only(pixels.reshape(classes, BINS, -1).sum(axis=2)),
        )
        _kept.put(data, found)
    yield found


_kept: DataCache[Dataset, DataOverview] = DataCache(count=1)
