"""Data of one's own in IDX, CSV and folders of pictures: what is read is what was written, with the classes' names."""

import gzip
import itertools

import numpy as np
import pytest
from broken_data import ARRAYS, SQUARES, TABLE
from data_files import as_csv, as_idx, holds, images_in, opened, write_idx, write_pictures
from made_sessions import files_in
from PIL import Image
from told import of

from engine.core.errors import UserError
from engine.core.machine import folders
from engine.core.messages import Notice
from engine.data.formats.assembly import is_test, mixed
from engine.data.formats.reading import DatasetReading
from engine.data.location import Range
from engine.data.sources import open_dataset
from engine.session.jobs.data import ArraysAsked, DatasetOpened, open_data
from engine.session.session import Session


def is_as_written(data, arrays):
    read = data.train_images, data.train_labels, data.test_images, data.test_labels
    return all(np.array_equal(one, other) for one, other in zip(read, arrays.values(), strict=True))


@pytest.fixture
def square(arrays):
    """The data set with square images, as tables have them."""
    return {name: array[:, :, :4] if name[0] == "x" else array for name, array in arrays.items()}


@pytest.fixture
def letters():
    """60 light letters on black, 8 x 8, of three classes, one class after the other; and their names."""
    images = np.random.default_rng(3).integers(0, 100, (60, 8, 8), np.uint8)
    images[:, 0] = images[:, -1] = images[:, :, 0] = images[:, :, -1] = 0
    images[:, 3, 3] = 255
    return images, ["ape"] * 30 + ["bee"] * 18 + ["cat"] * 12


@pytest.fixture
def numbered(letters):
    images, words = letters
    return images, np.unique(words, return_inverse=True)[1]


def test_idx_files_are_found_by_any_of_the_four_or_their_folder(tmp_path, arrays):
    files = write_idx(tmp_path / "letters", arrays, packed=True)
    for path in (tmp_path / "letters", *files.values()):
        data = opened(path)
        assert is_as_written(data, arrays)
        assert data.name == "letters" and data.classes == ("0", "1", "2")
        assert opened(data.wanted).fingerprint() == data.fingerprint()

    for file in write_idx(tmp_path / "KMNIST" / "raw", arrays).values():
        file.rename(file.with_name(file.name.replace("-idx", ".idx")))
    data = opened(tmp_path / "KMNIST")
    assert is_as_written(data, arrays) and data.name == "KMNIST", "as torchvision writes it, with points in the names"
    assert opened(tmp_path / "KMNIST" / "raw").name == "KMNIST"


def test_numbers_of_every_type_are_read_and_of_a_file_and_its_packed_copy_the_plain_one(tmp_path, arrays):
    for kind in ("u1", "i2", "i4", "f4", "f8"):
        write_idx(tmp_path, arrays, kind=kind)
        assert is_as_written(opened(tmp_path), arrays), kind
    write_idx(tmp_path, {name: array[::-1] for name, array in arrays.items()}, packed=True)
    assert is_as_written(opened(tmp_path), arrays)


def test_emnist_is_turned_upright_and_its_mapping_names_the_classes(tmp_path, square):
    square |= {name: square[name] + 1 for name in ("y_train", "y_test")}
    files = write_idx(tmp_path, square, start="emnist-letters-")
    (tmp_path / "emnist-letters-mapping.txt").write_text("1 65 97\n2 66 98\n3 67 99\n")
    data = opened(files["y_test"])
    assert data.name == "EMNIST letters" and data.classes == ("A", "B", "C")
    assert np.array_equal(data.train_images, square["x_train"].transpose(0, 2, 1))
    assert np.array_equal(data.test_labels, square["y_test"] - 1)


def test_a_folder_with_several_data_sets_asks_for_one_of_the_files(tmp_path, arrays):
    for start in ("a-", "b-"):
        write_idx(tmp_path, arrays, start=start)
    with pytest.raises(UserError, match="holds 2 data sets") as refused:
        opened(tmp_path)
    assert is_as_written(opened(tmp_path / refused.value.hint.split()[-1].rstrip(".")), arrays)


