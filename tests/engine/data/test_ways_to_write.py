"""Own data however they are written: taken as what they are, asked about, or refused with the true reason."""

import unicodedata

import numpy as np
import pytest
from data_files import as_csv, holds, images_in, opened, write_idx, write_pictures
from PIL import Image

from engine.core.errors import UserError
from engine.core.messages import run_through
from engine.data.location import Location, Range, UnclearError, location_of
from engine.export.scripts.parts.show_code import data_file
from engine.session.jobs.data import ArraysAsked, ReadingAsked, open_data
from engine.session.session import Session

DARK = np.random.default_rng(4).integers(0, 98, (24, 6, 6), np.uint8)
DARK[:, 2, 2] = 97
LIGHT = np.random.default_rng(4).integers(0, 256, (24, 6, 6), np.uint8)
LIT = LIGHT.copy()  # the same on a black ground, which is not turned
LIT[:, 0] = LIT[:, -1] = LIT[:, :, 0] = LIT[:, :, -1] = 0
LABELS = np.arange(24) % 3
WORDS = ["ape", "bee", "cat"] * 8


def saved(folder, **arrays):
    np.savez(folder / "a.npz", **arrays)
    return folder / "a.npz"


def parts(images, labels=LABELS, test=None):
    train = {"x_train": images[:18], "y_train": labels[:18]}
    return train | {"x_test": (images if test is None else test)[18:], "y_test": labels[18:]}


def asked_about(path):
    """What the window asks when it opens data that can be read in several ways."""
    *_, asked = open_data(Session(), str(path))
    return asked


def npz(images, labels=LABELS, names=("x_train", "y_train", "x_test", "y_test")):
    """Return what writes both parts as arrays of these names."""
    return lambda folder: saved(folder, **dict(zip(names, parts(images, labels).values(), strict=True)))


def idx(labels):
    return lambda folder: write_idx(folder, parts(LIGHT, labels))["y_test"]


def csv(labels, head="", first=True, index=None, images=LIGHT):
    """Return what writes a table, with a first column that counts the lines from `index`."""

    def write(folder):
        rows = as_csv(images, labels, first=first).decode().splitlines()
        counted = [row if index is None else f"{index + number},{row}" for number, row in enumerate(rows)]
        (folder / "a.csv").write_text("\n".join([head, *counted] if head else counted))
        return folder / "a.csv"

    return write


def pictures(images, suffix="png"):
    how = {"lossless": True} if suffix == "webp" else {}
    return lambda folder: write_pictures(folder / "zoo", images, WORDS, suffix, **how)


def stretched(low, high):
    return f"The pixels, from {low} to {high}, were brought to 0 to 255."


PIXELS = [str(number) for number in range(36)]
SPARSE, GAP, ONES = (np.array(three)[LABELS] for three in ([5, 15, 95], [0, 1, 3], [1, 2, 3]))
SIGNS = np.array([-1, 1, 1])[LABELS]
MANY = np.arange(24) % 8 * 20
COUNTS = "The first column counts the lines"

