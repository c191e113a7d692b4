"""Frames become a film's file. It imports Pillow and nothing heavier: a process of its own does it for the window."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

from engine.core.machine.atomic import atomic_write
from engine.export.film.settings import FilmFile

type Frames = Iterator[Image.Image]
"""As many pictures as the film has frames, of its size, RGB."""

QUALITY, METHOD = 80, 2
"""Of WebP: letters of 11 pixels stay clean, and a frame takes less time than it takes to be painted."""

COLOURS, COMMONEST = 255, 63
"""Of a GIF; one more stands for what has not changed. The commonest are as they are: panels and letters get no tint."""

MOST_SAMPLED, EACH = 24, 3
"""From how many frames a GIF's colours are taken, and of these from every how-manyth pixel across and down."""

CRF = "20"
"""The quality of MP4 in x264's scale: nothing is seen to be lost."""


def write_film(path: Path, film: FilmFile, frames: Frames) -> None:
    """Write a film of the kind that the path's end names, whole or not at all.

    Raises `OSError` as `atomic_write` does, and whatever the frames raise.
    """
    write = {".webp": _write_webp, ".gif": _write_gif, ".mp4": _write_mp4}[path.suffix.lower()]
    atomic_write(path, lambda file: write(file, film, frames))


def _write_webp(file: BinaryIO, film: FilmFile, frames: Frames) -> None:
    # Only the first frame is whole: tried both ways, each would take half as long again, and nobody seeks in a film.
    no_more = {"kmin": film.count, "kmax": film.count + 1}
    _Reel(film, frames).save(
        file, "webp", save_all=True, duration=film.times, loop=0, quality=QUALITY, method=METHOD, **no_more
    )


class _Reel(Image.Image):
    """All frames as one of Pillow's pictures that move; each is read when it is turned to, and none is kept.

    Given a list of pictures, Pillow would have all of them in memory before the first is compressed.
    """

    def __init__(self, film: FilmFile, frames: Frames) -> None:
        super().__init__()
        self._film, self._frames = film, frames
        self._shown, self._place = next(frames), 0
        self.n_frames = film.count

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of each frame."""
        return self._film.size

    def seek(self, frame: int) -> None:
        """Turn to a frame; they only go forwards."""
        while self._place < frame:
            self._shown, self._place = next(self._frames), self._place + 1

    def convert(self, *_: Any, **__: Any) -> Image.Image:
        """Return the frame that is turned to: without a mode of its own the picture is asked for one that has."""
        return self._shown


def _write_gif(file: BinaryIO, film: FilmFile, frames: Frames) -> None:
    # One table of colours for all frames: with one for each, what stands still would flicker. So all have to be there.
    kept = [zlib.compress(frame.tobytes(), 1) for frame in frames]
    colours = _colours(film, kept)

    def quantized() -> Frames:
        for each in kept:
            frame = Image.frombytes("RGB", film.size, zlib.decompress(each))
            yield frame.quantize(palette=colours, dither=Image.Dither.NONE)

    pictures = quantized()
    next(pictures).save(file, "gif", save_all=True, append_images=pictures, duration=film.times, loop=0)


def _colours(film: FilmFile, kept: list[bytes]) -> Image.Image:
    """Return a picture with the table of colours that suits frames from the whole film."""
    sampled = kept[:: -(-len(kept) // MOST_SAMPLED)]
    wide, high = -(-film.width // EACH), -(-film.height // EACH)
    together = Image.new("RGB", (wide, high * len(sampled)))
    for place, each in enumerate(sampled):
        frame = Image.frombytes("RGB", film.size, zlib.decompress(each))
        together.paste(frame.resize((wide, high), Image.Resampling.NEAREST), (0, place * high))
    counted: Any = together.getcolors(together.width * together.height)
    flat: Any = together.quantize(COLOURS, method=Image.Quantize.MEDIANCUT).getpalette()
    commonest = [colour for _, colour in sorted(counted, reverse=True)[:COMMONEST]]
    # Pillow tells colours apart by five bits of each part: of those that are alike for it only the commonest stays.
    table: dict[tuple[int, ...], tuple[int, ...]] = {}
    for colour in itertools.chain(commonest, itertools.batched(flat, 3)):
        table.setdefault(tuple(part >> 3 for part in colour), colour)
    made = Image.new("P", (1, 1))
    made.putpalette([part for colour in itertools.islice(table.values(), COLOURS) for part in colour])
    return made


def _write_mp4(file: BinaryIO, film: FilmFile, frames: Frames) -> None:
    import av

    width, height = (side - side % 2 for side in film.size)  # its colours are those of two pixels by two
    with av.open(file, "w", format="mp4") as box:
        stream = box.add_stream("libx264", rate=Fraction(1000, film.ms), options={"crf": CRF})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        at, last = 0, None
        for picture, ms in zip(frames, film.times, strict=True):
            last = av.VideoFrame.from_image(picture.crop((0, 0, width, height)))
            last.pts = at
            box.mux(stream.encode(last))
            at += ms
        assert last is not None
        last.pts = at - 1  # a frame is shown until the next one
        box.mux(stream.encode(last))
        box.mux(stream.encode(None))
