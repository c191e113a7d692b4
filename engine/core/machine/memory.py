"""Memory: how much this process may still allocate, and returning freed heap memory to the system."""

import ctypes
import re
import sys
from collections.abc import Iterator
from pathlib import Path

# Shares of the free memory: work that needs more than the first is asked about, more than the second is refused. The
# rest is a reserve, as free memory varies, and a system without any kills processes.
ASKED_SHARE, MOST_SHARE = 0.5, 0.8

# Where a library of TensorFlow has its code, and its first part, with symbols and constants: nothing writes there.
# Only libraries that stay for good: other files may be gone, and something else be there, when they are unmapped.
READ_ONLY = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) (?:r-xp \S+|r--p 0+) \S+ \d+ +/.*/tensorflow/.*\.so", re.MULTILINE)
MADV_DONTNEED = 4


def give_back() -> None:
    """Return fragmented heap memory to the operating system; takes some milliseconds.

    glibc keeps free memory below any block that is still used: some 50 MB after TensorFlow has compiled a training
    step, which needs much memory once. Other systems' C libraries return it themselves.
    """
    if sys.platform.startswith("linux"):
        getattr(ctypes.CDLL(None), "malloc_trim", lambda _: 0)(0)  # musl has none


def unmap_libraries() -> None:
    """Unmap TensorFlow's libraries until they are used again; takes some milliseconds.

    Linking and initialising them maps 430 MB, of which a training uses a third. A page that is used again comes from
    the system's cache of files.
    """
    for start, end in READ_ONLY.findall("\n".join(_lines(Path("/proc/self/maps")))):  # Linux has this file
        first = int(start, 16)
        ctypes.CDLL(None).madvise(ctypes.c_void_p(first), ctypes.c_size_t(int(end, 16) - first), MADV_DONTNEED)


def give_all_back() -> None:
    """Return free heap memory and unmap libraries, as neither is needed soon."""
    give_back()
    unmap_libraries()


def free_memory(system: Path = Path("/")) -> int | None:
    """Return how many bytes this process may still allocate; `None` where the system does not say.

    This is the minimum of the machine's available memory and what the control groups (containers) and the limit of the
    address space leave. `system` is the folder that contains proc and sys.
    """
    available = _sizes(system / "proc/meminfo", "MemAvailable:")  # no text
    limits = [*available, *_left_by_groups(system), *_left_by_limit(system)]

    return max(0, min(limits)) if limits else None


def _sizes(file: Path, name: str) -> Iterator[int]:
    return (int(line.split()[1]) * 1024 for line in _lines(file) if line.startswith(name))


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
        yield from (limit - size for size in _sizes(system / "proc/self/status", "VmSize:"))


def _number(file: Path) -> int | None:
    """Return the number in a file; `None` where there is none, or where it is too large to be a limit."""
    text = "".join(_lines(file)[:1]).strip()
    return int(text) if text.isdigit() and int(text) <= 2**60 else None


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text("ascii", "replace").splitlines()
    except OSError:
        return []
