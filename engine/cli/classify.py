"""The command `classify`: reads pictures of digits. It needs no TensorFlow, so it answers within a second."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from engine.cli.parts.command import AnswerWithStatus, Row, UsageError, command
from engine.cli.parts.terminal import say, shown
from engine.cli.parts.which import OfMoment, Which, look_at, which
from engine.core.errors import UserError
from engine.core.language import mark, tr, with_marks
from engine.core.lazy import np
from engine.core.machine import bundled
from engine.core.machine.folders import as_path
from engine.core.text import class_name, printable

if TYPE_CHECKING:
    from engine.model.network.lens_network import LensNetwork
    from engine.model.training.run import Run

# The titles of the bundled session's runs, by their names for `--network`.
NETWORKS = {"blog": mark("Blog post"), "sharp": mark("Sharp")}


@command(20, mark("read pictures of digits, or of whatever else the network has learned"))
def classify_command(
    images: Sequence[str],
    *,
    network: Literal["blog", "sharp"] | None = None,
    model: str | None = None,
    preparation: Literal["mnist", "raw"] | None = None,
    of: OfMoment,
    json: Annotated[bool, "one JSON object per picture"] = False,
) -> AnswerWithStatus:
    """Read pictures, each of one digit or one thing (PNG, JPEG, GIF, WebP, TIFF, BMP; dark on light or light on dark,
    of any size): a line for each with file, label, probability, and the probabilities of all classes.

    images IMAGE: a picture
    network: a network that comes along (default: sharp, which reads best, unless another is named below)
    model FILE: a network that Keras saved (.keras, .h5), or weights with a table beside them (.npz, .safetensors)
    preparation: whether a picture is scaled and centred as MNIST's were, or only scaled (default: as the run's data
        lie); one of just as many pixels as the network reads is never changed
    """
    if model is not None and (network or of.session or of.run or of.moment):
        raise UsageError(tr("--model: the file has one network, so no other can be named"))
    if network and (of.session or of.run or of.moment):
        raise UsageError(
            tr("--network: it is of the session that comes along, so --session, --run and --moment are of no use")
        )
    from engine.core.lens import Lens
    from engine.model.network.lens_network import lens_network

    with _foreign(model) if model is not None else _opened(network, of) as (session, run, step):
        reader = lens_network(session, Lens(run.name, step))
    mnist_style = _is_mnist_style(run) if preparation is None else preparation == "mnist"
    status = 0
    for name in images:
        try:
            facts = reading(reader, as_path(name), name, run.classes, mnist_style=mnist_style)
        except UserError as error:
            say(str(error))
            status = 1
        else:
            shares = with_marks(" ".join(f"{share:.4f}" for share in facts["probabilities"]))
            share = with_marks(f"{facts['probability']:.4f}")
            words = (shown(Path(facts["file"])), printable(facts["name"]), share, shares)
            yield Row(facts, "  ".join(words))
    return status


@contextlib.contextmanager
def _foreign(file: str) -> Iterator[Which]:
    """Open a network that Keras saved, in a session without a file."""
    from engine.core.messages import run_through
    from engine.session.jobs.networks import open_network
    from engine.session.session import Session

    session = Session()
    run_through(open_network(session, as_path(file)))
    (run,) = session.runs.values()
    yield Which(session, run, 0)


@contextlib.contextmanager
def _opened(network: str | None, of: OfMoment) -> Iterator[Which]:
    """Open the selected network; by default the one that reads best, else the newest of the last session."""
    from engine.session.named import run_called, step_called

    names_one = any((of.session, of.run, of.moment))
    if names_one or (network is None and not bundled.BUNDLED.is_file()):
        with which(of) as meant:
            yield meant
        return
    if not bundled.BUNDLED.is_file():
        raise UserError(tr("The session that comes with Layerlight is missing."), hint=tr("Name one with --session."))
    with look_at(bundled.BUNDLED) as session:
        run = run_called(session, NETWORKS[network or "sharp"])
        yield Which(session, run, step_called(run, None))


def _is_mnist_style(run: "Run") -> bool:
    """Return whether pictures are prepared as MNIST's were: if the run's data are, or cannot be opened."""
    from engine.data.download.catalogue import UNSEEN
    from engine.data.preparation import is_mnist_style
    from engine.data.sources import open_dataset

    if run.source in ("", UNSEEN):  # the sample, and MNIST without it
        return True
    try:
        return is_mnist_style(open_dataset(run.source)[0])
    except UserError as error:
        sentence = tr("So pictures are prepared as MNIST's were; --preparation raw leaves them as they are.")
        say(f"{error} {sentence}")
        return True


def reading(
    network: "LensNetwork", path: Path, name: str, classes: Sequence[str] = (), *, mnist_style: bool = True
) -> dict[str, Any]:
    """Return the facts on one picture, called `name`; raises `UserError` if it cannot be read."""
    from engine.data.formats.pictures import network_input
    from engine.model.network.plain import softmax

    picture = network_input(path, network.architecture.shape, mnist_style=mnist_style)
    if not picture.any():
        raise UserError(tr("{file} is blank: nothing stands out from its ground.", file=path.name))
    probabilities = softmax(network.answer(picture)[1])
    if not np.isfinite(probabilities).all():
        raise UserError(tr("{file} has no answer: the network's weights are no numbers.", file=path.name))
    label = int(probabilities.argmax())
    return {
        "file": name,
        "label": label,
        "name": class_name(classes, label),
        "probability": float(probabilities[label]),
        "probabilities": probabilities.tolist(),
    }
