"""The job that opens a network which another program trained, as a run of the session."""

from collections import Counter
from pathlib import Path

from engine.core.language import tr
from engine.core.layers.kinds import ACTIVATIONS, HiddenLayer, Layer, Pair, Rescale, Residual, Resize, hidden_in
from engine.core.layers.language import as_text, parse_layers
from engine.core.messages import Job, Message, Notice
from engine.core.specs import ADAM, TrainSpec
from engine.core.text import clipped, printable, storable
from engine.data.location import Range
from engine.model.opening.opening import ForeignNetwork, opened_network
from engine.model.training.run import Moment, Run
from engine.session.jobs.runs import RunsTogether
from engine.session.session import Session, save_all

LONGEST_TITLE = 60  # letters of a file's name

AS_HERE = Range(0.0, 1.0)  # what networks here read for black and for white


class FitAsked(Message):
    """A network reads other images than the open data have, and is not opened yet: the sentence says what would fit."""

    file: Path
    sentence: str


def open_network(session: Session, path: Path, fit: bool | None = False, pixels: Range | None = None) -> Job:
    """Add the network in a file of Keras as a run with one moment, and answer `RunsTogether`.

    It has the name of the file, and the names of the open data's classes if it has as many outputs. What it learned
    from is not known. Where it reads other images than the open data have, they are resized in front of it with `fit`;
    with `None`, `FitAsked` is yielded instead of opening it. `pixels` are what it reads for black and for white. Raises
    `UserError` as `opened_network` does; the session is then unchanged.
    """
    data = session.dataset
    network = yield from opened_network(path, data.shape if data else None)
    if data is not None and fit is None and data.shape != network.shape:
        yield FitAsked(file=path, sentence=say_misfit(path.name, network.shape, data.shape))
        return
    network = fitted(network, data.shape if data is not None and fit else network.shape, pixels or AS_HERE)
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
    before: list[Layer] = [] if shape == network.shape else [Resize(*network.shape)]
    if pixels != AS_HERE:
        before.append(Rescale(pixels.high - pixels.low, pixels.low))
    return network._replace(shape=shape, layers=(*before, *network.layers))


def say_misfit(name: str, reads: Pair, has: Pair) -> str:
    """Return the sentence on a network that reads other images than the open data have."""
    return tr(
        "{name} reads images of {rows} × {columns} pixels, and those of the open data have {height} × {width}: with "
        "resize {rows}x{columns} in front of it they fit.",
        name=name, rows=reads[0], columns=reads[1], height=has[0], width=has[1],
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
