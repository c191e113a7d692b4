"""Arrays as a safetensors file."""

import json
from collections.abc import Mapping
from typing import Any

from engine.core.lazy import Array, np

ALIGNMENT = 8  # bytes: the arrays begin at a multiple


def safetensors_of(arrays: Mapping[str, Array], about: Mapping[str, str]) -> bytes:
    """Return the content of a file with arrays, as float32, by name, and with texts about them, of ASCII.

    Format: https://github.com/huggingface/safetensors#format: the size of the header, in 8 bytes; the header, JSON
    that is filled up with spaces so that the arrays are aligned; the arrays in C order. All numbers are little-endian.
    """
    header: dict[str, Any] = {"__metadata__": dict(about)}
    contents, end = [], 0
    for name, array in arrays.items():
        contents.append(np.ascontiguousarray(array, "<f4").tobytes())
        start, end = end, end + len(contents[-1])
        header[name] = {"dtype": "F32", "shape": array.shape, "data_offsets": [start, end]}
    text = json.dumps(header).encode("ascii")
    text += b" " * (-len(text) % ALIGNMENT)
    return b"".join([len(text).to_bytes(8, "little"), text, *contents])
