"""The tables of a session file, opening it, and the migrations of older files.

Every row has a SHA-256 of its values, so that any changed bit is noticed. Arrays are stored once, under the SHA-256 of
their content. Nothing is pickled.
"""

import contextlib
import hashlib
import json
import math
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import Any, Literal, NamedTuple

from engine.core.errors import UserError
from engine.core.language import tr
from engine.core.text import storable
from engine.data.formats.reading import require_file
from engine.session.store.guard import JOURNAL, SHARED, WAL, Bounds, check_beside, check_tables, guard, has_beside

APPLICATION = 0x4C594C54  # SQLite's application id in the header of a session: `LYLT`

# 1: runs, moments, the window's state. 2: drawings. 3: the pictures below their strokes. 4: named sets of neurons.
# 5: a run's layers may name their activations, which an older program would take for damage. 6: acts. 7: examples.
SCHEMA = 7

SUFFIX = ".layerlight"
WAIT_SECONDS = 2.0  # time-out for another program that reads the file


class Table(NamedTuple):
    """A table: its columns, of which the first `keys` are the primary key."""

    name: str
    columns: tuple[str, ...]
    keys: int
    check: str = ", row_sha256"  # the column with the row's own hash
    since: int = 1  # the first schema with this table

    @property
    def sql(self) -> str:
        """The statement that creates it."""
        key = ", ".join(self.columns[: self.keys])
        return f"CREATE TABLE {self.name} ({', '.join(self.columns)}{self.check}, PRIMARY KEY ({key}))"


# By name, as JSON: `written_by` (versions), `view` (the window's state).
FACTS = Table("facts", ("name", "value"), 1)
# The fact with all named sets of neurons up to schema 3: [name, neurons] pairs.
SETS_ONCE = "neuron sets"  # no text
RUNS = Table("runs", ("run", "about"), 1)  # settings and all other single values of a run, as JSON
EPOCHS = Table("epochs", ("run", "epoch", "figures"), 2)  # the fields of `EpochDone`, as JSON
# Little-endian float32: the loss of every step, and the gradient norm of each layer in the measured ones.
STEPS = Table("steps", ("run", "first_step", "losses", "norms"), 2)
CHANGES = Table("changes", ("run", "number", "step", "setting", "value"), 2)  # changes of live settings
# A moment's name, if it has one, and the hashes of its arrays in hexadecimal, separated by spaces.
MOMENTS = Table("moments", ("run", "step", "bookmark", "weights", "optimizer"), 2)
# `sha256` is of type, shape and content, so it is the row's hash as well.
ARRAYS = Table("arrays", ("sha256", "type", "shape", "content"), 1, check="")
DRAWINGS = Table("drawings", ("name", "number", "strokes"), 1, since=2)  # ordered by number; strokes as JSON
# The picture below the strokes of the drawing with that name: its caption, and its array's hash.
PICTURES = Table("pictures", ("name", "caption", "picture"), 1, since=3)
SETS = Table("sets", ("name", "number", "neurons"), 1, since=4)  # ordered by number; neurons as JSON
# Ordered by number; the act as JSON, and its array's hash, empty if it has none.
ACTS = Table("acts", ("number", "about", "array"), 1, since=6)
# Ordered by number; the example as JSON, and its picture's hash; an empty `run` is the shelf.
EXAMPLES = Table("examples", ("run", "number", "about", "array"), 2, since=7)

TABLES = (FACTS, RUNS, EPOCHS, STEPS, CHANGES, MOMENTS, ARRAYS, DRAWINGS, PICTURES, SETS, ACTS, EXAMPLES)


# `still` reads a file that no process writes, on any medium; `read` one that another process may write.
type Access = Literal["create", "write", "read", "still"]

# SQLite's file system layer without locks, which also creates no index beside an existing log.
NO_LOCKS = "win32-none" if os.name == "nt" else "unix-none"


