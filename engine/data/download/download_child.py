"""The child process that downloads a data set: whatever a server does, it can be killed at once.

Input: a line of JSON with `base`, the prefix of the addresses, `folder`, and `files` and `members` of the `KnownSet`.
Output: lines of JSON: `{"done": 123, "checked": 45}`, the bytes of all files that were received and verified, or
`{"waits": true}` for another process that downloads the same set; at last `{"ready": true}`, `{"failed": "does not have
it (404)"}`, where another mirror may help, or `{"refused": [sentence, hint]}`, where none can.

A file is received into one that ends in `.part`, and a download continues there. It gets its own name once its SHA-256
is verified. The server is not trusted: neither in how much it sends nor in where it redirects to.
"""

import contextlib
import errno
import gzip
import hashlib
import http.client
import json
import math
import os
import shutil
import signal
import socket
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from filelock import FileLock, Timeout

from engine import VERSION
from engine.core.language import mark, tr
from engine.core.machine.beside import stand_back
from engine.core.machine.folders import remedy
from engine.core.machine.signals import CLOSED, known
from engine.data.download.catalogue import PART, Stored

PIECE = 2**16  # bytes per read
LOCK = ".lock"  # the lock file in a data set's folder, held by the process that downloads the set

MOST_REDIRECTS = 5
SCHEMES = ("http", "https")

PATIENCE = 15.0  # time-out of a read, in seconds; the parent process kills this one earlier
TRIES = 3  # attempts to continue a file after the connection was cut

TELL_SECONDS = 0.1
NICE = 5
GONE = (404, 410)
REDIRECTS = (301, 302, 303, 307, 308)
CUT = mark("{mirror} ended the connection too early")


class MirrorError(Exception):
    """The failure of a mirror: a marked text, where `{mirror}` stands for its name, and its other values."""

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text)
        self.text, self.values = text, values

    def said(self, base: str) -> str:
        """Return the failure of the mirror with that address, without a full stop."""
        return tr(self.text, mirror=urllib.parse.urlsplit(base).hostname, **self.values)


class CutError(MirrorError):
    """The connection ended before the file was complete."""


class _Progress:
    """Reports the received bytes, at most every `TELL_SECONDS`."""

    def __init__(self) -> None:
        self.done = 0  # bytes of the complete files
        self._checked, self._reported = 0, 0.0
        self.report(0)

    def report(self, current: int, checked: int = 0) -> None:
        """Report that the current file has `current` bytes and that `checked` more bytes were verified."""
        self._checked += checked
        if (now := time.monotonic()) - self._reported >= TELL_SECONDS:
            self._reported = now
            say({"done": self.done + current, "checked": self._checked})


def main() -> None:
    """Read the request from stdin, download, and report the outcome."""
    stand_back(NICE)
    for number in known("SIGINT", *CLOSED):  # a terminal sends them to all its processes; the parent kills this one
        signal.signal(number, signal.SIG_IGN)
    wanted = json.loads(sys.stdin.buffer.readline())
    folder = Path(wanted["folder"])
    files = [
        Stored(name, size, packed, numbers, tuple(shape)) for name, size, packed, numbers, shape in wanted["files"]
    ]
    progress = _Progress()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            _bring(wanted["base"], files, wanted["members"], folder, progress)
        say({"ready": True})
    except MirrorError as error:
        say({"failed": error.said(wanted["base"])})
    except OSError as error:
        say({"refused": cannot_keep(folder, error)})


