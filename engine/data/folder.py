"""Reads a folder with a sub-folder of pictures for each class, or with such folders for training and for testing.

What was read once is kept in the cache folder, and found again by the names, sizes and times of all files.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.lib import format as npy
from PIL import Image, ImageOps

from engine.base.errors import UserError
from engine.base.text import printable
from engine.base.turns import run_through
from engine.data.assembly import Part, assembly_work, by_number, dataset_from, mixed
from engine.data.budget import BUDGET, check_memory
from engine.data.checks import MOST_CLASSES, Array, blocks
from engine.data.dataset import Dataset
from engine.data.files import opened, refusing, too_large, unreadable
from engine.data.pictures import first_bytes_read
from engine.data.reading import Progress, Reading
from engine.system import folders
from engine.system.atomic import remove_leftovers, replace_file, temporary_name

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp")

TRAIN = ("train", "training")
TEST = ("test", "testing", "val", "valid", "validation")
"""What the folders of both parts may be called; a folder for testing is taken before one for validation."""

LONGEST_SIDE = 64
"""In pixels. Larger pictures are shrunk."""

MOST_PICTURES = 500_000
MOST_FOLDERS = 1_000
MOST_BYTES = 64 * 1024**2
"""Of one file."""

SAMPLES = 50
"""Pictures whose first bytes tell how large all are, about."""

DECODE = 1.0
"""What reading a picture takes; see `Progress`."""

KEPT_BYTES, MOST_KEPT, MOST_KEPT_BYTES = 200 * 1024**2, 20, 1024**3
"""The largest data set that is kept, how many are, and how much room they take together."""

SUFFIX = ".pictures"
VERSION = b"1"
"""Changes with what is made of a picture: what was kept before is then no longer found."""

PIECE = 2**18


class _File(NamedTuple):
    place: str
    """Its path, as text: there are many, and making paths of all takes longer than reading them from the cache."""
    label: str
    size: int
    changed: int

    @property
    def path(self) -> Path:
        return Path(self.place)


@dataclass(slots=True)
class _Listing:
    """What lies in a folder."""

    root: Path
    train: list[_File] = field(default_factory=list)
    test: list[_File] = field(default_factory=list)
    skipped: int = 0
    """Files that are no pictures, links, and folders within classes."""
    names: list[str] = field(default_factory=list)

    def labels(self, files: Sequence[_File]) -> Array:
        places = {name: place for place, name in enumerate(self.names)}
        return np.array([places[file.label] for file in files], np.uint8)

    def key(self) -> str:
        """Return what changes as soon as any file does."""
        digest = hashlib.sha256(VERSION)
        begins = len(str(self.root))
        told = (f"{file.place[begins:]}\0{file.size}\0{file.changed}" for file in (*self.train, *self.test))
        digest.update("\0".join(told).encode("utf-8", "surrogateescape"))
        return digest.hexdigest()[:32]


def read_folder(path: Path) -> Dataset:
    """Read a folder as `reading_folder` does, without a pause."""
    return run_through(reading_folder(path))


def reading_folder(path: Path, *, sure: bool = False) -> Reading[Dataset]:
    """Read the pictures of a folder, in turns.

    PNG, JPEG and BMP are read; links, hidden files and others are passed over and counted in the remark. Pictures of
    several sizes, and those larger than 64 x 64, are brought to one size, keeping their proportions. Grey ones, dark on
    light, are turned into light on dark, as MNIST's are. Raises `UserError`, and nothing else.
    """
    progress = Progress(path.name or str(path))
    progress.work = 1.0
    listing = yield from _listed(path, progress)
    train, test = (_in_order(listing, files) for files in (listing.train, listing.test))
    listing.train, listing.test = train, test
    files = [*train, *test]
    key = listing.key()
    kept = yield from _kept(key, len(files), progress)
    if kept is None:
        side, channels = _expected(files)
        check_memory(3 * len(files) * side * side * channels, path.name, sure=sure)
        progress.restart(len(files) * DECODE)
        pictures = yield from _decoded(files, path, progress)
        images, remark = yield from _stacked(pictures, path, progress)
        yield from _keep(key, images, remark, progress)
    else:
        images, remark = kept
    progress.restart(assembly_work([images], []))
    if listing.skipped:
        what = "file or link was" if listing.skipped == 1 else "files and links were"
        remark = f"{listing.skipped:,} other {what} passed over. {remark}".strip()
    parts = [
        Part(images[: len(train)], listing.labels(train), "the pictures", "the folders"),
        Part(images[len(train) :], listing.labels(test), "the test pictures", "the test folders"),
    ]
    return (
        yield from dataset_from(
            parts[0],
            parts[1] if test else None,
            path,
            progress,
            name=printable(path.resolve().name),
            classes=listing.names,
            remark=remark,
            as_stored=False,
        )
    )


# What is there --------------------------------------------------------------------------------------------------------


def _listed(path: Path, progress: Progress) -> Reading[_Listing]:
    """Look which pictures there are. Links are not followed, so that no folder is met twice."""
    listing = _Listing(path)
    inner = {entry.name.casefold(): entry for entry in _entries(path) if _is_folder(entry)}
    trains = next((inner[name] for name in TRAIN if name in inner), None)
    tests = next((inner[name] for name in TEST if name in inner), None)
    tops = [(trains, listing.train), (tests, listing.test)] if trains else [(None, listing.train)]
    for top, files in tops:
        if trains and top is None:
            continue  # no part to test with
        for entry in _entries(Path(top.path) if top else path):
            if not _is_folder(entry):
                listing.skipped += not entry.name.startswith(".")
                continue
            before = len(files)
            for picture in _entries(Path(entry.path)):
                if _is_picture(picture):
                    try:
                        found = picture.stat(follow_symlinks=False)
                    except OSError as problem:
                        raise unreadable(Path(picture.path), problem) from problem
                    files.append(_File(picture.path, entry.name, found.st_size, found.st_mtime_ns))
                else:
                    listing.skipped += not picture.name.startswith(".")
                yield from progress.did(0)
            if len(listing.train) + len(listing.test) > MOST_PICTURES:
                raise UserError(f"{path.name} has more than {MOST_PICTURES:,} pictures.", hint="Take fewer.")
            if len(files) > before and entry.name not in listing.names:
                listing.names.append(entry.name)
    _check(listing, path, has_parts=trains is not None)
    listing.names = [listing.names[place] for place in by_number(listing.names)]
    return listing


def _check(listing: _Listing, path: Path, *, has_parts: bool) -> None:
    shape = "Put the pictures of each class, PNG, JPEG or BMP, into a folder of its own."
    name = path.name or str(path)
    if not listing.train:
        where = f"The training part of {name}" if has_parts else name
        raise UserError(f"{where} has no folders with pictures in them.", hint=shape)
    if len(listing.names) < 2:
        raise UserError(f"{name} has pictures of one class only, {printable(listing.names[0])}.", hint=shape)
    if len(listing.names) > MOST_CLASSES:
        raise UserError(
            f"{name} has {len(listing.names):,} folders with pictures.",
            hint=f"At most {MOST_CLASSES} classes are opened, a folder for each.",
        )


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """Return what lies in a folder, by name."""
    try:
        with os.scandir(folder) as entries:
            found = [entry for entry, _ in zip(entries, range(MOST_PICTURES + MOST_FOLDERS), strict=False)]
    except FileNotFoundError as problem:
        raise UserError(
            f"There is no folder {folder}.", hint="Check the spelling and the folder."
        ) from problem
    except OSError as problem:
        raise unreadable(folder, problem) from problem
    return sorted(found, key=lambda entry: entry.name)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    with contextlib.suppress(OSError):
        return not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)
    return False


def _is_picture(entry: os.DirEntry[str]) -> bool:
    with contextlib.suppress(OSError):
        is_named = entry.name.lower().endswith(SUFFIXES) and not entry.name.startswith(".")
        return is_named and entry.is_file(follow_symlinks=False)
    return False


def _in_order(listing: _Listing, files: list[_File]) -> list[_File]:
    """Return the files so that the classes alternate."""
    return [files[place] for place in mixed(listing.labels(files))] if files else []


# The pictures ---------------------------------------------------------------------------------------------------------


def _expected(files: Sequence[_File]) -> tuple[int, int]:
    """Return about which side and how many channels the images will have, by the first bytes of some of them."""
    side, channels = 1, 1
    for file in files[:: max(1, len(files) // SAMPLES)]:
        where = _check_length(file)
        with opened(file.path) as stream, _refused(file.path), first_bytes_read(stream, where) as picture:
            side = max(side, min(LONGEST_SIDE, *picture.size), min(LONGEST_SIDE, max(picture.size)))
            channels = max(channels, 1 if picture.mode in ("1", "L", "LA", "I;16") else 3)
    return side, channels


def _decoded(files: Sequence[_File], path: Path, progress: Progress) -> Reading[list[Array]]:
    """Return all pictures, each at its own size of at most 64 x 64: (rows, columns), in colour (rows, columns, 3)."""
    pictures, size = [], 0
    for file in files:
        picture = decoded_picture(file)
        pictures.append(picture)
        size += picture.nbytes
        if 3 * size > BUDGET:
            raise UserError(f"{path.name} has too many pictures for the memory.", hint="Take fewer.")
        yield from progress.did(DECODE)
    return pictures


def _refused(path: Path) -> contextlib.AbstractContextManager[None]:
    where = f"{path.parent.name}/{path.name}"
    return refusing(
        f"{printable(where)} is damaged, or only a part of a picture.", hint="Copy it again, or remove it."
    )


def _check_length(file: _File) -> Path:
    """Return what a picture is called in sentences; raise `UserError` where it is empty, or very large."""
    where = Path(file.path.parent.name, file.path.name)
    if not 0 < file.size <= MOST_BYTES:
        what = "is empty" if not file.size else f"has more than {MOST_BYTES // 1024**2} MB"
        raise UserError(f"{printable(str(where))} {what}.", hint="Replace it, or remove it.")
    return where


def decoded_picture(file: _File) -> Array:
    """Return a picture as uint8 (rows, columns[, 3]); raise `UserError` where it is damaged."""
    where = _check_length(file)
    with opened(file.path) as stream, _refused(file.path):
        content = io.BytesIO(stream.read(file.size + 1))
        try:
            with first_bytes_read(content, where) as picture:
                picture.draft(None, (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG may be decoded smaller than it is
                return _pixels(picture)
        except MemoryError as problem:  # not damaged
            raise too_large(file.path) from problem


def _pixels(picture: Image.Image) -> Array:
    """Return a picture as uint8, turned as its camera noted, shrunk where it is large."""
    if picture.format == "JPEG":
        picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith(("I", "F")):  # 16 bits a pixel
        numbers = np.asarray(picture.convert("F"), np.float32) / 257
        picture = Image.fromarray(np.clip(np.rint(numbers), 0, 255).astype(np.uint8))
    elif picture.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in picture.info:
        picture = _opaque(picture.convert("RGBA"))
    elif picture.mode == "1":
        picture = picture.convert("L")
    elif picture.mode not in ("L", "RGB"):
        picture = picture.convert("RGB")
    if max(picture.size) > LONGEST_SIDE:
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.BOX, reducing_gap=None)
    pixels = np.array(picture)
    if pixels.ndim == 3 and (pixels == pixels[..., :1]).all():
        return np.ascontiguousarray(pixels[..., 0])
    return pixels


def _opaque(picture: Image.Image) -> Image.Image:
    """Lay a picture with transparent parts on black or white, from which it stands out more."""
    numbers = np.asarray(picture, np.float32)
    opacity = numbers[..., 3]
    light = (numbers[..., :3].mean(-1) * opacity).sum() / max(1.0, float(opacity.sum()))
    ground = Image.new("RGBA", picture.size, (0, 0, 0, 255) if light > 127 else (255, 255, 255, 255))
    return Image.alpha_composite(ground, picture).convert("RGB")


def _stacked(pictures: list[Array], path: Path, progress: Progress) -> Reading[tuple[Array, str]]:
    """Return all pictures as one array, and what was done to them in sentences. The list is empty afterwards."""
    sizes = {picture.shape[:2] for picture in pictures}
    in_colour = any(picture.ndim == 3 for picture in pictures)
    side = max(map(max, sizes))
    size = next(iter(sizes)) if len(sizes) == 1 else (side, side)
    images = np.empty((len(pictures), *size, *((3,) if in_colour else ())), np.uint8)
    pictures.reverse()
    for image in images:
        image[...] = _fitted(pictures.pop(), image.shape)
        yield from progress.did(0)
    said = []
    if len(sizes) > 1:
        said.append(f"The pictures are of several sizes and were brought to {side} × {side} pixels.")
    if not in_colour and _is_light(images):
        for part in blocks(images):
            np.subtract(255, images[part], out=images[part])
            yield from progress.did(0)
        said.append("They are dark on light and were turned into light on dark.")
    return images, " ".join(said)


def _fitted(picture: Array, shape: tuple[int, ...]) -> Array:
    """Return a picture in the middle of an image of that shape, as large as fits, on the colour of its edge."""
    if len(shape) == 3 and picture.ndim == 2:
        picture = np.repeat(picture[..., None], 3, -1)
    if picture.shape == shape:
        return picture
    rows, columns = picture.shape[:2]
    scale = min(shape[0] / rows, shape[1] / columns)
    fit = max(1, math.floor(columns * scale + 0.5)), max(1, math.floor(rows * scale + 0.5))
    small = np.asarray(Image.fromarray(picture).resize(fit, Image.Resampling.BILINEAR))
    edge = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    image = np.empty(shape, np.uint8)
    image[...] = np.median(edge, axis=0).astype(np.uint8)
    top, left = (shape[0] - fit[1]) // 2, (shape[1] - fit[0]) // 2
    image[top : top + fit[1], left : left + fit[0]] = small
    return image


def _is_light(images: Array) -> bool:
    """Whether most of what lies at the edges is light."""
    some = images[:: max(1, len(images) // 1000)]
    edges = [some[:, 0], some[:, -1], some[:, :, 0], some[:, :, -1]]
    return bool(np.median(np.concatenate([edge.ravel() for edge in edges])) > 127)


# What is kept ---------------------------------------------------------------------------------------------------------


def _place() -> Path:
    return folders.cache() / "pictures"


def _kept(key: str, count: int, progress: Progress) -> Reading[tuple[Array, str] | None]:
    """Return what was made of such files before, if it is still there and whole."""
    try:
        file = (_place() / f"{key}{SUFFIX}").open("rb")
    except OSError:
        return None
    with file:
        try:
            npy.read_magic(file)
            shape, is_fortran, dtype = npy.read_array_header_1_0(file)
            size, start = math.prod(shape), file.tell()
            rest = os.fstat(file.fileno()).st_size - start - size
            is_whole = not is_fortran and dtype == np.uint8 and len(shape) in (3, 4) and shape[0] == count
            if not is_whole or not 0 <= rest < 10_000 or size > BUDGET:
                return None
            progress.restart(float(size))
            images = np.empty(shape, np.uint8)
            left = memoryview(images.reshape(-1))
            while left:
                got = file.readinto(left[:PIECE])
                if not got:
                    return None
                left = left[got:]
                yield from progress.did(got)
            remark = file.read(rest).decode()
            with contextlib.suppress(OSError):
                os.utime(file.name)
        except (OSError, ValueError, MemoryError):
            return None
    return images, printable(remark)


def _keep(key: str, images: Array, remark: str, progress: Progress) -> Reading[None]:
    """Keep what was read, as far as there is room; whatever goes wrong is no loss."""
    if images.nbytes > KEPT_BYTES:
        return
    folder = _place()
    try:
        folder.mkdir(exist_ok=True)
        remove_leftovers(folder)
        file = folder / f"{key}{SUFFIX}"
        temporary = temporary_name(file)
        try:
            with temporary.open("xb") as stream:
                npy.write_array_header_1_0(stream, npy.header_data_from_array_1_0(images))
                for part in blocks(images):
                    stream.write(images[part].data)
                    yield from progress.did(0)
                stream.write(remark.encode("utf-8", "replace"))
            replace_file(temporary, file)
        finally:
            temporary.unlink(missing_ok=True)
        _forget_oldest(folder)
    except OSError:
        return


def _forget_oldest(folder: Path) -> None:
    found = [(each.stat().st_mtime, each.stat().st_size, each) for each in folder.glob(f"*{SUFFIX}")]
    room = MOST_KEPT_BYTES
    for number, (_, size, each) in enumerate(sorted(found, reverse=True)):
        room -= size
        if room < 0 or number >= MOST_KEPT:
            each.unlink(missing_ok=True)
