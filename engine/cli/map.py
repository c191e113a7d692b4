"""The command `map`: the test images as points, seen by one layer of a network."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from engine.base.errors import UserError
from engine.base.knobs import knobs
from engine.base.lazy import np
from engine.base.lens import Lens
from engine.base.turns import run_through
from engine.cli.parts.command import Command
from engine.cli.parts.flags import add_dataset, checked, flag, knob_help, metavar
from engine.cli.parts.terminal import shown
from engine.cli.parts.which import add_which, open_data, place_to_save, which
from engine.mapping.settings import MapSpec

if TYPE_CHECKING:
    from engine.probes.map import Map


def map_command(wanted: argparse.Namespace) -> int:
    """Write the map that is asked for and say how it was made; returns the exit status."""
    from engine.data.learned import remark_on
    from engine.probes.map import Map, make_map
    from engine.session.export import export_arrays, keep_inputs

    spec = MapSpec(**{name: getattr(wanted, name) for name in knobs(MapSpec)})
    path = place_to_save(wanted.out)
    if path.suffix.lower() != ".npz":
        raise UserError(f"{path.name} does not end in .npz.")
    with which(wanted) as (session, run, step):
        open_data(session, wanted.dataset, run.name)
        keep_inputs(session, path)
        last: Map | None = None
        for message in make_map(session, Lens(run.name, step), wanted.layer - 1, spec):
            if isinstance(message, Map):
                last = message
                _show_progress(message)
        assert last is not None
        run_through(export_arrays(session, _arrays(last), path))
        remark = remark_on(session.data(), run)
    print(last.settings)
    if remark:
        print(remark)
    if last.explained is not None:
        first, second = (100 * share for share in last.explained)
        print(f"{first:.1f} % and {second:.1f} % of the variance lie along the axes")
    print(f"Saved {shown(path)}", flush=True)
    return 0


def _arrays(made: Map) -> dict[str, Any]:
    arrays = {
        "points": made.points,
        "labels": made.labels,
        "numbers": made.numbers,
        "answers": made.answers,
        "settings": np.array(made.settings),
    }
    return arrays if made.explained is None else {**arrays, "explained": np.array(made.explained)}


def _show_progress(map_: Map) -> None:
    """Tell a person, not a file, how far it is."""
    if sys.stderr.isatty():
        part = f"{map_.done:,} of {map_.total:,} iterations" if map_.done else f"neighbours {map_.found:.0%}"
        print(f"\r{part}   ", end="\n" if map_.is_finished else "", file=sys.stderr, flush=True)


def _flags(parser: argparse.ArgumentParser) -> None:
    add_which(parser)
    add_dataset(parser, of_run=True)
    parser.add_argument(
        "--layer",
        type=int,
        default=1,
        metavar="N",
        help="which hidden layer, from 1; the number after the last one is the output (default: 1)",
    )
    for each in knobs(MapSpec).values():
        parser.add_argument(
            flag(each), type=checked(each), default=each.default, metavar=metavar(each), help=knob_help(each)
        )
    parser.add_argument(
        "--out", required=True, metavar="OUT.npz", help="arrays points, labels, numbers, answers, settings"
    )


COMMAND = Command(
    80,
    "the test images as points, seen by one layer",
    "Write where a layer puts the test images on a map: alike ones lie together.",
    _flags,
    map_command,
)
