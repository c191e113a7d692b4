"""Reading untrusted tables of text such as CSV: each row is an image, with its pixels and its label as cells.

They may be compressed with gzip. The label is the first cell of a row or the last, a number or a word; there may be an
index column before it. The delimiter, and whether the first line has names, is detected. Lines are parsed with
`numpy.loadtxt`, whose parser is written in C.
"""

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
from typing import IO, NamedTuple

import numpy as np

from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.lazy import Array
from engine.core.machine.folders import cache
from engine.core.text import printable
from engine.data.dataset import Dataset
from engine.data.formats.assembly import Part, assembly_work, dataset_from
from engine.data.formats.checks import LONGEST_SIDE, MOST_CLASSES, MOST_IMAGES, RANGES, OutsideError
from engine.data.formats.labels import class_name, in_order
from engine.data.formats.reading import HARMLESS, Progress, Reading, check_memory, naming_errors, opened, refusing
from engine.data.location import TEST, TRAIN, VALIDATION, Location, Shape, flat_shapes, shape_of_flat, size_in_words

SUFFIXES = (".csv", ".tsv", ".txt")
PACKED = ".gz"  # the second suffix of a table that is compressed with gzip
DELIMITERS = ",;\t| "  # in this order: a single cell has none of them
LABEL = ("label", "labels", "class", "target", "digit", "y")  # names of a label column
INDEX = ("", "unnamed: 0", "index", "id")  # names of an index column; pandas writes one without a name
MIN_INDEXED = 2  # only tables with more columns may have an index column
LONGEST_LINE = 2**21  # bytes: an image of 256 x 256 in colour, with ten letters per number
PIECE = 2**17  # bytes of lines that are parsed at a time: a few milliseconds
PLACES, LINES = 16, 8  # positions in a file that are examined first, and lines at each: it may be sorted
ENOUGH = 2**22  # bytes of a compressed table that show whether it is one
TIGHTEST = 300  # maximum compression of a table, as in `npz`
PARSE = 6.0  # the work of parsing a byte of text; see `Progress`


class _Layout(NamedTuple):
    delimiter: str
    columns: int
    is_label_first: bool
    has_index: bool  # whether the first column counts the lines
    has_head: bool
    is_whole: bool  # whether all examined pixels are integers, which are bytes then
    size: int  # of the table in bytes
    rows: float  # the approximate number of its lines

    @property
    def label(self) -> int:
        """The column of the labels."""
        return int(self.has_index) if self.is_label_first else self.columns - 1

    @property
    def first(self) -> int:
        """The column of the first pixel."""
        return self.has_index + self.is_label_first

    @property
    def bytes(self) -> int:
        """The approximate size of the images, in bytes or else in single precision."""
        return round(self.rows * self.pixels * (1 if self.is_whole else np.dtype(np.float32).itemsize))

    @property
    def pixels(self) -> int:
        """The number of values of an image."""
        return self.columns - 1 - self.has_index


@dataclass(slots=True)
class _Table:
    blocks: list[Array] = field(default_factory=list)
    labels: list[Array] = field(default_factory=list)
    lines: list[Array] = field(default_factory=list)  # the numbers of the lines


def recognises(path: Path) -> bool:
    """Whether `path` is a table, by its name."""
    return path.name.lower().removesuffix(PACKED).endswith(SUFFIXES)


def reading_csv(location: Location, *, sure: bool = False) -> Reading[Dataset]:
    """Read a table in turns; the test part is the table beside it with `test` instead of `train` in its name.

    A table with `val`, `valid`, `validation` or `dev` there is the test part where there is no other. Raises
    `UnclearError` where a person has to choose, and otherwise only `UserError`, whatever the bytes are.
    """
    path = location.path
    test, validation = _beside(path, TEST), _beside(path, VALIDATION)
    other = test or validation
    files = [path, other] if other else [path]
    remarks = [tr("{file} beside it is the test part.", file=test.name)] if test else []
    if validation and test:
        remarks.append(tr("The part for validation, {part}, was left aside.", part=validation.name))
    elif validation:
        remarks.append(tr("The part for validation, {part}, is that to test with.", part=validation.name))
    progress = Progress(path.name)
    with contextlib.ExitStack() as stack:
        texts = []
        for file in files:
            texts.append((yield from _text(file, stack, progress)))
        return (yield from _read_all(texts, location, progress, remarks, sure=sure))


