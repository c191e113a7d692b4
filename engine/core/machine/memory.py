"""Memory: how much of it this process may still take, and giving back what is free and still this process's."""

from __future__ import annotations

import ctypes
import functools
import math
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ASKED_SHARE, MOST_SHARE = 0.5, 0.8
"""Shares of what is free: work that takes more than the first is asked about, more than the second refused.
What is free changes, and a system without any free memory ends processes."""


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


def free_memory(system: Path = Path("/")) -> int | None:
    """Return how many bytes this process may still take; `None` where the system does not tell.

    That is the least of what the machine has available and what its control groups (containers) and its own limit of
    address space leave it. `system` is where the folders proc and sys lie.
    """
    found = [*_available(system), *_left_by_groups(system), *_left_by_limit(system)]
    return max(0, min(found)) if found else None


def _available(system: Path) -> Iterator[int]:
    for line in _lines(system / "proc/meminfo"):
        if line.startswith("MemAvailable:"):
            yield int(line.split()[1]) * 1024


def _left_by_groups(system: Path) -> Iterator[int]:
    """Yield what each of the control groups around this process leaves it, of version 2 and of version 1."""
    for line in _lines(system / "proc/self/cgroup"):
        number, controllers, path = line.split(":", 2)
        if number == "0":
            top, names = system / "sys/fs/cgroup", ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            top = system / "sys/fs/cgroup/memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        group = top / path.strip().lstrip("/")
        for folder in (group, *group.parents):  # inside a container the path may be that of the outside
            limit, used = (_number(folder / name) for name in names[:2])
            if limit is not None and used is not None:
                yield limit - used + _cache(folder, names[2])
            if folder == top:
                break


def _cache(folder: Path, name: str) -> int:
    """Return how many bytes of files are held that would be given up for anything else."""
    fields = (line.split() for line in _lines(folder / "memory.stat"))
    return next((int(value) for key, value in fields if key == name), 0)


def _left_by_limit(system: Path) -> Iterator[int]:
    if os.name != "posix":
        return
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY:
        for line in _lines(system / "proc/self/status"):
            if line.startswith("VmSize:"):
                yield limit - int(line.split()[1]) * 1024


def _number(file: Path) -> int | None:
    """Return the number in a file; `None` where there is none, or where it is so large that it means no limit."""
    lines = _lines(file)
    if not lines or not lines[0].strip().isdigit():
        return None
    number = int(lines[0])
    return None if number > math.pow(2, 60) else number


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text("ascii", "replace").splitlines()
    except OSError:
        return []
