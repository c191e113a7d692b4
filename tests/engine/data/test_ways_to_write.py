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
LIT = LIGHT.copy()
"""The same on a black ground, which is not turned."""
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


# The range of pixels --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        (LIGHT / 255 - 0.5, -0.5, 0.5),
        (LIGHT.astype(np.int16) // 64, 0, 3),
        (np.minimum(LIGHT.astype(np.int32) * 4, 1020), 0, 1023),
        (np.where(LIGHT > 127, 1, -1), -1, 1),
        (LIGHT // 8, 0, 31),
        (np.clip(LIGHT / 255, 0, 0.7) + 0.0002, 0, 1),
        ((LIGHT / 127.5 - 1).astype(np.float32), -1, 1),
        (LIGHT.astype(np.uint16) * 257, 0, 65535),
    ],
    ids=["-0.5 to 0.5", "4 levels", "10 bits", "signs", "32 levels", "0 to 1", "-1 to 1", "16 bits"],
)
def test_the_range_of_both_parts_becomes_0_to_255(tmp_path, values, low, high):
    data = opened(saved(tmp_path, **parts(values)))
    stretched = np.rint((values.astype(float) - low) * 255 / (high - low))
    assert np.array_equal(images_in(data), np.clip(stretched, 0, 255))
    assert f"The pixels, from {low:g} to {high:g}, were brought to 0 to 255." in data.remark


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


def test_parts_in_other_ranges_are_refused_and_a_dark_part_of_bytes_is_none(tmp_path):
    values = LIGHT / 127.5 - 1
    with pytest.raises(UserError, match="x_train has values from -1 to 1, and x_test has values from 0 to 1"):
        opened(saved(tmp_path, **parts(values, test=np.abs(np.round(values)))))
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


# Shapes and labels ----------------------------------------------------------------------------------------------------


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


def test_images_along_the_last_axis_are_named(tmp_path):
    images = np.moveaxis(LIGHT, 0, -1)
    with pytest.raises(UserError, match="its 18 images lie along the last axis") as refused:
        opened(saved(tmp_path, **parts(LIGHT) | {"x_train": images[..., :18]}))
    assert "np.moveaxis(x_train, -1, 0)" in refused.value.hint


@pytest.mark.parametrize(
    ("kind", "labels", "names", "words"),
    [
        ("npz", [5, 15, 95], ("5", "15", "95"), "The labels are 5, 15, 95: each is a class of that name."),
        ("idx", [5, 15, 95], ("5", "15", "95"), "The labels are 5, 15, 95: each is a class of that name."),
        ("npz", [-1, 1, 1], ("-1", "1"), "The labels are -1, 1"),
        ("npz", [0, 10, 20], ("0", "10", "20"), "The labels are 0, 10, 20"),
        ("idx", [0, 1, 3], ("0", "1", "2", "3"), "The class 2 has no images."),
        ("npz", [1000, 2000, 3000], ("1000", "2000", "3000"), "each is a class of that name"),
        ("npz", [1, 2, 3], ("1", "2", "3"), "The labels are 1 to 3: each is a class of that name."),
    ],
)
def test_numbers_that_are_no_places_are_names(tmp_path, kind, labels, names, words):
    arrays = parts(LIGHT, np.array(labels)[LABELS])
    data = opened(saved(tmp_path, **arrays) if kind == "npz" else write_idx(tmp_path, arrays)["y_test"])
    assert data.classes == names and words in data.remark
    assert holds(data, LIGHT, np.array(labels)[LABELS])


def test_labels_may_be_rows_with_a_single_1_and_more_than_100_numbers_are_no_classes(tmp_path):
    data = opened(saved(tmp_path, **parts(LIGHT, np.eye(3)[LABELS])))
    assert "Each row of y_train has a single 1 (one-hot): its place is the class." in data.remark
    assert holds(data, LIGHT, LABELS)
    assert "The labels are 0, 20, … 140:" in opened(saved(tmp_path, **parts(LIGHT, np.arange(24) % 8 * 20))).remark
    with pytest.raises(UserError, match="more than 100 different labels"):
        opened(saved(tmp_path, x_train=np.repeat(LIGHT, 6, 0), y_train=np.arange(144) * 7))


@pytest.mark.parametrize(
    ("head", "first", "index"),
    [
        (",".join(["", "label", *map(str, range(36))]), True, 0),
        (",".join(["id", *(f"p{number}" for number in range(36)), "label"]), False, 700),
        ("", True, 1),
        ("", False, 0),
    ],
    ids=["pandas", "id", "from 1", "from 0"],
)
def test_a_column_that_counts_the_lines_is_left_out_and_that_is_said(tmp_path, head, first, index):
    rows = as_csv(LIGHT, WORDS, first=first).decode().splitlines()
    lines = [head] * bool(head) + [f"{index + number},{row}" for number, row in enumerate(rows)]
    (tmp_path / "a.csv").write_text("\n".join(lines))
    data = opened(tmp_path / "a.csv")
    assert "The first column counts the lines" in data.remark and holds(data, LIGHT, WORDS)


