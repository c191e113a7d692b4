"""The job that opens a network which another program trained, as a run of the session."""

from collections import Counter
from pathlib import Path

from engine.core.layers.kinds import ConvLayer, Layer, Pool
from engine.core.layers.language import as_text
from engine.core.messages import Job
from engine.core.specs import ADAM, TrainSpec
from engine.core.text import clipped, printable, storable
from engine.model.opening.opening import ForeignNetwork, opened_network
from engine.model.training.run import Moment, Run
from engine.session.jobs.runs import RunsTogether
from engine.session.session import Session, save_all

LONGEST_TITLE = 60  # letters of a file's name


def open_network(session: Session, path: Path) -> Job:
    """Add the network in a file of Keras as a run with one moment, and answer `RunsTogether`.

    It has the name of the file, and the names of the open data's classes if it has as many outputs. What it learned
    from is not known. Raises `UserError` as `opened_network` does; the session is then unchanged.
    """
    network = yield from opened_network(path, session.dataset.shape if session.dataset else None)
    data, weights = session.dataset, network.weights
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
    yield from save_all(session)


def _spec(network: ForeignNetwork) -> TrainSpec:
    """Return settings with these layers, whose most frequent activation is that of the network."""
    counts = Counter(layer.activation for layer in network.hidden)
    usual = counts.most_common(1)[0][0] if counts else ADAM.activation
    layers: list[Layer] = []
    for layer in network.hidden:
        layers.append(layer._replace(activation="" if layer.activation == usual else layer.activation))
        if isinstance(layer, ConvLayer):
            layers.append(Pool())
    return ADAM.but(layers=as_text(layers), activation=usual)
