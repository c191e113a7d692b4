"""Arrays in a session file: each is stored once, under the hash of its type, shape and content."""

import hashlib
import json
import math
import sqlite3
from collections import Counter
from collections.abc import Iterable

from engine.core.cache import Cache
from engine.core.lazy import Array, frozen, np
from engine.core.lens import Weights
from engine.session.store.values import NONSENSE, Shape, array_shape

HELD = 64_000_000  # bytes of arrays that stay in memory after they were read, for the time slider

# The number types that are read. Half floats ("<f2") become float32: the bundled session's weights are stored so, to
# save space; the hash is of the stored half floats.
KINDS = ("<f4", "<i8", "<i4", "<f8", "|b1", "|u1", "<u4", "<u8", "<f2")

# Text as bytes: for text with a flipped bit, the module sqlite3 raises the same error as for an unreadable disk.
DESCRIBED = """SELECT CAST(type AS BLOB), CAST(shape AS BLOB),
    CASE typeof(content) WHEN 'blob' THEN length(content) END FROM arrays WHERE sha256 = ?"""

# SQLite's codes for impossible content; any other code is about this attempt to read.
CORRUPT = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_TOOBIG)


class DamagedError(Exception):
    """An array in the file does not match its hash, or is missing."""


class Arrays:
    """The table `arrays` of an open file. Invariant: an array exists as long as something uses it."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self.uses: Counter[str] = Counter()  # the number of uses of each array in the file
        self._held: Cache[str, Array] = Cache(size=HELD, bytes_of=lambda array: array.nbytes)
        self._shapes: dict[str, Shape] = {}  # cached results of `shape`, as many moments share some arrays

    def count(self, hashes: Iterable[str]) -> None:
        """Count a use of these arrays in the file."""
        self.uses.update(hashes)

    def count_uses(self, uses: Counter[str]) -> None:
        """Add the changes of a transaction that was committed."""
        for key, change in uses.items():
            count = self.uses[key] + change
            if count > 0:
                self.uses[key] = count
            else:  # forgotten, as a long run drops as many moments as it makes
                self.uses.pop(key, None)
                self._shapes.pop(key, None)
                self._held.pop(key)

    def put(self, arrays: Weights, uses: Counter[str]) -> str:
        """Store arrays that are not stored yet; return the hashes, separated by spaces, and count them in `uses`."""
        hashes = []
        for array in arrays:
            key = hash_of(array)
            if not self.uses[key] + uses[key]:
                row = (key, _type(array), json.dumps(array.shape), array.tobytes())
                self._database.execute("INSERT OR REPLACE INTO arrays VALUES (?, ?, ?, ?)", row)
            uses[key] += 1
            hashes.append(key)
        return " ".join(hashes)

    def drop(self, hashes: Iterable[str], uses: Counter[str]) -> None:
        """Remove a use of these arrays; unused ones are deleted. `uses` is as in `put`."""
        for key in hashes:
            uses[key] -= 1
            if self.uses[key] + uses[key] <= 0:
                self._database.execute("DELETE FROM arrays WHERE sha256 = ?", (key,))

    def get(self, hashes: str) -> Weights:
        """Return the arrays with these hashes, read-only. Raises `DamagedError`, or `sqlite3.Error` for now."""
        arrays = []
        for key in hashes.split():
            held = self._held.get(key)
            arrays.append(self._held.put(key, self._read(key)) if held is None else held)
        return tuple(arrays)

    def shape(self, key: str) -> Shape | None:
        """Return an array's shape; `None` if missing or unreadable now. Raises `DamagedError` for an impossible one."""
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
        """Return type and shape of an array, checked against the length of its content."""
        row = self._database.execute(DESCRIBED, (key,)).fetchone()
        if row is None:
            return None
        kind, shape, size = row
        try:
            kind, sizes = kind.decode(), array_shape(shape.decode())
        except NONSENSE as error:
            raise DamagedError(str(error)) from error
        if kind not in KINDS:
            raise DamagedError("its numbers are of no known type")  # no text
        if math.prod(sizes) * int(kind[2:]) != size:
            raise DamagedError("it is of another length")  # no text
        return kind, sizes

    def _read(self, key: str) -> Array:
        try:
            described = self._described(key)
            row = self._database.execute("SELECT content FROM arrays WHERE sha256 = ?", (key,)).fetchone()
            if described is None or row is None:
                raise DamagedError("it is missing")  # no text
            kind, sizes = described
            array = np.frombuffer(row[0], kind).reshape(sizes)
            if hash_of(array) != key:
                raise DamagedError("its content has changed")  # no text
            return frozen(array.astype(np.float32)) if array.dtype == np.float16 else array
        except sqlite3.Error as error:
            if (getattr(error, "sqlite_errorcode", 0) & 0xFF) in CORRUPT:
                raise DamagedError(str(error)) from error
            raise  # the disk cannot be read, or the file is closed: this does not prove damage
        except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise DamagedError(str(error)) from error


def hash_of(array: Array) -> str:
    """Return the SHA-256 of an array's type, shape and content, in hexadecimal."""
    digest = hashlib.sha256(f"{_type(array)} {array.shape} ".encode())
    digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _type(array: Array) -> str:
    return array.dtype.newbyteorder("<").str
