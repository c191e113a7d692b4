"""The job that paints ideal images through the lens, visibly, and takes changes of settings meanwhile."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.analysis.ideal.painter import Canvas, Style, painter
from engine.analysis.ideal.spec import IdealSpec
from engine.core.errors import UserError
from engine.core.language import tr
from engine.core.lazy import Array, tf
from engine.core.lens import Lens, Neuron
from engine.core.messages import Changes, Job, LensAnswer, Pace
from engine.data.dataset import mean_images
from engine.model.network.lens_network import LensNetwork, fitting_data, lens_network
from engine.model.network.plain import softmax
from engine.session.jobs.export import export_arrays
from engine.session.session import Session

if TYPE_CHECKING:
    from PIL.Image import Image

# Target duration of a chunk of steps without a window, in which it is 8 ms: so short ones cost a fifth of the speed.
TURN_SECONDS = 0.015
SHORTER = 3  # factor by which the turn after a change is shorter: somebody waits to see it
MOST_AT_ONCE = 500
GREY = 0.5  # the pixels of a grey start


class IdealImages(LensAnswer):
    """The images (n, rows, columns) after `number` steps, and the network's view of them through the lens."""

    spec: IdealSpec  # the settings of these steps, with the current values of the live ones
    number: int
    images: Array
    wanted: tuple[int, ...]  # the class, or the neuron of `layer`, that each image is for
    layer: int | None  # the hidden layer of the neurons; `None` for classes
    losses: Array  # the objective of each image, without penalty (n,)
    penalties: Array  # the penalty of each image, without its weight (n,)
    probabilities: Array  # of shape (n, classes)
    is_last: bool
    steps_per_second: float

    def only(self, label: int) -> "IdealImages":
        """Return the image of one class alone; raise `UserError` if there is none."""
        if self.layer is not None or label not in self.wanted:
            raise UserError(tr("There is no ideal image of class {label}.", label=label))
        names = ("images", "losses", "penalties", "probabilities")
        parts = {name: getattr(self, name)[[self.wanted.index(label)]] for name in names}
        return replace(self, wanted=(label,), **parts)

    def sheet(self, *, most: float | None = None, foot: str = "") -> "Image":
        """Return the images on a sheet with their names and probabilities; `most` and `foot` as for `drawn_sheet`."""
        from engine.analysis.ideal.sheet import drawn_sheet, probability_words  # the window does without Pillow

        own = self.wanted if self.layer is None else self.probabilities.argmax(axis=1)
        figures = [probability_words(float(row[place])) for row, place in zip(self.probabilities, own, strict=True)]
        names, signed = [f"{what}" for what in self.wanted], self.spec.pixels == "free"
        return drawn_sheet(self.images, names, figures, signed=signed, most=most, foot=foot)

    def _repr_png_(self) -> bytes:
        from engine.analysis.ideal.sheet import png

        return png(self.sheet())


def paint_ideal(
    session: Session,
    lens: Lens,
    spec: IdealSpec,
    neurons: Sequence[Neuron] = (),
    begin: Array | None = None,
    *,
    turn_seconds: float = TURN_SECONDS,
) -> Job:
    """Paint an ideal image of each class, or of each of `neurons` (of one hidden layer) if the spec's objective is one.

    Answers with `IdealImages` at once, after each chunk of steps, and at the end. `begin` (n, rows, columns) are images
    to continue from, if they fit. Takes changes of the live knobs, of `steps_per_turn` (0: as many as fill
    `turn_seconds`) and of `most_per_turn` (0: no limit). Activation maximisation (Erhan et al. 2009) with the penalties
    of the blog post. Raises `UserError` if there is no such neuron, or no data for a start from class means.
    """
    yield from _Painting(session, lens_network(session, lens), spec, neurons, begin, turn_seconds).run()


