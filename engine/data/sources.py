"""Where data sets come from: a file, Keras' cache, the sample that is embedded."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from engine.base.errors import UserError
from engine.data.files import require_file
from engine.system.folders import as_path

if TYPE_CHECKING:
    from engine.data.dataset import Dataset

# The readers are imported where they are called: NumPy takes 0.2 s, which `--help` does not have.

VARIABLE = "LAYERLIGHT_DATA"
"""The environment variable with the path of the data set to open when none is named."""

URI = "file://"
"""What a path begins with that is written as a URI; see `Dataset.wanted`."""

SAMPLE, MNIST, UNSEEN = "sample", "mnist", "mnist-54000"
"""Data sets that have a name instead of a path. `UNSEEN` is what the bundled runs learned from: all of MNIST but the
images before 6,000, among which the sample lies."""


def open_dataset(wanted: str | None) -> tuple[Dataset, str]:
    """Open `sample`, `mnist` or a path; `None`: what `LAYERLIGHT_DATA` names, Keras' own copy, or the sample.

    `mnist` is what `LAYERLIGHT_DATA` names, or Keras' own copy; `mnist-54000` a part of it. Returns the data set, and a
    sentence for the person where something had to be passed over, otherwise "". Raises `UserError` when what a person
    chose cannot be opened.
    """
    if wanted == SAMPLE:
        return _open_sample(), ""
    if wanted == MNIST:
        return _open_mnist(), ""
    if wanted == UNSEEN:
        return _open_unseen(), ""
    if wanted is not None:
        return _open_path(wanted), ""
    return _open_first()


def _open_first() -> tuple[Dataset, str]:
    if os.environ.get(VARIABLE):
        return _open_variable(), ""
    cached = _keras_copy()
    if cached is None:
        return _open_sample(), ""
    try:
        return _open_path(str(cached)), ""
    except UserError as refused:  # nobody asked for this file, so it may not stop anybody
        return _open_sample(), f"{refused.sentence} The embedded sample was opened instead of {cached}."


def _open_mnist() -> Dataset:
    if os.environ.get(VARIABLE):
        return _open_variable()
    if cached := _keras_copy():
        return _open_path(str(cached))
    raise UserError(
        "The full MNIST is not on this computer.",
        hint=f"Give the path of mnist.npz, or set {VARIABLE} to it; the data set `sample` is always there.",
    )


def _open_unseen() -> Dataset:
    from engine.data.unseen import without_sample

    return without_sample(_open_mnist(), UNSEEN)


def _open_variable() -> Dataset:
    try:
        return _open_path(os.environ[VARIABLE])
    except UserError as refused:  # it may have been set long ago
        hint = f"{refused.hint} It is the file that {VARIABLE} names."
        raise UserError(refused.sentence, hint=hint) from refused


def _open_path(wanted: str) -> Dataset:
    is_uri = wanted.startswith(URI)
    path = Path(os.fsdecode(unquote_to_bytes(wanted.removeprefix(URI)))) if is_uri else as_path(wanted)
    require_file(path)
    if path.suffix.lower() != ".npz":
        raise UserError(
            f"{path} is of a kind that cannot be opened.", hint="Data sets are .npz files in Keras' layout."
        )
    from engine.data.npz import read_npz

    return read_npz(path)


def _open_sample() -> Dataset:
    from engine.data.sample import open_sample

    return open_sample()


def _keras_copy() -> Path | None:
    """Return where Keras keeps the MNIST that it downloaded, if it did."""
    try:
        home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    except RuntimeError:  # this user has no home folder
        return None
    copy = home / "datasets" / "mnist.npz"
    return copy if os.path.lexists(copy) else None
