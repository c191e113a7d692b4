"""Reading untrusted .npz files, in Keras' layout (`mnist.npz`) or with any two arrays."""

import contextlib
import math
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from engine.core.errors import UserError
from engine.core.language import mark, tr, tr_plural
from engine.core.lazy import Array, aligned
from engine.core.text import either
from engine.data.dataset import Dataset
from engine.data.formats.assembly import Part, assembly_work, dataset_from
from engine.data.formats.checks import bytes_of_copies, check_shapes, label_count, picture_shape
from engine.data.formats.labels import TEXT
from engine.data.formats.npy import PACKINGS, archive_of, read_header
from engine.data.formats.reading import HARMLESS, INFLATE, READ, Progress, Reading, check_memory, fill, opened, refusing
from engine.data.location import TEST, TRAIN, VALIDATION, Location, Pair, Shape, UnclearArraysError, UnclearError

KERAS = ("x_train", "y_train", "x_test", "y_test")  # the names of the arrays in Keras' layout
PARTS = {"train": TRAIN, "test": TEST, "validation": VALIDATION}  # the words for parts in arrays' names

IMAGES, LABELS = "images", "labels"
# The words for contents in arrays' names.
KINDS = {
    IMAGES: {"x", "images", "image", "imgs", "img", "pixels", "data", "features"},
    LABELS: {"y", "labels", "label", "targets", "target", "classes"},
}

MOST_ARRAYS = 50  # arrays of a file that are examined, unless a person has chosen some
MOST_LISTED = 8  # maximum number of arrays in a sentence
NUMBERS = "buif"  # NumPy's kinds of arrays that are read

# The maximum ratio of the arrays' size to the file's. Deflate compresses zeros 1,030-fold; MNIST 5-fold, and 98-fold in
# pure black and white with eight bytes per pixel, which is about the emptiest data there is.
TIGHTEST = 300


class _Header(NamedTuple):
    """An array's header, and its length: the numbers begin after `start` bytes."""

    shape: Shape
    dtype: np.dtype[Any]
    is_fortran: bool
    start: int
    stored: int  # bytes of its numbers,
    needed: int  # ... and those with the conversion to uint8 in C order
    work: float  # the work of reading a byte; see `Progress`


def reading_npz(location: Location, *, sure: bool = False) -> Reading[Dataset]:
    """Read the images and labels of a data set, in turns.

    They are the chosen arrays, or those with names such as `x_train` or `train_labels`; otherwise the only two arrays
    that fit each other. A validation part is used for testing where there is no test part. Raises `UnclearError` where
    a person has to choose, and otherwise only `UserError`, whatever the bytes are. Nothing is unpickled, and nothing is
    inflated before the headers show that all arrays fit into memory and to each other.
    """
    progress = Progress(location.name)
    with opened(location.path) as file:
        pairs, arrays, remark = yield from _read_arrays(file, location, progress, sure=sure)
        parts = [Part(arrays.pop(images), arrays.pop(labels), images, labels) for images, labels in pairs]
        return (yield from dataset_from(parts, location, progress, remark=remark))


def _read_arrays(
    file: IO[bytes], location: Location, progress: Progress, *, sure: bool
) -> Reading[tuple[list[Pair], dict[str, Array], str]]:
    """Return the names of images and labels of the one or two parts, the arrays by name, and a remark."""
    hint = tr("It may have been cut short: copy or download it again.")
    with refusing(tr("{path} is not an .npz file, or only a part of one.", path=location.name), hint=hint):
        archive = archive_of(file)
    with archive:
        pairs, remark = (location.pairs, _say_pairs(location.pairs)) if location.pairs else _pairs(archive, location)
        names = [name for pair in pairs for name in pair]
        if doubles := [name for name in names if names.count(name) > 1]:
            sentence = tr("{array} in {path} cannot be two things at once.", array=doubles[0], path=location.name)
            raise UserError(sentence, hint=tr("Name an array of its own for each."))
        for name in names:
            if f"{name}.npy" not in archive.namelist():
                raise _absent([name], archive, location)
        headers = {
            name: _check_header(archive, name, location.path, takes_text=name == labels)
            for images, labels in pairs
            for name in (images, labels)
        }
        check_shapes({x: headers[x].shape for x, _ in pairs}, {y: headers[y].shape for _, y in pairs}, location)
        size = sum(header.stored for header in headers.values())
        if size > HARMLESS and size > TIGHTEST * location.path.stat().st_size:
            raise UserError(
                tr(
                    "{path} would swell to {size:,.0f} MB when unpacked, as only forged files do.",
                    path=location.name,
                    size=size / 1e6,
                ),
                hint=tr("If you made it yourself, save it with numpy.savez instead of numpy.savez_compressed."),
            )
        check_memory(sum(header.needed for header in headers.values()), location.name, sure=sure)
        progress.work = sum(header.stored * header.work for header in headers.values())
        for x, y in pairs:
            is_converted = headers[x].needed > headers[x].stored
            progress.work += assembly_work(headers[x].stored, headers[y].stored, is_converted=is_converted)
        arrays = dict[str, Array]()
        for name, header in headers.items():
            arrays[name] = yield from _inflate(archive, name, header, location.path, progress)
        return pairs, arrays, remark