def _read_all(
    files: "Sequence[_Text]", location: Location, progress: Progress, remarks: Sequence[str], *, sure: bool
) -> Reading[Dataset]:
    path = location.path
    layouts = [_look(file) for file in files]
    if len({layout.columns for layout in layouts}) > 1:
        (first, columns), (second, others) = (
            (file.name, one.columns) for file, one in zip(files, layouts, strict=True)
        )
        raise UserError(
            tr(
                "The rows have {columns:,} in {first} and {others:,} in {second} cells.",
                columns=columns,
                first=first,
                others=others,
                second=second,
            ),
            hint=tr("Bring both tables to one shape, or move one away."),
        )
    layouts = [
        layout._replace(is_label_first=layouts[0].is_label_first, has_index=layouts[0].has_index) for layout in layouts
    ]
    lies = tr("{path} has {columns:,} cells in a line", path=path.name, columns=layouts[0].columns)
    shape = shape_of_flat(layouts[0].pixels, location, lies)
    # The blocks, the same as one array, and both parts of the data set.
    check_memory(sum(2 * layout.bytes for layout in layouts), path.name, sure=sure)
    progress.restart(sum(layout.size * PARSE for layout in layouts))
    for layout in layouts:
        progress.work += assembly_work(layout.bytes, round(layout.rows), is_converted=not layout.is_whole)
    codes: dict[str, int] = {}
    tables = []
    for file, layout in zip(files, layouts, strict=True):
        tables.append((yield from _read(file, layout, codes, progress)))
    if len(codes) > MOST_CLASSES:
        raise _too_many_classes(path, layouts[0])
    classes, places = in_order([*codes])
    parts = []
    for file, table in zip(files, tables, strict=True):
        images, labels = (yield from _joined(table, shape, progress)), places[np.concatenate(table.labels)]
        parts.append(
            Part(images, labels, tr("the pixels of {file}", file=file.name), tr("the labels of {file}", file=file.name))
        )
    sentences = list(remarks)
    sentences += [tr("The first column counts the lines and was left out.")] * layouts[0].has_index
    sentences += [tr("A line holds {size}.", size=size_in_words(shape))] * (len(set(shape)) > 1)
    name, remark = _called(path, is_pair=len(files) > 1), " ".join(sentences)
    try:
        return (yield from dataset_from(parts, location, progress, name=name, classes=classes, remark=remark))
    except OutsideError as outside:  # named by its line and cell instead of its image
        table = next(table for part, table in zip(parts, tables, strict=True) if part.images_name == outside.name)
        line, cell = np.concatenate(table.lines)[outside.image], outside.pixel + layouts[0].first + 1
        sentence = tr(
            "{path} has the value {value:g} in line {line:,}, cell {cell:,}.",
            path=path.name,
            value=outside.value,
            line=line,
            cell=cell,
        )
        raise UserError(sentence, hint=tr(RANGES)) from outside


def _train_word(stem: str) -> re.Match[str] | None:
    """Return the last word in a table's name that marks the training part, if there is one."""
    pattern = "|".join(sorted(TRAIN, key=len, reverse=True))
    return next(iter([*re.finditer(pattern, stem, re.IGNORECASE)][::-1]), None)


def _beside(path: Path, words: Sequence[str]) -> Path | None:
    """Return the table beside a training part whose name has one of the words instead, if there is one."""
    word = _train_word(path.stem)
    if word is None:
        return None
    before, after = path.stem[: word.start()], path.stem[word.end() :]
    called = map(str.upper, words) if word[0].isupper() else words
    others = (path.with_name(f"{before}{name}{after}{path.suffix}") for name in called)
    return next((other for other in others if other.is_file()), None)


