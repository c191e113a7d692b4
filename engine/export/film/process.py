"""A film that is written in a process of its own, while the window paints further frames and the engine works."""
# Compressing a frame takes as long as painting it, during which Python's lock would stop the window.

import contextlib
import dataclasses
import json
import queue
import subprocess
import threading
from pathlib import Path

from engine.core.errors import UserError
from engine.core.language import tr
from engine.core.machine.atomic import check_ordinary, check_place, remove_leftovers, saving
from engine.core.machine.beside import start_beside
from engine.core.messages import Job, Message
from engine.export.film.settings import FilmFile, check_kind
from engine.session.jobs.export import keep_inputs
from engine.session.session import Session


class FilmAllowed(Message):
    """A film may be written to the path."""

    path: Path


def ask_film(session: Session, path: Path) -> Job:
    """Answer with `FilmAllowed`; raise `UserError` if none can be written there, or it would replace an open file."""
    check_kind(path)
    keep_inputs(session, path)
    check_place(path)
    with saving(path):
        check_ordinary(path)
    yield FilmAllowed(path=path)


class FilmProcess:
    """Writes one film. No method but `join` waits: threads of its own, which know only pipes, talk with the process."""

    def __init__(self, path: Path, film: FilmFile) -> None:
        self._path, self._film = path, film
        self.added = 0  # number of frames added
        self.done = 0  # number of frames that are in the film
        # The film's bytes, once it has `ended`; `None` for one that was cancelled. A `RuntimeError` is a bug.
        self.outcome: int | UserError | RuntimeError | None = None
        self.ended = False  # whether the process is gone, with its temporary files
        self._frames: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_wanted = True
        self._thread = threading.Thread(target=self._work, name="film", daemon=True)
        self._thread.start()

    @property
    def id(self) -> int | None:
        """The number of the process; `None` before it starts."""
        return self._process.pid if self._process else None

    @property
    def waiting(self) -> int:
        """The number of frames that wait to be compressed."""
        return self.added - self.done

    def add(self, frame: bytes) -> None:
        """Add the next frame: four bytes a pixel, blue, green, red and unused, row by row."""
        self.added += 1
        self._frames.put(frame)

    def close(self) -> None:
        """Cancel the film, unless it is complete; its files are removed by the time it has `ended`."""
        with self._lock:
            self._is_wanted = False
            if self._process is not None:
                self._process.kill()

    def join(self, seconds: float) -> None:
        """Wait until it has ended."""
        self._thread.join(seconds)

    def _work(self) -> None:
        try:
            process = self._start()
        except OSError as error:
            process, self.outcome = None, RuntimeError(tr("No film was written: {reason}.", reason=error))
        if process is not None:
            sending = threading.Thread(target=self._send, args=(process,), name="frames", daemon=True)
            sending.start()
            outcome: int | UserError | RuntimeError | None = self._receive(process)
            self._frames.put(None)
            sending.join()
            if outcome is None:
                remove_leftovers(self._path.resolve().parent, ended=process.pid)
                if self._is_wanted:
                    status = process.returncode
                    outcome = RuntimeError(tr("No film was written; the process ended with {status}.", status=status))
            self.outcome = outcome
        self.ended = True

    def _start(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if not self._is_wanted:
                return None
            self._process = start_beside("engine.export.film.child", errors=subprocess.DEVNULL)
            return self._process

    def _send(self, process: subprocess.Popen[bytes]) -> None:
        """Write the request, then the frames until `None` comes."""
        pipe = process.stdin
        assert pipe is not None
        request = {"path": str(self._path.absolute()), **dataclasses.asdict(self._film)}
        with contextlib.suppress(OSError):  # it has ended; its last message tells why
            pipe.write(f"{json.dumps(request)}\n".encode())
            pipe.flush()
            while (frame := self._frames.get()) is not None:
                pipe.write(frame)
                pipe.flush()
        with contextlib.suppress(OSError):
            pipe.close()

    def _receive(self, process: subprocess.Popen[bytes]) -> int | UserError | None:
        pipe = process.stdout
        assert pipe is not None
        outcome: int | UserError | None = None
        for line in pipe:
            if not line.endswith(b"\n"):
                break  # it was killed while it wrote
            message = json.loads(line)
            if "done" in message:
                self.done = message["done"]
            elif "bytes" in message:
                self.done, outcome = self._film.count, message["bytes"]
            else:
                outcome = UserError(message["refused"][0], hint=message["refused"][1])
        process.wait()
        pipe.close()
        return outcome
