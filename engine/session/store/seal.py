"""The seal of a closed session file: checksums and a parity behind its last page, which notice and mend damage.

SQLite notices few flipped bits, and looks at nothing behind its last page: there is room for a seal. It is a record
(length, change counter, the CRC-32 of each block of 64 KiB), the XOR of all blocks, the record again, and `END`.
With it one damaged block, whatever happened to it, is restored from the others.
Call `unseal` before the file is written again. Should that be forgotten, nothing is mended to what it was before.

Invariant: nothing here changes a byte of the content, except `mend`, and that only to what the seal vouches for."""

from __future__ import annotations

import contextlib
import os
import shutil
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, NamedTuple, Self
from zlib import crc32

from engine.core.errors import UserError
from engine.core.lazy import np
from engine.core.machine.atomic import atomic_write
from engine.core.turns import Turns, run_through

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONG = 2**28  # bytes that are read within a second or so

SOME_BLOCKS = 16

PIECE = 4096  # zlib lets Python's lock go for more than 5 KiB

BLOCK = 64 * 1024

SLICE = 64 * BLOCK
"""How many bytes are read at a time: the memory that this takes, and the work between two turns."""

MAGIC = b"\x8eLLseal\x01"
"""The last byte is the version of all that is laid down here, the size of a block included."""

END = b"\n"  # it makes the length odd

_HEAD, _SUM, _DIGEST = struct.Struct("<8sQI"), 4, 32


@dataclass(frozen=True, slots=True)
class Examination:
    """What the seal says of its file, which has `blocks` blocks, those numbered in `damaged` not as they were sealed.

    "whole": nothing has changed. "unsealed": there is no seal, or SQLite has written since; nothing was compared.
    "seal damaged": the seal is not what or where it was; if `blocks` is not 0, the content was compared and is whole.
    "damaged": `mend` it, or read what can be read.
    """

    state: Literal["whole", "unsealed", "seal damaged", "damaged"]
    damaged: Sequence[int] = ()
    blocks: int = 0


def seal(path: Path) -> None:
    """Put a seal behind a closed session file, in place of an old one, and flush it to the disk.

    A file that SQLite has not closed (its log is beside it) is left as it is. Raises `OSError`; the file then has no
    seal, as after a kill half way.
    """
    if _is_open(path):
        return
    unseal(path)
    with path.open("rb") as file:
        size, header = size_of(file), read_header(file)
        length = min(size, header.length) if header else size
    if length < size:
        os.truncate(path, length)  # SQLite has just closed it, and reads nothing behind its last page
    with path.open("rb") as file:
        sums, parity = run_through(sum_blocks(file, length))
    if length:  # an empty file is an empty database, a seal alone is none
        _append(path, length, Record(length, header.counter if header else 0, sums).trailer(parity))


def unseal(path: Path) -> None:
    """Cut the seal, or half of one, off a closed session file before it is written again. Raises `OSError`."""
    if _is_open(path):
        return  # where the content ends is known once SQLite has moved the log into the file
    with path.open("rb") as file:
        length, size = content_length(file), size_of(file)
    if length < size:
        os.truncate(path, length)


def check_length(path: Path) -> None:
    """Raise `UserError` for a long file that holds far less, before all of it is read: its seal cannot be Layerlight's.

    What counts is SQLite's header, which the seal's first block vouches for. Where just that block is damaged the
    header may be wrong, and the file is mended by the others: some of these are looked at. Raises `OSError`.
    """
    if path.stat().st_size <= LONG or _is_open(path):
        return
    with path.open("rb") as file:
        size, header, record = size_of(file), read_header(file), find_record(file)
        held = header.length if header else 0
        if size <= held + trailer_length(held):
            return
        if record is None and header is None:
            return  # SQLite refuses it
        if record and _has_lost_its_header(file, record):
            return
    raise UserError(
        f"{path.name} is no session: it is {size:,} bytes long and holds {held:,}.",
        hint="Open only sessions that Layerlight saved.",
    )


