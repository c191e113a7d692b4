"""The job that opens a network which another program trained, as a run of the session."""

from collections import Counter
from pathlib import Path

from engine.core.language import tr
from engine.core.layers.kinds import ACTIVATIONS, HiddenLayer, Layers, Pair, Rescale, Residual, Resize, hidden_in
from engine.core.layers.language import as_text, parse_layers
from engine.core.messages import Job, Message, Notice
from engine.core.specs import ADAM, TrainSpec
from engine.core.text import clipped, printable, storable, written
from engine.data.location import Range
from engine.model.opening.opening import ForeignNetwork, opened_network
from engine.model.opening.pixel_values import AS_HERE, PixelValues, better_pixel_values
from engine.model.training.run import Moment, Run
from engine.session.jobs.runs import RunsTogether
from engine.session.session import Session, save_all

LONGEST_TITLE = 60  # letters of a file's name


class FitAsked(Message):
    """A network reads other images than the open data have, and is not opened yet: the sentence says what would fit."""

    file: Path
    sentence: str
    layers: str  # what would be put in front of it
    pixels: Range  # what it would get for black and for white


def open_network(session: Session, path: Path, fit: bool | None = False, pixels: Range | None = None) -> Job:
    """Add the network in a file of Keras as a run with one moment, and answer `RunsTogether`.

    It has the name of the file, and the names of the open data's classes if it has as many. What it learned from is not
    known. With `fit`, the open data's images are resized in front of it where it reads others, and rescaled where it
    reads clearly more of them right so; with `None`, `FitAsked` is yielded instead of opening such a network. `pixels`
    are what it reads for black and for white, if that is known. Raises `UserError` as `opened_network` does; the
    session is then unchanged.
    """
    data = session.dataset
    network = yield from opened_network(path, data.shape if data else None)
    shape = data.shape if data is not None and fit is not False else network.shape
    said = [say_misfit(path.name, network.shape, shape)] if shape != network.shape else []
    if data is not None and fit is not False and pixels is None:
        better = yield from better_pixel_values(fitted(network, shape), data)
        if better is not None:
            pixels = better.range
            said.append(say_pixels(path.name, better))
    pixels = pixels or AS_HERE
    if fit is None and said:
        yield FitAsked(
            file=path, sentence=" ".join(said), layers=as_text(in_front(network.shape, shape, pixels)), pixels=pixels
        )
        return
    network = fitted(network, shape, pixels)
    weights = network.weights
    fits = data is not None and data.shape == network.shape and len(data.classes) == len(weights[-1])
    moment = Moment(step=0, weights=weights, optimizer=())
    run = Run(
        name="",
        spec=_spec(network),
        steps_per_epoch=1,
        title=storable(printable(clipped(path.stem, LONGEST_TITLE))),
        shape=network.shape,
        classes=data.classes if data is not None and fits else (),
        moment_bytes=moment.bytes,
    )
    run.moments[0] = moment
    session.adopt(run)
    yield RunsTogether(restored=(run.summary(),))
    if network.remark:
        yield Notice(sentence=f"{path.name}: {network.remark}")
    yield from save_all(session)


def fitted(network: ForeignNetwork, shape: Pair, pixels: Range = AS_HERE) -> ForeignNetwork:
    """Return a network that reads images of `shape`, 0 to 1: they are resized and rescaled in front of it, if need be.

    `pixels` are what it reads for black and for white.
    """
    return network._replace(shape=shape, layers=(*in_front(network.shape, shape, pixels), *network.layers))


def in_front(reads: Pair, has: Pair, pixels: Range) -> Layers:
    """Return the layers that make images of the shape `has`, 0 to 1, those that a network reads."""
    resized: Layers = () if has == reads else (Resize(*reads),)
    return (*resized, *_rescaled(pixels))


def _rescaled(pixels: Range) -> Layers:
    width = float(f"{pixels.high - pixels.low:.9g}")  # more digits than those of a weight are noise
    return () if pixels == AS_HERE else (Rescale(width, pixels.low),)


def say_misfit(name: str, reads: Pair, has: Pair) -> str:
    """Return the sentence on a network that reads other images than the open data have."""
    return tr(
        "{name} reads images of {rows} × {columns} pixels, and those of the open data have {height} × {width}: with "
        "resize {rows}x{columns} in front of it they fit.",
        name=name, rows=reads[0], columns=reads[1], height=has[0], width=has[1],
    )  # fmt: skip


def say_pixels(name: str, better: PixelValues) -> str:
    """Return the sentence on a network that reads more images right with other pixels than from 0 to 1."""
    black, white = (written(value, "g") for value in better.range)
    return tr(
        "Of {count:,} test images {name} reads {few:,} right with pixels from 0 to 1, and {many:,} with {black} for "
        "black and {white} for white: {layer} in front of it makes them so.",
        count=better.images, name=name, few=better.right_as_here, many=better.right, black=black, white=white,
        layer=as_text(_rescaled(better.range)),
    )  # fmt: skip


def _spec(network: ForeignNetwork) -> TrainSpec:
    """Return settings with these layers, whose most frequent activation is that of the network."""
    counts = Counter(layer.activation for layer in hidden_in(network.layers) if layer.activation in ACTIVATIONS)
    usual = counts.most_common(1)[0][0] if counts else ADAM.activation
    short = [
        layer.but(activation="") if isinstance(layer, HiddenLayer | Residual) and layer.activation == usual else layer
        for layer in network.layers
    ]
    text = as_text(short)
    is_same = parse_layers(text, usual) == network.layers
    return ADAM.but(layers=text if is_same else as_text(network.layers), activation=usual)
