"""Where sessions lie that nobody gave a place, and which session was the last."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import time
from pathlib import Path

from engine import folders
from engine.atomic import atomic_write
from engine.store.lock import Lock
from engine.store.schema import SUFFIX

log = logging.getLogger(__name__)

COMMAND_LINE = "train-"
"""What the names of sessions begin with that the command line made; only the newest few of these are kept."""

MOST_OF_COMMAND_LINE = 5


def autosaves() -> Path:
    """Return the folder of the sessions without a place, made if need be."""
    folder = folders.state() / "autosave"
    folder.mkdir(exist_ok=True)
    return folder


def new_autosave(prefix: str = "session-") -> Path:
    """Return the path of a file that does not exist yet, named after the present time."""
    return autosaves() / f"{prefix}{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}{SUFFIX}"


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


def forget_old_command_line_sessions() -> None:
    """Remove all but the newest sessions that the command line made without being given a file.

    One that any process has open, this one included, stays.
    """
    made = sorted(autosaves().glob(f"{COMMAND_LINE}*{SUFFIX}"), key=lambda path: path.name, reverse=True)
    for old in made[MOST_OF_COMMAND_LINE:]:
        lock = Lock(old)
        if lock.take():
            with contextlib.suppress(OSError):
                remove_session(old)
            lock.release()


def _note() -> Path:
    return folders.state() / "last-session.txt"
