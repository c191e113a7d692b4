"""The seal of a closed session file: checksums and a parity after its last page, to detect and repair damage.

SQLite notices few flipped bits, and ignores everything after its last page: there is room for a seal. It is a record
(length, change counter, the CRC-32 of each block of 64 KiB), the XOR of all blocks, the record again, and `END`. With
it any one damaged block can be restored from the others. Call `unseal` before the file is written again; if that is
forgotten, a stale seal repairs nothing.

Invariant: nothing here changes a byte of the content, except `mend`, and that only to what the checksums confirm."""

import contextlib
import os
import shutil
import struct
from collections.abc import Sequence
from hashlib import sha256
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple, Self
from zlib import crc32

from engine.core.errors import UserError
from engine.core.language import tr, tr_plural
from engine.core.lazy import Array, np
from engine.core.machine.atomic import atomic_write
from engine.core.messages import Turns, run_through
from engine.session.store.guard import JOURNAL, WAL, has_beside

LONG = 2**28  # bytes that are read within about a second
SOME_BLOCKS = 16
PIECE = 4096  # zlib releases the GIL for more than 5 KiB
BLOCK = 64 * 1024
SLICE = 64 * BLOCK  # bytes that are read at a time, which is also the work of a turn
MAGIC = b"\x8eLLseal\x01"  # the last byte is the version of this format, including the block size
# It makes the length odd: SQLite may write into a sealed file without counting it, but then leaves whole pages.
END = b"\n"

_HEAD, _SUM, _DIGEST = struct.Struct("<8sQI"), 4, 32


class Examination(NamedTuple):
    """The result of comparing a file with its seal: it has `blocks` blocks, of which those in `damaged` have changed.

    "whole": nothing has changed. "unsealed": there is no seal, or SQLite has written since; nothing was compared.
    "seal damaged": the seal itself has changed; if `blocks` is not 0, the content was compared and is intact.
    "damaged": `mend` it, or read what can be read.
    """

    state: Literal["whole", "unsealed", "seal damaged", "damaged"]
    damaged: Sequence[int] = ()
    blocks: int = 0


def seal(path: Path) -> None:
    """Append a seal to a closed session file, replacing an old one, and flush it to the disk.

    A file that SQLite has not closed is left alone. Raises `OSError`; the file then has no seal.
    """
    if _is_open(path):
        return
    unseal(path)
    with path.open("rb") as file:
        size, header = size_of(file), read_header(file)
        length = min(size, header.length) if header else size
    if length < size:
        os.truncate(path, length)  # SQLite has just closed it, and ignores everything after its last page
    with path.open("rb") as file:
        sums, parity = run_through(sum_blocks(file, length))
    if length:  # an empty file is an empty database, but a seal alone is not
        _append(path, length, Record(length, header.counter if header else 0, sums).trailer(parity))


def unseal(path: Path) -> None:
    """Remove the seal, or half of one, from a closed session file before it is written again. Raises `OSError`."""
    if _is_open(path):
        return  # the end of the content is known only after SQLite has moved the log into the file
    with path.open("rb") as file:
        length, size = content_length(file), size_of(file)
    if length < size:
        os.truncate(path, length)


