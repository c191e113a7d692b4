"""Reads .npz files in Keras' layout (`mnist.npz`), or any two arrays of one, trusting nothing that they say."""

from __future__ import annotations

import contextlib
import math
import zipfile
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.lib import format as npy

from engine.base.errors import UserError
from engine.base.turns import run_through
from engine.data.assembly import Part, by_number, dataset_from
from engine.data.budget import HARMLESS, check_memory
from engine.data.checks import (
    CHECK,
    CONVERT,
    MOST_CLASSES,
    Array,
    Shape,
    check_shapes,
    label_count,
    picture_shape,
)
from engine.data.dataset import Dataset
from engine.data.files import opened, refusing, too_large
from engine.data.reading import Progress, Reading
from engine.data.sources import Pair, UnclearError, chosen_uri

IMAGES, LABELS = ("x_train", "x_test"), ("y_train", "y_test")
ARRAYS = ("x_train", "y_train", "x_test", "y_test")

MOST_ARRAYS = 50
"""How many arrays of a file are looked at, where a person has not said which are meant."""

TEXT = "US"
"""NumPy's letters for the kinds of arrays that hold words."""

NUMBERS = "buif"
"""NumPy's letters for the kinds of arrays that are read."""

TIGHTEST = 300
"""How many times larger than the file its arrays may be. Deflate packs zeros 1,030-fold; MNIST 5-fold, and 98-fold
in pure black and white with eight bytes per pixel, which is about the emptiest data there is."""

LONGEST_READ = 2**20
"""The most bytes that zipfile may read at once: so it reads the list of arrays, which take seven times as many. And the
most that NumPy may read of a header, which says itself how long it is."""

PIECE = 2**18
"""How many bytes of an array are read at a time."""

READ, INFLATE = 1.0, 6.0
"""What reading a byte takes that is not packed, and one that is; see `Progress`."""


class _Stated(NamedTuple):
    """What an array's header says, and how long it is: the numbers begin after `start` bytes."""

    shape: Shape
    dtype: np.dtype[Any]
    is_fortran: bool
    start: int
    stored: int
    """Bytes of its numbers, ..."""
    needed: int
    """... and those that it takes until it is uint8 in C order."""
    work: float
    """What reading one of the bytes takes; see `Progress`."""


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
    return run_through(reading_npz(path))


def reading_npz(path: Path, *, sure: bool = False, chosen: Pair | None = None) -> Reading[Dataset]:
    """Read `x_train`, `y_train`, `x_test` and `y_test` as `dataset_from` takes them, in turns.

    Of a file without them the `chosen` images and labels are read, or the only two arrays that fit each other; where
    there are several such, `UnclearError` is raised. The labels may then be words.

    Raises `UserError`, and nothing else, whatever the bytes are. Nothing is unpickled, and nothing is
    inflated before the headers of all arrays have shown that they fit, into memory and to each other.
    """
    progress = Progress(path.name)
    with opened(path) as file:
        pairs, arrays = yield from _read_arrays(file, path, progress, chosen, sure=sure)
        if len(pairs) == 1:
            return (yield from _of_two(pairs[0], arrays, path, progress, chosen))
        train, test = (Part(arrays.pop(x), arrays.pop(y), x, y) for x, y in pairs)
        return (yield from dataset_from(train, test, path, progress))


def _of_two(
    pair: Pair, arrays: dict[str, Array], path: Path, progress: Progress, chosen: Pair | None
) -> Reading[Dataset]:
    """Make a data set of images and labels alone."""
    images, labels = pair
    answers, classes = arrays.pop(labels), None
    if answers.dtype.kind in TEXT:
        found, answers = np.unique(answers.reshape(len(answers)), return_inverse=True)
        if len(found) > MOST_CLASSES:
            sentence = f"{labels} in {path.name} has {len(found):,} different words."
            raise UserError(sentence, hint=f"At most {MOST_CLASSES} classes are opened.")
        classes = [each.decode("latin-1") if isinstance(each, bytes) else str(each) for each in found]
        order = by_number(classes)
        answers, classes = np.argsort(order)[answers], [classes[place] for place in order]
    return (
        yield from dataset_from(
            Part(arrays.pop(images), answers, images, labels),
            None,
            path,
            progress,
            classes=classes,
            remark="" if images in ARRAYS else f"The images are {images}, their labels {labels}.",
            wanted=chosen_uri(path, images, labels) if chosen else "",
        )
    )