class _Painting:
    def __init__(
        self,
        session: Session,
        network: LensNetwork,
        spec: IdealSpec,
        neurons: Sequence[Neuron],
        begin: Array | None,
        turn_seconds: float,
    ) -> None:
        self._network, self._spec = network, spec
        self._layer, self._wanted = _wanted(network, spec, neurons)
        self._painter = painter(network.architecture, Style.of(spec, -1 if self._layer is None else self._layer))
        fits = begin is not None and begin.shape == (len(self._wanted), *network.architecture.shape)
        self._canvas = self._painter.begin(begin if fits else start_images(session, network, spec, self._wanted))
        self._goals = tf.constant(self._wanted, tf.int32)
        self._pace = Pace(turn_seconds, most=MOST_AT_ONCE, growth=4)
        self._most, self._speed = MOST_AT_ONCE, 0.0

    def run(self) -> Job:
        self._take((yield self._message()))
        self._paint(0)  # compiles
        while self._canvas.taken < self._spec.steps:
            size = self._pace.asked or min(self._pace.size, self._most)
            count = min(size, MOST_AT_ONCE, self._spec.steps - self._canvas.taken)
            start = time.perf_counter()
            self._canvas = self._paint(count)
            self._canvas.images.numpy()  # waits for the device
            seconds = time.perf_counter() - start
            self._speed = count / seconds
            self._pace.fit(count, seconds)
            self._take((yield self._message()))

    def _paint(self, count: int) -> Canvas:
        return self._painter.paint(self._network.tensors, self._canvas, self._goals, self._spec, count)

    def _message(self) -> IdealImages:
        canvas = self._canvas
        seen = canvas.seen or self._painter.look(self._network.tensors, canvas.images, self._goals)
        return IdealImages(
            spec=self._spec,
            **self._network.shown,
            number=canvas.taken,
            images=canvas.images.numpy(),
            wanted=self._wanted,
            layer=self._layer,
            losses=seen.losses.numpy(),
            penalties=seen.penalties.numpy(),
            probabilities=softmax(seen.logits.numpy().astype(np.float64)),
            is_last=canvas.taken >= self._spec.steps,
            steps_per_second=self._speed,
        )

    def _take(self, changes: Changes | None) -> None:
        """Apply changes of live knobs and of the steps per turn; raise `UserError` for a value outside of its range."""
        self._pace.ask(changes)
        self._most = int((changes or {}).get("most_per_turn", self._most)) or MOST_AT_ONCE
        for name, value in self._spec.live(changes).items():
            self._spec = self._spec.but(**{name: value})
            self._pace.shorten(SHORTER)


def _wanted(network: LensNetwork, spec: IdealSpec, neurons: Sequence[Neuron]) -> tuple[int | None, tuple[int, ...]]:
    """Return the layer of the wanted neurons, `None` for classes, and the class or neuron of each image."""
    if spec.objective != "neuron":
        return None, tuple(range(network.architecture.classes))
    layers = {neuron.layer for neuron in neurons}
    if len(layers) != 1:
        raise UserError(
            tr("No neuron is chosen to paint an ideal image of."), hint=tr("Choose one, of one layer each time.")
        )
    (layer,) = layers
    for neuron in neurons:
        if not 0 <= layer < len(network.layers) or not 0 <= neuron.number < network.layers[layer].width:
            raise UserError(
                tr("The network has no hidden neuron {number} in layer {layer}.", number=neuron.number, layer=layer + 1)
            )
    return layer, tuple(neuron.number for neuron in neurons)


def start_images(session: Session, network: LensNetwork, spec: IdealSpec, wanted: Sequence[int]) -> Array:
    """Return the images before the first step (n, rows, columns), float32; raise `UserError` without fitting data."""
    shape = (len(wanted), *network.architecture.shape)
    if spec.start == "noise":
        return np.random.default_rng(spec.seed).random(shape).astype(np.float32)
    if spec.start == "mean":
        means = mean_images(fitting_data(session.data(), network.architecture))
        if spec.objective == "neuron":  # it belongs to no class
            return np.broadcast_to(means.mean(axis=0), shape).astype(np.float32)
        padded = np.zeros(shape, np.float32)
        padded[: len(means)] = means
        return padded
    return np.full(shape, GREY if spec.start == "grey" else 0, np.float32)


def save_ideal(session: Session, shown: IdealImages, path: Path) -> Job:
    """Write images with their losses, probabilities and labels as `.npz`; raise `UserError` on failure."""
    arrays = {name: getattr(shown, name) for name in ("images", "losses", "probabilities", "penalties")}
    return export_arrays(session, {**arrays, "labels": np.array(shown.wanted)}, path)


def ideal_over_training(
    session: Session, lens: Lens, steps: Sequence[int], spec: IdealSpec, neurons: Sequence[Neuron] = ()
) -> Job:
    """Answer with the finished `IdealImages` of each of these moments, in order; otherwise as `paint_ideal`."""
    # Each from the same start: what differs between two is then what the network has learned in between.
    for step in steps:
        last: IdealImages | None = None
        for message in paint_ideal(session, lens.at(step), spec, neurons):
            last = message if isinstance(message, IdealImages) else last
            yield None
        yield last
