"""Reading a folder with a sub-folder of pictures for each class, or with such folders for training and testing.

The result is cached on disk, under a hash of the names, sizes and times of all files.
"""

import contextlib
import hashlib
import io
import math
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.lib import format as npy
from PIL import Image, ImageOps

from engine.core.errors import UserError
from engine.core.language import language, mark, tr, tr_context, tr_plural
from engine.core.lazy import Array
from engine.core.machine import folders
from engine.core.machine.atomic import remove_leftovers, replace_file, temporary_name
from engine.core.text import isolated, printable, written
from engine.data.dataset import Dataset
from engine.data.formats.assembly import NAMES, Part, assembly_work, dataset_from, mixed
from engine.data.formats.checks import MOST_CLASSES, RANGES, blocks, extent_of, shades
from engine.data.formats.labels import by_number, class_name
from engine.data.formats.pictures import first_bytes_read
from engine.data.formats.ranges import BYTE, FEW_LEVELS, range_of
from engine.data.formats.reading import (
    BUDGET,
    PICTURES,
    LargeError,
    Progress,
    Reading,
    check_memory,
    fill,
    opened,
    refusing,
    unreadable,
)
from engine.data.location import TEST, TRAIN, VALIDATION, Location, Range

MOST_LEVELS = 3  # folders around those of the classes that contain nothing else
ZIP = ".zip"
FILES = (".npz", ".csv", ".csv.gz", ".tsv", ZIP)  # a person who opens a folder may mean such a file in it
PASSED_OVER = ("__macosx",)  # folders that no person made, in lower case
LONGEST_SIDE = 64  # in pixels; larger pictures are shrunk
MOST_PICTURES = 500_000
MOST_FOLDERS = 1_000
MOST_BYTES = 64 * 1024**2  # of one file
SAMPLES = 50  # pictures from whose headers the size of all is estimated
DECODE = 1.0  # the work of reading a picture; see `Progress`

# The size of the largest cached data set, the maximum number of them, and their maximum total size.
KEPT_BYTES, MOST_KEPT, MOST_KEPT_BYTES = 200 * 1024**2, 20, 1024**3

SUFFIX = ".pictures"
VERSION = b"2"  # a new version of the conversion invalidates the cache
MOST_NAMED = 3  # maximum number of pictures or kinds of files in a sentence


class _File(NamedTuple):
    place: str  # the path as text: making `Path`s of all takes longer than reading the pictures from the cache
    label: str
    size: int
    changed: int

    @property
    def path(self) -> Path:
        return Path(self.place)


@dataclass(slots=True)
class _Listing:
    root: Path
    train: list[_File] = field(default_factory=list)
    test: list[_File] = field(default_factory=list)
    aside: list[_File] = field(default_factory=list)  # those of a validation part beside a test part
    test_folder: str = ""  # the name of the test part's folder
    # Numbers of other files, links, and folders within classes, by suffix.
    skipped: Counter[str] = field(default_factory=Counter)
    names: list[str] = field(default_factory=list)

    def remarks(self, opened: Path) -> list[str]:
        """Return sentences on the parts and the skipped files; `opened` is the folder that a person named."""
        sentences = list[str]()
        if self.root != opened:
            sentences.append(tr("The pictures lie in {folder}.", folder=self.root.relative_to(opened)))
        if self.aside:
            sentences.append(
                tr_plural(
                    "The part for validation, {count:,} picture, was left aside.",
                    "The part for validation, {count:,} pictures, was left aside.",
                    len(self.aside),
                )
            )
        elif self.test_folder.casefold() in VALIDATION:
            sentences.append(tr("The part for validation, {part}, is that to test with.", part=self.test_folder))
        if count := self.skipped.total():
            kinds = [f"{written(number, ',d')} {kind}" for kind, number in self.skipped.most_common(MOST_NAMED)]
            listed = ", ".join([*kinds, *["…"] * (len(self.skipped) > MOST_NAMED)])
            sentences.append(
                tr_plural(
                    "{count:,} other file or link was passed over: {kinds}.",
                    "{count:,} other files and links were passed over: {kinds}.",
                    count,
                    kinds=listed,
                )
            )
        return sentences

    def labels(self, files: Sequence[_File]) -> Array:
        places = {name: place for place, name in enumerate(self.names)}
        return np.array([places[file.label] for file in files], np.uint8)

    def key(self, limits: Range | None) -> str:
        """Return the cache key, which changes with any file and with the chosen range."""
        digest = hashlib.sha256(VERSION + f"{language()}{limits!r}".encode())  # the remark is in this language
        begins = len(str(self.root))
        facts = (f"{file.place[begins:]}\0{file.size}\0{file.changed}" for file in (*self.train, *self.test))
        digest.update("\0".join(facts).encode("utf-8", "surrogateescape"))
        return digest.hexdigest()[:32]


