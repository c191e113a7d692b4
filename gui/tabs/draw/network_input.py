"""What the network receives of a canvas: prepared, raw, or just as it lies there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from engine.data.preparation import area_averaged, prepared

if TYPE_CHECKING:
    from gui.tabs.draw.canvas import Canvas


def received(canvas: Canvas, *, raw: bool, shape: tuple[int, int]) -> np.ndarray[Any, Any]:
    """Return the picture that goes into the network, float32 of `shape` (rows, columns), 0 to 1.

    A picture that is received as it is stays where it is when one draws on it: prepared once more, it would jump.
    """
    if not is_as_is(canvas, shape):
        return prepared(canvas.picture(), raw=raw, shape=shape)
    sheet = canvas.shown_sheet
    if sheet.picture is not None and not sheet.strokes and not canvas.is_drawing:
        return sheet.picture
    longest = float(max(shape))  # of the canvas, in pixels of the picture
    return np.clip(area_averaged(canvas.picture(), shape, (longest, longest)), 0, 1)


def is_as_is(canvas: Canvas, shape: tuple[int, int]) -> bool:
    """Whether what lies on the canvas is received pixel for pixel by a network that reads `shape`."""
    sheet = canvas.shown_sheet
    return sheet.as_is and sheet.picture is not None and sheet.picture.shape == shape
