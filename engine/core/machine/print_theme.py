"""The light theme's colours, fonts and colour maps, for pictures that are saved without a window."""

import functools
import json
from typing import TYPE_CHECKING, Any

from engine.core.lazy import Array, np
from engine.core.machine.folders import RESOURCES

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

SCALE = 2  # pixels per unit of the theme's measures


@functools.cache
def colors() -> dict[str, Any]:
    """Return the light theme's colours by name."""
    return json.loads((RESOURCES / "theme" / "light.json").read_text("utf-8"))


@functools.cache
def measures() -> dict[str, Any]:
    """Return the theme's font sizes, spacings and heights."""
    return json.loads((RESOURCES / "theme" / "metrics.json").read_text("utf-8"))


@functools.cache
def type_face(role: str) -> "FreeTypeFont":
    """Return the font for `title`, `label`, `axis` and so on."""
    from PIL import ImageFont

    entry = measures()["fonts"][role]
    weight = "SemiBold" if entry["weight"] >= 600 else "Medium"  # no text
    return ImageFont.truetype(RESOURCES / "fonts" / f"Inter-{weight}.otf", SCALE * entry["size"])  # no text


def measure(kind: str, name: str) -> int:
    """Return a measure of the theme, in pixels of a picture."""
    return SCALE * measures()[kind][name]


def magnitudes(numbers: Array, most: float) -> Array:
    """Return numbers (rows, columns), 0 to `most`, as colours (rows, columns, 3), uint8."""
    return _colored(np.abs(numbers) / (most or 1), colors()["magnitude"])


def signed(numbers: Array, most: float) -> Array:
    """Return numbers (rows, columns), -`most` to `most`, as colours (rows, columns, 3), uint8; zero is white."""
    return _colored(0.5 + 0.5 * numbers / (most or 1), colors()["signed"])


def _colored(shares: Array, steps: list[str]) -> Array:
    known = np.array([tuple(bytes.fromhex(step[1:])) for step in steps])
    places = np.clip(np.nan_to_num(shares), 0, 1) * (len(steps) - 1)
    channels = [np.interp(places, np.arange(len(steps)), channel) for channel in known.T]
    return np.rint(np.stack(channels, axis=-1)).astype(np.uint8)