def reading_folder(location: Location, *, sure: bool = False) -> Reading[Dataset]:
    """Read the pictures of a folder, in turns.

    Other files are skipped and counted in the remark. Pictures of several sizes, and those larger than 64 x 64, are
    scaled to one size, keeping their proportions. Grey ones that are dark on light are inverted. Raises `UnclearError`
    where a person has to choose the range of pixels, and otherwise only `UserError`.
    """
    path = location.path
    progress = Progress(path.name or str(path))
    progress.work = 1.0
    listing = yield from _listed(_folder_of_classes(path), path, progress)
    train, test = listing.train, listing.test
    for part in (train, test):
        part[:] = [part[place] for place in mixed(listing.labels(part))]
    files = [*train, *test]
    cache = folders.cache() / "pictures" / f"{listing.key(location.range)}{SUFFIX}"
    cached = yield from _kept(cache, len(files), progress)
    if cached is None:
        side, channels = _expected(files)
        check_memory(3 * len(files) * side * side * channels, path.name, sure=sure)
        progress.restart(len(files) * DECODE)
        pictures, several = yield from _decoded(files, path, progress)
        images, remark = yield from _stacked(pictures, len(train), location, progress)
        if several:
            sentence = tr_plural(
                "{count:,} file holds several pictures, of which the first was taken.",
                "{count:,} files hold several pictures, of which the first was taken.",
                several,
            )
            remark = f"{sentence} {remark}".strip()
        yield from _keep(cache, images, remark, progress)
    else:
        images, remark = cached
    progress.restart(assembly_work(images.nbytes, 0, is_converted=False))
    remark = " ".join(filter(None, [*listing.remarks(path), remark]))
    parts = [Part(images[: len(train)], listing.labels(train), tr("the pictures"), tr("the folders"))]
    if test:
        parts.append(Part(images[len(train) :], listing.labels(test), tr("the test pictures"), tr("the test folders")))
    name = printable(path.resolve().name)
    making = dataset_from(parts, location, progress, name=name, classes=listing.names, remark=remark, as_stored=False)
    return (yield from making)


def _folder_of_classes(path: Path) -> Path:
    """Return the folder with the classes: `path`, or a folder in it if it contains nothing but one folder."""
    for _ in range(MOST_LEVELS):
        inner = [entry for entry in _entries(path) if _is_folder(entry)]
        if len(inner) != 1 or inner[0].name.casefold() in TRAIN:
            break
        if any(_is_picture(entry) for entry in _entries(Path(inner[0].path))):
            break  # it is a class
        path = Path(inner[0].path)
    return path


def _listed(path: Path, opened: Path, progress: Progress) -> Reading[_Listing]:
    """List the pictures. Links are not followed, so no folder is visited twice."""
    listing = _Listing(path)
    inner = {entry.name.casefold(): entry for entry in _entries(path) if _is_folder(entry)}

    def called(names: Sequence[str]) -> os.DirEntry[str] | None:
        return next((inner[name] for name in names if name in inner), None)

    trains, tests, validations = called(TRAIN), called(TEST), called(VALIDATION)
    tops: list[tuple[Path, list[_File]]] = [(path, listing.train)]
    if trains:
        tops = [(Path(trains.path), listing.train)]
        part = tests or validations
        if part:
            tops.append((Path(part.path), listing.test))
            listing.test_folder = part.name
        if tests and validations:
            tops.append((Path(validations.path), listing.aside))
    for top, files in tops:
        for entry in _entries(top):
            if not _is_folder(entry):
                _count_skipped(entry, listing)
                continue
            before, label = len(files), class_name(entry.name)
            for picture in _entries(Path(entry.path)):
                if _is_picture(picture):
                    try:
                        state = picture.stat(follow_symlinks=False)
                    except OSError as problem:
                        raise unreadable(Path(picture.path), problem) from problem
                    files.append(_File(picture.path, label, state.st_size, state.st_mtime_ns))
                else:
                    _count_skipped(picture, listing)
                yield from progress.did(0)
            if len(listing.train) + len(listing.test) + len(listing.aside) > MOST_PICTURES:
                raise UserError(
                    tr("{path} has more than {most:,} pictures.", path=opened.name, most=MOST_PICTURES),
                    hint=tr("Take fewer."),
                )
            if len(files) > before and label not in listing.names and files is not listing.aside:
                listing.names.append(label)
    _check(listing, opened, has_parts=trains is not None)
    listing.names = [listing.names[place] for place in by_number(listing.names)]
    return listing


