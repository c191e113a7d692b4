"""Files in Keras' layout that are in order, and files that somebody broke without meaning to."""

import re

import numpy as np
import pytest
from data_files import refusal
from made_sessions import arrays_of

from engine.core.errors import UserError
from engine.data.formats.checks import BLOCK
from tests.engine.data.data_files import read_npz


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_file_in_keras_layout_is_read_as_bytes_in_one_piece_that_nobody_can_write_to(path, arrays, save):
    save(path, **{name: np.asfortranarray(array).astype(">i4") for name, array in arrays.items()})
    data = read_npz(path)
    assert (data.classes, data.name, data.shape, data.source) == (("0", "1", "2"), "letters", (4, 5), path)
    for array in (data.train_images, data.train_labels, data.test_images, data.test_labels):
        assert array.dtype == np.uint8 and array.flags.c_contiguous and not array.flags.writeable
    assert np.array_equal(data.train_images, arrays["x_train"])


@pytest.mark.parametrize("part", ["x_train", "x_test"])
@pytest.mark.parametrize("scale", [1 / 255, 16 / 255, 257])
def test_parts_in_different_ranges_are_refused(path, arrays, part, scale):
    scaled = arrays[part] * float(scale)
    np.savez(path, **arrays | {part: np.rint(scaled) if scale > 1 / 255 else scaled})
    sentence = refusal(path)
    assert "x_train has values from 0 to" in sentence and "x_test has values from 0 to" in sentence


@pytest.mark.parametrize("place", [(0, 0, 0), (5, 2, 2), (11, 3, 4)])
def test_one_bright_pixel_anywhere_tells_the_range(path, arrays, place, monkeypatch):
    monkeypatch.setattr("engine.data.formats.checks.BLOCK", 7)  # an image at a time
    arrays["x_train"] %= 2
    arrays["x_test"] %= 2
    arrays["x_train"][place] = 3
    np.savez(path, **arrays)
    assert np.array_equal(read_npz(path).train_images, arrays["x_train"] * 85)


def test_of_exactly_60000_training_images_the_first_5000_are_set_aside(path):
    def file_of(count):
        images = (np.arange(count) % 251).astype(np.uint8)[:, None, None] * np.ones((1, 2, 2), np.uint8)
        labels = (np.arange(count) % 7).astype(np.uint8)
        np.savez(path, x_train=images, y_train=labels, x_test=images[242:251], y_test=labels[242:251])
        return read_npz(path)

    cut = file_of(60_000)
    assert (len(cut.train_images), len(cut.train_labels), len(cut.test_images)) == (55_000, 55_000, 9)
    assert (cut.train_images[0, 0, 0], cut.train_labels[0]) == (5_000 % 251, 5_000 % 7)
    assert cut.name == "letters"
    assert len(file_of(59_999).train_images) == 59_999


def broken_arrays():
    """What is changed in a good file, and words that the sentence must have."""

    def put(place, value):
        def change(array):
            array = array.astype(float if isinstance(value, float) else int)
            array[place] = value
            return array

        return change

    return {
        "not labels": ("y_train", None, "no array called y_train"),
        "no test part": ("x_test", None, "no array called x_test"),
        "NaN": ("x_train", put((7, 2, 3), float("nan")), "x_train", "nan", "image 7, row 2, column 3"),
        "infinity": ("x_test", put((3, 0, 0), float("inf")), "x_test", "inf", "image 3"),
        "too bright": ("x_train", put((2, 1, 1), 256), "x_train", "256", "image 2"),
        "negative": ("x_train", put((5, 0, 4), -1), "x_train", "-1", "image 5"),
        "objects": ("x_train", lambda a: a.astype(object), "x_train", "Python objects"),
        "complex": ("x_test", lambda a: a.astype(complex), "x_test", "complex numbers"),
        "text": ("x_train", lambda a: a.astype(str), "x_train", "text"),
        "words of numbers and numbers": ("y_train", lambda a: np.array(["", "a"])[a % 2], "y_train"),
        "dates": ("y_test", lambda a: a.astype("M8[s]"), "y_test", "dates"),
        "records": ("x_train", lambda a: a.view([("grey", "u1")]), "x_train", "records"),
        "colours and opacity": ("x_train", lambda a: np.stack([a] * 4, -1), "x_train", "(12, 4, 5, 4)"),
        "oblong rows": ("x_train", lambda a: a.reshape(12, 20), "x_train", "(12, 20)"),
        "one number": ("x_train", lambda a: np.uint8(3), "x_train", "()"),
        "huge images": ("x_test", lambda a: np.zeros((6, 1, 300), "u1"), "x_test", "too large"),
        "other size": ("x_test", lambda a: a[:, :3], "4 × 5", "3 × 5"),
        "empty": ("x_train", lambda a: a[:0], "x_train", "empty"),
        "no pixels": ("x_train", lambda a: a[:, :0], "x_train", "empty"),
        "empty labels": ("y_test", lambda a: a[:0], "y_test", "empty"),
        "fewer labels": ("y_train", lambda a: a[:11], "12 images", "11 labels"),
        "fewer images": ("x_test", lambda a: a[:5], "5 images", "6 labels"),
        "half a label": ("y_train", put(4, 1.5), "y_train", "1.5", "image 4"),
        "NaN as label": ("y_test", put(5, float("nan")), "y_test", "nan", "image 5"),
        "negative label": ("y_train", put(9, -1), "y_train", "-1", "image 9"),
        "a label beyond all": ("y_train", put(2, 2**31), "y_train", "2.14748e+09", "image 2"),
        "two in a row": ("y_train", lambda a: np.eye(3)[a] + np.eye(3)[0] * (a == 1)[:, None], "y_train", "row 1"),
        "none in a row": ("y_test", lambda a: np.eye(3)[a] * (a < 2)[:, None], "y_test", "row 2"),
        "shares in a row": ("y_test", lambda a: np.eye(3)[a] * 0.9 + 0.05, "y_test", "row 0"),
        "101 in a row": ("y_train", lambda a: np.eye(101)[a], "y_train", "(12, 101)"),
        "one class": ("y_train", lambda a: a * 0 + 1, "class 1"),
    }


