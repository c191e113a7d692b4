"""A film that is written in a process of its own, while the window paints further frames and the engine works.

To compress a frame takes as long as to paint it, and Python's lock would make the window wait.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import queue
import subprocess
import threading
from pathlib import Path
from typing import NamedTuple

from engine.core.errors import UserError
from engine.core.machine.atomic import remove_leftovers
from engine.core.machine.beside import start_beside
from engine.export.film.settings import FilmFile

PROGRAM = ["-m", "engine.export.film.child"]


class Written(NamedTuple):
    """The film is there, and how large it is."""

    bytes: int


class FilmProcess:
    """Writes one film. No method but `join` waits; threads of its own talk with the process and know only its pipes."""

    def __init__(self, path: Path, film: FilmFile) -> None:
        self._path, self._film = path, film
        self.given = 0
        """How many frames were handed in."""
        self.done = 0
        """How many of them are in the film."""
        self.outcome: Written | UserError | RuntimeError | None = None
        """What became of it, once it has `ended`; `None` for a film that was given up. A `RuntimeError` is a bug."""
        self.ended = False
        """Whether the process is gone, and with it all that it may have left."""
        self._frames: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_wanted = True
        self._thread = threading.Thread(target=self._work, name="film", daemon=True)
        self._thread.start()

    @property
    def id(self) -> int | None:
        """The number of the process; `None` until there is one."""
        return self._process.pid if self._process else None

    @property
    def waiting(self) -> int:
        """How many frames wait to be compressed."""
        return self.given - self.done

    def add(self, frame: bytes) -> None:
        """Hand in the next frame: four bytes a pixel, blue, green, red and none, row by row."""
        self.given += 1
        self._frames.put(frame)

    def close(self) -> None:
        """Give the film up, unless it is there already; nothing is left of it as soon as it has `ended`."""
        with self._lock:
            self._is_wanted = False
            if self._process is not None:
                self._process.kill()

    def join(self, seconds: float) -> None:
        """Wait until it has ended."""
        self._thread.join(seconds)

    # On its own threads -------------------------------------------------------------------------------------------

    def _work(self) -> None:
        try:
            process = self._start()
        except OSError as error:
            process, self.outcome = None, RuntimeError(f"No film was written: {error}.")
        if process is not None:
            talking = threading.Thread(target=self._talk, args=(process,), name="frames", daemon=True)
            talking.start()
            outcome: Written | UserError | RuntimeError | None = self._hear(process)
            self._frames.put(None)
            talking.join()
            if outcome is None:
                remove_leftovers(self._path.resolve().parent, ended=process.pid)
                if self._is_wanted:
                    outcome = RuntimeError(
                        f"No film was written; the process ended with {process.returncode}."
                    )
            self.outcome = outcome
        self.ended = True

    def _start(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if not self._is_wanted:
                return None
            self._process = start_beside(PROGRAM, errors=subprocess.DEVNULL)
            return self._process

    def _talk(self, process: subprocess.Popen[bytes]) -> None:
        """Say what is wanted, and hand the frames on until there are none any more."""
        pipe = process.stdin
        assert pipe is not None
        wanted = {"path": str(self._path.absolute()), **dataclasses.asdict(self._film)}
        with contextlib.suppress(OSError):  # it has ended; what it said last tells why
            pipe.write(f"{json.dumps(wanted)}\n".encode())
            pipe.flush()
            while (frame := self._frames.get()) is not None:
                pipe.write(frame)
                pipe.flush()
        with contextlib.suppress(OSError):
            pipe.close()

    def _hear(self, process: subprocess.Popen[bytes]) -> Written | UserError | None:
        """Take in what the process tells, until it has ended."""
        pipe = process.stdout
        assert pipe is not None
        outcome: Written | UserError | None = None
        for line in pipe:
            if not line.endswith(b"\n"):
                break  # it was ended while it spoke
            told = json.loads(line)
            if "done" in told:
                self.done = told["done"]
            elif "bytes" in told:
                self.done, outcome = self._film.count, Written(told["bytes"])
            else:
                outcome = UserError(told["refused"][0], hint=told["refused"][1])
        process.wait()
        pipe.close()
        return outcome
