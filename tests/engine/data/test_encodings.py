"""Ten data sets in ten encodings: whatever their numbers, labels and files are, a network learns the same of them."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from data_files import as_csv
from PIL import Image

from engine.core.specs import TrainSpec
from engine.core.turns import run_through
from engine.data.formats.assembly import mixed
from engine.data.sources import open_dataset
from engine.session.jobs.train import train
from engine.session.session import Session

SPEC = TrainSpec(layers="32", epochs=8, batch=32, seed=3)


@pytest.fixture(scope="module")
def digits():
    """The parts of scikit-learn's digits: images (n, 8, 8) from 0 to 16, and labels; classes alternate."""
    file = Path(find_spec("sklearn").origin).parent / "datasets" / "data" / "digits.csv.gz"
    table = np.loadtxt(file, delimiter=",")  # as its `load_digits` reads it; to import all of it takes a second
    images, labels = table[:, :-1].reshape(-1, 8, 8), table[:, -1].astype(int)
    parts = {}
    for part, places in (("train", slice(0, 1400)), ("test", slice(1400, None))):
        order = mixed(labels[places])
        parts[part] = images[places][order], labels[places][order]
    return parts


def npz(change, answer=lambda labels: labels):
    """Return what writes an .npz file with both parts changed by these functions."""

    def write(folder, digits):
        arrays = {}
        for part, (images, labels) in digits.items():
            arrays |= {f"x_{part}": change(images), f"y_{part}": answer(labels)}
        np.savez(folder / "digits.npz", **arrays)
        return folder / "digits.npz"

    return write


def pictures(suffix, change):
    """Return what writes a folder of pictures for each class, in `train` and `test`."""

    def write(folder, digits):
        for part, (images, labels) in digits.items():
            for number, (image, label) in enumerate(zip(change(images), labels, strict=True)):
                place = folder / "digits" / part / str(label)
                place.mkdir(parents=True, exist_ok=True)
                Image.fromarray(image).save(place / f"{number:04}.{suffix}")
        return folder / "digits"

    return write


def indexed_table(folder, digits):
    """Write both parts as pandas does: a first column without a name counts the lines."""
    for part, (images, labels) in digits.items():
        head = ",".join(["", *(f"p{number}" for number in range(64)), "label"])
        rows = as_csv(images.astype(int), labels, first=False, head="").decode().splitlines()
        lines = [head, *(f"{number},{row}" for number, row in enumerate(rows))]
        (folder / f"digits_{part}.csv").write_text("\n".join(lines) + "\n")
    return folder / "digits_train.csv"


ENCODINGS = {
    "0 to 16": npz(lambda images: images),
    "0 to 1": npz(lambda images: images / 16),
    "-1 to 1": npz(lambda images: (images / 8 - 1).astype(np.float32)),
    "uint16": npz(lambda images: np.rint(images * 65535 / 16).astype(np.uint16)),
    "one-hot": npz(lambda images: images, lambda labels: np.eye(10)[labels]),
    "channel first": npz(lambda images: images[:, None].astype(np.uint8)),
    "labels 1 to 10": npz(lambda images: images, lambda labels: labels + 1),
    "PNG of 12 bits": pictures("png", lambda images: np.rint(images * 4095 / 16).astype(np.uint16)),
    "CSV with an index": indexed_table,
    "TIFF": pictures("tif", lambda images: np.rint(images * 255 / 16).astype(np.uint8)),
}

REMARKS = {
    "0 to 16": "The pixels, from 0 to 16, were brought to 0 to 255.",
    "0 to 1": "The pixels, from 0 to 1, were brought to 0 to 255.",
    "-1 to 1": "The pixels, from -1 to 1, were brought to 0 to 255.",
    "uint16": "The pixels, from 0 to 65535, were brought to 0 to 255.",
    "one-hot": "Each row of y_train has a single 1 (one-hot): its place is the class.",
    "channel first": "The pixels, from 0 to 16, were brought to 0 to 255.",
    "labels 1 to 10": "The labels are 1 to 10: each is a class of that name.",
    "PNG of 12 bits": "The pixels, from 0 to 4095, were brought to 0 to 255.",
    "CSV with an index": "The first column counts the lines and was left out.",
    "TIFF": "",
}


@pytest.mark.parametrize("kind", ENCODINGS)
def test_each_of_ten_encodings_is_read_as_the_same_digits_and_that_is_said(tmp_path, digits, kind):
    data, _ = open_dataset(str(ENCODINGS[kind](tmp_path, digits)))
    for part, images, labels in (
        ("train", data.train_images, data.train_labels),
        ("test", data.test_images, data.test_labels),
    ):
        assert np.abs(images - digits[part][0] * 255 / 16).max() <= 1
        assert np.array_equal(labels, digits[part][1])
    assert data.classes == tuple(str(digit + (kind == "labels 1 to 10")) for digit in range(10))
    assert REMARKS[kind] in data.remark and bool(REMARKS[kind]) == bool(data.remark)


def accuracy_on(data):
    session = Session(data)
    run_through(train(session, SPEC))
    return next(iter(session.runs.values())).epochs[-1].test_accuracy


@pytest.mark.slow
def test_a_network_learns_the_same_from_each_of_ten_encodings(tmp_path, digits):
    accuracies = {}
    for kind, write in ENCODINGS.items():
        folder = tmp_path / kind
        folder.mkdir()
        accuracies[kind] = accuracy_on(open_dataset(str(write(folder, digits)))[0])
    print({kind: round(100 * accuracy, 2) for kind, accuracy in accuracies.items()})
    assert min(accuracies.values()) > 0.85
    assert max(accuracies.values()) - min(accuracies.values()) <= 0.005