def _count_skipped(entry: os.DirEntry[str], listing: _Listing) -> None:
    if entry.name.startswith(".") or entry.name == NAMES:
        return
    if entry.is_symlink():
        kind = tr_context("in a list of what was passed over", "link")
    elif _is_folder(entry):
        kind = tr_context("in a list of what was passed over", "folder")
    else:
        kind = Path(entry.name).suffix.lower() or tr_context("in a list of what was passed over", "without an ending")
    listing.skipped[kind] += 1


def _check(listing: _Listing, path: Path, *, has_parts: bool) -> None:
    shape = tr("Put the pictures of each class into a folder of its own.")
    name = path.name or str(path)
    if not listing.train:
        none = (
            mark("The training part of {path} has no folders with pictures in them.")
            if has_parts
            else mark("{path} has no folders with pictures in them.")
        )
        names = [entry.name for entry in _entries(listing.root) if entry.name.lower().endswith(FILES)]
        hint = tr("Open {file} in it.", file=names[0]) if names and not has_parts else shape
        if names and names[0].lower().endswith(ZIP):
            hint = tr("Unpack {file} and open the folder that comes out.", file=names[0])
        raise UserError(tr(none, path=name), hint=hint)
    if len(listing.names) < 2:
        raise UserError(
            tr("{path} has pictures of one class only, {label}.", path=name, label=isolated(listing.names[0])),
            hint=shape,
        )
    if len(listing.names) > MOST_CLASSES:
        sentence = tr("{path} has {count:,} folders with pictures.", path=name, count=len(listing.names))
        raise UserError(sentence, hint=tr("At most {most} classes are opened, a folder for each.", most=MOST_CLASSES))


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            listed = [entry for entry, _ in zip(entries, range(MOST_PICTURES + MOST_FOLDERS), strict=False)]
    except FileNotFoundError as problem:
        raise UserError(
            tr("There is no folder {folder}.", folder=folder), hint=tr("Check the spelling and the folder.")
        ) from problem
    except OSError as problem:
        raise unreadable(folder, problem) from problem
    return sorted(listed, key=lambda entry: entry.name)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    with contextlib.suppress(OSError):
        is_hidden = entry.name.startswith(".") or entry.name.casefold() in PASSED_OVER
        return not is_hidden and entry.is_dir(follow_symlinks=False)
    return False


def _is_picture(entry: os.DirEntry[str]) -> bool:
    with contextlib.suppress(OSError):
        is_named = entry.name.lower().endswith(PICTURES) and not entry.name.startswith(".")
        return is_named and entry.is_file(follow_symlinks=False)
    return False


