"""Reads tables as text, CSV above all: an image a row, its pixels and its label as cells, trusting nothing.

They may be packed with gzip. The label is the first cell of a row or the last, a number or a word; what separates
cells, and whether the first line holds names, is found by looking. Lines are read with `numpy.loadtxt`, whose parser is
written in C.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import gzip
import itertools
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np

from engine.base.errors import UserError
from engine.base.text import printable
from engine.data.assembly import Part, assembly_work, by_number, dataset_from, pixels_of
from engine.data.budget import HARMLESS, check_memory
from engine.data.checks import LONGEST_SIDE, MOST_CLASSES, MOST_IMAGES, Array
from engine.data.dataset import Dataset
from engine.data.files import opened, refusing, too_large, unreadable
from engine.data.reading import Progress, Reading
from engine.system.folders import cache

SUFFIXES = (".csv", ".tsv", ".txt")
PACKED = ".gz"
"""What follows where it is packed with gzip."""

DELIMITERS = ",;\t| "
"""What may separate cells; the comma first, for a single cell has none of them."""

LABEL = ("label", "labels", "class", "target", "digit", "y")
"""What a column of labels is called."""

LONGEST_LINE = 2**21
"""Bytes: an image of 256 x 256 in colour, each number with ten letters."""

PIECE = 2**17
"""Bytes of lines that are read at a time: a few milliseconds."""

PLACES, LINES = 16, 8
"""Of a file, looked at before it is read: places, and lines at each; tables often lie class by class."""

ENOUGH = 2**22
"""Bytes of a packed table by which it is seen whether it is one."""

TIGHTEST = 300
"""How many times larger than the file a packed table may be: as in `npz`."""

PARSE = 6.0
"""What reading a byte of text takes; see `Progress`."""

TRAIN, TEST = "train", "test"


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a table is written."""

    delimiter: str
    columns: int
    is_label_first: bool
    has_head: bool
    is_whole: bool
    """Whether all pixels that were looked at are whole numbers: they are bytes then."""
    line: float
    """Mean length of a line in bytes."""

    @property
    def label(self) -> int:
        return 0 if self.is_label_first else self.columns - 1


@dataclass(slots=True)
class _Table:
    """What was read so far."""

    blocks: list[Array] = field(default_factory=list)
    labels: list[Array] = field(default_factory=list)


def recognises(path: Path) -> bool:
    """Whether it is such a file, by its name."""
    return path.name.lower().removesuffix(PACKED).endswith(SUFFIXES)


def reading_csv(path: Path, *, sure: bool = False) -> Reading[Dataset]:
    """Read a table in turns; one beside it with `test` in its name where this has `train` is the test part.

    Raises `UserError`, and nothing else, whatever the bytes are.
    """
    files = [path]
    if other := _test_beside(path):
        files.append(other)
    progress = Progress(path.name)
    with contextlib.ExitStack() as stack:
        texts = []
        for file in files:
            texts.append((yield from _text(file, stack, progress)))
        return (yield from _read_all(texts, progress, sure=sure))


def _read_all(files: Sequence[_Text], progress: Progress, *, sure: bool) -> Reading[Dataset]:
    path = files[0].path
    layouts = [_look(file) for file in files]
    if len({layout.columns for layout in layouts}) > 1:
        told = " and ".join(
            f"{layout.columns:,} in {file.name}" for file, layout in zip(files, layouts, strict=True)
        )
        raise UserError(
            f"The rows have {told} cells.", hint="Bring both tables to one shape, or move one away."
        )
    sizes = [_size(file) for file in files]
    shares = [_needed(layout, size) for layout, size in zip(layouts, sizes, strict=True)]
    check_memory(sum(shares), path.name, sure=sure)
    progress.restart(
        sum(size * PARSE + _work(layout, size) for layout, size in zip(layouts, sizes, strict=True))
    )
    codes: dict[str, int] = {}
    read = []
    for file, layout in zip(files, layouts, strict=True):
        read.append((yield from _read(file, layout, codes, progress)))
    names = list(codes)
    if len(names) > MOST_CLASSES:
        raise _too_many_classes(path, layouts[0])
    order = by_number(names)
    places = np.empty(len(order), np.uint8)
    places[order] = np.arange(len(order))
    parts = [
        Part(images, places[labels], f"the pixels of {file.name}", f"the labels of {file.name}")
        for file, (images, labels) in zip(files, read, strict=True)
    ]
    del read
    remark = f"{files[1].name} beside it is the test part." if len(files) > 1 else ""
    return (
        yield from dataset_from(
            parts[0],
            parts[1] if len(parts) > 1 else None,
            path,
            progress,
            name=_called(path, is_pair=len(files) > 1),
            classes=[names[each] for each in order],
            remark=remark,
        )
    )


