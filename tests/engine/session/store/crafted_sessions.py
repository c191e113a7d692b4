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
    says: str  # empty where it is harmless and opens
    is_refused: bool = True  # otherwise what is wrong is left out, and all else opened
    is_harmless_to_read: bool = False  # whether what is wrong matters only to those who want to write


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
an index more | CREATE INDEX more ON epochs (figures) | the index more
a full-text table | CREATE VIRTUAL TABLE more USING fts5(x) | more
a virtual table as sets | DROP TABLE sets; CREATE VIRTUAL TABLE sets USING fts5({COLUMNS["sets"]}) | {NO_TABLE}
no column about in runs | ALTER TABLE runs DROP COLUMN about | table runs
no column content in arrays | ALTER TABLE arrays DROP COLUMN content | table arrays
a column more | ALTER TABLE runs ADD COLUMN more | the table runs
a table renamed | ALTER TABLE sets RENAME TO more | {NO_TABLE}
a generated column | ALTER TABLE runs ADD COLUMN more AS (zeroblob(900000000)) VIRTUAL | the table runs
another program's | PRAGMA application_id = 7 | no Layerlight session
"""

VIEWS = f"""
an endless view as runs | runs | {ENDLESS} SELECT 'A', '{{}}', x'00' FROM n
a large view as steps | steps | SELECT 'A', 1, {LARGE}, {LARGE}, {LARGE}
a view of a table function | sets | SELECT value, 1, 1, 1 FROM json_each('[1]')
"""

IN_THE_SCHEMA = """
a default that is an expression | neurons, | neurons DEFAULT (randomblob(900000000)), | the table sets
a check that is an expression | figures, | figures CHECK (length(randomblob(900000000)) > epoch), | the table epochs
a foreign key | about, | about REFERENCES facts(name) ON DELETE CASCADE, | table runs
a type | (run, epoch, | (run TEXT, epoch INTEGER, | the table epochs
SQL that is none | CREATE TABLE runs ( | CREATE TABLE runs ) | cannot be opened
"""

OBJECTS = [  # things in the file that SQLite would run or follow
    *(Crafted(name, sql(statements), says) for name, statements, says in by_line(STATEMENTS)),
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
        Crafted(name, schema(change), "cannot be opened")
        for name, change in {
            "a table on the schema's page": "UPDATE sqlite_schema SET rootpage = 1 WHERE name = 'sets'",
            "a table on a page that is not there": "UPDATE sqlite_schema SET rootpage = 99999 WHERE name = 'sets'",
            "a text of 2 MB": f"UPDATE sqlite_schema SET sql = replace(sql, 'sets (', 'sets ({' ' * 2_000_000}')",
            "a virtual table of no module":
                "INSERT INTO sqlite_schema VALUES ('table', 'm', 'm', 0, 'CREATE VIRTUAL TABLE m USING nothing(x)')",
        }.items()
    ),
    Crafted("a table of a hostile name", sql('CREATE TABLE "a\n\x1b[2J<b>" (x)'), "the table a??[2J<b>"),
]  # fmt: skip


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


KINDS_OF_FILE = {
    "a pipe": os.mkfifo,
    "a folder": Path.mkdir,
    "a link to the canary": lambda path: path.symlink_to(path.parent.parent / "canary"),
    "a link to nothing": lambda path: path.symlink_to(path.parent / "nothing"),
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
    "another name of the canary": lambda path: path.hardlink_to(path.parent.parent / "canary"),
}
TRIGGER = "CREATE TRIGGER harm BEFORE INSERT ON epochs BEGIN SELECT RAISE(IGNORE); END"

BESIDE = [
    Crafted("a journal that names a file", near("-journal", journal_that_deletes), "-journal"),
    Crafted("a journal of zeros", near("-journal", lambda path: path.write_bytes(bytes(512))), "-journal"),
    Crafted("a journal of noise", near("-journal", lambda path: path.write_bytes(b"noise" * 99)), "-journal"),
    Crafted("an empty journal", near("-journal", Path.touch), "-journal"),
    *(Crafted(f"{what} as -journal", near("-journal", make), "-journal") for what, make in KINDS_OF_FILE.items()),
    *(
        Crafted(
            f"{what} as {ending}",
            near(ending, make),
            "another name" if what.startswith("another") else "no ordinary file",
            is_harmless_to_read=ending == "-shm",
        )
        for ending in ("-wal", "-shm")
        for what, make in KINDS_OF_FILE.items()
    ),
    Crafted("a log of noise", near("-wal", lambda path: path.write_bytes(b"noise" * 999)), ""),
    Crafted("an empty log", near("-wal", Path.touch), ""),
    *(
        Crafted(f"a log with {statement}", log_with(statement), says)
        for statement, says in {
            "CREATE VIEW more AS SELECT 1": "the view more",
            TRIGGER: "the trigger harm",
            "PRAGMA application_id = 7": "no Layerlight session",
            f"PRAGMA user_version = {SCHEMA}": "",
        }.items()
    ),
]


def row(table: Table, *values) -> Callable[[Path], object]:
    """Add a row, or replace the one with its keys."""
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


def array_of(path: Path, shape: str) -> str:
    return asked(path, "SELECT sha256 FROM arrays WHERE shape = ? LIMIT 1", shape)


def damage(name: str, make: Callable[[Path], object], says: str) -> Crafted:
    return Crafted(name, make, f"is damaged: {says}" if says else "", is_refused=False)


def short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 70 else f"{text[:60]}… of {len(text)}"


def rows(table: Table, says: str, *values: tuple) -> list[Crafted]:
    """Add each of these rows by itself."""
    return [damage(f"{table.name}: {short(each)}", row(table, *each), says) for each in values]


def no_values(table: Table, *keys: object, says: str, more: tuple = (), but: tuple = ()) -> list[Crafted]:
    """Put into a row what is no value of it, besides that of these numbers."""
    return rows(table, says, *((*keys, value, *more) for value in NO_VALUES if value not in but))


def json_values(table: Table, *keys: object, says: str, of: dict[str, tuple]) -> list[Crafted]:
    """Put each of these values into what a row holds as JSON, by the names that it has there."""
    return [
        damage(f"{table.name}: {name} {short(value)!r}", json_with(table, *keys, **{name: value}), says)
        for name, values in of.items()
        for value in values
    ]


DEEP, DEEPER = "[" * 2_000 + "]" * 2_000, "[" * 100_000 + "]" * 100_000
NO_VALUES = (  # what stands in place of JSON
    "", "no JSON", "[]", "null", "7", '"text"', "{}", "NaN", DEEP, DEEPER, '{"a":' * 2_000 + "1" + "}" * 2_000,
    "9" * 5_000, '{"title": "\\ud800"}', b"{}", None, 7,
)  # fmt: skip

WRONG_NAMES = [
    None, b"A", 7, 7.5, "", "a", "A B", "A\n", "B" * 11, "../A", "A" * 20_000, "\x1b[2J", "<b>A</b>", "Ä",
]  # fmt: skip
OF_RUN, ABOUT = "the settings of run A", "SELECT about FROM runs WHERE run = 'A'"
START, FIRST_EPOCH = "the snapshot at step 0 of run A", "epoch 1 of run A"
RUN_ROWS = [
    *no_values(RUNS, "A", says=OF_RUN),
    *(
        damage(
            f"runs: a run called {str(name)[:11]!r}",
            lambda path, name=name: row(RUNS, name, asked(path, ABOUT))(path),
            "the settings of run",
        )
        for name in WRONG_NAMES
    ),
    *json_values(
        RUNS, "A", says=OF_RUN,
        of={
            "title": (7, ["a"], "a" * 20_000, None, "\ud800"),
            "spec": ("layers", [], 7, None),
            "layers": ("8193", "9, " * 9, "conv 300", "x", "300, conv 3", "9" * 400, 7, ["3"], "eval(1)", "3\n3",
                       "3 nothing", "3 relu tanh", "tanh"),
            "activation": ("eval", 7, ["relu"], {}),
            "loss": ("nothing",),
            "optimizer": ("sgd\n",),
            "batch": (0, -1, 1.5, "100", True, 10**30, "RAW 1e400"),
            "epochs": (0, 10_001, 10**9),
            "seed": (-1, 2**31),
            "learning_rate": ("nan", "0.1", "RAW NaN", "RAW Infinity", "RAW 1e999", 101, -1),
            "dropout": (1.0, [0.1]),
            "steps_per_epoch": (0, -1, 10**30, "55", 5.5, True, None),
            "shape": ([20_000, 20_000], [257, 1], [0, 8], [-8, -8], [8], [8, 8, 8], ["8", "8"], [8.0, 8.0], "8 8",
                      None),
            "classes": (7, "ape", ["ape", 3], ["a" * 41], ["ape"] * 101, ["ape\n"], ["\x1b[2J"], ["\u202eepa"],
                        [" "], [""], [["ape"]], {"0": "ape"}),
            "color": (-1, 10**30, "red", 1.5),
            "pinned": (1, "yes", None),
            "deleted": (0, "no"),
            "started": ("nan", "now", -1, 1e300, 10**400, "RAW NaN", [1]),
            "moment_bytes": (-1, 10**30, 1.5),
            "parent": (["A", 0], ["B"], ["B", -1], ["B", "x"], ["b", 0], ["B", 10**30], ["B", 1.5], 7, "B0", {}),
            "optimizers": (7, "adam", [7], [["adam", 3]], [[-1, "adam"]], [[3, "nothing"]], [[3, ["adam"]]]),
            "member": (7, "s", ["s"], [3, 3], ["s", -1], ["s", 1.5], ["s", 10**30], ["s" * 20_000, 1]),
            "dataset": (7, ["a"]),
            "fingerprint": (7, "0" * 20_000),
            "source": (7, "/" * 20_000, None),
        },
    ),
    *(
        damage(f"runs: {name} {value!r}", json_with(RUNS, "A", **{name: value}), says)
        for name, value, says in (
            ("steps_per_epoch", 54, FIRST_EPOCH),
            ("layers", "4", START),
            ("layers", ", ".join(["8192"] * 8), FIRST_EPOCH),
            ("shape", [8, 9], START),
            ("unknown_setting", 3, ""),
            ("parent", ["Q", 3], ""),
            ("parent", ["B", 110], ""),  # in a circle
            ("source", "/dev/zero", ""),
            ("source", "a\0b.npz", ""),
            ("source", "http://127.0.0.1:1/mnist.npz", ""),
            ("title", "\x1b[2J\n\u202e<b>&", ""),
            ("title", "goes on", ""),  # as run B
            ("moment_bytes", 2**40, ""),
        )
    ),
    *(
        damage(f"runs: {statements}", sql(statements), says)
        for statements, says in {
            "DELETE FROM runs WHERE run = 'A'": FIRST_EPOCH,
            "UPDATE runs SET row_sha256 = zeroblob(32) WHERE run = 'A'": OF_RUN,
            "UPDATE runs SET row_sha256 = NULL WHERE run = 'A'": OF_RUN,
            "UPDATE runs SET about = CAST(x'ff41' AS TEXT)": "a part of the table",
            "INSERT INTO runs VALUES (NULL, 1, 2); INSERT INTO runs VALUES (NULL, 1, 3)": "the settings of run None",
        }.items()
    ),
]  # fmt: skip

OF_EPOCH = "epoch 3 of run A"
EPOCH_ROWS = [
    *no_values(EPOCHS, "A", 3, says=OF_EPOCH),
    *rows(EPOCHS, "epoch", *(("A", number, "{}")
          for number in (0, -1, 10_001, 10**12, "3", 3.5, None, b"3", "\x1b[2J", "a" * 5_000))),
    *rows(EPOCHS, "epoch 3 of run", *((run, 3, "{}") for run in ("Q", b"A", None, 7))),
    *json_values(
        EPOCHS, "A", 3, says=OF_EPOCH,
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
]  # fmt: skip

FOUR, EIGHT = bytes(4 * 4), bytes(4 * 8)
OF_STEPS = "the losses of run A from step"


def gaps_longer_than_all_memory(path: Path) -> None:
    json_with(RUNS, "A", steps_per_epoch=10_000_000)(path)
    row(STEPS, "A", 2**31 - 9, FOUR, b"")(path)


STEP_ROWS = [
    *rows(STEPS, OF_STEPS, *(("A", first, FOUR, b"")
          for first in (550_000, 2**63 - 1, 10**10, 0, -1, 2, 549, "551", 5.5, None, b"1"))),
    *rows(STEPS, f"{OF_STEPS} 551", *(("A", 551, losses, norms) for losses, norms in (
        ("0000", b""), (None, b""), (7, b""), (b"000", b""), (b"", EIGHT), (FOUR, "00000000"), (FOUR, None),
        (FOUR, bytes(4)), (FOUR, bytes(5 * 8)), (bytes(4 * 550_001), b"")))),
    *rows(STEPS, "the losses of run Q", ("Q", 1, FOUR, b"")),
    *rows(STEPS, "", ("A", 500_000, FOUR, b""), ("A", 551, b"\xff" * 16, b"")),  # a gap, and no numbers
    damage("steps: a hash that is wrong", sql("UPDATE steps SET losses = x'00' WHERE run = 'A'"), OF_STEPS),
    damage("steps: gaps longer than all memory", gaps_longer_than_all_memory, FIRST_EPOCH),
]  # fmt: skip

CHANGE_ROWS = [
    *rows(CHANGES, "a changed setting of run A",
          *(("A", 1, 60, name, value) for name, value in (
              ("unknown", 1.0), ("layers", "3"), ("batch", 10), (None, 1.0), (b"l2", 0.01), ("__class__", 1.0),
              ("l2", "0.01"), ("l2", None), ("learning_rate", 1e30), ("learning_rate", float("inf")), ("l2", -1.0))),
          *(("A", number, step, "l2", 0.01) for number, step in (
              (1, -1), (1, 10**12), (1, "60"), (b"1", 60), (-1, 60), (None, 60)))),
    *rows(CHANGES, "a changed setting of run Q", ("Q", 1, 60, "l2", 0.01)),
]  # fmt: skip

OF_MOMENT = "the snapshot at step 165 of run A"
NOWHERE = "0" * 64
MOMENT_ROWS = [
    *rows(MOMENTS, "the snapshot at step", *(("A", step, None, "", "")
          for step in (-1, 10**12, 2**63 - 1, "ten", 5.5, None, b"5", 56))),
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
            "a weight more": lambda hashes: [*hashes, hashes[0]],
            "weights the other way round": lambda hashes: hashes[::-1],
            "ten thousand weights": lambda hashes: hashes * 2_500,
            "words for weights": lambda hashes: "weights",
            "capitals": lambda hashes: " ".join(hashes).upper(),
            "NULL": lambda hashes: None,
        }.items()
    ),
    *(
        damage(f"moments: {str(optimizer)[:9]} for an optimiser", weights(list, optimizer), OF_MOMENT)
        for optimizer in ("sgd", None, " ".join([NOWHERE] * 10_000))
    ),
    damage("moments: weights that are not there", weights(lambda _: [NOWHERE] * 4), "the weights"),
    *rows(MOMENTS, "the snapshot at step 1 of run Q", ("Q", 1, None, "", "")),
]  # fmt: skip

ARRAY_ROWS = [
    *(
        damage(f"arrays: {short(columns)}", array(**columns), OF_MOMENT)
        for columns in (
            *({"type": kind} for kind in ("|O", "<U9", "<f4 ", ">f4", "f4", "<f8", "", None, 7, "<V1000000000")),
            *({"shape": shape} for shape in ("[20000, 20000]", "[-64, -3]", "[64]", "[3, 64]", DEEP, DEEPER, "x", "7",
                                             None, "[1e9]", "[" * 9)),
            *({"content": content} for content in ("text", None, b"", b"0" * 100, bytes(5_000_000), 7, 1.5)),
            {"shape": "[20000, 20000]", "content": b"0" * 768},  # large in words only
            {"shape": "[2000, 500]", "content": bytes(4_000_000)},
        )
    ),
    damage("arrays: other numbers", array(content=b"0" * 768), "the weights"),
    damage("arrays: none", sql("DELETE FROM arrays"), "the picture below"),
]  # fmt: skip

STROKE = {"points": [[1.0, 2.0, 1.0]], "width": 2.0, "erases": False}
OF_DRAWING = "the drawing “three”"
DRAWING_ROWS = [
    *no_values(DRAWINGS, "three", 0, says=OF_DRAWING, but=("[]", "{}")),
    *rows(DRAWINGS, OF_DRAWING, *(("three", 0, json.dumps([STROKE | change])) for change in (
        {"points": []}, {"points": [[1.0]]}, {"points": [[1.0] * 4]}, {"points": [[1e9, 1.0, 1.0]]},
        {"points": [["nan", 1.0, 1.0]]}, {"points": [["x", "y", "z"]]}, {"points": [[1.0, 1.0, 2.0]]},
        {"points": [[1.0, 1.0, 1.0]] * 100_001}, {"points": 7}, {"width": 0}, {"width": 1e9}, {"width": [1]}))),
    *rows(DRAWINGS, "the drawing", *((name, 5, "[]") for name in (None, b"x", 7, "x" * 20_000))),
    *rows(DRAWINGS, OF_DRAWING, *(("three", number, "[]") for number in (None, -1, "x", 1.5, 10**12, b"1"))),
    *rows(DRAWINGS, "", ("\x1b[2J\n<b>", 5, "[]")),
    *rows(PICTURES, "the picture below the drawing", ("none", "x", NOWHERE), (None, "x", NOWHERE),
          *(("three", "x", key)
            for key in (NOWHERE, "picture", f"{NOWHERE} {NOWHERE}", "", None, b"0" * 64))),
    *(
        damage(
            f"pictures: an array of {shape}",
            lambda path, caption=caption, shape=shape: row(PICTURES, "three", caption, array_of(path, shape))(path),
            says,
        )
        for caption, shape, says in (
            ("x", "[3]", f"the picture below {OF_DRAWING}"),
            (7, "[28, 28]", f"the picture below {OF_DRAWING}"),  # a caption that is none
            ("x", "[64, 3]", ""),
        )
    ),
]  # fmt: skip

NO_NEURONS = {"silenced": [], "adjusted": []}
OF_SET = "the set of neurons “two”"
SET_ROWS = [
    *no_values(SETS, "two", 0, says=OF_SET),
    *rows(SETS, OF_SET, *(("two", 0, json.dumps(NO_NEURONS | change)) for change in (
        *({"silenced": neurons} for neurons in (
            [[8, 0]], [[0, 8192]], [[0, -1]], [[0, 1.5]], [[10**30, 10**30]], [[0, 0, 0]], ["ab"], 7)),
        *({"adjusted": neurons} for neurons in (
            [[0, 0, "nan", 0.0]], [[0, 0, 1e300, 0.0]], [[0, 0, 1.0, "x"]], [[0, 0, 1.0]]))))),
    *rows(SETS, "the set of", ("two", "x", json.dumps(NO_NEURONS)),
          *((name, 5, json.dumps(NO_NEURONS)) for name in (None, b"x", 7, "x" * 20_000))),
]  # fmt: skip

ACT = "SELECT about FROM acts WHERE number = ?"


def act_with(array: object) -> Callable[[Path], object]:
    """Give the act with a picture another array: by its hash, or by its shape one that is there."""

    def make(path: Path) -> None:
        key = array_of(path, array) if str(array).startswith("[") else array
        row(ACTS, 2, asked(path, ACT, 2), key)(path)

    return make


def many_acts(path: Path) -> None:
    about = asked(path, ACT, 1)
    for number in range(3, 200):
        row(ACTS, number, about, "")(path)


LENS = {"run": "A", "step": 0, **NO_NEURONS}
ACT_ROWS = [
    *no_values(ACTS, 1, says="act 1", more=("",)),
    *json_values(
        ACTS, 1, says="act 1",
        of={
            "tab": (7, None, "x" * 2_000),
            "settings": ([], "layer", None, {"a": None}, {"a": {}}, {"a": [[1]]}, {"a": True}, {"a": "RAW 1e400"},
                         {"a": [1.5]}, {"a": [0] * 20_000}, {"a": "x" * 2_000}, {str(n): n for n in range(100)}),
            "array": ("picture", "weights", 7, None),
            "lens": (7, [], {}, LENS | {"run": 7}, LENS | {"step": -1}, {"run": "A", "step": 0},
                     LENS | {"silenced": [[0, 8192]]}, LENS | {"adjusted": [[0, 0, 1e300, 0.0]]}),
            "data": (7, "0" * 20_000),
            "when": ("now", -1, 1e300, "RAW NaN", None),
        },
    ),
    *rows(ACTS, "act", *((number, "{}", "")
          for number in (None, -1, "x", 1.5, 10**12, b"1", "\x1b[2J", "a" * 5_000))),
    *(
        damage(f"acts: {str(key)[:70]} as the array", act_with(key), "act 2")
        for key in ("", None, "picture", NOWHERE, f"{NOWHERE} {NOWHERE}", b"0" * 64, "[28, 28]", "[3]")
    ),
    *(
        damage(f"acts: {changes}", json_with(ACTS, 1, **changes), "")
        for changes in ({"lens": LENS | {"run": "Q"}}, {"tab": "../x\x1b[2J<b>"},
                        {"settings": {"rows": "__import__('os')"}})
    ),
    damage("acts: more than anybody does", many_acts, "act 101"),
]  # fmt: skip

CANVAS = {"strokes": [], "picture": None, "caption": "", "change": None, "is_raw": False}
LARGE_PICTURE = {"type": "uint8", "shape": [2_000, 2_000], "content": "eJw="}
VIEWS_LENS = {"run": "A", "moment": 110, "silenced": []}
FACT_ROWS = [
    *no_values(FACTS, "view", says="what is noted as view", but=("{}",)),
    *no_values(FACTS, "written_by", says="what is noted as written_by", but=("{}",)),
    *no_values(FACTS, SETS_ONCE, says="what is noted as neuron sets", but=("[]", "{}")),
    *rows(FACTS, "what is noted as written_by", ("written_by", '{"layerlight": 7}')),
    *rows(FACTS, "what is noted as None", (None, "{}")),
    *rows(FACTS, "what is noted as b'view'", (b"view", "{}")),
    *rows(FACTS, "", ("unknown", "{}")),
    *rows(FACTS, "", *(("view", json.dumps(view)) for view in (
        {"tab": 7}, {"tab": "../x"}, {"lens": [1, 2]}, {"lens": VIEWS_LENS | {"run": "Q", "moment": 0}},
        {"lens": VIEWS_LENS | {"moment": {}, "silenced": 7}},
        {"lens": VIEWS_LENS | {"silenced": [[0, 10**30], [9, 9]]}},
        {"lens": VIEWS_LENS | {"silenced": [[[], {}]], "adjusted": [[]]}}, {"runs": {"A": 1}}, {"canvas": 7},
        {"canvas": CANVAS | {"strokes": ["x"]}}, {"canvas": CANVAS | {"picture": LARGE_PICTURE}}))),
]  # fmt: skip

ROWS = [*RUN_ROWS, *EPOCH_ROWS, *STEP_ROWS, *CHANGE_ROWS, *MOMENT_ROWS, *ARRAY_ROWS, *DRAWING_ROWS, *SET_ROWS]
ROWS += [*ACT_ROWS, *FACT_ROWS]

# whatever somebody made of a session file: it is named in one sentence, and nothing is done that it says
ALL = [*OBJECTS, *KINDS, *BESIDE, *ROWS]
