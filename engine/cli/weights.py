"""The command `weights`: each neuron's incoming weights as a picture, for NumPy, and in figures."""

from __future__ import annotations

import argparse
import json
import math
from typing import TYPE_CHECKING, Any

from engine.base.errors import UserError
from engine.base.lens import Lens
from engine.base.turns import run_through
from engine.cli.parts.command import Command
from engine.cli.parts.flags import add_json, layer
from engine.cli.parts.terminal import shown
from engine.cli.parts.which import Which, add_which, place_to_save, step_called, which

if TYPE_CHECKING:
    from engine.probes.weight_pictures import WeightPictures


def weights_command(wanted: argparse.Namespace) -> int:
    """Write the pictures, print a line for each neuron, or both; return the exit status."""
    from engine.probes.weight_pictures import summed_up
    from engine.session.export import export_arrays

    path = place_to_save(wanted.out) if wanted.out else None
    with which(wanted) as meant:
        found = _found(wanted, meant)
        if path:
            run_through(export_arrays(meant.session, _arrays(found), path))
            if not wanted.json:
                print(f"Saved {shown(path)}", flush=True)
        if wanted.json:
            for facts in summed_up(found):
                print(json.dumps({name: _number(value) for name, value in facts.items()}), flush=True)
    return 0


def _found(wanted: argparse.Namespace, meant: Which) -> WeightPictures:
    from engine.probes.weight_pictures import WeightPictures, weight_pictures

    against = None if wanted.against is None else step_called(meant.run, wanted.against)
    job = weight_pictures(
        meant.session,
        Lens(meant.run.name, meant.step),
        wanted.layer - 1,
        "inputs" if wanted.inputs else "pixels",
        against,
    )
    found = next((message for message in job if message is not None), None)
    if not isinstance(found, WeightPictures):
        raise UserError(f"Run {meant.run.name} has no weights to show.")
    return found


def _arrays(found: WeightPictures) -> dict[str, Any]:
    return {
        "pictures": found.pictures,
        "biases": found.biases,
        "outgoing": found.outgoing,
        "norms": found.norms,
        "layer": found.layer + 1,
        "step": found.step,
        "meaning": found.meaning,
    }


def _number(value: Any) -> Any:
    """Return figures as JSON has them: NaN and infinity are null there."""
    if isinstance(value, list):
        return [_number(each) for each in value]
    return value if math.isfinite(value) else None


def _flags(parser: argparse.ArgumentParser) -> None:
    add_which(parser)
    parser.add_argument(
        "--layer",
        type=layer,
        default=1,
        metavar="N",
        help="which layer, from 1; the last are the classes (default: 1)",
    )
    parser.add_argument(
        "--inputs",
        action="store_true",
        help="of a dense layer behind another: its weights over the neurons before, instead of the product",
    )
    parser.add_argument("--against", metavar="SNAPSHOT", help="less the weights of this snapshot of the run")
    parser.add_argument(
        "--out",
        metavar="OUT.npz",
        help="arrays pictures (neurons, rows, columns), biases, outgoing (neurons, classes), norms for numpy.load",
    )
    add_json(parser, "print one JSON object per neuron")


def _contradiction(wanted: argparse.Namespace) -> str:
    return "" if wanted.out or wanted.json else "weights: name at least one of --out and --json"


COMMAND = Command(
    70,
    "each neuron's incoming weights as a picture",
    "Write what leads into each neuron of a layer as pictures: a dense layer's weights over the "
    "pixels, behind other dense layers their product through to the pixels; a convolution's 3 x 3 kernels, "
    "averaged over the feature maps before.",
    _flags,
    weights_command,
    _contradiction,
)