def _called(path: Path, *, is_pair: bool) -> str:
    stem = Path(path.stem).stem if path.suffix.lower() == PACKED else path.stem
    if is_pair and (word := _train_word(stem)):
        stem = (stem[: word.start()] + stem[word.end() :]).strip("-_. ")
        stem = re.sub(r"[-_. ]{2,}", "-", stem) or path.resolve().parent.name
    return printable(stem)


class _Text(NamedTuple):
    path: Path
    unpacked: IO[bytes] | None = None  # an anonymous file with the inflated text, for a compressed table

    @property
    def name(self) -> str:
        return self.path.name

    @contextlib.contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """Open it from its beginning; raise what `files.opened` raises."""
        if self.unpacked is None:
            with opened(self.path) as file:
                yield file
        else:
            with naming_errors(self.path):
                self.unpacked.seek(0)
                yield self.unpacked


def _text(path: Path, stack: contextlib.ExitStack, progress: Progress) -> Reading[_Text]:
    """Return a table to be read; a compressed one is inflated onto the disk, up to the size that it states."""
    if path.suffix.lower() != PACKED:
        return _Text(path)
    with _naming_full_disk(path):
        folder = cache()  # as the system's folder may be in memory
        unpacked = tempfile.TemporaryFile(dir=folder if folder.is_dir() else None)  # noqa: SIM115  # `stack` closes it
    stack.enter_context(unpacked)
    text = _Text(path, unpacked)
    hint = tr("Unpack it and open the table, or download it again.")
    with opened(path) as file, refusing(tr("{path} is damaged, or not packed with gzip.", path=path.name), hint=hint):
        stated = _stated(file, path)
        progress.restart(stated)
        done, is_table = 0, False
        with gzip.GzipFile(fileobj=file) as stream:
            while piece := stream.read(PIECE):
                done += len(piece)
                if done > stated:
                    raise UserError(tr("{path} is longer than it says.", path=path.name), hint=hint)
                with _naming_full_disk(path):
                    unpacked.write(piece)
                if done > ENOUGH and not is_table:
                    _look(text)  # a file that is no table is not inflated to its end
                    unpacked.seek(0, os.SEEK_END)
                    is_table = True
                yield from progress.did(len(piece))
    return text


def _stated(file: IO[bytes], path: Path) -> int:
    """Return the length of the text from the file's last bytes; raise `UserError` where that is impossible."""
    size = os.fstat(file.fileno()).st_size
    file.seek(max(0, size - 4))
    stated = int.from_bytes(file.read(4), "little")
    file.seek(0)
    if stated > HARMLESS and stated > TIGHTEST * size:
        sentence = tr(
            "{path} is damaged, or forged: by its last bytes it holds {size:,.0f} MB.",
            path=path.name,
            size=stated / 1e6,
        )
        raise UserError(sentence, hint=tr("Copy or download it again, or unpack it and open the table."))
    return stated


@contextlib.contextmanager
def _naming_full_disk(path: Path) -> Iterator[None]:
    """Raise `UserError` where the disk does not take the inflated text of `path`."""
    try:
        yield
    except OSError as problem:
        reason = (problem.strerror or type(problem).__name__).lower()
        sentence = tr("{path} cannot be unpacked: {reason}.", path=path.name, reason=reason)
        raise UserError(sentence, hint=tr("Make room on the disk, or unpack it elsewhere.")) from problem