def _test_beside(path: Path) -> Path | None:
    start = path.stem.lower().rfind(TRAIN)
    if start < 0:
        return None
    stem = path.stem
    written = TEST.upper() if stem[start : start + 5].isupper() else TEST
    other = path.with_name(f"{stem[:start]}{written}{stem[start + len(TRAIN) :]}{path.suffix}")
    return other if other.is_file() else None


def _called(path: Path, *, is_pair: bool) -> str:
    stem = Path(path.stem).stem if path.suffix.lower() == PACKED else path.stem
    if is_pair:
        start = stem.lower().rfind(TRAIN)
        stem = (stem[:start] + stem[start + len(TRAIN) :]).strip("-_. ")
        stem = re.sub(r"[-_. ]{2,}", "-", stem) or path.resolve().parent.name
    return printable(stem)


def _size(text: _Text) -> int:
    with text.opened() as file:
        return os.fstat(file.fileno()).st_size


def _needed(layout: _Layout, size: int) -> int:
    """Return how many bytes of memory reading such a table takes, about: the blocks, all as one, and both parts."""
    numbers = size / layout.line * (layout.columns - 1)
    return round(numbers * (2 if layout.is_whole else 2 * np.dtype(np.float32).itemsize))


def _work(layout: _Layout, size: int) -> float:
    rows = max(1, round(size / layout.line))
    kind = np.uint8 if layout.is_whole else np.float32
    return assembly_work(
        [np.broadcast_to(np.empty((), kind), (rows, layout.columns - 1))], [np.empty(rows, np.uint8)]
    )


# Packed tables --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Text:
    """A table on the disk."""

    path: Path
    unpacked: IO[bytes] | None = None
    """A file without a name that holds it, where it is packed."""

    @property
    def name(self) -> str:
        return self.path.name

    @contextlib.contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """Open it from its beginning; raise what `files.opened` does."""
        if self.unpacked is None:
            with opened(self.path) as file:
                yield file
            return
        try:
            self.unpacked.seek(0)
            yield self.unpacked
        except OSError as problem:
            raise unreadable(self.path, problem) from problem
        except MemoryError as problem:
            raise too_large(self.path) from problem


def _text(path: Path, stack: contextlib.ExitStack, progress: Progress) -> Reading[_Text]:
    """Return a table to be read; a packed one is unpacked onto the disk, as far as it is one and says itself."""
    if path.suffix.lower() != PACKED:
        return _Text(path)
    text = _Text(path, stack.enter_context(_without_name(path)))
    hint = "Unpack it and open the table, or download it again."
    with opened(path) as file, refusing(f"{path.name} is damaged, or not packed with gzip.", hint=hint):
        stated = _stated(file, path)
        progress.restart(stated)
        done, is_table = 0, False
        with gzip.GzipFile(fileobj=file) as stream:
            while piece := stream.read(PIECE):
                done += len(piece)
                if done > stated:
                    raise UserError(f"{path.name} is longer than it says.", hint=hint)
                _write(text, piece)
                if done > ENOUGH and not is_table:
                    _look(text)  # what is no table is not unpacked to its end
                    _end(text)
                    is_table = True
                yield from progress.did(len(piece))
    return text


def _stated(file: IO[bytes], path: Path) -> int:
    """Return how long the text is by the last bytes of the file; raise `UserError` where that cannot be."""
    size = os.fstat(file.fileno()).st_size
    file.seek(max(0, size - 4))
    stated = int.from_bytes(file.read(4), "little")
    file.seek(0)
    if stated > HARMLESS and stated > TIGHTEST * size:
        told = f"{path.name} is damaged, or forged: by its last bytes it holds {stated / 1e6:,.0f} MB."
        raise UserError(told, hint="Copy or download it again, or unpack it and open the table.")
    return stated