@pytest.mark.parametrize("one_way", [True, False])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " "])
def test_a_table_is_read_however_it_is_written(tmp_path, letters, numbered, delimiter, one_way):
    images, labels = letters if one_way else numbered
    label_first = one_way == (delimiter in ",|")
    cells = [f"p{number}" for number in range(64)]
    head = delimiter.join(["label", *cells] if label_first else [*cells, "label"]) if delimiter in ",\t" else ""
    how = {"end": "\n", "mark": "\ufeff"} if one_way else {"end": "\r\n"}
    path = tmp_path / "table.csv"
    path.write_bytes(as_csv(images, labels, first=label_first, delimiter=delimiter, head=head, **how))
    data = opened(path)
    assert data.classes == (("ape", "bee", "cat") if one_way else ("0", "1", "2"))
    assert holds(data, images, labels)


def test_whole_numbers_that_turn_into_fractions_later_are_read(tmp_path, letters):
    lines = as_csv(*letters).split(b"\n")
    lines[57] = lines[57].replace(b",0,", b",0.4,")
    (tmp_path / "a.csv").write_bytes(b"\n".join(lines))
    assert len(opened(tmp_path / "a.csv").classes) == 3


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        ([10, 6, 2] * 20, ("2", "6", "10")),
        (["Zebra", "ape", "10"] * 20, ("10", "ape", "Zebra")),
        (['"a, or ""so"""', '"b, or ""so"""'] * 30, ('a, or "so"', 'b, or "so"')),
    ],
    ids=["numbers", "words", "quotes"],
)
def test_classes_stand_in_the_order_of_numbers_or_letters_and_quotes_hold_the_delimiter(
    tmp_path, letters, labels, classes
):
    (tmp_path / "a.csv").write_bytes(as_csv(letters[0], labels))
    assert opened(tmp_path / "a.csv").classes == classes


@pytest.mark.parametrize(
    ("train", "part", "test"),
    [("train.csv.gz", "val.csv.gz", "test.csv.gz"), ("train.csv", "dev.csv", "test.csv"),
     ("TRAIN.csv", "VALID.csv", "TEST.csv"), ("training.csv", "validation.csv", "testing.csv")],
)  # fmt: skip
def test_a_table_for_validation_is_the_test_part_or_is_left_aside_and_that_is_said(tmp_path, square, train, part, test):
    def write(name, images, labels):
        table = as_csv(images, labels)
        (tmp_path / f"kana_{name}").write_bytes(gzip.compress(table) if name.endswith(".gz") else table)

    write(train, square["x_train"], square["y_train"])
    write(part, square["x_test"], square["y_test"])
    data = opened(tmp_path / f"kana_{train}")
    assert is_as_written(data, square) and data.name == "kana"
    assert data.remark == f"The part for validation, kana_{part}, is that to test with."

    write(part, 255 - square["x_test"], square["y_test"])
    write(test, square["x_test"], square["y_test"])
    data = opened(tmp_path / f"kana_{train}")
    assert is_as_written(data, square)
    assert f"kana_{test} beside it is the test part." in data.remark
    assert f"The part for validation, kana_{part}, was left aside." in data.remark


def test_pixels_in_red_green_and_blue_are_shown_in_colour_and_read_in_grey(tmp_path):
    images = np.random.default_rng(2).integers(0, 256, (24, 5, 5, 3), np.uint8)
    (tmp_path / "a.csv").write_bytes(as_csv(images, [number % 2 for number in range(24)]))
    data = opened(tmp_path / "a.csv")
    assert data.shape == (5, 5) and data.test_colours.shape == (4, 5, 5, 3)
    luma = np.rint(data.test_colours @ np.array([0.299, 0.587, 0.114]))
    assert np.abs(data.test_images - luma).max() <= 1
    assert {image.tobytes() for image in data.test_colours} < {image.tobytes() for image in images}


def write_squares(folder, kind):
    """Write 24 squares in a format that has numbers for classes; return what is opened."""
    if kind == "csv":
        (folder / "a.csv").write_bytes(TABLE)
    elif kind == "npz":
        np.savez(folder / "a.npz", **ARRAYS)
    else:
        write_idx(folder / "raw", ARRAYS)
    return folder if kind == "idx" else folder / f"a.{kind}"


@pytest.mark.parametrize("kind", ["csv", "npz", "idx"])
def test_a_list_beside_the_file_names_the_classes_and_that_is_said(tmp_path, kind):
    path = write_squares(tmp_path, kind)
    (tmp_path / "classes.txt").write_text("ape\r\n bee \nMän‮eel\n\n", encoding="utf-8-sig")
    data = opened(path)
    assert data.classes == ("ape", "bee", "Män?eel")
    assert "The names of the classes are those in classes.txt." in data.remark


