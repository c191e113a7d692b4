"""Reading untrusted IDX files, MNIST's format, plain or compressed with gzip.

A data set is two or four files with MNIST's names; any of them, or their folder, stands for all.
"""

import gzip
import math
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.lazy import Array, aligned
from engine.core.text import printable
from engine.data.dataset import Dataset
from engine.data.download.catalogue import LETTERS, RAW, title_called, title_of
from engine.data.formats import reading
from engine.data.formats.assembly import Part, assembly_work, dataset_from
from engine.data.formats.checks import bytes_of_copies, check_shapes, converted
from engine.data.location import Location, Shape

# NumPy's names of the number types by the third byte of a file.
TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}

NAME = re.compile(
    r"(?P<set>.*?)(?P<part>train|t10k|test)[-_.]?(?P<what>images|labels)([-_.]idx[13]([-_.]ubyte)?)?(?P<gz>\.gz)?",
    re.IGNORECASE,
)

MOST_AXES = 4
MOST_NAMES = 100_000  # files of a folder that are examined

GZIP = b"\x1f\x8b"
TIGHTEST = 1100  # gzip compresses 1,032-fold at most
LONGEST_MAPPING = 2**16  # bytes of a file with class names

FOUR = mark("train-images-idx3-ubyte, train-labels-idx1-ubyte, and so with t10k in place of train")
# What may be missing.
WHAT = {
    ("train", "images"): mark("train images"),
    ("train", "labels"): mark("train labels"),
    ("test", "images"): mark("test images"),
    ("test", "labels"): mark("test labels"),
}
HINT = mark("Copy or download it again.")


class _Header(NamedTuple):
    path: Path
    shape: Shape
    dtype: np.dtype[Any]
    start: int
    is_packed: bool

    @property
    def stored(self) -> int:
        """Bytes of its numbers."""
        return math.prod(self.shape) * self.dtype.itemsize


def recognises(path: Path) -> bool:
    """Whether `path` is an IDX file, by its name or its first bytes, or a folder with such files."""
    if path.is_dir():
        return any(_has_files(folder) for folder in (path, path / RAW))
    return bool(NAME.fullmatch(path.name)) or _begins_like_one(path)


def reading_idx(location: Location, *, sure: bool = False) -> reading.Reading[Dataset]:
    """Read the data set that a file belongs to, or that is in a folder, in turns; raise only `UserError`.

    EMNIST's images are turned upright; a mapping beside them names the classes, and its letters are A to Z without one.
    Nothing is read before all headers have shown that the arrays fit into memory and to each other.
    """
    path = location.path
    files = _files_of(path)
    train, test = _pair(files, "train", path), _pair(files, "test", path)
    assert train is not None
    pairs = [pair for pair in (train, test) if pair is not None]
    headers = [[_check_header(file) for file in pair] for pair in pairs]
    check_shapes(
        {images.path.name: images.shape for images, _ in headers},
        {labels.path.name: labels.shape for _, labels in headers},
        location,
    )
    copies = 2 if test is None else 1
    flat = [header for pair in headers for header in pair]
    needed = sum(header.stored * copies + bytes_of_copies(header.shape, header.dtype.itemsize) for header in flat)
    reading.check_memory(needed, path.name, sure=sure)
    progress = reading.Progress(path.name)
    progress.work = sum(header.stored * (reading.INFLATE if header.is_packed else reading.READ) for header in flat)
    for images, labels in headers:
        progress.work += assembly_work(images.stored, labels.stored, is_converted=images.dtype.itemsize > 1)
    parts = []
    for images, labels in headers:
        numbers = yield from _read(images, progress)
        if images.path.name.lower().startswith("emnist") and images.shape[1:2] == images.shape[2:]:
            yield from converted(numbers, lambda block: block.swapaxes(1, 2).copy(), numbers, progress)
        answers = yield from _read(labels, progress)
        parts.append(Part(numbers, answers, images.path.name, labels.path.name))
    classes = None
    match = NAME.fullmatch(train[0].name)
    if match:
        names = _mapping(train[0].parent / f"{match['set']}mapping.txt")
        if not names and match["set"].lower().startswith(LETTERS.key):
            names = dict(enumerate(LETTERS.classes, 1))
        if names:
            classes, parts = _renamed(names, parts)
    return (yield from dataset_from(parts, location, progress, name=_called(path, train[0]), classes=classes))


