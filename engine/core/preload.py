"""Import of TensorFlow without blocking other threads: on a thread of its own, its native libraries first."""

import contextlib
import importlib
import importlib.util
import logging
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any, NoReturn

from engine.core.errors import UserError
from engine.core.language import tr
from engine.core.machine.memory import unmap_libraries

LIBRARIES = ("libtensorflow_framework.so.2", "libtensorflow_cc.so.2")

# Optional imports of Keras, for plots and wrappers that nothing here uses: a third of the time of the whole import.
UNUSED = ("matplotlib", "scipy", "sklearn")

# TensorFlow's public names by topic, as `tf.nn`: modules that only import others. Most are never looked at, and what
# they alone need (TensorFlow 1, TensorFlow Lite, TPUs) takes a quarter of the import and 67 MB. Networks need three.
TOPICS, NEEDED = "tensorflow._api.v2.", ("distribute", "nn", "__internal__.distribute")

LOOK_SECONDS = 0.003  # the time that a turn waits for the import

# In bytes: mapped libraries and threads' stacks, not used memory. On two cores a training aborts with 2.5 GB, not 3.1.
LEAST_ADDRESS_SPACE = 3_000_000_000

_thread: threading.Thread | None = None


def tensorflow_there() -> Iterator[None]:
    """Import TensorFlow on a thread and wait for it in turns of 3 ms: `yield from tensorflow_there()` in a job.

    If the import fails, the next use of TensorFlow raises. Raises `UserError` as `check_address_space` does.
    """
    global _thread
    if _thread is None and "tensorflow" not in sys.modules:
        check_address_space()
        # A daemon thread, so that closing the window does not wait for it either.
        _thread = threading.Thread(target=_import, name="tensorflow", daemon=True)
        _thread.start()
    while is_importing():
        wait_for_import(LOOK_SECONDS)
        yield None


def check_address_space() -> None:
    """Raise `UserError` where `ulimit -v` leaves too few addresses: native code would abort the process."""
    if sys.platform == "win32":
        return
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < LEAST_ADDRESS_SPACE:
        raise UserError(
            tr(
                "This shell allows {limit:.1f} GB of addresses (ulimit -v), and TensorFlow with its threads "
                "takes {needed:.0f} GB.",
                limit=limit / 1e9,
                needed=LEAST_ADDRESS_SPACE / 1e9,
            ),
            hint=tr("Start Layerlight where there is no such limit: ulimit -v unlimited."),
        )


def is_importing() -> bool:
    """Whether another thread is importing TensorFlow."""
    return _thread is not None and _thread.is_alive() and _thread is not threading.current_thread()


def import_tensorflow() -> None:
    """Return when TensorFlow is imported: two threads that import it at once would see half-initialised modules.

    The import runs on the other thread even here, as Ctrl-C in the middle of it aborts the process.
    """
    if is_importing() or "tensorflow" not in sys.modules:
        for _ in tensorflow_there():
            pass
        set_environment()


def wait_for_import(seconds: float | None = None) -> None:
    """Wait until no import is running, at most `seconds`."""
    if _thread is not None and _thread is not threading.current_thread():
        _thread.join(seconds)


def leave(status: int) -> NoReturn:
    """Exit; immediately where TensorFlow is being imported, as the interpreter would wait for it or crash."""
    if is_importing():
        logging.shutdown()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                stream.flush()
        os._exit(status)
    sys.exit(status)


def _import() -> None:
    preload_tensorflow()
    unmap_libraries()  # what linking has mapped: the highest that there is in a start, and a tenth of it is used again
    set_environment()
    sparing = _Sparing()
    sys.meta_path.insert(0, sparing)
    with contextlib.suppress(Exception):  # the next use tries again and raises
        importlib.import_module("tensorflow")
    sys.meta_path.remove(sparing)


class _Sparing:
    """An import hook: hides `UNUSED` packages on the importing thread, and runs `TOPICS` at their first use only."""

    def find_spec(self, name: str, *where: Any) -> ModuleSpec | None:
        if name in UNUSED and threading.current_thread() is _thread:
            raise ModuleNotFoundError(f"{name} is not used here", name=name)
        topic = name.removeprefix(TOPICS)
        if topic == name or topic in NEEDED or topic.startswith("distribute."):
            return None
        importlib.import_module("tensorflow.lite")  # empty; imported after the topic, it would take its place
        spec = PathFinder.find_spec(name, *where)
        if spec and spec.loader:
            spec.loader = importlib.util.LazyLoader(spec.loader)
        return spec


def set_environment() -> None:
    """Set the environment variables that TensorFlow and Keras read while they are imported, and import `sqlite3`."""
    # TensorFlow's library exports a SQLite of its own, without secure delete, to which the module would be bound if it
    # came later: deleted rows would stay in a session's file.
    import sqlite3  # noqa: F401

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ["KERAS_BACKEND"] = "tensorflow"  # overrides what a person has set for other programs
    try:
        tempfile.gettempdir()
    except OSError:  # no folder is writable; the import asks for a temporary one, but does not use it
        tempfile.tempdir = os.devnull


def preload_tensorflow() -> None:
    """Load the libraries that `import tensorflow` needs; do nothing where they are not found.

    The import would hold the GIL while the system loads a gigabyte of code, and the window froze for 0.3 to 0.7 s. A
    foreign function called through ctypes releases the GIL, and the import then finds the libraries loaded.
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
            # Lazily: to bind 230,000 functions at once takes as long as the rest. Where this fails, the import raises.
            load(os.fsencode(file), os.RTLD_LAZY)