def connect(path: Path, access: Access) -> sqlite3.Connection:
    """Open the session file; one of an older schema is migrated if it may be written.

    Raises `UserError` for a file that is no session, a newer one, or one with a changed schema, before anything is
    written; `sqlite3.Error` if it cannot be read or written.
    """
    if access != "create":
        require_file(path)
    check_beside(path, (JOURNAL, WAL) if access == "still" else (JOURNAL, WAL, SHARED))
    still = f"ro&vfs={NO_LOCKS}" if access == "still" and has_beside(path, WAL) else "ro&immutable=1"
    how = {"create": "rwc", "write": "rw", "read": "ro", "still": still}[access]
    where = f"{uri_of(path.resolve())}?mode={how}"
    database = sqlite3.connect(where, uri=True, timeout=WAIT_SECONDS, isolation_level=None)
    try:
        guard(database)
        database.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, True)  # while it may still be refused
        if access == "still":
            database.execute("PRAGMA locking_mode = EXCLUSIVE")
        if access == "create":
            _create(database)
        else:
            try:
                with Bounds(database, path):
                    _check_kind(database, path)
            except UnicodeDecodeError as error:  # from SQLite's messages, which repeat names in the file
                raise sqlite3.DatabaseError("malformed database schema") from error  # no text
        if access == "write":
            _prepare_writing(database)
            migrate(database)
        database.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, access == "still")
    except BaseException:
        database.close()
        raise
    return database


def uri_of(path: PurePath) -> str:
    """Return an absolute path as SQLite's address, in which a share of Windows has no server before its path."""
    uri = path.as_uri()
    return uri if uri.startswith("file:///") else uri.replace("//", "////", 1)


def check(path: Path) -> None:
    """Raise what `connect` raises, without touching the file, which no process writes, or those beside it."""
    check_beside(path)
    connect(path, "still").close()


def _check_kind(database: sqlite3.Connection, path: Path) -> None:
    schema = pragma(database, "user_version")
    if pragma(database, "application_id") != APPLICATION or schema < 1:
        raise UserError(
            tr("{file} is no Layerlight session.", file=path.name), hint=tr("Choose a file that Layerlight saved.")
        )
    if schema > SCHEMA:
        sentence = tr(
            "{file} was saved by a newer Layerlight (format {its}, this one reads up to {own}).",
            file=path.name,
            its=schema,
            own=SCHEMA,
        )
        raise UserError(sentence, hint=tr("Open it with that version."))
    check_tables(database, path, _tables(schema))


def _tables(schema: int) -> Iterator[tuple[str, str, str, str | None]]:
    """Yield SQLite's entries for a file of that schema: (type, name, table, SQL)."""
    for table in TABLES:
        if table.since <= schema:
            yield "table", table.name, table.name, table.sql
            yield "index", f"sqlite_autoindex_{table.name}_1", table.name, None


def _prepare_writing(database: sqlite3.Connection) -> None:
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")


def _create(database: sqlite3.Connection) -> None:
    _prepare_writing(database)
    with transaction(database):
        database.execute(f"PRAGMA application_id = {APPLICATION}")
        database.execute(f"PRAGMA user_version = {SCHEMA}")
        for table in TABLES:
            database.execute(table.sql)


def migrate(database: sqlite3.Connection) -> None:
    """Migrate an older file to the present schema, step by step, in one transaction."""
    schema = pragma(database, "user_version")
    if schema == SCHEMA:
        return
    with transaction(database):
        for older in range(schema, SCHEMA):
            MIGRATIONS[older](database)
        database.execute(f"PRAGMA user_version = {SCHEMA}")


def _give_sets_rows(database: sqlite3.Connection) -> None:
    """Give each named set of neurons its own row; a damaged fact stays, to be reported as such."""
    database.execute("CREATE TABLE sets (name, number, neurons, row_sha256, PRIMARY KEY (name))")
    fact = database.execute("SELECT * FROM facts WHERE name = ?", (SETS_ONCE,)).fetchone()
    if fact is None or fact[-1] != _check(fact[:-1]):
        return
    try:
        sets = [(str(name), number, to_json(plain)) for number, (name, plain) in enumerate(json.loads(fact[1]))]
    except (TypeError, ValueError):
        return
    for row in sets:
        database.execute("INSERT OR REPLACE INTO sets VALUES (?, ?, ?, ?)", (*row, _check(row)))
    database.execute("DELETE FROM facts WHERE name = ?", (SETS_ONCE,))


