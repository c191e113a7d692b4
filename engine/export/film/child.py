"""The process that writes a film: it reads frames, and when all have come the file is complete.

In: a line of JSON (`path`, and the fields of `FilmFile`), then the frames, four bytes a pixel: blue, green, red and
unused. Out: lines of JSON: `{"done": 3}` after each frame, at last `{"bytes": 123}`, or
`{"refused": [sentence, hint]}`.
"""

import json
import sys
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

from engine.core.machine.atomic import cannot_save
from engine.core.machine.beside import stand_back
from engine.export.film.settings import FilmFile
from engine.export.film.writing import Frames, write_film

NICE = 5  # below the training and the window


class AbandonedError(Exception):
    """The process that requested the film is gone."""


def main() -> None:
    """Read a request from stdin, write the film, and report."""
    stand_back(NICE)
    request = json.loads(sys.stdin.buffer.readline())
    path = Path(request.pop("path"))
    try:
        write_film(path, film := FilmFile(**request), received(sys.stdin.buffer, film))
        _write({"bytes": path.stat().st_size})
    except AbandonedError:
        return
    except OSError as error:
        refusal = cannot_save(path, error)
        _write({"refused": [refusal.sentence, refusal.hint]})


def received(pipe: BinaryIO, film: FilmFile) -> Frames:
    """Yield the frames as they arrive; raise `AbandonedError` if they end too early."""
    for done in range(film.count):
        content = pipe.read(4 * film.width * film.height)
        if len(content) < 4 * film.width * film.height:
            raise AbandonedError
        yield Image.frombytes("RGB", film.size, content, "raw", "BGRX")
        _write({"done": done + 1})


def _write(message: dict[str, Any]) -> None:
    sys.stdout.write(f"{json.dumps(message)}\n")
    sys.stdout.flush()