def test_numbers_as_names_of_columns_are_no_image(tmp_path):
    head = ",".join(["label", *map(str, range(36))])
    (tmp_path / "a.csv").write_bytes(as_csv(LIGHT, LABELS, head=head))
    assert holds(opened(tmp_path / "a.csv"), LIGHT, LABELS)


# The parts of a file --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "names",
    [
        ["train_images", "train_labels", "test_images", "test_labels"],
        ["X_train", "Y_train", "X_test", "Y_test"],
        ["trainX", "trainY", "testX", "testY"],
    ],
)
def test_arrays_are_known_by_what_they_are_called(tmp_path, names):
    data = opened(saved(tmp_path, **dict(zip(names, parts(LIGHT).values(), strict=True))))
    assert np.array_equal(data.test_images, LIGHT[18:]) and f"to test with {names[2]}" in data.remark


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
    with pytest.raises(UserError, match="has no array called y_train or x_test or y_test; there is x_train"):
        opened(saved(tmp_path, x_train=LIGHT))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a.zip", "is an archive, which is not unpacked here. Unpack it"),
        ("a.tar.gz", "is an archive"),
        ("a.png", "is one picture, not a data set"),
        ("a.tif", "is one picture, not a data set"),
        ("a.npy", "is one array"),
    ],
)
def test_what_is_no_data_set_says_what_it_is(tmp_path, name, words):
    (tmp_path / name).write_bytes(b"PK\3\4")
    with pytest.raises(UserError) as refused:
        opened(tmp_path / name)
    assert words in str(refused.value)


# Folders of pictures --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["gif", "tif", "webp"])
def test_of_several_pictures_in_a_file_the_first_is_taken_and_that_is_said(tmp_path, suffix):
    zoo = write_pictures(tmp_path / "zoo", LIT, WORDS, "png")
    first, second = (Image.fromarray(np.kron(LIT[place], np.ones((2, 2), np.uint8))) for place in (0, 1))
    how = {"lossless": True} if suffix == "webp" else {}
    first.save(zoo / "ape" / f"x.{suffix}", save_all=True, append_images=[second], **how)
    assert "1 file holds several pictures, of which the first was taken." in opened(zoo).remark


@pytest.mark.parametrize(
    ("stored", "suffix", "read", "high"),
    [
        ((LIT / 255).astype(np.float32), "tiff", LIT, 1),
        (LIT // 16, "png", LIT // 16 * 17, 15),
        (np.rint(LIT * (4095 / 255)).astype(np.uint16), "png", LIT, 4095),
    ],
    ids=["floats", "nearly black", "12 bits"],
)
def test_pictures_in_another_range_are_stretched_and_that_is_said(tmp_path, stored, suffix, read, high):
    data = opened(write_pictures(tmp_path / "zoo", stored, WORDS, suffix))
    assert holds(data, read, WORDS)
    assert f"The pixels, from 0 to {high}, were brought to 0 to 255." in data.remark


@pytest.mark.parametrize("inner", ["zoo", "a/b"])
def test_a_folder_deeper_is_found_and_that_is_said(tmp_path, inner):
    write_pictures(tmp_path / "zoo" / inner, LIGHT, WORDS)
    (tmp_path / "zoo" / "__MACOSX").mkdir()
    data = opened(tmp_path / "zoo")
    assert data.name == "zoo" and f"The pictures lie in {inner}." in data.remark


def test_a_part_to_train_with_alone_is_no_folder_around(tmp_path):
    write_pictures(tmp_path / "zoo" / "train", LIGHT, WORDS)
    data = opened(tmp_path / "zoo")
    assert data.classes == ("ape", "bee", "cat") and "lie in" not in data.remark


def test_pictures_of_16_bits_that_may_be_dark_are_asked_about_each_time(tmp_path):
    write_pictures(tmp_path / "zoo", DARK.astype(np.uint16), WORDS)
    data = [opened(choice.wanted) for choice in asked_about(tmp_path / "zoo").choices]
    assert [each.train_images.max() for each in data] == [97, 255]
    assert [opened(each.wanted).fingerprint() for each in data] == [each.fingerprint() for each in data]


def test_a_folder_for_validation_beside_one_to_test_with_is_left_aside(tmp_path):
    for part, images in (("train", LIGHT[:12]), ("test", LIGHT[12:18]), ("validation", LIGHT[18:])):
        write_pictures(tmp_path / "zoo" / part, images, WORDS[: len(images)])
    data = opened(tmp_path / "zoo")
    assert (len(data.train_images), len(data.test_images)) == (12, 6)
    assert "The part for validation, 6 pictures, was left aside." in data.remark


def test_classes_that_lack_images_are_named(tmp_path):
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


@pytest.mark.parametrize("name", ["data.npz", "data.zip"])
def test_a_folder_with_a_file_that_was_meant_names_it(tmp_path, name):
    (tmp_path / "zoo").mkdir()
    (tmp_path / "zoo" / name).touch()
    with pytest.raises(UserError) as refused:
        opened(tmp_path / "zoo")
    assert name in refused.value.hint
