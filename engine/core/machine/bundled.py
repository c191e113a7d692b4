"""The session that comes with Layerlight: its file, its runs, its data. It is read-only."""

import contextlib
from pathlib import Path

from engine.core.language import mark, tr
from engine.core.machine import folders

BUNDLED = folders.RESOURCES / "session" / "layerlight.layerlight"  # `make bundled` makes it
NAME = mark("Bundled session")  # its name in titles

# Its runs: the blog's network at many moments, and the convolutional network with the best accuracy.
BLOG, SHARP = "A", "B"

ABOUT = {
    (BLOG, "Blog post"): mark("the blog post's network"),  # no text
    (SHARP, "Sharp"): mark("reads real handwriting"),  # no text
}

DATA = "MNIST 54,000 + 10,000"  # the summary of its runs' data

STAYS = mark("The bundled session stays as it is; what you do with it goes into a new one.")


def is_bundled(path: Path) -> bool:
    """Whether `path` is the bundled session."""
    with contextlib.suppress(OSError):  # there is no such file
        return path.samefile(BUNDLED)
    return False


def about(name: str, title: str, dataset: str) -> str:
    """Return the description of a bundled run by its letter, title and data; empty for any other run."""
    return tr(ABOUT.get((name, title), "")) if dataset == DATA else ""
