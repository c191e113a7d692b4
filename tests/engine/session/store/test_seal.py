"""The seal notices every flipped bit of a session file, mends one damaged block, and never makes anything worse."""

import os
import random
import sqlite3
import tracemalloc
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
from tests.faults import files_of_at_most

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
def flushed(monkeypatch):
    """The files that are flushed: none truly is, as thousands are made here."""
    numbers = []
    monkeypatch.setattr(os, "fsync", numbers.append)
    return numbers


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    path = tmp_path_factory.mktemp("made") / "made.layerlight"
    make_database(path)
    assert list(path.parent.iterdir()) == [path]
    return path.read_bytes()


@pytest.fixture(scope="module")
def sealed(content, tmp_path_factory):
    path = tmp_path_factory.mktemp("sealed") / "made.layerlight"
    path.write_bytes(content)
    seal(path)
    return path.read_bytes()


@pytest.fixture
def file(tmp_path, sealed):
    path = tmp_path / "größe & more.layerlight"
    path.write_bytes(sealed)
    return path


def test_a_seal_is_put_behind_the_content_read_over_by_sqlite_and_taken_off(file, content, sealed, flushed):
    assert sealed.startswith(content) and len(content) < len(sealed) < len(content) + BLOCK + 1000
    parity = 0
    for start in range(0, len(content), BLOCK):
        parity ^= int.from_bytes(content[start : start + BLOCK].ljust(BLOCK, b"\0"))
    assert parity.to_bytes(BLOCK) in sealed[len(content) :], "the XOR of all blocks"

    assert look(file) == Examination("whole", (), -(-len(content) // BLOCK))
    assert len(rows(file)) == ROWS
    seal(file)
    assert file.read_bytes() == sealed, "neither SQLite nor sealing again changes anything"

    for _ in range(2):
        unseal(file)
        assert file.read_bytes() == content and look(file) == Examination("unsealed")
    write_rows(file)
    flushed.clear()
    seal(file)
    assert look(file).state == "whole" and len(rows(file)) == ROWS + 1 and flushed


@pytest.mark.parametrize("length", [1, BLOCK - 1, BLOCK, BLOCK + 1, SLICE, SLICE + 1])
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


def test_an_empty_file_stays_one_and_a_missing_one_is_an_error_of_the_system(tmp_path):
    path = tmp_path / "empty"
    path.touch()
    seal(path)
    assert path.read_bytes() == b""
    for act in (seal, unseal, look, mend):
        with pytest.raises(FileNotFoundError):
            act(tmp_path / "missing")
    assert list(tmp_path.iterdir()) == [path]


def test_a_busy_window_is_not_handed_pythons_lock_for_each_block(file, monkeypatch):
    sizes = []

    def crc32(piece, value=0):
        sizes.append(len(piece))
        return zlib.crc32(piece, value)

    monkeypatch.setattr(module, "crc32", crc32)
    assert look(file).state == "whole"
    assert max(sizes) <= 5 * 1024  # from there on zlib lets it go


def test_every_flipped_bit_is_noticed_and_mended(file, content, sealed):
    chance = random.Random(7)
    first, record = len(content), (len(sealed) - len(content) - BLOCK) // 2
    for place in (
        *(chance.randrange(first) for _ in range(40)),
        *(chance.randrange(100) for _ in range(10)),  # SQLite's header
        *(chance.randrange(first, len(sealed)) for _ in range(15)),
        *range(first, first + record, 5),
        *range(len(sealed) - record, len(sealed), 5),
    ):
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


def test_bits_of_every_number_in_sqlites_header_are_mended(file, sealed, monkeypatch):
    monkeypatch.setattr(module, "LONG", 0)  # no length of a file is impossible
    for place in (0, *(start + byte for start in (16, 24, 28, 92) for byte in range(4))):
        for bit in (0, 3, 7):
            flip(file, place, bit)
            check_length(file)
            mend(file)
            assert file.read_bytes() == sealed, (place, bit)


@pytest.mark.parametrize("number", [0, 3, -1])
@pytest.mark.parametrize("wrong", [b"\0", b"garbage!"])
def test_a_whole_lost_block_is_mended(file, content, sealed, number, wrong):
    start = range(0, len(content), BLOCK)[number]
    length = min(BLOCK, len(content) - start)
    damage(file, start, (wrong * BLOCK)[:length])
    mended = mend(file)
    assert start <= mended.start < start + 8 and start + length - 8 < mended.stop <= start + length
    assert file.read_bytes() == sealed


def test_what_one_parity_cannot_mend_is_located_and_refused_in_one_sentence(file, content, sealed):
    blocks = -(-len(content) // BLOCK)
    for places, numbers, subject in (
        ((2 * BLOCK, 5 * BLOCK - 1), (2, 4), "2 of {} parts of größe & more.layerlight are"),
        ((2 * BLOCK, len(content) + BLOCK // 2), (2,), "1 of {} parts of größe & more.layerlight is"),
    ):
        file.write_bytes(sealed)
        for place in places:
            flip(file, place)
        damaged = file.read_bytes()
        assert look(file) == Examination("damaged", numbers, blocks)
        with pytest.raises(UserError) as refusal:
            mend(file)
        assert refusal.value.sentence == f"{subject.format(blocks)} damaged; what can be read is opened."
        assert refusal.value.hint and file.read_bytes() == damaged


def test_bits_of_the_seal_are_mended_with_one_of_the_content_and_alone(file, content, sealed):
    flip(file, 99_999)
    flip(file, len(content) + 9)
    assert look(file).damaged == (99_999 // BLOCK,)
    mend(file)
    assert file.read_bytes() == sealed
    flip(file, len(content) + 30)
    flip(file, len(sealed) - 2)
    assert look(file) == Examination("seal damaged"), "both records are spoilt"
    seal(file)
    assert file.read_bytes() == sealed


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


def test_a_file_to_which_something_was_added_keeps_its_content(file, content, sealed):
    for more in (1, 7, 5000, 3 * BLOCK):
        file.write_bytes(sealed + random.Random(more).randbytes(more))
        assert look(file) == Examination("seal damaged")
        assert len(rows(file)) == ROWS
        seal(file)
        assert file.read_bytes() == sealed


def test_half_a_seal_is_no_damage_of_the_content_and_is_replaced(file, content, sealed):
    record = (len(sealed) - len(content) - BLOCK) // 2
    for length in (*range(1, record + 20, 3), record + BLOCK, len(sealed) - len(content) - 1):
        file.write_bytes(sealed[: len(content) + length])
        assert look(file).state == "seal damaged", length
        assert mend(file) == range(0)
        assert file.read_bytes() == sealed[: len(content) + length]
        if length % 30 == 1:
            assert len(rows(file)) == ROWS
        unseal(file)
        assert file.read_bytes() == content, length
        file.write_bytes(sealed[: len(content) + length])
        seal(file)
        assert file.read_bytes() == sealed, length


def test_a_seal_of_which_only_the_length_reached_the_disk_is_cut_off_when_the_file_is_sealed(file, content, sealed):
    for length in (len(sealed), len(content) + 10 * BLOCK):
        file.write_bytes(content.ljust(length, b"\0"))
        assert look(file) == Examination("unsealed")
        assert len(rows(file)) == ROWS
        seal(file)
        assert file.read_bytes() == sealed


def test_a_full_disk_leaves_the_content_without_a_seal_and_a_damaged_file_as_it_was(file, content, sealed):
    for room in (0, 50, BLOCK):
        file.write_bytes(content)
        with files_of_at_most(len(content) + room), pytest.raises(OSError, match="too large"):
            seal(file)
        assert file.read_bytes() == content

    file.write_bytes(sealed)
    flip(file, 2 * BLOCK)
    damaged = file.read_bytes()
    with files_of_at_most(BLOCK), pytest.raises(OSError, match="too large"):
        mend(file)
    assert file.read_bytes() == damaged and list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_an_old_seal_undoes_nothing_that_sqlite_has_written_since(tmp_path, journal):
    path = tmp_path / "other.layerlight"
    make_database(path, journal)
    seal(path)
    before = path.read_bytes()
    for statement in (
        "UPDATE blobs SET content = zeroblob(12000) WHERE number = 3",  # one block, and in a log no count of it
        "UPDATE blobs SET number = 2000 WHERE number = 3",
        *(f"INSERT INTO blobs VALUES (1000, zeroblob({size}))" for size in (500, 9_000, 70_000, 300_000)),
        "DELETE FROM blobs WHERE number < 30",
    ):
        path.write_bytes(before)
        write_rows(path, statement)
        written, expected = path.read_bytes(), rows(path)
        assert look(path) in (Examination("unsealed"), Examination("seal damaged"))
        assert mend(path) == range(0) and path.read_bytes() == written
        unseal(path)
        assert rows(path) == expected
        seal(path)
        assert look(path).state == "whole" and rows(path) == expected


def test_no_sealed_file_is_as_long_as_whole_pages_are(tmp_path):
    """SQLite leaves that length behind, whatever else it leaves as it was."""
    for blocks in range(45, 55):
        path = tmp_path / f"{blocks}"
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
QUICKLY = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(data=st.data())
@QUICKLY
def test_any_bytes_in_a_sealed_file_or_in_its_place_are_examined_without_an_error(tmp_path, sealed, data):
    length = len(sealed)
    start = data.draw(st.just(0) | st.integers(0, length) | st.integers(length - 200, length))
    stop = start + data.draw(st.just(length) | st.integers(0, 200) | st.integers(0, length))
    content = sealed[:start] + data.draw(ANY) + sealed[stop:]
    path = tmp_path / "any"
    path.write_bytes(content)
    found = look(path)
    assert found.state != "whole" or start or content == sealed
    assert found.state in ("whole", "unsealed", "seal damaged", "damaged")
    assert (found.state == "damaged") == (len(found.damaged) > 0)
    try:
        mend(path)
    except UserError:
        assert path.read_bytes() == content
    assert look(path).state in ("whole", found.state)
    seal(path)
    assert look(path).state in ("whole", "damaged") or path.stat().st_size == 0


def test_sealing_and_mending_take_little_memory(tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    tracemalloc.start()
    seal(path)
    assert len(list(examine(path))) == -(-path.stat().st_size // SLICE), "it takes turns between slices"
    damage(path, 0, b"!")
    assert mend(path) == range(1)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20_000_000