def _has_lost_its_header(file: BufferedReader, record: Record) -> bool:
    """Whether of some blocks the first, and only that, is not as it was sealed."""
    blocks = len(record.sums)
    some = sorted({0, *range(1, blocks, max(1, blocks // SOME_BLOCKS))})
    return [number for number in some if _sum_of(file, record, number) != record.sums[number]] == [0]


def _sum_of(file: BufferedReader, record: Record, number: int) -> int:
    start = number * BLOCK
    return crc32(read(file, start, min(BLOCK, record.length - start)).ljust(BLOCK, b"\0"))


def examine(path: Path) -> Turns[Examination]:
    """Compare a closed session file with its seal. Raises `OSError` if it cannot be read, nothing for what is in it."""
    return (yield from _look(path)).examination


def is_sealed(path: Path) -> bool:
    """Whether a seal stands behind the content: the file was closed in an orderly way. Raises `OSError`."""
    if _is_open(path):
        return False
    with path.open("rb") as file:
        record = find_record(file)
        return record is not None and not is_stale(record, file)


def mend(path: Path) -> range:
    """Restore the one damaged block of a session file; returns the bytes that were wrong (none: an empty range).

    The mended file is written beside the old one and takes its place, sealed. Raises `UserError` if more is damaged
    than the parity can restore, and `OSError`; the file is then as it was.
    """
    look = run_through(_look(path))
    if look.examination.state != "damaged":
        return range(0)
    patch = _patch(path, look)
    if patch is None:
        raise _beyond_repair(path, look.examination)
    atomic_write(path, lambda copy: _copy_patched(path, copy, patch))
    return patch.wrong


class _Look(NamedTuple):
    """An examination, and what mending goes by: the record, and the parity of the blocks as they are now."""

    examination: Examination
    record: Record | None = None
    parity: bytes = b""


class _Patch(NamedTuple):
    """What makes a damaged file whole: `block` at `start`, of which `wrong` had changed, `trailer` behind `length`."""

    start: int
    block: bytes
    wrong: range
    length: int
    trailer: bytes


def _is_open(path: Path) -> bool:
    """A log or journal beside the file is a part of it: what the file holds alone may be older, or half new."""
    path = path.resolve()
    for ending in ("-wal", "-journal"):
        with contextlib.suppress(FileNotFoundError):  # asked but once: another process may be removing it
            if path.with_name(path.name + ending).stat().st_size:
                return True
    return False


def _look(path: Path) -> Turns[_Look]:
    if _is_open(path):
        return _Look(Examination("unsealed"))
    with path.open("rb") as file:
        record = find_record(file)
        if record is None:
            return _Look(_examine_without_record(file))
        if is_stale(record, file):
            return _Look(Examination("unsealed"))
        sums, parity = yield from sum_blocks(file, record.length)
        blocks = len(sums)
        damaged = tuple(number for number in range(blocks) if sums[number] != record.sums[number])
        if damaged:
            return _Look(Examination("damaged", damaged, blocks), record, parity)
        trailer = record.trailer(parity)
        whole = read(file, record.length, len(trailer)) == trailer
        return _Look(Examination("whole" if whole else "seal damaged", blocks=blocks))


def _examine_without_record(file: BufferedReader) -> Examination:
    """Pages that SQLite counts and that are not there were cut off, and the seal with them."""
    size, header = size_of(file), read_header(file)
    if header and size < header.length:
        blocks = block_count(header.length)
        return Examination("damaged", range(size // BLOCK, blocks), blocks)
    return Examination("seal damaged" if is_marked(file) else "unsealed")


def _append(path: Path, length: int, trailer: bytes) -> None:
    with path.open("r+b", buffering=0) as file:  # unbuffered: closing writes nothing more
        try:
            file.seek(length)
            left = memoryview(trailer)
            while left:
                left = left[file.write(left) :]
            os.fsync(file.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                file.truncate(length)
            raise


def _patch(path: Path, look: _Look) -> _Patch | None:
    """`None`: the parity cannot restore it."""
    record, damaged = look.record, look.examination.damaged
    if record is None or len(damaged) > 1:
        return None
    start = damaged[0] * BLOCK
    with path.open("rb") as file:
        parity = read(file, parity_place(record.length), BLOCK)
        block = read(file, start, min(BLOCK, record.length - start))
    difference = _xor(parity, look.parity)
    mended = _xor(block.ljust(BLOCK, b"\0"), difference)
    if crc32(mended) != record.sums[damaged[0]]:  # the parity is damaged too
        return None
    changed = np.flatnonzero(np.frombuffer(difference, np.uint8)) + start
    wrong = range(int(changed[0]), int(changed[-1]) + 1)
    return _Patch(start, mended[: len(block)], wrong, record.length, record.trailer(parity))


def _xor(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one) ^ int.from_bytes(other)).to_bytes(BLOCK)


def _copy_patched(path: Path, copy: BinaryIO, patch: _Patch) -> None:
    with path.open("rb") as file:
        shutil.copyfileobj(file, copy, SLICE)
    for place, piece in ((patch.start, patch.block), (patch.length, patch.trailer)):
        copy.seek(place)
        copy.write(piece)


def _beyond_repair(path: Path, examination: Examination) -> UserError:
    count, verb = len(examination.damaged), "is" if len(examination.damaged) == 1 else "are"
    return UserError(
        f"{count:,} of {examination.blocks:,} parts of {path.name} {verb} damaged; what can be read is opened.",
        hint="If you have a copy of the file, open that one.",
    )


def sum_blocks(file: BufferedReader, length: int) -> Turns[tuple[tuple[int, ...], bytes]]:
    """The CRC-32 of each block of the first `length` bytes, and the XOR of all blocks. Raises `OSError`."""
    sums: list[int] = []
    parity = np.zeros(BLOCK // 8, np.uint64)
    buffer = np.empty((SLICE // BLOCK, BLOCK), np.uint8)
    for start in range(0, length, SLICE):
        wanted = min(SLICE, length - start)
        part = buffer[: block_count(wanted)]
        file.seek(start)
        got = file.readinto(part.reshape(-1)[:wanted])
        part.reshape(-1)[got:] = 0
        sums += map(_crc, part)
        parity ^= np.bitwise_xor.reduce(part.view(np.uint64), axis=0)
        yield
    return tuple(sums), parity.tobytes()


def _crc(block: NDArray[np.uint8]) -> int:
    """The CRC-32, in pieces so small that zlib keeps Python's lock for them.

    If it were let go for each block, a busy window would take it for 5 ms each time: seconds instead of milliseconds.
    """
    value = 0
    for piece in block.reshape(-1, PIECE):
        value = crc32(piece, value)
    return value


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
        """Return the seal without its parity: what it says, and the SHA-256 of that."""
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
