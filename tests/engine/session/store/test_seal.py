"""The seal notices every flipped bit of a session file, mends one damaged block, and never makes anything worse."""

import errno
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
import zlib
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.core.errors import UserError
from engine.session.store import seal as module
from engine.session.store.seal import (
    BLOCK,
    MAGIC,
    SLICE,
    Examination,
    Record,
    check_length,
    examine,
    mend,
    run_through,
    seal,
    unseal,
)

ROWS = 60


def make_database(path, journal="wal"):
    chance = random.Random(1)
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA journal_mode={journal}")
        database.execute("CREATE TABLE blobs (number INTEGER PRIMARY KEY, content BLOB)")
        database.executemany(
            "INSERT INTO blobs VALUES (?, ?)", ((row, chance.randbytes(12_000)) for row in range(ROWS))
        )
        database.execute("CREATE INDEX slack ON blobs (number)")  # a page that is mostly empty
        database.commit()


def write_rows(path, statement="INSERT INTO blobs VALUES (1000, zeroblob(9000))"):
    with closing(sqlite3.connect(path)) as database:
        database.execute(statement)
        database.commit()


def rows(path):
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return database.execute("SELECT * FROM blobs ORDER BY number").fetchall()


def look(path):
    return run_through(examine(path))


def flip(path, place, bit=0):
    damage(path, place, bytes([path.read_bytes()[place] ^ (1 << bit)]))


def damage(path, place, content):
    with path.open("r+b") as file:
        file.seek(place)
        file.write(content)


