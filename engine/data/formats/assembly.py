"""Making a data set of images and labels from any source: on one scale, with named classes and a test part.

MNIST and Fashion-MNIST are recognised by their arrays, whatever their files are called.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from engine.core.errors import UserError
from engine.core.example import LONGEST_NAME
from engine.core.language import tr, tr_plural
from engine.core.lazy import Array, frozen, np
from engine.core.text import listed, printable
from engine.data.dataset import Dataset
from engine.data.download.catalogue import FASHION, KMNIST, KNOWN, RAW, KnownSet
from engine.data.formats.checks import CHECK, CONVERT, as_grey, as_pixels, blocks, check_shapes, converted
from engine.data.formats.labels import Labels, class_name, labels_from, places_from
from engine.data.formats.ranges import BYTE
from engine.data.formats.reading import Progress, Reading
from engine.data.location import Location

# The old TensorFlow reader kept the first 5,000 of 60,000 training images for validation. They are set aside by the
# data, not by a setting: so every preset trains on the blog's 55,000, and no setting can fail on smaller data.
SET_ASIDE = 5_000

EVERY = 6  # of data without a test part, every sixth image of each class is for testing: MNIST's share

# Class names of well-known data sets, by a part of their path.
CLASS_NAMES: tuple[tuple[str, Sequence[str]], ...] = (
    ("fashion", FASHION.classes),
    ("kmnist", KMNIST.classes),
    ("cifar", ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]),
)

NAMES = "classes.txt"  # a file beside data with numbered classes: their names, one per line
LONGEST_LIST = 2**16  # bytes of it
MOST_LISTED = 12  # maximum number of classes in a sentence


class Part(NamedTuple):
    """Images, in colour with a last axis of three, with their labels, and the names of both arrays."""

    images: Array
    labels: Array
    images_name: str
    labels_name: str


def dataset_from(
    parts: Sequence[Part],
    location: Location,
    progress: Progress,
    *,
    name: str = "",
    classes: Sequence[str] | None = None,
    remark: str = "",
    as_stored: bool = True,
) -> Reading[Dataset]:
    """Make a data set of one part or two; raise `UserError` for unsuitable arrays, which may be changed in place.

    Images have the shape (images, rows, columns), optionally with an axis of 1 or 3 channels, or (images, pixels); if
    `as_stored` their values are brought to 0..255 by the common range of all parts. Labels are indices into `classes`;
    without these they are anything that `labels_from` takes, and a list beside the files may name them. The remark
    describes the conversion. Of one part, every sixth image of each class is for testing. Of exactly 60,000 training
    images that are `as_stored`, as MNIST has, only 5,000 to 60,000 are used.
    """
    arrays = {part.images_name: part.images for part in parts}
    labels = {part.labels_name: part.labels for part in parts}
    check_shapes(
        {key: array.shape for key, array in arrays.items()},
        {key: array.shape for key, array in labels.items()},
        location,
    )
    named_range = location if as_stored else location._replace(range=BYTE)
    images, scaled = yield from as_pixels(arrays, named_range, progress)
    if classes is None:
        given = yield from labels_from(labels, location, progress)
    else:
        places = yield from places_from(labels, len(classes), progress)
        given = Labels(places, [*classes], True, "")
    pictures = [images[part.images_name] for part in parts]
    answers = [given.numbers[part.labels_name] for part in parts]
    known, aside = None, ""
    if len(parts) == 2:
        known = yield from _recognised(pictures, answers, progress)
    else:
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
        sentence = tr(
            "All training images in {path} are of the class {label}.", path=location.name, label=names[answers[0][0]]
        )
        raise UserError(
            sentence, hint=tr("Put images of two classes or more into {array}.", array=parts[0].images_name)
        )
    remarks = [aside, remark, scaled, given.remark, listed, _scarce(names, answers[0], answers[1])]
    grey, colours = [], []
    for array in pictures:
        colours.append(frozen(array) if array.ndim == 4 else None)
        if array.ndim == 4:
            array = yield from converted(array, as_grey, np.empty(array.shape[:3], np.uint8), progress)
        grey.append(frozen(array))
    return Dataset(
        name=known.title if known else name or printable(location.path.stem),
        train_images=grey[0],
        train_labels=frozen(answers[0]),
        test_images=grey[1],
        test_labels=frozen(answers[1]),
        classes=names,
        source=location.path.absolute(),
        called=location.called,
        train_colours=colours[0],
        test_colours=colours[1],
        known=known.key if known else "",
        remark=printable(" ".join(filter(None, remarks))),
    )


def assembly_work(images: int, labels: int, *, is_converted: bool) -> float:
    """Return the approximate work of `dataset_from` for these numbers of bytes, which may have to be converted."""
    return images * (CHECK + CONVERT * is_converted) + CONVERT * labels


def named(text: str) -> str:
    """Return a class name as a short line without surrounding spaces."""
    line = printable(text).strip() or "?"
    return line if len(line) <= LONGEST_NAME else f"{line[: LONGEST_NAME - 1]}…"


def known_names(path: Path, numbers: list[str]) -> list[str]:
    """Return names for numbered classes: those of a data set that is known by its path, or the numbers."""
    place = "/".join(path.absolute().parts[-3:]).casefold()
    for part, names in CLASS_NAMES:
        if part in place and numbers[-1] == str(len(names) - 1):
            return [names[int(number)] for number in numbers]
    return numbers


def _scarce(names: Sequence[str], train: Array, test: Array) -> str:
    """Return sentences on the classes without images for training or testing."""
    counts = np.array([np.bincount(labels, minlength=len(names)) for labels in (train, test)])
    sentences = []

    def lacking(lacks: Array) -> tuple[int, str]:
        some = [name for name, lacks_it in zip(names, lacks, strict=True) if lacks_it]
        return len(some), listed(some, MOST_LISTED)

    count, some = lacking((counts == 0).all(0))
    if count:
        sentences.append(
            tr_plural("The class {names} has no images.", "The classes {names} have no images.", count, names=some)
        )
    count, some = lacking((counts[0] == 0) & (counts[1] > 0))
    if count:
        sentences.append(
            tr_plural(
                "The class {names} has no training images.",
                "The classes {names} have no training images.",
                count,
                names=some,
            )
        )
    count, some = lacking((counts[1] == 0) & (counts[0] > 0))
    if count:
        sentences.append(
            tr_plural(
                "The class {names} has no test images.", "The classes {names} have no test images.", count, names=some
            )
        )
    return " ".join(sentences)


def _names_beside(path: Path, names: list[str]) -> tuple[list[str], str]:
    """Return names for numbered classes from a list beside the file, by order or by number, and a sentence on it."""
    places = [path, path / RAW] if path.is_dir() else [path.parent]
    file = next((place / NAMES for place in places if (place / NAMES).is_file()), None)
    if file is None:
        return names, ""
    try:
        with file.open("rb") as stream:
            content = stream.read(LONGEST_LIST + 1)
        lines = content[:LONGEST_LIST].decode("utf-8-sig").rstrip().split("\n")
    except (OSError, ValueError):
        return names, tr("{file} beside it was passed over: it is no text in UTF-8 that can be read.", file=NAMES)
    listed = [class_name(line) for line in lines]
    if not all(listed) or len(content) > LONGEST_LIST:
        return names, tr("{file} beside it was passed over: it is not a name in each line.", file=NAMES)
    if double := next((name for name in listed if listed.count(name) > 1), ""):
        return names, tr(
            "{file} beside it was passed over: {name} stands in it more than once.", file=NAMES, name=named(double)
        )
    if len(listed) == len(names):
        return listed, tr("The names of the classes are those in {file}.", file=NAMES)
    numbers = [int(name) for name in names]
    if max(numbers) < len(listed):
        return [listed[number] for number in numbers], tr(
            "The names of the classes are those in {file}, by their numbers from 0: {count:,} names for {classes:,} "
            "classes.",
            file=NAMES,
            count=len(listed),
            classes=len(names),
        )
    return (
        names,
        tr(
            "{file} beside it was passed over: it has {count:,} names for {classes:,} classes.",
            file=NAMES,
            count=len(listed),
            classes=len(names),
        ),
    )


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    distinct: list[str] = []
    for name in names:
        same, tried = 1, name
        while tried in distinct:
            same += 1
            tried = f"{name[: LONGEST_NAME - 5]} ({same})"
        distinct.append(tried)
    return tuple(distinct)


def mixed(labels: Array) -> Array:
    """Return an order (n,) of the images that alternates between the classes."""
    # Many views show the first test images, and data are often sorted by class.
    return np.lexsort((labels, _ranks(labels)))


def _ranks(labels: Array) -> Array:
    """Return for each label the number of equal ones before it."""
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], labels[order])
    ranks = np.empty(len(labels), np.int64)
    ranks[order] = np.arange(len(labels)) - starts
    return ranks


def is_test(labels: Array) -> Array:
    """Return a mask of the images for testing: every sixth of a class, the last of one with two to five."""
    # By their order, not by a seed: a session must open the same data again, and NumPy may change a seed's numbers.
    ranks, counts = _ranks(labels), np.bincount(labels)[labels]
    few = (counts < EVERY) & (counts > 1) & (ranks == counts - 1)
    return (ranks % EVERY == EVERY - 1) | few


type _Parted = tuple[list[Array], list[Array], str]


def _parted(images: Array, labels: Array, file: str, progress: Progress) -> Reading[_Parted]:
    """Split the images into a training and a test part; return the images and the labels of both, and a sentence."""
    aside = is_test(labels)
    if not aside.any():
        raise UserError(
            tr("{file} has only one image of each class.", file=file),
            hint=tr("Add images: some are needed to test with."),
        )
    pictures, answers = [], []
    for chosen in (~aside, aside):
        places = np.flatnonzero(chosen)
        places = places[mixed(labels[places])]
        pictures.append((yield from _taken(images, places, progress)))
        answers.append(labels[places])
    sentence = tr(
        "{file} has no test part: every sixth image of each class, {count:,} in all, is for testing.",
        file=file,
        count=aside.sum(),
    )
    return pictures, answers, sentence


def _taken(images: Array, places: Array, progress: Progress) -> Reading[Array]:
    taken = np.empty((len(places), *images.shape[1:]), images.dtype)
    for part in blocks(taken):
        # All indices are valid; NumPy's default mode, `raise`, would copy `out`.
        np.take(images, places[part], axis=0, out=taken[part], mode="clip")
        yield from progress.did(0)
    return taken


def _recognised(pictures: Sequence[Array], answers: Sequence[Array], progress: Progress) -> Reading[KnownSet | None]:
    """Return the known data set with these arrays, if there is one; shapes and labels exclude most before pixels."""
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
