"""Session files as somebody could make them to do harm: each is a small whole session, changed in one way."""

import contextlib
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from engine.core.act import Act
from engine.core.drawing import Drawing, Point, Stroke
from engine.core.lens import Adjusted, Lens, Neuron, NeuronSet
from engine.model.training.epochs import Epochs
from engine.model.training.messages import Parent
from engine.session.store.opening import create_store
from engine.session.store.reading import Contents
from engine.session.store.schema import (
    ACTS,
    CHANGES,
    DRAWINGS,
    EPOCHS,
    FACTS,
    MOMENTS,
    PICTURES,
    RUNS,
    SCHEMA,
    SETS,
    SETS_ONCE,
    STEPS,
    TABLES,
    Table,
    put,
)
from engine.session.store.seal import seal, unseal
from tests.engine.made_sessions import made_run

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
LARGE = "zeroblob(900000000)"
COLUMNS = {table.name: ", ".join(table.columns) + table.check for table in TABLES}


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
    """Write the session that all others are made of: two runs, two drawings, a set, two acts."""
    store = create_store(path)
    runs = {"A": made_run("A"), "B": made_run("B", "goes on", parent=Parent("A", 110))}
    for run in runs.values():
        run.shape, run.started = (8, 8), 1.8e9
        run.epochs = Epochs(run.epochs[:4])
        for step in [step for step in run.moments if step > 220]:
            del run.moments[step]
        for first in range(0, 550, 55):
            run.losses.extend(np.linspace(2, 1, 55, dtype=np.float32) / (1 + first))
            run.norms.extend(np.ones((6, 2), np.float32))
        run.changes.append((60, "learning_rate", 0.05))
        run.moment_bytes = run.moments[0].bytes
    stroke = Stroke(points=(Point(8.0, 5.5), Point(20.25, 9.0, 0.5)), width=2.5)
    drawing = Drawing(strokes=(stroke,))
    shades = (np.arange(784) % 251).astype(np.uint8).reshape(28, 28)
    drawings = {"three": drawing, "over": drawing.over(shades, "Test image 7")}
    sets = {"two": NeuronSet(frozenset({Neuron(0, 1)}), frozenset({Adjusted(0, 2, 3.0, 0.0)}))}
    view = {"tab": "Train", "lens": {"run": "A", "moment": 110, "silenced": []}}
    lens, picture = (Lens("A", 110, frozenset({Neuron(0, 1)})), (np.arange(64, dtype=np.float32) / 64).reshape(8, 8))
    acts = {
        1: Act.of("fingerprints", {"layer": 1}, lens, "0123", 1.8e9),
        2: Act.of("draw", {"image": 3, "picture": picture}, lens, "0123", 1.8e9),
    }
    while not store.write(Contents(runs, view, drawings, sets, acts)):
        pass
    store.close()
    return path


def lay(whole: Path, crafted: Crafted, folder: Path) -> Path:
    """Make the file in a folder of its own within `folder`, beside which lie files that must stay; it is sealed."""
    for name in ("canary", "victim"):
        (folder / name).write_text(name)
    inside = folder / "folder"
    inside.mkdir(exist_ok=True)
    path = Path(shutil.copy(whole, inside / "session.layerlight"))
    unseal(path)
    crafted.make(path)
    seal(path)
    return path


# What SQLite would run --------------------------------------------------------------------------------------------


def changing(change: Callable[[sqlite3.Connection], object]) -> Callable[[Path], object]:
    """Return what changes a file through its open database."""

    def make(path: Path) -> None:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
            change(database)

    return make


def sql(statements: str) -> Callable[[Path], object]:
    """Change a file by statements that SQLite takes from anybody."""
    return changing(lambda database: database.executescript(statements))


def schema(change: str) -> Callable[[Path], object]:
    """Change the SQL that a file keeps of its tables, to what no statement can make of them."""
    return sql(f"PRAGMA writable_schema = ON; {change}")


def by_line(text: str) -> list[list[str]]:
    """The cells of a table that stands in a text, a row a line."""
    return [line.split(" | ") for line in text.strip().splitlines()]


NO_TABLE = "no session"

