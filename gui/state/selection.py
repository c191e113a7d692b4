"""What is looked at: one lens, selection and undo for all tabs, so that a click in one is seen in all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PySide6.QtCore import QObject, Signal

from engine.core.array import Array
from engine.core.lens import Lens, Neuron
from engine.core.specs import HiddenLayer
from engine.data.formats.checks import as_grey
from engine.session.jobs.files import SessionOpened
from gui.look.class_names import use_names_of_run
from gui.state.history import Histories

if TYPE_CHECKING:
    from gui.state.link.bridge import Bridge
    from gui.state.training.runs import Runs

type Network = tuple[tuple[type[HiddenLayer], int], ...]
"""Kind and width of each hidden layer: only where these are the same does a neuron's number mean the same."""


class Sent(NamedTuple):
    """A picture (rows, columns), 0 to 1, that a tab sends to the canvas, and what it is in a few words.

    It is what a network receives, an image of the data or one that was painted: it is read pixel for pixel.
    """

    picture: Array
    caption: str


class Selection(QObject):
    """The lens, and the class, neuron and images that are picked out; `None` where nothing is.

    Invariant: `neuron` is one of the network that the lens looks at. One that was chosen in another architecture is
    kept but not told, so it is there again when the lens comes back to that architecture.
    """

    changed = Signal(object)
    """Carries a frozenset with the names of what changed: `lens`, `label`, `neuron`, `image`, `training`, `drawing`.
    """

    pictureSent = Signal(object)
    """Carries a `Sent`: it shall lie on the canvas, to be drawn on."""

    pictureFileSent = Signal(object)
    """Carries the path of a picture's file, as `FileCommands.pictureOpened` does: it shall lie on the canvas."""

    compareWanted = Signal(str, str)
    """Carries a page of Compare, as `road` (`average`: halfway along it), and the run with which the one that is looked
    at shall be compared.
    """

    repeatWanted = Signal(str)
    """Carries a run: it shall be trained again, with other seeds or settings."""

    tabWanted = Signal(str)
    """Carries the name of a tab, as `draw`, that shall be shown."""

    splitWanted = Signal(str)
    """Carries a run of which two are to be made."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lens: Lens | None = None
        self.label: int | None = None
        """The class, by its place in the data set."""
        self._neuron: Neuron | None = None
        self._chosen_in: Network | None = None
        self._told: Neuron | None = None
        """The last `neuron` that was emitted."""
        self._runs: Runs | None = None
        self.image: int | None = None
        """The test image, by its place in the data set."""
        self.training: int | None = None
        """The training image, by its place in the data set."""
        self.drawing: Array | None = None
        """What the network receives of the canvas (rows, columns), 0 to 1; `None` for an empty one."""
        self.canvas: Callable[[], dict[str, Any] | None] = lambda: None
        """Tells what lies on the canvas, in plain values for the session's view; `None` for an empty one."""
        self.history = Histories(self)
        """What a person changed in each tab and can take back."""

    def follow(self, bridge: Bridge) -> None:
        """Take from the model of the runs which network each run has."""
        self._runs = bridge.runs
        bridge.runs.changed.connect(lambda _: self.change())
        bridge.listen(SessionOpened, lambda _: self.change(neuron=None))  # it was one of the session before

    @property
    def neuron(self) -> Neuron | None:
        """The hidden neuron that is picked out in the network that is looked at."""
        neuron, network = self._neuron, self._network
        if neuron is None or network != self._chosen_in:
            return None
        if network is None:  # nothing is known of the run, so nothing speaks against it
            return neuron
        is_there = 0 <= neuron.layer < len(network) and 0 <= neuron.number < network[neuron.layer][1]
        return neuron if is_there else None

    def change(self, **values: Any) -> None:
        """Set some of `lens`, `label`, `neuron`, `image`, `training` and tell it once, unless nothing is new.

        A neuron is one of the network that is looked at afterwards. With another lens `neuron` may be new, too.
        """
        others = values.keys() & {"lens", "label", "image", "training"}
        before = {name: getattr(self, name) for name in others} | {"neuron": self._told}
        for name in others:
            setattr(self, name, values[name])
        run = self._runs.seen(self.lens) if self._runs is not None else None
        use_names_of_run(*((run.classes, run.fingerprint) if run is not None else ((), "")))
        if "neuron" in values:
            self._neuron, self._chosen_in = values["neuron"], self._network
        self._told = self.neuron
        new = frozenset(name for name, value in before.items() if getattr(self, name) != value)
        if new:
            self.changed.emit(new)

    @property
    def _network(self) -> Network | None:
        if self._runs is None or not self._runs.is_known(self.lens):
            return None
        return tuple((type(layer), layer.width) for layer in self._runs.hidden(self.lens))

    def show_drawing(self, picture: Array | None) -> None:
        """Publish what the network receives of the canvas, by the signal `drawing`; `None`: nothing."""
        if picture is not None or self.drawing is not None:
            self.drawing = picture
            self.changed.emit(frozenset({"drawing"}))

    def send(self, picture: Array, caption: str) -> None:
        """Send a picture (rows, columns), float 0 to 1 or uint8, to the canvas, where it is read pixel for pixel.

        One in colour, (rows, columns, 3), comes there in grey.
        """
        if picture.ndim == 3:
            picture = as_grey(picture)
        ink = picture / np.float32(255) if picture.dtype == np.uint8 else np.asarray(picture, np.float32)
        self.pictureSent.emit(Sent(ink, caption))
