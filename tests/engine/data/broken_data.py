"""Data that somebody broke, or that never were any: what writes each kind, and words that its sentence has."""

import gzip
import os
import struct
import zlib

import numpy as np
from PIL import Image

from tests.engine.data.data_files import as_csv, as_idx, as_npy, write_idx, write_pictures
from tests.engine.data.pictures_of_digits import encoded, png, png_of

MIB = 1024**2
SQUARES = np.random.default_rng(5).integers(0, 200, (24, 6, 6), np.uint8)
LABELS = np.arange(24, dtype=np.uint8) % 3
ARRAYS = {"x_train": SQUARES[:18], "y_train": LABELS[:18], "x_test": SQUARES[18:], "y_test": LABELS[18:]}
TABLE = as_csv(SQUARES, LABELS)
WORDS = ["ape", "bee", "cat"] * 8

# by what is wrong: what writes it into a folder and returns what is opened, and words that the sentence has
BROKEN = {}


def broken(*words):
    def add(write):
        BROKEN[write.__name__.replace("_", " ")] = write, words
        return write

    return add


def kinds(prefix, write, *always):
    """Return what adds one more kind of data: what is wrong, its words, and what `write` gets beside the folder."""

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
idx_packed = kinds("IDX", changed_idx("x_train", packed=True))
csv = kinds("CSV", changed_table("table.csv"), "table")
packed = kinds("CSV.gz", changed_table("table.csv.gz"), "table.csv.gz")
pictures = kinds("folder", changed_pictures)


def stated(array, *sizes):
    return struct.pack(">BBBB", 0, 0, 8, len(sizes)) + struct.pack(f">{len(sizes)}I", *sizes) + array.tobytes()


IMAGES = "train-images-idx3-ubyte"
idx("empty", [IMAGES, "does not begin"], lambda content: b"")
idx("magic", [IMAGES, "does not begin"], lambda content: b"\1" + content[1:])
idx("no axes", [IMAGES, "does not begin"], lambda content: content[:3] + b"\0" + content[4:])
idx("header cut", [IMAGES, "within its header"], lambda content: content[:11])
idx("cut", [IMAGES, "648 bytes", "600 follow"], lambda content: content[:-48])
idx("longer", [IMAGES, "648 bytes", "649 follow"], lambda content: content + b"x")
idx("huge shape", [IMAGES, "by its header"], lambda content: stated(SQUARES[:18], 2**32 - 1, 2**32 - 1, 2**32 - 1))
idx("no images, wide", [IMAGES, "is empty"], lambda content: stated(SQUARES[:0], 0, 2**32 - 1, 2**32 - 1))
idx("two axes", [IMAGES, "(18, 31)"], lambda content: stated(SQUARES[:18, :, :].ravel()[: 18 * 31], 18, 31))
BELOW_0 = np.where(np.arange(18) == 4, -3, LABELS[:18].astype(int))
idx_labels("label below 0", ["-3", "image 4"], lambda content: as_idx(BELOW_0, "i2"))
idx_labels("labels are images", ["not labels"], lambda content: as_idx(SQUARES[:18]))
NAN = np.where(np.arange(648).reshape(18, 6, 6) == 80, np.nan, SQUARES[:18])
idx("NaN", [IMAGES, "nan", "image 2"], lambda content: as_idx(NAN, "f4"))
idx_packed("gzip cut", [IMAGES, "damaged"], lambda content: content[:-30])
idx_packed("gzip, bit flipped", [IMAGES, "damaged"], flipped(200))
idx_packed("gzip, too short inside", [IMAGES, "36 bytes are missing"], gzipped(lambda content: content[:-36]))
idx_packed("gzip, too long inside", [IMAGES, "longer"], gzipped(lambda content: content + b"x"))
idx_packed("gzip bomb", [IMAGES, "longer than its header says"], gzipped(lambda content: content + bytes(32 * MIB)))
idx_packed("gzip, huge shape", [IMAGES, "packed bytes follow"], gzipped(lambda _: stated(SQUARES, 60_000, 250, 250)))
idx_packed("gzip that is none", [IMAGES, "does not begin"], lambda content: b"no gzip at all")


@broken("There are no train labels beside train-images-idx3-ubyte")
def IDX_without_labels(folder):
    write_idx(folder, ARRAYS)["y_train"].unlink()
    return folder / IMAGES


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
csv("below 0", ["-1", "line 2, cell 4"], lambda table: with_cell(2, 4, b"-1"))
csv("far above", ["1e+30", "line 2, cell 4"], lambda table: with_cell(2, 4, b"1e30"))
csv("no number", ["nothing in line 7, cell 9"], lambda table: with_cell(7, 9, b""))
csv("decimal commas", ["line 5, cell 3"], lambda table: with_cell(5, 3, b'"0,5"'))
csv("ragged, shorter", ["Line 4", "36 cells", "37"], lambda table: with_cell(4, 1, b"").replace(b"\n,", b"\n"))
csv("ragged, longer", ["Line 4", "38 cells"], lambda table: with_cell(4, 1, b"1,1"))
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
csv("a page", ["cells"], lambda table: b"<html>\n<body>\n<p>404</p>\n</body>\n</html>\n")
csv("quote without end", ["table"], lambda table: with_cell(3, 1, b'"ape'))