def test_a_longer_list_is_taken_by_the_numbers_an_equal_one_in_order_and_none_where_there_are_names(tmp_path, letters):
    path, names = tmp_path / "a.csv", tmp_path / "classes.txt"
    path.write_bytes(as_csv(SQUARES, [1, 3] * 12))
    names.write_text("ape\nbee\ncat\ndog\neel\n")
    data = opened(path)
    assert data.classes == ("bee", "dog") and "by their numbers from 0: 5 names for 2 classes." in data.remark
    names.write_text("ape\nbee\n")
    assert opened(path).classes == ("ape", "bee")
    names.write_text("x\ny\nz\n")
    path.write_bytes(as_csv(*letters))
    data = opened(path)
    assert data.classes == ("ape", "bee", "cat") and "classes.txt" not in data.remark


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"ape\nbee\n", "has 2 names for 3 classes"),
        (b"", "not a name in each line"),
        (b"ape\n\ncat\n", "not a name in each line"),
        (b"a\nb\nc" + b" " * 2**16, "not a name in each line"),
        (b"\xff\xfea\0", "no text in UTF-8"),
        (b"ape\nbee\nape\n", "passed over: ape stands in it more than once"),
        ("Äpfel\nbee\nA\u0308pfel\n".encode(), "passed over: Äpfel stands in it more"),
    ],
    ids=["too few", "empty", "gap", "too long", "UTF-16", "doubles", "doubles in two forms"],
)
def test_a_list_that_does_not_fit_is_passed_over_and_that_is_said(tmp_path, content, told):
    path = write_squares(tmp_path, "npz")
    (tmp_path / "classes.txt").write_bytes(content)
    data = opened(path)
    assert data.classes == ("0", "1", "2") and told in data.remark and "passed over" in data.remark


def test_a_folder_for_validation_is_the_test_part_or_is_left_aside_and_that_is_said(tmp_path, letters):
    images, words = letters
    write_pictures(tmp_path / "zoo" / "Training", images[::2], words[::2])
    write_pictures(tmp_path / "zoo" / "validation", images[1::2], words[1::2])
    data = opened(tmp_path / "zoo")
    assert data.classes == ("ape", "bee", "cat")
    assert data.remark == "The part for validation, validation, is that to test with."
    assert {each.tobytes() for each in data.test_images} == {each.tobytes() for each in images[1::2]}

    write_pictures(tmp_path / "zoo" / "test", 255 - images[::3], words[::3])
    data = opened(tmp_path / "zoo")
    assert data.remark == "The part for validation, 30 pictures, was left aside."
    assert {each.tobytes() for each in data.test_images} == {each.tobytes() for each in 255 - images[::3]}


def test_pictures_of_several_sizes_are_brought_to_one_and_that_is_said(tmp_path):
    sizes = (((10, 20), 200), ((20, 20), 100), ((100, 200), 50))
    wide = [np.full(shape, shade, np.uint8) for shape, shade in sizes] * 4
    data = opened(write_pictures(tmp_path / "zoo", wide, ["a", "b", "b", "a", "a", "b"] * 2))
    assert data.shape == (64, 64)
    assert "several sizes and were brought to 64 × 64 pixels" in data.remark
    assert {image.max() for image in data.train_images} <= {200, 100, 50, 55, 155, 205}


def test_colours_are_kept_to_be_shown(tmp_path):
    images = np.random.default_rng(2).integers(0, 256, (24, 32, 32, 3), np.uint8)
    data = opened(write_pictures(tmp_path / "zoo", images, ["car", "ship"] * 12))
    assert data.shape == (32, 32) and data.train_colours.shape == (20, 32, 32, 3)
    assert {each.tobytes() for each in data.test_colours} < {each.tobytes() for each in images}


def test_16_bits_palettes_and_opacity_are_read(tmp_path):
    grey = np.zeros((9, 9), np.uint8)
    grey[4, 4] = 255
    deep = Image.fromarray(grey.astype(np.uint16) * 257)
    seen = Image.merge("LA", (Image.fromarray(grey), Image.fromarray(grey)))
    kinds = [deep, Image.fromarray(grey).convert("P"), seen, Image.fromarray(grey).convert("1")]
    for name, (number, kind) in itertools.product("ab", enumerate(kinds)):
        (tmp_path / "zoo" / name).mkdir(parents=True, exist_ok=True)
        kind.save(tmp_path / "zoo" / name / f"{number}.png")
    assert all(np.array_equal(image, grey) for image in images_in(opened(tmp_path / "zoo")))


