"""Data that somebody broke, or that never were any: each gets one sentence with the file and the place, and no more.

What `.npz` files can be wrong in is told in `test_npz.py` and `test_hostile_npz.py`; here is everything else, and some
of theirs once more through the front door.
"""

import gzip
import io
import os
import random
import struct
import subprocess
import sys
import time
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from data_files import as_csv, as_idx, write_idx, write_pictures
from hostile_names import NAMES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.base.errors import UserError
from engine.base.text import printable
from engine.base.turns import run_through
from engine.data.dataset import Dataset
from engine.data.jobs import open_data
from engine.data.sources import open_dataset
from engine.session.session import Session

REPOSITORY = Path(__file__).resolve().parents[3]
MIB = 1024**2
SQUARES = np.random.default_rng(5).integers(0, 200, (24, 6, 6), np.uint8)
LABELS = np.arange(24, dtype=np.uint8) % 3
ARRAYS = {"x_train": SQUARES[:18], "y_train": LABELS[:18], "x_test": SQUARES[18:], "y_test": LABELS[18:]}
TABLE = as_csv(SQUARES, LABELS)
WORDS = ["ape", "bee", "cat"] * 8

BROKEN = {}
"""By what is wrong: what writes it into a folder and returns what is opened, and words that the sentence has."""


def broken(*words):
    def add(write):
        BROKEN[write.__name__.replace("_", " ")] = write, words
        return write

    return add


def idx(what, words, packed=False, name="x_train"):
    """Add a data set in IDX of which one file is changed, from bytes to bytes."""

    def write(folder, change):
        files = write_idx(folder / "letters", ARRAYS, packed=packed)
        files[name].write_bytes(change(files[name].read_bytes()))
        return folder / "letters"

    def add(change):
        BROKEN[f"IDX: {what}"] = lambda folder: write(folder, change), words

    return add


def stated(array, *sizes):
    return (
        struct.pack(">BBBB", 0, 0, 8, len(sizes)) + struct.pack(f">{len(sizes)}I", *sizes) + array.tobytes()
    )


IMAGES = "train-images-idx3-ubyte"
idx("empty", [IMAGES, "does not begin"])(lambda content: b"")
idx("magic", [IMAGES, "does not begin"])(lambda content: b"\1" + content[1:])
idx("type", [IMAGES, "does not begin"])(lambda content: content[:2] + b"\x0a" + content[3:])
idx("no axes", [IMAGES, "does not begin"])(lambda content: content[:3] + b"\0" + content[4:])
idx("200 axes", [IMAGES, "does not begin"])(lambda content: content[:3] + b"\xc8" + content[4:])
idx("header cut", [IMAGES, "within its header"])(lambda content: content[:11])
idx("cut", [IMAGES, "648 bytes", "600 follow"])(lambda content: content[:-48])
idx("longer", [IMAGES, "648 bytes", "649 follow"])(lambda content: content + b"x")
idx("huge shape", [IMAGES, "by its header"])(
    lambda content: stated(SQUARES[:18], 2**32 - 1, 2**32 - 1, 2**32 - 1)
)
idx("no images, wide", [IMAGES, "is empty"])(lambda content: stated(SQUARES[:0], 0, 2**32 - 1, 2**32 - 1))
idx("two axes", [IMAGES, "(18, 35)"])(lambda content: stated(SQUARES[:18, :, :].ravel()[: 18 * 35], 18, 35))
idx("large images", [IMAGES, "too large"])(lambda content: stated(np.zeros(18 * 300, "u1"), 18, 1, 300))
idx("other size", ["6 × 6", "3 × 12"])(lambda content: stated(SQUARES[:18], 18, 3, 12))
idx("fewer images", ["17 images", "18 labels"])(lambda content: stated(SQUARES[:17], 17, 6, 6))
idx("label 200", ["train-labels", "200", "image 4"], name="y_train")(
    lambda content: content[:12] + b"\xc8" + content[13:]
)
idx("one class", ["class 0"], name="y_train")(lambda content: content[:8] + bytes(18))
idx("labels are images", ["train-labels", "not labels"], name="y_train")(lambda content: as_idx(SQUARES[:18]))
idx("NaN", [IMAGES, "nan", "image 2"])(
    lambda content: as_idx(np.where(np.arange(648).reshape(18, 6, 6) == 80, np.nan, SQUARES[:18]), "f4")
)
idx("below 0", [IMAGES, "-3", "image 0"])(
    lambda content: as_idx(SQUARES[:18].astype(int) - 3 - SQUARES[0, 0, 0], "i4")
)
idx("gzip cut", [IMAGES, "damaged"], packed=True)(lambda content: content[:-30])
idx("gzip, bit flipped", [IMAGES, "damaged"], packed=True)(
    lambda content: content[:200] + bytes([content[200] ^ 1]) + content[201:]
)
idx("gzip, checksum", [IMAGES, "damaged"], packed=True)(lambda content: content[:-8] + b"1234" + content[-4:])
idx("gzip, too short inside", [IMAGES, "36 bytes are missing"], packed=True)(
    lambda content: gzip.compress(as_idx(SQUARES[:18])[:-36])
)
idx("gzip, too long inside", [IMAGES, "longer"], packed=True)(
    lambda content: gzip.compress(as_idx(SQUARES[:18]) + b"x")
)
idx("gzip bomb", [IMAGES, "longer than its header says"], packed=True)(
    lambda content: gzip.compress(as_idx(SQUARES[:18]) + bytes(200 * MIB), 1)
)
idx("gzip, huge shape", [IMAGES, "packed bytes follow"], packed=True)(
    lambda content: gzip.compress(stated(SQUARES[:18], 60_000, 250, 250))
)
idx("gzip that is none", [IMAGES, "does not begin"], packed=True)(lambda content: b"no gzip at all")