STATEMENTS = f"""
a view | CREATE VIEW more AS SELECT 1 | the view more
a trigger that deletes | CREATE TRIGGER harm AFTER INSERT ON epochs BEGIN DELETE FROM runs; END | the trigger harm
a table more | CREATE TABLE more (x) | the table more
a table of a long name | CREATE TABLE "{"x" * 5_000}" (x) | …
a hundred tables more | {"".join(f"CREATE TABLE t{number} (x);" for number in range(100))} | the table t
an index more | CREATE INDEX more ON epochs (figures) | the index more
an index of an expression | CREATE INDEX more ON epochs (abs(epoch)) | the index more
a partial index | CREATE INDEX more ON epochs (epoch) WHERE epoch > 3 | the index more
statistics | ANALYZE | the table sqlite_stat1
a full-text table | CREATE VIRTUAL TABLE more USING fts5(x) | more
an R*Tree | CREATE VIRTUAL TABLE more USING rtree(id, x, y) | more
a virtual table as sets | DROP TABLE sets; CREATE VIRTUAL TABLE sets USING fts5({COLUMNS["sets"]}) | {NO_TABLE}
no column about in runs | ALTER TABLE runs DROP COLUMN about | table runs
no column norms in steps | ALTER TABLE steps DROP COLUMN norms | table steps
no column content in arrays | ALTER TABLE arrays DROP COLUMN content | table arrays
no column number in sets | ALTER TABLE sets DROP COLUMN number | table sets
a column more | ALTER TABLE runs ADD COLUMN more | the table runs
a column renamed | ALTER TABLE runs RENAME COLUMN about TO more | the table runs
a table renamed | ALTER TABLE sets RENAME TO more | {NO_TABLE}
a generated column | ALTER TABLE runs ADD COLUMN more AS (zeroblob(900000000)) VIRTUAL | the table runs
another program's | PRAGMA application_id = 7 | no Layerlight session
"""

TRIGGERS = f"""
BEFORE INSERT ON epochs | RAISE(IGNORE)
BEFORE INSERT ON moments | RAISE(IGNORE)
BEFORE INSERT ON arrays | RAISE(IGNORE)
AFTER INSERT ON steps | RAISE(ROLLBACK, 'no')
BEFORE DELETE ON facts | RAISE(ABORT, 'no')
AFTER UPDATE ON runs | randomblob(900000000)
AFTER DELETE ON sets | (SELECT count(*) FROM ({ENDLESS} SELECT i FROM n))
"""

VIEWS = f"""
an endless view as runs | runs | {ENDLESS} SELECT 'A', '{{}}', x'00' FROM n
an endless view as facts | facts | {ENDLESS} SELECT i, i, x'00' FROM n
an endless view as arrays | arrays | {ENDLESS} SELECT i, '<f4', '[1]', x'00' FROM n
an endless view as moments | moments | {ENDLESS} SELECT 'A', i, NULL, '', '', x'00' FROM n
a large view as steps | steps | SELECT 'A', 1, {LARGE}, {LARGE}, {LARGE}
a large view as arrays | arrays | SELECT '0', '<f4', '[225000000]', {LARGE}
a view with a join of itself | sets | SELECT 1, 2, 3, 4 FROM sqlite_schema, sqlite_schema
a view of a table function | sets | SELECT value, 1, 1, 1 FROM json_each('[1]')
"""

IN_THE_SCHEMA = """
a default that is an expression | neurons, | neurons DEFAULT (randomblob(900000000)), | the table sets
a check that is an expression | figures, | figures CHECK (length(randomblob(900000000)) > epoch), | the table epochs
a collation of its own | (name, value, | (name COLLATE mine, value, | table facts
a foreign key | about, | about REFERENCES facts(name) ON DELETE CASCADE, | table runs
a type | (run, epoch, | (run TEXT, epoch INTEGER, | the table epochs
SQL that is none | CREATE TABLE runs ( | CREATE TABLE runs ) | cannot be opened
SQL without an end | PRIMARY KEY (name)) | PRIMARY KEY (name) | cannot be opened
"""

OBJECTS = [
    *(Crafted(name, sql(statements), says) for name, statements, says in by_line(STATEMENTS)),
    *(
        Crafted(f"a trigger {when}", sql(f"CREATE TRIGGER harm {when} BEGIN SELECT {what}; END"), "the trigger harm")
        for when, what in by_line(TRIGGERS)
    ),
    *(
        Crafted(name, sql(f"DROP TABLE {table}; CREATE VIEW {table} ({COLUMNS[table]}) AS {query}"), NO_TABLE)
        for name, table, query in by_line(VIEWS)
    ),
    *(Crafted(f"no table {table}", sql(f"DROP TABLE {table}"), f"lacks the table {table}") for table in COLUMNS),
    *(
        Crafted(name, schema(f"UPDATE sqlite_schema SET sql = replace(sql, '{old}', '{new}')"), says)
        for name, old, new, says in by_line(IN_THE_SCHEMA)
    ),
    *(
        Crafted(
            f"a table on page {page:,}",
            schema(f"UPDATE sqlite_schema SET rootpage = {page} WHERE name = 'sets'"),
            "cannot be opened",
        )
        for page in (1, 99_999)  # that of the schema, and one that is not there
    ),
    Crafted(
        "a schema as a text of 2 MB",
        schema(f"UPDATE sqlite_schema SET sql = replace(sql, 'sets (', 'sets ({' ' * 2_000_000}')"),
        "cannot be opened",
    ),
    Crafted(
        "a virtual table of no module",
        schema("INSERT INTO sqlite_schema VALUES ('table', 'm', 'm', 0, 'CREATE VIRTUAL TABLE m USING nothing(x)')"),
        "cannot be opened",
    ),
    Crafted("a table of a hostile name", sql('CREATE TABLE "a\n\x1b[2J<b>" (x)'), "the table a??[2J<b>"),
]
"""Things in the file that SQLite would run or follow."""


