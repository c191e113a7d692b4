"""Sentences on why a session file cannot be written or read."""

import errno
import sqlite3
from pathlib import Path

from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.session.store.watch import Happening, TakenError

FULL = mark("The disk is full, so the session is not being saved.")
READ_ONLY = mark("The session may not be written where it is, so it is not being saved.")
GONE = mark("The session's file is no longer where it was, so it is not being saved.")
BUSY = mark("Another program holds the session's file, so it is not being saved.")
BROKEN = mark("The disk refuses to write the session, so it is not being saved.")

# The same reasons, to follow a colon.
REASONS = {
    FULL: mark("the disk is full"),
    READ_ONLY: mark("nothing may be written there"),
    GONE: mark("it is no longer where it was"),
    BUSY: mark("another program holds the file"),
    BROKEN: mark("the disk refuses it"),
}

# What a session's file suffered, and which file the session has from then on.
TAKEN: dict[Happening, tuple[str, str]] = {
    "moved": (
        mark("The session's file was moved, renamed or deleted, so it is not being saved."),
        mark("{file} was moved, renamed or deleted; the session goes on as an untitled one."),
    ),
    "replaced": (
        mark("The session's file was replaced by another file, so it is not being saved."),
        mark("{file} was replaced by another file; the session goes on as an untitled one."),
    ),
    "shared": (
        mark("The session's file was written by another Layerlight, so it is not being saved."),
        mark("{file} was written by another Layerlight; the session goes on as an untitled one."),
    ),
    "changed": (
        mark("The session's file was changed by another program, so it is not being saved."),
        mark("{file} was changed by another program; the session goes on as an untitled one."),
    ),
}

AGAIN = mark("Try again a little later.")
THERE = mark("Look whether the disk is there, and whether you may read the file.")

# The reason and the hint for a file that cannot be read, by SQLite's primary code.
UNREADABLE = {
    sqlite3.SQLITE_BUSY: (mark("another program holds it"), AGAIN),
    sqlite3.SQLITE_LOCKED: (mark("another program holds it"), AGAIN),
    sqlite3.SQLITE_CANTOPEN: (mark("it cannot be opened any more"), THERE),
    sqlite3.SQLITE_PERM: (mark("it may not be read by you"), THERE),
    sqlite3.SQLITE_IOERR: (mark("the disk refuses it"), THERE),
    sqlite3.SQLITE_NOMEM: (mark("there is too little memory"), mark("Close other programs, and try again.")),
}


def say_trouble(error: Exception) -> str:
    """Return the sentence for an exception of SQLite or the system, or a `TakenError`."""
    return tr(_trouble(error))


def say_goes_on(taken: TakenError, path: Path) -> str:
    """Return the sentence on a session that continues in another file, as this one was taken."""
    return tr(TAKEN[taken.happening][1], file=path.name)


def _trouble(error: Exception) -> str:
    if isinstance(error, TakenError):
        return TAKEN[error.happening][0]
    if isinstance(error, sqlite3.Error):
        primary = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF  # without the extended code
        if primary == sqlite3.SQLITE_FULL:
            return FULL
        if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN):
            return READ_ONLY
        return BUSY if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) else BROKEN
    number = getattr(error, "errno", None)
    if number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return FULL
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return READ_ONLY
    if number in (errno.ENOENT, errno.ENOTDIR, errno.ESTALE):
        return GONE
    return BROKEN


def plain_reason(error: Exception, file: Path) -> str:
    """Return why `file` could not be written, to follow a colon; SQLite's own messages do not name the cause."""
    if not file.parent.is_dir():
        return tr("the folder {folder} is not there", folder=file.parent)
    trouble = _trouble(error)
    if trouble == BROKEN and isinstance(error, OSError) and error.strerror and error.errno != errno.EIO:
        return f"{error.strerror[:1].lower()}{error.strerror[1:]}"
    return tr(REASONS[trouble])


def cannot_read(path: Path, error: sqlite3.Error) -> UserError:
    """Return the error for a session file that SQLite cannot read; its own messages do not name the cause."""
    primary = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    reason, hint = UNREADABLE.get(primary, (mark("it is damaged"), mark("Open a copy of it, if you have one.")))
    return UserError(tr("{file} cannot be read: {reason}.", file=path.name, reason=tr(reason)), hint=tr(hint))