def _read_arrays(
    file: IO[bytes], path: Path, progress: Progress, chosen: Pair | None, *, sure: bool
) -> Reading[tuple[list[Pair], dict[str, Array]]]:
    """Return which images and labels there are for the one part or for both, and the arrays by name."""
    hint = "It may have been cut short: copy or download it again."
    with refusing(f"{path.name} is not an .npz file, or only a part of one.", hint=hint):
        archive = zipfile.ZipFile(_InSmallReads(file))
    with archive:
        pairs = [chosen] if chosen else _pairs(archive, path)
        for name in (each for pair in pairs for each in pair):
            if f"{name}.npy" not in archive.namelist():
                raise _absent([name], path)
        takes_text = {pair[1] for pair in pairs} if len(pairs) == 1 else set[str]()
        stated = {
            name: _check_header(archive, name, path, takes_text=name in takes_text)
            for pair in pairs
            for name in pair
        }
        check_shapes(
            {x: stated[x].shape for x, _ in pairs}, {y: stated[y].shape for _, y in pairs}, path.name
        )
        _check_size(stated.values(), path, sure=sure)
        progress.work = sum(_work(name, each, pairs) for name, each in stated.items())
        arrays = dict[str, Array]()
        for name, each in stated.items():
            arrays[name] = yield from _inflate(archive, name, each, path, progress)
        return pairs, arrays


def _pairs(archive: zipfile.ZipFile, path: Path) -> list[Pair]:
    """Return the names of images and labels: those of Keras, otherwise the only two that fit each other."""
    present = [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]
    keras = [name for name in ARRAYS if name in present]
    if keras == list(ARRAYS[:2]):
        return [(ARRAYS[0], ARRAYS[1])]
    if keras:
        if absent := [name for name in ARRAYS if name not in present]:
            raise _absent(absent, path)
        return list(zip(IMAGES, LABELS, strict=True))
    images, labels = dict[str, int](), dict[str, int]()
    for name in present[:MOST_ARRAYS]:
        with contextlib.suppress(UserError):
            shape = _check_header(archive, name, path, takes_text=True).shape
            with contextlib.suppress(UserError):
                labels[name] = label_count(shape, name, path.name)
            images[name] = picture_shape(_check_header(archive, name, path).shape, name, path.name)[0]
    pairs = [(x, y) for x, many in images.items() for y, count in labels.items() if x != y and many == count]
    if not pairs:
        raise _absent(ARRAYS, path)
    if len(pairs) > 1:
        raise UnclearError(path, pairs)
    return pairs


def _absent(names: Sequence[str], path: Path) -> UserError:
    return UserError(
        f"{path.name} has no array called {' or '.join(names)}.",
        hint=f"A data set in Keras' layout has the arrays {', '.join(ARRAYS)}.",
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
    is_copied = dtype.itemsize > 1 or is_fortran
    work = INFLATE if member.compress_type == zipfile.ZIP_DEFLATED else READ
    return _Stated(shape, dtype, is_fortran, start, stored, stored + math.prod(shape) * is_copied, work)


def _check_kind(dtype: np.dtype[Any], name: str, path: Path) -> None:
    if dtype.kind in NUMBERS:
        return
    kinds = {"O": "Python objects", "c": "complex numbers", "U": "text", "S": "text"}
    way = f'{name}.astype("uint8")'
    if dtype.kind in "US" and name.startswith("y"):
        way = f"np.unique({name}, return_inverse=True)[1], which numbers the names of the classes"
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
