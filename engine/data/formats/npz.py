"""Reads .npz files in Keras' layout (`mnist.npz`), or any two arrays of one, trusting nothing that they say."""

from __future__ import annotations

import contextlib
import math
import re
import zipfile
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.lib import format as npy

from engine.core.array import Array
from engine.core.errors import UserError
from engine.core.turns import run_through
from engine.data.dataset import Dataset
from engine.data.formats.assembly import Part, dataset_from
from engine.data.formats.budget import HARMLESS, check_memory
from engine.data.formats.checks import (
    CHECK,
    CONVERT,
    bytes_of_copies,
    check_shapes,
    label_count,
    picture_shape,
)
from engine.data.formats.files import opened, refusing, too_large
from engine.data.formats.reading import Progress, Reading
from engine.data.labels import TEXT
from engine.data.location import (
    TEST,
    TRAIN,
    VALIDATION,
    Location,
    Pair,
    Shape,
    UnclearArraysError,
    UnclearError,
)

KERAS = ("x_train", "y_train", "x_test", "y_test")  # the names of the arrays in Keras' layout
PARTS = {"train": TRAIN, "test": TEST, "validation": VALIDATION}  # words that name a part in an array's name

IMAGES, LABELS = "images", "labels"
KINDS = {
    IMAGES: {"x", "images", "image", "imgs", "img", "pixels", "data", "features"},
    LABELS: {"y", "labels", "label", "targets", "target", "classes"},
}
"""Words that name what is in an array."""

MOST_ARRAYS = 50
"""Maximum number of arrays of a file that are looked at, where a person has not said which are meant."""

MOST_LISTED = 8  # maximum number of arrays that a sentence names
NUMBERS = "buif"  # NumPy's letters for the kinds of arrays that are read

TIGHTEST = 300
"""How many times larger than the file its arrays may be. Deflate packs zeros 1,030-fold; MNIST 5-fold, and 98-fold
in pure black and white with eight bytes per pixel, which is about the emptiest data there is."""

LONGEST_READ = 2**20
"""The most bytes that zipfile may read at once: so it reads the list of arrays, which take seven times as many. And the
most that NumPy may read of a header, which says itself how long it is."""

PIECE = 2**18  # how many bytes of an array are read at a time
READ, INFLATE = 1.0, 6.0  # what reading a byte takes that is not packed, and one that is; see `Progress`


class _Stated(NamedTuple):
    """What an array's header says, and how long it is: the numbers begin after `start` bytes."""

    shape: Shape
    dtype: np.dtype[Any]
    is_fortran: bool
    start: int
    stored: int  # bytes of its numbers,
    needed: int  # ... and those that it takes until it is uint8 in C order
    work: float  # what reading one of the bytes takes; see `Progress`