@pytest.fixture(autouse=True)
def _unflushed(monkeypatch):
    """Thousands of files are made here; whether a seal is flushed is tried in another process."""
    monkeypatch.setattr(os, "fsync", lambda number: None)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The bytes of a closed session file, before and after it was sealed."""
    path = tmp_path_factory.mktemp("made") / "made.layerlight"
    make_database(path)
    assert list(path.parent.iterdir()) == [path]
    content = path.read_bytes()
    seal(path)
    return content, path.read_bytes()


@pytest.fixture
def content(made):
    return made[0]


@pytest.fixture
def sealed(made):
    return made[1]


@pytest.fixture
def file(tmp_path, sealed):
    path = tmp_path / "größe & more.layerlight"
    path.write_bytes(sealed)
    return path


# ------------------------------------------------------------------------------------------- whole files


def test_sealing_puts_a_seal_behind_the_content_and_unsealing_takes_it_off(file, content, sealed):
    assert sealed.startswith(content) and len(content) < len(sealed) < len(content) + BLOCK + 1000
    assert look(file) == Examination("whole", (), -(-len(content) // BLOCK))
    unseal(file)
    assert file.read_bytes() == content
    assert look(file) == Examination("unsealed")
    unseal(file)
    assert file.read_bytes() == content


def test_the_parity_is_the_xor_of_all_blocks(content, sealed):
    parity = 0
    for start in range(0, len(content), BLOCK):
        parity ^= int.from_bytes(content[start : start + BLOCK].ljust(BLOCK, b"\0"))
    assert parity.to_bytes(BLOCK) in sealed[len(content) :]


def test_sealing_again_changes_nothing(file, sealed):
    seal(file)
    assert file.read_bytes() == sealed


def test_sqlite_reads_a_sealed_file_as_if_there_were_no_seal(file, sealed):
    assert len(rows(file)) == ROWS
    assert file.read_bytes() == sealed
    assert look(file).state == "whole"


def test_a_file_is_written_after_unsealing_and_sealed_again(file):
    unseal(file)
    write_rows(file)
    seal(file)
    assert look(file).state == "whole"
    assert len(rows(file)) == ROWS + 1


@pytest.mark.parametrize(
    "length", [1, BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK, SLICE - 1, SLICE, SLICE + 1, 2 * SLICE + 5]
)
def test_content_of_any_length_is_sealed_and_mended(tmp_path, length):
    path = tmp_path / "file"
    content = random.Random(length).randbytes(length)
    path.write_bytes(content)
    seal(path)
    sealed = path.read_bytes()
    assert look(path) == Examination("whole", (), -(-length // BLOCK))
    flip(path, length - 1)
    assert mend(path) == range(length - 1, length)
    assert path.read_bytes() == sealed
    unseal(path)
    assert path.read_bytes() == content


def test_an_empty_file_stays_one(tmp_path):
    path = tmp_path / "empty"
    path.touch()
    seal(path)
    assert path.read_bytes() == b""


def test_an_examination_hands_over_between_slices(tmp_path):
    path = tmp_path / "large"
    path.write_bytes(b"x" * (3 * SLICE + 1))
    seal(path)
    assert list(examine(path)) == [None] * 4


def test_a_busy_window_is_not_handed_pythons_lock_for_each_block(file, monkeypatch):
    sizes = []

    def crc32(piece, value=0):
        sizes.append(len(piece))
        return zlib.crc32(piece, value)

    monkeypatch.setattr(module, "crc32", crc32)
    assert look(file).state == "whole"
    assert max(sizes) <= 5 * 1024  # from there on zlib lets it go


# ------------------------------------------------------------------------------------------- damage


def places_of_all_kinds(content, sealed):
    chance = random.Random(7)
    first, record = len(content), (len(sealed) - len(content) - BLOCK) // 2
    return [
        *(chance.randrange(len(content)) for _ in range(180)),
        *(chance.randrange(100) for _ in range(40)),  # SQLite's header
        *(chance.randrange(4096) for _ in range(20)),
        *(chance.randrange(first, len(sealed)) for _ in range(60)),
        *range(first, first + record),
        *range(len(sealed) - record, len(sealed)),
    ]


def test_every_flipped_bit_is_noticed_and_mended(file, content, sealed):
    places, chance = places_of_all_kinds(content, sealed), random.Random(8)
    assert len(places) >= 300 + 200
    for place in places[::3]:
        flip(file, place, chance.randrange(8))
        found = look(file)
        if place < len(content):
            assert (found.state, found.damaged) == ("damaged", (place // BLOCK,)), place
            assert mend(file) == range(place, place + 1)
        else:
            assert (found.state, found.damaged) == ("seal damaged", ()), place
            assert found.blocks > 0  # and the content was compared all the same
            assert mend(file) == range(0)
            assert file.read_bytes()[: len(content)] == content
            seal(file)
        assert file.read_bytes() == sealed, place


@pytest.mark.parametrize("place", [16, 24, 28, 92])
def test_every_bit_of_the_numbers_in_sqlites_header_is_mended(file, sealed, place):
    for bit in range(32):
        flip(file, place + bit // 8, bit % 8)
        mend(file)
        assert file.read_bytes() == sealed, bit


def test_a_bit_in_the_seal_and_one_in_the_content_are_mended_together(file, content, sealed):
    flip(file, 99_999)
    flip(file, len(content) + 9)
    assert look(file).damaged == (99_999 // BLOCK,)
    mend(file)
    assert file.read_bytes() == sealed


@pytest.mark.parametrize("number", [0, 3, -1])
@pytest.mark.parametrize("wrong", [b"\0", b"garbage!"])
def test_a_whole_lost_block_is_mended(file, content, sealed, number, wrong):
    start = range(0, len(content), BLOCK)[number]
    length = min(BLOCK, len(content) - start)
    damage(file, start, (wrong * BLOCK)[:length])
    mended = mend(file)
    assert start <= mended.start < start + 8 and start + length - 8 < mended.stop <= start + length
    assert file.read_bytes() == sealed


def test_two_damaged_blocks_are_located_and_refused_in_one_sentence(file, content):
    blocks = -(-len(content) // BLOCK)
    flip(file, 2 * BLOCK)
    flip(file, 5 * BLOCK - 1)
    damaged = file.read_bytes()
    assert look(file) == Examination("damaged", (2, 4), blocks)
    with pytest.raises(UserError) as refusal:
        mend(file)
    sentence = f"2 of {blocks} parts of größe & more.layerlight are damaged; what can be read is opened."
    assert refusal.value.sentence == sentence
    assert refusal.value.hint
    assert file.read_bytes() == damaged


def test_a_damaged_block_and_a_damaged_parity_are_refused(file, content):
    flip(file, 2 * BLOCK)
    flip(file, len(content) + BLOCK // 2)
    damaged = file.read_bytes()
    with pytest.raises(UserError, match=r"^1 of \d+ parts of größe & more\.layerlight is damaged;"):
        mend(file)
    assert file.read_bytes() == damaged


def test_two_bits_that_spoil_both_records_are_noticed(file, content, sealed):
    flip(file, len(content) + 30)
    flip(file, len(sealed) - 2)
    assert look(file) == Examination("seal damaged")
    seal(file)
    assert file.read_bytes() == sealed


def test_mending_keeps_the_old_file_when_the_disk_is_full(file, monkeypatch):
    flip(file, 2 * BLOCK)
    damaged = file.read_bytes()
    monkeypatch.setattr(module.shutil, "copyfileobj", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(OSError, match="full"):
        mend(file)
    assert file.read_bytes() == damaged
    assert list(file.parent.iterdir()) == [file]


# ------------------------------------------------------------------------------------------- cut, extended, half


def test_a_file_that_was_cut_off_is_noticed_and_never_mended(file, content):
    blocks = -(-len(content) // BLOCK)
    for length in (100, 4096, BLOCK, 3 * BLOCK - 1, 3 * BLOCK, len(content) - 1):
        cut = content[:length]
        file.write_bytes(cut)
        assert look(file) == Examination("damaged", range(length // BLOCK, blocks), blocks)
        with pytest.raises(UserError):
            mend(file)
        unseal(file)
        assert file.read_bytes() == cut


@pytest.mark.parametrize("more", [1, 7, 5000, 3 * BLOCK])
def test_a_file_to_which_something_was_added_keeps_its_content(file, content, sealed, more):
    with file.open("ab") as opened:
        opened.write(random.Random(more).randbytes(more))
    assert look(file) == Examination("seal damaged")
    assert len(rows(file)) == ROWS
    seal(file)
    assert file.read_bytes() == sealed


def test_half_a_seal_is_no_damage_of_the_content_and_is_replaced(file, content, sealed):
    record = (len(sealed) - len(content) - BLOCK) // 2
    for length in (*range(1, record + 20), record + BLOCK, len(sealed) - len(content) - 1):
        file.write_bytes(sealed[: len(content) + length])
        assert look(file).state == "seal damaged", length
        assert mend(file) == range(0)
        assert file.read_bytes() == sealed[: len(content) + length]
        if length % 20 == 1:
            assert len(rows(file)) == ROWS
        unseal(file)
        assert file.read_bytes() == content, length
        file.write_bytes(sealed[: len(content) + length])
        seal(file)
        assert file.read_bytes() == sealed, length


def test_a_seal_of_which_only_the_length_reached_the_disk_does_no_harm(file, content, sealed):
    file.write_bytes(content.ljust(len(sealed), b"\0"))
    assert look(file) == Examination("unsealed")
    assert len(rows(file)) == ROWS
    seal(file)
    assert look(file).state == "whole"
    unseal(file)
    assert file.read_bytes().startswith(content) and len(rows(file)) == ROWS


def test_a_full_disk_leaves_the_content_without_a_seal(file, content):
    code = (
        "import resource, signal, sys; from pathlib import Path; from engine.session.store.seal import seal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)\n"
        "try: seal(Path(sys.argv[1]))\n"
        "except OSError as error: print(error.errno)"
    )
    for room in (0, 50, BLOCK):
        file.write_bytes(content)
        command = [sys.executable, "-c", code, file, str(len(content) + room)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
        assert done.stdout.split() == [str(errno.EFBIG)], done.stderr
        assert file.read_bytes() == content


def test_a_kill_while_sealing_leaves_the_content_whole(file, content, sealed):
    code = (
        "import sys; from pathlib import Path; from engine.session.store.seal import seal\n"
        "print('ready', flush=True)\n"
        "while True: seal(Path(sys.argv[1]))"
    )
    chance = random.Random(3)
    for _ in range(10):
        with subprocess.Popen([sys.executable, "-c", code, file], stdout=subprocess.PIPE) as child:
            child.stdout.readline()
            deadline = time.monotonic() + chance.uniform(0, 0.02)
            while time.monotonic() < deadline:
                pass
            child.send_signal(signal.SIGKILL)
        assert file.read_bytes()[: len(content)] == content
        assert look(file).state in ("whole", "unsealed", "seal damaged")
        seal(file)
        assert file.read_bytes() == sealed


@pytest.mark.parametrize("last_call", ["write", "fsync"])
def test_a_kill_in_the_middle_of_writing_the_seal_leaves_the_content_whole(file, content, sealed, last_call):
    """The child ends itself with half a seal on the disk, or with a whole one that nobody has confirmed."""
    kill = "os.kill(os.getpid(), signal.SIGKILL)"
    code = (
        "import io, os, signal, sys; from pathlib import Path; from engine.session.store import seal as module\n"
        "class Half:\n"
        "    def __init__(self, file): self.file = file\n"
        "    def __enter__(self): return self\n"
        "    def __exit__(self, *_): pass\n"
        "    def __getattr__(self, name): return getattr(self.file, name)\n"
        f"    def write(self, part): self.file.write(part[:30_000]); {kill}\n"
        "opened = Path.open\n"
        "def half(path, *args, **kwargs):\n"
        "    file = opened(path, *args, **kwargs)\n"
        "    return Half(file) if kwargs.get('buffering') == 0 else file\n"
        f"def fsync(number): {kill}\n"
        + ("Path.open = half\n" if last_call == "write" else "os.fsync = fsync\n")
        + "module.seal(Path(sys.argv[1]))"
    )
    file.write_bytes(content)
    done = subprocess.run([sys.executable, "-c", code, file], timeout=30)
    assert done.returncode == -signal.SIGKILL
    half = last_call == "write"
    assert file.read_bytes() == (sealed[: len(content) + 30_000] if half else sealed)
    assert look(file).state == ("seal damaged" if half else "whole")


# ------------------------------------------------------------------------------------------- written since


@pytest.fixture(params=["wal", "delete"])
def other(request, tmp_path):
    path = tmp_path / "other.layerlight"
    make_database(path, request.param)
    seal(path)
    return path


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE blobs SET content = zeroblob(12000) WHERE number = 3",  # one block, and in a log no count of it
        "UPDATE blobs SET number = 2000 WHERE number = 3",
        "INSERT INTO blobs VALUES (1000, zeroblob(500))",
        "INSERT INTO blobs VALUES (1000, zeroblob(9000))",
        "INSERT INTO blobs VALUES (1000, zeroblob(70000))",
        "INSERT INTO blobs VALUES (1000, zeroblob(300000))",
        "DELETE FROM blobs WHERE number < 30",
    ],
)
def test_an_old_seal_undoes_nothing_that_sqlite_has_written_since(other, statement):
    write_rows(other, statement)
    written, expected = other.read_bytes(), rows(other)
    assert look(other) in (Examination("unsealed"), Examination("seal damaged"))
    assert mend(other) == range(0)
    assert other.read_bytes() == written
    unseal(other)
    assert rows(other) == expected
    seal(other)
    assert look(other).state == "whole"
    assert rows(other) == expected


@pytest.mark.parametrize("blocks", range(45, 55))
def test_no_sealed_file_is_as_long_as_whole_pages_are(tmp_path, blocks):
    """SQLite leaves that length behind, whatever else it leaves as it was."""
    path = tmp_path / "file"
    path.write_bytes(bytes(blocks * BLOCK))
    seal(path)
    assert path.stat().st_size % 512


@pytest.mark.parametrize("moved", [False, True])
def test_a_file_with_its_log_beside_it_is_left_alone(file, tmp_path, moved):
    """As a killed writer leaves it: what was committed is in the log, and may be half in the file."""
    left = tmp_path / "left.layerlight"
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA wal_autocheckpoint=0")
        database.execute("UPDATE blobs SET content = zeroblob(12000) WHERE number = 3")
        database.commit()
        if moved:
            database.execute("PRAGMA wal_checkpoint(PASSIVE)")
        for ending in ("", "-wal"):
            left.with_name(left.name + ending).write_bytes(file.with_name(file.name + ending).read_bytes())
    before = left.read_bytes()
    assert look(left) == Examination("unsealed")
    assert mend(left) == range(0)
    unseal(left)
    seal(left)
    assert left.read_bytes() == before
    assert rows(left)[3] == (3, bytes(12_000))
    assert mend(left) == range(0)
    seal(left)
    assert look(left).state == "whole"
    assert rows(left)[3] == (3, bytes(12_000))


# ------------------------------------------------------------------------------------------- whatever the bytes are

HEADER = st.builds(
    lambda page, count, pages, again: (
        b"SQLite format 3\0"
        + page.to_bytes(2)
        + bytes(6)
        + count.to_bytes(4)
        + pages.to_bytes(4)
        + bytes(60)
        + again.to_bytes(4)
        + bytes(4)
    ),
    st.sampled_from([0, 1, 512, 4096, 65535]),
    st.integers(0, 2),
    st.integers(0, 3) | st.just(2**32 - 1),
    st.integers(0, 2),
)
RECORD = st.builds(
    Record,
    st.integers(0, 5000) | st.just(2**64 - 1),
    st.integers(0, 2),
    st.lists(st.integers(0, 2**32 - 1), max_size=3).map(tuple),
).map(lambda record: record.trailer(bytes(BLOCK)))
PIECE = st.one_of(st.binary(max_size=300), HEADER, RECORD, st.just(MAGIC), st.integers(0, 5000).map(bytes))
ANY = st.lists(PIECE, max_size=5).map(b"".join)
QUICKLY = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def check_harmless(path, content):
    path.write_bytes(content)
    found = look(path)
    assert found.state in ("whole", "unsealed", "seal damaged", "damaged")
    assert (found.state == "damaged") == (len(found.damaged) > 0)
    try:
        mend(path)
    except UserError:
        assert path.read_bytes() == content
    assert run_through(examine(path)).state in ("whole", found.state)
    seal(path)
    assert look(path).state in ("whole", "damaged") or path.stat().st_size == 0


@given(content=st.binary(max_size=2000) | ANY)
@QUICKLY
def test_any_bytes_are_examined_without_an_error(tmp_path, content):
    check_harmless(tmp_path / "any", content)


@given(data=st.data())
@QUICKLY
def test_any_change_of_a_sealed_file_is_examined_without_an_error(tmp_path, sealed, data):
    start = data.draw(st.integers(0, len(sealed)) | st.integers(len(sealed) - 200, len(sealed)))
    stop = start + data.draw(st.integers(0, 200) | st.integers(0, len(sealed)))
    content = sealed[:start] + data.draw(ANY) + sealed[stop:]
    path = tmp_path / "any"
    path.write_bytes(content)
    assert look(path).state != "whole" or content == sealed
    check_harmless(path, content)


def test_a_missing_file_is_an_error_of_the_system(tmp_path):
    for act in (seal, unseal, look, mend):
        with pytest.raises(FileNotFoundError):
            act(tmp_path / "missing")
    assert list(tmp_path.iterdir()) == []


def test_examining_takes_little_memory(tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    code = (
        "import resource, sys; from pathlib import Path; from engine.session.store.seal import mend, seal\n"
        "small = Path(sys.argv[1]).with_name('small'); small.write_bytes(b'x' * 4_000_000)\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "def use(path): seal(path); path.open('r+b', buffering=0).write(b'!'); print(mend(path))\n"
        "use(small); before = peak(); use(Path(sys.argv[1])); print(peak() - before)"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, timeout=60)
    lines = done.stdout.splitlines()
    assert lines[:2] == ["range(0, 1)"] * 2, done.stderr
    assert int(lines[2]) < 20_000  # kilobytes


def test_where_a_long_file_s_header_is_damaged_it_is_mended_all_the_same(made, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LONG", 0)
    path = tmp_path / "long.layerlight"
    for place in (0, 16, 17, 24, *range(28, 32), 92):
        for bit in range(8):
            path.write_bytes(made[1])
            flip(path, place, bit)
            check_length(path)
    mend(path)
    assert path.read_bytes() == made[1]


def test_what_lies_behind_the_last_page_is_cut_off_when_a_file_is_sealed(made, tmp_path):
    path = tmp_path / "longer.layerlight"
    path.write_bytes(made[0] + bytes(10 * BLOCK))
    seal(path)
    assert path.read_bytes() == made[1]
