"""Which images of a data set are of a kind: of a class, learned from, with a wrong label, misread; their pictures."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from engine.base.array import Array
from engine.base.errors import UserError
from engine.base.lazy import np
from engine.base.messages import Job, Message, read_only
from engine.data.fitting import fitting_data
from engine.data.kept import DataCache
from engine.data.learned import compared_with, learned
from engine.network.lens_network import Key, lens_network

if TYPE_CHECKING:
    from engine.base.lens import Lens
    from engine.base.specs import DataSpec
    from engine.data.dataset import Dataset
    from engine.session.session import Session

type Part = Literal["train", "test"]
type Which = Literal["all", "used", "wrong", "learned", "misread"]

NOTHING = -1
"""Stands for no answer."""

NO_NETWORK = "There is no network yet that could have learned from an image, or misread one."

OF_RUN = ("learned", "misread")
"""Listings through a lens, whose images tell what the run learned from; all others what the next run learns from."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What is to be listed: the training or the test images, of one class or (`None`) of all, all or some of them.

    `used`: those that the next run learns from; `wrong`: those of them with a wrong label; `learned`: those that the
    run learned from; `misread`: those that the network takes for another class than they are.
    """

    part: Part = "train"
    label: int | None = None
    which: Which = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageList(Message):
    """The images of a listing, in the order of their numbers (n,). The arrays are read-only, and all of that shape."""

    latest_only: ClassVar[bool] = True
    listing: Listing
    numbers: Array
    labels: Array
    """Of which class they are."""
    told: Array
    """What the run learned them as, or the next one learns them as; for test images the same."""
    used: Array
    """Whether the run learned, or the next one learns, from them; for test images none."""
    answers: Array
    """What the network takes them for; `NOTHING` where it was not asked."""
    total: int
    """How many images the part has."""
    learned: Array
    """From how many images of each class the next run learns (classes,), ..."""
    wrong: int
    """... and how many of them all have a wrong label."""
    held_out: int
    """How many training images the next run holds out for validation."""
    run: str = ""
    """The run that learned from them, in words; empty where it is the next one."""
    remark: str = ""
    """A sentence that says that the run learned from other data: then `told` and `used` are those of all images."""


def list_images(session: Session, listing: Listing, spec: DataSpec, lens: Lens | None = None) -> Job:
    """Answer with the `ImageList`; the next run has the settings `spec`, and the lens is of the run that `learned`.

    Raises `UserError` where there are no data, the settings do not fit them, or a network is wanted and there is none
    or it does not read such images.
    """
    data = session.data()
    is_train = listing.part == "train"
    labels = data.train_labels if is_train else data.test_labels
    run, planned = None, learned(data, spec)
    chosen, remark = planned, ""
    answers = np.full(len(labels), NOTHING, np.int16)
    if listing.which in OF_RUN:
        if lens is None:
            raise UserError(NO_NETWORK, hint="Train one.")
        run = session.run(lens.run)
        if listing.which == "misread":
            answers = yield from _answers(session, lens, listing.part)
        compared = compared_with(data, run, session.known_runs)
        chosen, remark = compared.learned, compared.remark
    used, told = np.zeros(len(labels), bool), labels.copy()
    if is_train:
        used[chosen.numbers] = True
        told[chosen.numbers] = chosen.labels
    wanted = {
        "all": np.ones(len(labels), bool),
        "used": used,
        "wrong": told != labels,
        "learned": used & (not remark),
        "misread": answers != labels,
    }[listing.which]
    if listing.label is not None:
        wanted = wanted & (labels == listing.label)
    numbers = np.flatnonzero(wanted)
    yield ImageList(
        listing=listing,
        numbers=read_only(numbers),
        labels=read_only(labels[numbers]),
        told=read_only(told[numbers]),
        used=read_only(used[numbers]),
        answers=read_only(answers[numbers]),
        total=len(labels),
        learned=read_only(np.bincount(data.train_labels[planned.numbers], minlength=len(data.classes))),
        wrong=int(planned.wrong.sum()),
        held_out=len(planned.held_out),
        run=run.label if run is not None else "",
        remark=remark if is_train else "",
    )


def _answers(session: Session, lens: Lens, part: Part) -> Generator[None, Any, Array]:
    """Return what the network takes each image of a part for (n,) int16, computed in turns once."""
    network = lens_network(session, lens)
    data = fitting_data(session, network.architecture)
    asked = network.key, data, part
    found = _kept.get(asked)
    if found is None:
        tensors = session.tensors()
        images = tensors.train_images if part == "train" else tensors.test_images
        found, done = np.empty(len(images), np.int16), 0
        yield from network.make_ready()
        while done < len(images):
            numbers, _, logits = network.some(images, done)
            found[numbers] = logits.argmax(axis=1)
            done = numbers.stop
            yield None
        _kept.put(asked, found)
    return found


_kept: DataCache[tuple[Key, Dataset, str], Array] = DataCache(count=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataPictures(Message):
    """Pictures of a part by their numbers (n,): (n, rows, columns[, 3]), uint8."""

    part: Part
    numbers: Array
    pictures: Array


def data_pictures(session: Session, part: Part, numbers: Array) -> Job:
    """Answer with `DataPictures` in that order; numbers that the data, which may have changed, lack are left out."""
    data, is_train = session.data(), part == "train"
    wanted = np.asarray(numbers, np.int64).reshape(-1)
    there = len(data.train_images if is_train else data.test_images)
    wanted = wanted[(wanted >= 0) & (wanted < there)]
    pictures = data.shown(wanted, train=is_train)
    yield DataPictures(part=part, numbers=read_only(wanted), pictures=read_only(pictures))