def _look(text: _Text) -> _Layout:
    """Detect the format of a table from its first lines and from samples of all of it."""
    path = text.path
    with text.opened() as file:
        size = os.fstat(file.fileno()).st_size
        first = _first_texts(file, path)
        if not first:
            raise UserError(
                tr("{path} is empty.", path=path.name),
                hint=tr("Write an image in each line: its pixels and its label."),
            )
        delimiter = max(DELIMITERS, key=first[-1].count)
        heads = [_cells(line, delimiter) for line in first]
        has_head = len(heads) > 1 and _is_head(heads[0], heads[1])
        samples = [[_cells(line, delimiter) for line in lines] for lines in _samples(file)]
        groups = [heads[1:] if has_head else heads, *samples]
    columns = len(heads[-1])
    if has_head and len(heads[0]) != columns:
        sentence = tr(
            "{path} has {count:,} names in line 1 and {columns:,} cells in line 2.",
            path=path.name,
            count=len(heads[0]),
            columns=columns,
        )
        raise UserError(sentence, hint=tr("Give each column one name."))
    head = heads[0] if has_head else []
    groups = [[line for line in lines if len(line) == columns] for lines in groups]
    whole = [*itertools.chain.from_iterable(groups)]
    has_index = columns > MIN_INDEXED and _has_index(groups, head)
    _check_pixels(columns, columns - 1 - has_index, path)
    inner = itertools.chain.from_iterable(line[1:-1] for line in whole)
    is_whole = all(cell.isascii() and cell.strip().isdecimal() for cell in inner)
    mean = sum(map(len, map(delimiter.join, whole))) / len(whole) + 1
    is_label_first = _is_label_first([line[has_index:] for line in whole], head[has_index:])
    return _Layout(delimiter, columns, is_label_first, has_index, has_head, is_whole, size, size / mean)


