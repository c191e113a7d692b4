"""The command `teach`: a network goes on with examples of a person's own, new classes among them."""

from __future__ import annotations

import argparse

from engine.cli.parts.command import Command
from engine.cli.parts.flags import add_dataset, add_json
from engine.cli.parts.training import trained
from engine.cli.parts.which import MOMENT_HELP


def teach_command(wanted: argparse.Namespace) -> int:
    """Teach as asked and return the exit status."""
    from engine.cli.parts.train_session import planned_teaching

    return trained(wanted, planned_teaching)


def _flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--examples",
        action="append",
        required=True,
        metavar="PATH",
        help="a folder with one of pictures for each class, or a file of data with named classes; may be repeated",
    )
    parser.add_argument(
        "--session",
        metavar="FILE",
        help="the session that gets the examples and the run (default: the last one; what is added to the one that "
        "comes along goes into a new one in the state folder)",
    )
    parser.add_argument(
        "--run",
        metavar="RUN[@SNAPSHOT]",
        help=f"the run whose network is taught (default: the newest; of the session that comes along, the blog's); "
        f"{MOMENT_HELP} (default: last)",
    )
    parser.add_argument(
        "--device",
        choices=("auto", "cpu"),
        default="auto",
        help="what to compute on: the first GPU that TensorFlow can use, or the CPU in any case (default: auto)",
    )
    add_dataset(parser)
    add_json(parser, "print one JSON object per epoch")


COMMAND = Command(
    12,
    "teach a network examples of your own",
    "Train a network of a session on with examples of your own, and rehearse the data that it knows. For classes that "
    "it does not have it grows outputs.",
    _flags,
    teach_command,
)