@broken("There are no train labels beside train-images-idx3-ubyte")
def IDX_without_labels(folder):
    write_idx(folder, ARRAYS)["y_train"].unlink()
    return folder / IMAGES


@broken("There are no test images beside t10k-labels-idx1-ubyte")
def IDX_without_test_images(folder):
    write_idx(folder, ARRAYS)["x_test"].unlink()
    return folder


@broken("mapping beside it does not name")
def IDX_with_a_mapping_of_other_labels(folder):
    write_idx(folder, ARRAYS, start="emnist-")
    (folder / "emnist-mapping.txt").write_text("1 65\n2 66\n")
    return folder


def csv(what, words, name="table.csv"):
    """Add a table, changed from bytes to bytes."""

    def write(folder, change):
        (folder / name).write_bytes(change(TABLE))
        return folder / name

    def add(change):
        BROKEN[f"CSV: {what}"] = lambda folder: write(folder, change), ["table", *words]

    return add


def with_cell(line, cell, value):
    lines = [row.split(b",") for row in TABLE.split(b"\n")]
    lines[line - 1][cell - 1] = value
    return b"\n".join(b",".join(row) for row in lines)


csv("empty", ["is empty"])(lambda table: b"")
csv("blank lines", ["is empty"])(lambda table: b"\n\n \n")
csv("text", ["line 9, cell 5", "“cat”"])(lambda table: with_cell(9, 5, b"cat"))
csv("NaN", ["nan", "line 3, cell 2"])(lambda table: with_cell(3, 2, b"nan"))
csv("infinity", ["inf", "line 24, cell 37"])(lambda table: with_cell(24, 37, b"inf"))
csv("above 255", ["256", "line 2, cell 4"])(lambda table: with_cell(2, 4, b"256"))
csv("below 0", ["-1", "line 2, cell 4"])(lambda table: with_cell(2, 4, b"-1"))
csv("far above", ["1e+30", "line 2, cell 4"])(lambda table: with_cell(2, 4, b"1e30"))
csv("no number", ["nothing in line 7, cell 9"])(lambda table: with_cell(7, 9, b""))
csv("decimal commas", ["line 5, cell 3"])(lambda table: with_cell(5, 3, b'"0,5"'))
csv("ragged, shorter", ["Line 4", "36 cells", "37"])(
    lambda table: with_cell(4, 1, b"").replace(b"\n,", b"\n")
)
csv("ragged, longer", ["Line 4", "38 cells"])(lambda table: with_cell(4, 1, b"1,1"))
csv("last line cut", ["Line 24", "cells"])(lambda table: table[:-80])
csv("no square", ["36 cells in a line", "35 pixels"])(
    lambda table: b"\n".join(line.rpartition(b",")[0] for line in table.split(b"\n")[:-1])
)
csv("one column", ["1 cells in a line"])(lambda table: b"1\n2\n3\n")
csv("head of other length", ["2 names in line 1", "37 cells"])(lambda table: b"a,b\n" + table)
csv("only a head", ["line 1, cell"])(lambda table: b",".join(b"p%d" % number for number in range(37)) + b"\n")
csv("one class", ["one image", "class"])(lambda table: table.split(b"\n")[0] + b"\n")
csv("all of a class", ["class 1"])(
    lambda table: b"".join(b"1" + line[1:] + b"\n" for line in table.split(b"\n")[:-1])
)
csv("200 classes", ["more than 100 different labels"])(
    lambda table: b"".join(
        b"n%d%s\n" % (number, table.split(b"\n")[number % 24][1:]) for number in range(200)
    )
)
csv("UTF-16", ["no text in UTF-8"])(lambda table: table.decode().encode("utf-16"))
csv("not UTF-8", ["Line 6", "no text in UTF-8"])(lambda table: with_cell(6, 1, b"\xe4\xff"))
csv("no end of line", ["Line 1", "too long"])(lambda table: b"1," * (2 * MIB))
csv("NULs", ["no text in UTF-8"])(lambda table: bytes(500))
csv("a picture", ["no text"])(lambda table: b"\x89PNG\r\n\x1a\n" + bytes(99))
csv("a page", ["cells"])(lambda table: b"<html>\n<body>\n<p>404</p>\n</body>\n</html>\n")
csv("quote without end", ["table"])(lambda table: with_cell(3, 1, b'"ape'))