def pages_in_circles(table: bool) -> Callable[[Path], object]:
    """Let the root of the schema (`table`) or of the index of epochs lead to one leaf on 200^5 ways."""

    def make(path: Path) -> None:
        with sqlite3.connect(path) as database:
            (root,) = database.execute("SELECT rootpage FROM sqlite_schema WHERE name LIKE '%index_epochs%'").fetchone()
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
        Crafted(f"schema {number}", sql(f"PRAGMA user_version = {number}"), says)
        for says, numbers in {
            "no Layerlight session": (0, -1, -(2**31)), "the table": (1, 5), "the table sets": (3,),
            "the table examples": (6,), "newer Layerlight": (SCHEMA + 1, 2**31 - 1),
        }.items()
        for number in numbers
    ),
]  # fmt: skip


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
    Crafted("a log that changes nothing", log_with(f"PRAGMA user_version = {SCHEMA}"), ""),
]


# Rows -------------------------------------------------------------------------------------------------------------


def row(table: Table, *values) -> Callable[[Path], object]:
    """Add a row, or replace the one with its keys; its hash is right."""
    return changing(lambda database: put(database, table, *values))


def json_with(table: Table, *keys, **changes) -> Callable[[Path], object]:
    """Change some of what a row holds as JSON; `None` of Python leaves a name out, `RAW` is taken letter by letter."""

    @changing
    def make(database: sqlite3.Connection) -> None:
        where = " AND ".join(f"{column} = ?" for column in table.columns[: table.keys])
        query = f"SELECT {', '.join(table.columns[table.keys :])} FROM {table.name} WHERE {where}"
        about, *others = database.execute(query, keys).fetchone()
        said = json.loads(about)
        for name, value in changes.items():
            is_setting = name in said.get("spec", {}) or name.startswith("unknown_")
            inner = said["spec"] if is_setting and name not in said else said
            inner[name] = value
            if value is None:
                del inner[name]
        text = re.sub(r'"RAW (.*?)"', r"\1", json.dumps(said))
        put(database, table, *keys, text, *others)

    return make


def moment(change: Callable[[str, str], tuple[object, object, object]]) -> Callable[[Path], object]:
    """Change a snapshot's bookmark and the hashes of its weights and of the optimiser's state."""

    @changing
    def make(database: sqlite3.Connection) -> None:
        query = "SELECT weights, optimizer FROM moments WHERE run = 'A' AND step = 165"
        put(database, MOMENTS, "A", 165, *change(*database.execute(query).fetchone()))

    return make


def weights(change: Callable[[list[str]], object], optimizer: object = "") -> Callable[[Path], object]:
    """Change the hashes of a snapshot's weights, and put something in place of those of the optimiser."""

    def changed(hashes: str, _: str) -> tuple[object, object, object]:
        new = change(hashes.split())
        return None, " ".join(new) if isinstance(new, list) else new, optimizer

    return moment(changed)


def array(**columns) -> Callable[[Path], object]:
    """Change the row of the first kernel of the snapshot at step 165."""
    change = ", ".join(f"{name} = ?" for name in columns)
    kernel = "SELECT substr(weights, 1, 64) FROM moments WHERE run = 'A' AND step = 165"
    query = f"UPDATE arrays SET {change} WHERE sha256 = ({kernel})"
    return changing(lambda database: database.execute(query, tuple(columns.values())))


