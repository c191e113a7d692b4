"""Jobs that import TensorFlow, open a data set, or read a picture that was dropped or pasted."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from engine import PACKAGE
from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.lazy import Array, np
from engine.core.machine.device import device, unused_card
from engine.core.messages import Job, JobFailed, Message, Notice, read_only
from engine.core.preload import tensorflow_there
from engine.data.formats.reading import UnsureError
from engine.data.location import Choice, Location, Shape, UnclearArraysError, UnclearError
from engine.data.preparation import is_mnist_style
from engine.data.sources import SAMPLE, opening_dataset

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.data.formats.pictures import Layout
    from engine.session.session import Session

USE_CARD = (
    mark("To train on the card, install Layerlight with its extra gpu.")
    if PACKAGE
    else mark("To train on the card, start Layerlight once with: make run GPU=1")
)


class EngineReady(Message):
    """TensorFlow is imported and ready. `device` is its device in words: `CPU, 2 threads`."""

    device: str


class DatasetOpened(Message):
    """The session has a data set. `summary` is its name and size, `shape` an image's rows and columns."""

    name: str
    summary: str
    train_images: int
    test_images: int
    shape: tuple[int, int]
    names: tuple[str, ...]  # of the classes, in their order
    source: Path | None
    wanted: str = ""  # the address for `open_data`, if it is more than the path
    remark: str = ""  # sentences on the conversion for a person
    is_mnist_style: bool = True  # whether drawings are scaled and centred, as MNIST's images are
    fingerprint: str = ""
    train_counts: tuple[int, ...] = ()  # training images of each class; empty if they were not counted

    @property
    def classes(self) -> int:
        """The number of classes."""
        return len(self.names)


class DataAsked(Message):
    """A data set was not opened, as it takes much memory; after a confirmation, `open_data` opens it."""

    dataset: str
    sentence: str


class ArraysAsked(Message):
    """Nothing was opened, as a person has to choose which arrays of a file are images and labels.

    `pairs` are their names, `shapes` those of an image by name. `open_data` takes the `uri()` of the chosen `location`.
    """

    location: Location
    pairs: tuple[tuple[str, str], ...]
    shapes: Mapping[str, Shape]


class ReadingAsked(Message):
    """Nothing was opened, as a person has to choose a `wanted` for `open_data`; `sentence` says why."""

    file: str
    sentence: str
    question: str
    choices: tuple[Choice, ...]


def prepare(session: Session, dataset: str | None = None, *, sure: bool = False, fetch: bool = False) -> Job:
    """Open a data set as `open_first_data` does, then import TensorFlow; answers `EngineReady` at the end.

    Other jobs take turns during the import of TensorFlow.
    """
    yield from open_first_data(session, dataset, sure=sure, fetch=fetch)
    yield from tensorflow_there()
    name = device().say()
    gc.freeze()  # TensorFlow's quarter of a million objects stay: each full collection would take 0.1 s longer
    yield EngineReady(device=name)
    if card := unused_card():
        yield Notice(
            sentence=tr("This computer has an {card}, but TensorFlow computes on the processor.", card=card),
            hint=tr(USE_CARD),
        )


def open_first_data(session: Session, dataset: str | None = None, *, sure: bool = False, fetch: bool = False) -> Job:
    """Open a data set as `open_data` does. Without `dataset`, the session's data stay if there are any.

    If `LAYERLIGHT_DATA` cannot be opened, `JobFailed` says so and the embedded sample is opened.
    """
    if dataset is not None or session.dataset is None:
        try:
            yield from open_data(session, dataset, sure=sure, fetch=fetch)
            if session.dataset is None:  # a person has to answer a question first
                yield from open_data(session, SAMPLE)
        except UserError as refused:
            if dataset is not None:
                raise
            hint = f"{refused.hint} {tr('The embedded sample is used instead.')}".strip()
            yield JobFailed(sentence=refused.sentence, hint=hint)
            yield from open_data(session, SAMPLE)


def open_data(session: Session, dataset: str | None = None, *, sure: bool = False, fetch: bool = False) -> Job:
    """Open `dataset` (a path or a name; `None` for the default), with `fetch` by a download, as the session's.

    Yields `DatasetReading`, at last `DatasetOpened`. The session keeps its old data if the job is stopped, if it raises
    `UserError`, and if data whose opening started later are there. Instead `DataAsked` is yielded if the data take much
    memory and the person is not `sure`, `ArraysAsked` or `ReadingAsked` if they can be read in several ways.
    """
    take = session.opening()
    try:
        opened, notice = yield from opening_dataset(dataset, sure=sure, fetch=fetch)
    except (UnsureError, UnclearError) as asked:
        if dataset is None:
            raise
        if isinstance(asked, UnsureError):
            yield DataAsked(dataset=dataset, sentence=asked.sentence)
        elif isinstance(asked, UnclearArraysError):
            yield ArraysAsked(location=asked.location, pairs=asked.pairs, shapes=asked.shapes)
        else:
            yield ReadingAsked(
                file=asked.location.name, sentence=asked.sentence, question=asked.question, choices=asked.choices
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


class PictureRead(Message):
    """A picture as ink: float32 (rows, columns), 0 to 1. `name` is the file's."""

    name: str
    ink: Array
    as_is: bool = False  # whether it is like an image of the session's data, and needs no preparation


def read_picture_file(session: Session, path: str) -> Job:
    """Answer `PictureRead`; raises `UserError` if the file cannot be read. One turn, of seconds for 64 megapixels."""
    from engine.data.formats.pictures import image_of_data, read_picture

    file, data = Path(path), session.dataset
    image = None if data is None else image_of_data(file, data.shape, mnist_style=is_mnist_style(data))
    ink = read_picture(file) if image is None else image / np.float32(255)
    yield PictureRead(name=file.name, ink=read_only(ink), as_is=image is not None)


def read_picture_pixels(session: Session, pixels: bytes, columns: int, layout: Layout, name: str) -> Job:
    """Answer `PictureRead` for pixels in memory, row by row; otherwise like `read_picture_file`."""
    from engine.data.formats.pictures import read_pixels

    yield PictureRead(name=name, ink=read_only(read_pixels(pixels, columns, layout, name)))
