"""How a seal lies behind a session's last page, and how it is found there, whichever bit of the file has flipped.

    content | record | parity | record | end  record = magic, length, change counter | CRC-32 of each block | SHA-256

The content is taken in blocks of 64 KiB, the last one padded with zeros; the parity is the XOR of them all. The record
stands there twice, so that a flipped bit in the seal costs nothing.

Invariant: a seal holds only in a file of just the length that it was made for, and that is no number of whole pages.
For SQLite may write into a sealed file and leave its own change counter as it was, but never the length: when it moves
its log into the file, it makes it a whole number of pages long. (Seen in 3.46: it does not always cut the seal off.)
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from hashlib import sha256
from io import BufferedReader
from typing import NamedTuple, Self

from engine.base.lazy import np

BLOCK = 64 * 1024

MAGIC = b"\x8eLLseal\x01"
"""The last byte is the version of all that is laid down here, the size of a block included."""

END = b"\n"
"""It makes the length odd."""

_HEAD, _SUM, _DIGEST = struct.Struct("<8sQI"), 4, 32


@dataclass(frozen=True, slots=True)
class Record:
    """What was sealed: the content's length, SQLite's change counter (0: it was no database), each block's CRC-32."""

    length: int
    counter: int
    sums: tuple[int, ...]

    def trailer(self, parity: bytes) -> bytes:
        """All that a seal consists of."""
        return self.pack() + parity + self.pack() + END

    def pack(self) -> bytes:
        body = _HEAD.pack(MAGIC, self.length, self.counter) + np.array(self.sums, "<u4").tobytes()
        return body + sha256(body).digest()

    @classmethod
    def unpack(cls, packed: bytes) -> Self | None:
        """`None`: this is no record, or not as it was written."""
        body, digest = packed[:-_DIGEST], packed[-_DIGEST:]
        if not body.startswith(MAGIC) or sha256(body).digest() != digest:
            return None
        _, length, counter = _HEAD.unpack_from(body)
        return cls(length, counter, tuple(np.frombuffer(body, "<u4", offset=_HEAD.size).tolist()))


class Header(NamedTuple):
    """What SQLite's own header says: the length of the database, and how often it was written."""

    length: int
    counter: int


def find_record(file: BufferedReader) -> Record | None:
    """The record of the seal, if one of the two is whole and the file is as long as when it was sealed."""
    length = _length_within(size_of(file))
    for place in _places(length):
        record = Record.unpack(read(file, place, _record_size(length)))
        if record and record.length == length:
            return record
    return None


def is_stale(record: Record, file: BufferedReader) -> bool:
    """Whether SQLite has written since. It counts that in two places: after mere damage the two differ."""
    header = read_header(file)
    return header is not None and header.counter != record.counter


def is_marked(file: BufferedReader) -> bool:
    """Whether something begins like a record where one would stand, by the file's length or by SQLite's header."""
    header = read_header(file)
    places = [*_places(_length_within(size_of(file))), *_places(header.length if header else 0)]
    return any(_begins(file, place) for place in places)


def content_length(file: BufferedReader) -> int:
    """Where the seal says that the content ends; for half a seal or an old one, where SQLite says so."""
    header, record = read_header(file), find_record(file)
    if record and not is_stale(record, file):
        return record.length
    return header.length if header and _begins(file, header.length) else size_of(file)


def read_header(file: BufferedReader) -> Header | None:
    """SQLite's header, if it is sound: its page count holds only if its two change counters agree.

    Format: https://sqlite.org/fileformat.html, section 1.3.
    """
    header = read(file, 0, 100)
    if len(header) < 100 or not header.startswith(b"SQLite format 3\0"):
        return None
    (page,) = struct.unpack_from(">H", header, 16)
    counter, pages = struct.unpack_from(">II", header, 24)
    (counter_again,) = struct.unpack_from(">I", header, 92)
    return Header(pages * (65536 if page == 1 else page), counter) if counter == counter_again else None


def parity_place(length: int) -> int:
    """Where the parity stands behind so much content."""
    return length + _record_size(length)


def trailer_length(length: int) -> int:
    """Return how long the seal of `length` bytes of content is, in bytes."""
    return BLOCK + 2 * _record_size(length) + len(END)


def block_count(length: int) -> int:
    """Return the number of blocks that this number of bytes fills."""
    return -(-length // BLOCK)


def size_of(file: BufferedReader) -> int:
    """The length of the whole file, in bytes."""
    return file.seek(0, os.SEEK_END)


def read(file: BufferedReader, start: int, size: int) -> bytes:
    """At most `size` bytes from `start` on."""
    file.seek(start)
    return file.read(size)


def _places(length: int) -> tuple[int, ...]:
    return (length, parity_place(length) + BLOCK) if length > 0 else ()


def _begins(file: BufferedReader, place: int) -> bool:
    found = read(file, place, len(MAGIC)) if place < size_of(file) else b""
    return found != b"" and MAGIC.startswith(found)


def _length_within(size: int) -> int:
    """How long the content of a sealed file of `size` bytes is: a block takes its bytes and those of two sums."""
    rest = size - trailer_length(0)
    return rest - 2 * _SUM * -(-rest // (BLOCK + 2 * _SUM))


def _record_size(length: int) -> int:
    return _HEAD.size + _SUM * block_count(length) + _DIGEST