def _names(archive: zipfile.ZipFile) -> list[str]:
    return [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]


def _pairs(archive: zipfile.ZipFile, location: Location) -> tuple[list[Pair], str]:
    """Return the pairs of images and labels, by their names or else the only two arrays that fit; and a remark."""
    present = _names(archive)
    roles: dict[str, dict[str, str]] = {}
    for name in present:
        if role := role_of(name):
            roles.setdefault(role[0], {}).setdefault(role[1], name)
    complete = {part: (kinds[IMAGES], kinds[LABELS]) for part, kinds in roles.items() if len(kinds) == 2}
    absent = [name for name in KERAS if name not in present]
    if "train" not in complete or ("test" in roles and "test" not in complete):
        if len(absent) < len(KERAS):
            raise _absent(absent, archive, location)
        pair = _pair_that_fits(archive, present, location)
        return [pair], _say_pairs([pair])
    aside = complete.get("validation")
    if aside and "test" not in complete:
        pairs = [complete["train"], aside]
        remark = tr("The part for validation, {part}, is that to test with.", part=aside[0])
    else:
        pairs, remark = [complete[part] for part in ("train", "test") if part in complete], ""
        if aside:
            count = _check_header(archive, aside[0], location.path).shape[:1]
            remark = (
                tr(
                    "The part for validation, {count:,} images in {part}, was left aside.",
                    count=count[0],
                    part=aside[0],
                )
                if count
                else tr("The part for validation, images in {part}, was left aside.", part=aside[0])
            )
    if pairs[0][0] not in KERAS:
        remark = f"{_say_pairs(pairs)} {remark}".strip()
    return pairs, remark


def role_of(name: str) -> tuple[str, str] | None:
    """Return the part and the content that an array's name indicates, such as `x_train` or `testLabels`."""
    words = re.findall(r"[a-z]+", re.sub("([a-z])([A-Z])", r"\1_\2", name).casefold())
    if len(words) != 2:
        return None
    parts = [part for part, names in PARTS.items() if set(names) & set(words)]
    kinds = [kind for kind, names in KINDS.items() if set(names) & set(words)]
    return (parts[0], kinds[0]) if len(parts) == len(kinds) == 1 else None


def _say_pairs(pairs: Sequence[Pair]) -> str:
    images, labels = pairs[0]
    if len(pairs) == 1:
        return tr("The images are {images}, their labels {labels}.", images=images, labels=labels)
    return tr(
        "The images are {images}, their labels {labels}, to test with {others} and {answers}.",
        images=images,
        labels=labels,
        others=pairs[1][0],
        answers=pairs[1][1],
    )


def _pair_that_fits(archive: zipfile.ZipFile, present: Sequence[str], location: Location) -> Pair:
    images, labels, rows = dict[str, Shape](), dict[str, int](), dict[str, int]()
    for name in present[:MOST_ARRAYS]:
        with contextlib.suppress(UserError):
            shape = _check_header(archive, name, location.path, takes_text=True).shape
            with contextlib.suppress(UserError):
                (labels if math.prod(shape[1:]) == 1 else rows)[name] = label_count(shape, name, location)
            shape = _check_header(archive, name, location.path).shape
            try:
                images[name] = picture_shape(shape, name, location)
            except UnclearError:  # rows of pixels: a person will choose their shape
                images[name] = shape
    for answers in (labels, rows):  # one-hot rows are labels only where no other array is
        pairs = [
            (x, y)
            for x, shape in images.items()
            for y, count in answers.items()
            if x != y and shape[0] == count and not (answers is rows and len(shape) == 2)
        ]
        if len(pairs) == 1:
            return pairs[0]
        if pairs:
            raise UnclearArraysError(location, pairs, {x: images[x][1:] for x, _ in pairs})
    raise _absent(KERAS, archive, location)


