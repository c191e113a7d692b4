"""How long it takes to open the same images as .npz, as IDX files, as a table in CSV and as a folder of pictures."""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import struct
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.data.formats.reading import DatasetReading
from engine.data.sources import open_dataset, opening_dataset

if TYPE_CHECKING:
    from engine.data.dataset import Dataset

PICTURES = 10_000  # of the folder, at most

WORDS = {
    "npz": "as .npz",
    "idx": "as IDX files",
    "idx_gz": "as IDX files, packed",
    "csv": "as a table in CSV",
    "folder": "as a folder of pictures",
    "folder_again": "as that folder, once more",
}


def bench_data(wanted: argparse.Namespace) -> int:
    """Write a data set in each format, open it, and print the median times; returns the exit status."""
    data, _ = open_dataset(wanted.dataset)
    with tempfile.TemporaryDirectory(prefix="layerlight-bench-") as folder:
        paths = _written(data, Path(folder))
        figures = {name: _opened(path, 1 if name == "folder" else wanted.rounds) for name, path in paths.items()}
        sizes = {name: _size(path) for name, path in paths.items()}
    if wanted.json:
        told = {
            name: {"seconds": seconds, "longest_turn_ms": turn, "bytes": sizes[name]}
            for name, (seconds, turn) in figures.items()
        }
        print(json.dumps({"data": data.summary, "pictures": _count(data), **told}))
        return 0
    print(f"{data.summary}; of the pictures {_count(data):,}")
    for name, (seconds, turn) in figures.items():
        size = f"{sizes[name] / 1e6:,.1f} MB"
        print(f"{WORDS[name]:26} {size:>10} opened in {seconds:6.2f} s, the longest turn {turn:4.0f} ms")
    return 0


def _opened(path: Path, rounds: int) -> tuple[float, float]:
    """Return the median seconds that opening takes, and the longest turn in ms."""
    seconds, longest = [], 0.0
    for _ in range(rounds):
        begin = last = time.perf_counter()
        for message in opening_dataset(str(path)):
            assert isinstance(message, DatasetReading)
            longest = max(longest, time.perf_counter() - last)
            last = time.perf_counter()
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds), 1000 * longest


def _count(data: Dataset) -> int:
    return min(PICTURES, len(data.test_images))


def _written(data: Dataset, folder: Path) -> dict[str, Path]:
    """Write the data set in every format, and return where each lies. Its pictures are the test images."""
    from PIL import Image

    arrays = {
        "train-images-idx3-ubyte": data.train_images,
        "train-labels-idx1-ubyte": data.train_labels,
        "t10k-images-idx3-ubyte": data.test_images,
        "t10k-labels-idx1-ubyte": data.test_labels,
    }
    npz, plain, packed, pictures = (folder / name for name in ("data.npz", "idx", "gz", "pictures"))
    names = ("x_train", "y_train", "x_test", "y_test")
    np.savez_compressed(npz, **dict(zip(names, arrays.values(), strict=True)))  # type: ignore[arg-type]
    for place in (plain, packed):
        place.mkdir()
    for name, array in arrays.items():
        head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
        (plain / name).write_bytes(head + array.tobytes())
        (packed / f"{name}.gz").write_bytes(gzip.compress(head + array.tobytes(), 6))
    for part, images, labels in (
        ("train", data.train_images, data.train_labels),
        ("test", data.test_images, data.test_labels),
    ):
        table = np.concatenate([labels[:, None], images.reshape(len(images), -1)], axis=1)
        np.savetxt(folder / f"data_{part}.csv", table, "%d", ",")
    for number in range(_count(data)):
        place = pictures / str(data.test_labels[number])
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(data.test_images[number]).save(place / f"{number}.png")
    text = folder / "data_train.csv"
    return {"npz": npz, "idx": plain, "idx_gz": packed, "csv": text, "folder": pictures, "folder_again": pictures}


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
