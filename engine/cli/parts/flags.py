"""Flags of several commands: their values and their help.

`--help` imports this, so at the top it imports neither TensorFlow nor NumPy.
"""

from __future__ import annotations

import argparse
import re
from typing import Annotated, Literal

DATASET_HELP = (
    "an .npz file in Keras' layout, IDX files, a table in CSV (pixels and a label in each line), a folder "
    "with one of pictures for each class, mnist, fashion-mnist, kmnist or emnist-letters (where it "
    "is on this computer: see download), or sample (the embedded 5,000 digits)"
)

OF_RUN = "; default: what the run learned from"
MOST_LAYERS = 1000
SMALLEST, LARGEST = 320, 8000  # of a window's sides, in pixels


def numbers(text: str) -> tuple[int, ...]:
    """Read whole numbers with commas between them."""
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise argparse.ArgumentTypeError(f"whole numbers with commas between them, not “{text}”") from None


def count(text: str) -> int:
    """Read a number of images."""
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"“{text}” is not a number of images")
    return int(text)


def tab(text: str) -> str:
    """Read the name of a tab, or its title in the window: `Warm-up`, `Ideal images`."""
    return text.lower().replace("-", "").partition(" ")[0]


def layer(text: str) -> int:
    """Read the number of a layer, from 1."""
    if not text.isdecimal() or not 1 <= int(text) <= MOST_LAYERS:
        raise argparse.ArgumentTypeError(f"{text} is not the number of a layer; the first one is 1")
    return int(text)


def size(text: str) -> tuple[int, int]:
    """Read the size of a window in pixels: 1280x720."""
    match = re.fullmatch(r"([0-9]{1,5})[x×]([0-9]{1,5})", text)
    wide, high = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(SMALLEST <= side <= LARGEST for side in (wide, high)):
        raise argparse.ArgumentTypeError(
            f"“{text}” is no size; write one such as 1280x720, {SMALLEST} to {LARGEST} pixels"
        )
    return wide, high


Count = Annotated[int, count]
Dataset = Annotated[str | None, f"DATA: {DATASET_HELP}"]
RunsDataset = Annotated[str | None, f"DATA: {DATASET_HELP}{OF_RUN}"]
Device = Annotated[
    Literal["auto", "cpu"],
    "what to compute on: the first GPU that TensorFlow can use, or the CPU in any case (default: auto)",
]
Json = Annotated[bool, "as one JSON object"]
Layer = Annotated[int, layer]
Size = Annotated[tuple[int, int], size]
