"""A server on this computer that sends a small data set, or misbehaves in one of the ways of servers elsewhere."""

import contextlib
import gzip
import hashlib
import os
import socket
import threading

import numpy as np

from engine.data.download.catalogue import KnownSet, Stored
from tests.engine.data.data_files import as_idx

CHANCE = np.random.default_rng(3)
ARRAYS = {
    "train-images-idx3-ubyte.gz": CHANCE.integers(0, 256, (300, 28, 28), np.uint8),
    "train-labels-idx1-ubyte.gz": (np.arange(300) % 3).astype(np.uint8),
    "t10k-images-idx3-ubyte.gz": CHANCE.integers(0, 256, (60, 28, 28), np.uint8),
    "t10k-labels-idx1-ubyte.gz": (np.arange(60) % 3).astype(np.uint8),
}
FILES = {name: gzip.compress(as_idx(array), mtime=0) for name, array in ARRAYS.items()}
IMAGES = next(iter(FILES))
SLOW_BYTES = 20


def a_set(*mirrors, files=FILES):
    """A set whose arrays are known, at these mirrors."""
    stored = (
        Stored(name, len(content), numbers=digest(ARRAYS[name].tobytes()), shape=ARRAYS[name].shape)
        for name, content in files.items()
    )
    return KnownSet("tiny-set", "Tiny set", "squares", mirrors, tuple(stored), classes=("ape", "bee", "cat"))


def digest(content):
    return hashlib.sha256(content).hexdigest()


def leave_alone(monkeypatch, home):
    """Give the test an empty home folder, no data anywhere, and no proxy of whoever runs it."""
    monkeypatch.delenv("XDG_CACHE_HOME")
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(home))
    monkeypatch.setattr("engine.data.sources.SHARED", home / "no share")


class Server:
    """Answers in a thread for each connection until it is closed; `asked` are the requests, in small letters."""

    def __init__(self, files, behave="ok"):
        self.files, self.behave = files, behave
        self.asked = []
        self.ended = threading.Event()  # set when the server is closed: what stalls waits for it
        self.stalls = threading.Event()  # set as soon as a connection stalls
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def base(self):
        return f"http://127.0.0.1:{self.port}/sets/"

    def close(self):
        self.ended.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:  # the first one begins the others
            thread.join(5)

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self._threads.append(threading.Thread(target=self._answer, args=(connection,), daemon=True))
                self._threads[-1].start()

    def _answer(self, connection):
        with connection, contextlib.suppress(OSError):
            request = b""
            while b"\r\n\r\n" not in request:
                piece = connection.recv(4096)
                if not piece:
                    return
                request += piece
            text = request.decode("latin-1").lower()
            self.asked.append(text)
            name = text.split()[1].rpartition("/")[2]
            content = next((content for each, content in self.files.items() if each.lower() == name), None)
            answer(self, connection, text, content)

    def stall(self):
        self.stalls.set()
        self.ended.wait(60)


def head(status, length=None, *lines):
    said = [f"HTTP/1.1 {status}", "Connection: close", *lines]
    if length is not None:
        said.append(f"Content-Length: {length}")
    return ("\r\n".join(said) + "\r\n\r\n").encode()


def whole(content):
    return head("200 OK", len(content)) + content


def half(content):
    return head("200 OK", len(content)) + content[: len(content) // 2]


def part_from(start, content):
    said = f"Content-Range: bytes {start}-{len(content) - 1}/{len(content)}"
    return head("206 Partial Content", len(content) - start, said) + content[start:]


def as_asked(server, content, request):
    """What a server sends that does as it should."""
    start = int(request.partition("range: bytes=")[2].partition("-")[0] or 0)
    if content is None:
        return head("404 Not Found", 0)
    if start >= len(content):
        return head("416 Range Not Satisfiable", 0)
    return part_from(start, content) if start else whole(content)


def moved(server, content, request):
    if "/sets/there/" in request:
        return as_asked(server, content, request)
    return head("302 Found", 0, f"Location: there/{request.split()[1].rpartition('/')[2]}")


SENDS = {  # by name: what a server sends first, by what there is to send and what it was asked
    "ok": as_asked,
    "moved": moved,
    "cuts once": lambda server, content, request: (
        half(content) if len(server.asked) == 1 else as_asked(server, content, request)
    ),
    "not found": lambda *_: head("404 Not Found", 9) + b"not found",
    "broken": lambda *_: head("500 <b>It broke</b>", 0),
    "cuts": lambda _, content, __: half(content),
    "sends wrong bytes": lambda _, content, __: whole(content[:99] + bytes([content[99] ^ 1]) + content[100:]),
    "redirects to a file": lambda *_: head("301 Moved Permanently", 0, "Location: file:///etc/passwd"),
    "redirects to ftp": lambda *_: head("307 Temporary Redirect", 0, "Location: ftp://127.0.0.1/set"),
    "knows no ranges": lambda _, content, __: whole(content),
    "sends another part": lambda _, content, __: part_from(0, content),
    "speaks no http": lambda *_: b"220 mail.example ESMTP\r\n" * 99,
    "stalls before the header": lambda *_: b"",
    "stalls in the middle": lambda _, content, __: half(content),
    "slows down and stalls": lambda _, content, __: half(content)[:-SLOW_BYTES],
    "promises too much": lambda _, content, __: head("200 OK", 10**12) + content,
    "redirects with an endless body": lambda server, *_: head("302 Found", None, f"Location: {server.base}again"),
    "sends without an end": lambda *_: head("200 OK"),
    "trickles": lambda _, content, __: head("200 OK", len(content)),
    "says go on for ever": lambda *_: b"",
}

# those that send no more, and leave the connection open
STALLS = {"stalls before the header", "stalls in the middle", "slows down and stalls", "promises too much"}

ENDLESS = {  # those that send this again and again, and for how many seconds they rest between
    "redirects with an endless body": (bytes(2**20), 0),
    "sends without an end": (bytes(2**20), 0),
    "trickles": (b"x", 0.01),
    "says go on for ever": (b"HTTP/1.1 100 Continue\r\n\r\n", 0),
}


def answer(server, connection, request, content):
    behave = server.behave
    connection.sendall(SENDS[behave](server, content, request))
    if behave == "slows down and stalls":  # progress soon after the last is reported with the next
        for byte in half(content)[-SLOW_BYTES:]:
            server.ended.wait(0.2)
            connection.sendall(bytes([byte]))
    if behave in STALLS:
        server.stall()
    if behave in ENDLESS:
        piece, rest = ENDLESS[behave]
        server.stalls.set()
        while not server.ended.wait(rest):
            connection.sendall(piece)