def asked(path: Path, query: str, *values: object):
    """Return the only value that a query gives."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        ((value,),) = database.execute(query, values)
    return value


def kept(path: Path, shape: str) -> str:
    """Return the hash of an array of this shape that is there."""
    return asked(path, "SELECT sha256 FROM arrays WHERE shape = ? LIMIT 1", shape)


def damage(name: str, make: Callable[[Path], object], says: str) -> Crafted:
    return Crafted(name, make, f"is damaged: {says}" if says else "", is_refused=False)


def no_values(name: str, table: Table, *keys: object, says: str, more: tuple = (), but: str = "") -> list[Crafted]:
    """Put into a row what is no value of it, besides that of these names."""
    return [
        damage(f"{table.name}: {what} as {name}", row(table, *keys, value, *more), says)
        for what, value in NO_VALUES.items()
        if what not in but.split(", ")
    ]


def json_values(table: Table, *keys: object, says: str, of: dict[str, tuple]) -> list[Crafted]:
    """Put each of these values into what a row holds as JSON, by the names that it has there."""
    return [
        damage(f"{table.name}: {name} {str(value)[:60]!r}", json_with(table, *keys, **{name: value}), says)
        for name, values in of.items()
        for value in values
    ]


DEEP, DEEPER = "[" * 2_000 + "]" * 2_000, "[" * 100_000 + "]" * 100_000
NO_VALUES = {
    "nothing": "",
    "no JSON": "no JSON",
    "a list": "[]",
    "null": "null",
    "a number": "7",
    "a text": '"text"',
    "an empty object": "{}",
    "NaN": "NaN",
    "a deep list": DEEP,
    "a deeper list": DEEPER,
    "a deep object": '{"a":' * 2_000 + "1" + "}" * 2_000,
    "a long number": "9" * 5_000,
    "a lone surrogate": '{"title": "\\ud800"}',
    "bytes": b"{}",
    "NULL": None,
    "a number of SQLite": 7,
}
"""What stands in place of JSON."""

WRONG_NAMES = [
    None, b"A", 7, 7.5, "", "a", "A B", "A\n", "B" * 11, "../A", "A" * 20_000, "\x1b[2J", "<b>A</b>", "Ä",
]  # fmt: skip
OF_RUN, ABOUT = "the settings of run A", "SELECT about FROM runs WHERE run = 'A'"
RUN_ROWS = [
    *no_values("settings", RUNS, "A", says=OF_RUN),
    *(
        damage(
            f"runs: a run called {str(name)[:11]!r}",
            lambda path, name=name: row(RUNS, name, asked(path, ABOUT))(path),
            "the settings of run",
        )
        for name in WRONG_NAMES
    ),
    *json_values(
        RUNS,
        "A",
        says=OF_RUN,
        of={
            "title": (7, ["a"], "a" * 20_000, None, "\ud800"),
            "spec": ("layers", [], 7, None),
            "layers": (
                "8193", "9, " * 9, "conv 300", "x", "300, conv 3", "9" * 400, 7, ["3"], "eval(1)", "3\n3",
                "3 nothing", "3 relu tanh", "tanh",
            ),
            "activation": ("eval", 7, ["relu"], {}),
            "loss": ("nothing",),
            "optimizer": ("sgd\n",),
            "batch": (0, -1, 1.5, "100", True, 10**30, "RAW 1e400"),
            "epochs": (0, 10_001, 10**9),
            "seed": (-1, 2**31),
            "learning_rate": ("nan", "0.1", "RAW NaN", "RAW Infinity", "RAW 1e999", 101, -1),
            "dropout": (1.0, [0.1]),
            "steps_per_epoch": (0, -1, 10**30, "55", 5.5, True, None),
            "shape": (
                [20_000, 20_000], [257, 1], [0, 8], [-8, -8], [8], [8, 8, 8], ["8", "8"], [8.0, 8.0], "8 8",
                None,
            ),
            "classes": (
                7, "ape", ["ape", 3], ["a" * 41], ["ape"] * 101, ["ape\n"], ["\x1b[2J"], ["\u202eepa"], [" "],
                [""], [["ape"]], {"0": "ape"},
            ),
            "color": (-1, 10**30, "red", 1.5),
            "pinned": (1, "yes", None),
            "deleted": (0, "no"),
            "started": ("nan", "now", -1, 1e300, 10**400, "RAW NaN", [1]),
            "moment_bytes": (-1, 10**30, 1.5),
            "parent": (
                ["A", 0], ["B"], ["B", -1], ["B", "x"], ["b", 0], ["B", 10**30], ["B", 1.5], 7, "B0", {},
            ),
            "optimizers": (
                7, "adam", [7], [["adam", 3]], [[-1, "adam"]], [[3, "nothing"]], [[3, ["adam"]]],
            ),
            "member": (7, "s", ["s"], [3, 3], ["s", -1], ["s", 1.5], ["s", 10**30], ["s" * 20_000, 1]),
            "dataset": (7, ["a"]),
            "fingerprint": (7, "0" * 20_000),
            "source": (7, "/" * 20_000, None),
        },
    ),
    damage("runs: fewer steps in an epoch", json_with(RUNS, "A", steps_per_epoch=54), "epoch 1 of run A"),
    damage("runs: other layers", json_with(RUNS, "A", layers="4"), "the snapshot at step 0 of run A"),
    damage("runs: a layer more", json_with(RUNS, "A", layers="3, 3"), "epoch 1 of run A"),
    damage(
        "runs: images of another shape", json_with(RUNS, "A", shape=[8, 9]), "the snapshot at step 0 of run A"
    ),
    damage("runs: large layers", json_with(RUNS, "A", layers="8192"), "the snapshot at step 0 of run A"),
    damage(
        "runs: eight large layers", json_with(RUNS, "A", layers=", ".join(["8192"] * 8)), "epoch 1 of run A"
    ),
    damage("runs: large images", json_with(RUNS, "A", shape=[256, 256]), "the snapshot at step 0 of run A"),
    damage("runs: a setting that nobody knows", json_with(RUNS, "A", unknown_setting=3), ""),
    damage("runs: a parent that is gone", json_with(RUNS, "A", parent=["Q", 3]), ""),
    damage("runs: parents in a circle", json_with(RUNS, "A", parent=["B", 110]), ""),
    damage("runs: data in a device", json_with(RUNS, "A", source="/dev/zero"), ""),
    damage("runs: data behind a NUL", json_with(RUNS, "A", source="a\0b.npz"), ""),
    damage("runs: data on a server", json_with(RUNS, "A", source="http://127.0.0.1:1/mnist.npz"), ""),
    damage("runs: a title that steers", json_with(RUNS, "A", title="\x1b[2J\n\u202e<b>&"), ""),
    damage("runs: two runs of one title", json_with(RUNS, "A", title="goes on"), ""),
    damage("runs: more room than there is", json_with(RUNS, "A", moment_bytes=2**40), ""),
    damage("runs: a run that is not there", sql("DELETE FROM runs WHERE run = 'A'"), "epoch 1 of run A"),
    damage(
        "runs: a hash that is wrong", sql("UPDATE runs SET row_sha256 = zeroblob(32) WHERE run = 'A'"), OF_RUN
    ),
    damage("runs: no hash", sql("UPDATE runs SET row_sha256 = NULL WHERE run = 'A'"), OF_RUN),
    damage(
        "runs: a text that is no UTF-8",
        sql("UPDATE runs SET about = CAST(x'ff41' AS TEXT)"),
        "a part of the table",
    ),
    damage(
        "runs: two of no name",
        sql("INSERT INTO runs VALUES (NULL, 1, 2); INSERT INTO runs VALUES (NULL, 1, 3)"),
        "the settings of run None",
    ),
]  # fmt: skip


OF_EPOCH = "epoch 3 of run A"
EPOCH_ROWS = [
    *no_values("figures", EPOCHS, "A", 3, says=OF_EPOCH),
    *(
        damage(f"epochs: epoch {number!r}", row(EPOCHS, "A", number, "{}"), "epoch")
        for number in (0, -1, 10_001, 10**12, "3", 3.5, None, b"3", "\x1b[2J", "a" * 5_000)
    ),
    *(damage(f"epochs: of run {run!r}", row(EPOCHS, run, 3, "{}"), "epoch 3 of run") for run in ("Q", b"A", None, 7)),
    *json_values(
        EPOCHS,
        "A",
        3,
        says=OF_EPOCH,
        of={
            "step": (0, 164, 166, -165, 10**30, "165", 165.0, None),
            "train_loss": ("x", [1], "RAW NaN", 1e39, 10**400, True, None),
            "test_loss": ("1.0", {}),
            "test_accuracy": (2, -0.1, "nan", "RAW Infinity", None),
            "images_per_second": (-1, "inf", "x"),
            "seconds": (-1, 1e300, "nan"),
            "gradient_norms": ([1.0], [1.0] * 3, [1.0] * 100_000, "11", ["x", 1], None),
            "dead": ([], [1, 1], [-1], [1.5], [10**9], "0", None),
            "widths": ([], [3, 3], [-3], [10**30], ["3"]),
            "finite": (1, "yes", None),
        },
    ),
    damage("epochs: figures that are no numbers", json_with(EPOCHS, "A", 3, train_loss="nan", test_loss="-inf"), ""),
    damage("epochs: none", sql("DELETE FROM epochs"), ""),
]

FOUR, EIGHT = bytes(4 * 4), bytes(4 * 8)
OF_STEPS = "the losses of run A from step"
STEP_ROWS = [
    *(
        damage(f"steps: from step {first!r}", row(STEPS, "A", first, FOUR, b""), OF_STEPS)
        for first in (10**10, 2**63 - 1, 550_000, 0, -1, 2, 549, "551", 5.5, None, b"1")
    ),
    *(
        damage(f"steps: {name}", row(STEPS, "A", 551, losses, norms), f"{OF_STEPS} 551")
        for name, losses, norms in (
            ("losses as text", "0000", b""),
            ("losses that are none", None, b""),
            ("losses as a number", 7, b""),
            ("three bytes of losses", b"000", b""),
            ("no losses with norms", b"", EIGHT),
            ("norms as text", FOUR, "00000000"),
            ("norms that are none", FOUR, None),
            ("half of the norms", FOUR, bytes(4)),
            ("more norms than losses", FOUR, bytes(5 * 8)),
            ("more steps than a run has", bytes(4 * 550_001), b""),
        )
    ),
    damage("steps: of no run", row(STEPS, "Q", 1, FOUR, b""), "the losses of run Q"),
    damage("steps: a gap", row(STEPS, "A", 500_000, FOUR, b""), ""),
    damage("steps: losses that are no numbers", row(STEPS, "A", 551, b"\xff" * 16, b""), ""),
    damage("steps: a hash that is wrong", sql("UPDATE steps SET losses = x'00' WHERE run = 'A'"), OF_STEPS),
    damage(
        "steps: gaps longer than all memory",
        lambda path: (
            json_with(RUNS, "A", steps_per_epoch=10_000_000)(path),
            row(STEPS, "A", 2**31 - 9, FOUR, b"")(path),
        ),
        "epoch 1 of run A",
    ),
]

OF_CHANGE = "a changed setting of run A"
CHANGE_ROWS = [
    *(
        damage(f"changes: {name}", row(CHANGES, "A", *values), OF_CHANGE)
        for name, values in {
            "a setting that nobody knows": (1, 60, "unknown", 1.0),
            "a setting that stays": (1, 60, "layers", "3"),
            "a setting that stays, as a number": (1, 60, "batch", 10),
            "a setting without a name": (1, 60, None, 1.0),
            "a setting of bytes": (1, 60, b"l2", 0.01),
            "an attribute": (1, 60, "__class__", 1.0),
            "a value as text": (1, 60, "l2", "0.01"),
            "no value": (1, 60, "l2", None),
            "a value too large": (1, 60, "learning_rate", 1e30),
            "an infinite value": (1, 60, "learning_rate", float("inf")),
            "a negative value": (1, 60, "l2", -1.0),
            "a step before the first": (1, -1, "l2", 0.01),
            "a step after the last": (1, 10**12, "l2", 0.01),
            "a step as text": (1, "60", "l2", 0.01),
            "a number of bytes": (b"1", 60, "l2", 0.01),
            "a negative number": (-1, 60, "l2", 0.01),
            "no number": (None, 60, "l2", 0.01),
        }.items()
    ),
    damage("changes: of no run", row(CHANGES, "Q", 1, 60, "l2", 0.01), "a changed setting of run Q"),
]

OF_MOMENT = "the snapshot at step 165 of run A"
NOWHERE = "0" * 64
MOMENT_ROWS = [
    *(
        damage(f"moments: step {step!r}", row(MOMENTS, "A", step, None, "", ""), "the snapshot at step")
        for step in (-1, 10**12, 2**63 - 1, "ten", 5.5, None, b"5", 56)
    ),
    *(
        damage(
            f"moments: a bookmark {str(name)[:9]!r}",
            moment(lambda weights, optimizer, name=name: (name, weights, optimizer)),
            OF_MOMENT if type(name) is not str or len(name) > 10_000 else "",
        )
        for name in (7, b"x", 1.5, "x" * 20_000, "", "\x1b[2J\n<b>", "first")
    ),
    *(
        damage(f"moments: {name}", weights(change), OF_MOMENT)
        for name, change in {
            "no weights": lambda hashes: "",
            "a weight less": lambda hashes: hashes[:-1],
            "a weight more": lambda hashes: [*hashes, hashes[0]],
            "a layer less": lambda hashes: hashes[2:],
            "weights the other way round": lambda hashes: hashes[::-1],
            "the same weights": lambda hashes: hashes[:1] * 4,
            "ten thousand weights": lambda hashes: hashes * 2_500,
            "words for weights": lambda hashes: "weights",
            "short hashes": lambda hashes: [sha256[:-1] for sha256 in hashes],
            "capitals": lambda hashes: " ".join(hashes).upper(),
            "no text": lambda hashes: 7,
            "bytes": lambda hashes: " ".join(hashes).encode(),
            "NULL": lambda hashes: None,
        }.items()
    ),
    damage("moments: words for an optimiser", weights(list, "sgd"), OF_MOMENT),
    damage("moments: NULL for an optimiser", weights(list, None), OF_MOMENT),
    damage("moments: ten thousand of an optimiser", weights(list, " ".join([NOWHERE] * 10_000)), OF_MOMENT),
    damage("moments: weights that are not there", weights(lambda _: [NOWHERE] * 4), "the weights"),
    damage("moments: of no run", row(MOMENTS, "Q", 1, None, "", ""), "the snapshot at step 1 of run Q"),
]


ARRAY_ROWS = [
    *(
        damage(f"arrays: {name} {str(value)[:20]!r}", array(**{name: value}), OF_MOMENT)
        for name, values in {
            "type": ("|O", "<U9", "<f4 ", ">f4", "f4", "<f8", "", None, 7, "<V1000000000"),
            "shape": (
                "[20000, 20000]", "[-64, -3]", "[64]", "[3, 64]", DEEP, "x", "7", None, "[1e9]", "[" * 9,
            ),
            "content": ("text", None, b"", b"0" * 100, bytes(5_000_000), 7, 1.5),
        }.items()
        for value in values
    ),
    damage("arrays: a shape that is deeper", array(shape=DEEPER), OF_MOMENT),
    damage("arrays: large in words only", array(shape="[20000, 20000]", content=b"0" * 768), OF_MOMENT),
    damage("arrays: as large as its shape", array(shape="[2000, 500]", content=bytes(4_000_000)), OF_MOMENT),
    damage("arrays: other numbers", array(content=b"0" * 768), "the weights"),
    damage("arrays: none", sql("DELETE FROM arrays"), "the picture below"),
]  # fmt: skip

STROKE = {"points": [[1.0, 2.0, 1.0]], "width": 2.0, "erases": False}
DRAWING_ROWS = [
    *no_values("strokes", DRAWINGS, "three", 0, says="the drawing “three”", but="a list, an empty object"),
    *(
        damage(f"drawings: {name}", row(DRAWINGS, "three", 0, json.dumps([STROKE | change])), "the drawing “three”")
        for name, change in {
            "no points": {"points": []},
            "a point of one number": {"points": [[1.0]]},
            "a point of four numbers": {"points": [[1.0] * 4]},
            "a point far away": {"points": [[1e9, 1.0, 1.0]]},
            "a point that is none": {"points": [["nan", 1.0, 1.0]]},
            "a point of words": {"points": [["x", "y", "z"]]},
            "a pressure of two": {"points": [[1.0, 1.0, 2.0]]},
            "points as a number": {"points": 7},
            "more points than a drawing has": {"points": [[1.0, 1.0, 1.0]] * 100_001},
            "no width": {"width": 0},
            "a wide stroke": {"width": 1e9},
            "a width as a list": {"width": [1]},
        }.items()
    ),
    *(
        damage(f"drawings: called {str(name)[:9]!r}", row(DRAWINGS, name, 5, "[]"), "the drawing")
        for name in (None, b"x", 7, "x" * 20_000)
    ),
    *(
        damage(f"drawings: number {number!r}", row(DRAWINGS, "three", number, "[]"), "the drawing “three”")
        for number in (None, -1, "x", 1.5, 10**12, b"1")
    ),
    damage("drawings: a name that steers", row(DRAWINGS, "\x1b[2J\n<b>", 5, "[]"), ""),
    *(
        damage(f"pictures: {name}", row(PICTURES, *values), "the picture below the drawing")
        for name, values in {
            "below no drawing": ("none", "x", NOWHERE),
            "not there": ("three", "x", NOWHERE),
            "no hash": ("three", "x", "picture"),
            "two hashes": ("three", "x", f"{NOWHERE} {NOWHERE}"),
            "nothing": ("three", "x", ""),
            "NULL": ("three", "x", None),
            "bytes": ("three", "x", b"0" * 64),
            "of no name": (None, "x", NOWHERE),
        }.items()
    ),
    *(
        damage(
            f"pictures: {name}",
            lambda path, caption=caption, shape=shape: row(PICTURES, "three", caption, kept(path, shape))(path),
            says,
        )
        for name, caption, shape, says in (
            ("a bias as one", "x", "[3]", "the picture below the drawing “three”"),
            ("a caption that is none", 7, "[28, 28]", "the picture below the drawing “three”"),
            ("weights as one", "x", "[64, 3]", ""),
        )
    ),
]

NO_NEURONS = {"silenced": [], "adjusted": []}


ACT = "SELECT about FROM acts WHERE number = ?"


def act_with(array: object) -> Callable[[Path], object]:
    """Give the act with a picture another array: by its hash, or by its shape one that is there."""

    def make(path: Path) -> None:
        key = kept(path, array) if str(array).startswith("[") else array
        row(ACTS, 2, asked(path, ACT, 2), key)(path)

    return make


def many_acts(path: Path) -> None:
    about = asked(path, ACT, 1)
    for number in range(3, 200):
        row(ACTS, number, about, "")(path)


OTHER_ROWS = [
    *no_values("neurons", SETS, "two", 0, says="the set of neurons “two”"),
    *(
        damage(
            f"sets: {name}",
            row(SETS, "two", 0, json.dumps({"silenced": [], "adjusted": []} | change)),
            "the set of neurons “two”",
        )
        for name, change in {
            "a layer too far": {"silenced": [[8, 0]]},
            "a neuron too far": {"silenced": [[0, 8192]]},
            "a neuron before the first": {"silenced": [[0, -1]]},
            "a neuron of no whole number": {"silenced": [[0, 1.5]]},
            "a neuron of a large number": {"silenced": [[10**30, 10**30]]},
            "a neuron of three numbers": {"silenced": [[0, 0, 0]]},
            "a neuron of words": {"silenced": ["ab"]},
            "neurons as a number": {"silenced": 7},
            "a factor that is none": {"adjusted": [[0, 0, "nan", 0.0]]},
            "a factor too large": {"adjusted": [[0, 0, 1e300, 0.0]]},
            "an offset of words": {"adjusted": [[0, 0, 1.0, "x"]]},
            "no offset": {"adjusted": [[0, 0, 1.0]]},
        }.items()
    ),
    *(
        damage(
            f"sets: called {str(name)[:9]!r}",
            row(SETS, name, 5, '{"silenced":[],"adjusted":[]}'),
            "the set of",
        )
        for name in (None, b"x", 7, "x" * 20_000)
    ),
    damage(
        "sets: a number that is none", row(SETS, "two", "x", '{"silenced":[],"adjusted":[]}'), "the set of"
    ),
    *no_values("what was done", ACTS, 1, says="act 1", more=("",)),
    *json_values(
        ACTS,
        1,
        says="act 1",
        of={
            "tab": (7, None, "x" * 2_000),
            "settings": (
                *([], "layer", None, {"a": None}, {"a": {}}, {"a": [[1]]}, {"a": True}, {"a": "RAW 1e400"}),
                *({"a": [1.5]}, {"a": [0] * 20_000}, {"a": "x" * 2_000}, {str(n): n for n in range(100)}),
            ),
            "array": ("picture", "weights", 7, None),
            "lens": (
                *(7, [], {}, {"run": 7, "step": 0, "silenced": [], "adjusted": []}),
                *({"run": "A", "step": -1, "silenced": [], "adjusted": []}, {"run": "A", "step": 0}),
                {"run": "A", "step": 0, "silenced": [[0, 8192]], "adjusted": []},
                {"run": "A", "step": 0, "silenced": [], "adjusted": [[0, 0, 1e300, 0.0]]},
            ),
            "data": (7, "0" * 20_000),
            "when": ("now", -1, 1e300, "RAW NaN", None),
        },
    ),
    *(
        damage(f"acts: number {number!r}", row(ACTS, number, "{}", ""), "act")
        for number in (None, -1, "x", 1.5, 10**12, b"1", "\x1b[2J", "a" * 5_000)
    ),
    *(
        damage(f"acts: {name} as the array", act_with(value), "act 2")
        for name, value in {
            "nothing": "", "NULL": None, "no hash": "picture", "what is not there": NOWHERE,
            "two hashes": f"{NOWHERE} {NOWHERE}", "bytes": b"0" * 64, "shades": "[28, 28]", "a bias": "[3]",
        }.items()
    ),
    damage("acts: of a run that is gone", json_with(ACTS, 1, lens={"run": "Q", "step": 0} | NO_NEURONS), ""),
    damage("acts: of a tab that is not there", json_with(ACTS, 1, tab="../x\x1b[2J<b>"), ""),
    damage(
        "acts: a setting that nobody knows", json_with(ACTS, 1, settings={"rows": "__import__('os')"}), ""
    ),
    damage("acts: more than anybody does", many_acts, "act 101"),
    *no_values("the view", FACTS, "view", says="what is noted as view", but="an empty object"),
    *no_values("versions", FACTS, "written_by", says="what is noted as written_by", but="an empty object"),
    *no_values(
        "the sets of once",
        FACTS,
        SETS_ONCE,
        says="what is noted as neuron sets",
        but="a list, an empty object",
    ),
    damage(
        "facts: versions of numbers",
        row(FACTS, "written_by", '{"layerlight": 7}'),
        "what is noted as written_by",
    ),
    damage("facts: a fact without a name", row(FACTS, None, "{}"), "what is noted as None"),
    damage("facts: a fact of bytes", row(FACTS, b"view", "{}"), "what is noted as b'view'"),
    damage("facts: a fact that nobody knows", row(FACTS, "unknown", "{}"), ""),
    *(
        damage(f"facts: a view with {name}", row(FACTS, "view", json.dumps(view)), "")
        for name, view in {
            "a tab that is none": {"tab": 7},
            "a tab that is not there": {"tab": "../x"},
            "a lens that is none": {"lens": [1, 2]},
            "a lens on no run": {"lens": {"run": "Q", "moment": 0, "silenced": []}},
            "a lens on no moment": {"lens": {"run": "A", "moment": {}, "silenced": 7}},
            "neurons that are not there": {
                "lens": {"run": "A", "moment": 110, "silenced": [[0, 10**30], [9, 9]]}
            },
            "neurons that are none": {
                "lens": {"run": "A", "moment": 110, "silenced": [[[], {}]], "adjusted": [[]]}
            },
            "runs that are none": {"runs": {"A": 1}},
            "a canvas that is none": {"canvas": 7},
            "a canvas of words": {
                "canvas": {"strokes": ["x"], "picture": None, "caption": "", "is_raw": False}
            },
            "a canvas of a large picture": {
                "canvas": {
                    "strokes": [],
                    "picture": {"type": "uint8", "shape": [2_000, 2_000], "content": "eJw="},
                    "caption": "",
                    "change": None,
                    "is_raw": False,
                }
            },
        }.items()
    ),
]  # fmt: skip

ROWS = [*(*RUN_ROWS, *EPOCH_ROWS, *STEP_ROWS, *CHANGE_ROWS, *MOMENT_ROWS), *(*ARRAY_ROWS, *DRAWING_ROWS, *OTHER_ROWS)]
"""Rows of a wrong kind, each with the hash that belongs to it."""

ALL = [*OBJECTS, *KINDS, *BESIDE, *ROWS]
