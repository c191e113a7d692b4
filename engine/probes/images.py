"""Test images: some by their numbers, one of any number, and the mean image of each class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from engine.base.array import Array
from engine.base.errors import UserError
from engine.base.lazy import np
from engine.base.messages import Job, Message, read_only
from engine.data.means import mean_images

if TYPE_CHECKING:
    from engine.session.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class SomeImages(Message):
    """Test images by their numbers (n,), with labels (n,) and pictures (n, rows, columns[, 3]), both uint8."""

    latest_only: ClassVar[bool] = True
    numbers: Array
    labels: Array
    pictures: Array


def some_images(session: Session, numbers: Sequence[int] | Array) -> Job:
    """Answer with `SomeImages` in that order; numbers that the data set, which may have changed, lacks are left out."""
    data = session.data()
    wanted = np.asarray(numbers, np.int64).reshape(-1)
    wanted = wanted[(wanted >= 0) & (wanted < len(data.test_images))]
    yield SomeImages(
        numbers=read_only(wanted),
        labels=read_only(data.test_labels[wanted]),
        pictures=read_only(data.shown(wanted)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OneImage(Message):
    """A test image by its number, with its label and its picture (rows, columns), uint8."""

    latest_only: ClassVar[bool] = True
    number: int
    label: int
    picture: Array


def one_image(session: Session, number: int) -> Job:
    """Answer with `OneImage`; nothing where the data set, which may just have changed, has no such image."""
    data = session.data()
    if 0 <= number < len(data.test_images):
        picture = read_only(data.test_images[number])
        yield OneImage(number=number, label=int(data.test_labels[number]), picture=picture)


def image_of_class(session: Session, label: int, chance: int, *, besides: int | None = None) -> Job:
    """Answer with `OneImage`: of all test images of a class the one that `chance`, any whole number, falls upon.

    It is another one than `besides`, where there is another. Raises `UserError` where the class has none.
    """
    data = session.data()
    of_class = np.flatnonzero(data.test_labels == label)
    others = of_class[of_class != besides] if besides is not None else of_class
    numbers = others if len(others) else of_class
    if not len(numbers):
        name = data.classes[label] if label < len(data.classes) else label
        raise UserError(f"There is no test image of class {name}.", hint="Choose another class.")
    yield from one_image(session, int(numbers[chance % len(numbers)]))


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanImages(Message):
    """The mean test image of each class (classes, rows, columns), float32, 0 to 1; empty for a class without any."""

    latest_only: ClassVar[bool] = True
    means: Array


def tell_mean_images(session: Session) -> Job:
    """Answer with `MeanImages` of the session's data; raises `UserError` where there are none."""
    yield MeanImages(means=mean_images(session.data()))