class _InSmallReads:
    """A file for zipfile, which would read a list of any length, and for NumPy, which would a header."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= LONGEST_READ:
            raise zipfile.BadZipFile("Its list, or a header, is too long.")
        return self._file.read(size)


def read_npz(path: Path) -> Dataset:
    """Read a file as `reading_npz` does, without a pause."""
    return run_through(reading_npz(Location(path)))


def reading_npz(location: Location, *, sure: bool = False) -> Reading[Dataset]:
    """Read images and labels as `dataset_from` takes them, in turns.

    They are the chosen arrays, or those that are named as images and labels of a training and a test part, as `x_train`
    or `train_labels`; otherwise the only two that fit each other. A part for validation is that to test with where
    there is no other, and left aside otherwise.

    Raises `UnclearError` where a person has to choose, and otherwise `UserError` and nothing else, whatever the bytes
    are. Nothing is unpickled, and nothing is inflated before the headers of all arrays have shown that they fit, into
    memory and to each other.
    """
    progress = Progress(location.name)
    with opened(location.path) as file:
        pairs, arrays, remark = yield from _read_arrays(file, location, progress, sure=sure)
        parts = [Part(arrays.pop(images), arrays.pop(labels), images, labels) for images, labels in pairs]
        test = parts[1] if len(parts) > 1 else None
        return (yield from dataset_from(parts[0], test, location, progress, remark=remark))


def _read_arrays(
    file: IO[bytes], location: Location, progress: Progress, *, sure: bool
) -> Reading[tuple[list[Pair], dict[str, Array], str]]:
    """Return which images and labels there are for the one part or for both, the arrays by name, and a remark."""
    hint = "It may have been cut short: copy or download it again."
    with refusing(f"{location.name} is not an .npz file, or only a part of one.", hint=hint):
        archive = zipfile.ZipFile(_InSmallReads(file))
    with archive:
        pairs, remark = (
            (location.pairs, _say_pairs(location.pairs)) if location.pairs else _pairs(archive, location)
        )
        names = [name for pair in pairs for name in pair]
        if doubles := [name for name in names if names.count(name) > 1]:
            raise UserError(
                f"{doubles[0]} in {location.name} cannot be two things at once.",
                hint="Name an array of its own for each.",
            )
        for name in names:
            if f"{name}.npy" not in archive.namelist():
                raise _absent([name], archive, location)
        stated = {
            name: _check_header(archive, name, location.path, takes_text=name == labels)
            for images, labels in pairs
            for name in (images, labels)
        }
        check_shapes({x: stated[x].shape for x, _ in pairs}, {y: stated[y].shape for _, y in pairs}, location)
        _check_size(stated.values(), location.path, sure=sure)
        progress.work = sum(_work(name, each, pairs) for name, each in stated.items())
        arrays = dict[str, Array]()
        for name, each in stated.items():
            arrays[name] = yield from _inflate(archive, name, each, location.path, progress)
        return pairs, arrays, remark


def _names(archive: zipfile.ZipFile) -> list[str]:
    return [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]


def _pairs(archive: zipfile.ZipFile, location: Location) -> tuple[list[Pair], str]:
    """Return the names of images and labels: by what they are called, otherwise the only two that fit each other."""
    present = _names(archive)
    roles: dict[str, dict[str, str]] = {}
    for name in present:
        if role := role_of(name):
            roles.setdefault(role[0], {}).setdefault(role[1], name)
    complete = {part: (found[IMAGES], found[LABELS]) for part, found in roles.items() if len(found) == 2}
    absent = [name for name in KERAS if name not in present]
    if "train" not in complete or ("test" in roles and "test" not in complete):
        if len(absent) < len(KERAS):
            raise _absent(absent, archive, location)
        pair = _pair_that_fits(archive, present, location)
        return [pair], _say_pairs([pair])
    aside = complete.get("validation")
    if aside and "test" not in complete:
        pairs, remark = (
            [complete["train"], aside],
            f"The part for validation, {aside[0]}, is that to test with.",
        )
    else:
        pairs, remark = [complete[part] for part in ("train", "test") if part in complete], ""
        if aside:
            count = _check_header(archive, aside[0], location.path).shape[:1]
            images = f"{count[0]:,} images" if count else "images"
            remark = f"The part for validation, {images} in {aside[0]}, was left aside."
    if pairs[0][0] not in KERAS:
        remark = f"{_say_pairs(pairs)} {remark}".strip()
    return pairs, remark


def role_of(name: str) -> tuple[str, str] | None:
    """Return the part and the kind of an array that its name tells, as `x_train` or `testLabels` do."""
    words = re.findall(r"[a-z]+", re.sub("([a-z])([A-Z])", r"\1_\2", name).casefold())
    if len(words) != 2:
        return None
    parts = [part for part, names in PARTS.items() if set(names) & set(words)]
    kinds = [kind for kind, names in KINDS.items() if set(names) & set(words)]
    return (parts[0], kinds[0]) if len(parts) == len(kinds) == 1 else None


def _say_pairs(pairs: Sequence[Pair]) -> str:
    sentence = f"The images are {pairs[0][0]}, their labels {pairs[0][1]}"
    return sentence + "".join(f", to test with {images} and {labels}" for images, labels in pairs[1:]) + "."


def _pair_that_fits(archive: zipfile.ZipFile, present: Sequence[str], location: Location) -> Pair:
    """Return the only two arrays that may be images and their labels."""
    images, labels, rows = dict[str, Shape](), dict[str, int](), dict[str, int]()
    for name in present[:MOST_ARRAYS]:
        with contextlib.suppress(UserError):
            shape = _check_header(archive, name, location.path, takes_text=True).shape
            with contextlib.suppress(UserError):
                (labels if math.prod(shape[1:]) == 1 else rows)[name] = label_count(shape, name, location)
            images[name] = _shape_if_images(_check_header(archive, name, location.path).shape, name, location)
    for answers in (labels, rows):  # those in a row each are labels only where no others are
        pairs = [
            (x, y)
            for x, shape in images.items()
            for y, count in answers.items()
            if x != y and shape[0] == count and not (answers is rows and _is_row(shape))
        ]
        if len(pairs) == 1:
            return pairs[0]
        if pairs:
            raise UnclearArraysError(location, pairs, {x: images[x][1:] for x, _ in pairs})
    raise _absent(KERAS, archive, location)


def _is_row(shape: Shape) -> bool:
    return len(shape) == 2


def _shape_if_images(shape: Shape, name: str, location: Location) -> Shape:
    try:
        return picture_shape(shape, name, location)
    except UnclearError:  # rows of pixels, of which a person will say how they lie
        return shape


def _absent(names: Sequence[str], archive: zipfile.ZipFile, location: Location) -> UserError:
    """Return what to raise where arrays are missing; it names what there is, or the first that cannot be read."""
    present = _names(archive)
    for name in present[:MOST_ARRAYS]:
        try:
            _check_header(archive, name, location.path, takes_text=True)
        except UserError as refused:
            if names == KERAS:
                return refused
    listed = ", ".join(present[:MOST_LISTED]) + (" …" if len(present) > MOST_LISTED else "")
    there = f"; there {'is' if len(present) == 1 else 'are'} {listed}" if present else ""
    return UserError(
        f"{location.name} has no array called {' or '.join(names)}{there}.",
        hint=f"A data set in Keras' layout has the arrays {', '.join(KERAS)}.",
    )


def _check_header(archive: zipfile.ZipFile, name: str, path: Path, *, takes_text: bool = False) -> _Stated:
    """Read the few bytes that say what the array is, hold them against the zip's, and return what they say."""
    member = archive.getinfo(f"{name}.npy")
    hint = "Write it again with numpy.savez, or download it again."
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # Python inflates the other methods without a limit on what one read may take.
        raise UserError(f"{name} in {path.name} is packed in a way that NumPy does not use.", hint=hint)
    with (
        refusing(f"{name} in {path.name} is damaged or no NumPy array.", hint=hint),
        archive.open(member) as stream,
    ):
        head = _InSmallReads(stream)
        read_header = (
            npy.read_array_header_1_0 if npy.read_magic(head) == (1, 0) else npy.read_array_header_2_0
        )
        shape, is_fortran, dtype = read_header(head)
        start = stream.tell()
        stored = member.file_size - start
    if not (takes_text and dtype.kind in TEXT and dtype.itemsize):
        _check_kind(dtype, name, path)
    if min(shape, default=1) < 1:
        raise UserError(f"{name} in {path.name} is empty.", hint="Save at least one image in each part.")
    if stored != math.prod(shape) * dtype.itemsize:
        sentence = f"{name} in {path.name} is not as long as it says: it has {stored:,} bytes of numbers."
        raise UserError(sentence, hint=hint)
    copies = bytes_of_copies(shape, dtype.itemsize, is_fortran=is_fortran)
    work = INFLATE if member.compress_type == zipfile.ZIP_DEFLATED else READ
    return _Stated(shape, dtype, is_fortran, start, stored, stored + copies, work)