def _expected(files: Sequence[_File]) -> tuple[int, int]:
    """Return the estimated side and channels of the images, from the headers of some."""
    side, channels = 1, 1
    for file in files[:: max(1, len(files) // SAMPLES)]:
        with contextlib.suppress(UserError):  # damaged pictures are named when all are decoded
            where = _check_length(file)
            with opened(file.path) as stream, _refused(file.path), first_bytes_read(stream, where) as picture:
                side = max(side, min(LONGEST_SIDE, *picture.size), min(LONGEST_SIDE, max(picture.size)))
                channels = max(channels, 1 if picture.mode in ("1", "L", "LA", "I;16") else 3)
    return side, channels


def _decoded(files: Sequence[_File], path: Path, progress: Progress) -> Reading[tuple[list[Array], int]]:
    """Return all pictures (rows, columns[, 3]), at most 64 x 64, and the number of files with several.

    They are uint8, or uint16 or float32 for more bits. Raises a `UserError` that names the unreadable ones.
    """
    pictures, broken = list[Array](), list[UserError]()
    size, several = 0, 0
    for file in files:
        try:
            picture, is_first_of_several = decoded_picture(file)
        except LargeError:
            raise
        except UserError as refused:
            broken.append(refused)
            pictures, size = [], 0
        else:
            pictures += [] if broken else [picture]
            size += picture.nbytes
            several += is_first_of_several
        if 3 * size > BUDGET and not broken:
            raise UserError(tr("{path} has too many pictures for the memory.", path=path.name), hint=tr("Take fewer."))
        yield from progress.did(DECODE)
    if len(broken) == 1:
        raise broken[0]
    if broken:
        reasons = " ".join(refused.sentence for refused in broken[:MOST_NAMED])
        sentences = [tr("{count:,} pictures in {path} cannot be read.", count=len(broken), path=path.name), reasons]
        if len(broken) > MOST_NAMED:
            sentences.append(tr("{count:,} more cannot be read.", count=len(broken) - MOST_NAMED))
        raise UserError(" ".join(sentences), hint=tr("Copy them again, or remove them."))
    return pictures, several


def _refused(path: Path) -> contextlib.AbstractContextManager[None]:
    where = f"{path.parent.name}/{path.name}"
    return refusing(
        tr("{path} is damaged, or only a part of a picture.", path=isolated(where)),
        hint=tr("Copy it again, or remove it."),
    )


def _check_length(file: _File) -> str:
    """Return the name of a picture for sentences; raise `UserError` for an empty or a very large file."""
    where = printable(str(Path(file.path.parent.name, file.path.name)))
    if not 0 < file.size <= MOST_BYTES:
        wrong = mark("{path} has more than {most} MB.") if file.size else mark("{path} is empty.")
        raise UserError(tr(wrong, path=where, most=MOST_BYTES // 1024**2), hint=tr("Replace it, or remove it."))
    return where


def decoded_picture(file: _File) -> tuple[Array, bool]:
    """Return a picture (rows, columns[, 3]), and whether its file has several; raise `UserError` for a damaged one."""
    where = _check_length(file)
    with opened(file.path) as stream, _refused(file.path):
        content = io.BytesIO(stream.read(file.size + 1))
        with first_bytes_read(content, where) as picture:
            picture.draft(None, (LONGEST_SIDE, LONGEST_SIDE))  # lets a JPEG be decoded at a smaller size
            return _pixels(picture), bool(getattr(picture, "is_animated", False))


def _pixels(picture: Image.Image) -> Array:
    """Return a picture in the orientation that its camera noted, shrunk if it is large."""
    if picture.format in ("JPEG", "WEBP"):
        picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith(("I", "F")):  # more than 8 bits per pixel
        is_whole = picture.mode.startswith("I")
        numbers = np.asarray(_shrunk(picture.convert("F")))
        fits = is_whole and numbers.min() >= 0 and numbers.max() < 2**16
        return np.rint(numbers).astype(np.uint16) if fits else numbers
    if picture.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in picture.info:
        picture = _opaque(picture.convert("RGBA"))
    elif picture.mode == "1":
        picture = picture.convert("L")
    elif picture.mode not in ("L", "RGB"):
        picture = picture.convert("RGB")
    pixels = np.array(_shrunk(picture))
    if pixels.ndim == 3 and (pixels == pixels[..., :1]).all():
        return np.ascontiguousarray(pixels[..., 0])
    return pixels


def _shrunk(picture: Image.Image) -> Image.Image:
    if max(picture.size) > LONGEST_SIDE:
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.BOX, reducing_gap=None)
    return picture


def _opaque(picture: Image.Image) -> Image.Image:
    """Put a picture with transparent parts on black or white, whichever has more contrast."""
    numbers = np.asarray(picture, np.float32)
    opacity = numbers[..., 3]
    light = (numbers[..., :3].mean(-1) * opacity).sum() / max(1.0, float(opacity.sum()))
    ground = Image.new("RGBA", picture.size, (0, 0, 0, 255) if light > 127 else (255, 255, 255, 255))
    return Image.alpha_composite(ground, picture).convert("RGB")


def _stacked(pictures: list[Array], train: int, location: Location, progress: Progress) -> Reading[tuple[Array, str]]:
    """Return all pictures, emptying the list, as one array, `train` first, and sentences on their conversion."""
    limits, remark = _limits(pictures, train, location)
    for place, picture in enumerate(pictures):
        chosen = limits["deep" if picture.dtype != np.uint8 else "bytes"]
        if chosen != BYTE or picture.dtype != np.uint8:
            pictures[place] = shades(picture, chosen)
        yield from progress.did(0)
    sizes = {picture.shape[:2] for picture in pictures}
    in_colour = any(picture.ndim == 3 for picture in pictures)
    side = max(map(max, sizes))
    size = next(iter(sizes)) if len(sizes) == 1 else (side, side)
    images = np.empty((len(pictures), *size, *((3,) if in_colour else ())), np.uint8)
    pictures.reverse()
    for image in images:
        image[...] = _fitted(pictures.pop(), image.shape)
        yield from progress.did(0)
    remarks = [remark]
    if len(sizes) > 1:
        remarks.append(tr("The pictures are of several sizes and were brought to {side} × {side} pixels.", side=side))
    if not in_colour and _is_light(images):
        for part in blocks(images):
            np.subtract(255, images[part], out=images[part])
            yield from progress.did(0)
        remarks.append(tr("They are dark on light and were turned into light on dark."))
    return images, " ".join(filter(None, remarks))


def _limits(pictures: Sequence[Array], train: int, location: Location) -> tuple[dict[str, Range], str]:
    """Return the range of the pictures with 8 bits, 255 unless nearly black, and of those with more; and a sentence."""
    parts = {tr("the pictures"): pictures[:train], tr("the test pictures"): pictures[train:]}
    limits, sentences = {"bytes": BYTE, "deep": BYTE}, []
    for kind in limits:
        own = {
            name: extent_of([picture for picture in part if (picture.dtype == np.uint8) == (kind == "bytes")])
            for name, part in parts.items()
        }
        extents = {name: extent for name, extent in own.items() if extent is not None}
        if not extents:
            continue
        if kind == "bytes" and max(extent.high for extent in extents.values()) > FEW_LEVELS:
            continue
        chosen = location.range or range_of(extents, location)
        if chosen is None:
            listed = ", ".join(tr("{limits} in {part}", limits=extent, part=name) for name, extent in extents.items())
            raise UserError(
                tr("The pixels of {path} are numbers from {limits}.", path=location.name, limits=listed),
                hint=tr(RANGES),
            )
        limits[kind] = chosen
        if chosen != BYTE:
            sentences.append(tr("The pixels, from {limits}, were brought to 0 to 255.", limits=chosen))
    return limits, " ".join(dict.fromkeys(sentences))


def _fitted(picture: Array, shape: tuple[int, ...]) -> Array:
    """Return a picture scaled to fit the middle of an image of that shape, surrounded by the colour of its edge."""
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
    some = images[:: max(1, len(images) // 1000)]
    edges = [some[:, 0], some[:, -1], some[:, :, 0], some[:, :, -1]]
    return bool(np.median(np.concatenate([edge.ravel() for edge in edges])) > 127)


def _kept(cache: Path, count: int, progress: Progress) -> Reading[tuple[Array, str] | None]:
    """Return the cached images and remark of such files, if they are complete."""
    with contextlib.suppress(OSError, ValueError, MemoryError), cache.open("rb") as file:
        npy.read_magic(file)
        shape, is_fortran, dtype = npy.read_array_header_1_0(file)
        size, start = math.prod(shape), file.tell()
        rest = os.fstat(file.fileno()).st_size - start - size
        is_whole = not is_fortran and dtype == np.uint8 and len(shape) in (3, 4) and shape[0] == count
        if not is_whole or not 0 <= rest < 10_000 or size > BUDGET:
            return None
        progress.restart(float(size))
        images = np.empty(shape, np.uint8)
        if (yield from fill(images, file, 1.0, progress)):
            return None
        remark = file.read(rest).decode()
        with contextlib.suppress(OSError):
            os.utime(cache)
        return images, printable(remark)
    return None


def _keep(cache: Path, images: Array, remark: str, progress: Progress) -> Reading[None]:
    """Cache the images if there is room; errors are ignored, as nothing is lost."""
    if images.nbytes > KEPT_BYTES:
        return
    with contextlib.suppress(OSError):
        folder = cache.parent
        folder.mkdir(exist_ok=True)
        remove_leftovers(folder)
        temporary = temporary_name(cache)
        try:
            with temporary.open("xb") as stream:
                npy.write_array_header_1_0(stream, npy.header_data_from_array_1_0(images))
                for part in blocks(images):
                    stream.write(images[part].data)
                    yield from progress.did(0)
                stream.write(remark.encode("utf-8", "replace"))
            replace_file(temporary, cache)
        finally:
            temporary.unlink(missing_ok=True)
        cached = [(path.stat().st_mtime, path.stat().st_size, path) for path in folder.glob(f"*{SUFFIX}")]
        room = MOST_KEPT_BYTES
        for number, (_, size, path) in enumerate(sorted(cached, reverse=True)):  # the newest first
            room -= size
            if room < 0 or number >= MOST_KEPT:
                path.unlink(missing_ok=True)
