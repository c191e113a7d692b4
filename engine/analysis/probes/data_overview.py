"""The contents of a data set: the number of images of each class, their mean, and the brightness of their pixels."""

from engine.core.lazy import Array, np
from engine.core.messages import Answer, Turns, slices
from engine.data.dataset import DataCache, Dataset
from engine.model.network.probe import data_probe

BINS = 32  # number of bars of a histogram, each of as many of the 256 values of a pixel
AT_ONCE = 4_000_000  # number of pixels that are counted in a turn: some 10 ms


class DataOverview(Answer):
    """Counts, means and pixels of each class."""

    train_counts: Array  # number of training images of each class (classes,) ...
    test_counts: Array  # ... and test images
    # The mean training image of each class (classes, rows, columns), float32, 0 to 1; zero for one without any.
    means: Array
    pixels: Array  # number of pixels of each class' training images in `BINS` steps from black to white (classes, bins)


@data_probe
def data_overview(data: Dataset) -> Turns[DataOverview]:
    """Return the overview of a data set, counted in turns and cached."""
    if overview := _kept.get(data):
        return overview
    classes = len(data.classes)
    sums = np.zeros((classes, *data.shape), np.float64)
    pixels = np.zeros((classes, 256), np.int64)
    counts = [np.bincount(labels, minlength=classes) for labels in (data.train_labels, data.test_labels)]
    for label in range(classes):
        members = np.flatnonzero(data.train_labels == label)
        for part in slices(len(members), max(1, AT_ONCE // (data.shape[0] * data.shape[1]))):
            images = data.train_images[members[part]]
            sums[label] += images.sum(axis=0, dtype=np.int64)
            pixels[label] += np.bincount(images.ravel(), minlength=256)
            yield None
    overview = DataOverview(
        train_counts=counts[0],
        test_counts=counts[1],
        means=(sums / np.maximum(counts[0], 1)[:, None, None] / 255).astype(np.float32),
        pixels=pixels.reshape(classes, BINS, -1).sum(axis=2),
    )
    return _kept.put(data, overview)


_kept: DataCache[Dataset, DataOverview] = DataCache(count=1)
