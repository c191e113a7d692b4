"""Foreign .npz archives: opened, and the headers of their arrays read, with little memory whatever the bytes say."""

from __future__ import annotations

import zipfile
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from engine.core.lazy import np

if TYPE_CHECKING:
    from engine.data.location import Shape

# The maximum number of bytes that zipfile reads at once, which limits the list of arrays (it takes seven times as much
# memory), and that NumPy reads of a header, whose length is in the file.
LONGEST_READ = 2**20

PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # zipfile inflates others without a limit on the size of one read


class ArrayHeader(NamedTuple):
    """What an array is: its numbers begin after `start` bytes of its member, in Fortran's order or in C's."""

    shape: Shape
    dtype: np.dtype[Any]
    is_fortran: bool
    start: int


class _InSmallReads:
    """A file with limited reads: zipfile would read a list of any length, and NumPy a header of any length."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > LONGEST_READ:
            raise zipfile.BadZipFile("Its list, or a header, is too long.")  # no text
        return self._file.read(LONGEST_READ if size < 0 else size)


def archive_of(file: IO[bytes]) -> zipfile.ZipFile:
    """Open an archive; raises exceptions of a dozen classes where it is none."""
    return zipfile.ZipFile(_InSmallReads(file))


def read_header(stream: IO[bytes]) -> ArrayHeader:
    """Read the header at the beginning of an array's member; raises exceptions of a dozen classes where it is none."""
    head, npy = _InSmallReads(stream), np.lib.format
    read = npy.read_array_header_1_0 if npy.read_magic(head) == (1, 0) else npy.read_array_header_2_0
    try:
        shape, is_fortran, dtype = read(head)
    except MemoryError as problem:  # Python's parser gives up on a forged header
        raise ValueError("The header is nested too deeply.") from problem
    return ArrayHeader(shape, dtype, is_fortran, stream.tell())
