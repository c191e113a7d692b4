"""Conversion of labels to class numbers: from integers, words, or one-hot rows."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.lazy import Array, np
from engine.data.formats.checks import CONVERT, MOST_CLASSES, blocks, converted
from engine.data.formats.reading import Progress, Reading
from engine.data.location import Location

TEXT = "US"  # NumPy's kinds of arrays of text
LARGEST = 2**31  # class numbers are below this
SIGNS = [-1, 1]  # the only labels with a negative one


class Labels(NamedTuple):
    """Labels by the names of their arrays, each uint8 (images,), an index into `names`; `remark` is for a person."""

    numbers: dict[str, Array]
    names: list[str]
    is_named: bool  # whether the names are words from the file, not only numbers
    remark: str


def class_name(text: str) -> str:
    """Return a class name without surrounding spaces, in Unicode's NFC: “Ä” may be written as one letter or two."""
    return unicodedata.normalize("NFC", text).strip()


def by_number(names: Sequence[str]) -> list[int]:
    """Return the order of the classes: numerical where all are integers, otherwise alphabetical."""
    if all(name.isascii() and name.isdecimal() and len(name) < 10 for name in names):
        return sorted(range(len(names)), key=lambda number: int(names[number]))
    return sorted(range(len(names)), key=lambda number: (names[number].casefold(), names[number]))


def in_order(names: Sequence[str]) -> tuple[list[str], Array]:
    """Return the distinct classes in their order, and for each name its index in them, uint8 (names,)."""
    cleaned = [class_name(name) for name in names]
    classes = list(dict.fromkeys(cleaned))
    classes = [classes[place] for place in by_number(classes)]
    places = {name: place for place, name in enumerate(classes)}
    return classes, np.array([places[name] for name in cleaned], np.uint8)


def labels_from(labels: Mapping[str, Array], location: Location, progress: Progress) -> Reading[Labels]:
    """Return the labels of all parts as indices into one list of classes; raise `UserError` for anything else.

    Numbers are indices if they begin at 0 and at least half of those up to the largest occur, so that a part of MNIST
    keeps its labels. Otherwise each number is the name of a class.
    """
    remarks, numbers = list[str](), dict[str, Array]()
    are_words = [array.dtype.kind in TEXT for array in labels.values()]
    if len(set(are_words)) > 1:
        first, second = labels
        mixed = (
            mark("The labels of {path} are words in {first} and numbers in {second}.")
            if are_words[0]
            else mark("The labels of {path} are numbers in {first} and words in {second}.")
        )
        raise UserError(tr(mixed, path=location.name, first=first, second=second), hint=tr("Save both in one way."))
    if all(are_words):
        return _of_words(labels, location)
    for name, array in labels.items():
        if array.ndim == 2 and array.shape[1] > 1:
            numbers[name] = yield from _places_of_ones(array, name, progress)
            remarks.append(tr("Each row of {array} has a single 1 (one-hot): its place is the class.", array=name))
        else:
            numbers[name] = array.reshape(len(array))
    occurring = yield from _distinct_numbers(numbers, progress)
    are_places = occurring[0] == 0 and 2 * len(occurring) > occurring[-1]
    classes = list(range(occurring[-1] + 1)) if are_places else occurring
    if not are_places:
        remarks.append(tr("The labels are {numbers}: each is a class of that name.", numbers=_listed(occurring)))
    places = {}
    for name, array in numbers.items():
        places[name] = yield from _looked_up(array, np.array(classes, np.int64), CONVERT / 2, progress)
    return Labels(places, list(map(str, classes)), False, " ".join(remarks))


def places_from(labels: Mapping[str, Array], count: int, progress: Progress) -> Reading[dict[str, Array]]:
    """Return labels that are indices into a list of `count` classes, by name, as uint8 (images,)."""
    places = {}
    for name, array in labels.items():
        flat = array.reshape(len(array))
        places[name] = yield from _looked_up(flat, np.arange(count), CONVERT, progress)
    return places


