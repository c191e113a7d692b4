"""Images and labels of any source become a data set: all on one scale, with classes that have names, and a test part.

MNIST and Fashion-MNIST are recognised by their arrays, wherever they come from and whatever their files are called.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from engine.core.array import Array
from engine.core.errors import UserError
from engine.core.example import LONGEST_NAME
from engine.core.lazy import np
from engine.core.text import printable
from engine.data.dataset import Dataset
from engine.data.download.catalogue import FASHION, KMNIST, KNOWN, KnownSet
from engine.data.formats.checks import CHECK, CONVERT, as_grey, as_pixels, blocks, check_shapes
from engine.data.formats.reading import Progress, Reading
from engine.data.labels import Labels, class_name, labels_from, places_from
from engine.data.location import Location
from engine.data.ranges import BYTE
from engine.data.sources import RAW

SET_ASIDE = 5_000  # how many of 60,000 training images the old TensorFlow reader kept for validation

EVERY = 6
"""Of data without a test part every sixth image of each class is set aside, a share as large as MNIST's test images."""

CLASS_NAMES: tuple[tuple[str, Sequence[str]], ...] = (
    ("fashion", FASHION.classes),
    ("kmnist", KMNIST.classes),
    ("cifar", ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]),
)
"""Names of classes that data sets are known to have, by a part of their path."""

NAMES = "classes.txt"  # a file beside data whose classes have numbers: their names, one in each line
LONGEST_LIST = 2**16  # bytes of it
MOST_LISTED = 12  # maximum number of classes that a sentence names


class Part(NamedTuple):
    """Images, of which those in colour have a last axis of three, with their labels, and what both are called."""

    images: Array
    labels: Array
    images_name: str
    labels_name: str


def dataset_from(
    train: Part,
    test: Part | None,
    location: Location,
    progress: Progress,
    *,
    name: str = "",
    classes: Sequence[str] | None = None,
    remark: str = "",
    as_stored: bool = True,
) -> Reading[Dataset]:
    """Make a data set of what was read; raise `UserError` where it is none.

    It takes the arrays over: they are changed where that saves a copy.

    Images have the shape (images, rows, columns), with an axis of 1 or 3 channels before or behind rows and columns, or
    (images, pixels); their values are brought to 0..255 by the range that all parts have together (`ranges.py`). Labels
    are places in `classes`; without these they are whatever `labels_from` takes. What was done the remark says.

    Without `test` every sixth image of each class is set aside to test with.

    Where classes have no names but numbers, a list beside the files gives them. Images that do not lie `as_stored` have
    been brought to 0..255 before.

    With exactly 60,000 training images that lie `as_stored`, as MNIST and Fashion-MNIST have, the first 5,000 are set
    aside: they were the validation part of the old TensorFlow reader. So training uses images 5,000 to 60,000.
    """
    parts = [part for part in (train, test) if part is not None]
    check_parts(parts, location)
    named_range = location if as_stored else location._replace(range=BYTE)
    images, scaled = yield from as_pixels(
        {part.images_name: part.images for part in parts}, named_range, progress
    )
    labels = {part.labels_name: part.labels for part in parts}
    if classes is None:
        given = yield from labels_from(labels, location, progress)
    else:
        places = yield from places_from(labels, len(classes), progress)
        given = Labels(places, [*classes], True, "")
    pictures = [images[part.images_name] for part in parts]
    answers = [given.numbers[part.labels_name] for part in parts]
    known = (yield from _recognised(pictures, answers, progress)) if len(parts) == 2 else None
    aside = ""
    if test is None:
        pictures, answers, aside = yield from _parted(pictures[0], answers[0], location.name, progress)
    start = SET_ASIDE if as_stored and len(pictures[0]) == 60_000 else 0
    pictures[0], answers[0] = pictures[0][start:], answers[0][start:]
    titles, listed = list(given.names), ""
    if not given.is_named:
        titles = [*(known.classes if known else ())] or known_names(location.path, titles)
    if all(title.isascii() and title.isdecimal() for title in titles):
        titles, listed = _names_beside(location.path, titles)
    names = _distinct([named(title) for title in titles])
    if answers[0].min() == answers[0].max():
        sentence = f"All training images in {location.name} are of the class {names[answers[0][0]]}."
        raise UserError(sentence, hint=f"Put images of two classes or more into {train.images_name}.")
    scarce = _scarce(names, answers[0], answers[1])
    remarks = [aside, remark, scaled, given.remark, listed, scarce]
    grey, colours = [], []
    for each in pictures:
        colours.append(_frozen(each) if each.ndim == 4 else None)
        grey.append(_frozen((yield from _grey(each, progress)) if each.ndim == 4 else each))
    return Dataset(
        name=known.title if known else name or printable(location.path.stem),
        train_images=grey[0],
        train_labels=_frozen(answers[0]),
        test_images=grey[1],
        test_labels=_frozen(answers[1]),
        classes=names,
        source=location.path.absolute(),
        called=location.called,
        train_colours=colours[0],
        test_colours=colours[1],
        known=known.key if known else "",
        remark=printable(" ".join(filter(None, remarks))),
    )


