"""Writes small data sets in every format that can be opened, by means of their own; and what a reader promises."""

import gzip
import io
import random
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from PIL import Image

from engine.core.errors import UserError
from engine.core.messages import run_through
from engine.core.text import printable
from engine.data.dataset import Dataset
from engine.data.formats.npz import reading_npz
from engine.data.location import Location
from engine.data.sources import open_dataset

fuzzing = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)

CODES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}


def as_idx(array, kind="u1"):
    """The bytes of an IDX file: https://yann.lecun.com/exdb/mnist describes them."""
    head = struct.pack(">BBBB", 0, 0, CODES[kind], array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.astype(f">{kind}").tobytes()


def as_npy(array):
    """The bytes of a .npy file."""
    content = io.BytesIO()
    np.lib.format.write_array(content, array, allow_pickle=True)
    return content.getvalue()


def write_idx(folder, arrays, *, packed=False, kind="u1", start=""):
    """Write the four files with the names that MNIST's have; return them by what is in them."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for name, array in arrays.items():
        what, part = name.split("_")
        stem = f"{start}{'t10k' if part == 'test' else part}"
        is_image = what == "x"
        name_there = f"{stem}-images-idx3-ubyte" if is_image else f"{stem}-labels-idx1-ubyte"
        content = as_idx(array, kind if is_image else "u1")
        files[name] = folder / f"{name_there}{'.gz' if packed else ''}"
        files[name].write_bytes(gzip.compress(content) if packed else content)
    return files


def as_csv(images, labels, *, first=True, head="", delimiter=",", end="\n", mark=""):
    """A table: a line for each image."""
    lines = [head] if head else []
    for image, label in zip(images, labels, strict=True):
        cells = [str(value) for value in image.ravel().tolist()]
        lines.append(delimiter.join([str(label), *cells] if first else [*cells, str(label)]))
    return (mark + end.join(lines) + end).encode()


def write_pictures(folder, images, names, suffix="png", **how):
    """Write each image into the folder of its class, in order of their numbers."""
    for number, (image, name) in enumerate(zip(images, names, strict=True)):
        (folder / name).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / name / f"{number:05}.{suffix}", **how)
    return folder


def opened(path):
    return open_dataset(str(path))[0]


def images_in(data):
    """All images of a data set, those to train with first."""
    return np.concatenate([data.train_images, data.test_images])


def holds(data, images, names):
    """Whether a data set has just these images, each in the class of its name."""
    labels = np.concatenate([data.train_labels, data.test_labels])
    there = zip(images_in(data), (data.classes[label] for label in labels), strict=True)
    wanted = zip(images, map(str, names), strict=True)
    return sorted((image.tobytes(), name) for image, name in there) == sorted(
        (image.tobytes(), name) for image, name in wanted
    )


def is_a_line(text):
    return printable(text) == text


def read_npz(path):
    return run_through(reading_npz(Location(path)))


def refusal(path, read=read_npz):
    """Read what cannot be read; return the sentence: a line with the file's name, without the terms of Python."""
    with pytest.raises(UserError) as refused:
        read(path)
    sentence, hint = refused.value.sentence, refused.value.hint
    assert sentence.endswith(".") and hint.endswith(".") and is_a_line(sentence) and is_a_line(hint)
    assert not any(word in f"{sentence} {hint}" for word in ("Traceback", "Error", "Exception", "object at 0x"))
    assert path.is_dir() or path.name in sentence
    assert len(sentence) < 300 + len(str(path))
    return sentence


def peak_of(action):
    """Return what an action returns, and the most bytes that it took at a time."""
    tracemalloc.start()
    try:
        result = action()
        return result, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def read_or_refuse(path, read=read_npz):
    """The promise: a data set that keeps its own promises, or a `UserError`; anything else fails the test."""
    try:
        data = read(path)
    except UserError as refused:
        assert is_a_line(refused.sentence) and refused.hint
        return
    assert isinstance(data, Dataset) and 2 <= len(data.classes) <= 100
    for images, labels in ((data.train_images, data.train_labels), (data.test_images, data.test_labels)):
        assert images.dtype == labels.dtype == np.uint8 and len(images)
        assert images.shape == (len(labels), *data.shape)
        assert labels.max() < len(data.classes)


MEANINGFUL = [b",", b"\n", b'"', b"nan", b"\xff\xff\xff\xff", b"\0", b"1e999"]


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
                changed[place:place] = chance.choice(MEANINGFUL)
            case 3:
                changed[place:place] = changed[place : place + chance.randrange(1, 200)]
            case 4:
                number = chance.choice([0, 1, 2**31, 2**32 - 1, 18, 255])
                changed[place : place + 4] = struct.pack(">I", number)
    return bytes(changed)
