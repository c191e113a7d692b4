"""The memory that a data set takes, estimated from the headers: too much is asked about or refused, with numbers."""

from __future__ import annotations

import os

from engine.core.machine.memory import ASKED_SHARE, MOST_SHARE, free_memory
from engine.data.formats.files import LargeError

BUDGET = 2 * 1024**3  # maximum number of bytes of a data set's arrays, with those of their conversion
HARMLESS = 64 * 1024**2  # bytes below which neither free memory nor the compression is checked
VARIABLE = "LAYERLIGHT_LARGE_DATA"  # the environment variable that answers the question in advance


class UnsureError(LargeError):
    """A data set that takes much of the memory: it is opened once a person has confirmed it."""


def check_memory(needed: int, file: str, *, sure: bool) -> None:
    """Raise `LargeError` where reading a file takes too much memory, `UnsureError` where a person has to confirm it."""
    if needed > BUDGET:
        size = f"{file} holds arrays that take {needed / 1e9:,.1f} GB"
        raise LargeError(
            f"{size}, and at most {BUDGET / 1e9:.1f} GB are opened.", hint="Save fewer images, or save them as uint8."
        )
    free = None if needed <= HARMLESS else free_memory()
    if free is None or needed <= ASKED_SHARE * free:
        return
    sentence = f"{file} takes about {needed / 1e9:,.1f} GB of memory, and {free / 1e9:,.1f} GB are free."
    if needed > MOST_SHARE * free:
        raise LargeError(sentence, hint="Close other programs, or save fewer images.")
    if not (sure or os.environ.get(VARIABLE)):
        raise UnsureError(sentence, hint=f"Set {VARIABLE}=1 to open it all the same.")
