"""The selection: one lens, class, neuron and image for all tabs, so that a click in one is seen in all."""

from collections.abc import Callable
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, Signal

from engine.core.layers.kinds import HiddenLayer
from engine.core.lazy import Array, np
from engine.core.lens import Lens, Neuron
from engine.data.formats.checks import as_grey
from engine.session.jobs.files import SessionOpened
from gui.look.class_names import use_names_of_run
from gui.state.history import Histories
from gui.state.link.bridge import Bridge
from gui.state.training.runs import Runs

# Kind and width of each hidden layer: only if these agree does a neuron's number mean the same.
type Network = tuple[tuple[type[HiddenLayer], int], ...]


class Sent(NamedTuple):
    """A picture (rows, columns), 0 to 1, with a caption, for the canvas; the network receives it pixel for pixel."""

    picture: Array
    caption: str


class Selection(QObject):
    """The selected lens, class, neuron and images; `None` for nothing.

    Invariant: `neuron` belongs to the network of the lens. A neuron belongs to an architecture, not to a run: one that
    was selected in another architecture is remembered, and selected again when the lens returns to that one.
    """

    # Carries a frozenset with the names of what changed: `lens`, `label`, `neuron`, `image`, `training`, `drawing`.
    changed = Signal(object)

    pictureSent = Signal(object)  # carries a `Sent` for the canvas

    # Carries the path of a picture for the canvas, as a `str`: Qt's strings lose bytes that are not UTF-8.
    pictureFileSent = Signal(object)

    # Carries a page of Compare, as `road` (`average`: halfway along it), and the run to compare the selected one with.
    compareWanted = Signal(str, str)

    repeatWanted = Signal(str)  # carries a run to be trained again, with other seeds or settings

    tabWanted = Signal(str)  # carries the name of a tab to show, as `draw`

    layerWanted = Signal(int)  # carries a hidden layer, from 0, for all tabs that show one layer of several

    splitWanted = Signal(str)  # carries a run to train twice, with one setting changed

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lens: Lens | None = None
        self.label: int | None = None  # number of the class
        self._neuron: Neuron | None = None
        self._selected_in: Network | None = None
        self._last: Neuron | None = None  # the neuron when `changed` was sent last
        self._runs: Runs | None = None
        self.image: int | None = None  # number of the test image
        self.training: int | None = None  # number of the training image
        # What the network receives of the canvas (rows, columns), 0 to 1; `None` for an empty one.
        self.drawing: Array | None = None
        # Returns the canvas in plain values for the session's view; `None` for an empty one.
        self.canvas: Callable[[], dict[str, Any] | None] = lambda: None
        self.history = Histories(self)

    def follow(self, bridge: Bridge) -> None:
        """Connect the model of the runs, which knows the network of each run."""
        self._runs = bridge.runs
        bridge.runs.changed.connect(lambda _: self.change())
        bridge.listen(SessionOpened, lambda _: self.change(neuron=None))  # it belonged to the former session

    @property
    def neuron(self) -> Neuron | None:
        """The hidden neuron that is selected in the network of the lens."""
        neuron, network = self._neuron, self._network
        if neuron is None or network != self._selected_in:
            return None
        if network is None:  # the run is unknown, so there is nothing to check
            return neuron
        exists = 0 <= neuron.layer < len(network) and 0 <= neuron.number < network[neuron.layer][1]
        return neuron if exists else None

    def change(self, **values: Any) -> None:
        """Set some of `lens`, `label`, `neuron`, `image`, `training`, and send `changed` once unless all are as before.

        A neuron belongs to the network of the new lens. Another lens may change `neuron` as well.
        """
        others = values.keys() & {"lens", "label", "image", "training"}
        before = {name: getattr(self, name) for name in others} | {"neuron": self._last}
        for name in others:
            setattr(self, name, values[name])
        run = self._runs.seen(self.lens) if self._runs is not None else None
        use_names_of_run(*((run.classes, run.fingerprint) if run is not None else ((), "")))
        if "neuron" in values:
            self._neuron, self._selected_in = values["neuron"], self._network
        self._last = self.neuron
        if new := frozenset(name for name, value in before.items() if getattr(self, name) != value):
            self.changed.emit(new)

    @property
    def _network(self) -> Network | None:
        if self._runs is None or not self._runs.is_known(self.lens):
            return None
        return tuple((type(layer), layer.width) for layer in self._runs.hidden(self.lens))

    def signal_all(self) -> None:
        """Signal everything as changed, for views that were added meanwhile."""
        self.changed.emit(frozenset({"lens", "label", "neuron", "image", "training", "drawing"}))

    def show_drawing(self, picture: Array | None) -> None:
        """Set what the network receives of the canvas (rows, columns); `None` for nothing."""
        if picture is not None or self.drawing is not None:
            self.drawing = picture
            self.changed.emit(frozenset({"drawing"}))

    def send(self, picture: Array, caption: str) -> None:
        """Send a picture (rows, columns), float 0 to 1 or uint8, to the canvas; a coloured one becomes grey."""
        if picture.ndim == 3:
            picture = as_grey(picture)
        ink = picture / np.float32(255) if picture.dtype == np.uint8 else np.asarray(picture, np.float32)
        self.pictureSent.emit(Sent(ink, caption))
