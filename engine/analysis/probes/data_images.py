"""Lists of images by class and by kind (used, mislabelled, learned, misread), and their pictures."""

from typing import Literal, NamedTuple

from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.lazy import Array, np
from engine.core.lens import Lens
from engine.core.messages import Answer, Job, Turns
from engine.core.specs import DataSpec
from engine.data.dataset import DataCache, Dataset
from engine.model.network.lens_network import Key, LensNetwork, fitting_data, lens_network
from engine.model.network.probe import data_probe
from engine.model.training.learned import compared_with, learned
from engine.model.training.tensors import tensors_of
from engine.session.session import Session

type Part = Literal["train", "test"]
type Which = Literal["all", "used", "wrong", "learned", "misread"]

NOTHING = -1  # stands for no answer

NO_NETWORK = mark("There is no network yet that could have learned from an image, or misread one.")

# Listings through a lens: `used` and `learned_as` say what its run learned; in all others, what the next run will.
OF_RUN = ("learned", "misread")


class Listing(NamedTuple):
    """Which images to list: training or test images, of one class or (`None`) of all, and which of them.

    `used`: those that the next run learns from; `wrong`: those of them with a wrong label; `learned`: those that the
    run learned from; `misread`: those for which the network answers another class.
    """

    part: Part = "train"
    label: int | None = None
    which: Which = "all"


class ImageList(Answer):
    """The images of a listing, by ascending number (n,). The other arrays are of that shape."""

    listing: Listing
    numbers: Array
    labels: Array  # their true classes
    # The labels with which the run learned, or the next one learns, them; for test images the true ones.
    learned_as: Array
    used: Array  # whether the run learned, or the next one learns, from them; false for test images
    answers: Array  # the network's answers; `NOTHING` where it is not asked
    total: int  # the number of images of the part
    learned: Array  # the number of images of each class that the next run learns from (classes,), ...
    wrong: int  # ... and how many of them have a wrong label
    held_out: int  # the number of training images that the next run holds out for validation
    run: str = ""  # the label of the run that learned from them; empty where it is the next one
    # A sentence if the run learned from other data: then `learned_as` and `used` are those of all images.
    remark: str = ""


def list_images(session: Session, listing: Listing, spec: DataSpec, lens: Lens | None = None) -> Job:
    """Answer with the `ImageList`; `spec` are the settings of the next run, the lens shows the run that `learned`.

    Raises `UserError` if the settings do not fit the data, or a network is needed and none reads such images.
    """
    data = session.data()
    is_train = listing.part == "train"
    labels = data.train_labels if is_train else data.test_labels
    run, planned = None, learned(data, spec)
    chosen, remark = planned, ""
    answers = np.full(len(labels), NOTHING, np.int16)
    if listing.which in OF_RUN:
        if lens is None:
            raise UserError(tr(NO_NETWORK), hint=tr("Train one."))
        run = session.run(lens.run)
        if listing.which == "misread":
            network = lens_network(session, lens)
            answers = yield from _answers(network, fitting_data(data, network.architecture), listing.part)
        compared = compared_with(data, run, session.known_runs)
        chosen, remark = compared.learned, compared.remark
    used, learned_as = np.zeros(len(labels), bool), labels.copy()
    if is_train:
        used[chosen.numbers] = True
        learned_as[chosen.numbers] = chosen.labels
    is_chosen = {
        "all": np.ones(len(labels), bool),
        "used": used,
        "wrong": learned_as != labels,
        "learned": used & (not remark),
        "misread": answers != labels,
    }[listing.which]
    if listing.label is not None:
        is_chosen = is_chosen & (labels == listing.label)
    numbers = np.flatnonzero(is_chosen)
    yield ImageList(
        listing=listing,
        numbers=numbers,
        labels=labels[numbers],
        learned_as=learned_as[numbers],
        used=used[numbers],
        answers=answers[numbers],
        total=len(labels),
        learned=np.bincount(data.train_labels[planned.numbers], minlength=len(data.classes)),
        wrong=int(planned.wrong.sum()),
        held_out=len(planned.held_out),
        run=run.label if run is not None else "",
        remark=remark if is_train else "",
    )


def _answers(network: LensNetwork, data: Dataset, part: Part) -> Turns[Array]:
    """Return the network's answer to each image of a part (n,) int16, computed in turns and cached."""
    key = network.key, data, part
    answers = _kept.get(key)
    if answers is None:
        tensors = tensors_of(data)
        images = tensors.train_images if part == "train" else tensors.test_images
        _, logits = yield from network.outputs_in_turns(images)
        answers = _kept.put(key, logits.argmax(axis=1).astype(np.int16))
    return answers


_kept: DataCache[tuple[Key, Dataset, str], Array] = DataCache(count=4)


class DataPictures(Answer):
    """Pictures of a part by their numbers (n,): (n, rows, columns[, 3]), uint8."""

    part: Part
    numbers: Array
    pictures: Array


@data_probe
def data_pictures(data: Dataset, part: Part, numbers: Array) -> DataPictures:
    """Return pictures in that order, without numbers that the data, which may have changed, do not have."""
    is_train = part == "train"
    numbers = np.asarray(numbers, np.int64).reshape(-1)
    total = len(data.train_images if is_train else data.test_images)
    numbers = numbers[(numbers >= 0) & (numbers < total)]
    return DataPictures(part=part, numbers=numbers, pictures=data.shown(numbers, train=is_train))
