"""Arrays in a session file: each stored once, under the hash of what it is."""

from __future__ import annotations

import hashlib
import json
import math
import sqlite3
from collections import Counter
from typing import TYPE_CHECKING

from engine.core.array import Array
from engine.core.cache import Cache
from engine.core.lazy import np
from engine.session.store.values import NONSENSE, Shape, array_shape

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.core.lens import Weights

HELD = 64_000_000
"""Bytes of arrays that stay in memory once they were read: what a time slider goes back and forth over."""

KINDS = ("<f4", "<i8", "<i4", "<f8", "|b1", "|u1", "<u4", "<u8", "<f2")
"""Types of numbers that are read. Half floats ("<f2") come out as float32: the bundled session's weights are kept so,
for the room; the hash is of the half floats that are stored."""

DESCRIBED = """SELECT CAST(type AS BLOB), CAST(shape AS BLOB),
    CASE typeof(content) WHEN 'blob' THEN length(content) END FROM arrays WHERE sha256 = ?"""
"""Words as bytes: a flipped bit may have made text that the module sqlite3 refuses as if it could not be read now."""

CORRUPT = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_TOOBIG)
"""What SQLite says of a file whose content cannot be; all else that it says is about this reading."""


class DamagedError(Exception):
    """An array in the file is not what its hash says, or is not there."""


class Arrays:
    """The table `arrays` of an open file. Invariant: an array is there as long as something counts on it."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._uses: Counter[str] = Counter()
        self._held: Cache[str, Array] = Cache(size=HELD, bytes_of=lambda array: array.nbytes)
        self._shapes: dict[str, Shape] = {}
        """The shape of each array that was asked for without reading it: many moments share some."""

    @property
    def uses(self) -> Counter[str]:
        """How often each array is used in the file."""
        return self._uses

    def count(self, hashes: Iterable[str]) -> None:
        """Note that something in the file uses these arrays."""
        self._uses.update(hashes)

    def count_uses(self, uses: Counter[str]) -> None:
        """Take over what a transaction changed, once it is committed."""
        for key, change in uses.items():
            count = self._uses[key] + change
            if count > 0:
                self._uses[key] = count
            else:
                self._forget(key)  # a long run gives up as many moments as it makes

    def _forget(self, key: str) -> None:
        self._uses.pop(key, None)
        self._shapes.pop(key, None)
        self._held.pop(key)

    def put(self, arrays: Weights, uses: Counter[str]) -> str:
        """Store what is not stored yet and return the hashes, separated by blanks; `uses` counts them.

        `uses` is what the present transaction adds: the caller hands it to `count_uses` once that is committed.
        """
        hashes = []
        for array in arrays:
            key = hash_of(array)
            if not self._uses[key] + uses[key]:
                row = (key, _type(array), json.dumps(array.shape), array.tobytes())
                self._database.execute("INSERT OR REPLACE INTO arrays VALUES (?, ?, ?, ?)", row)
            uses[key] += 1
            hashes.append(key)
        return " ".join(hashes)

    def drop(self, hashes: Iterable[str], uses: Counter[str]) -> None:
        """Use these arrays no more; those that nobody uses are deleted. `uses` as in `put`."""
        for key in hashes:
            uses[key] -= 1
            if self._uses[key] + uses[key] <= 0:
                self._database.execute("DELETE FROM arrays WHERE sha256 = ?", (key,))

    def get(self, hashes: str) -> Weights:
        """Return the arrays with these hashes, read-only. Raises `DamagedError`, or `sqlite3.Error`: not now."""
        return tuple(self._get(key) for key in hashes.split())

    def _get(self, key: str) -> Array:
        held = self._held.get(key)
        return held if held is not None else self._held.put(key, self._read(key))

    def shape(self, key: str) -> Shape | None:
        """Return the shape of an array as the file tells it, without reading it; `None` where it has none now.

        Raises `DamagedError` when the file describes an array that cannot exist.
        """
        if key not in self._shapes:
            try:
                described = self._described(key)
            except sqlite3.Error:
                return None
            if described is None:
                return None
            self._shapes[key] = described[1]
        return self._shapes[key]

    def _described(self, key: str) -> tuple[str, Shape] | None:
        """Return type and shape of an array whose content is as long as they say."""
        row = self._database.execute(DESCRIBED, (key,)).fetchone()
        if row is None:
            return None
        kind, shape, size = row
        try:
            kind, sizes = kind.decode(), array_shape(shape.decode())
        except NONSENSE as error:
            raise DamagedError(str(error)) from error
        if kind not in KINDS:
            raise DamagedError("its numbers are of no known type")
        if math.prod(sizes) * int(kind[2:]) != size:
            raise DamagedError("it is of another length")
        return kind, sizes

    def _read(self, key: str) -> Array:
        try:
            described = self._described(key)
            row = self._database.execute("SELECT content FROM arrays WHERE sha256 = ?", (key,)).fetchone()
            if described is None or row is None:
                raise DamagedError("it is missing")
            kind, sizes = described
            array = np.frombuffer(row[0], kind).reshape(sizes)
            if hash_of(array) != key:
                raise DamagedError("its content has changed")
            return _widened(array)
        except sqlite3.Error as error:
            if (getattr(error, "sqlite_errorcode", 0) & 0xFF) in CORRUPT:
                raise DamagedError(str(error)) from error
            raise  # the disk does not give it now, or the file is closed, which says nothing about what it is
        except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise DamagedError(str(error)) from error


def hash_of(array: Array) -> str:
    """Return the SHA-256 of an array's type, shape and content, in hexadecimal."""
    digest = hashlib.sha256(f"{_type(array)} {array.shape} ".encode())
    digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _widened(array: Array) -> Array:
    if array.dtype != np.float16:
        return array
    wide = array.astype(np.float32)
    wide.flags.writeable = False
    return wide


def _type(array: Array) -> str:
    return array.dtype.newbyteorder("<").str