packed("not packed", ["damaged"], lambda table: table)
packed("empty", ["is empty"], lambda table: b"")
packed("empty inside", ["is empty"], lambda table: gzip.compress(b""))
packed("cut", ["damaged"], lambda table: gzip.compress(table)[:-40])
packed("bit flipped", ["damaged"], lambda table: flipped(90)(gzip.compress(table)))
packed("two in one", ["longer than it says"], lambda table: gzip.compress(table) + gzip.compress(table[:500]))
packed("bomb", ["forged", "holds 75 MB"], lambda table: gzip.compress(bytes(72 * MIB), 9))
SAYS_5_MB = gzip.compress(TABLE * 5000, 1)[:-4] + (5 * MIB).to_bytes(4, "little")
packed("bomb that says it is short", ["longer than it says"], lambda table: SAYS_5_MB)
packed("bomb of a line", ["Line 1", "too long"], lambda table: gzip.compress(b"1," * (16 * MIB), 1))
packed("no table at all", ["no text in UTF-8"], lambda table: gzip.compress(bytes(32 * MIB), 1))


def replaced(content, name="bee/00001.png"):
    def change(zoo):
        file = zoo / name
        file.write_bytes(content(file.read_bytes()) if callable(content) else content)

    return change


def text_bomb():
    """A picture of one pixel whose text swells to 32 MB."""
    whole = png(Image.new("L", (6, 6)))
    data = b"a\0\0" + zlib.compress(bytes(32 * MIB), 1)
    chunk = struct.pack(">I", len(data)) + b"zTXt" + data + struct.pack(">I", zlib.crc32(b"zTXt" + data))
    return whole[:33] + chunk + whole[33:]


def saved_as(kind):
    return encoded(Image.fromarray(np.kron(SQUARES[0], np.ones((9, 9), np.uint8))), kind)


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
pictures("WebP bomb", ["bee/00001.png"], replaced(webp_of(16_000)))
pictures("TIFF that follows itself", ["bee/00001.png"], replaced(tiff_in_a_circle()))
pictures("cut picture", ["bee/00001.png", "damaged"], replaced(lambda content: content[: len(content) // 2]))
pictures("flipped bit", ["bee/00001.png", "damaged"], replaced(flipped(50)))
pictures("empty picture", ["bee/00001.png is empty"], replaced(b""))
pictures("picture bomb", ["bee/00001.png", "64 million pixels"], replaced(png_of(30_000, 30_000, bytes(MIB))))
pictures("long picture bomb", ["00001.png"], replaced(png_of(2**31 - 1, 1, bytes(MIB))))
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


def write_file(folder, name_and_content):
    name, content = name_and_content
    (folder / name).write_bytes(content)
    return folder / name


def write_npz(folder, arrays):
    np.savez(folder / "a.npz", **arrays)
    return folder / "a.npz"


file = kinds("file", write_file)
npz = kinds("npz", write_npz)

file("of another kind", ["is a type of file that cannot be opened"], ("notes.doc", b"words"))
file("archive", ["a.zip is an archive, which is not unpacked here."], ("a.zip", b"PK\3\4"))
file("packed archive", ["is an archive"], ("a.tar.gz", b"PK\3\4"))
file("one array", ["is one array"], ("a.npy", b"PK\3\4"))
file("bare array", ["not an .npz file"], ("a.npz", as_npy(SQUARES)))
npz("words that are objects", ["kinds in a.npz holds Python"], {"pics": SQUARES, "kinds": np.array(WORDS, object)})
npz("fewer labels", ["a.npz has no array called"], {"pics": SQUARES, "kinds": LABELS[1:]})
MANY_WORDS = {"pics": np.repeat(SQUARES, 5, 0), "kinds": np.array([f"n{number}" for number in range(120)])}
npz("120 words", ["120 different words"], MANY_WORDS)
MANY_NUMBERS = {"x_train": np.repeat(SQUARES, 6, 0), "y_train": np.arange(144) * 7}
npz("144 numbers", ["more than 100 different labels"], MANY_NUMBERS)
npz("images alone", ["has no array called y_train or x_test or y_test; there is x_train"], {"x_train": SQUARES})
LAST_AXIS = {"x_train": np.moveaxis(SQUARES[:18], 0, -1)}
npz("images along the last axis", ["its 18 images lie along the last axis"], ARRAYS | LAST_AXIS)
SIGNS = {"x_train": SQUARES[:18] / 99.5 - 1, "x_test": SQUARES[18:] % 2}
npz("signs in one part", ["x_train has values from -1 to 1, and x_test has values from 0 to 1"], ARRAYS | SIGNS)


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


BROKEN["a folder with nothing"] = lambda folder: folder, ["has no folders with pictures"]
BROKEN["a file that is not there"] = lambda folder: folder / "nowhere.csv", ["There is no file", "nowhere.csv"]

NEEDS_POSIX = {"a pipe", "a link to itself", "a folder of links that lead in a circle"}
