"""The files of untitled sessions, the name of the last session, and canvases of read-only sessions."""

import contextlib
import hashlib
import json
import logging
import os
import secrets
import shutil
import sys
import time
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.core.language import mark
from engine.core.machine import folders
from engine.core.machine.atomic import atomic_write
from engine.core.machine.bundled import is_bundled
from engine.session.store.schema import SUFFIX, to_json

log = logging.getLogger(__name__)

SWEEP = ".sweep"  # suffix of the folder of a session's unfinished sweep, after the session's name
UNTITLED = mark("Untitled session (autosaved)")  # the name in titles of a session that nobody has saved
COMMAND_LINE = "train-"  # prefix of the command line's untitled sessions; only the newest few are kept

# Maximum number of stored canvases of read-only sessions, and maximum size of one.
MOST_CANVASES, MOST_BYTES = 20, 50_000_000


def autosaves() -> Path:
    """Return the folder of untitled sessions, created if possible."""
    folder = folders.state() / "autosave"
    with contextlib.suppress(OSError):  # writing into it reports the error
        folder.mkdir(exist_ok=True)
    return folder


def new_autosave(prefix: str = "session-") -> Path:
    """Return the path of a new file, named after the current time and this machine."""
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{folders.machine()}-{secrets.token_hex(2)}"
    return autosaves() / f"{prefix}{name}{SUFFIX}"


def is_autosave(path: Path) -> bool:
    """Whether `path` is that of an untitled session."""
    return path.resolve().parent == autosaves().resolve()


def key_of(path: Path) -> str:
    """Return letters for a file, the same for all its names: other systems ignore case and how letters are composed."""
    name = str(path.resolve())
    if sys.platform != "linux":
        name = unicodedata.normalize("NFC", name).casefold()
    return hashlib.sha256(os.fsencode(name)).hexdigest()


def remember(path: Path) -> None:
    """Store the path as that of the last session, which `last_session` returns."""
    try:
        atomic_write(_note(), os.fsencode(path.resolve()) + b"\n")
    except OSError:
        log.warning("The last session could not be noted.", exc_info=True)


def last_session() -> Path | None:
    """Return the path of the last session, if the file still exists."""
    with contextlib.suppress(OSError, ValueError):
        path = Path(os.fsdecode(_note().read_bytes().removesuffix(b"\n")))
        return path if path.is_file() else None
    return None


def remove_session(path: Path) -> None:
    """Delete a session file and SQLite's files beside it. Raises `OSError`."""
    for beside in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + beside).unlink(missing_ok=True)


def sweep_folder(session: Path) -> Path:
    """Return the folder of finished tasks of a sweep in that session."""
    return session.with_name(session.stem + SWEEP)


def move_sweep(folder: Path, session: Path) -> None:
    """Move an unfinished sweep to its session's new place, unless there is one already."""
    there = sweep_folder(session)
    if folder != there and folder.is_dir() and not there.exists():
        with contextlib.suppress(OSError):  # its finished runs are in the session
            shutil.move(folder, there)


def remove_sweep(session: Path) -> None:
    """Remove the folder of a sweep beside a removed session."""
    shutil.rmtree(sweep_folder(session), ignore_errors=True)


def note_canvas(session: Path | None, canvas: Mapping[str, Any] | None) -> None:
    """Store the canvas of a read-only `session`, or of one without a file; `None` removes it. Errors are logged."""
    try:
        note = _canvas_note(session)
        if canvas is None:
            note.unlink(missing_ok=True)
            return
        note.parent.mkdir(exist_ok=True)
        atomic_write(note, to_json(canvas).encode())
        for old in sorted(note.parent.glob("*.json"), key=lambda path: path.stat().st_mtime)[:-MOST_CANVASES]:
            old.unlink(missing_ok=True)
    except OSError:
        log.warning("The drawing on the canvas could not be stored.", exc_info=True)


def noted_canvas(session: Path | None, since: float = 0.0) -> Any:
    """Return the unchecked canvas that `note_canvas` stored after `since` (Unix time, in seconds); else `None`."""
    with contextlib.suppress(OSError, ValueError, RecursionError):
        note = _canvas_note(session)
        status = note.stat()
        if status.st_mtime >= since and status.st_size <= MOST_BYTES:
            return json.loads(note.read_bytes())
    return None


def _canvas_note(session: Path | None) -> Path:
    """Return the file for a session's canvas; a new session shares it with the bundled one, from which it starts."""
    is_own = session is not None and not is_bundled(session)
    name = key_of(session)[:16] if session and is_own else "first"
    return folders.state() / "canvas" / f"{name}.json"


def _note() -> Path:
    return folders.state() / "last-session.txt"
