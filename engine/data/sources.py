"""Where data sets come from: a file, Keras' cache, the sample that is embedded."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from engine.base.errors import UserError
from engine.base.turns import run_through
from engine.data.files import require_file
from engine.system.folders import as_path

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.data.reading import Reading

# The readers are imported where they are called: NumPy takes 0.2 s, which `--help` does not have.

VARIABLE = "LAYERLIGHT_DATA"
"""The environment variable with the path of the data set to open when none is named."""

URI = "file://"
"""What a path begins with that is written as a URI; see `Dataset.wanted`."""

SAMPLE, MNIST, UNSEEN = "sample", "mnist", "mnist-54000"
"""Data sets that have a name instead of a path. `UNSEEN` is what the bundled runs learned from: all of MNIST but the
images before 6,000, among which the sample lies."""


def open_dataset(wanted: str | None) -> tuple[Dataset, str]:
    """Open a data set as `opening_dataset` does, without a pause."""
    return run_through(opening_dataset(wanted))


def opening_dataset(wanted: str | None) -> Reading[tuple[Dataset, str]]:
    """Open `sample`, `mnist` or a path; `None`: what `LAYERLIGHT_DATA` names, Keras' own copy, or the sample.

    `mnist` is what `LAYERLIGHT_DATA` names, or Keras' own copy; `mnist-54000` a part of it. Returns the data set, and a
    sentence for the person where something had to be passed over, otherwise "". Raises `UserError` when what a person
    chose cannot be opened. Closed before its end it leaves nothing behind.
    """
    if wanted is None:
        return (yield from _open_first())
    if wanted == SAMPLE:
        return (yield from _open_sample()), ""
    if wanted == MNIST:
        return (yield from _open_mnist()), ""
    if wanted == UNSEEN:
        return (yield from _open_unseen()), ""
    return (yield from _open_path(wanted)), ""


def _open_first() -> Reading[tuple[Dataset, str]]:
    if os.environ.get(VARIABLE):
        return (yield from _open_variable()), ""
    cached = _keras_copy()
    if cached is None:
        return (yield from _open_sample()), ""
    try:
        return (yield from _open_path(str(cached))), ""
    except UserError as refused:  # nobody asked for this file, so it may not stop anybody
        told = f"{refused.sentence} The embedded sample was opened instead of {cached}."
    return (yield from _open_sample()), told


def _open_mnist() -> Reading[Dataset]:
    if os.environ.get(VARIABLE):
        return (yield from _open_variable())
    if cached := _keras_copy():
        return (yield from _open_path(str(cached)))
    raise UserError(
        "The full MNIST is not on this computer.",
        hint=f"Give the path of mnist.npz, or set {VARIABLE} to it; the data set `sample` is always there.",
    )


def _open_unseen() -> Reading[Dataset]:
    from engine.data.unseen import without_sample

    return without_sample((yield from _open_mnist()), UNSEEN)


def _open_variable() -> Reading[Dataset]:
    try:
        return (yield from _open_path(os.environ[VARIABLE]))
    except UserError as refused:  # it may have been set long ago
        hint = f"{refused.hint} It is the file that {VARIABLE} names."
        raise UserError(refused.sentence, hint=hint) from refused


def _open_path(wanted: str) -> Reading[Dataset]:
    path = _path(wanted)
    require_file(path)
    if path.suffix.lower() != ".npz":
        raise UserError(
            f"{path} is a type of file that cannot be opened.",
            hint="Data sets are .npz files in Keras' layout.",
        )
    from engine.data.npz import reading_npz

    return (yield from reading_npz(path))


def _open_sample() -> Reading[Dataset]:
    from engine.data.sample import opening_sample

    return (yield from opening_sample())


def mnist_there() -> Path | None:
    """Return the file that `mnist` means, if there is one; whether it can be read is not known."""
    if named := os.environ.get(VARIABLE):
        path = _path(named)
        return path if path.is_file() else None
    return _keras_copy()


def _path(wanted: str) -> Path:
    """Return the file that a path or a `file:` address means."""
    if wanted.startswith(URI):
        return Path(os.fsdecode(unquote_to_bytes(wanted.removeprefix(URI))))
    return as_path(wanted)


def _keras_copy() -> Path | None:
    """Return where Keras keeps the MNIST that it downloaded, if it did."""
    try:
        home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    except RuntimeError:  # this user has no home folder
        return None
    copy = home / "datasets" / "mnist.npz"
    return copy if os.path.lexists(copy) else None
