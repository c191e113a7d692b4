"""The arrays in a foreign .npz or .safetensors file: what it says of all of them is checked before one is read.

Nothing is unpickled, and memory is taken only for the numbers of an array that a network has, in its shape.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple
from zipfile import ZipFile

from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.lazy import Array, np
from engine.core.messages import Turns, silently
from engine.core.plain import named, no_constant, several, whole, word
from engine.data.formats.npy import PACKINGS, archive_of, read_header
from engine.data.formats.reading import PIECE, Progress, refusing
from engine.data.location import Shape
from engine.model.opening.unfit import UnfitError

NPZ, SAFETENSORS = SUFFIXES = (".npz", ".safetensors")  # in lower case

MOST_BYTES = 2**30  # of a file, and of what is in it
MOST_HEAD = 2**20  # bytes of the list of arrays in a .safetensors file
MOST_ARRAYS = 1000
MOST_SIDES = 8  # of an array
LONGEST_NAME = 500  # letters of an array's name

ABOUT = ("layers", "input", "output")  # the texts about the arrays in a file that Layerlight wrote

BFLOAT = "BF16"  # the upper half of a float32
FLOATS = (*(f"{order}f{size}" for order in "<>" for size in (2, 4, 8)), BFLOAT)

# The kinds of numbers in .safetensors files: NumPy's name where they are read, else their own; and their bytes.
KINDS = {
    "F16": ("<f2", 2), "F32": ("<f4", 4), "F64": ("<f8", 8), BFLOAT: (BFLOAT, 2),
    "BOOL": ("BOOL", 1), "U8": ("U8", 1), "I8": ("I8", 1), "F8_E4M3": ("F8_E4M3", 1), "F8_E5M2": ("F8_E5M2", 1),
    "U16": ("U16", 2), "I16": ("I16", 2), "U32": ("U32", 4), "I32": ("I32", 4), "U64": ("U64", 8), "I64": ("I64", 8),
}  # fmt: skip


class Stored(NamedTuple):
    """An array in a file: `kind` is one of `FLOATS`, or numbers that are no weights, and `size` the bytes of each.

    Its numbers begin after `start` bytes of its member in the archive, or of the file.
    """

    name: str
    shape: Shape
    kind: str
    size: int
    start: int
    is_fortran: bool = False


class ArraysFile(NamedTuple):
    """The arrays of an open file in its order, the texts about them, and what opens one of them at its beginning."""

    arrays: tuple[Stored, ...]
    about: Mapping[str, str]
    open: Callable[[Stored], IO[bytes]]


def is_arrays_file(path: Path) -> bool:
    """Whether a file is one of arrays, by its suffix."""
    return path.suffix.lower() in SUFFIXES


def names_in(file: IO[bytes]) -> list[str]:
    """Return the names of the arrays in an .npz file; raises exceptions of a dozen classes where it is none."""
    return [name.removesuffix(".npy") for name in archive_of(file).namelist() if name.endswith(".npy")]


def reading_heads(file: IO[bytes], path: Path) -> Turns[ArraysFile]:
    """Return the arrays of a file, in turns; raise `UserError` for one that is damaged or too large."""
    if file.seek(0, 2) > MOST_BYTES:
        raise _too_large(path.name)
    file.seek(0)
    with _naming_damage(path):
        if path.suffix.lower() == SAFETENSORS:
            return _safetensors(file, path.name)
        return (yield from _npz(file, path.name))


def _naming_damage(path: Path) -> AbstractContextManager[None]:
    """Raise `UserError` where reading a file fails inside."""
    suffix = path.suffix.lower()
    sentence = tr("{file} is damaged, or no {suffix} file.", file=path.name, suffix=suffix)
    way = "numpy.savez" if suffix == NPZ else "safetensors.numpy.save_file"
    return refusing(sentence, hint=tr("Save it again with {code}.", code=way))


def _too_large(file: str) -> UserError:
    reason = mark("it has more in it than Layerlight opens: 1 GB in {count:,} arrays")
    return UnfitError(tr(reason, count=MOST_ARRAYS)).of(file)


def _npz(file: IO[bytes], name: str) -> Turns[ArraysFile]:
    archive, progress = archive_of(file), Progress(name)
    members = [member for member in archive.infolist() if member.filename.endswith(".npy")]
    if len(members) > MOST_ARRAYS or sum(member.file_size for member in members) > MOST_BYTES:
        raise _too_large(name)
    arrays = list[Stored]()
    for member in members:
        if member.compress_type not in PACKINGS:
            raise ValueError("NumPy does not pack so.")
        with archive.open(member) as stream:
            shape, dtype, is_fortran, start = read_header(stream)
        if member.file_size != start + math.prod(shape) * dtype.itemsize or dtype.hasobject or len(shape) > MOST_SIDES:
            raise ValueError("It is not as long as it says, or has Python objects.")
        called = word(member.filename.removesuffix(".npy"), LONGEST_NAME)
        arrays.append(Stored(called, shape, dtype.str, dtype.itemsize, start, is_fortran))
        yield from silently(progress.did(0))
    if len({array.name for array in arrays}) < len(arrays):
        raise ValueError("Two have one name.")
    return ArraysFile(tuple(arrays), _comment(archive), partial(_member, archive))


def _comment(archive: ZipFile) -> Mapping[str, str]:
    """Return what the comment of an archive says, if Layerlight wrote it."""
    try:
        return _about(json.loads(archive.comment))
    except (ValueError, RecursionError):
        return {}


def _about(values: Any) -> Mapping[str, str]:
    return {key: word(value) for key, value in named(values).items() if key in ABOUT}


def _member(archive: ZipFile, stored: Stored) -> IO[bytes]:
    stream = archive.open(f"{stored.name}.npy")
    stream.read(stored.start)
    return stream


def _safetensors(file: IO[bytes], name: str) -> ArraysFile:
    """Read the list of arrays, by https://github.com/huggingface/safetensors#format."""
    size = file.seek(0, 2)
    file.seek(0)
    length = int.from_bytes(file.read(8), "little")
    if length > MOST_HEAD:
        raise _too_large(name)
    first, text = 8 + length, file.read(length)
    head = named(json.loads(text.decode(), parse_constant=no_constant, object_pairs_hook=_once))
    about = _about(head.pop("__metadata__", {}))
    if len(head) > MOST_ARRAYS:
        raise _too_large(name)
    arrays = [_tensor(word(key, LONGEST_NAME), named(value), first) for key, value in head.items()]
    end = first
    for array in sorted(arrays, key=lambda array: (array.start, math.prod(array.shape))):
        if array.start != end:
            raise ValueError("Arrays overlap, or there is something between them.")
        end += math.prod(array.shape) * array.size
    if end != size:
        raise ValueError("It is not as long as it says.")
    # They are there by their names, so their order says nothing; numbers in these count as numbers.
    return ArraysFile(tuple(sorted(arrays, key=_as_counted)), about, partial(_place, file))


