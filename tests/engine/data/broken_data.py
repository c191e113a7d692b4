"""Data that somebody broke, or that never were any: what writes each kind, and words that its sentence has."""

import gzip
import io
import os
import struct
import zlib

import numpy as np
from PIL import Image

from tests.engine.data.data_files import as_csv, as_idx, as_npy, write_idx, write_pictures

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


def kinds(prefix, write, *always):
    """Return what adds one more kind of data that `write` writes: what is wrong, its words, how it is changed."""

    def add(what, words, change):
        BROKEN[f"{prefix}: {what}"] = lambda folder: write(folder, change), [*always, *words]

    return add


def flipped(place):
    """Return what flips a bit of bytes."""
    return lambda content: content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def gzipped(change):
    """Return what packs bytes that it has changed."""
    return lambda content: gzip.compress(change(gzip.decompress(content)), 1)


def changed_idx(name, *, packed):
    """Return what writes a data set in IDX of which one file is changed, from bytes to bytes."""

    def write(folder, change):
        files = write_idx(folder / "letters", ARRAYS, packed=packed)
        files[name].write_bytes(change(files[name].read_bytes()))
        return folder / "letters"

    return write


def changed_table(name):
    """Return what writes a table, changed from bytes to bytes."""

    def write(folder, change):
        (folder / name).write_bytes(change(TABLE))
        return folder / name

    return write


def changed_pictures(folder, change):
    zoo = write_pictures(folder / "zoo", SQUARES, WORDS)
    return change(zoo) or zoo


idx = kinds("IDX", changed_idx("x_train", packed=False))
idx_labels = kinds("IDX", changed_idx("y_train", packed=False), "train-labels")
idx_class = kinds("IDX", changed_idx("y_train", packed=False))
idx_packed = kinds("IDX", changed_idx("x_train", packed=True))
csv = kinds("CSV", changed_table("table.csv"), "table")
packed = kinds("CSV.gz", changed_table("table.csv.gz"), "table.csv.gz")
pictures = kinds("folder", changed_pictures)


def stated(array, *sizes):
    return struct.pack(">BBBB", 0, 0, 8, len(sizes)) + struct.pack(f">{len(sizes)}I", *sizes) + array.tobytes()


IMAGES = "train-images-idx3-ubyte"
idx("empty", [IMAGES, "does not begin"], lambda content: b"")
idx("magic", [IMAGES, "does not begin"], lambda content: b"\1" + content[1:])
idx("type", [IMAGES, "does not begin"], lambda content: content[:2] + b"\x0a" + content[3:])
idx("no axes", [IMAGES, "does not begin"], lambda content: content[:3] + b"\0" + content[4:])
idx("200 axes", [IMAGES, "does not begin"], lambda content: content[:3] + b"\xc8" + content[4:])
idx("header cut", [IMAGES, "within its header"], lambda content: content[:11])
idx("cut", [IMAGES, "648 bytes", "600 follow"], lambda content: content[:-48])
idx("longer", [IMAGES, "648 bytes", "649 follow"], lambda content: content + b"x")
idx("huge shape", [IMAGES, "by its header"], lambda content: stated(SQUARES[:18], 2**32 - 1, 2**32 - 1, 2**32 - 1))
idx("no images, wide", [IMAGES, "is empty"], lambda content: stated(SQUARES[:0], 0, 2**32 - 1, 2**32 - 1))
idx("two axes", [IMAGES, "(18, 31)"], lambda content: stated(SQUARES[:18, :, :].ravel()[: 18 * 31], 18, 31))
idx("large images", [IMAGES, "too large"], lambda content: stated(np.zeros(18 * 300, "u1"), 18, 1, 300))
idx("other size", ["6 × 6", "3 × 12"], lambda content: stated(SQUARES[:18], 18, 3, 12))
idx("fewer images", ["17 images", "18 labels"], lambda content: stated(SQUARES[:17], 17, 6, 6))
BELOW_0 = np.where(np.arange(18) == 4, -3, LABELS[:18].astype(int))
idx_labels("label below 0", ["-3", "image 4"], lambda content: as_idx(BELOW_0, "i2"))
idx_class("one class", ["class 0"], lambda content: content[:8] + bytes(18))
idx_labels("labels are images", ["not labels"], lambda content: as_idx(SQUARES[:18]))
NAN = np.where(np.arange(648).reshape(18, 6, 6) == 80, np.nan, SQUARES[:18])
idx("NaN", [IMAGES, "nan", "image 2"], lambda content: as_idx(NAN, "f4"))
idx("below 0", [IMAGES, "-3", "image 0"], lambda content: as_idx(SQUARES[:18].astype(int) - 3 - SQUARES[0, 0, 0], "i4"))
idx_packed("gzip cut", [IMAGES, "damaged"], lambda content: content[:-30])
idx_packed("gzip, bit flipped", [IMAGES, "damaged"], flipped(200))
idx_packed("gzip, checksum", [IMAGES, "damaged"], lambda content: content[:-8] + b"1234" + content[-4:])
idx_packed("gzip, too short inside", [IMAGES, "36 bytes are missing"], gzipped(lambda content: content[:-36]))
idx_packed("gzip, too long inside", [IMAGES, "longer"], gzipped(lambda content: content + b"x"))
idx_packed("gzip bomb", [IMAGES, "longer than its header says"], gzipped(lambda content: content + bytes(32 * MIB)))
idx_packed("gzip, huge shape", [IMAGES, "packed bytes follow"], gzipped(lambda _: stated(SQUARES, 60_000, 250, 250)))
idx_packed("gzip that is none", [IMAGES, "does not begin"], lambda content: b"no gzip at all")


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


