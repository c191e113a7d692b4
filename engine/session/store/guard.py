"""What keeps a stranger's session file from doing harm: what lies beside it, what it is made of, how long it is read.

A session is an SQLite database, and a database that somebody else made can hold programs (views, triggers, expressions)
and pages that lead in circles. So SQLite runs nothing that is written in the file, and accepts no other tables than
those that Layerlight makes. Source: https://sqlite.org/security.html, "Untrusted SQLite Database Files".
"""

from __future__ import annotations

import contextlib
import sqlite3
import stat
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from engine.core.errors import UserError
from engine.core.text import printable

WAL, SHARED, JOURNAL = "-wal", "-shm", "-journal"
"""Endings of what SQLite keeps beside a database: its log and the log's index; and a log of the old kind, of which
Layerlight makes none. That one can name any file, which SQLite then deletes."""

OFF = (
    sqlite3.SQLITE_DBCONFIG_TRUSTED_SCHEMA,
    sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER,
    sqlite3.SQLITE_DBCONFIG_ENABLE_VIEW,
    sqlite3.SQLITE_DBCONFIG_DQS_DDL,
    sqlite3.SQLITE_DBCONFIG_DQS_DML,
)

LIMITS = {
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 10_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 20,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 20,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 3,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 10_000,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 8,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 100,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 20,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}

MOST_NAMED = 40  # letters that are repeated of a name in a file

SECONDS, SECONDS_PER_BYTE = 0.5, 0.5e-6
"""Processor time in which a session is read, but for its arrays: about ten times what the slowest one takes."""

FOREVER = 2**40

EVERY = 10_000  # number of SQLite instructions between two looks at the clock: some tenths of a millisecond


def beside(path: Path, ending: str) -> Path:
    """Return where SQLite keeps what has that ending."""
    path = path.resolve()
    return path.with_name(path.name + ending)


def check_beside(path: Path, endings: Iterable[str] = (JOURNAL, WAL, SHARED)) -> None:
    """Raise `UserError` where something lies beside a session that is not SQLite's, before SQLite opens it."""
    for ending in endings:
        near = beside(path, ending)
        try:
            found = near.lstat()
        except OSError:
            continue  # nothing is there, or nobody can open it
        if ending == JOURNAL:
            raise _strange(near, "which Layerlight never makes and SQLite would obey")
        if not stat.S_ISREG(found.st_mode):
            raise _strange(near, "which is no ordinary file")
        if found.st_nlink > 1:
            raise _strange(near, "which is a file with another name as well")


def check_nothing_beside(path: Path) -> None:
    """Raise `UserError` where something lies beside the place of a new session: it would become a part of that."""
    for ending in (JOURNAL, WAL, SHARED):
        if (near := beside(path, ending)).is_symlink() or near.exists():
            raise _strange(near, "which belongs to another session of that name")


def _strange(near: Path, what: str) -> UserError:
    name = printable(near.name)
    return UserError(f"Beside the session lies {name}, {what}.", hint="Move it away, then try again.")


def guard(database: sqlite3.Connection) -> None:
    """Let SQLite run nothing that is written in the file, and nothing larger than what Layerlight asks."""
    for setting in OFF:
        database.setconfig(setting, False)
    database.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
    for limit, most in LIMITS.items():
        database.setlimit(limit, most)
    database.execute("PRAGMA cell_size_check = ON")


def check_tables(
    database: sqlite3.Connection, path: Path, known: Iterable[tuple[str, str, str, str | None]]
) -> None:
    """Raise `UserError` unless the file has just the `known` tables and indices: type, name, table, SQL."""
    expected = set(known)
    columns = ", ".join(f"substr({column}, 1, 1000)" for column in ("type", "name", "tbl_name", "sql"))
    found = set(database.execute(f"SELECT {columns} FROM sqlite_schema LIMIT 100"))
    hint = "Open only sessions that Layerlight saved."
    for kind, name, *_ in sorted(found - expected, key=str, reverse=True):  # a table before its index
        what = f"{_short(kind)} {_short(name)}"
        raise UserError(
            f"{path.name} is no session: it holds the {what}, as Layerlight makes none.", hint=hint
        )
    for kind, name, *_ in sorted(expected - found, key=str, reverse=True):
        raise UserError(f"{path.name} is no session: it lacks the {kind} {name}.", hint=hint)


def _short(word: Any) -> str:
    text = printable(str(word))
    return text if len(text) <= MOST_NAMED else f"{text[:MOST_NAMED]}…"


class Bounds:
    """While inside, reading ends with a `UserError` that takes longer, or gives more, than a file of its size can.

    A few pages can stand for more rows than there is time for, or for the same large value again and again.
    """

    def __init__(self, database: sqlite3.Connection, path: Path) -> None:
        self._database, self._name = database, path.name
        size = (
            sum(_size(each) for each in (path, beside(path, WAL))) or FOREVER
        )  # it was moved away meanwhile
        self._bytes_left = 2 * size  # once from each end, where a page is damaged
        self._end = time.thread_time() + SECONDS + SECONDS_PER_BYTE * size
        self._is_over = False

    def __enter__(self) -> Self:
        self._database.set_progress_handler(self._look, EVERY)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._database.set_progress_handler(None, EVERY)
        if self._is_over and isinstance(error, sqlite3.Error):
            raise self._too_much() from error

    def count(self, values: Iterable[Any] = ()) -> None:
        """Count what was read of the file; raise `UserError` when that is more, or took longer, than it can be."""
        self._bytes_left -= sum(len(value) for value in values if isinstance(value, (str, bytes)))
        if self._bytes_left < 0 or self._is_over:
            raise self._too_much()

    def _look(self) -> bool:
        self._is_over = time.thread_time() > self._end
        return self._is_over

    def _too_much(self) -> UserError:
        return UserError(
            f"{self._name} is no session: there is no end to what is read of it.",
            hint="Open only sessions that Layerlight saved.",
        )


def _size(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_size
    return 0