def _called(path: Path, images: Path) -> str:
    """Return the title of the data set: the common part of the files' names, or their folder's."""
    match = NAME.fullmatch(images.name)
    common = match["set"].strip("-_. ") if match else ""
    return printable(title_called(common) if common else title_of(images.parent.resolve()) or path.name)


def _named_files(folder: Path) -> dict[str, dict[tuple[str, str], Path]]:
    """Return the files with MNIST's names, by the data set and by part and content."""
    sets: dict[str, dict[tuple[str, str], Path]] = {}
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry, _ in zip(entries, range(MOST_NAMES), strict=False))
    except OSError as problem:
        raise reading.unreadable(folder, problem) from problem
    for name in names:  # sorted, so a file without compression is taken before the same one with it
        if match := NAME.fullmatch(name):
            part = "train" if match["part"].lower() == "train" else "test"
            sets.setdefault(match["set"].lower(), {}).setdefault((part, match["what"].lower()), folder / name)
    return sets


def _has_files(folder: Path) -> bool:
    try:
        return bool(_named_files(folder))
    except UserError:
        return False


def _files_of(path: Path) -> dict[tuple[str, str], Path]:
    if path.is_dir():
        sets = _named_files(path if _has_files(path) else path / RAW)
        if not sets:
            raise UserError(
                tr("{path} has no IDX files.", path=path),
                hint=tr("They are called train-images-idx3-ubyte and the like."),
            )
        if len(sets) > 1:
            key = "train", "images"
            which = sorted(files[key].name for files in sets.values() if key in files)
            hint = tr("Open one of its files.")
            if which:
                hint = tr("Open one of its files, for example {file}.", file=which[0])
            raise UserError(tr("{path} holds {count} data sets.", path=path.name, count=len(sets)), hint=hint)
        return next(iter(sets.values()))
    reading.require_file(path)
    match = NAME.fullmatch(path.name)
    if match is None:
        sentence = tr("{path} is one array, and its name does not tell which.", path=path.name)
        raise UserError(sentence, hint=tr("Name the files as MNIST's are: {files}.", files=tr(FOUR)))
    beside = _named_files(path.parent).get(match["set"].lower(), {})
    part = "train" if match["part"].lower() == "train" else "test"
    return beside | {(part, match["what"].lower()): path}


def _pair(files: Mapping[tuple[str, str], Path], part: str, path: Path) -> tuple[Path, Path] | None:
    images, labels = files.get((part, "images")), files.get((part, "labels"))
    if images and labels:
        return images, labels
    if not images and not labels and part == "test":
        return None
    there, lacks = (images, "labels") if images else (labels, "images")
    what = tr(WHAT[part, lacks])
    sentence = (
        tr("There are no {what} beside {file}.", what=what, file=there.name)
        if there
        else tr("There are no {what} in {path}.", what=what, path=path.name)
    )
    raise UserError(sentence, hint=tr("The four files are called {files}.", files=tr(FOUR)))


def _begins_like_one(path: Path) -> bool:
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            head = file.read(4)
            if head[:2] == GZIP and not path.name.lower().endswith((".csv.gz", ".tsv.gz", ".txt.gz")):
                file.seek(0)
                head = gzip.GzipFile(fileobj=file).read(4)
    except Exception:  # those of the system, of gzip, and zlib's own
        return False
    return len(head) == 4 and head[:2] == b"\0\0" and head[2] in TYPES and 1 <= head[3] <= MOST_AXES


def _stream(file: IO[bytes], *, is_packed: bool) -> IO[bytes]:
    file.seek(0)
    return gzip.GzipFile(fileobj=file) if is_packed else file  # type: ignore[return-value]