def say(message: dict[str, Any]) -> None:
    """Write a line; exit where the parent has closed the pipe."""
    try:
        sys.stdout.write(f"{json.dumps(message)}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os._exit(1)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the lock of this set: other processes wait, and then find the complete set."""
    lock = FileLock(folder / LOCK, thread_local=False)
    while True:
        try:
            lock.acquire(timeout=2 * TELL_SECONDS, poll_interval=TELL_SECONDS)
            break
        except Timeout:
            say({"waits": True})
    try:
        yield
    finally:
        lock.release()


def cannot_keep(folder: Path, error: OSError) -> list[str]:
    """Return a sentence and a hint for a folder that is not writable."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return [
            tr("The disk of {folder} is full.", folder=folder),
            tr("Make room, and download it again: it goes on from there."),
        ]
    reason = error.strerror or type(error).__name__
    return [tr("Nothing can be kept in {folder}: {reason}.", folder=folder, reason=reason), remedy()]


def _bring(base: str, files: list[Stored], members: dict[str, int], folder: Path, progress: _Progress) -> None:
    final = members or [file.name for file in files]
    if all((folder / name).is_file() for name in final):
        return
    check_room(files, folder)
    for file in files:
        if not (folder / file.name).is_file():
            _fetch(file, base, folder, progress)
        progress.done += file.size
    if members:
        archive = folder / files[0].name
        _unpack(archive, members, folder, progress)
        archive.unlink()


def check_room(files: list[Stored], folder: Path) -> None:
    """Raise the `OSError` of a full disk where the rest of some files does not fit into a folder."""
    parts = [folder / f"{file.name}{end}" for file in files for end in ("", PART)]
    there = sum(part.stat().st_size for part in parts if part.is_file())
    if shutil.disk_usage(folder).free < sum(file.size for file in files) - there:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


def _fetch(file: Stored, base: str, folder: Path, progress: _Progress) -> None:
    part = folder / f"{file.name}{PART}"
    url = urllib.parse.urljoin(base, file.name)
    while True:
        start = _length(part)
        if start > file.size:
            part.unlink()
            start = 0
        if start < file.size:
            _receive_all(url, part, file.size, progress)
        if is_right(part, file, progress):
            os.replace(part, folder / file.name)  # noqa: PTH105  # tests let os.replace fail
            return
        part.unlink()
        if not start:
            raise MirrorError(mark("{mirror} sent something else than {file}"), file=file.name)
        # The incomplete file was damaged, or from a mirror that compresses differently: once more, from the start.


def _length(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0


def _receive_all(url: str, part: Path, most: int, progress: _Progress) -> None:
    for tried in range(1, TRIES + 1):
        before = _length(part)
        try:
            _receive(url, part, most, progress)
            return
        except CutError:
            if tried == TRIES or _length(part) <= before:
                raise


def _receive(url: str, part: Path, most: int, progress: _Progress) -> None:
    """Append the rest to `part`; raise `MirrorError` on failure, and for more than `most` bytes."""
    start = _length(part)
    with _network():
        answer = _answer(url, start)
    with contextlib.closing(answer):
        if answer.status == 416 and start:  # there is no more: this mirror compresses better than others
            return
        if answer.status == 206 and not str(answer.headers["Content-Range"]).startswith(f"bytes {start}-"):
            raise MirrorError(mark("{mirror} sent another part than was asked for"))
        if answer.status == 200:  # the whole file, even if a range was requested
            start = 0
        elif answer.status != 206:
            raise _refusal(answer.status)
        promised, came = answer.length, 0
        if promised is not None and start + promised > most:
            raise MirrorError(
                mark("{mirror} wants to send {size:,} bytes where {most:,} are known"), size=start + promised, most=most
            )
        with part.open("ab" if start else "wb") as out:
            while piece := _piece(answer):
                came += len(piece)
                if start + came > most:
                    out.truncate(0)
                    raise MirrorError(mark("{mirror} sends more than the {most:,} bytes that are known"), most=most)
                out.write(piece)
                progress.report(start + came)
    if promised is not None and came < promised:
        raise CutError(CUT)


def _piece(answer: http.client.HTTPResponse) -> bytes:
    with _network():
        try:
            return answer.read1(PIECE)
        except (http.client.IncompleteRead, ConnectionResetError) as error:
            raise CutError(CUT) from error


def _refusal(status: int) -> MirrorError:
    if status in GONE:
        return MirrorError(mark("{mirror} does not have it any more ({status})"), status=status)
    words = http.client.responses.get(status, "")
    return MirrorError(mark("{mirror} answered {status}"), status=f"{status} ({words})" if words else status)


def _answer(url: str, start: int) -> http.client.HTTPResponse:
    # Without urllib's handlers of errors and redirects, which would read whole bodies and accept ftp addresses.
    opener = urllib.request.OpenerDirector()
    for handler in (urllib.request.ProxyHandler(), urllib.request.HTTPHandler(), urllib.request.HTTPSHandler()):
        opener.add_handler(handler)
    for _ in range(MOST_REDIRECTS + 1):
        if urllib.parse.urlsplit(url).scheme not in SCHEMES:
            raise MirrorError(mark("{mirror} leads to an address that is neither http nor https"))
        request = urllib.request.Request(url, headers={"User-Agent": f"Layerlight/{VERSION}"})  # no text
        request.add_header("Accept-Encoding", "identity")  # no text
        if start:
            request.add_header("Range", f"bytes={start}-")  # no text
        answer: http.client.HTTPResponse = opener.open(request, timeout=PATIENCE)
        where = answer.headers["Location"]
        if answer.status not in REDIRECTS or not where:
            return answer
        answer.close()
        url = urllib.parse.urljoin(url, where)
    raise MirrorError(mark("{mirror} leads in circles"))


@contextlib.contextmanager
def _network() -> Iterator[None]:
    """Turn all errors of the network inside into a `MirrorError`."""
    try:
        yield
    except MirrorError:
        raise
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise MirrorError(_in_words(error)) from error


def _in_words(error: Exception) -> str:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, socket.gaierror):
        return mark("{mirror} cannot be found: you seem to be offline")
    if isinstance(reason, TimeoutError):
        return mark("{mirror} does not answer")
    if isinstance(reason, ConnectionRefusedError):
        return mark("{mirror} refuses the connection")
    if isinstance(reason, ssl.SSLCertVerificationError):
        return mark("{mirror} has no certificate that is trusted here")
    offline = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN)
    if isinstance(reason, OSError) and reason.errno in offline:
        return mark("{mirror} cannot be reached: you seem to be offline")
    return mark("{mirror} does not answer as a server does")


def is_right(path: Path, file: Stored, progress: _Progress | None = None) -> bool:
    """Whether the file has the SHA-256 of its array, or of its bytes; raises `OSError` of the disk."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        if file.packed:
            while piece := stream.read(PIECE):
                digest.update(piece)
                if progress:
                    progress.report(file.size, len(piece))
            return digest.hexdigest() == file.packed
        return _has_array(stream, file, progress)


def _has_array(stream: IO[bytes], file: Stored, progress: _Progress | None) -> bool:
    """Whether exactly that array is compressed there. At most one byte more than that is inflated."""
    digest, left = hashlib.sha256(), math.prod(file.shape)
    head = bytes((0, 0, 8, len(file.shape))) + b"".join(size.to_bytes(4, "big") for size in file.shape)
    try:
        with gzip.GzipFile(fileobj=stream) as unpacked:
            if unpacked.read(len(head)) != head:
                return False
            while left and (piece := unpacked.read(min(PIECE, left))):
                digest.update(piece)
                left -= len(piece)
                if progress:
                    progress.report(file.size, len(piece))
            return not left and not unpacked.read(1) and digest.hexdigest() == file.numbers
    except (EOFError, zlib.error, gzip.BadGzipFile):
        return False


def _unpack(archive: Path, members: dict[str, int], folder: Path, progress: _Progress) -> None:
    """Extract the members from a verified zip, from any folder in it, each within its maximum size."""
    with zipfile.ZipFile(archive) as opened:
        there = {Path(info.filename).name: info for info in opened.infolist()}
        for name, most in members.items():
            if name not in there or there[name].file_size > most:
                raise MirrorError(mark("{mirror} has a zip without {file}"), file=name)
            part = folder / f"{name}{PART}"
            with opened.open(there[name]) as stream, part.open("wb") as out:
                while piece := stream.read(PIECE):
                    out.write(piece)
                    progress.report(0, len(piece))
            os.replace(part, folder / name)  # noqa: PTH105  # likewise
