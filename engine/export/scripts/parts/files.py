"""The files that a script reads, written in turns into the cache, each named after its content."""

import contextlib
import functools
import hashlib
import os
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from engine.core.errors import UserError
from engine.core.language import tr
from engine.core.lazy import Array, np
from engine.core.machine import folders
from engine.core.machine.atomic import check_ordinary, replace_file, saving, temporary_name
from engine.core.messages import Turns

type Arrays = Mapping[str, Array]

PIECE = 4 * 1024**2  # number of bytes written in a turn
MOST_KEPT = 40  # maximum number of files in the cache; the least recently used are removed


def cached(name: str, arrays: Arrays) -> Turns[Path]:
    """Write arrays into the cache as .npz, unless they are there, and return the path; `UserError` on failure."""
    digest = yield from _digest(arrays)
    path = code_folder() / f"{name}-{digest[:12]}.npz"
    if path.is_file():
        with contextlib.suppress(OSError):
            path.touch()  # used again: see `MOST_KEPT`
        return path
    yield from _whole(path, partial(_write_npz, arrays))
    with contextlib.suppress(OSError):
        newest = sorted(path.parent.glob("*.npz"), key=lambda file: file.stat().st_mtime, reverse=True)
        for old in newest[MOST_KEPT:]:
            old.unlink()
    return path


def code_folder() -> Path:
    """Return the folder of such files, which is made if necessary: in the cache, else among the temporary ones."""
    folder = folders.cache() / "code"
    with contextlib.suppress(OSError):
        folder.mkdir(exist_ok=True)
    return folder if os.access(folder, os.W_OK) else temporary_folder()


@functools.cache
def temporary_folder() -> Path:
    """Return a temporary folder of this process; raise `UserError` if there can be none."""
    try:
        return Path(tempfile.mkdtemp(prefix="layerlight-code-"))
    except OSError as error:
        raise UserError(tr("What the script reads can be kept nowhere: {reason}.", reason=error.strerror)) from error


def place_beside(path: Path, name: str, suffix: str = "") -> Path:
    """Return a free path beside a file, with its name and another; an existing one only if the file is replaced."""
    stem = f"{path.stem}-{name}"
    stems = [stem, *(f"{stem}-{number}" for number in range(2, 100))]
    places = [path.absolute().with_name(f"{stem}{suffix}") for stem in stems]
    return next((place for place in places if path.exists() or not place.exists()), places[-1])


def copied(source: Path, path: Path) -> Turns[None]:
    """Copy a file in turns, whole or not at all; raises `UserError` if that fails."""
    yield from _whole(path, partial(_write_copy, source))


def _whole(path: Path, write: Callable[[Path], Turns[None]]) -> Turns[None]:
    temporary = temporary_name(path)
    with saving(path):
        try:
            check_ordinary(path)
            yield from write(temporary)
            replace_file(temporary, path)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def _write_npz(arrays: Arrays, path: Path) -> Turns[None]:
    with zipfile.ZipFile(path, "x") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                whole = np.ascontiguousarray(array)
                np.lib.format.write_array_header_1_0(member, np.lib.format.header_data_from_array_1_0(whole))
                for piece in _pieces(whole):
                    member.write(piece)
                    yield None


def _pieces(array: Array) -> list[memoryview]:
    flat = memoryview(array.reshape(-1).view(np.uint8)) if array.size else memoryview(b"")
    return [flat[first : first + PIECE] for first in range(0, len(flat), PIECE)]


def _write_copy(source: Path, path: Path) -> Turns[None]:
    with source.open("rb") as content, path.open("xb") as file:
        while piece := content.read(PIECE):
            file.write(piece)
            yield None


def _digest(arrays: Arrays) -> Turns[str]:
    digest = hashlib.sha256()
    for name, array in arrays.items():
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        for piece in _pieces(np.ascontiguousarray(array)):
            digest.update(piece)
            yield None
    return digest.hexdigest()
