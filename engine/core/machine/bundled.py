"""The session that comes with Layerlight: where it lies, what its runs are called, and that it stays as it is."""

from pathlib import Path

from engine.core.machine import folders

BUNDLED = folders.RESOURCES / "session" / "layerlight.layerlight"  # its file; `make bundled` makes it
NAME = "Bundled session"  # what it is called in titles

BLOG, SHARP = "A", "B"
"""Its runs: the blog's network at many moments, and the convolutional one that reads best."""

ABOUT = {(BLOG, "Blog post"): "the blog post's network", (SHARP, "Sharp"): "reads real handwriting"}

DATA = "MNIST 54,000 + 10,000"  # the summary of the data that they learned from

STAYS = "The bundled session stays as it is; what you do with it goes into a new one."


def is_bundled(path: Path) -> bool:
    """Whether that is the session that comes with Layerlight, which is only ever read."""
    return path.resolve() == BUNDLED.resolve()


def about(name: str, title: str, dataset: str) -> str:
    """Return what a run that comes along is, or is good for, by its letter, title and data; empty for any other."""
    return ABOUT.get((name, title), "") if dataset == DATA else ""
