"""Digits as pictures that people might have: enlarged, shifted, thin, on other grounds, drawn anew with a pen."""

import io
import struct
import zlib

import numpy as np
from PIL import Image, ImageDraw

SIDE = 280  # in pixels, of a drawing's picture

PEN_WIDTHS = (0.02, 0.03, 0.04, 0.05, 0.06)  # shares of the picture's side


def grey(values):
    """Return a picture of brightness, 0 to 1."""
    return Image.fromarray(np.rint(np.asarray(values) * 255).astype(np.uint8))


def png(picture):
    return encoded(picture, "PNG")


def jpeg(picture):
    return encoded(picture, "JPEG", quality=40)


def encoded(picture, form, **how):
    """Return the picture as a file's content."""
    file = io.BytesIO()
    picture.save(file, form, **how)
    return file.getvalue()


def png_of(width, height, data=b""):
    """Return a PNG that claims this size, whatever its data are."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(data)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )


def enlarged(digit, times=10):
    return np.kron(digit, np.ones((times, times), np.float32))


def shifted(digit, number):
    """Return the digit in a frame of twice its side, away from the middle by up to a third of the frame."""
    most = 2 * len(digit) // 3
    room = len(digit) // 2
    y, x = np.random.default_rng(number).integers(-most, most + 1, 2)
    # What MNIST leaves free around each digit may leave the frame, but no ink.
    rows, columns = (np.flatnonzero(digit.max(axis=axis)) for axis in (1, 0))
    y, x = (
        int(np.clip(move, -room - lines[0], room + len(digit) - 1 - lines[-1]))
        for move, lines in ((y, rows), (x, columns))
    )
    frame = np.zeros((2 * len(digit), 2 * len(digit)), np.float32)
    kept = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    top, left = room + y + rows[0], room + x + columns[0]
    frame[top : top + kept.shape[0], left : left + kept.shape[1]] = kept
    return frame


def thinned(digit):
    """Return the digit with strokes one pixel thinner: the least of each two pixels beside and below each other."""
    wide = np.pad(digit, ((0, 1), (0, 1)))
    return np.minimum.reduce([wide[:-1, :-1], wide[1:, :-1], wide[:-1, 1:], wide[1:, 1:]])


def thickened(digit):
    """Return the digit with strokes one pixel thicker."""
    wide = np.pad(digit, ((1, 0), (1, 0)))
    return np.maximum.reduce([wide[:-1, :-1], wide[1:, :-1], wide[:-1, 1:], wide[1:, 1:]])


def on_ground(digit, ink, ground):
    return grey(ground + (ink - ground) * digit)


def on_nothing(digit, ink):
    """Return ink of one brightness on a transparent ground."""
    opacity = np.rint(digit * 255).astype(np.uint8)
    return Image.fromarray(np.stack([np.full_like(opacity, ink)] * 3 + [opacity], axis=-1), "RGBA")


def traced(digit, width):
    """Return the digit drawn anew on 280 x 280 pixels, with a pen of one width (share of the side) along its strokes.

    The pen goes along the middle of the ink: the skeleton of the digit, four times enlarged.
    """
    fine = 4
    smooth = grey(digit).resize((fine * digit.shape[1], fine * digit.shape[0]), Image.Resampling.BICUBIC)
    lines = skeleton(np.asarray(smooth) > 110)
    scale = SIDE / lines.shape[0]
    picture = Image.new("L", (2 * SIDE, 2 * SIDE))  # twice as large: the edges become smooth
    pen, radius = ImageDraw.Draw(picture), width * SIDE
    for y, x in np.argwhere(lines):
        pen.ellipse(_around((x + 0.5) * 2 * scale, (y + 0.5) * 2 * scale, radius), 255)
        for down, across in ((0, 1), (1, -1), (1, 0), (1, 1)):
            v, u = y + down, x + across
            if v < lines.shape[0] and 0 <= u < lines.shape[1] and lines[v, u]:
                ends = [(place + 0.5) * 2 * scale for place in (x, y, u, v)]
                pen.line(ends, 255, round(2 * radius))
    return picture.resize((SIDE, SIDE), Image.Resampling.BOX)


def _around(x, y, radius):
    return (x - radius, y - radius, x + radius, y + radius)


def skeleton(ink):
    """Return the middle lines of a picture of booleans, one pixel wide: Zhang and Suen (1984)."""
    ink = np.pad(ink, 1).astype(np.uint8)
    while True:
        before = ink.sum()
        for first in (True, False):
            around = [np.roll(ink, shift, (0, 1)) for shift in _AROUND]
            north, _, east, _, south, _, west, _ = around
            neighbours = sum(each.astype(int) for each in around)
            pairs = zip(around, around[1:] + around[:1], strict=True)
            changes = sum(((one == 0) & (other == 1)).astype(int) for one, other in pairs)
            if first:
                free = (north * east * south == 0) & (east * south * west == 0)
            else:
                free = (north * east * west == 0) & (north * south * west == 0)
            ink[(ink == 1) & (neighbours >= 2) & (neighbours <= 6) & (changes == 1) & free] = 0
        if ink.sum() == before:
            return ink[1:-1, 1:-1].astype(bool)


# shifts that bring the neighbours onto a pixel: north first, then clockwise
_AROUND = ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))


def _circle(x, y, radius):
    turns = np.linspace(-np.pi / 2, 1.5 * np.pi, 17)
    return [(x + radius * np.cos(turn), y + radius * np.sin(turn)) for turn in turns]


# Digits of people who write otherwise than MNIST's writers: strokes as corners, in the units of a drawing.
HARD = {
    "1, a narrow line": (1, [[(14, 4), (14, 24)]]),
    "1 with a long flag, as in Europe": (1, [[(8, 13), (15, 4), (15, 24)]]),
    "1 with a flag and a foot": (1, [[(9, 10), (14, 4), (14, 24)], [(9, 24), (19, 24)]]),
    "1, slanted": (1, [[(19, 4), (10, 24)]]),
    "2, all corners": (2, [[(8, 8), (12, 4), (18, 6), (18, 11), (8, 23), (20, 23)]]),
    "2, slanted": (2, [[(12, 8), (17, 4), (22, 7), (19, 13), (6, 24), (18, 24)]]),
    "3, narrow": (3, [[(11, 5), (15, 4), (17, 7), (15, 12), (12, 13), (16, 15), (17, 20), (14, 24), (10, 23)]]),
    "3 with a flat top": (3, [[(8, 5), (19, 5), (12, 12), (18, 15), (18, 21), (13, 24), (8, 22)]]),
    "4, open": (4, [[(9, 5), (8, 14), (20, 14)], [(18, 5), (17, 24)]]),
    "4, closed": (4, [[(16, 24), (16, 4), (7, 17), (21, 17)]]),
    "4, slanted": (4, [[(15, 4), (7, 15), (19, 16)], [(20, 8), (13, 24)]]),
    "5, its roof apart": (5, [[(10, 6), (9, 13), (15, 12), (19, 16), (17, 22), (12, 24), (8, 22)], [(12, 5), (20, 4)]]),
    "5, all corners": (5, [[(19, 5), (9, 5), (9, 13), (18, 13), (18, 23), (8, 23)]]),
    "6, unclosed": (6, [[(17, 4), (11, 9), (8, 16), (10, 23), (16, 24), (19, 20), (16, 16), (12, 17)]]),
    "6, narrow": (6, [[(15, 4), (12, 12), (12, 21), (14, 24), (16, 21), (15, 16), (12, 18)]]),
    "7 with a bar, as in Europe": (7, [[(8, 5), (20, 5), (13, 24)], [(10, 14), (19, 14)]]),
    "7 with a serif and a bar": (7, [[(8, 8), (8, 5), (20, 5), (12, 24)], [(11, 15), (19, 14)]]),
    "7, narrow": (7, [[(11, 5), (17, 5), (14, 24)]]),
    "8, two circles": (8, [_circle(14, 9, 4.5), _circle(14, 19, 5)]),
    "8, unclosed": (
        8, [[(18, 6), (14, 4), (10, 7), (13, 13), (18, 18), (15, 24), (10, 21), (12, 16), (17, 11), (19, 7)]]
    ),
    "8, slanted": (8, [[(20, 6), (15, 4), (12, 8), (15, 14), (15, 20), (10, 24), (7, 20), (12, 15), (20, 9), (20, 6)]]),
    "9, unclosed": (9, [[(18, 8), (14, 5), (10, 8), (11, 13), (17, 12), (18, 7), (17, 24)]]),
    "9 with a straight leg": (9, [_circle(13, 9.5, 4.5), [(17.5, 8), (17.5, 24)]]),
    "9 with a hook": (9, [_circle(14, 9, 4.5), [(18.5, 9), (18, 20), (14, 24), (9, 22)]]),
    "0, narrow": (0, [[(14, 4), (11, 9), (11, 19), (14, 24), (17, 19), (17, 9), (14, 4)]]),
    "0, unclosed": (0, [[(15, 4), (9, 7), (7, 15), (10, 23), (16, 24), (20, 18), (20, 10), (17, 6)]]),
    "0, slanted": (0, [[(18, 4), (10, 9), (8, 20), (12, 24), (18, 19), (21, 8), (18, 4)]]),
}  # fmt: skip


def drawn(strokes, width=2.2):
    """Return strokes on 280 x 280 pixels, dark on light; a pen's width is in the units of a drawing."""
    scale = 2 * SIDE / 28
    picture = Image.new("L", (2 * SIDE, 2 * SIDE), 255)
    pen = ImageDraw.Draw(picture)
    for points in strokes:
        places = [(x * scale, y * scale) for x, y in points]
        pen.line([each for place in places for each in place], 0, round(width * scale), joint="curve")
        for x, y in (places[0], places[-1]):
            pen.ellipse(_around(x, y, width * scale / 2), 0)
    return picture.resize((SIDE, SIDE), Image.Resampling.BOX)
