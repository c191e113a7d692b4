"""The location of data, with a person's choice where a file can be read in several ways.

The choice is the fragment of a `file:` address: `file:///home/me/a.npz#images=pics&labels=kinds&range=0..16`. So the
session, the list of recent data and the command line open the data as they were read, without a setting for it.
"""

import contextlib
import math
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote_to_bytes, urlencode

from engine.core.errors import UserError
from engine.core.language import tr
from engine.core.machine.folders import as_path
from engine.core.text import either

URI = "file://"  # the beginning of a path that is written as a URI; see `Dataset.wanted`

# The keys of arrays, in the order of `Location.arrays`.
ARRAYS = ("images", "labels", "test_images", "test_labels")

# The keys of the other choices: `range=0..16`, `shape=6x8`, `shape=4x4x3` in colour.
RANGE, SHAPE = "range", "shape"

# The words for parts of the data in the names of arrays, folders and tables.
TRAIN, TEST, VALIDATION = ("train", "training"), ("test", "testing"), ("val", "valid", "validation", "dev")

LONGEST_NAMED = 3  # maximum number of choices in a sentence

type Shape = tuple[int, ...]
type Pair = tuple[str, str]  # the names of two arrays: images and their labels


class Range(NamedTuple):
    """The pixel values of black and of white."""

    low: float
    high: float

    def __str__(self) -> str:
        return tr("{low:g} to {high:g}", low=self.low, high=self.high)


class Location(NamedTuple):
    """A file or folder, and a person's choices about it; the reader determines what is empty."""

    path: Path
    # Names of the images and labels for training, and of those for testing if they were chosen.
    arrays: tuple[str, ...] = ()
    shape: Shape = ()  # (rows, columns[, 3]) of an image whose values are in one row
    range: Range | None = None

    @property
    def name(self) -> str:
        """The name of the file without its folder."""
        return self.path.name

    @property
    def called(self) -> str:
        """The address for `open_dataset` if there are choices, otherwise empty."""
        return self.uri() if any(self[1:]) else ""

    @property
    def pairs(self) -> list[Pair]:
        """The chosen arrays in pairs: images with labels."""
        return list(zip(self.arrays[::2], self.arrays[1::2], strict=True))

    def uri(self) -> str:
        """Return the address with all choices."""
        chosen = dict(zip(ARRAYS, self.arrays, strict=False))
        if self.shape:
            chosen[SHAPE] = "x".join(map(str, self.shape))
        if self.range:
            chosen[RANGE] = "..".join(map(_number, self.range))
        return f"{self.path.absolute().as_uri()}#{urlencode(chosen)}"


class Choice(NamedTuple):
    """One way to read data: in words, and as an address for `open_dataset`."""

    text: str
    wanted: str


class UnclearError(UserError):
    """Data that can be read in several ways: nothing was opened, and a person has to choose."""

    def __init__(self, sentence: str, location: Location, question: str, choices: Sequence[Choice]) -> None:
        first, *others = choices[:LONGEST_NAMED]
        ways = tr("'{address}' ({words})", address=first.wanted, words=first.text)
        for other in others:
            end = f"#{other.wanted.partition('#')[2]}"
            ways = tr("{ways}, or '{end}' at its end ({words})", ways=ways, end=end, words=other.text)
        super().__init__(sentence, hint=tr("Open {ways}.", ways=ways))
        self.location, self.question, self.choices = location, question, tuple(choices)


class UnclearArraysError(UnclearError):
    """An .npz file with several possible `pairs` of images and labels; `shapes` are those of an image, by name."""

    def __init__(self, location: Location, pairs: Sequence[Pair], shapes: dict[str, Shape]) -> None:
        texts = [tr("{images} with {labels}", images=images, labels=labels) for images, labels in pairs]
        super().__init__(
            tr(
                "{path} has several arrays that could be images with their labels: {arrays}.",
                path=location.name,
                arrays=", ".join(texts[:LONGEST_NAMED]),
            ),
            location,
            tr("Which arrays of {path} are the images?", path=location.name),
            [Choice(text, location._replace(arrays=pair).uri()) for text, pair in zip(texts, pairs, strict=True)],
        )
        self.pairs, self.shapes = tuple(pairs), shapes


