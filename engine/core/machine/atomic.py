"""Atomic writes: after a crash, a kill or a full disk, a file is either the old one or the new one."""

import contextlib
import errno
import io
import os
import re
import secrets
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from engine.core.errors import UserError
from engine.core.language import tr
from engine.core.machine.folders import machine

# Windows refuses to replace a file while a virus scanner or a viewer holds it open.
RETRIES, RETRY_SECONDS = 5, 0.1

# Windows takes these names for devices, with any suffix, and what follows a colon for another stream of the same file.
DEVICES = re.compile(r"(con|prn|aux|nul(?=\.)|com[\d¹²³]|lpt[\d¹²³]) *(\..*)?", re.IGNORECASE)
NOT_IN_NAMES = '<>:"/\\|?*'


def atomic_write(path: Path, content: bytes | Callable[[BinaryIO], object]) -> None:
    """Replace the content of `path` with `content`: bytes, or a function that writes into the open file.

    The file keeps its permissions, a symbolic link still points to the same file, and a pipe or a device such as
    `/dev/null` is written into. Raises `OSError` on failure, and whatever the function raises; the old file is then
    untouched and no temporary file is left.

    Method: Pillai et al., All File Systems Are Not Created Equal, OSDI 2014: write beside it, flush, rename, flush.
    """
    check_name(path)
    if is_stream(path):
        _pour(path, content)
        return
    path = path.resolve()
    temporary = temporary_name(path)
    try:
        with open(temporary, "xb") as file:  # noqa: PTH123  # `open` of this module, so that tests can let it fail
            if isinstance(content, bytes):
                file.write(content)
            else:
                content(file)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            os.chmod(temporary, stat.S_IMODE(os.stat(path).st_mode))  # noqa: PTH101, PTH116  # likewise
        replace_file(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    flush_folder(path.parent)


def atomic_folder(path: Path, fill: Callable[[Path], object]) -> None:
    """Make the folder `path` of what a function writes into an empty one: after a crash it is whole, or not there.

    Raises `OSError` on failure, also where something is at `path`, and whatever the function raises; nothing is left
    then.
    """
    check_name(path)
    path = path.parent.resolve() / path.name
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, tr("it is there already"), str(path))
    temporary = temporary_name(path)
    try:
        temporary.mkdir()
        fill(temporary)
        for file in temporary.rglob("*"):
            if file.is_file():
                with file.open("rb+") as written:
                    os.fsync(written.fileno())
        temporary.rename(path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    flush_folder(path.parent)


def check_name(path: Path) -> None:
    """Raise `OSError` on Windows for a name that no file can have there, which would be lost or another file."""
    name = path.name
    if sys.platform == "win32" and (DEVICES.fullmatch(name) or name[-1:] in " ." or set(name) & set(NOT_IN_NAMES)):
        raise OSError(errno.EINVAL, tr("no file on Windows may have this name"), str(path))


def is_stream(path: Path) -> bool:
    """Whether `path` is a pipe or a character device, which no file may replace; `OSError` for other special files."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116  # likewise
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, tr("it is a folder"), str(path))
    if stat.S_ISSOCK(mode) or stat.S_ISBLK(mode):
        what = tr("it is a socket, not a file") if stat.S_ISSOCK(mode) else tr("it is a disk, not a file")
        raise OSError(errno.ENXIO, what, str(path))
    return not stat.S_ISREG(mode)


def check_ordinary(path: Path) -> None:
    """Raise `OSError` for a pipe or a device, and whatever `is_stream` raises."""
    if is_stream(path):
        raise OSError(errno.ENXIO, tr("it is no ordinary file"), str(path))


def _pour(path: Path, content: bytes | Callable[[BinaryIO], object]) -> None:
    """Write all of the content into a pipe or a device."""
    whole = io.BytesIO()  # a stream cannot seek, as some writers do
    if isinstance(content, bytes):
        whole.write(content)
    else:
        content(whole)
    at_once = getattr(os, "O_NONBLOCK", 0)  # without it, opening a pipe waits for a reader, perhaps for ever
    try:
        descriptor = os.open(path, os.O_WRONLY | at_once | getattr(os, "O_NOCTTY", 0))
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise OSError(errno.ENXIO, tr("nobody reads from it"), str(path)) from None
        raise
    with open(descriptor, "wb") as stream:  # noqa: PTH123  # likewise
        if at_once:
            os.set_blocking(descriptor, True)
        stream.write(whole.getbuffer())


def check_place(path: Path) -> None:
    """Raise `UserError` where `path` cannot be saved, before the work for it is done."""
    try:
        check_name(path)
        into = path if is_stream(path) else path.resolve().parent
        if not into.exists():
            raise UserError(tr("{path} cannot be saved: there is no folder {folder}.", path=path.name, folder=into))
        if not os.access(into, os.W_OK):
            raise UserError(
                tr("{path} cannot be saved: nothing may be written into {folder}.", path=path.name, folder=into)
            )
    except IsADirectoryError:
        raise UserError(
            tr("{path} is a folder, not a file.", path=path), hint=tr("Write the name of the file as well.")
        ) from None
    except OSError as error:
        raise cannot_save(path, error) from None


def check_new(path: Path) -> None:
    """Raise `UserError` where something is at `path`, or nothing can be saved there, before the work for it is done."""
    if os.path.lexists(path):
        raise UserError(tr("{file} is there already.", file=path), hint=tr("Choose another name."))
    check_place(path)


def cannot_save(path: Path, error: OSError) -> UserError:
    """Return the error for a person when `atomic_write` has raised `error`."""
    is_name = error.errno in (errno.EINVAL, errno.ENAMETOOLONG)
    return UserError(
        tr("{path} cannot be saved: {reason}.", path=path.name, reason=error.strerror or error),
        hint=tr("Choose another name.") if is_name else tr("Choose another place."),
    )


@contextlib.contextmanager
def saving(path: Path) -> Iterator[None]:
    """Write a person's file at `path`: raise the error for a person on failure, and remove what killed writers left."""
    try:
        remove_leftovers(path.resolve().parent)
        yield
    except OSError as error:
        raise cannot_save(path, error) from error


def temporary_name(path: Path) -> Path:
    """Return the name of a temporary file beside `path`, which `remove_leftovers` recognises."""
    # Most systems allow 255 bytes in a name, and a letter takes up to four.
    return path.with_name(f".{path.name[:50]}.{machine()}.{os.getpid()}.{secrets.token_hex(4)}.tmp")


def remove_leftovers(folder: Path, *, ended: int | None = None) -> None:
    """Remove temporary files and folders of this machine's killed writers, or only of the process that `ended`."""
    for file in folder.glob(".*.tmp*"):
        end = rf"\.{machine()}\.(\d+)\.[0-9a-f]{{8}}\.tmp(-wal|-shm|-journal)?"
        match = re.fullmatch(rf"\..+{end}", file.name)
        if match and (int(match[1]) == ended if ended else not _is_running(int(match[1]))):
            with contextlib.suppress(OSError):
                if file.is_dir() and not file.is_symlink():
                    shutil.rmtree(file)
                else:
                    file.unlink()


def replace_file(temporary: Path, path: Path) -> None:
    """Rename `temporary` to `path`; on Windows, retry while another program holds `path` open."""
    for attempt in range(RETRIES):
        try:
            os.replace(temporary, path)  # noqa: PTH105  # likewise
            return
        except PermissionError:
            if sys.platform != "win32" or attempt == RETRIES - 1:
                raise
            time.sleep(RETRY_SECONDS)


def flush_folder(folder: Path) -> None:
    """Make a new name in `folder` durable. Some file systems refuse this, which does not harm the file."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _is_running(process: int) -> bool:
    if sys.platform == "win32":
        return True  # os.kill with signal 0 would end the process there
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