def test_what_is_no_picture_is_passed_over_and_counted_by_its_kind(tmp_path, letters):
    folder = write_pictures(tmp_path / "zoo", *letters)
    for name in ("notes.txt", ".hidden.png", "1.heic", "2.heic", "notes"):
        (folder / "ape" / name).write_text("no picture")
    (folder / "ape" / "again").symlink_to(folder, target_is_directory=True)
    (folder / "bee" / "link.png").symlink_to(folder / "ape" / "00000.png")
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    data = opened(folder)
    assert data.remark.startswith("zoo has no test part") and holds(data, *letters)
    assert "7 other files and links were passed over: 3 link, 2 .heic, 1 without an ending, …." in data.remark


def test_the_second_time_no_picture_is_decoded_unless_the_folder_has_changed(tmp_path, letters, monkeypatch):
    folder = write_pictures(tmp_path / "zoo", 255 - letters[0], letters[1])
    first = opened(folder)
    with monkeypatch.context() as patch:
        patch.setattr("engine.data.formats.folder.decoded_picture", None)
        again = opened(folder)
    assert again.fingerprint() == first.fingerprint() and again.remark == first.remark

    fingerprints, grey = [first.fingerprint()], Image.fromarray(np.full((8, 8), 7, np.uint8))
    for change in (
        lambda: grey.save(folder / "ape" / "00000.png"),
        lambda: grey.save(folder / "ape" / "1.png"),
        (folder / "bee" / "00031.png").unlink,
    ):
        change()
        fingerprints.append(opened(folder).fingerprint())
    assert len(set(fingerprints)) == 4


def test_what_is_kept_and_damaged_is_not_used(tmp_path, letters):
    folder = write_pictures(tmp_path / "zoo", *letters)
    before = opened(folder).fingerprint()
    (kept,) = (folders.cache() / "pictures").iterdir()
    content = kept.read_bytes()
    for damaged in (content[:-900], content + bytes(20_000), b"", b"x" * 4000):
        kept.write_bytes(damaged)
        assert opened(folder).fingerprint() == before
        assert kept.read_bytes() == content