def _check_header(path: Path) -> _Header:
    """Return a file's header, checked against the file's size."""
    damaged = tr("{path} is damaged, or no IDX file.", path=path.name)
    with reading.opened(path) as file, reading.refusing(damaged, hint=tr(HINT)):
        is_packed = file.read(2) == GZIP
        stream = _stream(file, is_packed=is_packed)
        head = stream.read(4)
        if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in TYPES or not 1 <= head[3] <= MOST_AXES:
            raise UserError(tr("{path} does not begin as an IDX file does.", path=path.name), hint=tr(HINT))
        sizes = stream.read(4 * head[3])
        if len(sizes) < 4 * head[3]:
            raise UserError(tr("{path} ends within its header.", path=path.name), hint=tr(HINT))
        shape = tuple(int(size) for size in np.frombuffer(sizes, ">u4"))
        header = _Header(path, shape, np.dtype(TYPES[head[2]]), 4 + len(sizes), is_packed)
        size = os.fstat(file.fileno()).st_size
        if min(shape) < 1:
            raise UserError(tr("{path} is empty.", path=path.name), hint=tr("Save at least one image in each part."))
        is_too_long = header.stored > TIGHTEST * size if is_packed else header.stored != size - header.start
        if is_too_long:
            wrong = (
                mark("{path} has {stored:,} bytes of numbers by its header, but {left:,} packed bytes follow.")
                if is_packed
                else mark("{path} has {stored:,} bytes of numbers by its header, but {left:,} follow.")
            )
            left = max(0, size - header.start)
            raise UserError(tr(wrong, path=path.name, stored=header.stored, left=left), hint=tr(HINT))
        return header


def _read(header: _Header, progress: reading.Progress) -> reading.Reading[Array]:
    """Read the whole array, and that nothing follows: at the end, gzip compares the checksum as well."""
    path = header.path
    with reading.opened(path) as file, reading.refusing(tr("{path} is damaged.", path=path.name), hint=tr(HINT)):
        stream = _stream(file, is_packed=header.is_packed)
        stream.read(header.start)
        array = aligned(header.shape, header.dtype)
        if missing := (
            yield from reading.fill(array, stream, reading.INFLATE if header.is_packed else reading.READ, progress)
        ):
            raise UserError(
                tr("{path} ends too early: {missing:,} bytes are missing.", path=path.name, missing=missing),
                hint=tr(HINT),
            )
        if stream.read(1):
            raise UserError(tr("{path} is longer than its header says.", path=path.name), hint=tr(HINT))
        return array


def _mapping(path: Path) -> dict[int, str]:
    """Return the class names by label of EMNIST's mapping: each line has a label and the codes of its letters."""
    try:
        with path.open("rb") as file:
            lines = file.read(LONGEST_MAPPING).split(b"\n")
        rows = [[int(word) for word in line.split()] for line in lines if line.strip()]
        return {row[0]: _letters(row[1:]) for row in rows if len(row) > 1}
    except (OSError, ValueError, OverflowError):
        return {}


def _letters(codes: Sequence[int]) -> str:
    """Return the letters with these codes; a capital also stands for its small letter."""
    letters = [chr(code) for code in codes]
    return letters[0] if len({letter.casefold() for letter in letters}) == 1 else "/".join(letters)


def _renamed(names: Mapping[int, str], parts: list[Part]) -> tuple[list[str], list[Part]]:
    """Return the class names, and the parts with labels as indices into them; refuse a label without a name."""
    order = sorted(names)
    places = np.full(256, 255, np.uint8)
    for place, label in enumerate(order[:255]):
        if 0 <= label < 256:
            places[label] = place
    renamed = []
    for part in parts:
        labels = part.labels
        fine = (labels >= 0) & (labels < 256) if labels.ndim == 1 else np.zeros(1, bool)
        if not fine.all() or (places[labels.astype(np.intp)] == 255).any():
            sentence = tr("{file} has labels that the mapping beside it does not name.", file=part.labels_name)
            raise UserError(sentence, hint=tr("Remove the mapping."))
        renamed.append(part._replace(labels=places[labels.astype(np.intp)]))
    return [names[label] for label in order], renamed
