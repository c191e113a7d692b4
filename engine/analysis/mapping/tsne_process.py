"""A t-SNE map that is computed in a process of its own, which can be killed at once.

In: a line of JSON (`settings`, `shape`, `former`, `part`), then as float32 the vectors, the points of a former map if
there is one, and the points and motion of a part to continue from. Out: for each map a `HEAD`, then its points and
their motion. The process imports NumPy and nothing heavier.
"""

import contextlib
import json
import os
import struct
import subprocess
import sys
import threading
import time
from typing import Any, BinaryIO

import numpy as np

from engine.analysis.mapping.settings import MapSpec
from engine.analysis.mapping.tsne import Progress, tsne
from engine.core.lazy import Array
from engine.core.machine.beside import stand_back, start_beside


class TsneProcess:
    """Makes one map. Call `close` in any case; after it no process, thread or pipe of it is left."""

    def __init__(
        self, vectors: Array, spec: MapSpec, former: Array | None = None, part: Progress | None = None
    ) -> None:
        """Start as `tsne` does, or continue from a part that was returned before."""
        motion = () if part is None else (part.points, part.motion)
        self._request = json.dumps(
            {
                "settings": spec.as_dict(),
                "shape": vectors.shape,
                "former": former is not None,
                "part": part and part[:3],
            }
        )
        self._arrays = [array for array in (vectors, former, *motion) if array is not None]
        self._process = start_beside(__name__, errors=subprocess.PIPE)
        self._news = threading.Condition()
        self._newest: Progress | None = None
        self._ended = False
        self._thread = threading.Thread(target=self._communicate, name="map", daemon=True)
        self._thread.start()

    @property
    def id(self) -> int:
        """The number of the process."""
        return self._process.pid

    def newest(self, seconds: float = 0.0) -> Progress | None:
        """Return the newest map, once, or `None` after `seconds`; raise `RuntimeError` if the process has failed."""
        with self._news:
            if self._newest is None and not self._ended:
                self._news.wait(seconds)
            progress, self._newest = self._newest, None
            ended = self._ended
        if progress is None and ended:
            pipe = self._process.stderr
            errors = pipe.read().decode(errors="replace") if pipe is not None and not pipe.closed else ""
            raise RuntimeError(f"No map was made.\n{errors}")
        return progress

    def close(self) -> None:
        """Kill the process."""
        with self._process:  # which waits for it and closes its pipes
            self._process.kill()
            self._thread.join()

    def _communicate(self) -> None:
        """Send the request and receive the maps, on a thread of its own that uses only the pipes."""
        try:
            pipe = self._process.stdin
            assert pipe is not None
            with pipe:
                pipe.write(f"{self._request}\n".encode())
                for array in self._arrays:
                    pipe.write(np.ascontiguousarray(array, np.float32).data)
            while (progress := self._receive()) is not None:
                with self._news:
                    self._newest = progress
                    self._news.notify()
        except OSError:
            pass  # it was killed, or ended by itself: `newest` raises
        with self._news:
            self._ended = True
            self._news.notify()

    def _receive(self) -> Progress | None:
        pipe = self._process.stdout
        assert pipe is not None
        head = pipe.read(HEAD.size)
        if len(head) < HEAD.size:
            return None
        found, done, total, count = HEAD.unpack(head)
        content = pipe.read(3 * 8 * count)
        if len(content) < 3 * 8 * count:
            return None
        if not count:
            return Progress(found, done, total, None)
        numbers = np.frombuffer(content, np.float32).reshape(3, count, 2)
        return Progress(found, done, total, numbers[0], numbers[1:])


# The share of neighbours found; iterations done and in total; the number of points that follow, and of steps and gains.
HEAD = struct.Struct("<dqqq")
PERIOD_SECONDS = 0.08  # minimum interval between two maps; the last one is always written
NICE = 10  # below the training and the window


def main() -> None:
    """Read a request from stdin, write maps to stdout until the last one, or until nobody reads them any more."""
    stand_back(NICE)
    request = json.loads(sys.stdin.buffer.readline())
    vectors = read_array(sys.stdin.buffer, request["shape"])
    former = read_array(sys.stdin.buffer, (len(vectors), 2)) if request["former"] else None
    part = None
    if request["part"]:
        points, *motion = read_array(sys.stdin.buffer, (3, len(vectors), 2))
        found, done, total = request["part"]
        part = Progress(found, done, total, points, np.stack(motion))
    due = 0.0
    with contextlib.suppress(BrokenPipeError):
        for progress in tsne(vectors, MapSpec.from_dict(request["settings"]), former, part):
            if time.monotonic() >= due or progress.done == progress.total:
                _write(sys.stdout.buffer, progress)
                due = time.monotonic() + PERIOD_SECONDS
        return
    os._exit(0)  # at a normal exit Python would report that the rest cannot be written


def read_array(file: BinaryIO, shape: Any) -> Array:
    """Read float32 numbers of that shape."""
    return np.frombuffer(file.read(4 * int(np.prod(shape))), np.float32).reshape(shape)


def _write(file: BinaryIO, progress: Progress) -> None:
    points, motion = progress.points, progress.motion
    count = 0 if points is None else len(points)
    file.write(HEAD.pack(progress.found, progress.done, progress.total, count))
    if points is not None and motion is not None:
        file.write(points.tobytes())
        file.write(motion.tobytes())
    file.flush()