def _without_name(path: Path) -> IO[bytes]:
    """Return a file that goes when it is closed: in the cache folder, for others may lie in memory."""
    folder = cache()
    try:
        return tempfile.TemporaryFile(dir=folder if folder.is_dir() else None)
    except OSError as problem:
        raise _no_room(path, problem) from problem


def _no_room(path: Path, problem: OSError) -> UserError:
    reason = (problem.strerror or type(problem).__name__).lower()
    return UserError(
        f"{path.name} cannot be unpacked: {reason}.", hint="Make room on the disk, or unpack it elsewhere."
    )


def _write(text: _Text, piece: bytes) -> None:
    assert text.unpacked is not None
    try:
        text.unpacked.write(piece)
    except OSError as problem:
        raise _no_room(text.path, problem) from problem


def _end(text: _Text) -> None:
    assert text.unpacked is not None
    text.unpacked.seek(0, os.SEEK_END)


# How it is written ----------------------------------------------------------------------------------------------------


def _look(text: _Text) -> _Layout:
    """Find out how a table is written, by its first lines and some from all over it."""
    path = text.path
    with text.opened() as file:
        first = _texts(file, path, 2)
        if not first:
            raise UserError(
                f"{path.name} is empty.", hint="Write an image in each line: its pixels and its label."
            )
        delimiter = max(DELIMITERS, key=first[-1].count)
        heads = [_cells(line, delimiter) for line in first]
        has_head = len(heads) > 1 and not any(map(_is_number, heads[0][1:-1])) and heads[0] != heads[1]
        lines = [*(heads[1:] if has_head else heads), *(_cells(line, delimiter) for line in _samples(file))]
    columns = len(heads[-1])
    if has_head and len(heads[0]) != columns:
        sentence = f"{path.name} has {len(heads[0]):,} names in line 1 and {columns:,} cells in line 2."
        raise UserError(sentence, hint="Give each column one name.")
    _check_columns(columns, path)
    whole = [line for line in lines if len(line) == columns]
    pixels = itertools.chain.from_iterable(line[1:-1] for line in whole)
    is_whole = all(cell.isascii() and cell.strip().isdecimal() for cell in pixels)
    mean = sum(map(len, map(delimiter.join, whole))) / len(whole) + 1
    return _Layout(
        delimiter, columns, _is_label_first(whole, heads[0] if has_head else ()), has_head, is_whole, mean
    )


def _is_label_first(lines: Sequence[Sequence[str]], head: Sequence[str]) -> bool:
    """Whether labels stand first; the last otherwise. Names in the head tell, then words, then what varies."""
    if head:
        first, last = (head[place].strip().strip('"').lower() in LABEL for place in (0, -1))
        if first != last:
            return first
    columns = [{line[place].strip() for line in lines} for place in (0, -1)]
    words = [all(not _is_number(cell) for cell in column) for column in columns]
    if words[0] != words[1]:
        return words[0]
    fit = [len(column) > 1 and all(map(_is_label, column)) for column in columns]
    if fit[0] != fit[1]:
        return fit[0]
    return True


def _is_label(cell: str) -> bool:
    if _is_number(cell):
        return float(cell).is_integer() and 0 <= float(cell) < MOST_CLASSES
    return cell.lower().lstrip("+-") not in ("", "nan", "inf", "infinity")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return cell.strip().lower().lstrip("+-")[:1] not in ("n", "i")  # nan and inf are words here


def _check_columns(columns: int, path: Path) -> None:
    shape = pixels_of(1, columns - 1)
    if shape is None:
        raise UserError(
            f"{path.name} has {columns:,} cells in a line, and {max(0, columns - 1):,} pixels are no square image.",
            hint="Write rows × columns pixels, or red, green and blue of each, and the label first or last.",
        )
    if shape[1] > LONGEST_SIDE:
        sentence = f"The images of {path.name} are too large: {shape[1]:,} × {shape[2]:,} pixels."
        raise UserError(sentence, hint=f"Shrink them to {LONGEST_SIDE} × {LONGEST_SIDE} pixels or fewer.")


