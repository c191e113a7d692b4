"""Writing a file so that it is always whole: after a crash, a kill or on a full disk it is the old one or the new."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from engine.folders import machine

RETRIES, RETRY_SECONDS = 5, 0.1
"""Windows refuses to replace a file that a virus scanner or a viewer holds open; that passes."""


def atomic_write(path: Path, content: bytes | Callable[[BinaryIO], object]) -> None:
    """Make `content` (bytes, or a function that writes into the open file) the new content of `path`.

    The file keeps its permissions, a symbolic link goes on pointing to the file it pointed to. Raises `OSError` when
    that cannot be done, and whatever the function raises; the old file is then untouched and no other is left behind.

    Method: Pillai et al., All File Systems Are Not Created Equal, OSDI 2014: write beside it, flush, rename, flush.
    """
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


def temporary_name(path: Path) -> Path:
    """Return the name of a file beside `path` to write into first; `remove_leftovers` knows such names."""
    return path.with_name(f".{path.name[:100]}.{machine()}.{os.getpid()}.{secrets.token_hex(4)}.tmp")


def remove_leftovers(folder: Path) -> None:
    """Remove what writers of this machine that were killed left in `folder`; those of running processes stay."""
    for file in folder.glob(".*.tmp*"):
        end = rf"\.{machine()}\.(\d+)\.[0-9a-f]{{8}}\.tmp(-wal|-shm|-journal)?"
        match = re.fullmatch(rf"\..+{end}", file.name)
        if match and not _is_running(int(match[1])):
            with contextlib.suppress(OSError):
                file.unlink()


def replace_file(temporary: Path, path: Path) -> None:
    """Let `temporary` take the place of `path`; waits a little where something holds that open."""
    for attempt in range(RETRIES):
        try:
            os.replace(temporary, path)  # noqa: PTH105  # likewise
            return
        except PermissionError:
            if os.name != "nt" or attempt == RETRIES - 1:
                raise
            time.sleep(RETRY_SECONDS)


def flush_folder(folder: Path) -> None:
    """Make the new name durable. Some file systems refuse this; the file is whole all the same."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _is_running(process: int) -> bool:
    if os.name != "posix":
        return True  # there, asking with signal 0 would end the process
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
