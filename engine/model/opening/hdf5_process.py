"""Reading a foreign file of Keras in a process of its own, which has little memory and time and can be killed at once.

A damaged HDF5 file can make its library crash, run for ever, or take all memory, so no other process opens one.

In: a line of JSON: the `file`, and of the weights to read the `group` and the `shapes` of each layer, with no shape for
an array that is not read, and its `name` where the group is that of several layers; without `layers` the description of
the network is read. Out: a line of JSON, with the `number` of the layer and what is `wrong` if
anything is; then the description in UTF-8, or all weights as float32. The process imports NumPy and h5py.
"""

import contextlib
import io
import json
import os
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from engine.core.lazy import Array, np
from engine.core.machine.beside import stand_back, start_beside

MOST_BYTES = 2**30  # of a file, and of what is in it
MOST_TEXT = 2**23  # bytes of a description
MEMORY, CPU_SECONDS = 2 * 2**30, 10  # limits of the process, where the system has such
SECONDS = 15.0  # from the start of the process to its answer
LONGEST_HEAD = 1000  # bytes of the first line of an answer

ARCHIVE = ("config.json", "metadata.json", "model.weights.h5")  # the members of a `.keras` file
NICE = 5  # below the training and the window

# What can be wrong with a file; the sentences are in `engine.model.opening.opening`.
DAMAGED, MEMBERS, LARGE, ELSEWHERE, MISSING, SHAPES, NO_TEXT = (
    *("damaged", "members", "large", "elsewhere", "missing", "shapes", "no text"),  # no text
)


class Hdf5Process:
    """Answers one request. Call `close` in any case; after it no process, thread or pipe of it is left."""

    def __init__(self, file: Path, layers: Sequence[Any] = (), expected: int = MOST_TEXT) -> None:
        """Start; `layers` are (group, name, shapes) of each layer, and `expected` bytes are the most that may come."""
        request = {
            "file": str(file),
            "layers": [{"group": group, "name": name, "shapes": shapes} for group, name, shapes in layers],
        }
        self._line = f"{json.dumps(request)}\n".encode()
        self._most = LONGEST_HEAD + expected
        self._ends = time.monotonic() + SECONDS
        self._answer: bytes | None = None
        self._process = start_beside(
            __name__,
            errors=subprocess.DEVNULL,
            OPENBLAS_NUM_THREADS="1",  # whose memory would count
            HDF5_PLUGIN_PRELOAD="::",  # no filter of a file loads a library
        )
        self._thread = threading.Thread(target=self._communicate, name="opening", daemon=True)
        self._thread.start()

    @property
    def is_late(self) -> bool:
        """Whether the process has taken all of its time."""
        return time.monotonic() > self._ends

    def answer(self, seconds: float) -> bytes | None:
        """Return the answer, empty if the process ended without one; `None` if there is none after `seconds`."""
        self._thread.join(seconds)
        return None if self._thread.is_alive() else self._answer or b""

    def close(self) -> None:
        """Kill the process."""
        with self._process:  # which waits for it and closes its pipes
            self._process.kill()
            self._thread.join()

    def _communicate(self) -> None:
        """Send the request and receive the answer, on a thread of its own that uses only the pipes."""
        ways_in, way_out = self._process.stdin, self._process.stdout
        assert ways_in is not None
        assert way_out is not None
        with contextlib.suppress(OSError):  # it was killed, or ended by itself
            with ways_in:
                ways_in.write(self._line)
            self._answer = way_out.read(self._most + 1)


def is_archive(path: Path) -> bool:
    """Whether a file is an archive by its suffix, with the HDF5 file as one member; else it is HDF5 itself."""
    return path.suffix.lower() == ".keras"


class _WrongError(Exception):
    """What is wrong with the file, and with which of the layers."""

    def __init__(self, wrong: str, number: int = -1) -> None:
        super().__init__(wrong)
        self.wrong, self.number = wrong, number


def main() -> None:
    """Read a request from stdin, and write the answer to stdout."""
    stand_back(NICE)
    request = json.loads(sys.stdin.buffer.readline())
    path, is_text = Path(request["file"]), not request["layers"]
    if not (is_text and is_archive(path)):
        import_module("h5py")  # before the limits: libraries take memory, too
    limit()
    answer = answered(request)
    with contextlib.suppress(BrokenPipeError):
        for part in answer:
            sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()
        return
    os._exit(0)