ROWS = [row.split(b",") for row in TABLE.splitlines()]


def with_cell(line, cell, value):
    rows = [[*row] for row in ROWS]
    rows[line - 1][cell - 1] = value
    return b"".join(b",".join(row) + b"\n" for row in rows)


csv("empty", ["is empty"], lambda table: b"")
csv("blank lines", ["is empty"], lambda table: b"\n\n \n")
csv("text", ["line 9, cell 5", "“cat”"], lambda table: with_cell(9, 5, b"cat"))
csv("NaN", ["nan", "line 3, cell 2"], lambda table: with_cell(3, 2, b"nan"))
csv("infinity", ["inf", "line 24, cell 37"], lambda table: with_cell(24, 37, b"inf"))
csv("above 255", ["256", "line 2, cell 4"], lambda table: with_cell(2, 4, b"256"))
csv("below 0", ["-1", "line 2, cell 4"], lambda table: with_cell(2, 4, b"-1"))
csv("far above", ["1e+30", "line 2, cell 4"], lambda table: with_cell(2, 4, b"1e30"))
csv("no number", ["nothing in line 7, cell 9"], lambda table: with_cell(7, 9, b""))
csv("decimal commas", ["line 5, cell 3"], lambda table: with_cell(5, 3, b'"0,5"'))
csv("ragged, shorter", ["Line 4", "36 cells", "37"], lambda table: with_cell(4, 1, b"").replace(b"\n,", b"\n"))
csv("ragged, longer", ["Line 4", "38 cells"], lambda table: with_cell(4, 1, b"1,1"))
csv("last line cut", ["Line 24", "cells"], lambda table: table[:-80])
csv("no square", ["32 cells in a line", "31 pixels"], lambda table: b"\n".join(b",".join(row[:32]) for row in ROWS))
csv("one column", ["1 cells in a line"], lambda table: b"1\n2\n3\n")
csv("head of other length", ["2 names in line 1", "37 cells"], lambda table: b"a,b\n" + table)
csv("only a head", ["line 1, cell"], lambda table: b",".join(b"p%d" % number for number in range(37)) + b"\n")
csv("one class", ["one image", "class"], lambda table: table.split(b"\n")[0] + b"\n")
csv("all of a class", ["class 1"], lambda table: as_csv(SQUARES, LABELS * 0 + 1))
MANY = as_csv(SQUARES[np.arange(200) % 24], range(0, 1000, 5))
csv("200 classes", ["more than 100 different labels"], lambda table: MANY)
csv("UTF-16", ["no text in UTF-8"], lambda table: table.decode().encode("utf-16"))
csv("not UTF-8", ["Line 6", "no text in UTF-8"], lambda table: with_cell(6, 1, b"\xe4\xff"))
csv("no end of line", ["Line 1", "too long"], lambda table: b"1," * (2 * MIB))
csv("NULs", ["no text in UTF-8"], lambda table: bytes(500))
csv("a picture", ["no text"], lambda table: b"\x89PNG\r\n\x1a\n" + bytes(99))
csv("a page", ["cells"], lambda table: b"<html>\n<body>\n<p>404</p>\n</body>\n</html>\n")
csv("quote without end", ["table"], lambda table: with_cell(3, 1, b'"ape'))


