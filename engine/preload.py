"""Loading TensorFlow's native libraries without stopping the other threads, ahead of its import."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from pathlib import Path

LIBRARIES = ("libtensorflow_framework.so.2", "libtensorflow_cc.so.2")


def preload_tensorflow() -> None:
    """Load the libraries that `import tensorflow` needs; does nothing where they are not found.

    The import would hold Python's lock while the system loads a gigabyte of code: the window stood still for 0.3 to
    0.7 s. A foreign function called through ctypes releases the lock, and the import then finds the work done.
    """
    spec = importlib.util.find_spec("tensorflow")
    if not sys.platform.startswith("linux") or spec is None or spec.origin is None:
        return
    load = ctypes.CDLL(None).dlopen
    load.restype, load.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_int]
    for name in LIBRARIES:
        file = Path(spec.origin).with_name(name)
        if file.exists():
            load(os.fsencode(file), os.RTLD_NOW)  # should it fail, the import will say why
