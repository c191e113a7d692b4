"""What all tests share."""

import gc
import os

import pytest

from gui.garbage import collect_what_is_due

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

gc.disable()  # what widgets leave must not be collected by the engine's thread of some later test

MEMORY_PER_PROCESS = 4 * 1024**3
"""Bytes that a process with TensorFlow, Qt and the tests' data may come to."""


def pytest_xdist_auto_num_workers(config):
    """As many processes as there are cores and memory for; none beside this one where output is to be seen."""
    if config.option.capture == "no":
        return 0  # xdist throws away what its processes print
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    count = min(cores, _memory() // MEMORY_PER_PROCESS)
    return count if count > 1 else 0


def _memory():
    """Bytes of memory of this machine; one process's where the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return MEMORY_PER_PROCESS


@pytest.fixture(autouse=True)
def garbage_is_collected_on_the_main_thread():
    yield
    collect_what_is_due()


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory, monkeypatch):
    """Let no test see or touch what the user of this machine has in Layerlight's folders."""
    folder = tmp_path_factory.mktemp("folders")
    for name in ("CONFIG", "STATE", "CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(folder / name.lower()))
