"""Pictures of things that are not digits, to test whether a network that has to choose a class notices.

All are drawn by code from a seed. Distances (`engine.model.network.training_vectors`) were chosen with the first two.
"""

from collections.abc import Callable, Mapping, Sequence

from engine.core.language import mark
from engine.core.lazy import Array, np
from engine.core.machine.folders import RESOURCES
from engine.data.dataset import Dataset
from engine.data.preparation import is_mnist_style, prepared

SIDE = 280  # the canvas' side in pixels
PEN = 12, 26  # least and largest width of the pen in pixels
LETTERS = "ACEFHJKLMNPRTUVWXY"  # capital letters that do not look like a digit
FONTS = "Inter-Regular.otf", "Inter-Medium.otf", "Inter-SemiBold.otf", "Inter-Bold.otf"  # no text
TURNED = 2, 3, 4, 5, 7  # digits that are no digits when rotated by 90°
DIGITS = tuple("0123456789")


def kinds_for(data: Dataset) -> tuple[str, ...]:
    """Return the `KINDS` that are not classes of the data: without hearts or letters where there are such classes."""
    classes = {name.casefold() for name in data.classes}
    known = {"hearts"} if "heart" in classes else set()
    if any(len(name) == 1 and name.isalpha() for name in classes):
        known.add("letters")
    return tuple(kind for kind in KINDS if kind not in known)


def strange_picture(kind: str, data: Dataset, random: np.random.Generator) -> Array:
    """Return a picture of one of `KINDS` as input for a network of these data (rows, columns), float32, 0 to 1."""
    return np.ascontiguousarray(KINDS[kind](data, random), np.float32)


def _as_drawn(draw: Callable[[np.random.Generator], Array]) -> Callable[[Dataset, np.random.Generator], Array]:
    """Return a function that prepares a drawing (rows, columns) for the data, as the canvas of Draw does."""
    return lambda data, random: prepared(draw(random), raw=not is_mnist_style(data), shape=data.shape)


def _scribble(random: np.random.Generator) -> Array:
    lines = []
    for _ in range(random.integers(1, 5)):
        corners = random.uniform(30, SIDE - 30, (random.integers(3, 12), 2))
        lines.append((_bent(corners), int(random.integers(*PEN))))
    return _drawn(lines)


def _polygon(random: np.random.Generator) -> Array:
    count = random.integers(3, 7)
    angles = 2 * np.pi * (np.arange(count) + random.uniform(-0.25, 0.25, count)) / count + random.uniform(0, 7)
    way = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    way *= random.uniform(60, 110, (count, 1))
    return _drawn([(SIDE / 2 + way[[*range(count), 0]], int(random.integers(*PEN)))])


def _heart(random: np.random.Generator) -> Array:
    turn = np.linspace(0, 2 * np.pi, 80) + random.uniform(0, 0.3)
    down = 13 * np.cos(turn) - 5 * np.cos(2 * turn) - 2 * np.cos(3 * turn) - np.cos(4 * turn)
    way = np.stack([16 * np.sin(turn) ** 3, -down], axis=1) * random.uniform(0.8, 1.2, 2)
    shaken = np.cumsum(random.normal(0, 0.25, way.shape), axis=0)
    way += shaken - np.linspace(0, 1, len(way))[:, None] * shaken[-1]
    angle = random.normal(0, 0.12)
    way = way @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return _drawn([(SIDE / 2 + random.uniform(4, 6) * way, int(random.integers(*PEN)))])


def _letter(random: np.random.Generator) -> Array:
    """Draw a letter of the window's typeface with a random weight, slightly rotated."""
    from PIL import Image, ImageDraw, ImageFont

    sheet = Image.new("L", (SIDE, SIDE))
    font = ImageFont.truetype(RESOURCES / "fonts" / FONTS[random.integers(len(FONTS))], 200)
    letter = LETTERS[random.integers(len(LETTERS))]
    ImageDraw.Draw(sheet).text((SIDE / 2, SIDE / 2), letter, fill=255, font=font, anchor="mm")
    return np.asarray(sheet.rotate(random.normal(0, 7), Image.Resampling.BILINEAR)) / np.float32(255)


def _turned(data: Dataset, random: np.random.Generator) -> Array:
    """Return a test image rotated by 90°, or by 180° where it is not square; for digits, one of `TURNED`."""
    numbers = np.arange(len(data.test_images))
    if data.classes == DIGITS:
        numbers = numbers[np.isin(data.test_labels, TURNED)]
    image = data.test_images[numbers[random.integers(len(numbers))]]
    rows, columns = data.shape
    return np.rot90(image, 1 if rows == columns else 2) / np.float32(255)


# Functions that make a picture for a data set, by name.
KINDS: Mapping[str, Callable[[Dataset, np.random.Generator], Array]] = {
    mark("scribbles"): _as_drawn(_scribble),
    mark("polygons"): _as_drawn(_polygon),
    mark("hearts"): _as_drawn(_heart),
    mark("letters"): _as_drawn(_letter),
    mark("turned images"): _turned,
    mark("noise"): lambda data, random: random.uniform(0, 1, data.shape),
}


def _drawn(lines: Sequence[tuple[Array, int]]) -> Array:
    """Return paths (n, 2), x and y, drawn with round pens of these widths (rows, columns), 0 to 1."""
    from PIL import Image, ImageDraw

    sheet = Image.new("L", (SIDE, SIDE))
    pen = ImageDraw.Draw(sheet)
    for way, width in lines:
        line = [tuple(place) for place in way.tolist()]
        pen.line(line, fill=255, width=width, joint="curve")
        for x, y in (line[0], line[-1]):
            pen.ellipse([x - width / 2, y - width / 2, x + width / 2, y + width / 2], fill=255)
    return np.asarray(sheet) / np.float32(255)


def _bent(corners: Array) -> Array:
    """Return a smooth curve near corners (n, 2): the moving average of the polygonal line."""
    steps = 30
    ways = np.linspace(0, len(corners) - 1, steps * len(corners))
    straight = np.stack([np.interp(ways, np.arange(len(corners)), column) for column in corners.T], axis=1)
    padded = np.pad(straight, ((steps // 2, steps // 2), (0, 0)), "edge")
    sums = np.cumsum(np.concatenate([np.zeros((1, 2)), padded]), axis=0)
    return (sums[steps:] - sums[:-steps]) / steps
