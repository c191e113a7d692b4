"""Jobs that bring data: importing TensorFlow, opening a data set, reading a picture that was dropped or pasted."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.core.array import Array
from engine.core.errors import UserError
from engine.core.lazy import np
from engine.core.machine.device import device, unused_card
from engine.core.messages import Job, JobFailed, Message, Notice, read_only
from engine.core.preload import tensorflow_there
from engine.data.formats.budget import UnsureError
from engine.data.location import Choice, Location, Shape, UnclearArraysError, UnclearError
from engine.data.sources import SAMPLE, opening_dataset
from engine.data.style import is_mnist_style

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.data.formats.pictures import Layout
    from engine.session.session import Session

USE_CARD = "To train on the card, start Layerlight once with: make run GPU=1"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineReady(Message):
    """TensorFlow is imported and can compute. `device` is what it computes on, in words: `CPU, 2 threads`."""

    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetOpened(Message):
    """The session has a data set. `summary` is its name and size in words, `shape` an image's rows and columns."""

    name: str
    summary: str
    train_images: int
    test_images: int
    shape: tuple[int, int]
    names: tuple[str, ...]  # of the classes, in their order
    source: Path | None
    wanted: str = ""  # what `open_data` finds them by again, where that is more than their path
    remark: str = ""  # what was done to them that a person should know, in sentences
    is_mnist_style: bool = True
    """Whether the images lie as MNIST's do, so that a drawing is scaled and centred as these were."""
    fingerprint: str = ""  # what tells whether other data are the same
    train_counts: tuple[int, ...] = ()
    """How many training images there are of each class; empty where nobody has counted."""

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return len(self.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataAsked(Message):
    """A data set takes so much memory that it was not opened: it is once a person is sure, by `open_data`."""

    dataset: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArraysAsked(Message):
    """A file has several arrays that could be images with their labels: nothing was opened, a person is to choose.

    `pairs` are their names, and `shapes` those of an image by the array's name: a test part has the same.
    `open_data` opens those that are chosen by the `uri()` of the `location` with them.
    """

    location: Location
    pairs: tuple[tuple[str, str], ...]
    shapes: Mapping[str, Shape]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingAsked(Message):
    """Data can be read in several ways: nothing was opened, a person is to choose; `sentence` says why.

    `open_data` opens them by what a choice has as `wanted`.
    """

    file: str
    sentence: str
    question: str
    choices: tuple[Choice, ...]


def prepare(session: Session, dataset: str | None = None, *, sure: bool = False, fetch: bool = False) -> Job:
    """Load the wanted data set as `open_data` does, then import TensorFlow; answers `EngineReady` at the end.

    Where none is wanted in particular, data that the session has already stay; where what `LAYERLIGHT_DATA` names
    cannot be opened, `JobFailed` says so and the embedded sample is opened. While TensorFlow is imported other jobs
    take their turns, as one that reads a drawing, for which NumPy is enough.
    """
    if dataset is not None or session.dataset is None:
        yield from _open_data_or_sample(session, dataset, sure=sure, fetch=fetch)
    yield from tensorflow_there()
    name = device().name
    gc.freeze()  # the quarter of a million objects of TensorFlow stay: looking at them again would take 0.1 s a time
    yield EngineReady(device=name)
    if card := unused_card():
        yield Notice(
            sentence=f"This computer has an {card}, but TensorFlow computes on the processor.", hint=USE_CARD
        )


def _open_data_or_sample(session: Session, dataset: str | None, *, sure: bool, fetch: bool) -> Job:
    try:
        yield from open_data(session, dataset, sure=sure, fetch=fetch)
        if session.dataset is None:  # somebody is asked
            yield from open_data(session, SAMPLE)
    except UserError as refused:
        if dataset is not None:
            raise
        yield JobFailed(
            sentence=refused.sentence, hint=f"{refused.hint} The embedded sample is used instead.".strip()
        )
        yield from open_data(session, SAMPLE)


def open_data(
    session: Session, dataset: str | None = None, *, sure: bool = False, fetch: bool = False
) -> Job:
    """Open `dataset` (a path or a name; `None`: what there is) and make it the session's.

    One that is known by its name is downloaded where it is not there and somebody wants to `fetch` it.

    Yields `DatasetReading` between turns of 20 ms. Until the end the session keeps the one that it had: for good where
    the job is stopped, where it raises `UserError` because the data cannot be read, and where others that were wanted
    later are open by then. `DatasetOpened` tells at last which the session has. Where the named data take much memory
    and nobody is `sure`, `DataAsked` is told instead; where they can be read in several ways, `ArraysAsked` or
    `ReadingAsked`.
    """
    take = session.opening()
    try:
        opened, notice = yield from opening_dataset(dataset, sure=sure, fetch=fetch)
    except UnsureError as asked:
        if dataset is None:
            raise
        yield DataAsked(dataset=dataset, sentence=asked.sentence)
        return
    except UnclearError as unclear:
        if dataset is None:
            raise
        if isinstance(unclear, UnclearArraysError):
            yield ArraysAsked(location=unclear.location, pairs=unclear.pairs, shapes=unclear.shapes)
        else:
            yield ReadingAsked(
                file=unclear.location.name,
                sentence=unclear.sentence,
                question=unclear.question,
                choices=unclear.choices,
            )
        return
    if take(opened) and notice:
        yield Notice(sentence=notice)
    yield dataset_opened(session.data())


def dataset_opened(opened: Dataset) -> DatasetOpened:
    """Return the message that describes a data set."""
    return DatasetOpened(
        name=opened.name,
        summary=opened.summary,
        train_images=len(opened.train_images),
        test_images=len(opened.test_images),
        shape=opened.shape,
        names=opened.classes,
        source=opened.source,
        wanted=opened.called,
        remark=opened.remark,
        is_mnist_style=is_mnist_style(opened),
        fingerprint=opened.fingerprint(),
        train_counts=tuple(np.bincount(opened.train_labels, minlength=len(opened.classes)).tolist()),
    )


# Pictures -----------------------------------------------------------------------------------------------------------


# Pillow is imported when a picture comes: nobody waits for it at the start.


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRead(Message):
    """A picture as ink on ground: float32 (rows, columns), 0 to 1. `name` is the file's."""

    name: str
    ink: Array
    as_is: bool = False  # whether it is an image as those of the session's data: a network reads it as it is


def read_picture_file(session: Session, path: str) -> Job:
    """Answer with `PictureRead`; raises `UserError` when it cannot be read. One turn, of seconds for 64 megapixels."""
    from engine.data.formats.pictures import image_of_data, read_picture

    file, data = Path(path), session.dataset
    image = None
    if data is not None:
        image = image_of_data(file, data.shape, mnist_style=is_mnist_style(data))
    if image is not None:
        yield PictureRead(name=file.name, ink=read_only(image / np.float32(255)), as_is=True)
    else:
        yield PictureRead(name=file.name, ink=read_only(read_picture(file)))


def read_picture_pixels(session: Session, pixels: bytes, columns: int, layout: Layout, name: str) -> Job:
    """Answer with `PictureRead` for pixels as they lie in memory, in rows; otherwise as `read_picture_file`."""
    from engine.data.formats.pictures import read_pixels

    yield PictureRead(name=name, ink=read_only(read_pixels(pixels, columns, layout, name)))
