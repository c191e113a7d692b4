"""Download of a data set in turns: a child process talks to the servers and is killed when nothing arrives.

In Python, a name look-up, a TLS handshake or a trickling header cannot be interrupted, but a process can be killed. So
one clock in the job is the time-out of all of these. The next download continues with the received data.
"""

import contextlib
import json
import queue
import subprocess
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.machine.beside import start_beside
from engine.data.download.catalogue import KnownSet
from engine.data.download.download_child import LOCK, is_right
from engine.data.formats.reading import DOWNLOADING, WAITING, DatasetReading, Reading

PATIENCE = 10.0  # seconds without progress after which a set is given up; its mirrors share them
START_SECONDS = 5.0  # time-out of the process' first message; patience begins then
LEAST = 2**14  # bytes that count as progress: a byte a second would hold up a download for a year
WAIT_SECONDS, ALONE_SECONDS = 0.008, 0.001  # a turn waits so long if no other job had a turn since
RATE_SECONDS = 1.0  # measuring time before the remaining time is estimated

OTHER_WAYS = mark("Try again later, or open a file, a folder of pictures or the sample instead.")


def has_files(folder: Path, known: KnownSet) -> bool:
    """Whether the exact files of a set that is recognised by its files are in a folder. All are read."""
    return all(
        file.packed and (folder / file.name).is_file() and is_right(folder / file.name, file) for file in known.files
    )


def forget(known: KnownSet) -> None:
    """Remove the downloaded files of a set; raises `OSError`."""
    for name in known.kept:
        (known.folder / name).unlink(missing_ok=True)


def tidy(known: KnownSet) -> None:
    """Remove the incomplete files of a set of which there is another copy, unless a download is running."""
    with contextlib.suppress(OSError, Timeout), FileLock(known.folder / LOCK, timeout=0):
        for part in known.parts:
            part.unlink(missing_ok=True)


def downloading(known: KnownSet, patience: float | None = None) -> Reading[Path]:
    """Download a set in turns and return its folder, at once where it exists; yield `DatasetReading` or `None`.

    If all mirrors fail, the `UserError` has the reason of the first one. `patience` is `PATIENCE` by default.
    """
    seconds = (PATIENCE if patience is None else patience) / len(known.mirrors)
    failures = []
    for mirror in known.mirrors:
        failed = yield from _from_mirror(known, mirror, seconds)
        if not failed:
            return known.folder
        failures.append(failed)
    raise UserError(
        tr("{data} cannot be downloaded: {reason}.", data=known.title, reason=failures[0]), hint=tr(OTHER_WAYS)
    )


def _from_mirror(known: KnownSet, mirror: str, patience: float) -> Reading[str]:
    """Download a set from one mirror; return "", or the mirror's failure in words."""
    child, progress = _Child(known, mirror), Coming(known, patience)
    try:
        left = time.monotonic()
        while True:
            alone = time.monotonic() - left < ALONE_SECONDS
            message = child.newest(WAIT_SECONDS if alone else 0.0)
            if "ready" in message:
                return ""
            if "failed" in message:
                return str(message["failed"])
            if "refused" in message:
                sentence, hint = message["refused"]
                raise UserError(sentence, hint=hint)
            if "ended" in message:
                raise RuntimeError(f"The process that downloads ended with {message['ended']}.\n{child.complaint}")
            if progress.stands_still(message):
                return tr("{mirror} sends nothing, or next to nothing", mirror=urlsplit(mirror).hostname)
            left = time.monotonic()
            yield progress.message() if message else None
    finally:
        child.close()


class Coming:
    """How much has been received, and how fast."""

    def __init__(self, known: KnownSet, patience: float) -> None:
        self._known, self._patience = known, patience
        self._done, self._seen, self._moved = 0, 0, time.monotonic() + START_SECONDS
        self._first: tuple[float, int] | None = None
        self._waits = False

    def stands_still(self, message: dict[str, Any]) -> bool:
        """Note a message of the child; return whether too little has arrived for too long."""
        now = time.monotonic()
        if message:
            self._moved, self._waits = min(self._moved, now), "waits" in message
        if self._waits:
            self._moved = now
        elif "done" in message:
            self._done, seen = message["done"], message["done"] + message["checked"]
            if self._first is None and self._done:
                self._first = now, self._done
            if not self._seen <= seen < self._seen + LEAST:
                self._seen, self._moved = seen, now
        return now - self._moved > self._patience

    def message(self) -> DatasetReading:
        """Return the progress as a message."""
        return DatasetReading(
            file=self._known.title,
            share=min(1.0, self._done / self._known.size),
            act=WAITING if self._waits else DOWNLOADING,
            left=self._left(),
        )

    def _left(self) -> float | None:
        if self._first is None:
            return None
        began, at = self._first
        seconds, came = time.monotonic() - began, self._done - at
        return seconds / came * (self._known.size - self._done) if came > 0 and seconds > RATE_SECONDS else None


class _Child:
    """The process that downloads. `close` must be called and ends it."""

    def __init__(self, known: KnownSet, mirror: str) -> None:
        wanted = {"base": mirror, "folder": str(known.folder), "files": known.files, "members": known.members}
        self.complaint = ""  # the traceback of a bug, once the process has ended
        self._process = start_beside("engine.data.download.download_child", errors=subprocess.PIPE)
        self._messages: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._talk, args=(wanted,), name="download", daemon=True)
        self._thread.start()

    def newest(self, seconds: float) -> dict[str, Any]:
        """Return the next message; nothing if none comes within `seconds`."""
        try:
            return self._messages.get(timeout=seconds) if seconds else self._messages.get_nowait()
        except queue.Empty:
            return {}

    def close(self) -> None:
        """Kill the process."""
        self._process.kill()
        self._thread.join()
        self._process.wait()

    def _talk(self, wanted: dict[str, Any]) -> None:
        """Run on a thread of its own: send the request, receive the messages."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        with process.stdout, process.stderr:
            try:
                with process.stdin as pipe:
                    pipe.write(f"{json.dumps(wanted)}\n".encode())
                for line in process.stdout:
                    if line.endswith(b"\n"):  # otherwise it was killed while it wrote
                        self._messages.put(json.loads(line))
                self.complaint = process.stderr.read().decode(errors="replace")
            except OSError:
                pass  # it was killed meanwhile
        self._messages.put({"ended": process.wait()})
