"""What is looked at: one lens, selection and undo for all tabs, so that a click in one is seen in all."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from PySide6.QtCore import QObject, Signal

from engine.lens import Lens, Neuron
from gui.history import Histories


class Sent(NamedTuple):
    """A picture (rows, columns), 0 to 1, that a tab sends to the canvas, and what it is in a few words."""

    picture: np.ndarray[Any, Any]
    caption: str
    as_is: bool = False
    """Whether the network receives it pixel for pixel: to centre it once more would make another picture of it."""


class Selection(QObject):
    """The lens, and the class, neuron and image that are picked out; `None` where nothing is."""

    changed = Signal(object)
    """Carries a frozenset with the names of what changed: `lens`, `label`, `neuron`, `image`, `drawing`."""

    pictureSent = Signal(object)
    """Carries a `Sent`: it shall lie on the canvas, to be drawn on."""

    pictureFileSent = Signal(str)
    """Carries the path of a picture's file: it shall lie on the canvas."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lens: Lens | None = None
        self.label: int | None = None
        """The class, by its place in the data set."""
        self.neuron: Neuron | None = None
        self.image: int | None = None
        """The test image, by its place in the data set."""
        self.drawing: np.ndarray[Any, Any] | None = None
        """What the network receives of the canvas (rows, columns), 0 to 1; `None` for an empty one."""
        self.history = Histories(self)
        """What a person changed in each tab and can take back."""

    def change(self, **values: Any) -> None:
        """Set some of `lens`, `label`, `neuron`, `image` and tell it once, unless nothing is new."""
        new = frozenset(name for name, value in values.items() if getattr(self, name) != value)
        for name in new:
            setattr(self, name, values[name])
        if new:
            self.changed.emit(new)

    def show_drawing(self, picture: np.ndarray[Any, Any] | None) -> None:
        """Let all see what the network receives of the canvas, which is told as `drawing`; `None`: nothing."""
        if picture is not None or self.drawing is not None:
            self.drawing = picture
            self.changed.emit(frozenset({"drawing"}))

    def send(self, picture: np.ndarray[Any, Any], caption: str, *, as_is: bool = False) -> None:
        """Send a picture (rows, columns), float 0 to 1 or uint8, to the canvas; `as_is`: it is not prepared there."""
        ink = picture / np.float32(255) if picture.dtype == np.uint8 else np.asarray(picture, np.float32)
        self.pictureSent.emit(Sent(ink, caption, as_is))
