"""What lies on the canvas: a picture, if any, and strokes over it. Immutable: undo shows an old sheet again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.core.drawing import Stroke
from engine.core.lazy import Array

# Ends the caption of an image that was received as it is, once somebody has drawn on it.
DRAWN_ON = ", drawn on"


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """Strokes in the order in which they were made, over a picture (rows, columns), 0 for the ground to 1 for ink."""

    strokes: tuple[Stroke, ...] = ()
    picture: Array | None = None
    caption: str = ""  # the picture in a few words
    # Whether the picture is what the network receives, pixel for pixel, and must not be prepared again.
    as_is: bool = False
    change: Array | None = None  # added to an earlier picture to make this one, of its shape

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever put there."""
        return not self.strokes and self.picture is None

    def with_stroke(self, stroke: Stroke) -> Sheet:
        """Return the sheet with one stroke more. The picture is another one then, so its change is dropped."""
        caption = self.caption
        if self.as_is and caption and not self.strokes:
            caption += DRAWN_ON
        return replace(self, strokes=(*self.strokes, stroke), caption=caption, change=None)
