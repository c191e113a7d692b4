"""Reads .npz files in Keras' layout (`mnist.npz`), trusting nothing that they say."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.lib import format as npy

from engine.base.errors import UserError
from engine.base.turns import run_through
from engine.data.assembly import Part, dataset_from
from engine.data.budget import HARMLESS, check_memory
from engine.data.checks import CHECK, CONVERT, Array, Shape, check_shapes
from engine.data.dataset import Dataset
from engine.data.files import opened, refusing, too_large
from engine.data.reading import Progress, Reading

IMAGES, LABELS = ("x_train", "x_test"), ("y_train", "y_test")
ARRAYS = ("x_train", "y_train", "x_test", "y_test")

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


def reading_npz(path: Path, *, sure: bool = False) -> Reading[Dataset]:
    """Read `x_train`, `y_train`, `x_test` and `y_test` as `dataset_from` takes them, in turns.

    Raises `UserError`, and nothing else, whatever the bytes are. Nothing is unpickled, and nothing is
    inflated before the headers of all arrays have shown that they fit, into memory and to each other.
    """
    progress = Progress(path.name)
    with opened(path) as file:
        arrays = yield from _read_arrays(file, path, progress, sure=sure)
        train, test = (Part(arrays.pop(x), arrays.pop(y), x, y) for x, y in zip(IMAGES, LABELS, strict=True))
        return (yield from dataset_from(train, test, path, progress))


def _read_arrays(file: IO[bytes], path: Path, progress: Progress, *, sure: bool) -> Reading[dict[str, Array]]:
    hint = "It may have been cut short: copy or download it again."
    with refusing(f"{path.name} is not an .npz file, or only a part of one.", hint=hint):
        archive = zipfile.ZipFile(_InSmallReads(file))
    with archive:
        _check_names(archive, path)
        stated = {name: _check_header(archive, name, path) for name in ARRAYS}
        images, labels = ({name: stated[name].shape for name in part} for part in (IMAGES, LABELS))
        check_shapes(images, labels, path.name)
        _check_size(stated.values(), path, sure=sure)
        progress.work = sum(_work(name, each) for name, each in stated.items())
        arrays = dict[str, Array]()
        for name, each in stated.items():
            arrays[name] = yield from _inflate(archive, name, each, path, progress)
        return arrays


def _check_names(archive: zipfile.ZipFile, path: Path) -> None:
    present = set(archive.namelist())
    absent = [name for name in ARRAYS if f"{name}.npy" not in present]
    if absent:
        raise UserError(
            f"{path.name} has no array called {' or '.join(absent)}.",
            hint=f"A data set in Keras' layout has the arrays {', '.join(ARRAYS)}.",
        )


def _check_header(archive: zipfile.ZipFile, name: str, path: Path) -> _Stated:
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


def _work(name: str, stated: _Stated) -> float:
    """Return what reading, checking and converting an array takes, in the units of `Progress`."""
    is_converted = name not in IMAGES or stated.needed > stated.stored
    return stated.stored * (stated.work + CHECK * (name in IMAGES) + CONVERT * is_converted)


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