def check_parts(parts: Sequence[Part], location: Location) -> None:
    """Raise `UserError` unless the parts fit, by their shapes, to each other."""
    check_shapes(
        {part.images_name: part.images.shape for part in parts},
        {part.labels_name: part.labels.shape for part in parts},
        location,
    )


def assembly_work(images: Sequence[Array], labels: Sequence[Array]) -> float:
    """Return what `dataset_from` takes for such arrays, in the units of `Progress`, about."""
    pixels = sum(each.nbytes * (CHECK + CONVERT * (each.dtype.itemsize > 1)) for each in images)
    return pixels + CONVERT * sum(each.nbytes for each in labels)


def named(text: str) -> str:
    """Return a class' name as a short line without spaces around it."""
    line = printable(text).strip() or "?"
    return line if len(line) <= LONGEST_NAME else f"{line[: LONGEST_NAME - 1]}…"


def known_names(path: Path, numbers: list[str]) -> list[str]:
    """Return names for classes that have none but numbers: those of a data set that is known by its path, or these."""
    place = "/".join(path.absolute().parts[-3:]).casefold()
    for part, names in CLASS_NAMES:
        if part in place and numbers[-1] == str(len(names) - 1):
            return [names[int(number)] for number in numbers]
    return numbers


def _scarce(names: Sequence[str], train: Array, test: Array) -> str:
    """Return which classes have no images to train on or to test with, in sentences."""
    counts = np.array([np.bincount(labels, minlength=len(names)) for labels in (train, test)])
    sentences = []
    for lacks, what in (
        ((counts == 0).all(0), "images"),
        ((counts[0] == 0) & (counts[1] > 0), "training images"),
        ((counts[1] == 0) & (counts[0] > 0), "test images"),
    ):
        lacking = [name for name, lacks_it in zip(names, lacks, strict=True) if lacks_it]
        if lacking:
            more = f" and {len(lacking) - MOST_LISTED:,} more" if len(lacking) > MOST_LISTED else ""
            have = "The class {} has" if len(lacking) == 1 else "The classes {} have"
            sentences.append(f"{have.format(', '.join(lacking[:MOST_LISTED]) + more)} no {what}.")
    return " ".join(sentences)