def _is_head(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether the first line has names: words, or numbers of pixels beside names."""
    if first == second:
        return False
    inner = first[1:-1]
    if not any(map(_is_number, inner)):
        return True
    ends = [cell.strip().strip('"').casefold() for cell in (first[0], first[-1])]
    start = inner[1:] if inner[0].strip().strip('"').casefold() in LABEL else inner
    return any(end in (*LABEL, *INDEX) for end in ends) and _counts(start)


def _has_index(groups: Sequence[Sequence[Sequence[str]]], head: Sequence[str]) -> bool:
    """Whether the first column counts the lines, by its name or because it rises by one per line."""
    if head and head[0].strip().strip('"').casefold() in INDEX:
        return True
    columns = [[line[0] for line in lines] for lines in groups if lines]
    return columns[0][0].strip() in ("0", "1") and max(map(len, columns)) > 2 and all(map(_counts, columns))


def _counts(cells: Sequence[str]) -> bool:
    cells = [cell.strip().strip('"') for cell in cells]
    if not cells or not all(cell.isascii() and cell.isdecimal() and len(cell) < 10 for cell in cells):
        return False
    return list(map(int, cells)) == list(range(int(cells[0]), int(cells[0]) + len(cells)))


def _is_label_first(lines: Sequence[Sequence[str]], head: Sequence[str]) -> bool:
    """Whether labels are in the first column, not in the last: by the names, else by words, else by variation."""
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


def _is_float(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _is_number(cell: str) -> bool:
    return _is_float(cell) and cell.strip().lower().lstrip("+-")[:1] not in ("n", "i")  # nan and inf are words here


def _check_pixels(columns: int, pixels: int, path: Path) -> None:
    shapes = flat_shapes(pixels)
    if not shapes:
        raise UserError(
            tr(
                "{path} has {columns:,} cells in a line, and {pixels:,} pixels are no image.",
                path=path.name,
                columns=columns,
                pixels=pixels,
            ),
            hint=tr("Write rows × columns pixels, or red, green and blue of each, and the label first or last."),
        )
    if min(max(shape) for shape in shapes) > LONGEST_SIDE:
        sentence = tr(
            "The images of {path} are too large: {rows:,} × {columns:,} pixels.",
            path=path.name,
            rows=shapes[0][0],
            columns=shapes[0][1],
        )
        raise UserError(sentence, hint=tr("Shrink them to {side} × {side} pixels or fewer.", side=LONGEST_SIDE))


def _first_texts(file: IO[bytes], path: Path) -> list[str]:
    """Return the first two non-blank lines; raise `UserError` for other encodings than UTF-8."""
    head = file.read(4)
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or b"\0" in head:
        raise UserError(tr("{path} is no text in UTF-8.", path=path.name), hint=tr("Save it as CSV UTF-8."))
    texts: list[str] = []
    for number, line in _lines(file, path):
        text = _decoded(line, number, path)
        if text.strip():
            texts.append(text.rstrip("\r\n"))
        if len(texts) == 2 or number > 1000:
            break
    return texts


def _lines(file: IO[bytes], path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of the file with their numbers; raise `UserError` for a line that is too long."""
    file.seek(0)
    file.seek(len(codecs.BOM_UTF8) if file.read(3) == codecs.BOM_UTF8 else 0)
    for number in itertools.count(1):
        line = file.readline(LONGEST_LINE + 1)
        if not line:
            return
        if len(line) > LONGEST_LINE:
            raise UserError(
                tr("Line {line:,} of {path} is too long.", line=number, path=path.name),
                hint=tr("Write an image in each line."),
            )
        yield number, line


def _samples(file: IO[bytes]) -> Iterator[list[str]]:
    """Yield consecutive lines from several positions in the file; invalid ones are reported when all are read."""
    size = os.fstat(file.fileno()).st_size
    for place in range(PLACES):
        file.seek(size * place // PLACES)
        file.readline(LONGEST_LINE)  # the rest of a line
        lines = [file.readline(LONGEST_LINE) for _ in range(LINES)]
        yield [line.decode("utf-8", "replace").rstrip("\r\n") for line in lines if line.strip()]


def _decoded(line: bytes, number: int, path: Path) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as problem:
        sentence = tr("Line {line:,} of {path} is no text in UTF-8.", line=number, path=path.name)
        raise UserError(sentence, hint=tr("Save it as CSV UTF-8.")) from problem


def _cells(line: str, delimiter: str) -> list[str]:
    """Return the cells of a line; a delimiter between quotes is text."""
    text = line.strip("\r\n")
    if delimiter == " ":
        return text.split()
    if '"' not in text:
        return text.split(delimiter)
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return text.split(delimiter)


def _read(text: _Text, layout: _Layout, codes: dict[str, int], progress: Progress) -> Reading[_Table]:
    """Return images and labels of a table; `codes` numbers the class names in order of first appearance."""
    table, rows, path = _Table(), 0, text.path
    pending, size = list[tuple[int, bytes]](), 0
    with text.opened() as file:
        lines = _lines(file, path)
        if layout.has_head:
            next((line for number, line in lines if _decoded(line, number, path).strip()), None)
        for number, line in lines:
            size += len(line)
            if not line.isspace():
                pending.append((number, line))
            if size >= PIECE:
                rows += _take(pending, layout, codes, table, path)
                if rows > MOST_IMAGES:
                    raise UserError(
                        tr("{path} has more than {most:,} lines.", path=path.name, most=MOST_IMAGES),
                        hint=tr("Save fewer images."),
                    )
                yield from progress.did(PARSE * size)
                pending, size = [], 0
        rows += _take(pending, layout, codes, table, path)
        yield from progress.did(PARSE * size)
    if not rows:
        raise UserError(
            tr("{path} has no images.", path=path.name), hint=tr("Write an image in each line after the names.")
        )
    return table


def _joined(table: _Table, shape: Shape, progress: Progress) -> Reading[Array]:
    kind = np.uint8 if all(block.dtype == np.uint8 for block in table.blocks) else np.float32
    images = np.empty((sum(map(len, table.blocks)), table.blocks[0].shape[1]), kind)
    start = 0
    table.blocks.reverse()
    while table.blocks:
        block = table.blocks.pop()
        images[start : start + len(block)] = block
        start += len(block)
        yield from progress.did(0)
    return images.reshape(-1, *shape)


def _take(lines: Sequence[tuple[int, bytes]], layout: _Layout, codes: dict[str, int], table: _Table, path: Path) -> int:
    """Parse lines into the table; return their number."""
    if not lines:
        return 0

    def code(cell: str) -> int:
        name = _label(cell)
        number = codes.setdefault(name, len(codes))
        if number > 2 * MOST_CLASSES:
            raise _too_many_classes(path, layout)
        return number

    texts = [_decoded(line, number, path) for number, line in lines]
    numbers = _numbers(texts, layout, code, np.int32) if layout.is_whole else None  # twice as fast as floats
    if numbers is None:
        numbers = _numbers(texts, layout, code, np.float32)
    if numbers is None or numbers.shape != (len(lines), layout.columns):
        raise _first_wrong(lines, texts, layout, path)
    pixels = numbers[:, layout.first : layout.first + layout.pixels]
    with np.errstate(invalid="ignore"):  # NaN is refused later, when all values are checked
        as_bytes = pixels.astype(np.uint8)
    is_byte = np.array_equal(as_bytes, pixels)
    table.blocks.append(as_bytes if is_byte else pixels.astype(np.float32))
    table.labels.append(numbers[:, layout.label].astype(np.intp))
    table.lines.append(np.array([number for number, _ in lines], np.int32))
    return len(lines)


def _numbers(texts: Sequence[str], layout: _Layout, code: Callable[[str], int], kind: type) -> Array | None:
    """Return the cells of some lines as numbers of that type; `None` where that fails."""
    converters: dict[int | str, Callable[[str], int]] = {layout.label: code}
    if layout.has_index:
        converters[0] = lambda _: 0
    try:
        return np.loadtxt(
            texts,
            kind,
            comments=None,
            delimiter=None if layout.delimiter == " " else layout.delimiter,
            converters=converters,
            quotechar='"',
            ndmin=2,
        )
    except (UserError, MemoryError):
        raise
    except Exception:  # NumPy raises several classes; `_first_wrong` finds the cell afterwards
        return None


def _label(cell: str) -> str:
    """Return the class name; an integer is normalised, such as 3.0 to 3."""
    name = class_name(cell)
    if name.isascii() and name[:1].isdigit() and len(name) < 20:
        with contextlib.suppress(ValueError):
            return str(int(number)) if (number := float(name)).is_integer() else name
    return name


def _first_wrong(lines: Sequence[tuple[int, bytes]], texts: Sequence[str], layout: _Layout, path: Path) -> UserError:
    """Return the error for the first of these lines that is invalid."""
    for (number, _), text in zip(lines, texts, strict=True):
        cells = _cells(text, layout.delimiter)
        if len(cells) != layout.columns:
            return UserError(
                tr(
                    "Line {line:,} of {path} has {count:,} cells, and the others have {columns:,}.",
                    line=number,
                    path=path.name,
                    count=len(cells),
                    columns=layout.columns,
                ),
                hint=tr("Each line must have the same number of pixels, and a label."),
            )
        for place, cell in enumerate(cells):
            if place != layout.label and place >= layout.has_index and not (_is_float(cell) and "_" not in cell):
                content = printable(cell.strip())[:20]
                where = {"path": path.name, "line": number, "cell": place + 1}
                return UserError(
                    tr("{path} has “{content}” in line {line:,}, cell {cell:,}.", content=content, **where)
                    if content
                    else tr("{path} has nothing in line {line:,}, cell {cell:,}.", **where),
                    hint=tr("All pixels must be numbers, with a point before decimals; the label comes first or last."),
                )
    sentence = tr(
        "Lines {first:,} to {last:,} of {path} cannot be read.", first=lines[0][0], last=lines[-1][0], path=path.name
    )
    return UserError(sentence, hint=tr("Write an image in each line, with names of classes in quotes."))


def _too_many_classes(path: Path, layout: _Layout) -> UserError:
    sentence = (
        mark("{path} has more than {most} different labels in the first cells of its lines.")
        if layout.is_label_first
        else mark("{path} has more than {most} different labels in the last cells of its lines.")
    )
    hint = tr("The label must be the first cell or the last, of at most {most} classes.", most=MOST_CLASSES)
    return UserError(tr(sentence, path=path.name, most=MOST_CLASSES), hint=hint)
