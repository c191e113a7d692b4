"""What a data set takes of the memory, known before anything of it is read: asked about or refused, with numbers."""

from __future__ import annotations

import os

from engine.core.machine.memory import ASKED_SHARE, MOST_SHARE, free_memory
from engine.data.formats.files import LargeError

BUDGET = 2 * 1024**3
"""The most bytes that the arrays of one data set may take, with what turning them into bytes takes."""

HARMLESS = 64 * 1024**2
"""Bytes for which nobody needs to ask how much is free, nor how tightly they are packed."""


VARIABLE = "LAYERLIGHT_LARGE_DATA"
"""The environment variable by which somebody says beforehand that they are sure."""


class UnsureError(LargeError):
    """A data set that takes much of the memory: it is opened once a person is sure."""


def check_memory(needed: int, file: str, *, sure: bool) -> None:
    """Raise `LargeError` where reading a file takes too many bytes, `UnsureError` where a person is to be asked."""
    if needed > BUDGET:
        told = f"{file} holds arrays that take {needed / 1e9:,.1f} GB"
        raise LargeError(
            f"{told}, and at most {BUDGET / 1e9:.1f} GB are opened.",
            hint="Save fewer images, or save them as uint8.",
        )
    free = None if needed <= HARMLESS else free_memory()
    if free is None or needed <= ASKED_SHARE * free:
        return
    sentence = f"{file} takes about {needed / 1e9:,.1f} GB of memory, and {free / 1e9:,.1f} GB are free."
    if needed > MOST_SHARE * free:
        raise LargeError(sentence, hint="Close other programs, or save fewer images.")
    if not (sure or os.environ.get(VARIABLE)):
        raise UnsureError(sentence, hint=f"Set {VARIABLE}=1 to open it all the same.")
