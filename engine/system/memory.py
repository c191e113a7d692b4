"""Memory that is free and still this process's: the C library gives it back only when it is asked to."""

from __future__ import annotations

import ctypes
import functools
import sys
from collections.abc import Callable


def give_back() -> None:
    """Let the C library return to the system what is free; takes some milliseconds.

    glibc keeps what lies below anything that is still used: some 50 MB once TensorFlow has compiled a training step,
    which needs much for a moment and never again. Other systems' libraries return it themselves.
    """
    _trim()(0)


@functools.cache
def _trim() -> Callable[[int], object]:
    if not sys.platform.startswith("linux"):
        return lambda _: None
    return getattr(ctypes.CDLL(None), "malloc_trim", lambda _: None)