def _tensor(name: str, about: Mapping[str, Any], first: int) -> Stored:
    kind, size = KINDS[word(about["dtype"])]
    shape = tuple(whole(side, 0, MOST_BYTES) for side in several(about["shape"], 0, MOST_SIDES))
    begin, end = (whole(offset, 0, MOST_BYTES) for offset in several(about["data_offsets"], 2, 2))
    if end - begin != math.prod(shape) * size:
        raise ValueError("It is not as long as it says.")
    return Stored(name, shape, kind, size, first + begin)


def _place(file: IO[bytes], stored: Stored) -> IO[bytes]:
    file.seek(stored.start)
    return file


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("Two have one name.")
    return dict(pairs)


def _as_counted(array: Stored) -> list[tuple[int, str]]:
    """Return a key by which `2.weight` is before `10.weight`."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"([0-9]{1,9})", array.name)]


def reading_array(source: ArraysFile, stored: Stored, path: Path) -> Turns[Array]:
    """Return the numbers of an array, one of `FLOATS`, as float32, in turns; too large ones are infinite.

    Raises `UserError` where the file is damaged.
    """
    progress, numbers, done = Progress(path.name), np.empty(math.prod(stored.shape), np.float32), 0
    with _naming_damage(path):
        stream = source.open(stored)
        while done < len(numbers):
            piece = stream.read(min(PIECE, (len(numbers) - done) * stored.size))
            if not piece or len(piece) % stored.size:
                raise EOFError
            values = _as_float32(piece, stored.kind)
            numbers[done : done + len(values)] = values
            done += len(values)
            yield from silently(progress.did(0))
    return numbers.reshape(stored.shape, order="F" if stored.is_fortran else "C")


def _as_float32(content: bytes, kind: str) -> Array:
    if kind == BFLOAT:
        return (np.frombuffer(content, "<u2").astype("<u4") << 16).view("<f4")
    with np.errstate(all="ignore"):
        return np.frombuffer(content, kind).astype(np.float32)
