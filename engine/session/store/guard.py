"""Protection from a stranger's session file: checks of the files beside it, of its schema, and of the time to read it.

A session is an SQLite database, and a database from somebody else can contain programs (views, triggers, expressions)
and circular pages. So SQLite runs nothing that is in the file, and only Layerlight's own tables are accepted. Source:
https://sqlite.org/security.html, "Untrusted SQLite Database Files".
"""

import contextlib
import sqlite3
import stat
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.text import clipped, printable

# Suffixes of SQLite's files beside a database: the write-ahead log, its index, and a rollback journal. Layerlight never
# makes a journal, and a stranger's can name any file, which SQLite then deletes.
WAL, SHARED, JOURNAL = "-wal", "-shm", "-journal"

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

MOST_NAMED = 40  # letters of a file's name that a message repeats

# Maximum processor time for reading a session without its arrays: about ten times that of the slowest one.
SECONDS, SECONDS_PER_BYTE = 0.5, 0.5e-6

FOREVER = 2**40
EVERY = 10_000  # SQLite instructions between two looks at the clock: some tenths of a millisecond


def beside(path: Path, ending: str) -> Path:
    """Return SQLite's file with that suffix beside a database."""
    path = path.resolve()
    return path.with_name(path.name + ending)


def has_beside(path: Path, ending: str) -> bool:
    """Whether SQLite's file with that suffix is beside a database, and not empty."""
    with contextlib.suppress(FileNotFoundError):  # one call, as another process may be removing it
        return beside(path, ending).stat().st_size > 0
    return False


def check_beside(path: Path, endings: Iterable[str] = (JOURNAL, WAL, SHARED)) -> None:
    """Raise `UserError` for a suspicious file beside a session, before SQLite opens it."""
    for ending in endings:
        near = beside(path, ending)
        try:
            status = near.lstat()
        except OSError:
            continue  # it does not exist, or nobody can open it
        if ending == JOURNAL:
            raise _strange(
                near, mark("Beside the session lies {file}, which Layerlight never makes and SQLite would obey.")
            )
        if not stat.S_ISREG(status.st_mode):
            raise _strange(near, mark("Beside the session lies {file}, which is no ordinary file."))
        if status.st_nlink > 1:
            raise _strange(near, mark("Beside the session lies {file}, which is a file with another name as well."))


def check_nothing_beside(path: Path) -> None:
    """Raise `UserError` for SQLite's files beside a new session, of which they would become a part."""
    for ending in (JOURNAL, WAL, SHARED):
        if (near := beside(path, ending)).is_symlink() or near.exists():
            raise _strange(near, mark("Beside the session lies {file}, which belongs to another session of that name."))


def _strange(near: Path, sentence: str) -> UserError:
    return UserError(tr(sentence, file=printable(near.name)), hint=tr("Move it away, then try again."))


def guard(database: sqlite3.Connection) -> None:
    """Set up SQLite to run nothing that is in the file, and nothing larger than Layerlight's statements."""
    for setting in OFF:
        database.setconfig(setting, False)
    database.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
    for limit, most in LIMITS.items():
        database.setlimit(limit, most)
    database.execute("PRAGMA cell_size_check = ON")


def check_tables(database: sqlite3.Connection, path: Path, known: Iterable[tuple[str, str, str, str | None]]) -> None:
    """Raise `UserError` unless the file has exactly the `known` tables and indices: (type, name, table, SQL)."""
    expected = set(known)
    columns = ", ".join(f"substr({column}, 1, 1000)" for column in ("type", "name", "tbl_name", "sql"))
    present = set(database.execute(f"SELECT {columns} FROM sqlite_schema LIMIT 100"))
    hint = tr("Open only sessions that Layerlight saved.")
    for kind, name, *_ in sorted(present - expected, key=str, reverse=True):  # a table before its index
        what = f"{_short(kind)} {_short(name)}"
        raise UserError(
            tr("{file} is no session: it holds the {table}, as Layerlight makes none.", file=path.name, table=what),
            hint=hint,
        )
    for kind, name, *_ in sorted(expected - present, key=str, reverse=True):
        what = f"{kind} {name}"
        raise UserError(tr("{file} is no session: it lacks the {table}.", file=path.name, table=what), hint=hint)


def _short(word: Any) -> str:
    return clipped(printable(str(word)), MOST_NAMED)


class Bounds:
    """A context in which reading raises `UserError` if it takes longer, or yields more, than such a file can."""

    def __init__(self, database: sqlite3.Connection, path: Path) -> None:
        self._database, self._name = database, path.name
        size = sum(map(_size, (path, beside(path, WAL)))) or FOREVER  # 0 if it was moved meanwhile
        self._bytes_left = 2 * size  # a table with a damaged page is read from both ends
        self._end = time.thread_time() + SECONDS + SECONDS_PER_BYTE * size
        self._is_over = False

    def __enter__(self) -> Self:
        self._database.set_progress_handler(self._look, EVERY)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._database.set_progress_handler(None, EVERY)
        if self._is_over and isinstance(error, sqlite3.Error):
            raise self._too_much() from error

    def count(self, values: Iterable[Any] = ()) -> None:
        """Count the read values; raise `UserError` if they are too many, or took too long."""
        self._bytes_left -= sum(len(value) for value in values if isinstance(value, (str, bytes)))
        if self._bytes_left < 0 or self._is_over:
            raise self._too_much()

    def _look(self) -> bool:
        self._is_over = time.thread_time() > self._end
        return self._is_over

    def _too_much(self) -> UserError:
        sentence = tr("{file} is no session: there is no end to what is read of it.", file=self._name)
        return UserError(sentence, hint=tr("Open only sessions that Layerlight saved."))


def _size(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_size
    return 0
