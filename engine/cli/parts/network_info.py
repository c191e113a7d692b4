"""The command `info FILE` on a network that Keras saved: its layers. Its weights are not read."""

from collections.abc import Iterator
from pathlib import Path

from engine.cli.parts.command import Answer, Row
from engine.cli.parts.terminal import shown
from engine.core.language import tr, with_marks
from engine.core.layers.language import as_text, in_words
from engine.core.messages import run_through
from engine.core.text import fitted, in_columns
from engine.model.opening.description import Description
from engine.model.opening.opening import read_description

FORMS = ("<3", "<6", "<6", "<6", ">6")  # of the columns of layers


def network_info(path: Path) -> Answer:
    """Print the layers of a network, with the shape that each gives for an image and its parameters.

    Raises `UserError` as `read_description` does: for a file that cannot be opened, with the layer that is why.
    """
    network = run_through(read_description(path))
    facts = {
        "file": str(path.absolute()),
        "shape": network.shape,
        "classes": network.classes,
        "parameters": network.parameters,
        "layers": [layer._asdict() for layer in network.listed],
        "text": as_text(network.layers),
    }
    yield Row(facts, _lines(path, network))


def _lines(path: Path, network: Description) -> Iterator[str]:
    yield shown(path)
    rows = [("", tr("layer"), tr("of Keras"), tr("shape"), tr("parameters"))]
    for number, layer in enumerate(network.listed, start=1):
        shape = " × ".join(map(str, layer.shape))
        rows.append((f"{number}", layer.name, layer.kind, shape, _count(layer.parameters)))
    rows.append(("", "", "", tr("in all"), _count(network.parameters)))
    forms = fitted(FORMS, rows)
    yield from (in_columns(forms, row) for row in rows)
    yield in_words(network.layers, network.shape, network.classes)
    if network.remark:
        yield network.remark


def _count(parameters: int) -> str:
    return with_marks(f"{parameters:,}") if parameters else ""