def test_only_so_much_is_kept_and_without_a_place_pictures_are_read_all_the_same(tmp_path, letters, monkeypatch):
    monkeypatch.setattr("engine.data.formats.folder.MOST_KEPT", 2)
    for number in range(4):
        opened(write_pictures(tmp_path / f"zoo{number}", letters[0] // (number + 1), letters[1]))
    assert len(files_in(folders.cache() / "pictures")) == 2
    monkeypatch.setattr(folders, "cache", lambda: folders.NOWHERE)
    assert holds(opened(tmp_path / "zoo0"), *letters)


@pytest.mark.parametrize("counts", [[30, 18, 12], [5, 1], [100, 3, 1]])
def test_the_images_set_aside_are_a_sixth_of_each_class_and_the_same_each_time(counts):
    labels = np.random.default_rng(1).permutation(np.repeat(np.arange(len(counts)), counts)).astype(np.uint8)
    aside = is_test(labels)
    for label, count in enumerate(counts):
        assert aside[labels == label].sum() == (count // 6 if count >= 6 else int(count > 1))
    assert np.array_equal(aside, is_test(labels.copy()))


def test_mixed_images_begin_with_one_of_each_class():
    labels = np.repeat([0, 1, 2], [5, 3, 1]).astype(np.uint8)
    assert labels[mixed(labels)].tolist() == [0, 1, 2, 0, 1, 0, 1, 0, 0]
    assert sorted(mixed(labels).tolist()) == list(range(9))


def test_without_a_test_part_images_are_set_aside_and_that_is_told_when_they_are_opened(tmp_path, letters, numbered):
    (tmp_path / "letters.csv").write_bytes(as_csv(*letters))
    messages = list(open_data(Session(), str(tmp_path / "letters.csv")))
    (notice,), (answer,) = of(Notice, messages), of(DatasetOpened, messages)
    wanted = "letters.csv has no test part: every sixth image of each class, 10 in all, is for testing."
    assert notice.sentence == wanted
    assert (answer.train_images, answer.test_images, answer.names) == (50, 10, ("ape", "bee", "cat"))

    parts = dict(zip(("x_train", "y_train"), numbered, strict=True))
    write_idx(tmp_path / "idx", parts)
    np.savez(tmp_path / "a.npz", **parts)
    for path in (tmp_path / "idx", tmp_path / "a.npz"):
        assert np.bincount(opened(path).test_labels).tolist() == [5, 3, 2]
    assert [opened(tmp_path / "letters.csv").one_of(label) for label in (0, 7)] == ["ape", "a 7"]
    assert opened(tmp_path / "idx").one_of(2) == "a 2"


@pytest.mark.parametrize("kind", ["idx", "csv", "csv.gz", "folder"])
def test_each_source_reads_in_turns_tells_how_far_it_is_and_can_be_given_up(
    tmp_path, letters, numbered, kind, monkeypatch
):
    monkeypatch.setattr("engine.data.formats.reading.TURN_SECONDS", 0)
    monkeypatch.setattr("engine.data.formats.csv.PIECE", 1000)
    monkeypatch.setattr("engine.data.formats.reading.PIECE", 500)
    monkeypatch.setattr(folders, "cache", lambda: folders.NOWHERE)  # else it is quicker the second time
    path = tmp_path / ("zoo" if kind in ("idx", "folder") else f"zoo.{kind}")
    if kind == "idx":
        write_idx(path, dict(zip(("x_train", "y_train"), numbered, strict=True)))
    elif kind == "folder":
        write_pictures(path, *letters)
    else:
        table = as_csv(*letters)
        path.write_bytes(gzip.compress(table) if kind == "csv.gz" else table)
    shares = [each.share for each in open_data(Session(), str(path)) if isinstance(each, DatasetReading)]
    assert len(shares) >= 5 and max(shares) == 1 and min(shares) < 0.5
    session = Session()
    for number in range(1, len(shares), max(3, len(shares) // 8)):
        job = open_data(session, str(path))
        for _ in range(number):
            next(job)
        job.close()
        assert session.dataset is None


def test_a_packed_file_is_known_by_its_first_bytes_too(tmp_path, arrays):
    (tmp_path / "something").write_bytes(gzip.compress(as_idx(arrays["x_train"])))
    with pytest.raises(UserError, match="something is one array, and its name does not tell which"):
        opened(tmp_path / "something")


@pytest.mark.parametrize(
    ("share", "sure", "words"), [(0.4, False, ""), (0.6, False, "free"), (0.6, True, ""), (0.9, True, "free")]
)
def test_data_that_take_much_of_the_memory_are_asked_about_and_more_refused(
    tmp_path, arrays, monkeypatch, share, sure, words
):
    write_idx(tmp_path, arrays)
    needed = sum(array.nbytes for array in arrays.values())
    monkeypatch.setattr("engine.data.formats.reading.HARMLESS", 0)
    monkeypatch.setattr("engine.data.formats.reading.free_memory", lambda: needed / share)
    if not words:
        assert is_as_written(open_dataset(str(tmp_path), sure=sure)[0], arrays)
    else:
        with pytest.raises(UserError, match=r"GB of memory, and 0\.0 GB are free"):
            open_dataset(str(tmp_path), sure=sure)


def test_of_several_that_fit_a_person_names_two_and_the_session_finds_them_again(tmp_path, letters, numbered):
    images, words = letters
    path = tmp_path / "a b.npz"
    np.savez(path, pics=images, dark=images // 2, animals=np.array(words), parity=numbered[1] % 2)
    sentence = "several arrays that could be images with their labels: pics with"
    with pytest.raises(UserError, match=sentence) as refused:
        opened(path)
    assert opened(refused.value.hint.split("'")[1]).classes == ("ape", "bee", "cat")
    *_, asked = open_data(Session(), str(path))
    assert isinstance(asked, ArraysAsked) and asked.pairs[-1] == ("dark", "parity")
    assert asked.location.name == "a b.npz"
    wanted = asked.location._replace(arrays=asked.pairs[-1], range=Range(0, 255)).uri()
    data = opened(wanted)
    assert len(data.classes) == 2 and data.train_images.max() == 127
    assert data.wanted == wanted and opened(data.wanted).fingerprint() == data.fingerprint()
