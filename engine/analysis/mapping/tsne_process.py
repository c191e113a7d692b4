"""A t-SNE map that is computed in a process of its own, while the caller does other work.

Its single steps take a second where the machine is busy, and Python's lock would make training, pen and window wait.
A process stands back behind all of them, and ends at once when it is no longer wanted.
"""

from __future__ import annotations

import json
import subprocess
import threading

import numpy as np

from engine.analysis.mapping.child import HEAD
from engine.analysis.mapping.settings import MapSpec
from engine.analysis.mapping.tsne import Progress
from engine.core.array import Array
from engine.core.machine.beside import start_beside

PROGRAM = ["-m", "engine.analysis.mapping.child"]


class TsneProcess:
    """Makes one map. `close` must be called; after it nothing of it is left."""

    def __init__(
        self, vectors: Array, spec: MapSpec, former: Array | None = None, part: Progress | None = None
    ) -> None:
        """Start as `tsne` does, or continue from a part that was returned before."""
        begun = () if part is None else (part.points, part.motion)
        self._wanted = json.dumps(
            {
                "settings": spec.as_dict(),
                "shape": vectors.shape,
                "former": former is not None,
                "part": part and part[:3],
            }
        )
        self._arrays = [array for array in (vectors, former, *begun) if array is not None]
        self._process = start_beside(PROGRAM, errors=subprocess.PIPE)
        self._news = threading.Condition()
        self._newest: Progress | None = None
        self._ended = False
        self._thread = threading.Thread(target=self._talk, name="map", daemon=True)
        self._thread.start()

    @property
    def id(self) -> int:
        """The number of the process."""
        return self._process.pid

    def newest(self, seconds: float = 0.0) -> Progress | None:
        """Return the newest map, once; `None` if there is none within `seconds`.

        Raises `RuntimeError` when the process has ended without a finished map.
        """
        with self._news:
            if self._newest is None and not self._ended:
                self._news.wait(seconds)
            found, self._newest = self._newest, None
            ended = self._ended
        if found is None and ended:
            raise RuntimeError(f"No map was made.\n{self._complaint()}")
        return found

    def close(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._thread.join()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None and not pipe.closed:
                pipe.close()

    def _talk(self) -> None:
        """Run on a thread of its own, which knows only these pipes: send the request, receive the maps."""
        try:
            self._say()
            while (progress := self._hear()) is not None:
                with self._news:
                    self._newest = progress
                    self._news.notify()
        except OSError:
            pass  # it was ended meanwhile, or ended by itself: `newest` tells
        with self._news:
            self._ended = True
            self._news.notify()

    def _say(self) -> None:
        pipe = self._process.stdin
        assert pipe is not None
        with pipe:
            pipe.write(f"{self._wanted}\n".encode())
            for array in self._arrays:
                pipe.write(np.ascontiguousarray(array, np.float32).data)

    def _hear(self) -> Progress | None:
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

    def _complaint(self) -> str:
        pipe = self._process.stderr
        return pipe.read().decode(errors="replace") if pipe is not None and not pipe.closed else ""