packed("not packed", ["damaged"], lambda table: table)
packed("empty", ["is empty"], lambda table: b"")
packed("empty inside", ["is empty"], lambda table: gzip.compress(b""))
packed("cut", ["damaged"], lambda table: gzip.compress(table)[:-40])
packed("bit flipped", ["damaged"], lambda table: flipped(90)(gzip.compress(table)))
packed("checksum", ["damaged"], lambda table: (content := gzip.compress(table))[:-8] + b"1234" + content[-4:])
packed("two in one", ["longer than it says"], lambda table: gzip.compress(table) + gzip.compress(table[:500]))
packed("bomb", ["forged", "holds 75 MB"], lambda table: gzip.compress(bytes(72 * MIB), 9))
SAYS_5_MB = gzip.compress(TABLE * 5000, 1)[:-4] + (5 * MIB).to_bytes(4, "little")
packed("bomb that says it is short", ["longer than it says"], lambda table: SAYS_5_MB)
packed("bomb of a line", ["Line 1", "too long"], lambda table: gzip.compress(b"1," * (16 * MIB), 1))
packed("a table with a wrong cell", ["line 9, cell 5", "“cat”"], lambda table: gzip.compress(with_cell(9, 5, b"cat")))
packed("no table at all", ["no text in UTF-8"], lambda table: gzip.compress(bytes(32 * MIB), 1))


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
    """A picture of one pixel whose text swells to 32 MB."""
    content = io.BytesIO()
    Image.new("L", (6, 6)).save(content, "PNG")
    whole = content.getvalue()
    data = b"a\0\0" + zlib.compress(bytes(32 * MIB), 1)
    chunk = struct.pack(">I", len(data)) + b"zTXt" + data + struct.pack(">I", zlib.crc32(b"zTXt" + data))
    return whole[:33] + chunk + whole[33:]


def saved_as(kind):
    content = io.BytesIO()
    Image.fromarray(np.kron(SQUARES[0], np.ones((9, 9), np.uint8))).save(content, kind)
    return content.getvalue()


def tiff_of(side):
    """A TIFF that says it is so large, with almost nothing in it."""
    tags = [
        (256, side), (257, side), (258, 8), (259, 1), (262, 1), (273, 200), (277, 1), (278, side), (279, 500),
    ]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + bytes(700)


def webp_of(side):
    """A WebP whose canvas is said to be so large."""
    canvas = struct.pack("<I", 2) + struct.pack("<I", side - 1)[:3] * 2
    whole = b"WEBPVP8X" + struct.pack("<I", 10) + canvas + saved_as("WEBP")[12:]
    return b"RIFF" + struct.pack("<I", len(whole)) + whole


def tiff_in_a_circle():
    """A TIFF whose first directory says that it is followed by itself."""
    content = bytearray(saved_as("TIFF"))
    start = struct.unpack("<I", content[4:8])[0]
    end = start + 2 + 12 * struct.unpack("<H", content[start : start + 2])[0]
    content[end : end + 4] = struct.pack("<I", start)
    return bytes(content[: end - 20])


