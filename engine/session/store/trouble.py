"""Sentences on why a session file cannot be written or read."""

import errno
import sqlite3
from pathlib import Path

from engine.core.errors import UserError
from engine.session.store.watch import TakenError

FULL = "The disk is full, so the session is not being saved."
READ_ONLY = "The session may not be written where it is, so it is not being saved."
GONE = "The session's file is no longer where it was, so it is not being saved."
BUSY = "Another program holds the session's file, so it is not being saved."
BROKEN = "The disk refuses to write the session, so it is not being saved."

# The same reasons, to follow a colon.
REASONS = {
    FULL: "the disk is full",
    READ_ONLY: "nothing may be written there",
    GONE: "it is no longer where it was",
    BUSY: "another program holds the file",
    BROKEN: "the disk refuses it",
}

AGAIN = "Try again a little later."
THERE = "Look whether the disk is there, and whether you may read the file."

# The reason and the hint for a file that cannot be read, by SQLite's primary code.
UNREADABLE = {
    sqlite3.SQLITE_BUSY: ("another program holds it", AGAIN),
    sqlite3.SQLITE_LOCKED: ("another program holds it", AGAIN),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened any more", THERE),
    sqlite3.SQLITE_PERM: ("it may not be read by you", THERE),
    sqlite3.SQLITE_IOERR: ("the disk refuses it", THERE),
    sqlite3.SQLITE_NOMEM: ("there is too little memory", "Close other programs, and try again."),
}


def say_trouble(error: Exception) -> str:
    """Return the sentence for an exception of SQLite or the system, or a `TakenError`."""
    if isinstance(error, TakenError):
        return f"The session's file {error}, so it is not being saved."
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
        return f"the folder {file.parent} is not there"
    trouble = say_trouble(error)
    if trouble == BROKEN and isinstance(error, OSError) and error.strerror and error.errno != errno.EIO:
        return f"{error.strerror[:1].lower()}{error.strerror[1:]}"
    return REASONS[trouble]


def cannot_read(path: Path, error: sqlite3.Error) -> UserError:
    """Return the error for a session file that SQLite cannot read; its own messages do not name the cause."""
    primary = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    reason, hint = UNREADABLE.get(primary, ("it is damaged", "Open a copy of it, if you have one."))
    return UserError(f"{path.name} cannot be read: {reason}.", hint=hint)
