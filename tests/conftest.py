"""What all tests share."""

import functools
import gc
import itertools
import os
import random
import shutil
import signal
import sqlite3  # noqa: F401 - before TensorFlow, whose own SQLite it would be bound to
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import pytest

from engine.analysis.graph.tracing import traced
from engine.analysis.ideal.painter import painter
from engine.core import lazy  # of a conftest pytest asks each name about itself, for which TensorFlow would come
from engine.core.cache import Cache
from engine.core.machine.memory import give_back
from engine.data.formats import sample
from engine.model.network.compiled_network import compiled_network
from engine.model.training.learner import forget_learners
from gui.app import leave_classes_alone, leave_sources_alone
from gui.shell.process.garbage import collect_what_is_due

# beginnings of the names of what a person or a machine sets for Qt, Keras, TensorFlow, languages and screens
OF_THIS_MACHINE = (
    "QT_",
    "QML",
    "KERAS_",
    "TF_",
    "XLA_",
    "LC_",
    "LANG",
    "LAYERLIGHT_LANGUAGE",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "TZ",
)


# A disk in memory, where there is one: thousands of tests would wait for a true one, in `fsync`. A process that is
# killed loses nothing on either, and no test cuts the power.
IN_MEMORY = "/dev/shm"


def _is_large(folder):
    """Whether all that the tests write has room there."""
    try:
        return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free >= 4 * 1024**3
    except OSError:
        return False


def _same_everywhere():
    """Take away what differs between machines, from this process and its children; return the home folder."""
    sys.dont_write_bytecode = False  # or each process would compile all modules, and each worker all tests
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for name in [name for name in os.environ if name.startswith(OF_THIS_MACHINE)]:
        del os.environ[name]
    if _is_large(IN_MEMORY):
        os.environ["TMPDIR"] = tempfile.tempdir = IN_MEMORY
    if "PYTEST_XDIST_WORKER" not in os.environ:  # as the set-up does, which not everybody runs before a test
        subprocess.run([sys.executable, ".ci/strings.py", "compile"], cwd=Path(__file__).parents[1], check=True)
    home = tempfile.TemporaryDirectory(prefix="layerlight-tests-")
    # Matplotlib looks through all fonts, for seconds, where nobody has noted them: once for all processes of a run.
    if "PYTEST_XDIST_WORKER" not in os.environ:
        os.environ["MPLCONFIGDIR"] = str(Path(home.name) / "matplotlib")
    os.environ |= {
        "QT_QPA_PLATFORM": "offscreen",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_NUM_INTRAOP_THREADS": "1",  # between threads small steps take twice as long, and each process has a core
        "TF_NUM_INTEROP_THREADS": "1",
        "MPLBACKEND": "agg",
        "MALLOC_ARENA_MAX": "2",  # read when a process starts: these three let it return what it has freed
        "MALLOC_MMAP_THRESHOLD_": str(2**23),
        "MALLOC_TRIM_THRESHOLD_": str(2**25),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "HOME": home.name,
    }
    if hasattr(time, "tzset"):
        time.tzset()
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # which `nohup` ignores
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell ignores for what it starts with &
    return home


# empty, and gone at the end: Keras' settings and copy of MNIST in the true one are none of the tests' business
_home = _same_everywhere()

leave_sources_alone()
leave_classes_alone()

gc.disable()  # what widgets leave must not be collected by the engine's thread of some later test


MANY_STEPS = "engine.analysis.warmup.job"  # its many small steps make XLA pay in the tests too


# what the tests call a few times in all: to trace it takes as long as a hundred calls
FEW_CALLS = ("Evaluation._slice", "Painter._seen")


def without_xla(function, signature=None, *, jit_compile=False, **options):
    """Make a TensorFlow function without XLA, which compiles for seconds and keeps what it has compiled for good."""
    if function.__qualname__ in FEW_CALLS:
        return function
    _improve_nothing()
    jit_compile = jit_compile and function.__module__ == MANY_STEPS
    return lazy.tf.__getattr__("function")(function, signature, jit_compile=jit_compile, **options)


@functools.cache
def _improve_nothing():
    """Let TensorFlow take its graphs as they are: to improve one takes a third of the time until its first call."""
    lazy.tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})


# bytes that a process with TensorFlow, Qt and the tests' data may come to; 2.0 GiB were measured
MEMORY_PER_PROCESS = 3 * 1024**3


def pytest_addoption(parser):
    parser.addoption("--order", type=int, help="shuffle modules, and the tests in each, by this seed")
    parser.addoption("--xla", action="store_true", help="compile with XLA what the program compiles with it")