@pytest.mark.parametrize("name", ["x_train", "y_train"])
def test_the_way_out_of_objects_works(path, arrays, name):
    objects = np.empty(12, object)
    objects[:] = list(arrays[name])
    np.savez(path, **arrays | {name: objects})
    with pytest.raises(UserError, match=f"{name} in letters.npz holds Python objects") as caught:
        read_npz(path)
    way = re.search(r"for example with (np\.array\(.*\))\.", caught.value.hint)
    np.savez(path, **arrays | {name: eval(way[1], {"np": np, name: objects})})
    assert np.array_equal(read_npz(path).train_images, arrays["x_train"])


@pytest.mark.parametrize("kind", broken_arrays())
def test_a_broken_array_is_refused_with_its_file_and_place(path, arrays, kind, monkeypatch):
    name, change, *words = broken_arrays()[kind]
    if change is None:
        del arrays[name]
    else:
        arrays[name] = change(arrays[name])
    np.savez(path, **arrays)
    for block in (BLOCK, 7):  # numbers: all at once, or an image at a time
        monkeypatch.setattr("engine.data.formats.checks.BLOCK", block)
        sentence = refusal(path)
        assert all(word in sentence for word in words), sentence


def test_what_is_no_file_is_refused(path):
    assert refusal(path).startswith(f"There is no file {path}")
    for name in ("a\0b.npz", "a" * 5000 + ".npz"):
        with pytest.raises(UserError):
            read_npz(path.with_name(name))
    path.mkdir()
    assert "is a folder" in refusal(path)


@pytest.mark.parametrize(
    ("place", "problem", "words"),
    [
        ("pathlib.Path.open", PermissionError(13, "Permission denied"), "may not be read"),  # chmod: not for root
        ("pathlib.Path.open", FileNotFoundError(2, "No such file"), "There is no file"),
        ("pathlib.Path.open", OSError(5, "Input/output error"), "input/output error"),
        ("engine.data.formats.npz.np.empty", MemoryError(), "memory"),
    ],
)
def test_what_fails_while_a_file_is_read_is_said(path, arrays, monkeypatch, place, problem, words):
    np.savez(path, **arrays)

    def fail(*_, **__):
        raise problem

    monkeypatch.setattr(place, fail)
    assert words in refusal(path)


def test_the_full_mnist_is_recognised_and_with_one_pixel_changed_it_is_no_mnist(full_mnist, tmp_path):
    data = read_npz(full_mnist)
    assert data.summary == "MNIST 55,000 + 10,000"
    arrays = arrays_of(full_mnist)
    assert np.array_equal(data.train_images, arrays["x_train"][5_000:])
    assert np.array_equal(data.train_labels, arrays["y_train"][5_000:])
    assert np.array_equal(data.test_images, arrays["x_test"])
    assert np.array_equal(data.test_labels, arrays["y_test"])
    arrays["x_test"][0, 0, 0] ^= 1
    np.savez(tmp_path / "noisy.npz", **arrays)
    assert read_npz(tmp_path / "noisy.npz").name == "noisy"
