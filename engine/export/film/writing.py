"""Writes frames as a film's file. Imports Pillow and nothing heavier: the window uses it in a process of its own."""

import itertools
import zlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

from engine.core.machine.atomic import atomic_write
from engine.export.film.settings import FilmFile

type Frames = Iterator[Image.Image]  # the pictures of a film, all of its size, RGB

# Of WebP: letters of 11 pixels stay clean, and a frame takes less time than its painting.
QUALITY, METHOD = 80, 2
# Of a GIF; one more stands for unchanged pixels. The commonest colours are exact: panels and letters get no tint.
COLOURS, COMMONEST = 255, 63
MOST_SAMPLED, EACH = 24, 3  # frames for a GIF's colours, and the stride of the sampled pixels across and down
CRF = "20"  # the quality of MP4 in x264's scale: no loss is visible


def write_film(path: Path, film: FilmFile, frames: Frames) -> None:
    """Write a film of the format that the path's end names, whole or not at all; raise as `atomic_write` does."""
    write = {".webp": _write_webp, ".gif": _write_gif, ".mp4": _write_mp4}[path.suffix.lower()]
    atomic_write(path, lambda file: write(file, film, frames))


def _write_webp(file: BinaryIO, film: FilmFile, frames: Frames) -> None:
    # One keyframe: testing each frame as a keyframe takes half as long again, and nobody seeks in such a film.
    no_more = {"kmin": film.count, "kmax": film.count + 1}
    _Reel(film, frames).save(
        file, "webp", save_all=True, duration=film.times, loop=0, quality=QUALITY, method=METHOD, **no_more
    )


class _Reel(Image.Image):
    """All frames as one of Pillow's animated pictures; each is read when it is sought, and none is kept."""

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
        """Go to a frame; only forwards."""
        while self._place < frame:
            self._shown, self._place = next(self._frames), self._place + 1

    def convert(self, *_: Any, **__: Any) -> Image.Image:
        """Return the current frame; Pillow converts this picture, as it has no mode of its own."""
        return self._shown


def _write_gif(file: BinaryIO, film: FilmFile, frames: Frames) -> None:
    # One palette for all frames, as with one for each what stands still would flicker. So all frames have to be there.
    packed = [zlib.compress(frame.tobytes(), 1) for frame in frames]
    palette = _palette(film, packed)

    def quantized() -> Frames:
        for content in packed:
            frame = Image.frombytes("RGB", film.size, zlib.decompress(content))
            yield frame.quantize(palette=palette, dither=Image.Dither.NONE)

    pictures = quantized()
    next(pictures).save(file, "gif", save_all=True, append_images=pictures, duration=film.times, loop=0)


def _palette(film: FilmFile, packed: list[bytes]) -> Image.Image:
    """Return a picture with a palette for frames from the whole film."""
    sampled = packed[:: -(-len(packed) // MOST_SAMPLED)]
    wide, high = -(-film.width // EACH), -(-film.height // EACH)
    together = Image.new("RGB", (wide, high * len(sampled)))
    for place, content in enumerate(sampled):
        frame = Image.frombytes("RGB", film.size, zlib.decompress(content))
        together.paste(frame.resize((wide, high), Image.Resampling.NEAREST), (0, place * high))
    counted: Any = together.getcolors(together.width * together.height)
    flat: Any = together.quantize(COLOURS, method=Image.Quantize.MEDIANCUT).getpalette()
    commonest = [colour for _, colour in sorted(counted, reverse=True)[:COMMONEST]]
    # Pillow distinguishes colours by five bits of each part: of those that it takes for equal only the commonest stays.
    table: dict[tuple[int, ...], tuple[int, ...]] = {}
    for colour in itertools.chain(commonest, itertools.batched(flat, 3)):
        table.setdefault(tuple(part >> 3 for part in colour), colour)
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in itertools.islice(table.values(), COLOURS) for part in colour])
    return palette


def _write_mp4(file: BinaryIO, film: FilmFile, frames: Frames) -> None:
    import av

    width, height = (side - side % 2 for side in film.size)  # yuv420p has one colour for two by two pixels
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
        # The player shows a frame until the next one: this repetition gives the last its duration.
        last.pts = at - 1
        box.mux(stream.encode(last))
        box.mux(stream.encode(None))
