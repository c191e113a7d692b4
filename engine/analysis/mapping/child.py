"""The process of its own that makes a t-SNE map: vectors come in, maps go out. It imports NumPy and nothing heavier.

In: a line of JSON (`settings`, `shape`, `former`, `part`), then the vectors and, where there is a former map, its
points, and where it goes on from a part, the points of that and their motion, as float32. Out: for each map a `HEAD`,
then the points and their motion.
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
from engine.core.array import Array
from engine.core.machine.beside import stand_back

HEAD = struct.Struct("<dqqq")
"""What part of the neighbours is found; iterations done and in all; how many points follow, with as many last steps and
gains."""

PERIOD_SECONDS = 0.08
"""Minimum interval in seconds between two maps that go out; the last one always goes."""

NICE = 10
"""How far it stands back behind the training and the window."""


def main() -> None:
    """Read what is wanted from stdin, write maps to stdout until the last one, or nobody reads them any more."""
    stand_back(NICE)
    wanted = json.loads(sys.stdin.buffer.readline())
    vectors = read_array(sys.stdin.buffer, wanted["shape"])
    former = read_array(sys.stdin.buffer, (len(vectors), 2)) if wanted["former"] else None
    part = None
    if wanted["part"]:
        points, *motion = read_array(sys.stdin.buffer, (3, len(vectors), 2))
        found, done, total = wanted["part"]
        part = Progress(found, done, total, points, np.stack(motion))
    due = 0.0
    with contextlib.suppress(BrokenPipeError):
        for progress in tsne(vectors, MapSpec.from_dict(wanted["settings"]), former, part):
            if time.monotonic() >= due or progress.done == progress.total:
                _write(sys.stdout.buffer, progress)
                due = time.monotonic() + PERIOD_SECONDS
        return
    os._exit(0)  # Python would complain that what is left cannot be written


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
