"""A data set: images and labels to train on, and others to test with."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.core.text import isolated, storable

if TYPE_CHECKING:
    from engine.core.array import Array
    from engine.core.example import Example


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dataset:
    """Pictures of things that belong to one class each.

    Images are uint8 of shape (images, rows, columns), 0 for the ground: a network reads them in grey. Of pictures in
    colour there are their colours as well, (images, rows, columns, 3), to be looked at. Labels are uint8 of shape
    (images,), each smaller than `len(classes)`. All arrays are read-only.
    """

    name: str
    train_images: Array
    train_labels: Array
    test_images: Array
    test_labels: Array
    classes: tuple[str, ...]
    source: Path | None = None
    called: str = ""  # what `open_dataset` knows them by, where that is no path
    train_colours: Array | None = None
    test_colours: Array | None = None
    validation_images: Array | None = None
    """Images that nothing is learned from, to choose the best epoch on, ..."""
    validation_labels: Array | None = None  # ... and their labels; `None` where there are none
    known: str = ""
    """The key in `catalogue` of the data set that these are, as their arrays show; empty for all others."""
    remark: str = ""
    """What was done to them that a person should know, in sentences: images that were set aside, say."""
    examples: tuple[Example, ...] = ()
    """What a person brought into them, where they are for teaching a network, ..."""
    base: Dataset | None = None
    """... and the data to which that was added; `None` where there is nothing else."""

    @property
    def wanted(self) -> str:
        """Return what `open_dataset` finds them by again; empty for the embedded sample.

        It is a path, or as a URI one that is not UTF-8: session files hold nothing else.
        """
        path = str(self.source or "")
        is_utf8 = storable(path) == path
        return self.called or (path if is_utf8 or self.source is None else self.source.as_uri())

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of an image, in pixels."""
        rows, columns = self.train_images.shape[1:]
        return rows, columns

    def one_of(self, label: int) -> str:
        """Return a thing of that class, as part of a sentence: `a 3`, `ape`."""
        name = self.classes[label] if label < len(self.classes) else f"{label}"
        return f"a {name}" if name == f"{label}" else isolated(name)

    def shown(self, numbers: Array, *, train: bool = False) -> Array:
        """Return the test (or training) images with these numbers to be looked at: in colour where they are."""
        colours, grey = (
            (self.train_colours, self.train_images) if train else (self.test_colours, self.test_images)
        )
        return (grey if colours is None else colours)[numbers]

    def fingerprint(self) -> str:
        """Return what tells these images from others: a hash of all labels and of some of the images."""
        digest = hashlib.sha256(f"{self.shape} {len(self.classes)}".encode())
        for images, labels in ((self.train_images, self.train_labels), (self.test_images, self.test_labels)):
            digest.update(labels.tobytes())
            digest.update(images[:: max(1, len(images) // 100)].tobytes())
        return digest.hexdigest()

    @property
    def summary(self) -> str:
        """Name and size in a few words, for status lines: `MNIST 55,000 + 10,000`."""
        return f"{isolated(self.name)} {len(self.train_images):,} + {len(self.test_images):,}"


def say_training_images(summary: str) -> str:
    """Return the training images of data with that `summary`, in words: `4,400 images of MNIST sample`."""
    found = re.fullmatch(r"(.+) ([\d,]+) \+ [\d,]+", summary)
    return f"{found[2]} images of {found[1]}" if found else summary


def count_test_images(summary: str) -> int | None:
    """Return how many test images there are in the data of a `summary`; `None` where it is not one."""
    *_, plus, last = [None, None, *summary.split()]
    digits = (last or "").replace(",", "")
    return int(digits) if plus == "+" and digits.isdecimal() else None
