"""Memory: how much this process may still allocate, and returning freed heap memory to the system."""

import ctypes
import math
import sys
from collections.abc import Iterator
from pathlib import Path

# Shares of the free memory: work that needs more than the first is asked about, more than the second is refused. The
# rest is a reserve, as free memory varies, and a system without any kills processes.
ASKED_SHARE, MOST_SHARE = 0.5, 0.8


def give_back() -> None:
    """Return fragmented heap memory to the operating system; takes some milliseconds.

    glibc keeps free memory below any block that is still used: some 50 MB after TensorFlow has compiled a training
    step, which needs much memory once. Other systems' C libraries return it themselves.
    """
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)


def free_memory(system: Path = Path("/")) -> int | None:
    """Return how many bytes this process may still allocate; `None` where the system does not say.

    This is the minimum of the machine's available memory and what the control groups (containers) and the limit of the
    address space leave. `system` is the folder that contains proc and sys.
    """
    limits = [*_available(system), *_left_by_groups(system), *_left_by_limit(system)]
    return max(0, min(limits)) if limits else None


def _available(system: Path) -> Iterator[int]:
    for line in _lines(system / "proc/meminfo"):
        if line.startswith("MemAvailable:"):
            yield int(line.split()[1]) * 1024


def _left_by_groups(system: Path) -> Iterator[int]:
    """Yield what each control group of this process leaves, of version 2 and of version 1."""
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
        for folder in (group, *group.parents):  # in a container, the path may be the one outside of it
            limit, used = (_number(folder / name) for name in names[:2])
            if limit is not None and used is not None:
                yield limit - used + _cache(folder, names[2])
            if folder == top:
                break


def _cache(folder: Path, name: str) -> int:
    """Return the bytes of cached files, which the system frees when memory is needed."""
    fields = (line.split() for line in _lines(folder / "memory.stat"))
    return next((int(value) for key, value in fields if key == name), 0)


def _left_by_limit(system: Path) -> Iterator[int]:
    if sys.platform == "win32":
        return
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY:
        for line in _lines(system / "proc/self/status"):
            if line.startswith("VmSize:"):
                yield limit - int(line.split()[1]) * 1024


def _number(file: Path) -> int | None:
    """Return the number in a file; `None` where there is none, or where it is too large to be a limit."""
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