def answered(request: Mapping[str, Any]) -> list[bytes]:
    """Return the answer to a request: the line that it begins with, and what follows."""
    answer = list[bytes]()
    head: dict[str, Any] = {}
    try:
        with _weights_of(Path(request["file"]), is_text=not request["layers"]) as content:
            if isinstance(content, bytes):
                answer.append(content)
            else:
                with import_module("h5py").File(content, "r") as file:
                    answer += _answers(file, request["layers"])
    except _WrongError as error:
        head, answer = {"wrong": error.wrong, "number": error.number}, []
    except Exception:  # whatever zipfile, zlib and HDF5 raise for a file that is none
        head, answer = {"wrong": DAMAGED, "number": -1}, []
    return [f"{json.dumps(head)}\n".encode(), *answer]


def limit() -> None:
    """Limit the memory and the time of this process, and forbid it to write files, where the system can do that."""
    if sys.platform == "win32":
        return
    import resource

    for name, most in (
        ("RLIMIT_AS", MEMORY),
        ("RLIMIT_DATA", MEMORY),
        ("RLIMIT_CPU", CPU_SECONDS),
        ("RLIMIT_FSIZE", 0),
        ("RLIMIT_CORE", 0),
    ):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            resource.setrlimit(getattr(resource, name), (most, most))


@contextlib.contextmanager
def _weights_of(path: Path, *, is_text: bool) -> Iterator[BinaryIO | bytes]:
    """Open the HDF5 file at `path`, or the one in its archive; with `is_text` yield the description out of that."""
    with path.open("rb") as file:
        if not is_archive(path):
            yield file
            return
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if sorted(member.filename for member in members) != sorted(ARCHIVE):
                raise _WrongError(MEMBERS)
            if any(member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in members):
                raise _WrongError(DAMAGED)
            if sum(member.file_size for member in members) > MOST_BYTES:
                raise _WrongError(LARGE)
            if any(archive.getinfo(name).file_size > MOST_TEXT for name in ARCHIVE[:2]):
                raise _WrongError(LARGE)
            # Each is read to its end, where its checksum is compared.
            texts = [archive.read(name) for name in ARCHIVE[:2]]
            yield texts[0] if is_text else io.BytesIO(archive.read(ARCHIVE[2]))


def _answers(file: Any, layers: Sequence[Any]) -> list[bytes]:
    """Return the description of the network in an HDF5 file, or the weights of its layers, as bytes."""
    if not layers:
        if "model_config" not in file.attrs:
            raise _WrongError(NO_TEXT)
        text = file.attrs["model_config"]
        content = text.encode() if isinstance(text, str) else bytes(text)
        if len(content) > MOST_TEXT:
            raise _WrongError(LARGE)
        return [content]
    return [array.tobytes() for number, layer in enumerate(layers) for array in _weights(file, number, **layer)]


def _weights(
    file: Any, number: int, group: Sequence[str], name: str, shapes: Sequence[Sequence[int] | None]
) -> Iterator[Array]:
    """Yield the weights of a layer, float32; shapes and kinds are checked before any value is read."""
    import h5py

    place = _inside(file, group, number)
    if not isinstance(place, h5py.Group):
        raise _WrongError(MISSING, number)
    names = [[str(place_of)] for place_of in range(len(shapes))]
    if "weight_names" in place.attrs:  # the layout of `.h5` files
        known = [path.decode() if isinstance(path, bytes) else str(path) for path in place.attrs["weight_names"]]
        names = [path.split("/") for path in known]
        names = [parts for parts in names if not name or parts[-2:-1] == [name]]
        if len(names) != len(shapes):
            raise _WrongError(SHAPES, number)
    elif len(place) != len(shapes):
        raise _WrongError(SHAPES, number)
    for path, shape in zip(names, shapes, strict=True):
        if shape is None:
            continue
        array = _inside(place, path, number)
        if not isinstance(array, h5py.Dataset):
            raise _WrongError(MISSING, number)
        if array.is_virtual or array.id.get_create_plist().get_external_count():
            raise _WrongError(ELSEWHERE, number)
        if array.dtype.kind != "f" or array.dtype.itemsize not in (2, 4, 8) or array.shape != tuple(shape):
            raise _WrongError(SHAPES, number)
        with np.errstate(all="ignore"):
            yield np.ascontiguousarray(array[()], "<f4")


def _inside(here: Any, names: Sequence[str], number: int) -> Any:
    """Return what lies below `here` by these names, along hard links alone."""
    import h5py

    for name in names:
        link = here.get(name, getlink=True) if isinstance(here, h5py.Group) and name not in ("", ".", "..") else None
        if link is None:
            raise _WrongError(MISSING, number)
        if not isinstance(link, h5py.HardLink):
            raise _WrongError(ELSEWHERE, number)
        here = here[name]
    return here
