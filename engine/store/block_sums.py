"""Checksums and parity of a file's blocks, taken in turns of a few milliseconds."""

from __future__ import annotations

from io import BufferedReader
from typing import TYPE_CHECKING
from zlib import crc32

from engine.base.lazy import np
from engine.base.turns import Turns
from engine.store.seal_layout import BLOCK, block_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

SLICE = 64 * BLOCK
"""How many bytes are read at a time: the memory that this takes, and the work between two turns."""

PIECE = 4096
"""zlib lets Python's lock go for more than 5 KiB."""


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
