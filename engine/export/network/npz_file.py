"""Arrays as an .npz file."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping

from engine.core.lazy import Array, np


def npz_of(arrays: Mapping[str, Array], about: Mapping[str, str]) -> bytes:
    """Return the content of a file with arrays by name, for `numpy.load`, and texts about them in its comment, as JSON.

    The comment is that of the archive: NumPy does not read it, so the file has no other arrays than these.
    """
    # NumPy's stub has a keyword `allow_pickle`, as which mypy would check the arrays.
    savez: Callable[..., None] = np.savez
    content = io.BytesIO()
    savez(content, **arrays)
    with zipfile.ZipFile(content, "a") as archive:
        archive.comment = json.dumps(dict(about)).encode("ascii")
    return content.getvalue()