def _absent(names: Sequence[str], archive: zipfile.ZipFile, location: Location) -> UserError:
    """Return the error for missing arrays; it lists the existing ones, or names the first that cannot be read."""
    present = _names(archive)
    for name in present[:MOST_ARRAYS]:
        try:
            _check_header(archive, name, location.path, takes_text=True)
        except UserError as refused:
            if names == KERAS:
                return refused
    values = {"path": location.name, "names": either(names)}
    sentence = tr("{path} has no array called {names}.", **values)
    if present:
        sentence = tr_plural(
            "{path} has no array called {names}; there is {arrays}.",
            "{path} has no array called {names}; there are {arrays}.",
            len(present),
            arrays=", ".join(present[:MOST_LISTED]) + " …" * (len(present) > MOST_LISTED),
            **values,
        )
    return UserError(sentence, hint=tr("A data set in Keras' layout has the arrays {names}.", names=", ".join(KERAS)))


def _check_header(archive: zipfile.ZipFile, name: str, path: Path, *, takes_text: bool = False) -> _Header:
    """Return an array's header, checked against the size in the zip; raise `UserError` for an unsuitable array."""
    member = archive.getinfo(f"{name}.npy")
    hint = tr("Write it again with numpy.savez, or download it again.")
    if member.compress_type not in PACKINGS:
        raise UserError(
            tr("{array} in {path} is packed in a way that NumPy does not use.", array=name, path=path.name), hint=hint
        )
    with (
        refusing(tr("{array} in {path} is damaged or no NumPy array.", array=name, path=path.name), hint=hint),
        archive.open(member) as stream,
    ):
        shape, dtype, is_fortran, start = read_header(stream)
        stored = member.file_size - start
    if not (takes_text and dtype.kind in TEXT and dtype.itemsize):
        _check_kind(dtype, name, path)
    if min(shape, default=1) < 1:
        raise UserError(
            tr("{array} in {path} is empty.", array=name, path=path.name),
            hint=tr("Save at least one image in each part."),
        )
    if stored != math.prod(shape) * dtype.itemsize:
        sentence = tr(
            "{array} in {path} is not as long as it says: it has {stored:,} bytes of numbers.",
            array=name,
            path=path.name,
            stored=stored,
        )
        raise UserError(sentence, hint=hint)
    copies = bytes_of_copies(shape, dtype.itemsize, is_fortran=is_fortran)
    work = INFLATE if member.compress_type == zipfile.ZIP_DEFLATED else READ
    return _Header(shape, dtype, is_fortran, start, stored, stored + copies, work)


def _check_kind(dtype: np.dtype[Any], name: str, path: Path) -> None:
    if dtype.kind in NUMBERS:
        return
    kinds = {"O": mark("Python objects"), "c": mark("complex numbers"), "U": mark("text"), "S": mark("text")}
    kind = tr(kinds[dtype.kind]) if dtype.kind in kinds else tr("records or dates")
    way = {"O": f"np.array({name}.tolist())", "c": f"{name}.real"}.get(dtype.kind, f'{name}.astype("uint8")')
    sentence = tr("{array} in {path} holds {kind}, not plain numbers.", array=name, path=path.name, kind=kind)
    raise UserError(sentence, hint=tr("Convert it before saving, for example with {code}.", code=way))


def _inflate(archive: zipfile.ZipFile, name: str, header: _Header, path: Path, progress: Progress) -> Reading[Array]:
    """Read the whole array. Its last byte is the member's last, so zipfile compares the checksum."""
    hint = tr("Copy or download it again.")
    with (
        refusing(tr("{array} in {path} is damaged.", array=name, path=path.name), hint=hint),
        archive.open(f"{name}.npy") as stream,
    ):
        array = aligned(header.shape, header.dtype, "F" if header.is_fortran else "C")
        stream.read(header.start)
        if (yield from fill(array, stream, header.work, progress)):
            raise EOFError
        return array
