"""The settings of a film: how many snapshots, how fast, how wide; and the formats of films."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from engine.core.errors import UserError
from engine.core.frozen import Frozen
from engine.core.knobs import Spec, knob
from engine.core.language import mark, tr

# The name of each format, by the end of a file's name.
KINDS = {".webp": "WebP", ".gif": "GIF", ".mp4": "MP4"}  # no text

END_MS = 1500  # additional time of the last frame, in ms: a film repeats at once, and its end has to be seen
FEWEST = 2  # fewer frames are no film

NO_PYAV = mark("MP4 needs PyAV, which is not installed.")
INSTALL_PYAV = mark("Install it (pip install av), or choose WebP or GIF.")


class FilmSpec(Spec):
    """The settings of a film."""

    frames: int = knob(
        60,
        title=mark("Snapshots"),
        help=mark("How many snapshots at most, evenly picked; each is one frame."),
        within=(FEWEST, 1000),
    )
    pace: float = knob(10.0, title=mark("Frames a second"), help=mark("How fast the film goes."), within=(0.5, 30.0))
    width: int = knob(960, title=mark("Width in pixels"), help=mark("How wide the film is."), within=(160, 3840))


class FilmFile(Frozen):
    """The contents of a film's file: `count` frames of that size, each for `ms` milliseconds, the last one longer."""

    width: int
    height: int
    count: int
    ms: int

    @classmethod
    def of(cls, spec: FilmSpec, size: tuple[int, int], count: int) -> Self:
        """Return the contents for frames of that size (width, height)."""
        return cls(width=size[0], height=size[1], count=count, ms=round(1000 / spec.pace))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.width, self.height

    @property
    def times(self) -> list[int]:
        """The duration of each frame, in ms."""
        return [*[self.ms] * (self.count - 1), self.ms + END_MS]


def picked(steps: Sequence[int], frames: int) -> tuple[int, ...]:
    """Return at most `frames` of the steps, evenly spaced, the first and the last among them."""
    if len(steps) <= frames:
        return tuple(steps)
    return tuple(steps[round(place * (len(steps) - 1) / (frames - 1))] for place in range(frames))


def check_kind(path: Path) -> None:
    """Raise `UserError` if no film can be written under that name."""
    suffix = path.suffix.lower()
    if suffix not in KINDS:
        *others, last = KINDS
        sentence = tr("{file} does not end in {ends} or {end}.", file=path.name, ends=", ".join(others), end=last)
        raise UserError(sentence, hint=tr("The end of the name says which kind of film it is to be."))
    if suffix == ".mp4" and not there_is_pyav():
        raise UserError(tr(NO_PYAV), hint=tr(INSTALL_PYAV))


def there_is_pyav() -> bool:
    """Whether films can be written as MP4."""
    return importlib.util.find_spec("av") is not None
