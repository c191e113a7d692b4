"""Session files changed at random, rows and bytes: each opens, or is refused in a sentence.

Some seconds of them, each kind of change in a test of its own; `make fuzz` goes on for ten minutes.
"""

import contextlib
import itertools
import json
import os
import random
import shutil
import sqlite3
import struct
import time
from collections import Counter
from pathlib import Path

import pytest

from engine.session.store.schema import TABLES, put
from engine.session.store.seal import seal, unseal
from tests.engine.session.store.crafted_sessions import make_whole
from tests.engine.session.store.tried import looked_at, opened, said

SECONDS = float(os.environ.get("FUZZ_SECONDS", "0.6"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))

NUMBERS = [
    0, 1, -1, 2, 7, 100, 165, 166, 255, 2**31 - 1, 2**31, 2**53, 2**63 - 1, -(2**63), 10**30, 0.5, 1e39,
    1e308,
]  # fmt: skip
WORDS = [
    "", "A", "B", "Q", "nan", "inf", "x" * 300, "a\0b", "\x1b[2J", "<b>", "[]", "{}", "null", "3 tanh",
    "3 relu, 3 gelu", "[" * 1_000, "0" * 64,
]  # fmt: skip
OTHERS = [None, True, False, [], {}, [[]], {"a": {}}, [0] * 50, [[0, 0]], [[0, 0, 1.0, 0.0]]]
BLOBS = [b"", b"\0", bytes(4), bytes(8), b"\xff" * 16, bytes(768), bytes(10_000)]


def of_json(chance, value, depth=0):
    """A copy of a value out of JSON with one place in it changed."""
    if isinstance(value, (dict, list)) and value and (depth == 0 or chance.random() < 0.7):
        changed = value.copy()
        key = chance.choice(list(value) if isinstance(value, dict) else range(len(value)))
        what = chance.random()
        if what < 0.1:
            del changed[key]
        elif what < 0.15 and isinstance(value, dict):
            changed[chance.choice(WORDS)] = chance.choice(NUMBERS)
        else:
            changed[key] = of_json(chance, value[key], depth + 1)
        return changed
    if type(value) in (int, float) and chance.random() < 0.4:
        return chance.choice([value + 1, value - 1, -value, value * 1_000, float(value), str(value)])
    return chance.choice([*NUMBERS, *WORDS, *OTHERS])


def of_sqlite(chance, value):
    """What a value in a row becomes."""
    if isinstance(value, str) and value[:1] in ("{", "[") and chance.random() < 0.85:
        with contextlib.suppress(ValueError, RecursionError):  # it was changed before
            return json.dumps(of_json(chance, json.loads(value)))
    if isinstance(value, str) and value and chance.random() < 0.4:
        place = chance.randrange(len(value))
        return value[:place] + chance.choice(["", "0", " ", "\n", "é", value]) + value[place + 1 :]
    if isinstance(value, bytes) and value and chance.random() < 0.6:
        content = bytearray(value)
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        return bytes(content) if chance.random() < 0.6 else bytes(content[: chance.randrange(len(content))])
    if isinstance(value, int) and chance.random() < 0.4:
        return min(max(value + chance.choice([-1, 1, -55, 55, 10**6, 10**12]), -(2**63)), 2**63 - 1)
    numbers = [number for number in NUMBERS if abs(number) < 2**63]
    return chance.choice([*numbers, *WORDS, *BLOBS, None])


def rows_changed(chance, path):
    """Change a value or two in rows, most with the hash that belongs to them."""
    database = sqlite3.connect(path, isolation_level=None)
    for _ in range(chance.choice([1, 1, 1, 2, 5])):
        table = chance.choice(TABLES)
        rows = database.execute(f"SELECT rowid, * FROM {table.name}").fetchall()
        if not rows:
            continue
        number, *values = chance.choice(rows)
        values = values[: len(table.columns)]
        place = chance.randrange(len(values))
        values[place] = of_sqlite(chance, values[place])
        if chance.random() < 0.8:
            database.execute(f"DELETE FROM {table.name} WHERE rowid = ?", (number,))
        if table.check and chance.random() < 0.9:
            put(database, table, *values)
        else:
            more = ", NULL" if table.check else ""
            places = ", ".join("?" * len(values))
            database.execute(f"INSERT OR REPLACE INTO {table.name} VALUES ({places}{more})", values)
    database.close()


