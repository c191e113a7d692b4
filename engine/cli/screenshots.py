"""The command `screenshots`: what it is called with. It needs the window, so `main.py` does it."""

from __future__ import annotations

import argparse

from engine.cli.parts.command import Command


def _flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", help="where they go; made if need be")
    parser.add_argument(
        "--tour", action="store_true", help="only the README's, of the session that comes along"
    )


COMMAND = Command(
    130,
    "pictures of every tab, in both themes and two sizes",
    "Pictures of every tab, in both themes and two sizes.",
    _flags,
    None,
)
