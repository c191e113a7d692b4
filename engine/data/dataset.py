"""A data set: images and labels to train on, and others to test with."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from engine.core.array import Array
from engine.core.example import Example
from engine.core.text import isolated, storable


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dataset:
    """Images with one label each, for training and for testing.

    Images are uint8 of shape (images, rows, columns), 0 for the background: a network reads them in grey. For colour
    pictures there are also arrays (images, rows, columns, 3), only to be shown. Labels are uint8 of shape (images,),
    each smaller than `len(classes)`. All arrays are read-only.
    """

    # Three channels as input would leave the grey canvas of Draw nothing to draw; weights, ideal images and reasons
    # stay pictures of one number per pixel.

    name: str
    train_images: Array
    train_labels: Array
    test_images: Array
    test_labels: Array
    classes: tuple[str, ...]
    source: Path | None = None
    called: str = ""  # the name that `open_dataset` takes, where that is no path
    train_colours: Array | None = None
    test_colours: Array | None = None
    # Images held out of the training, on which the best epoch is chosen; `None` where there are none.
    validation_images: Array | None = None
    validation_labels: Array | None = None
    known: str = ""  # the key in `catalogue` of the data set with these arrays; empty for all others
    # Sentences on what a person should know about the conversion: images that were set aside, for example.
    remark: str = ""
    examples: tuple[Example, ...] = ()  # a person's examples, in data for teaching a network, ...
    base: Dataset | None = None  # ... and the data that they were added to; `None` where there are none

    @property
    def wanted(self) -> str:
        """The name or path by which `open_dataset` opens them again; empty for the embedded sample.

        A path that is not UTF-8 is given as a URI, as session files hold UTF-8 only.
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
        """Return words for a member of that class within a sentence: `a 3`, `ape`."""
        name = self.classes[label] if label < len(self.classes) else f"{label}"
        return f"a {name}" if name == f"{label}" else isolated(name)

    def shown(self, numbers: Array, *, train: bool = False) -> Array:
        """Return the test (or training) images with these numbers for display: in colour where they have colours."""
        colours, grey = (self.train_colours, self.train_images) if train else (self.test_colours, self.test_images)
        return (grey if colours is None else colours)[numbers]

    def fingerprint(self) -> str:
        """Return a hash of all labels and of some of the images, which identifies the data."""
        digest = hashlib.sha256(f"{self.shape} {len(self.classes)}".encode())
        for images, labels in ((self.train_images, self.train_labels), (self.test_images, self.test_labels)):
            digest.update(labels.tobytes())
            digest.update(images[:: max(1, len(images) // 100)].tobytes())
        return digest.hexdigest()

    @property
    def summary(self) -> str:
        """Name and size for status lines: `MNIST 55,000 + 10,000`."""
        return f"{isolated(self.name)} {len(self.train_images):,} + {len(self.test_images):,}"


def say_training_images(summary: str) -> str:
    """Return the training part of a `summary` in words: `4,400 images of MNIST sample`."""
    match = re.fullmatch(r"(.+) ([\d,]+) \+ [\d,]+", summary)
    return f"{match[2]} images of {match[1]}" if match else summary


def count_test_images(summary: str) -> int | None:
    """Return the number of test images in a `summary`; `None` for any other text."""
    *_, plus, last = [None, None, *summary.split()]
    digits = (last or "").replace(",", "")
    return int(digits) if plus == "+" and digits.isdecimal() else None