def _of_words(labels: Mapping[str, Array], location: Location) -> Labels:
    texts = (array.reshape(len(array)) for array in labels.values())
    parts = [
        np.unique(np.char.decode(text, "latin-1") if text.dtype.kind == "S" else text, return_inverse=True)
        for text in texts
    ]
    words = list(dict.fromkeys(str(word) for unique, _ in parts for word in unique))
    if len(words) > MOST_CLASSES:
        many = (
            mark("{first} in {path} has {count:,} different words.")
            if len(labels) == 1
            else mark("{first} and {last} in {path} have {count:,} different words.")
        )
        names = [*labels]
        sentence = tr(many, first=names[0], last=names[-1], path=location.name, count=len(words))
        raise UserError(sentence, hint=tr("At most {most} classes are opened.", most=MOST_CLASSES))
    classes, order = in_order(words)
    places = dict(zip(words, order, strict=True))
    numbers = [np.array([places[str(word)] for word in unique], np.uint8)[inverse] for unique, inverse in parts]
    return Labels(dict(zip(labels, numbers, strict=True)), classes, True, "")


def _places_of_ones(array: Array, name: str, progress: Progress) -> Reading[Array]:
    """Return the index of the only 1 in each row, uint8 (images,); raise `UserError` for any other row."""
    places = np.empty(len(array), np.uint8)
    for part in blocks(array):
        ones = array[part] == 1
        fine = (ones.sum(1) == 1) & (ones | (array[part] == 0)).all(1)
        if not fine.all():
            image = part.start + int(np.argmin(fine))
            raise UserError(
                tr(
                    "{array} in {path} has the shape {shape}, and row {row} is not a single 1 and zeros.",
                    array=name,
                    path=progress.file,
                    shape=array.shape,
                    row=image,
                ),
                hint=tr("Save one number for each image, or such a row (one-hot)."),
            )
        places[part] = ones.argmax(1)
        yield from progress.did(CONVERT * array[part].nbytes)
    return places


def _distinct_numbers(labels: Mapping[str, Array], progress: Progress) -> Reading[list[int]]:
    """Return the distinct labels in ascending order; raise `UserError` for an invalid one, or for too many."""
    occurring: set[int] = set()
    negative: UserError | None = None
    for name, array in labels.items():
        for part in blocks(array):
            block = array[part]
            with np.errstate(invalid="ignore"):
                fine = (np.abs(block.astype(np.float64)) < LARGEST) & (np.trunc(block) == block)
            if not fine.all():
                raise _no_label(block, part, int(np.argmin(fine)), name, progress.file)
            if negative is None and block.min() < 0:
                negative = _no_label(block, part, int(np.argmax(block < 0)), name, progress.file)
            occurring.update(np.unique(block).astype(np.int64).tolist())
            if len(occurring) > MOST_CLASSES:
                sentence = tr(
                    "{array} in {path} has more than {most} different labels.",
                    array=name,
                    path=progress.file,
                    most=MOST_CLASSES,
                )
                raise UserError(sentence, hint=tr("At most {most} classes are opened.", most=MOST_CLASSES))
            yield from progress.did(CONVERT / 2 * block.nbytes)
    if negative is not None and sorted(occurring) != SIGNS:
        raise negative
    return sorted(occurring)


def _no_label(block: Array, part: slice, place: int, name: str, file: str) -> UserError:
    sentence = tr(
        "{array} in {path} has the label {label:g} for image {image}.",
        array=name,
        path=file,
        label=block[place],
        image=part.start + place,
    )
    return UserError(sentence, hint=tr("Labels must be whole numbers from 0, or words."))


def _looked_up(array: Array, classes: Array, work: float, progress: Progress) -> Reading[Array]:
    """Return the indices of labels in the sorted `classes`, which contain all of them; `work` is the cost per byte."""

    def place(block: Array) -> Array:
        return np.searchsorted(classes, block.astype(np.int64))

    return (yield from converted(array, place, np.empty(len(array), np.uint8), progress, work))


def _listed(numbers: Sequence[int]) -> str:
    """Return numbers in words: `1 to 10`, `5, 15, … 95`."""
    if list(numbers) == list(range(numbers[0], numbers[-1] + 1)) and len(numbers) > 2:
        return tr("{first} to {last}", first=numbers[0], last=numbers[-1])
    if len(numbers) > 6:
        return f"{numbers[0]}, {numbers[1]}, … {numbers[-1]}"
    return ", ".join(map(str, numbers))