def _check_kind(dtype: np.dtype[Any], name: str, path: Path) -> None:
    if dtype.kind in NUMBERS:
        return
    kinds = {"O": "Python objects", "c": "complex numbers", "U": "text", "S": "text"}
    ways = {"O": f"np.array({name}.tolist())", "c": f"{name}.real"}
    way = ways.get(dtype.kind, f'{name}.astype("uint8")')
    raise UserError(
        f"{name} in {path.name} holds {kinds.get(dtype.kind, 'records or dates')}, not plain numbers.",
        hint=f"Convert it before saving, for example with {way}.",
    )


def _check_size(stated: Collection[_Stated], path: Path, *, sure: bool) -> None:
    size, needed = (sum(getattr(each, part) for each in stated) for part in ("stored", "needed"))
    if size > HARMLESS and size > TIGHTEST * path.stat().st_size:
        raise UserError(
            f"{path.name} would swell to {size / 1e6:,.0f} MB when unpacked, as only forged files do.",
            hint="If you made it yourself, save it with numpy.savez instead of numpy.savez_compressed.",
        )
    check_memory(needed, path.name, sure=sure)


def _work(name: str, stated: _Stated, pairs: Sequence[Pair]) -> float:
    """Return what reading, checking and converting an array takes, in the units of `Progress`."""
    is_image = any(name == images for images, _ in pairs)
    is_converted = not is_image or stated.needed > stated.stored
    return stated.stored * (stated.work + CHECK * is_image + CONVERT * is_converted)


def _inflate(
    archive: zipfile.ZipFile, name: str, stated: _Stated, path: Path, progress: Progress
) -> Reading[Array]:
    """Read the whole array. Its last byte is the member's last, so zipfile compares the checksum."""
    hint = "Copy or download it again."
    with refusing(f"{name} in {path.name} is damaged.", hint=hint), archive.open(f"{name}.npy") as stream:
        try:
            array = np.empty(stated.shape, stated.dtype, "F" if stated.is_fortran else "C")
            left = memoryview(
                array.reshape(-1, order="A").view(np.uint8)
            )  # raises where they are Python objects
            stream.read(stated.start)
            while left:
                piece = stream.read(min(PIECE, len(left)))
                if not piece:
                    raise EOFError
                left[: len(piece)] = piece
                left = left[len(piece) :]
                yield from progress.did(stated.work * len(piece))
            return array
        except MemoryError as problem:  # not damaged
            raise too_large(path) from problem
