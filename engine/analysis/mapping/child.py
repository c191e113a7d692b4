"""The process that makes a t-SNE map: it reads vectors and writes maps. It imports NumPy and nothing heavier.

In: a line of JSON (`settings`, `shape`, `former`, `part`), then as float32 the vectors, the points of a former map if
there is one, and the points and motion of a part to continue from. Out: for each map a `HEAD`, then its points and
their motion.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
import sys
import time
from typing import Any, BinaryIO

import numpy as np

from engine.analysis.mapping.settings import MapSpec
from engine.analysis.mapping.tsne import Progress, tsne
from engine.core.lazy import Array
from engine.core.machine.beside import stand_back

# The share of the neighbours that are found; iterations done and in total; the number of points that follow, with as
# many last steps and gains.
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
    content = file.read(4 * int(np.prod(shape)))
    return np.frombuffer(content, np.float32).reshape(shape)


def _write(file: BinaryIO, progress: Progress) -> None:
    points, motion = progress.points, progress.motion
    count = 0 if points is None else len(points)
    file.write(HEAD.pack(progress.found, progress.done, progress.total, count))
    if points is not None and motion is not None:
        file.write(points.tobytes())
        file.write(motion.tobytes())
    file.flush()


if __name__ == "__main__":
    main()