def packed(what, words):
    """Add a packed table, made of the plain one."""

    def add(change):
        def write(folder):
            (folder / "table.csv.gz").write_bytes(change(TABLE))
            return folder / "table.csv.gz"

        BROKEN[f"CSV.gz: {what}"] = write, ["table.csv.gz", *words]

    return add


packed("not packed", ["damaged"])(lambda table: table)
packed("empty", ["is empty"])(lambda table: b"")
packed("empty inside", ["is empty"])(lambda table: gzip.compress(b""))
packed("cut", ["damaged"])(lambda table: gzip.compress(table)[:-40])
packed("bit flipped", ["damaged"])(
    lambda table: (content := gzip.compress(table))[:90] + bytes([content[90] ^ 1]) + content[91:]
)
packed("checksum", ["damaged"])(lambda table: (content := gzip.compress(table))[:-8] + b"1234" + content[-4:])
packed("two in one", ["longer than it says"])(lambda table: gzip.compress(table) + gzip.compress(table[:500]))
packed("bomb", ["forged", "holds 210 MB"])(lambda table: gzip.compress(bytes(200 * MIB), 9))
packed("bomb that says it is short", ["longer than it says"])(
    lambda table: gzip.compress(table * 5000, 1)[:-4] + (5 * MIB).to_bytes(4, "little")
)
packed("bomb of a line", ["Line 1", "too long"])(lambda table: gzip.compress(b"1," * (24 * MIB), 9))
packed("a table with a wrong cell", ["line 9, cell 5", "“cat”"])(
    lambda table: gzip.compress(with_cell(9, 5, b"cat"))
)
packed("no table at all", ["no text in UTF-8"])(lambda table: gzip.compress(bytes(20 * MIB), 9))


def pictures(what, words):
    """Add a folder of pictures that a function breaks."""

    def add(change):
        def write(folder):
            zoo = write_pictures(folder / "zoo", SQUARES, WORDS)
            return change(zoo) or zoo

        BROKEN[f"folder: {what}"] = write, words

    return add


def replaced(content, name="bee/00001.png"):
    def change(zoo):
        file = zoo / name
        file.write_bytes(content(file.read_bytes()) if callable(content) else content)

    return change


