"""A t-SNE map that is computed in a process of its own, which can be killed at once."""
# In a thread a step, of up to a second, would hold Python's lock. The t-SNE is our own: scikit-learn's can neither be
# followed nor started from another map, and openTSNE takes 71 s on two cores where scikit-learn takes 44.

from __future__ import annotations

import json
import subprocess
import threading

import numpy as np

from engine.analysis.mapping.child import HEAD
from engine.analysis.mapping.settings import MapSpec
from engine.analysis.mapping.tsne import Progress
from engine.core.lazy import Array
from engine.core.machine.beside import start_beside

PROGRAM = ["-m", "engine.analysis.mapping.child"]


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
        self._process = start_beside(PROGRAM, errors=subprocess.PIPE)
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
        self._process.kill()
        self._thread.join()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None and not pipe.closed:
                pipe.close()

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
