"""What lies on the canvas: a picture, if any, and strokes over it. It never changes: undo shows an old one again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.core.array import Array
from engine.core.drawing import Stroke

DRAWN_ON = ", drawn on"  # ends the caption of an image that was received as it is, until somebody drew on it


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """Strokes in the order in which they were made, over a picture (rows, columns), 0 for the ground to 1 for ink."""

    strokes: tuple[Stroke, ...] = ()
    picture: Array | None = None
    caption: str = ""  # what the picture is, in a few words
    as_is: bool = False
    """Whether the picture is what the network receives, pixel for pixel, and must not be prepared once more."""
    change: Array | None = None  # what was added to an earlier picture to make this one, of its shape

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever put there."""
        return not self.strokes and self.picture is None

    def with_stroke(self, stroke: Stroke) -> Sheet:
        """Return the sheet with one stroke more: the picture is another then, and so is the change that made it."""
        caption = self.caption
        if self.as_is and caption and not self.strokes:
            caption += DRAWN_ON
        return replace(self, strokes=(*self.strokes, stroke), caption=caption, change=None)
