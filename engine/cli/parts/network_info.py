"""The command `info FILE` on a network in a file: its layers. Of a file of Keras the weights are not read."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from engine.cli.parts.command import Answer, Row
from engine.cli.parts.terminal import shown
from engine.core.language import tr, with_marks
from engine.core.layers.kinds import Branches, Layer, Layers, Pair, Residual
from engine.core.layers.language import as_text, in_words
from engine.core.layers.shapes import shapes_of
from engine.core.messages import run_through
from engine.core.text import fitted, in_columns
from engine.model.opening.arrays_file import is_arrays_file
from engine.model.opening.description import Listed
from engine.model.opening.opening import opened_network, read_description

FORMS = ("<3", "<6", "<6", "<6", ">6")  # of the columns of layers
WITHIN = "  "  # in front of a layer within a block
OUTPUTS = "outputs"  # the layer that the text of the layers leaves out  # no text


class _Network(NamedTuple):
    """What is printed; layers in a file of weights alone have no kind of Keras."""

    shape: Pair
    layers: Layers
    classes: int
    parameters: int
    listed: tuple[Listed, ...]
    remark: str


def network_info(path: Path) -> Answer:
    """Print the layers of a network, with the shape that each gives for an image and its parameters.

    Raises `UserError` as `opened_network` does: for a file that cannot be opened, with the layer that is why.
    """
    network = _of_arrays(path) if is_arrays_file(path) else _of_keras(path)
    facts = {
        "file": str(path.absolute()),
        "shape": network.shape,
        "classes": network.classes,
        "parameters": network.parameters,
        "layers": [
            {entry: value for entry, value in layer._asdict().items() if value != ""} | {"name": layer.name.strip()}
            for layer in network.listed
        ],
        "text": as_text(network.layers),
    }
    yield Row(facts, _lines(path, network))


def _of_keras(path: Path) -> _Network:
    read = run_through(read_description(path))
    return _Network(read.shape, read.layers, read.classes, read.parameters, read.listed, read.remark)


def _of_arrays(path: Path) -> _Network:
    """Return what is in a file of weights, all of which are read and checked; a block has those within it behind it."""
    shape, layers, weights, remark = run_through(opened_network(path))
    classes = len(weights[-1])
    shapes = shapes_of(layers, shape, classes)
    listed = [
        Listed(f"{WITHIN * (len(path) // 2)}{_named(layer)}", "", gives, 0 if layer.inside else parameters)
        for path, layer, gives, parameters in shapes.rows
    ]
    listed.append(Listed(OUTPUTS, "", (classes,), shapes.outputs))
    return _Network(shape, layers, classes, sum(layer.parameters for layer in listed), tuple(listed), remark)


def _named(layer: Layer) -> str:
    match layer:
        case Residual():
            return f"residual {layer.activation}".rstrip()  # no text
        case Branches():
            return "branches"  # no text
    return as_text((layer,))


def _lines(path: Path, network: _Network) -> Iterator[str]:
    yield shown(path)
    rows = [("", tr("layer"), tr("of Keras"), tr("shape"), tr("parameters"))]
    for number, layer in enumerate(network.listed, start=1):
        shape = " × ".join(map(str, layer.shape))
        rows.append((f"{number}", layer.name, layer.kind, shape, _count(layer.parameters)))
    rows.append(("", "", "", tr("in all"), _count(network.parameters)))
    columns = [number for number in range(len(FORMS)) if any(row[number] for row in rows[1:])]
    cells = [[row[number] for number in columns] for row in rows]
    forms = fitted([FORMS[number] for number in columns], cells)
    yield from (in_columns(forms, row) for row in cells)
    yield in_words(network.layers, network.shape, network.classes)
    if network.remark:
        yield network.remark


def _count(parameters: int) -> str:
    return with_marks(f"{parameters:,}") if parameters else ""
