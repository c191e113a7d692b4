"""Where sessions lie that nobody gave a place, which session was the last, and canvases that no session file holds."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import secrets
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.core.machine import folders
from engine.core.machine.atomic import atomic_write
from engine.core.machine.bundled import is_bundled
from engine.session.store.schema import SUFFIX, to_json

log = logging.getLogger(__name__)

SWEEP = ".sweep"  # suffix, after a session's name, of the folder of a sweep of it that is not finished

UNTITLED = "Untitled session (autosaved)"
"""What a session is called in titles that nobody saved under a name yet."""

COMMAND_LINE = "train-"
"""What the names of sessions begin with that the command line made; only the newest few of these are kept."""

MOST_CANVASES, MOST_BYTES = 20, 50_000_000
"""How many canvases of read-only sessions are stored, and the most bytes of one."""


def autosaves() -> Path:
    """Return the folder of the sessions without a place, made if that can be done."""
    folder = folders.state() / "autosave"
    with contextlib.suppress(OSError):  # who writes into it will see
        folder.mkdir(exist_ok=True)
    return folder


def new_autosave(prefix: str = "session-") -> Path:
    """Return the path of a file that does not exist yet, named after the present time and this machine."""
    made = f"{time.strftime('%Y%m%d-%H%M%S')}-{folders.machine()}-{secrets.token_hex(2)}"
    return autosaves() / f"{prefix}{made}{SUFFIX}"


def is_autosave(path: Path) -> bool:
    """Whether a session lies there because nobody gave it another place."""
    return path.resolve().parent == autosaves().resolve()


def remember(path: Path) -> None:
    """Note that this is the last session; `last_session` tells it."""
    try:
        atomic_write(_note(), os.fsencode(path.resolve()) + b"\n")
    except OSError:
        log.warning("The last session could not be noted.", exc_info=True)


def last_session() -> Path | None:
    """Return the session that was written last, if it is still there."""
    with contextlib.suppress(OSError, ValueError):
        path = Path(os.fsdecode(_note().read_bytes().removesuffix(b"\n")))
        return path if path.is_file() else None
    return None


def remove_session(path: Path) -> None:
    """Delete a session file with what SQLite keeps beside it while it is open. Raises `OSError`."""
    for beside in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + beside).unlink(missing_ok=True)


def sweep_folder(session: Path) -> Path:
    """Return the folder of finished tasks of a sweep that is gathered in that session file."""
    return session.with_name(session.stem + SWEEP)


def move_sweep(folder: Path, session: Path) -> None:
    """Let an unfinished sweep follow its session into another file, unless there is one already."""
    there = sweep_folder(session)
    if folder != there and folder.is_dir() and not there.exists():
        with contextlib.suppress(OSError):  # what is finished of it lies in the session
            shutil.move(folder, there)


def remove_sweep(session: Path) -> None:
    """Remove what is left of a sweep beside a session that is removed."""
    shutil.rmtree(sweep_folder(session), ignore_errors=True)


def note_canvas(session: Path | None, canvas: Mapping[str, Any] | None) -> None:
    """Store what lies on the canvas (`None`: nothing) of a session that has no file to be written into.

    `session` is the file that is only read, `None` for a session that has none. What cannot be stored is logged.
    """
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
    """Return what `note_canvas` stored last after `since` (Unix time, in seconds); `None` where there is nothing.

    The values are as they were read: they may be damaged.
    """
    with contextlib.suppress(OSError, ValueError, RecursionError):
        note = _canvas_note(session)
        found = note.stat()
        if found.st_mtime >= since and found.st_size <= MOST_BYTES:
            return json.loads(note.read_bytes())
    return None


def _canvas_note(session: Path | None) -> Path:
    """Return the file for that session's canvas; a new session shares one with the bundled one, which follows it."""
    is_own = session is not None and not is_bundled(session)
    name = hashlib.sha256(os.fsencode(session.resolve())).hexdigest()[:16] if session and is_own else "first"
    return folders.state() / "canvas" / f"{name}.json"


def _note() -> Path:
    return folders.state() / "last-session.txt"