def png_of(width, height):
    """A PNG that says it is so large, with almost nothing in it."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(MIB), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def text_bomb():
    """A picture of one pixel whose text swells to 100 MB."""
    content = io.BytesIO()
    Image.new("L", (6, 6)).save(content, "PNG")
    whole = content.getvalue()
    data = b"a\0\0" + zlib.compress(bytes(100 * MIB), 9)
    chunk = struct.pack(">I", len(data)) + b"zTXt" + data + struct.pack(">I", zlib.crc32(b"zTXt" + data))
    return whole[:33] + chunk + whole[33:]


pictures("cut picture", ["bee/00001.png", "damaged"])(replaced(lambda content: content[: len(content) // 2]))
pictures("flipped bit", ["bee/00001.png", "damaged"])(
    replaced(lambda content: content[:50] + bytes([content[50] ^ 1]) + content[51:])
)
pictures("empty picture", ["bee/00001.png is empty"])(replaced(b""))
pictures("text as picture", ["00001.png", "no picture"])(replaced(b"no picture at all"))
pictures("GIF as PNG", ["00001.png", "no picture"])(replaced(b"GIF89a" + bytes(99)))
pictures("picture bomb", ["00001.png", "64 million pixels"])(replaced(png_of(30_000, 30_000)))
pictures("long picture bomb", ["00001.png"])(replaced(png_of(2**31 - 1, 1)))
pictures("bomb in a text", ["bee/00001.png", "damaged"])(replaced(text_bomb()))
pictures("no sub-folders", ["bee has no folders with pictures"])(lambda zoo: zoo / "bee")
pictures("one sub-folder", ["class", "ape"])(
    lambda zoo: [each.unlink() for each in [*zoo.glob("[bc]*/*")]] and None
)
pictures("one picture of each", ["only one image of each class"])(
    lambda zoo: [each.unlink() for each in zoo.rglob("*.png") if each.stem > "00002"] and None
)
pictures("training part without pictures", ["training part of zoo has no folders"])(
    lambda zoo: (zoo / "train").mkdir() or (zoo / "test").mkdir()
)
pictures("101 classes", ["101 folders"])(
    lambda zoo: write_pictures(zoo, SQUARES[[0] * 98], [f"n{number}" for number in range(98)]) and None
)


@broken("has no folders with pictures")
def a_folder_with_nothing(folder):
    (folder / "zoo").mkdir()
    return folder / "zoo"


@broken("has no folders with pictures")
def a_folder_of_links_that_lead_in_a_circle(folder):
    (folder / "zoo").mkdir()
    for name in ("a", "b"):
        (folder / "zoo" / name).symlink_to(folder / "zoo", target_is_directory=True)
    return folder / "zoo"


@broken("loop.csv", "cannot be read")
def a_link_to_itself(folder):
    (folder / "loop.csv").symlink_to(folder / "loop.csv")
    return folder / "loop.csv"


@broken("There is no file", "nowhere.csv")
def a_file_that_is_not_there(folder):
    return folder / "nowhere.csv"


@broken("is a type of file that cannot be opened")
def a_file_of_another_kind(folder):
    (folder / "notes.doc").write_bytes(b"words")
    return folder / "notes.doc"


@broken("not an ordinary file")
def a_pipe(folder):
    os.mkfifo(folder / "pipe.csv")
    return folder / "pipe.csv"


@broken("x_train", "Python objects")
def npz_with_a_pickle(folder):
    np.savez(folder / "a.npz", **ARRAYS | {"x_train": np.array([{}] * 18)})
    return folder / "a.npz"


@broken("not an .npz file")
def npz_that_is_a_bare_array(folder):
    np.save(folder / "a.npy", SQUARES)
    return (folder / "a.npy").rename(folder / "a.npz")


@broken("swell")
def npz_bomb(folder):
    with zipfile.ZipFile(folder / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in {
            **ARRAYS,
            "y_train": np.arange(2000) % 2,
            "x_test": np.zeros((6, 200, 200), "u1"),
        }.items():
            content = io.BytesIO()
            np.save(content, array)
            if name != "x_train":
                archive.writestr(f"{name}.npy", content.getvalue())
        content = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            content, {"descr": "|u1", "fortran_order": False, "shape": (2000, 200, 200)}
        )
        archive.writestr("x_train.npy", content.getvalue() + bytes(2000 * 200 * 200))
    return folder / "a.npz"


NEEDS_POSIX = {"a pipe", "a link to itself", "a folder of links that lead in a circle"}


@pytest.fixture(scope="module")
def digits():
    return open_dataset("sample")[0]


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_data_get_one_sentence_with_file_and_place_in_little_time_and_memory(tmp_path, digits, kind):
    if kind in NEEDS_POSIX and not hasattr(os, "mkfifo"):
        pytest.skip("this system has no such links or pipes")
    write, words = BROKEN[kind]
    path = write(tmp_path)
    session, begin = Session(digits), time.monotonic()
    tracemalloc.start()
    try:
        with pytest.raises(UserError) as refused:
            run_through(open_data(session, str(path)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    sentence, hint = refused.value.sentence, refused.value.hint
    assert all(word in sentence for word in words), sentence
    assert sentence.endswith(".") and hint.endswith(".") and is_a_line(sentence) and is_a_line(hint)
    assert not any(
        word in f"{sentence} {hint}" for word in ("Traceback", "Error", "Exception", "object at 0x")
    )
    assert len(sentence) < 300 + len(str(path))
    assert session.dataset is digits, "what was open stays"
    assert time.monotonic() - begin < 5
    assert peak < 64 * MIB


def test_there_are_at_least_60_kinds():
    assert len(BROKEN) >= 60


@pytest.mark.parametrize("kind", ["IDX: cut", "CSV: ragged, longer", "folder: cut picture", "npz bomb"])
def test_on_the_command_line_it_is_a_line_and_status_1(tmp_path, kind):
    write, words = BROKEN[kind]
    program = [sys.executable, REPOSITORY / "main.py", "info", "--dataset", write(tmp_path)]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1 and all(word in done.stderr for word in words)


def is_a_line(text):
    return printable(text) == text


def is_possible(name):
    return name.strip() and not set(name) & set("/\0\ud800") and len(os.fsencode(name)) < 200


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse most of these names")
@pytest.mark.parametrize("name", [name for name in NAMES if is_possible(name)])
def test_names_of_files_and_classes_may_hold_anything_and_stay_one_line(tmp_path, name):
    zoo = write_pictures(tmp_path / f"{name}x", SQUARES, [f"{name}{number % 3}" for number in range(24)])
    data = open_dataset(str(zoo))[0]
    assert len(data.classes) == len(set(data.classes)) == 3
    assert all(each.isprintable() and 0 < len(each) <= 40 for each in data.classes)
    assert data.name.isprintable() and data.remark.isprintable()
    next(zoo.rglob("*.png")).write_bytes(b"broken")
    with pytest.raises(UserError) as refused:
        open_dataset(str(zoo))
    assert is_a_line(str(refused.value))


@pytest.mark.parametrize("kind", ["csv", "idx", "folder"])
def test_a_file_that_vanishes_while_it_is_read_is_refused(tmp_path, digits, kind, monkeypatch):
    monkeypatch.setattr("engine.data.reading.TURN_SECONDS", 0)
    monkeypatch.setattr("engine.data.csv.PIECE", 100)
    if kind == "csv":
        path = gone = tmp_path / "a.csv"
        path.write_bytes(TABLE * 500)
    elif kind == "idx":
        path, gone = tmp_path, write_idx(tmp_path, ARRAYS)["y_test"]
    else:
        path = write_pictures(tmp_path / "zoo", SQUARES, WORDS)
        gone = path / "cat" / "00023.png"
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
    if kind == "csv":
        path = tmp_path / "a.csv"
        path.write_bytes(TABLE)
    elif kind == "idx":
        path = write_idx(tmp_path, ARRAYS)["x_train"]
    else:
        path = write_pictures(tmp_path / "zoo", SQUARES, WORDS)

    def deny(*_, **__):  # chmod would not stop root
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", deny)
    monkeypatch.setattr("os.scandir", deny)
    with pytest.raises(UserError, match="may not be read"):
        open_dataset(str(path))


# Any bytes ------------------------------------------------------------------------------------------------------------

fuzzing = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
seeds = st.integers(0, 2**32)


def mutated(content, seed):
    """The bytes with some flipped, cut out, doubled, or replaced by others that mean something to a format."""
    chance, changed = random.Random(seed), bytearray(content)
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(changed) + 1)
        match chance.randrange(5):
            case 0:
                changed[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                del changed[place : place + chance.randrange(1, 60)]
            case 2:
                changed[place:place] = chance.choice(
                    [b",", b"\n", b'"', b"nan", b"\xff\xff\xff\xff", b"\0", b"1e999"]
                )
            case 3:
                changed[place:place] = changed[place : place + chance.randrange(1, 200)]
            case 4:
                changed[place : place + 4] = struct.pack(
                    ">I", chance.choice([0, 1, 2**31, 2**32 - 1, 18, 255])
                )
    return bytes(changed)


def read_or_refuse(path):
    """The promise: a data set that keeps its own promises, or a `UserError`; anything else fails the test."""
    try:
        data = open_dataset(str(path))[0]
    except UserError as refused:
        assert is_a_line(refused.sentence) and refused.hint
        return
    assert isinstance(data, Dataset) and 2 <= len(data.classes) <= 100
    for images, labels in ((data.train_images, data.train_labels), (data.test_images, data.test_labels)):
        assert images.dtype == labels.dtype == np.uint8 and len(images)
        assert images.shape == (len(labels), *data.shape)
        assert labels.max() < len(data.classes)


@fuzzing
@given(seed=seeds, name=st.sampled_from(sorted(ARRAYS)), packed=st.booleans(), inside=st.booleans())
def test_any_bytes_in_idx_files_give_a_data_set_or_a_refusal(tmp_path, seed, name, packed, inside):
    file = write_idx(tmp_path / ("packed" if packed else "plain"), ARRAYS, packed=packed)[name]
    if packed and inside:
        file.write_bytes(gzip.compress(mutated(gzip.decompress(file.read_bytes()), seed)))
    else:
        file.write_bytes(mutated(file.read_bytes(), seed))
    read_or_refuse(file.parent)


@fuzzing
@given(seed=seeds, words=st.booleans(), head=st.booleans())
def test_any_bytes_in_a_table_give_a_data_set_or_a_refusal(tmp_path, seed, words, head):
    cells = ",".join(["label", *(f"p{number}" for number in range(36))])
    table = as_csv(SQUARES, WORDS if words else LABELS, head=cells if head else "")
    (tmp_path / "a.csv").write_bytes(mutated(table, seed))
    read_or_refuse(tmp_path / "a.csv")


@fuzzing
@given(seed=seeds, inside=st.booleans())
def test_any_bytes_in_a_packed_table_give_a_data_set_or_a_refusal(tmp_path, seed, inside):
    content = gzip.compress(mutated(TABLE, seed) if inside else TABLE, mtime=0)
    (tmp_path / "a.csv.gz").write_bytes(content if inside else mutated(content, seed))
    read_or_refuse(tmp_path / "a.csv.gz")


@fuzzing
@given(
    content=st.binary(max_size=400) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))
)
def test_any_text_as_a_table_gives_a_data_set_or_a_refusal(tmp_path, content):
    (tmp_path / "a.csv").write_bytes(content)
    read_or_refuse(tmp_path / "a.csv")


@fuzzing
@given(seed=seeds, suffix=st.sampled_from(["png", "jpg", "bmp"]))
def test_any_bytes_in_a_picture_give_a_data_set_or_a_refusal(tmp_path, seed, suffix):
    zoo = write_pictures(tmp_path / suffix, SQUARES[:9], WORDS[:9], suffix)
    file = zoo / "bee" / f"00004.{suffix}"
    file.write_bytes(mutated(file.read_bytes(), seed))
    read_or_refuse(zoo)
