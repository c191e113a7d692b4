"""Data that somebody broke, or that never were any: each gets one sentence with the file and the place, and no more.

What `.npz` files can be wrong in is told in `test_npz.py` and `test_hostile_npz.py`; here is everything else, and some
of theirs once more through the front door.
"""

import gzip
import os
import sys
import time

import numpy as np
import pytest
from broken_data import ARRAYS, BROKEN, LABELS, MIB, NEEDS_POSIX, SQUARES, TABLE, WORDS
from data_files import as_csv, fuzzing, mutated, opened, peak_of, read_or_refuse, refusal, write_idx, write_pictures
from hostile_names import NAMES
from hypothesis import given
from hypothesis import strategies as st

from engine.core.errors import UserError
from engine.core.messages import run_through
from engine.data.sources import open_dataset
from engine.session.jobs.data import open_data
from engine.session.session import Session


@pytest.fixture(scope="module")
def digits():
    return open_dataset("sample")[0]


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_data_get_one_sentence_with_file_and_place_in_little_time_and_memory(tmp_path, digits, kind):
    if kind in NEEDS_POSIX and not hasattr(os, "mkfifo"):
        pytest.skip("this system has no such links or pipes")
    write, words = BROKEN[kind]
    path = write(tmp_path)
    session, begin = Session(digits), time.thread_time()
    sentence, peak = peak_of(lambda: refusal(path, lambda path: run_through(open_data(session, str(path)))))
    assert all(word in sentence for word in words), sentence
    assert session.dataset is digits, "what was open stays"
    assert time.thread_time() - begin < 5
    assert peak < 16 * MIB


def test_what_is_packed_and_no_table_is_not_unpacked_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr("engine.data.formats.reading.TURN_SECONDS", 0)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(bytes(40 * MIB), 9))
    shares = []
    with pytest.raises(UserError, match="no text"):
        shares.extend(message.share for message in open_data(Session(), str(tmp_path / "a.csv.gz")))
    assert 0 < shares[-1] < 0.2


def is_possible(name):
    return name.strip() and not set(name) & set("/\0\ud800") and len(os.fsencode(name)) < 200


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse most of these names")
def test_names_of_files_and_classes_may_hold_anything_and_stay_one_line(tmp_path):
    for name in filter(is_possible, NAMES):
        zoo = write_pictures(tmp_path / f"{name}x", SQUARES[:6], [f"{name}{number % 3}" for number in range(6)])
        data = opened(zoo)
        assert len(data.classes) == len(set(data.classes)) == 3, name
        assert all(each.isprintable() and 0 < len(each) <= 40 for each in data.classes), name
        assert data.name.isprintable() and data.remark.isprintable(), name
        next(zoo.rglob("*.png")).write_bytes(b"broken")
        with pytest.raises(UserError) as refused:
            opened(zoo)
        assert str(refused.value).isprintable(), name


def written(folder, kind):
    """Write a data set; return what is opened, and one of its files."""
    if kind == "csv":
        (folder / "a.csv").write_bytes(TABLE * 500)
        return folder / "a.csv", folder / "a.csv"
    if kind == "idx":
        return folder, write_idx(folder, ARRAYS)["y_test"]
    zoo = write_pictures(folder / "zoo", SQUARES, WORDS)
    return zoo, zoo / "cat" / "00023.png"


@pytest.mark.parametrize("kind", ["csv", "idx", "folder"])
def test_a_file_that_vanishes_while_it_is_read_is_refused(tmp_path, digits, kind, monkeypatch):
    monkeypatch.setattr("engine.data.formats.reading.TURN_SECONDS", 0)
    monkeypatch.setattr("engine.data.formats.csv.PIECE", 100)
    path, gone = written(tmp_path, kind)
    session = Session(digits)
    job = open_data(session, str(path))
    for _ in range(2 if kind == "idx" else 30):
        next(job)
    if kind == "csv":  # an open file stays readable when it is deleted, not when it is cut
        os.truncate(gone, len(TABLE) * 100 + 5)
    else:
        gone.unlink()
    with pytest.raises(UserError, match=gone.name):
        run_through(job)
    assert session.dataset is digits