def check_length(path: Path) -> None:
    """Raise `UserError` for a file much longer than its content, before it is read: its seal is forged.

    If the first block with SQLite's length is damaged, some of the other blocks are checked. Raises `OSError`.
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
    sentence = tr(
        "{file} is no session: it is {size:,} bytes long and holds {held:,}.", file=path.name, size=size, held=held
    )
    raise UserError(sentence, hint=tr("Open only sessions that Layerlight saved."))


def _has_lost_its_header(file: BufferedReader, record: "Record") -> bool:
    """Whether of some blocks the first one, and only that, has changed."""
    blocks, changed = len(record.sums), []
    for number in sorted({0, *range(1, blocks, max(1, blocks // SOME_BLOCKS))}):
        start = number * BLOCK
        block = read(file, start, min(BLOCK, record.length - start)).ljust(BLOCK, b"\0")
        if crc32(block) != record.sums[number]:
            changed.append(number)
    return changed == [0]


def examine(path: Path) -> Turns[Examination]:
    """Compare a closed session file with its seal. Raises `OSError` if it cannot be read, but nothing for damage."""
    return (yield from _look(path)).examination


def is_sealed(path: Path) -> bool:
    """Whether a valid seal follows the content: the file was closed properly. Raises `OSError`."""
    if _is_open(path):
        return False
    with path.open("rb") as file:
        record = find_record(file)
        return record is not None and not is_stale(record, file)


def mend(path: Path) -> range:
    """Restore the one damaged block of a session file, atomically; return the range of the wrong bytes, perhaps empty.

    Raises `UserError` if more is damaged than the parity can restore, and `OSError`; the file is then unchanged.
    """
    look = run_through(_look(path))
    if look.examination.state != "damaged":
        return range(0)
    patch = _patch(path, look)
    if patch is None:
        count, blocks = len(look.examination.damaged), look.examination.blocks
        sentence = tr_plural(
            "{count:,} of {blocks:,} parts of {file} is damaged; what can be read is opened.",
            "{count:,} of {blocks:,} parts of {file} are damaged; what can be read is opened.",
            count,
            blocks=blocks,
            file=path.name,
        )
        raise UserError(sentence, hint=tr("If you have a copy of the file, open that one."))
    wrong, pieces = patch

    def write(copy: BinaryIO) -> None:
        with path.open("rb") as file:
            shutil.copyfileobj(file, copy, SLICE)
        for place, piece in pieces.items():
            copy.seek(place)
            copy.write(piece)

    atomic_write(path, write)
    return wrong


class _Look(NamedTuple):
    """An examination, with the record and the parity of the present blocks for a repair."""

    examination: Examination
    record: "Record | None" = None
    parity: bytes = b""


def _is_open(path: Path) -> bool:
    return has_beside(path, WAL) or has_beside(path, JOURNAL)


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
        return _Look(Examination("whole" if whole else "seal damaged", blocks=blocks))  # no text


def _examine_without_record(file: BufferedReader) -> Examination:
    """Examine a file without a valid record: if it is shorter than SQLite's header says, its end was cut off."""
    size, header = size_of(file), read_header(file)
    if header and size < header.length:
        blocks = block_count(header.length)
        return Examination("damaged", range(size // BLOCK, blocks), blocks)
    return Examination("seal damaged" if is_marked(file) else "unsealed")  # no text


def _append(path: Path, length: int, trailer: bytes) -> None:
    with path.open("r+b", buffering=0) as file:  # unbuffered, so that closing writes nothing more
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


def _patch(path: Path, look: _Look) -> tuple[range, dict[int, bytes]] | None:
    """Return the range of the wrong bytes, and what belongs at some places; `None` if the parity cannot restore it."""
    record, damaged = look.record, look.examination.damaged
    if record is None or len(damaged) > 1:
        return None
    start = damaged[0] * BLOCK
    with path.open("rb") as file:
        parity = read(file, parity_place(record.length), BLOCK)
        block = read(file, start, min(BLOCK, record.length - start))
    difference = _xor(parity, look.parity)
    mended = _xor(block.ljust(BLOCK, b"\0"), difference)
    if crc32(mended) != record.sums[damaged[0]]:  # the parity is damaged, too
        return None
    changed = np.flatnonzero(np.frombuffer(difference, np.uint8)) + start
    wrong = range(int(changed[0]), int(changed[-1]) + 1)
    return wrong, {start: mended[: len(block)], record.length: record.trailer(parity)}


def _xor(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one) ^ int.from_bytes(other)).to_bytes(BLOCK)


def sum_blocks(file: BufferedReader, length: int) -> Turns[tuple[tuple[int, ...], bytes]]:
    """Return the CRC-32 of each block of the first `length` bytes, and the XOR of all blocks. Raises `OSError`."""
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


def _crc(block: Array) -> int:
    # In pieces so small that zlib keeps the GIL: released for each block, a busy window would take it for 5 ms each
    # time, and a file would take seconds instead of milliseconds.
    value = 0
    for piece in block.reshape(-1, PIECE):
        value = crc32(piece, value)
    return value


class Record(NamedTuple):
    """The sealed content: its length, SQLite's change counter (0 if it is no database), and each block's CRC-32."""

    length: int
    counter: int
    sums: tuple[int, ...]

    def trailer(self, parity: bytes) -> bytes:
        """Return the whole seal."""
        return self.pack() + parity + self.pack() + END

    def pack(self) -> bytes:
        """Return the record as bytes, followed by their SHA-256."""
        body = _HEAD.pack(MAGIC, self.length, self.counter) + np.array(self.sums, "<u4").tobytes()
        return body + sha256(body).digest()

    @classmethod
    def unpack(cls, packed: bytes) -> Self | None:
        """Return the record from the bytes of `pack`; `None` for any others."""
        body, digest = packed[:-_DIGEST], packed[-_DIGEST:]
        if not body.startswith(MAGIC) or sha256(body).digest() != digest:
            return None
        _, length, counter = _HEAD.unpack_from(body)
        return cls(length, counter, tuple(np.frombuffer(body, "<u4", offset=_HEAD.size).tolist()))


class Header(NamedTuple):
    """The length of the database and its change counter in SQLite's header."""

    length: int
    counter: int


def find_record(file: BufferedReader) -> Record | None:
    """Return the record of the seal, if one of the two is intact and the file has the sealed length."""
    length = _length_within(size_of(file))
    for place in _places(length):
        record = Record.unpack(read(file, place, _record_size(length)))
        if record and record.length == length:
            return record
    return None


def is_stale(record: Record, file: BufferedReader) -> bool:
    """Whether SQLite has written since. Its two change counters agree then, but differ after damage."""
    header = read_header(file)
    return header is not None and header.counter != record.counter


def is_marked(file: BufferedReader) -> bool:
    """Whether there is the beginning of a record where one would be, by the file's length or by SQLite's header."""
    header = read_header(file)
    places = [*_places(_length_within(size_of(file))), *_places(header.length if header else 0)]
    return any(_begins(file, place) for place in places)


def content_length(file: BufferedReader) -> int:
    """Return the length of the content by the seal; for half a seal or a stale one, by SQLite's header."""
    header, record = read_header(file), find_record(file)
    if record and not is_stale(record, file):
        return record.length
    return header.length if header and _begins(file, header.length) else size_of(file)


def read_header(file: BufferedReader) -> Header | None:
    """Return SQLite's header (https://sqlite.org/fileformat.html, 1.3); its page count needs equal change counters."""
    header = read(file, 0, 100)
    if len(header) < 100 or not header.startswith(b"SQLite format 3\0"):
        return None
    (page,) = struct.unpack_from(">H", header, 16)
    counter, pages = struct.unpack_from(">II", header, 24)
    (counter_again,) = struct.unpack_from(">I", header, 92)
    return Header(pages * (65536 if page == 1 else page), counter) if counter == counter_again else None


def parity_place(length: int) -> int:
    """Return the position of the parity after `length` bytes of content."""
    return length + _record_size(length)


def trailer_length(length: int) -> int:
    """Return the length of the seal of `length` bytes of content."""
    return BLOCK + 2 * _record_size(length) + len(END)


def block_count(length: int) -> int:
    """Return the number of blocks of `length` bytes."""
    return -(-length // BLOCK)


def size_of(file: BufferedReader) -> int:
    """Return the length of the whole file in bytes."""
    return file.seek(0, os.SEEK_END)


def read(file: BufferedReader, start: int, size: int) -> bytes:
    """Return at most `size` bytes from `start` on."""
    file.seek(start)
    return file.read(size)


def _places(length: int) -> tuple[int, ...]:
    return (length, parity_place(length) + BLOCK) if length > 0 else ()


def _begins(file: BufferedReader, place: int) -> bool:
    head = read(file, place, len(MAGIC)) if place < size_of(file) else b""
    return head != b"" and MAGIC.startswith(head)


def _length_within(size: int) -> int:
    """Return the content's length in a sealed file of `size` bytes: each block takes its bytes and two sums."""
    rest = size - trailer_length(0)
    return rest - 2 * _SUM * -(-rest // (BLOCK + 2 * _SUM))


def _record_size(length: int) -> int:
    return _HEAD.size + _SUM * block_count(length) + _DIGEST
