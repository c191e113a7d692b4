"""The command `train`: the same job as in the window, told in lines."""

from __future__ import annotations

import argparse

from engine.base.knobs import knobs
from engine.base.specs import PRESETS, TrainSpec
from engine.cli.parts.command import Command
from engine.cli.parts.flags import add_dataset, add_json, checked, flag, knob_help, metavar
from engine.cli.parts.training import trained
from engine.cli.parts.which import MOMENT_HELP


def train_command(wanted: argparse.Namespace) -> int:
    """Train as asked and return the exit status."""
    from engine.cli.parts.train_session import planned

    return trained(wanted, planned)


def _flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--preset", choices=tuple(PRESETS), help="the settings to start from (default: blog)")
    parser.add_argument(
        "--session",
        metavar="FILE",
        help="the session that gets the run, made if need be (default: a new one in the state folder)",
    )
    parser.add_argument(
        "--resume",
        metavar="RUN[@SNAPSHOT]",
        help="continue training from a run of the session (default: the last session) as a new run, with its settings "
        f"and data where none are given; {MOMENT_HELP} (default: last). --epochs counts from that run's start",
    )
    parser.add_argument(
        "--split",
        metavar="SETTING=VALUE",
        help="train two runs in turns that differ in this setting alone, such as learning-rate=0.3: one as the other "
        "flags say, and its twin; with --resume RUN@0 twins of a run from its start",
    )
    parser.add_argument(
        "--device",
        choices=("auto", "cpu"),
        default="auto",
        help="what to compute on: the first GPU that TensorFlow can use, or the CPU in any case (default: auto)",
    )
    parser.add_argument(
        "--large",
        action="store_true",
        help="train even where that takes more than half of the memory that is free; above 80 %% it is refused",
    )
    add_dataset(parser)
    add_json(parser, "print one JSON object per epoch; with --split it names its run")
    for each in knobs(TrainSpec).values():
        parser.add_argument(flag(each), type=checked(each), metavar=metavar(each), help=knob_help(each))


def _contradiction(wanted: argparse.Namespace) -> str:
    if wanted.resume is not None and wanted.preset is not None:
        return "--preset and --resume: a run that goes on has its own settings; change single ones by their flags"
    return ""


COMMAND = Command(
    10,
    "train a network",
    "Train a network.",
    _flags,
    train_command,
    _contradiction,
)
