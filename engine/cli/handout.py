"""The command `handout`: what it is called with. A lesson's questions are read by the window, so `main.py` does it."""

from __future__ import annotations

import argparse

from engine.cli.parts.command import Command
from engine.cli.parts.flags import add_dataset
from engine.cli.parts.which import add_which


def _flags(parser: argparse.ArgumentParser) -> None:
    add_which(parser)
    add_dataset(parser, "for test images and accuracy; ")
    parser.add_argument(
        "--lesson",
        metavar="FILE.toml",
        nargs="+",
        default=(),
        help="chapters of a lesson of your own, for the questions (default: the lesson that comes along)",
    )
    parser.add_argument("--out", metavar="OUT.html", required=True, help="the file to write")


COMMAND = Command(
    127,
    "a run as one HTML file that pupils open offline",
    "Write one HTML file for a phone or any browser, without a network connection: draw, the answer and why, six "
    "snapshots of the training up to --moment, fingerprints, neurons to silence, ideal images, questions.",
    _flags,
    None,
)