def _texts(file: IO[bytes], path: Path, most: int) -> list[str]:
    """Return the first lines that are not blank; raise `UserError` for other encodings than UTF-8."""
    head = file.read(4)
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or b"\0" in head:
        raise UserError(f"{path.name} is no text in UTF-8.", hint="Save it as CSV UTF-8.")
    file.seek(len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0)
    found: list[str] = []
    for number, line in _lines(file, path):
        text = _decoded(line, number, path)
        if text.strip():
            found.append(text.rstrip("\r\n"))
        if len(found) == most or number > 1000:
            break
    return found


def _lines(file: IO[bytes], path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines with their numbers; raise `UserError` for one that is too long."""
    for number in itertools.count(1):
        line = file.readline(LONGEST_LINE + 1)
        if not line:
            return
        if len(line) > LONGEST_LINE:
            raise UserError(
                f"Line {number:,} of {path.name} is too long.", hint="Write an image in each line."
            )
        yield number, line


def _samples(file: IO[bytes]) -> Iterator[str]:
    """Yield some lines from all over the file; what cannot be read is left out, and met again later."""
    size = os.fstat(file.fileno()).st_size
    for place in range(PLACES):
        file.seek(size * place // PLACES)
        file.readline(LONGEST_LINE)  # the rest of one
        for _ in range(LINES):
            line = file.readline(LONGEST_LINE)
            if line.strip():
                yield line.decode("utf-8", "replace").rstrip("\r\n")


def _decoded(line: bytes, number: int, path: Path) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as problem:
        sentence = f"Line {number:,} of {path.name} is no text in UTF-8."
        raise UserError(sentence, hint="Save it as CSV UTF-8.") from problem


def _cells(line: str, delimiter: str) -> list[str]:
    """Return the cells of a line; delimiters between quotes are none."""
    text = line.strip("\r\n")
    if delimiter == " ":
        return text.split()
    if '"' not in text:
        return text.split(delimiter)
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return text.split(delimiter)


# The numbers ----------------------------------------------------------------------------------------------------------


def _read(
    text: _Text, layout: _Layout, codes: dict[str, int], progress: Progress
) -> Reading[tuple[Array, Array]]:
    """Return images and labels of a table; `codes` numbers the names of classes as they come."""
    table, rows, path = _Table(), 0, text.path
    with text.opened() as file:
        try:
            _texts(file, path, 1 if layout.has_head else 0)
            if not layout.has_head:
                file.seek(len(codecs.BOM_UTF8) if _has_mark(file) else 0)
            pending: list[tuple[int, bytes]] = []
            size = 0
            shift = 1 if layout.has_head else 0
            for number, line in _lines(file, path):
                size += len(line)
                if not line.isspace():
                    pending.append((number + shift, line))
                if size >= PIECE:
                    rows += _take(pending, layout, codes, table, path)
                    if rows > MOST_IMAGES:
                        raise UserError(
                            f"{path.name} has more than {MOST_IMAGES:,} lines.", hint="Save fewer images."
                        )
                    yield from progress.did(PARSE * size)
                    pending, size = [], 0
            rows += _take(pending, layout, codes, table, path)
            yield from progress.did(PARSE * size)
            if not rows:
                raise UserError(
                    f"{path.name} has no images.", hint="Write an image in each line after the names."
                )
            shape = pixels_of(rows, layout.columns - 1)
            assert shape is not None
            return (yield from _joined(table, shape, progress)), np.concatenate(table.labels)
        except MemoryError as problem:
            raise too_large(path) from problem


def _has_mark(file: IO[bytes]) -> bool:
    file.seek(0)
    return file.read(3) == codecs.BOM_UTF8


def _joined(table: _Table, shape: tuple[int, ...], progress: Progress) -> Reading[Array]:
    """Return all blocks as one array: bytes where all of them are, and each block given up once it is copied."""
    kind = np.uint8 if all(block.dtype == np.uint8 for block in table.blocks) else np.float32
    images = np.empty((shape[0], table.blocks[0].shape[1]), kind)
    start = 0
    table.blocks.reverse()
    while table.blocks:
        block = table.blocks.pop()
        images[start : start + len(block)] = block
        start += len(block)
        yield from progress.did(0)
    return images.reshape(shape)


def _take(
    lines: Sequence[tuple[int, bytes]], layout: _Layout, codes: dict[str, int], table: _Table, path: Path
) -> int:
    """Read some lines into the table; return how many."""
    if not lines:
        return 0

    def code(cell: str) -> int:
        name = _label(cell)
        number = codes.setdefault(name, len(codes))
        if number > 2 * MOST_CLASSES:
            raise _too_many_classes(path, layout)
        return number

    texts = [_decoded(line, number, path) for number, line in lines]
    numbers = _numbers(texts, layout, code, np.int32) if layout.is_whole else None  # twice as fast
    if numbers is None:
        numbers = _numbers(texts, layout, code, np.float32)
    if numbers is None or numbers.shape != (len(lines), layout.columns):
        raise _first_wrong(lines, texts, layout, path)
    pixels = numbers[:, 1:] if layout.is_label_first else numbers[:, :-1]
    if not (pixels.min() >= 0 and pixels.max() <= 255):
        row, column = (int(place) for place in np.argwhere(~((pixels >= 0) & (pixels <= 255)))[0])
        where = f"line {lines[row][0]:,}, cell {column + 1 + layout.is_label_first:,}"
        raise UserError(
            f"{path.name} has the value {pixels[row, column]:g} in {where}.",
            hint="All pixels must be numbers from 0 to 255, or all from 0 to 1.",
        )
    as_bytes = pixels.astype(np.uint8)
    table.blocks.append(as_bytes if np.array_equal(as_bytes, pixels) else np.ascontiguousarray(pixels))
    table.labels.append(numbers[:, layout.label].astype(np.intp))
    return len(lines)


def _numbers(texts: Sequence[str], layout: _Layout, code: Callable[[str], int], kind: type) -> Array | None:
    """Return the cells of some lines as numbers of that kind; `None` where they are no such."""
    try:
        return np.loadtxt(
            texts,
            kind,
            comments=None,
            delimiter=None if layout.delimiter == " " else layout.delimiter,
            converters={layout.label: code},
            quotechar='"',
            ndmin=2,
        )
    except (UserError, MemoryError):
        raise
    except Exception:  # NumPy has several; what is wrong is looked for afterwards
        return None


def _label(cell: str) -> str:
    """Return the name of the class: a whole number as such, however it is written."""
    name = cell.strip()
    if name.isascii() and name[:1].isdigit() and len(name) < 20:
        try:
            number = float(name)
        except ValueError:
            return name
        return str(int(number)) if number.is_integer() else name
    return name


def _first_wrong(
    lines: Sequence[tuple[int, bytes]], texts: Sequence[str], layout: _Layout, path: Path
) -> UserError:
    """Return what is wrong with the first of these lines that cannot be read."""
    for (number, _), text in zip(lines, texts, strict=True):
        cells = _cells(text, layout.delimiter)
        if len(cells) != layout.columns:
            return UserError(
                f"Line {number:,} of {path.name} has {len(cells):,} cells, and the others have {layout.columns:,}.",
                hint="Each line must have the same number of pixels, and a label.",
            )
        for place, cell in enumerate(cells):
            if place != layout.label and not _can_be_read(cell):
                told = printable(cell.strip())[:20]
                what = f"“{told}”" if told else "nothing"
                return UserError(
                    f"{path.name} has {what} in line {number:,}, cell {place + 1:,}.",
                    hint="All pixels must be numbers, with a point before decimals; the label comes first or last.",
                )
    sentence = f"Lines {lines[0][0]:,} to {lines[-1][0]:,} of {path.name} cannot be read."
    return UserError(sentence, hint="Write an image in each line, with names of classes in quotes.")


def _can_be_read(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell


def _too_many_classes(path: Path, layout: _Layout) -> UserError:
    which = "first" if layout.is_label_first else "last"
    return UserError(
        f"{path.name} has more than {MOST_CLASSES} different labels in the {which} cells of its lines.",
        hint=f"The label must be the first cell or the last, of at most {MOST_CLASSES} classes.",
    )
