"""A client of D-Bus on a Unix socket, as its specification has it: no package is needed for that."""

import itertools
import os
import re
import select
import socket
import struct
import time
from urllib.parse import unquote

CALL, REPLY, ERROR, SIGNAL = 1, 2, 3, 4  # kinds of messages
PATH, INTERFACE, MEMBER, ANSWERS, DESTINATION, SENDER, SIGNATURE = 1, 2, 3, 5, 6, 7, 8  # fields of a header
FIELD_TYPES = {PATH: "o", SIGNATURE: "g", ANSWERS: "u"}  # all others are strings
NUMBERS = {
    "y": "B",
    "b": "I",
    "n": "h",
    "q": "H",
    "i": "i",
    "u": "I",
    "x": "q",
    "t": "Q",
    "d": "d",
}  # as `struct` has it
PATIENCE = 60.0  # seconds


class Bus:
    """A connection, with the signals that came so far as (member, values)."""

    def __init__(self, address):
        place = {key: unquote(text) for key, text in re.findall(r"(\w+)=([^,;]*)", address.split(";")[0])}
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(place["path"] if "path" in place else f"\0{place['abstract']}")
        self._numbers, self._left, self._answers, self.signals = itertools.count(1), b"", {}, []
        self._socket.sendall(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")
        assert self._socket.recv(1000).startswith(b"OK")
        self._socket.sendall(b"BEGIN\r\n")
        self.bus("Hello")

    def close(self):
        self._socket.close()

    def bus(self, method, signature="", *values):
        """Ask the bus itself."""
        name = "org.freedesktop.DBus"
        return self.ask(name, "/org/freedesktop/DBus", name, method, signature, *values)

    def ask(self, program, path, interface, method, signature="", *values):
        """Return what a method answers: its only value, or a list of them; `LookupError` where it refuses."""
        number, body = next(self._numbers), bytearray()
        write(body, signature, values)
        fields = {PATH: path, INTERFACE: interface, MEMBER: method, DESTINATION: program, SIGNATURE: signature}
        message = bytearray(b"l\x01\0\x01") + struct.pack("<II", len(body), number)
        write(message, "a(yv)", [[(kind, (FIELD_TYPES.get(kind, "s"), field)) for kind, field in fields.items()]])
        self._socket.sendall(message + b"\0" * (-len(message) % 8) + body)
        until = time.monotonic() + PATIENCE
        while number not in self._answers:
            assert time.monotonic() < until, f"{path} does not answer {method}"
            self.listen(1.0)
        kind, values = self._answers.pop(number)
        if kind == ERROR:
            raise LookupError(f"{path} refuses {method}: {values}")
        return values[0] if len(values) == 1 else values

    def listen(self, seconds):
        """Take what has come, or what comes first in these seconds."""
        if select.select([self._socket], [], [], seconds)[0]:
            self._left += self._socket.recv(2**16) or b""
        while len(self._left) >= 16:
            length, _, fields = struct.unpack_from("<III", self._left, 4)
            start = 16 + fields + -fields % 8
            if len(self._left) < start + length:
                return
            message, self._left = self._left[: start + length], self._left[start + length :]
            header = dict(Reading(message, 12).value("a(yv)"))
            values = Reading(message[start:]).values(header.get(SIGNATURE, ""))
            if message[1] == SIGNAL:
                self.signals.append((header[MEMBER], values))
            elif message[1] in (REPLY, ERROR):
                self._answers[header[ANSWERS]] = message[1], values


def types(signature):
    """Yield the single types of a signature: of `sa(so)u` `s`, `a(so)` and `u`."""
    while signature:
        end = len(signature) - len(signature.lstrip("a"))
        depth = signature[end] in "({"
        while depth:
            end += 1
            depth += (signature[end] in "({") - (signature[end] in ")}")
        yield signature[: end + 1]
        signature = signature[end + 1 :]


def step(kind):
    """Return at a multiple of how many bytes a value of a type begins."""
    if kind[0] in NUMBERS:
        return struct.calcsize(NUMBERS[kind[0]])
    return {"(": 8, "{": 8, "g": 1, "v": 1}.get(kind[0], 4)


def write(to, signature, values):
    """Append values to a message; that of a variant is its type and its value."""
    for kind, value in zip(types(signature), values, strict=True):
        to.extend(b"\0" * (-len(to) % step(kind)))
        if kind in NUMBERS:
            to.extend(struct.pack("<" + NUMBERS[kind], value))
        elif kind in "sog":
            text = value.encode()
            to.extend(struct.pack("<B" if kind == "g" else "<I", len(text)) + text + b"\0")
        elif kind == "v":
            write(to, "g", value[:1])
            write(to, value[0], value[1:])
        elif kind[0] == "(":
            write(to, kind[1:-1], value)
        else:
            at = len(to)
            to.extend(bytes(4))
            to.extend(bytes(-len(to) % step(kind[1:])))
            start = len(to)
            write(to, kind[1:] * len(value), value)
            to[at : at + 4] = struct.pack("<I", len(to) - start)


class Reading:
    """A message that is read from a place on."""

    def __init__(self, message, at=0):
        self._message, self._at = message, at

    def values(self, signature):
        return [self.value(kind) for kind in types(signature)]

    def value(self, kind):
        self._at += -self._at % step(kind)
        if kind in NUMBERS:
            return self._number(NUMBERS[kind])
        if kind in "sog":
            length = self._number("B" if kind == "g" else "I")
            self._at += length + 1
            return self._message[self._at - length - 1 : self._at - 1].decode()
        if kind == "v":
            return self.value(self.value("g"))
        if kind[0] in "({":
            return tuple(self.values(kind[1:-1]))
        length = self._number("I")
        self._at += -self._at % step(kind[1:])
        end, items = self._at + length, []
        while self._at < end:
            items.append(self.value(kind[1:]))
        return items

    def _number(self, kind):
        number = struct.unpack_from("<" + kind, self._message, self._at)[0]
        self._at += struct.calcsize(kind)
        return number
