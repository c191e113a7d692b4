"""Which neurons a command silences: the flag, and the lens that it makes.

It is imported for `--help`, so at the top it imports neither TensorFlow nor NumPy.
"""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from engine.base.errors import UserError

if TYPE_CHECKING:
    from engine.base.lens import Lens
    from engine.cli.parts.which import Which


def add_silence(parser: argparse.ArgumentParser) -> None:
    """Add the flag `--silence`; `lens_of` says what it means."""
    parser.add_argument(
        "--silence",
        metavar="NEURONS",
        help="neurons that pass nothing on, such as 3,7,20: numbers from 0 in the first hidden layer; "
        "2:5 is neuron 5 of the second",
    )


def lens_of(meant: Which, silence: str | None) -> Lens:
    """Return the lens on a moment, with the neurons silenced that `silence` names.

    Raises `UserError` for what is no neuron, or none of this run.
    """
    from engine.base.lens import Lens, Neuron

    widths = [layer.width for layer in meant.run.spec.hidden]
    found = set()
    for part in filter(None, (part.strip() for part in (silence or "").split(","))):
        match = re.fullmatch(r"(?:([0-9]{1,4}):)?([0-9]{1,9})", part)
        if not match:
            raise UserError(
                f"--silence: “{part}” is not a neuron.", hint="Write numbers such as 3,7,20 or 2:5."
            )
        layer, number = int(match[1] or 1), int(match[2])
        if not 1 <= layer <= len(widths):
            raise UserError(f"Run {meant.run.name} has no hidden layer {layer}, only {len(widths)}.")
        if number >= widths[layer - 1]:
            last = widths[layer - 1] - 1
            raise UserError(
                f"Run {meant.run.name} has no neuron {number} in hidden layer {layer}; the last is {last}."
            )
        found.add(Neuron(layer - 1, number))
    return Lens(meant.run.name, meant.step, frozenset(found))
