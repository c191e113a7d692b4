"""Session files as somebody could make them to do harm: each is a small whole session, changed in one way."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from engine.drawing import Drawing, Point, Stroke
from engine.lens import Adjusted, Neuron
from engine.neuron_set import NeuronSet
from engine.store.opening import create_store
from engine.store.reading import Contents
from engine.training.messages import Parent
from tests.engine.made_sessions import made_run

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
LARGE = "zeroblob(900000000)"


class Crafted(NamedTuple):
    """A file, what makes it of a whole one, and a piece of the sentence that names what is wrong with it."""

    name: str
    make: Callable[[Path], object]
    says: str
    """Empty where it is harmless and opens."""
    is_refused: bool = True
    """Otherwise what is wrong is left out, and all else opened."""
    is_harmless_to_read: bool = False
    """Whether what is wrong matters only to those who want to write."""


def make_whole(path: Path) -> Path:
    """Write the session that all others are made of: two runs, two drawings, a set."""
    store = create_store(path)
    runs = {"A": made_run("A"), "B": made_run("B", "goes on", parent=Parent("A", 110))}
    for run in runs.values():
        run.shape, run.started = (8, 8), 1.8e9
        for first in range(0, 550, 55):
            run.losses.append(np.linspace(2, 1, 55, dtype=np.float32) / (1 + first))
            run.norms.append(np.ones((6, 2), np.float32))
        run.changes.append((60, "learning_rate", 0.05))
        run.moment_bytes = run.moments[0].bytes
    stroke = Stroke(points=(Point(8.0, 5.5), Point(20.25, 9.0, 0.5)), width=2.5)
    drawing = Drawing(strokes=(stroke,))
    shades = (np.arange(784) % 251).astype(np.uint8).reshape(28, 28)
    drawings = {"three": drawing, "over": drawing.over(shades, "Test image 7")}
    sets = {"two": NeuronSet(frozenset({Neuron(0, 1)}), frozenset({Adjusted(0, 2, 3.0, 0.0)}))}
    view = {"tab": "Train", "lens": {"run": "A", "moment": 110, "silenced": []}}
    while not store.write(Contents(runs, view, drawings, sets)):
        pass
    store.close()
    return path


# What SQLite would run --------------------------------------------------------------------------------------------


def sql(*statements: str) -> Callable[[Path], object]:
    """Change a file by statements that SQLite takes from anybody."""

    def make(path: Path) -> None:
        database = sqlite3.connect(path, isolation_level=None)
        for statement in statements:
            database.execute(statement)
        database.close()

    return make


def schema(old: str, new: str) -> Callable[[Path], object]:
    """Change the SQL that a file keeps of its tables, to what no statement can make of them."""
    change = f"UPDATE sqlite_schema SET sql = replace(sql, '{old}', '{new}')"
    return sql("PRAGMA writable_schema = ON", change)


def in_place_of(table: str, columns: str, query: str) -> Callable[[Path], object]:
    """Put a view where a table was."""
    return sql(f"DROP TABLE {table}", f"CREATE VIEW {table} ({columns}) AS {query}")


NO_TABLE = "no session"

OBJECTS = [
    Crafted("a view", sql("CREATE VIEW more AS SELECT 1"), "the view more"),
    Crafted(
        "an endless view as runs",
        in_place_of("runs", "run, about, row_sha256", f"{ENDLESS} SELECT 'A', '{{}}', x'00' FROM n"),
        NO_TABLE,
    ),
    Crafted(
        "an endless view as facts",
        in_place_of("facts", "name, value, row_sha256", f"{ENDLESS} SELECT i, i, x'00' FROM n"),
        NO_TABLE,
    ),
    Crafted(
        "an endless view as arrays",
        in_place_of(
            "arrays", "sha256, type, shape, content", f"{ENDLESS} SELECT i, '<f4', '[1]', x'00' FROM n"
        ),
        NO_TABLE,
    ),
    Crafted(
        "an endless view as moments",
        in_place_of(
            "moments",
            "run, step, bookmark, weights, optimizer, row_sha256",
            f"{ENDLESS} SELECT 'A', i, NULL, '', '', x'00' FROM n",
        ),
        NO_TABLE,
    ),
    Crafted(
        "a large view as steps",
        in_place_of(
            "steps",
            "run, first_step, losses, norms, row_sha256",
            f"SELECT 'A', 1, {LARGE}, {LARGE}, {LARGE}",
        ),
        NO_TABLE,
    ),
    Crafted(
        "a large view as arrays",
        in_place_of(
            "arrays",
            "sha256, type, shape, content",
            f"SELECT sha256, '<f4', '[225000000]', {LARGE} FROM (SELECT '0' AS sha256)",
        ),
        NO_TABLE,
    ),
    Crafted(
        "a view with a join of itself",
        in_place_of(
            "sets", "name, number, neurons, row_sha256", "SELECT 1, 2, 3, 4 FROM sqlite_schema, sqlite_schema"
        ),
        NO_TABLE,
    ),
    Crafted(
        "a view of a table function",
        in_place_of(
            "sets", "name, number, neurons, row_sha256", "SELECT value, 1, 1, 1 FROM json_each('[1]')"
        ),
        NO_TABLE,
    ),
    *(
        Crafted(
            f"a trigger {when} on {table}",
            sql(f"CREATE TRIGGER harm {when} ON {table} BEGIN SELECT {what}; END"),
            "the trigger harm",
        )
        for when, table, what in (
            ("BEFORE INSERT", "epochs", "RAISE(IGNORE)"),
            ("BEFORE INSERT", "moments", "RAISE(IGNORE)"),
            ("BEFORE INSERT", "arrays", "RAISE(IGNORE)"),
            ("AFTER INSERT", "steps", "RAISE(ROLLBACK, 'no')"),
            ("BEFORE DELETE", "facts", "RAISE(ABORT, 'no')"),
            ("AFTER UPDATE", "runs", "randomblob(900000000)"),
            ("AFTER DELETE", "sets", f"(SELECT count(*) FROM ({ENDLESS} SELECT i FROM n))"),
        )
    ),
    Crafted(
        "a trigger that deletes",
        sql("CREATE TRIGGER harm AFTER INSERT ON epochs BEGIN DELETE FROM runs; END"),
        "the trigger harm",
    ),
    Crafted("a table more", sql("CREATE TABLE more (x)"), "the table more"),
    Crafted("a table of a hostile name", sql('CREATE TABLE "a\n\x1b[2J<b>" (x)'), "the table a??[2J<b>"),
    Crafted("a table of a long name", sql(f'CREATE TABLE "{"x" * 5_000}" (x)'), "…"),
    Crafted("a hundred tables more", sql(*(f"CREATE TABLE t{n} (x)" for n in range(100))), "the table t"),
    Crafted("an index more", sql("CREATE INDEX more ON epochs (figures)"), "the index more"),
    Crafted("an index of an expression", sql("CREATE INDEX more ON epochs (abs(epoch))"), "the index more"),
    Crafted(
        "a partial index",
        sql("CREATE INDEX more ON epochs (epoch) WHERE epoch > 3"),
        "the index more",
    ),
    Crafted("statistics", sql("ANALYZE"), "the table sqlite_stat1"),
    Crafted("a full-text table", sql("CREATE VIRTUAL TABLE more USING fts5(x)"), "more"),
    Crafted("an R*Tree", sql("CREATE VIRTUAL TABLE more USING rtree(id, x, y)"), "more"),
    Crafted(
        "a virtual table as sets",
        sql("DROP TABLE sets", "CREATE VIRTUAL TABLE sets USING fts5(name, number, neurons, row_sha256)"),
        NO_TABLE,
    ),
    Crafted(
        "a virtual table of no module",
        sql(
            "PRAGMA writable_schema = ON",
            "INSERT INTO sqlite_schema VALUES ('table', 'm', 'm', 0, 'CREATE VIRTUAL TABLE m USING nothing(x)')",
        ),
        "cannot be opened",
    ),
    *(
        Crafted(f"no table {table}", sql(f"DROP TABLE {table}"), f"lacks the table {table}")
        for table in (
            *(
                "facts",
                "runs",
                "epochs",
                "steps",
                "changes",
                "moments",
                "arrays",
                "drawings",
                "pictures",
                "sets",
            ),
        )
    ),
    *(
        Crafted(
            f"no column {column} in {table}",
            sql(f"ALTER TABLE {table} DROP COLUMN {column}"),
            f"table {table}",
        )
        for table, column in (
            ("runs", "about"),
            ("steps", "norms"),
            ("arrays", "content"),
            ("sets", "number"),
        )
    ),
    Crafted("a column more", sql("ALTER TABLE runs ADD COLUMN more"), "the table runs"),
    Crafted("a column renamed", sql("ALTER TABLE runs RENAME COLUMN about TO more"), "the table runs"),
    Crafted("a table renamed", sql("ALTER TABLE sets RENAME TO more"), NO_TABLE),
    Crafted(
        "a column that is generated",
        sql("ALTER TABLE runs ADD COLUMN more AS (zeroblob(900000000)) VIRTUAL"),
        "the table runs",
    ),
    Crafted(
        "a default that is an expression",
        schema("neurons,", "neurons DEFAULT (randomblob(900000000)),"),
        "the table sets",
    ),
    Crafted(
        "a check that is an expression",
        schema("figures,", "figures CHECK (length(randomblob(900000000)) > epoch),"),
        "the table epochs",
    ),
    Crafted("a collation of its own", schema("(name, value,", "(name COLLATE mine, value,"), "table facts"),
    Crafted(
        "a foreign key", schema("about,", "about REFERENCES facts(name) ON DELETE CASCADE,"), "table runs"
    ),
    Crafted("a type", schema("(run, epoch,", "(run TEXT, epoch INTEGER,"), "the table epochs"),
    Crafted("SQL that is none", schema("CREATE TABLE runs (", "CREATE TABLE runs )"), "cannot be opened"),
    Crafted("SQL without an end", schema("PRIMARY KEY (name))", "PRIMARY KEY (name)"), "cannot be opened"),
    Crafted(
        "a table on the pages of the schema",
        sql("PRAGMA writable_schema = ON", "UPDATE sqlite_schema SET rootpage = 1 WHERE name = 'sets'"),
        "cannot be opened",
    ),
    Crafted(
        "a table on pages that are not there",
        sql("PRAGMA writable_schema = ON", "UPDATE sqlite_schema SET rootpage = 99999 WHERE name = 'sets'"),
        "cannot be opened",
    ),
    Crafted(
        "a schema as a text of 2 MB",
        schema("CREATE TABLE sets (", "CREATE TABLE sets (" + " " * 2_000_000),
        "cannot be opened",
    ),
]
"""Things in the file that SQLite would run or follow."""


def pages_in_circles(table: bool) -> Callable[[Path], object]:
    """Let the root of the schema (`table`) or of the index of epochs lead to one leaf on 200^5 ways."""

    def make(path: Path) -> None:
        with sqlite3.connect(path) as database:
            (root,) = database.execute(
                "SELECT rootpage FROM sqlite_schema WHERE name LIKE '%index_epochs%'"
            ).fetchone()
        database.close()
        root = 1 if table else root
        content = bytearray(path.read_bytes())
        count = int.from_bytes(content[28:32])
        del content[count * 4096 :]
        start, head = 4096 * (root - 1), 100 if table else 0
        leaf = bytearray(content[start : start + 4096])
        if table:  # a leaf elsewhere has no header of the file before its own
            cells = int.from_bytes(leaf[103:105])
            leaf[0 : 8 + 2 * cells] = leaf[100 : 108 + 2 * cells]
        content += leaf
        cell = b"\1" if table else b"\7\4\x0f\1\1A\1\1"
        for child in range(count + 1, count + 6):
            page = _interior(0x05 if table else 0x02, child.to_bytes(4), cell, head)
            if child == count + 5:
                content[start + head : start + 4096] = page[head:]
            else:
                content += _interior(page[head], child.to_bytes(4), cell, 0)
        content[28:32] = (len(content) // 4096).to_bytes(4)
        path.write_bytes(content)

    return make


def _interior(kind: int, child: bytes, cell: bytes, head: int) -> bytearray:
    """Return a page that leads 201 times to `child`; its first `head` bytes are left to others."""
    page = bytearray(4096)
    first = 4096 - 200 * (4 + len(cell))
    page[head : head + 12] = bytes([kind, 0, 0, 0, 200]) + first.to_bytes(2) + b"\0" + child
    for number in range(200):
        place = first + number * (4 + len(cell))
        page[place : place + 4 + len(cell)] = child + cell
        page[head + 12 + 2 * number : head + 14 + 2 * number] = place.to_bytes(2)
    return page


KINDS = [
    Crafted("a schema without an end", pages_in_circles(table=True), "no end"),
    Crafted("rows without an end", pages_in_circles(table=False), "no end"),
    *(
        Crafted(f"schema {number}", sql(f"PRAGMA user_version = {number}"), words)
        for number, words in (
            *(
                (0, "no Layerlight session"),
                (-1, "no Layerlight session"),
                (-(2**31), "no Layerlight session"),
            ),
            *(
                (1, "the table"),
                (3, "the table sets"),
                (5, "newer Layerlight"),
                (2**31 - 1, "newer Layerlight"),
            ),
        )
    ),
    Crafted("another program's", sql("PRAGMA application_id = 7"), "no Layerlight session"),
]


# What lies beside a file ------------------------------------------------------------------------------------------


def near(ending: str, make: Callable[[Path], object]) -> Callable[[Path], object]:
    return lambda path: make(path.with_name(path.name + ending))


def journal_that_deletes(path: Path) -> None:
    """Lay a journal there that names a super-journal: SQLite deletes what that is called, if no journal is left."""
    victim = os.fsencode(path.parent.parent / "victim")
    magic = bytes.fromhex("d9d505f920a163d7")
    size = (path.with_name(path.name.removesuffix("-journal")).stat().st_size // 4096).to_bytes(4)
    header = (magic + bytes(4) + b"seed" + size + (512).to_bytes(4) + (4096).to_bytes(4)).ljust(512, b"\0")
    name = (4096 * 262144 // 4096 + 1).to_bytes(4) + victim + len(victim).to_bytes(4)
    path.write_bytes(header + name + (sum(victim) & 0xFFFFFFFF).to_bytes(4) + magic)


def log_with(*statements: str) -> Callable[[Path], object]:
    """Lay a log beside the file in which these statements were run, though its own pages are as they were."""

    def make(path: Path) -> None:
        whole = path.read_bytes()
        database = sqlite3.connect(path, isolation_level=None)
        for statement in statements:
            database.execute(statement)
        log = path.with_name(f"{path.name}-wal").read_bytes()
        database.close()
        path.write_bytes(whole)
        path.with_name(f"{path.name}-wal").write_bytes(log)

    return make


ORDINARY = "no ordinary file"

BESIDE = [
    Crafted("a journal that names a file", near("-journal", journal_that_deletes), "-journal"),
    Crafted("a journal of zeros", near("-journal", lambda path: path.write_bytes(bytes(512))), "-journal"),
    Crafted("a journal of noise", near("-journal", lambda path: path.write_bytes(b"noise" * 99)), "-journal"),
    Crafted("an empty journal", near("-journal", Path.touch), "-journal"),
    *(
        Crafted(
            f"{what} as {ending}",
            near(ending, make),
            "-journal" if ending == "-journal" else ORDINARY,
            True,
            ending == "-shm",
        )
        for ending in ("-journal", "-wal", "-shm")
        for what, make in (
            ("a pipe", os.mkfifo),
            ("a folder", Path.mkdir),
            ("a link to the canary", lambda path: path.symlink_to(path.parent.parent / "canary")),
            ("a link to nothing", lambda path: path.symlink_to(path.parent / "nothing")),
            ("a link to a device", lambda path: path.symlink_to("/dev/zero")),
        )
    ),
    *(
        Crafted(
            f"another name of the canary as {ending}",
            near(ending, lambda path: path.hardlink_to(path.parent.parent / "canary")),
            "another name",
            is_harmless_to_read=ending == "-shm",
        )
        for ending in ("-wal", "-shm")
    ),
    Crafted("a log of noise", near("-wal", lambda path: path.write_bytes(b"noise" * 999)), ""),
    Crafted("an empty log", near("-wal", Path.touch), ""),
    Crafted("a log with a view", log_with("CREATE VIEW more AS SELECT 1"), "the view more"),
    Crafted(
        "a log with a trigger",
        log_with("CREATE TRIGGER harm BEFORE INSERT ON epochs BEGIN SELECT RAISE(IGNORE); END"),
        "the trigger harm",
    ),
    Crafted("a log without a table", log_with("DROP TABLE runs"), "lacks the"),
    Crafted("a log with another kind", log_with("PRAGMA application_id = 7"), "no Layerlight session"),
    Crafted("a log with schema -1", log_with("PRAGMA user_version = -1"), "no Layerlight session"),
    Crafted("a log that changes nothing", log_with("PRAGMA user_version = 4"), ""),
]