WAYS = {  # by how they are written: what writes them, which images and classes are read, and what is said of it
    **{f"numbers as {kind}": (npz(LIGHT.astype(kind)), LIGHT, LABELS, "")
       for kind in ("i2", "u8", "f2", "f4", "f8", "g")},
    **{f"0 to 1 as {kind}": (npz((LIGHT / 255).astype(kind)), LIGHT, LABELS, stretched(0, 1)) for kind in ("f4", "f8")},
    **{f"black and white as {kind}": (npz((LIGHT > 127).astype(kind)), (LIGHT > 127) * 255, LABELS, "")
       for kind in ("bool", "uint8", "int8")},
    "a last axis of one colour": (npz(LIGHT[..., None]), LIGHT, LABELS, ""),
    "square images as rows of pixels": (npz(LIGHT.reshape(24, 36)), LIGHT, LABELS, ""),
    "labels in a column, as floats": (npz(LIGHT, LABELS[:, None].astype(float)), LIGHT, LABELS, ""),
    **{f"words as {kind}": (npz(LIGHT, np.array(WORDS).astype(kind)), LIGHT, WORDS, "") for kind in "US"},
    "the only two arrays that fit": (
        lambda folder: saved(folder, pics=LIT, animals=np.array(WORDS), weights=np.zeros((7, 9)), n=np.arange(5)),
        LIT, WORDS, "The images are pics, their labels animals.",
    ),
    "the only two, with rows": (
        lambda folder: saved(folder, pics=LIT, answers=np.eye(3)[LABELS]), LIT, LABELS, "one-hot",
    ),
    "shares in a table": (csv(WORDS, images=np.round(LIT / 255, 6)), LIT, WORDS, stretched(0, 1)),
    **{f"pictures in {suffix}": (pictures(LIT, suffix), LIT, WORDS, "zoo has no test part")
       for suffix in ("png", "PNG", "bmp", "gif", "webp", "tif", "tiff")},
    "dark ink on light paper": (pictures(255 - LIT), LIT, WORDS, "turned into light on dark"),
    "-0.5 to 0.5": (npz(LIGHT / 255 - 0.5), LIGHT, LABELS, stretched(-0.5, 0.5)),
    "4 levels": (npz(LIGHT.astype(np.int16) // 64), LIGHT // 64 * 85, LABELS, stretched(0, 3)),
    "32 levels": (npz(LIGHT // 8), np.rint(LIGHT // 8 * (255 / 31)), LABELS, stretched(0, 31)),
    "10 bits": (npz(LIGHT.astype(np.int32) * 4), np.rint(LIGHT * (1020 / 1023)), LABELS, stretched(0, 1023)),
    "16 bits": (npz(LIGHT.astype(np.uint16) * 257), LIGHT, LABELS, stretched(0, 65535)),
    "signs": (npz(np.where(LIGHT > 127, 1, -1)), (LIGHT > 127) * 255, LABELS, stretched(-1, 1)),
    "-1 to 1": (npz((LIGHT / 127.5 - 1).astype(np.float32)), LIGHT, LABELS, stretched(-1, 1)),
    "up to 0.7": (npz(np.clip(LIGHT / 255, 0, 0.7) + 2e-4), np.minimum(LIGHT, 178.6).round(), LABELS, stretched(0, 1)),
    "pictures of floats": (pictures((LIT / 255).astype(np.float32), "tiff"), LIT, WORDS, stretched(0, 1)),
    "pictures of 12 bits": (pictures(np.rint(LIT * (4095 / 255)).astype(np.uint16)), LIT, WORDS, stretched(0, 4095)),
    "pictures that are nearly black": (pictures(LIT // 16), LIT // 16 * 17, WORDS, stretched(0, 15)),
    "sparse labels": (npz(LIGHT, SPARSE), LIGHT, SPARSE, "The labels are 5, 15, 95: each is a class of that name."),
    "sparse labels in IDX": (idx(SPARSE), LIGHT, SPARSE, "The labels are 5, 15, 95: each is a class of that name."),
    "many labels": (npz(LIGHT, MANY), LIGHT, MANY, "The labels are 0, 20, … 140: each is a class of that name."),
    "labels from 1": (npz(LIGHT, ONES), LIGHT, ONES, "The labels are 1 to 3: each is a class of that name."),
    "labels that are signs": (npz(LIGHT, SIGNS), LIGHT, SIGNS, "The labels are -1, 1"),
    "a gap": (idx(GAP), LIGHT, GAP, "The class 2 has no images."),
    "rows with a single 1": (
        npz(LIGHT, np.eye(3)[LABELS]), LIGHT, LABELS,
        "Each row of y_train has a single 1 (one-hot): its place is the class.",
    ),
    "a table of pandas": (csv(WORDS, ",".join(["", "label", *PIXELS]), index=0), LIGHT, WORDS, COUNTS),
    "a table with an id": (csv(WORDS, ",".join(["id", *PIXELS, "label"]), False, 700), LIGHT, WORDS, COUNTS),
    "lines counted from 1": (csv(WORDS, index=1), LIGHT, WORDS, COUNTS),
    "lines counted from 0": (csv(WORDS, first=False, index=0), LIGHT, WORDS, COUNTS),
    "numbers as names of columns": (csv(LABELS, ",".join(["label", *PIXELS])), LIGHT, LABELS, ""),
    **{
        f"arrays called {names}": (npz(LIGHT, LABELS, names.split()), LIGHT, LABELS, f"with {names.split()[2]}")
        for names in ("train_images train_labels test_images test_labels", "X_train Y_train X_test Y_test",
                      "trainX trainY testX testY")
    },
}  # fmt: skip


@pytest.mark.parametrize(("write", "images", "names", "words"), WAYS.values(), ids=WAYS)
def test_images_and_classes_are_read_however_they_are_written_and_that_is_said(tmp_path, write, images, names, words):
    data = opened(write(tmp_path))
    assert words in data.remark and holds(data, np.asarray(images, np.uint8), names)


def test_dark_bytes_are_asked_about_and_the_choice_is_kept_with_the_data(tmp_path):
    path = saved(tmp_path, **parts(DARK))
    asked = asked_about(path)
    assert isinstance(asked, ReadingAsked) and "0 to 97 in x_train" in asked.sentence
    as_stored, stretched = (opened(choice.wanted) for choice in asked.choices)
    assert np.array_equal(images_in(as_stored), DARK)
    assert np.array_equal(images_in(stretched), np.rint(DARK * (255 / 97)))
    assert opened(stretched.wanted).fingerprint() == stretched.fingerprint() != as_stored.fingerprint()
    with pytest.raises(UnclearError) as on_the_command_line:
        opened(path)
    assert opened(on_the_command_line.value.hint.split("'")[1]).classes == ("0", "1", "2")


def test_standardised_numbers_are_asked_about(tmp_path):
    values = (LIGHT - LIGHT.mean()) / LIGHT.std()
    with pytest.raises(UnclearError, match="which of them are black and white is not clear") as asked:
        opened(saved(tmp_path, **parts(values)))
    data = opened(asked.value.choices[0].wanted)
    assert np.abs(images_in(data) - (LIGHT.astype(float) - LIGHT.min()) * 255 / np.ptp(LIGHT)).max() <= 0.51


def test_depths_that_few_images_use_are_asked_about(tmp_path):
    values = LIGHT.astype(np.uint16) * 4
    values[0, 0, 0] = 4000
    choices = asked_about(saved(tmp_path, **parts(values))).choices
    assert [choice.text[:9] for choice in choices] == ["0 to 4095", "0 to 255:"]
    assert np.array_equal(images_in(opened(choices[1].wanted)), np.minimum(values, 255))


def test_pictures_in_other_ranges_are_refused_and_a_dark_part_of_bytes_is_none(tmp_path):
    write_pictures(tmp_path / "zoo" / "train", LIGHT[:18].astype(np.uint16) * 257, WORDS[:18])
    write_pictures(tmp_path / "zoo" / "test", LIGHT[18:].astype(np.uint16) * 16, WORDS[18:])
    with pytest.raises(UserError, match="zoo: the pictures has values from 0 to"):
        opened(tmp_path / "zoo")
    data = opened(saved(tmp_path, **parts(LIGHT, test=np.minimum(LIGHT, 50))))
    assert data.test_images.max() == 50 and data.remark == ""


@pytest.mark.parametrize("end", ["range=1..0", "range=nan..1", "range=0..inf", "range=1", "shape=0x4", "shape=6x8x4"])
def test_a_choice_that_cannot_be_is_refused(tmp_path, end):
    with pytest.raises(UserError, match="is not"):
        opened(f"{saved(tmp_path, **parts(LIGHT)).as_uri()}#{end}")


def test_an_address_says_again_what_it_was_made_of(tmp_path):
    place = Location(tmp_path / "a b#.npz", ("x y", "é"), (4, 4, 3), Range(-0.424, 2.8))
    assert location_of(place.uri()) == place and location_of(place.path.as_posix()) == Location(place.path)


def test_a_script_reads_the_pixels_that_the_network_receives(tmp_path):
    data = opened(saved(tmp_path, **parts(LIGHT / 127.5 - 1)))
    with np.load(run_through(data_file(data)).path) as stored:
        assert np.array_equal(stored["x_train"], data.train_images)


def test_pixels_that_are_no_square_are_asked_about(tmp_path):
    images = np.random.default_rng(1).integers(0, 256, (24, 6, 8), np.uint8)
    (tmp_path / "a.csv").write_bytes(as_csv(images, LABELS))
    ways = {choice.text: choice.wanted for choice in asked_about(tmp_path / "a.csv").choices}
    assert list(ways) == ["4 × 4 pixels in colour", "6 × 8 pixels", "8 × 6 pixels"]
    data = opened(ways["6 × 8 pixels"])
    assert "A line holds 6 × 8 pixels." in data.remark and holds(data, images, LABELS)
    assert opened(ways["4 × 4 pixels in colour"]).train_colours.shape == (21, 4, 4, 3)

    images = images[:, :4, :5]
    asked = asked_about(saved(tmp_path, **parts(images.reshape(24, 20))))
    data = opened(asked.choices[0].wanted)
    assert np.array_equal(images_in(data), images) and "taken as 4 × 5 pixels" in data.remark


@pytest.mark.parametrize("kind", ["npz", "idx"])
def test_colours_may_come_before_the_rows(tmp_path, kind):
    images = np.random.default_rng(1).integers(0, 256, (24, 5, 6, 3), np.uint8)
    arrays = parts(np.moveaxis(images, -1, 1))
    data = opened(saved(tmp_path, **arrays) if kind == "npz" else write_idx(tmp_path, arrays)["x_train"])
    assert np.array_equal(np.concatenate([data.train_colours, data.test_colours]), images)
    assert "channel first" in data.remark


@pytest.mark.parametrize("name", ["val", "valid", "validation"])
def test_a_part_for_validation_is_left_aside_or_that_to_test_with_and_that_is_said(tmp_path, name):
    own = {f"x_{name}": 255 - LIGHT[:6], f"y_{name}": LABELS[:6]}
    data = opened(saved(tmp_path, **parts(LIGHT), **own))
    assert np.array_equal(data.test_images, LIGHT[18:])
    assert f"The part for validation, 6 images in x_{name}, was left aside." in data.remark
    data = opened(saved(tmp_path, x_train=LIGHT[:18], y_train=LABELS[:18], **own))
    assert np.array_equal(data.test_images, 255 - LIGHT[:6])
    assert f"The part for validation, x_{name}, is that to test with." in data.remark


def test_a_test_part_of_other_names_is_opened_by_its_address(tmp_path):
    asked = asked_about(saved(tmp_path, a=LIGHT[:18], b=LABELS[:18], c=LIGHT[18:], d=LABELS[18:]))
    assert isinstance(asked, ArraysAsked) and asked.shapes["a"] == asked.shapes["c"] == (6, 6)
    wanted = asked.location._replace(arrays=("a", "b", "c", "d")).uri()
    data = opened(wanted)
    assert np.array_equal(data.test_images, LIGHT[18:]) and data.wanted == wanted
    with pytest.raises(UserError, match=r"b in a\.npz cannot be two things at once"):
        opened(asked.location._replace(arrays=("a", "b", "c", "b")).uri())
    with pytest.raises(UserError, match="has no array called gone; there are a, b, c, d"):
        opened(asked.location._replace(arrays=("a", "gone")).uri())


@pytest.mark.parametrize("suffix", ["gif", "tif", "webp"])
def test_of_several_pictures_in_a_file_the_first_is_taken_and_that_is_said(tmp_path, suffix):
    zoo = write_pictures(tmp_path / "zoo", LIT, WORDS, "png")
    first, second = (Image.fromarray(np.kron(LIT[place], np.ones((2, 2), np.uint8))) for place in (0, 1))
    how = {"lossless": True} if suffix == "webp" else {}
    first.save(zoo / "ape" / f"x.{suffix}", save_all=True, append_images=[second], **how)
    assert "1 file holds several pictures, of which the first was taken." in opened(zoo).remark


@pytest.mark.parametrize("inner", ["zoo", "a/b", "train"])
def test_a_folder_deeper_is_found_and_that_is_said_unless_it_is_the_part_to_train_with(tmp_path, inner):
    write_pictures(tmp_path / "zoo" / inner, LIGHT, WORDS)
    (tmp_path / "zoo" / "__MACOSX").mkdir()
    data = opened(tmp_path / "zoo")
    assert data.name == "zoo" and data.classes == ("ape", "bee", "cat")
    assert (f"The pictures lie in {inner}." in data.remark) == (inner != "train")


def test_pictures_of_16_bits_that_may_be_dark_are_asked_about_each_time(tmp_path):
    write_pictures(tmp_path / "zoo", DARK.astype(np.uint16), WORDS)
    data = [opened(choice.wanted) for choice in asked_about(tmp_path / "zoo").choices]
    assert [each.train_images.max() for each in data] == [97, 255]
    assert [opened(each.wanted).fingerprint() for each in data] == [each.fingerprint() for each in data]


def test_classes_that_lack_images_are_named(tmp_path):
    assert opened(idx(GAP)(tmp_path)).classes == ("0", "1", "2", "3")
    write_pictures(tmp_path / "zoo" / "train", LIGHT[:12], ["ape", "bee", "eel"] * 4)
    write_pictures(tmp_path / "zoo" / "test", LIGHT[12:], ["ape", "bee", "dog"] * 4)
    remark = opened(tmp_path / "zoo").remark
    assert "The class dog has no training images. The class eel has no test images." in remark
    one = write_pictures(tmp_path / "one", LIGHT, [*WORDS[:-1], "eel"])
    assert "The class eel has no test images." in opened(one).remark


def test_a_name_in_two_forms_is_one_class(tmp_path):
    names = [unicodedata.normalize(form, "Äpfel") for form in ("NFC", "NFD")]
    write_pictures(tmp_path / "zoo" / "train", LIGHT[:18], [names[0], "bee"] * 9)
    write_pictures(tmp_path / "zoo" / "test", LIGHT[18:], [names[1], "bee"] * 3)
    (tmp_path / "a.csv").write_bytes(as_csv(LIGHT, [*names, "bee"] * 8))
    array = saved(tmp_path, pics=LIGHT, kinds=np.array([*names, "bee"] * 8))
    for path in (tmp_path / "zoo", tmp_path / "a.csv", array):
        assert opened(path).classes == ("bee", "Äpfel")


def test_all_pictures_that_cannot_be_read_are_counted_and_the_first_named(tmp_path):
    zoo = write_pictures(tmp_path / "zoo", LIGHT, WORDS)
    for number in (0, 4, 8, 12, 16):
        next(zoo.rglob(f"{number:05}.png")).write_bytes(b"" if number == 4 else b"broken")
    with pytest.raises(UserError, match="5 pictures in zoo cannot be read") as refused:
        opened(zoo)
    sentence = refused.value.sentence
    assert "bee/00004.png is empty." in sentence and sentence.endswith("2 more cannot be read.")


def test_a_picture_is_no_data_set_and_a_folder_with_a_file_that_was_meant_names_it(tmp_path):
    (tmp_path / "zoo").mkdir()
    for name in ("a.tif", "zoo/data.zip"):
        (tmp_path / name).touch()
    with pytest.raises(UserError, match="is one picture, not a data set"):
        opened(tmp_path / "a.tif")
    with pytest.raises(UserError) as refused:
        opened(tmp_path / "zoo")
    assert "data.zip" in refused.value.hint
