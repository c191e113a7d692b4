"""Importing TensorFlow without stopping the other threads: on a thread of its own, its native libraries first."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import logging
import os
import sys
import tempfile
import threading
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import TYPE_CHECKING

from engine.core.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn

LIBRARIES = ("libtensorflow_framework.so.2", "libtensorflow_cc.so.2")

UNUSED = ("matplotlib", "sklearn")
"""What Keras imports where it is installed, for pictures and wrappers of its own that nothing here uses: a third of the
time that the whole import takes. Keras goes without it, as where it is not installed."""

LOOK_SECONDS = 0.003  # how long a turn waits for the import

LEAST_ADDRESS_SPACE = 3_000_000_000
"""In bytes. Not memory that is used: libraries that are mapped, and room that each thread sets aside. On two cores a
training is aborted by 2.5 GB, and goes through with 3.1."""

_thread: threading.Thread | None = None


def tensorflow_there() -> Iterator[None]:
    """Let TensorFlow be imported, and wait for it in turns of 3 ms: `yield from tensorflow_there()` in a job.

    The import takes seconds, and who asks what NumPy can answer must not wait for it. Should it fail, the next use of
    TensorFlow will say why. Raises `UserError` as `check_address_space` does.
    """
    global _thread
    if _thread is None and "tensorflow" not in sys.modules:
        check_address_space()
        # A daemon: who closes the window does not wait for it either.
        _thread = threading.Thread(target=_import, name="tensorflow", daemon=True)
        _thread.start()
    while is_importing():
        _wait(LOOK_SECONDS)
        yield None


def check_address_space() -> None:
    """Raise `UserError` where the system's limit on addresses leaves too few: native code would end the process."""
    if os.name != "posix":
        return
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < LEAST_ADDRESS_SPACE:
        raise UserError(
            f"This shell allows {limit / 1e9:.1f} GB of addresses (ulimit -v), and TensorFlow with its threads takes "
            f"{LEAST_ADDRESS_SPACE / 1e9:.0f} GB.",
            hint="Start Layerlight where there is no such limit: ulimit -v unlimited.",
        )


def is_importing() -> bool:
    """Whether another thread is importing at the moment."""
    return _thread is not None and _thread.is_alive() and _thread is not threading.current_thread()


def import_tensorflow() -> None:
    """Return when TensorFlow is imported: two threads that import parts of it would see halves.

    Never on this thread, if it can be helped: Ctrl-C in the middle of that aborts the process.
    """
    if is_importing() or "tensorflow" not in sys.modules:
        for _ in tensorflow_there():
            pass
        set_environment()


def wait_for_import() -> None:
    """Wait until no import is running."""
    _wait()


def leave(status: int) -> NoReturn:
    """End this process, at once where TensorFlow is being imported: the interpreter would wait for it or crash."""
    if is_importing():
        logging.shutdown()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                stream.flush()
        os._exit(status)
    sys.exit(status)


def _wait(seconds: float | None = None) -> None:
    if _thread is not None and _thread is not threading.current_thread():
        _thread.join(seconds)


def _import() -> None:
    preload_tensorflow()
    set_environment()
    without = _Without()
    sys.meta_path.insert(0, without)
    with contextlib.suppress(Exception):  # the next use will try again, and say what is wrong
        importlib.import_module("tensorflow")
    sys.meta_path.remove(without)


class _Without(MetaPathFinder):
    """Finds nothing, and lets no other find on this thread what is `UNUSED`."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name in UNUSED and threading.current_thread() is _thread:
            raise ModuleNotFoundError(f"{name} is not used here", name=name)


def set_environment() -> None:
    """Say to TensorFlow and Keras what must be said before their import."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ["KERAS_BACKEND"] = "tensorflow"  # whatever a person uses elsewhere
    try:
        tempfile.gettempdir()
    except OSError:  # nothing may be written anywhere; the import asks for such a folder, but does not use it
        tempfile.tempdir = os.devnull


def preload_tensorflow() -> None:
    """Load the libraries that `import tensorflow` needs; does nothing where they are not found.

    The import would hold Python's lock while the system loads a gigabyte of code: the window stood still for 0.3 to
    0.7 s. A foreign function called through ctypes releases the lock, and the import then finds the work done.
    """
    spec = importlib.util.find_spec("tensorflow")
    if not sys.platform.startswith("linux") or spec is None or spec.origin is None:
        return
    import ctypes

    load = ctypes.CDLL(None).dlopen
    load.restype, load.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_int]
    for name in LIBRARIES:
        file = Path(spec.origin).with_name(name)
        if file.exists():
            load(os.fsencode(file), os.RTLD_NOW)  # should it fail, the import will say why
