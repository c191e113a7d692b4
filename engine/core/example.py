"""An example: a picture that a person teaches a network, with the name of its class."""

from collections.abc import Iterable, Mapping
from typing import Any

from engine.core.frozen import Frozen
from engine.core.lazy import Array, np
from engine.core.messages import read_only

MOST_EXAMPLES = 5_000  # maximum number of examples that a session keeps
LONGEST_NAME = 40  # maximum number of letters in the name of a class, wherever it comes from


class Example(Frozen, eq=False):
    """A picture as a network receives it, uint8 (rows, columns), read-only, 0 for the background, with its class."""

    image: Array
    label: str  # the name of its class
    # For a drawn example: the canvas, as values that `CanvasState` reads, so that one can draw on it.
    canvas: Mapping[str, Any] | None = None
    source: str = ""  # for any other: the file that it came from

    def __eq__(self, other: object) -> bool:
        """Whether a network learns the same from both."""
        if self is other or not isinstance(other, Example):
            return self is other
        return self.label == other.label and np.array_equal(self.image, other.image)

    def __hash__(self) -> int:
        return hash((self.label, self.image.tobytes()))


def example_of(picture: Array, label: str, canvas: Mapping[str, Any] | None = None, source: str = "") -> Example:
    """Return the example of a picture (rows, columns), uint8 or float 0 to 1, which is copied."""
    grey = picture if picture.dtype == np.uint8 else np.rint(np.clip(picture, 0, 1) * 255)
    return Example(image=read_only(grey.astype(np.uint8)), label=label, canvas=canvas, source=source)


def class_names(examples: Iterable[Example], known: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the `known` names of classes, followed by the examples' new ones in order of first appearance."""
    return tuple(dict.fromkeys([*known, *(example.label for example in examples)]))