def location_of(wanted: str) -> Location:
    """Parse a path or a `file:` address; raise `UserError` for an invalid choice."""
    path = path_of(wanted)
    if not wanted.startswith(URI):
        return Location(path)
    choices = dict(parse_qsl(wanted.partition("#")[2]))
    arrays = tuple(choices.get(key, "") for key in ARRAYS)
    count = next((number for number in (4, 2) if all(arrays[:number])), 0)
    return Location(path, arrays[:count], _shape(choices.get(SHAPE, "")), _range(choices.get(RANGE, "")))


def path_of(wanted: str) -> Path:
    """Return the file of a path or a `file:` address."""
    if wanted.startswith(URI):
        name = os.fsdecode(unquote_to_bytes(wanted.removeprefix(URI).partition("#")[0]))
        if sys.platform == "win32":  # file:///C:/data.npz or file://server/share/data.npz
            name = name[1:] if name.startswith("/") else f"//{name}"
        return Path(name)
    return as_path(wanted)


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _shape(text: str) -> Shape:
    if not text:
        return ()
    if not re.fullmatch(r"[1-9][0-9]{0,4}x[1-9][0-9]{0,4}(x3)?", text):
        raise UserError(
            tr("“{text}” is not the shape of an image.", text=text[:40]), hint=tr("Write #shape=6x8 or #shape=4x4x3.")
        )
    return tuple(map(int, text.split("x")))


def _range(text: str) -> Range | None:
    if not text:
        return None
    with contextlib.suppress(ValueError):
        low, high = map(float, text.split(".."))
        if math.isfinite(high - low) and low < high:
            return Range(low, high)
    raise UserError(
        tr("“{text}” is not a range of pixels.", text=text[:40]), hint=tr("Write #range=0..255, black first.")
    )


def flat_shapes(pixels: int) -> list[Shape]:
    """Return the possible shapes of an image with that number of values: square, else in colour, or at most 2 : 1."""
    if pixels < 1:
        return []
    side = math.isqrt(pixels)
    if side * side == pixels:
        return [(side, side)]
    colour = math.isqrt(pixels // 3)
    shapes: list[Shape] = [(colour, colour, 3)] if 3 * colour * colour == pixels else []
    for rows in range(side, 0, -1):
        if pixels > 2 * rows * rows:
            break
        if not pixels % rows:
            shapes += [(rows, pixels // rows), (pixels // rows, rows)]
    return shapes


def size_in_words(shape: Shape) -> str:
    """Return the size of an image (rows, columns[, 3]) in words: `6 × 8 pixels`."""
    rows, columns = shape[:2]
    if len(shape) == 3:
        return tr("{rows} × {columns} pixels in colour", rows=rows, columns=columns)
    return tr("{rows} × {columns} pixels", rows=rows, columns=columns)


def shape_of_flat(pixels: int, location: Location, lies: str) -> Shape:
    """Return the shape of images whose values are in a row; raise `UnclearError` for several, `UserError` for none."""
    if location.shape and math.prod(location.shape) == pixels:
        return location.shape
    shapes = flat_shapes(pixels)
    if not shapes:
        sentence = tr("{clause}, and {pixels:,} pixels are no image.", clause=lies, pixels=pixels)
        raise UserError(sentence, hint=tr("Give each image rows × columns pixels, or red, green and blue of each."))
    if len(shapes) > 1:
        sizes = either([size_in_words(shape) for shape in shapes[:LONGEST_NAMED]])
        raise UnclearError(
            tr("{clause}, and {pixels:,} pixels may be {sizes}.", clause=lies, pixels=pixels, sizes=sizes),
            location,
            tr("What do the {pixels:,} pixels of an image in {path} make?", pixels=pixels, path=location.name),
            [Choice(size_in_words(shape), location._replace(shape=shape).uri()) for shape in shapes],
        )
    return shapes[0]
