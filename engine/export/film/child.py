"""The process of its own that writes a film: frames come in, and when all are there, so is the file.

In: a line of JSON (`path`, and the fields of `FilmFile`), then the frames, four bytes a pixel: blue, green, red and
none. Out: lines of JSON: `{"done": 3}` after each frame, at last `{"bytes": 123}`, or `{"refused": [sentence, hint]}`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

from engine.core.machine.atomic import cannot_save
from engine.core.machine.beside import stand_back
from engine.export.film.settings import FilmFile
from engine.export.film.writing import Frames, write_film

NICE = 5
"""How far it stands back behind the training and the window."""


class LeftAloneError(Exception):
    """The process that wanted the film is gone."""


def main() -> None:
    """Read what is wanted from stdin, write the film, and say so."""
    stand_back(NICE)
    wanted = json.loads(sys.stdin.buffer.readline())
    path = Path(wanted.pop("path"))
    try:
        write_film(path, film := FilmFile(**wanted), received(sys.stdin.buffer, film))
        _say({"bytes": path.stat().st_size})
    except LeftAloneError:
        return
    except OSError as error:
        refused = cannot_save(path, error)
        _say({"refused": [refused.sentence, refused.hint]})


def received(pipe: BinaryIO, film: FilmFile) -> Frames:
    """Yield the frames as they arrive; raise `LeftAloneError` if they end too early."""
    for done in range(film.count):
        content = pipe.read(4 * film.width * film.height)
        if len(content) < 4 * film.width * film.height:
            raise LeftAloneError
        yield Image.frombytes("RGB", film.size, content, "raw", "BGRX")
        _say({"done": done + 1})


def _say(told: dict[str, Any]) -> None:
    sys.stdout.write(f"{json.dumps(told)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