# The migration from each schema to the next. They spell out the tables of that schema, not of the present one.
MIGRATIONS: dict[int, Callable[[sqlite3.Connection], object]] = {
    1: lambda database: database.execute(
        "CREATE TABLE drawings (name, number, strokes, row_sha256, PRIMARY KEY (name))"
    ),
    2: lambda database: database.execute(
        "CREATE TABLE pictures (name, caption, picture, row_sha256, PRIMARY KEY (name))"
    ),
    3: _give_sets_rows,
    4: lambda _: None,  # the older layers are read unchanged
    5: lambda database: database.execute("CREATE TABLE acts (number, about, array, row_sha256, PRIMARY KEY (number))"),
    6: lambda database: database.execute(
        "CREATE TABLE examples (run, number, about, array, row_sha256, PRIMARY KEY (run, number))"
    ),
}


@contextlib.contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """Begin a transaction, which is committed at the end of the context, or else rolled back."""
    if database.in_transaction:  # one that a failing disk left open
        database.execute("ROLLBACK")
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    finally:
        if database.in_transaction:
            database.execute("ROLLBACK")


def put(database: sqlite3.Connection, table: Table, *values: Any) -> None:
    """Insert a row, or replace the one with its keys."""
    places = ", ".join("?" * (len(values) + 1))
    database.execute(f"INSERT OR REPLACE INTO {table.name} VALUES ({places})", (*values, _check(values)))


def drop(database: sqlite3.Connection, table: Table, *keys: Any) -> None:
    """Delete all rows whose first columns are `keys`."""
    where = " AND ".join(f"{column} = ?" for column in table.columns[: len(keys)])
    database.execute(f"DELETE FROM {table.name} WHERE {where}", keys)


def rows(
    database: sqlite3.Connection, table: Table, spoilt: Callable[[tuple[Any, ...]], None], bounds: Bounds
) -> Iterator[tuple[Any, ...]]:
    """Yield the values of every undamaged row, by its keys; `spoilt` gets those of each damaged one, if known."""
    seen: set[Any] = set()
    for order in ("", " DESC"):  # if reading stops at a damaged page, the rest is read from the other end
        keys = ", ".join(f"{column}{order}" for column in table.columns[: table.keys])
        try:
            for *values, check in database.execute(f"SELECT * FROM {table.name} ORDER BY {keys}"):
                bounds.count(values)
                key = tuple(values[: table.keys])
                if key in seen:
                    continue
                seen.add(key)
                if check == _check(values):
                    yield tuple(values)
                else:
                    spoilt(key)
            return
        except sqlite3.DatabaseError:
            bounds.count()
            if not order:
                spoilt(())


def _check(values: Any) -> bytes:
    digest = hashlib.sha256()
    for value in values:
        content = value if isinstance(value, bytes) else repr(value).encode()
        digest.update(f"{type(value).__name__} {len(content)} ".encode())
        digest.update(content)
    return digest.digest()


def pragma(database: sqlite3.Connection, name: str) -> int:
    """Return a number that SQLite knows of the file, such as the `user_version`, which is that of its schema."""
    return int(database.execute(f"PRAGMA {name}").fetchone()[0])


def to_json(values: Any) -> str:
    """Return JSON; non-finite numbers become the words `nan`, `inf` and `-inf`, which `float` reads."""
    return storable(json.dumps(_sayable(values), allow_nan=False, ensure_ascii=False, separators=(",", ":")))


def _sayable(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    if isinstance(value, dict):
        return {key: _sayable(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_sayable(inner) for inner in value]
    return value
