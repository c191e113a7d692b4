"""The command `weights`: each neuron's incoming weights as a picture, for NumPy, and in figures."""

from __future__ import annotations

import argparse
import json
import math
from typing import Any

from engine.base.errors import UserError
from engine.base.lens import Lens
from engine.cli.terminal import shown
from engine.cli.which import Which, place_to_save, step_called, which
from engine.probes.weight_pictures import WeightPictures, summed_up, weight_pictures
from engine.session.export import export_arrays


def weights_command(wanted: argparse.Namespace) -> int:
    """Write the pictures, tell of each neuron in a line, or both; returns the exit status."""
    path = place_to_save(wanted.out) if wanted.out else None
    with which(wanted) as meant:
        found = _found(wanted, meant)
        if path:
            for _ in export_arrays(meant.session, _arrays(found), path):
                pass
            if not wanted.json:
                print(f"Saved {shown(path)}", flush=True)
        if wanted.json:
            for facts in summed_up(found):
                print(json.dumps({name: _number(value) for name, value in facts.items()}), flush=True)
    return 0


def _found(wanted: argparse.Namespace, meant: Which) -> WeightPictures:
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