for kind in ("GIF", "TIFF", "WEBP"):
    pictures(f"cut {kind}", ["bee/00001.png"], replaced(saved_as(kind)[: len(saved_as(kind)) // 2]))
pictures(
    "GIF bomb",
    ["bee/00001.png", "64 million pixels"],
    replaced(b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + bytes(3) + b"," + bytes(99)),
)
pictures("TIFF bomb", ["bee/00001.png", "64 million pixels"], replaced(tiff_of(30_000)))
pictures("WebP bomb", ["bee/00001.png"], replaced(webp_of(16_000)))
pictures("TIFF that follows itself", ["bee/00001.png"], replaced(tiff_in_a_circle()))
pictures("cut picture", ["bee/00001.png", "damaged"], replaced(lambda content: content[: len(content) // 2]))
pictures("flipped bit", ["bee/00001.png", "damaged"], replaced(flipped(50)))
pictures("empty picture", ["bee/00001.png is empty"], replaced(b""))
pictures("text as picture", ["bee/00001.png", "no picture"], replaced(b"no picture at all"))
pictures("GIF as PNG", ["bee/00001.png", "no picture"], replaced(b"GIF89a" + bytes(99)))
pictures("picture bomb", ["bee/00001.png", "64 million pixels"], replaced(png_of(30_000, 30_000)))
pictures("long picture bomb", ["00001.png"], replaced(png_of(2**31 - 1, 1)))
pictures("bomb in a text", ["bee/00001.png", "damaged"], replaced(text_bomb()))
pictures("no sub-folders", ["bee has no folders with pictures"], lambda zoo: zoo / "bee")
pictures("one sub-folder", ["class", "ape"], lambda zoo: [each.unlink() for each in [*zoo.glob("[bc]*/*")]] and None)
pictures(
    "one picture of each",
    ["only one image of each class"],
    lambda zoo: [each.unlink() for each in zoo.rglob("*.png") if each.stem > "00002"] and None,
)
pictures(
    "training part without pictures",
    ["training part of zoo has no folders"],
    lambda zoo: (zoo / "train").mkdir() or (zoo / "test").mkdir(),
)
pictures(
    "101 classes",
    ["101 folders"],
    lambda zoo: write_pictures(zoo, SQUARES[[0] * 98], [f"n{number}" for number in range(98)]) and None,
)


def file(name, content=b""):
    """Write a file; return its path."""

    def write(folder):
        (folder / name).write_bytes(content)
        return folder / name

    return write


def npz(**arrays):
    def write(folder):
        np.savez(folder / "a.npz", **arrays)
        return folder / "a.npz"

    return write


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


@broken("not an ordinary file")
def a_pipe(folder):
    os.mkfifo(folder / "pipe.csv")
    return folder / "pipe.csv"


def npz_bomb(folder):
    """40 MB of zeros that are packed as 40 kB."""
    many = {"y_train": np.arange(2000) % 2, "x_test": np.zeros((6, 200, 200), "u1")}
    np.savez_compressed(folder / "a.npz", **ARRAYS | many | {"x_train": np.zeros((2000, 200, 200), "u1")})
    return folder / "a.npz"


BROKEN |= {
    "a folder with nothing": (lambda folder: folder, ["has no folders with pictures"]),
    "a file that is not there": (lambda folder: folder / "nowhere.csv", ["There is no file", "nowhere.csv"]),
    "a file of another kind": (file("notes.doc", b"words"), ["is a type of file that cannot be opened"]),
    "an archive": (file("a.zip", b"PK\3\4"), ["a.zip is an archive, which is not unpacked here."]),
    "a packed archive": (file("a.tar.gz", b"PK\3\4"), ["is an archive"]),
    "an array": (file("a.npy", b"PK\3\4"), ["is one array"]),
    "npz with a pickle": (npz(**ARRAYS | {"x_train": np.array([{}] * 18)}), ["x_train", "Python objects"]),
    "npz with words that are objects": (
        npz(pics=SQUARES, kinds=np.array(WORDS, object)),
        ["kinds in a.npz holds Python"],
    ),
    "npz with other numbers of images and labels": (npz(pics=SQUARES, kinds=LABELS[1:]), ["a.npz has no array called"]),
    "npz with 120 words": (
        npz(pics=np.repeat(SQUARES, 5, 0), kinds=np.array([f"n{number}" for number in range(120)])),
        ["120 different words"],
    ),
    "npz with 144 numbers": (
        npz(x_train=np.repeat(SQUARES, 6, 0), y_train=np.arange(144) * 7),
        ["more than 100 different labels"],
    ),
    "npz with images alone": (
        npz(x_train=SQUARES),
        ["has no array called y_train or x_test or y_test; there is x_train"],
    ),
    "npz with images along the last axis": (
        npz(**ARRAYS | {"x_train": np.moveaxis(SQUARES[:18], 0, -1)}),
        ["its 18 images lie along the last axis"],
    ),
    "npz with signs in one part": (
        npz(**ARRAYS | {"x_train": SQUARES[:18] / 99.5 - 1, "x_test": SQUARES[18:] % 2}),
        ["x_train has values from -1 to 1, and x_test has values from 0 to 1"],
    ),
    "npz that is a bare array": (file("a.npz", as_npy(SQUARES)), ["not an .npz file"]),
    "npz bomb": (npz_bomb, ["swell"]),
}

NEEDS_POSIX = {"a pipe", "a link to itself", "a folder of links that lead in a circle"}
