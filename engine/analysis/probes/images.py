"""Test images: some by number, one by number or class, and the mean image of each class."""

from collections.abc import Sequence

from engine.core.errors import UserError
from engine.core.language import tr
from engine.core.lazy import Array, np
from engine.core.messages import Answer, read_only
from engine.data.dataset import Dataset, mean_images
from engine.model.network.probe import data_probe


class SomeImages(Answer):
    """Test images by their numbers (n,), with labels (n,) and pictures (n, rows, columns[, 3]), both uint8."""

    numbers: Array
    labels: Array
    pictures: Array


@data_probe
def some_images(data: Dataset, numbers: Sequence[int] | Array) -> SomeImages:
    """Return test images in that order, without numbers that the data set, which may have changed, does not have."""
    wanted = np.asarray(numbers, np.int64).reshape(-1)
    wanted = wanted[(wanted >= 0) & (wanted < len(data.test_images))]
    return SomeImages(numbers=wanted, labels=data.test_labels[wanted], pictures=data.shown(wanted))


class OneImage(Answer):
    """A test image by its number, with its label and its picture (rows, columns), uint8."""

    number: int
    label: int
    picture: Array


@data_probe
def one_image(data: Dataset, number: int) -> OneImage | None:
    """Return a test image; `None` if the data set, which may have changed, does not have it."""
    return _image(data, number) if 0 <= number < len(data.test_images) else None


@data_probe
def image_of_class(data: Dataset, label: int, chance: int, *, besides: int | None = None) -> OneImage:
    """Return a test image of a class by `chance`, not `besides` if there is another; raise `UserError` without any."""
    of_class = np.flatnonzero(data.test_labels == label)
    others = of_class[of_class != besides] if besides is not None else of_class
    numbers = others if len(others) else of_class
    if not len(numbers):
        name = data.classes[label] if label < len(data.classes) else label
        raise UserError(tr("There is no test image of class {label}.", label=name), hint=tr("Choose another class."))
    return _image(data, int(numbers[chance % len(numbers)]))


def _image(data: Dataset, number: int) -> OneImage:
    picture = read_only(data.test_images[number])  # a copy: a view would hold all images in memory
    return OneImage(number=number, label=int(data.test_labels[number]), picture=picture)


class MeanImages(Answer):
    """The mean test image of each class (classes, rows, columns), float32, 0 to 1; zero for a class without images."""

    means: Array


@data_probe
def tell_mean_images(data: Dataset) -> MeanImages:
    """Return the mean images of a data set."""
    return MeanImages(means=mean_images(data))