def _names_beside(path: Path, names: list[str]) -> tuple[list[str], str]:
    """Return names of classes that are known by numbers, as a list beside the file gives them, and a sentence on that.

    A list with as many names as there are classes is taken in order, one for more of them by the numbers.
    """
    places = [path, path / RAW] if path.is_dir() else [path.parent]
    file = next((place / NAMES for place in places if (place / NAMES).is_file()), None)
    if file is None:
        return names, ""
    try:
        with file.open("rb") as stream:
            content = stream.read(LONGEST_LIST + 1)
        lines = content[:LONGEST_LIST].decode("utf-8-sig").rstrip().split("\n")
    except (OSError, ValueError):
        return names, f"{NAMES} beside it was passed over: it is no text in UTF-8 that can be read."
    listed = [class_name(line) for line in lines]
    if not all(listed) or len(content) > LONGEST_LIST:
        return names, f"{NAMES} beside it was passed over: it is not a name in each line."
    if double := next((name for name in listed if listed.count(name) > 1), ""):
        return names, f"{NAMES} beside it was passed over: {named(double)} stands in it more than once."
    taken = f"The names of the classes are those in {NAMES}."
    if len(listed) == len(names):
        return listed, taken
    numbers = [int(name) for name in names]
    if max(numbers) < len(listed):
        of = f"by their numbers from 0: {len(listed):,} names for {len(names):,} classes."
        return [listed[number] for number in numbers], f"{taken[:-1]}, {of}"
    return (
        names,
        f"{NAMES} beside it was passed over: it has {len(listed):,} names for {len(names):,} classes.",
    )


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names, those that have become the same with a number behind them."""
    distinct: list[str] = []
    for name in names:
        same, tried = 1, name
        while tried in distinct:
            same += 1
            tried = f"{name[: LONGEST_NAME - 5]} ({same})"
        distinct.append(tried)
    return tuple(distinct)


def mixed(labels: Array) -> Array:
    """Return an order of the images in which each class comes as early as all others: the first of each, the second.

    Many views show the first test images, and data often lie class by class.
    """
    return np.lexsort((labels, _ranks(labels)))


def _ranks(labels: Array) -> Array:
    """Return for each label how many equal ones stand before it."""
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], labels[order])
    ranks = np.empty(len(labels), np.int64)
    ranks[order] = np.arange(len(labels)) - starts
    return ranks


def is_test(labels: Array) -> Array:
    """Return which images are set aside to test with: every sixth of a class, the last of one with two to five.

    It takes no chance, so that a session finds the same data again.
    """
    ranks, counts = _ranks(labels), np.bincount(labels)[labels]
    few = (counts < EVERY) & (counts > 1) & (ranks == counts - 1)
    chosen: Array = (ranks % EVERY == EVERY - 1) | few
    return chosen


type _Parted = tuple[list[Array], list[Array], str]


def _parted(images: Array, labels: Array, file: str, progress: Progress) -> Reading[_Parted]:
    """Return the images and the labels of both parts, and a sentence about that."""
    aside = is_test(labels)
    if not aside.any():
        raise UserError(
            f"{file} has only one image of each class.", hint="Add images: some are needed to test with."
        )
    pictures, answers = [], []
    for chosen in (~aside, aside):
        places = np.flatnonzero(chosen)
        places = places[mixed(labels[places])]
        pictures.append((yield from _taken(images, places, progress)))
        answers.append(labels[places])
    sentence = (
        f"{file} has no test part: every sixth image of each class, {aside.sum():,} in all, is for testing."
    )
    return pictures, answers, sentence


def _taken(images: Array, places: Array, progress: Progress) -> Reading[Array]:
    """Return the images at these places, copied in turns."""
    taken = np.empty((len(places), *images.shape[1:]), images.dtype)
    for part in blocks(taken):
        np.take(
            images, places[part], axis=0, out=taken[part], mode="clip"
        )  # all are in range; `raise` would copy
        yield from progress.did(0)
    return taken


def _grey(colours: Array, progress: Progress) -> Reading[Array]:
    """Return pictures in colour as grey ones."""
    grey = np.empty(colours.shape[:3], np.uint8)
    for part in blocks(colours):
        grey[part] = as_grey(colours[part])
        yield from progress.did(0)
    return grey


def _recognised(
    pictures: Sequence[Array], answers: Sequence[Array], progress: Progress
) -> Reading[KnownSet | None]:
    """Return the data set that these arrays are, if it is a known one; most are none by their shapes or labels."""
    arrays = {array.shape: array for array in (*answers, *pictures)}
    left = [known for known in KNOWN.values() if set(known.arrays) == set(arrays)]
    for shape in left[0].arrays if left else ():
        digest = hashlib.sha256()
        for part in blocks(arrays[shape]):
            digest.update(np.ascontiguousarray(arrays[shape][part]).data)
            yield from progress.did(CHECK * arrays[shape][part].nbytes)
        left = [known for known in left if known.arrays[shape] == digest.hexdigest()]
        if not left:
            return None
    return left[0] if left else None


def _frozen(array: Array) -> Array:
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array