def bytes_changed(chance, path):
    """Change bytes anywhere, or where pages and the file begin; cut it off, or let it go on."""
    content = bytearray(path.read_bytes())
    for _ in range(chance.choice([1, 1, 2, 8, 64])):
        page = 4096 * chance.randrange(len(content) // 4096)
        place = chance.choice([chance.randrange(len(content)), page + chance.randrange(64), chance.randrange(100)])
        content[place] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, content[place] ^ 1, chance.randrange(256)])
    what = chance.random()
    if what < 0.1:
        del content[chance.randrange(len(content)) :]
    elif what < 0.2:
        first, second = (4096 * chance.randrange(len(content) // 4096) for _ in range(2))
        content[first : first + 4096] = content[second : second + 4096]
    elif what < 0.25:
        content += chance.randbytes(chance.randrange(9_000))
    path.write_bytes(content)


def logs_changed(chance, path):
    """Leave a log beside the file that SQLite takes for whole, most with bytes of it changed."""
    copy = path.with_name("copy")
    shutil.copy(path, copy)
    database = sqlite3.connect(copy, isolation_level=None)
    put(database, TABLES[0], "unknown", "x" * chance.randrange(9_000))
    log = bytearray(copy.with_name("copy-wal").read_bytes())
    database.close()
    copy.unlink()
    for _ in range(chance.choice([0, 1, 1, 2, 8])):
        begin = chance.choice(range(LOG_HEAD, len(log), LOG_FRAME)) if chance.random() < 0.9 else 0
        place = begin + chance.randrange(*chance.choice([(0, 8), (24, 80), (24, 4_000)]))
        log[place] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, log[place] ^ 1, chance.randrange(256)])
    if chance.random() < 0.9:
        sum_log(log)
    path.with_name(f"{path.name}-wal").write_bytes(log)


LOG_HEAD, LOG_FRAME = 32, 24 + 4096  # bytes of the head of SQLite's log, and of each page in it with its own head


def sum_log(log):
    """Let the sums in the log fit what is in it, as https://www.sqlite.org/fileformat2.html#checksum_algorithm says."""
    order = ">" if log[3] & 1 else "<"
    one = two = 0
    for begin in [0, *range(LOG_HEAD, len(log) - LOG_FRAME + 1, LOG_FRAME)]:
        frame = log[begin : begin + 8] + log[begin + 24 : begin + LOG_FRAME]
        summed = frame if begin else log[:24]
        for first, second in struct.iter_unpack(f"{order}II", summed):
            one = (one + first + two) % 2**32
            two = (two + second + one) % 2**32
        struct.pack_into(">II", log, begin + (24 if begin == 0 else 16), one, two)


CHANGES = (rows_changed, bytes_changed, logs_changed)
SHARE = SECONDS / len(CHANGES)

FEWEST = 20  # minimum number of files of each kind that are tried, however slow the machine is


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    made = make_whole(tmp_path_factory.mktemp("whole") / "whole.layerlight")
    unseal(made)
    return made


@pytest.mark.timeout(SHARE * 10 + 120)
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_session_changed_at_random_opens_or_is_refused_in_a_sentence(change, whole, tmp_path, capsys):
    counts = Counter()
    end = time.monotonic() + SHARE
    for number in itertools.count():
        if time.monotonic() > end and number >= FEWEST:
            break
        chance = random.Random(f"{SEED} {change.__name__} {number}")
        folder = tmp_path / str(number)
        folder.mkdir()
        path = Path(shutil.copy(whole, folder / "session.layerlight"))
        change(chance, path)
        if chance.random() < 0.5:
            seal(path)
        for act in (looked_at, opened):
            try:
                sentence, is_refused = said(act, path)
            except BaseException as error:
                error.add_note(f"FUZZ_SEED={SEED}, file {number}, {act.__name__}: {path}")
                raise
            counts[act.__name__, "refused" if is_refused else "named" if sentence else "opened"] += 1
        shutil.rmtree(folder)
    with capsys.disabled():
        if SECONDS > 60:
            print(f"\n{change.__name__}: {number:,} files in {SHARE:.0f} s:")
            print(*sorted(counts.items()), sep="\n", flush=True)
    assert len({outcome for _, outcome in counts}) > 1, "not all of them end in the same way"