@pytest.mark.parametrize("kind", ["csv", "idx", "folder"])
def test_what_may_not_be_read_is_refused(tmp_path, kind, monkeypatch):
    path, _ = written(tmp_path, kind)

    def deny(*_, **__):  # chmod would not stop root
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", deny)
    monkeypatch.setattr("os.scandir", deny)
    with pytest.raises(UserError, match="may not be read"):
        opened(path)


seeds = st.integers(0, 2**32)


@fuzzing
@given(seed=seeds, name=st.sampled_from(sorted(ARRAYS)), packed=st.booleans(), inside=st.booleans())
def test_any_bytes_in_idx_files_give_a_data_set_or_a_refusal(tmp_path, seed, name, packed, inside):
    file = write_idx(tmp_path / ("packed" if packed else "plain"), ARRAYS, packed=packed)[name]
    if packed and inside:
        file.write_bytes(gzip.compress(mutated(gzip.decompress(file.read_bytes()), seed)))
    else:
        file.write_bytes(mutated(file.read_bytes(), seed))
    read_or_refuse(file.parent, opened)


@fuzzing
@given(seed=seeds, words=st.booleans(), head=st.booleans())
def test_any_bytes_in_a_table_give_a_data_set_or_a_refusal(tmp_path, seed, words, head):
    cells = ",".join(["label", *(f"p{number}" for number in range(36))])
    table = as_csv(SQUARES, WORDS if words else LABELS, head=cells if head else "")
    (tmp_path / "a.csv").write_bytes(mutated(table, seed))
    read_or_refuse(tmp_path / "a.csv", opened)


@fuzzing
@given(seed=seeds, inside=st.booleans())
def test_any_bytes_in_a_packed_table_give_a_data_set_or_a_refusal(tmp_path, seed, inside):
    content = gzip.compress(mutated(TABLE, seed) if inside else TABLE, mtime=0)
    (tmp_path / "a.csv.gz").write_bytes(content if inside else mutated(content, seed))
    read_or_refuse(tmp_path / "a.csv.gz", opened)


@fuzzing
@given(
    seed=seeds,
    kind=st.sampled_from(["i1", "u2", "i4", "f2", "f4"]),
    shape=st.sampled_from([(6, 6), (36,), (1, 6, 6), (3, 3, 4), (12, 3)]),
)
def test_any_numbers_in_an_npz_file_give_a_data_set_a_question_or_a_refusal(tmp_path, seed, kind, shape):
    chance = np.random.default_rng(seed)
    scale = chance.choice([1, 3, 100, 255, 4000, 60_000, 1e30])
    count = int(np.prod(shape)) * 24
    with np.errstate(all="ignore"):
        images = ((chance.random(count) - chance.choice([0, 0.5])) * scale).astype(kind).reshape(24, *shape)
        labels = (chance.random((24, chance.choice([1, 3]))) * chance.choice([1, 3, 300])).astype(kind)
    np.savez(tmp_path / "a.npz", x_train=images, y_train=np.rint(labels))
    read_or_refuse(tmp_path / "a.npz", opened)


@fuzzing
@given(content=st.binary(max_size=400) | st.text("019,;.\t\n\r\"'-eNa ä\0\u2028", max_size=300).map(str.encode))
def test_any_text_as_a_table_gives_a_data_set_or_a_refusal(tmp_path, content):
    (tmp_path / "a.csv").write_bytes(content)
    read_or_refuse(tmp_path / "a.csv", opened)


@fuzzing
@given(seed=seeds, suffix=st.sampled_from(["png", "jpg", "bmp", "gif", "webp", "tif"]))
def test_any_bytes_in_a_picture_give_a_data_set_or_a_refusal(tmp_path, seed, suffix):
    zoo = write_pictures(tmp_path / suffix, SQUARES[:9], WORDS[:9], suffix)
    file = zoo / "bee" / f"00004.{suffix}"
    file.write_bytes(mutated(file.read_bytes(), seed))
    read_or_refuse(zoo, opened)