def pytest_configure(config):
    if not config.option.xla:
        lazy.tf.function = without_xla


@pytest.hookimpl(wrapper=True)  # before Hypothesis reads the program, and after what is deselected
def pytest_collection_modifyitems(config, items):
    """Import TensorFlow, for which the first window would wait, give XLA to the tests that are marked, and shuffle.

    Each module's tests stay together: what its fixtures make is not made twice.
    """
    _keep_examples_as_they_are()
    yield
    _import_tensorflow()
    for item in items:
        if item.get_closest_marker("xla"):
            item.fixturenames.insert(0, "with_xla")
    if config.option.order is not None:
        place = random.Random(config.option.order)
        modules = {item.path: place.random() for item in items}
        items.sort(key=lambda item: (modules[item.path], place.random()))


def _keep_examples_as_they_are():
    """Let Hypothesis try no literals of the program's modules: to read them all takes each process three seconds.

    A test would have other examples whenever a literal changes, and after other tests that import more modules.
    """
    if providers := sys.modules.get("hypothesis.internal.conjecture.providers"):
        providers.is_local_module_file = lambda path: False


def _import_tensorflow():
    """Keras takes along what it finds of these two, which costs a second and 90 MB: the few tests that use them do."""
    found_by_keras = [name for name in ("matplotlib", "sklearn") if name not in sys.modules]
    sys.modules.update(dict.fromkeys(found_by_keras))  # `None`: they cannot be imported
    lazy.tf.__getattr__("version")
    for name in found_by_keras:
        del sys.modules[name]


def pytest_xdist_auto_num_workers(config):
    """As many processes as there are cores and memory for; none beside this one where output is to be seen."""
    if config.option.capture == "no":
        return 0  # xdist throws away what its processes print
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    count = min(cores, _memory() // MEMORY_PER_PROCESS)
    return count if count > 1 else 0


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable():
    """Let xdist hear of a failure in whose text a path that is not UTF-8 stands: it sends only what can be encoded."""
    return _encodable((yield))


def _encodable(value):
    """The same plain value with lone surrogates in its words written out."""
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, dict):
        return {_encodable(key): _encodable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_encodable, value))
    return value


def _memory():
    """Bytes of memory of this machine; one process's where the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return MEMORY_PER_PROCESS


def _resident():
    """Bytes of memory that this process has now; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _read_once(opening_sample):
    """The sample is unpacked for the first who wants it, and there for all others: nobody can write to it."""
    read = []

    @functools.wraps(opening_sample)
    def opening():
        if not read:
            read.append((yield from opening_sample()))
        return read[0]

    return opening


sample.opening_sample = _read_once(sample.opening_sample)


@pytest.fixture
def with_xla():
    """Let a test use it, and nothing that was compiled without."""
    if "function" not in vars(lazy.tf):
        yield
        return
    plain = vars(lazy.tf).pop("function")
    forget_learners()
    yield
    forget_learners()
    lazy.tf.function = plain


# bytes by which a process may grow before all garbage is looked for: arrays and graphs hang on few objects
GROWTH = 192 * 1024**2

_size_before = 0


def _forget_what_is_kept():
    """Clear the caches of the program, which keeps what there is room for: of the full MNIST alone 170 MB.

    A kind of network takes 9 MB, 3 of which Keras and TensorFlow keep for ever unless they are asked to forget.
    """
    for each in gc.get_objects():
        if issubclass(type(each), Cache):
            each.clear()
    for function in (painter, compiled_network, traced):
        function.cache_clear()
    lazy.keras.backend.clear_session(free_memory=False)


@pytest.fixture(autouse=True)
def garbage_is_collected_on_the_main_thread():
    """Collect what is due, and from time to time all; what is left then is not looked through again.

    Else each window that a test makes would have all objects of TensorFlow, Qt and pytest looked through, for up to a
    second.
    """
    global _size_before
    yield
    collect_what_is_due()
    if _resident() > _size_before + GROWTH:
        if "tensorflow" in sys.modules:
            _forget_what_is_kept()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # an earlier test left it open, not this one
            gc.collect()
        gc.freeze()
        give_back()
        _size_before = _resident()


_number = itertools.count()


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory, monkeypatch):
    """Let no test see or touch what the user of this machine has in Layerlight's folders."""
    folder = tmp_path_factory.getbasetemp() / "folders" / str(next(_number))
    folder.mkdir(parents=True)
    for name in ("CONFIG", "STATE", "CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(folder / name.lower()))
    monkeypatch.delenv("LAYERLIGHT_DATA", raising=False)  # `full_mnist` has read it before
