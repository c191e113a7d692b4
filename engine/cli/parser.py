"""What the command line understands. It imports neither TensorFlow nor Qt nor NumPy: `--help` must answer at once."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from engine import VERSION
from engine.cli.run_flags import OWN_COMMANDS, RUN_COMMANDS
from engine.cli.view_flags import VIEW_COMMANDS

COMMANDS = (*RUN_COMMANDS, *VIEW_COMMANDS, *OWN_COMMANDS)


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Return what is wanted: `command` and its options. Ends the program with status 2 on a wrong usage."""
    # A first word that is no command is a file to open in the window, as a desktop's "Open with" passes it.
    if {"--version", "--verbose"} <= set(words):
        return argparse.Namespace(command="version")
    first = next((word for word in words if not word.startswith("-")), None)
    if first in {row.name for row in COMMANDS} or {"-h", "--help", "--version"} & set(words):
        parser = _commands()
        wanted = parser.parse_args(words)
        if contradiction := _contradiction(wanted):
            parser.error(contradiction)
        return wanted
    return _window().parse_args(words)


def _contradiction(wanted: argparse.Namespace) -> str:
    """Return what is wrong with flags that are right each by itself; empty when nothing is."""
    if wanted.command == "train" and wanted.resume is not None and wanted.preset is not None:
        return "--preset and --resume: a run that goes on has its own settings; change single ones by their flags"
    if wanted.command == "classify" and wanted.network and (wanted.session or wanted.run or wanted.moment):
        return (
            "--network: it is of the session that comes along, so --session, --run and --moment are of no use"
        )
    if wanted.command == "ideal" and wanted.neurons and wanted.objective != "neuron":
        return "ideal: --neurons is of use only with --objective neuron"
    if (
        wanted.command == "graph"
        and wanted.of == "warmup"
        and (wanted.session or wanted.run or wanted.moment)
    ):
        return "--of warmup: it has no network, so --session, --run and --moment are of no use"
    if wanted.command == "info" and wanted.file is not None and wanted.dataset is not None:
        return "--dataset is of no use with a session"
    if wanted.command == "export" and not (wanted.weights or wanted.keras or wanted.csv):
        return "export: name at least one of --weights, --keras and --csv"
    if wanted.command == "weights" and not (wanted.out or wanted.json):
        return "weights: name at least one of --out and --json"
    if wanted.command == "fingerprints" and not (wanted.out or wanted.picture):
        return "fingerprints: name at least one of --out and --picture"
    return ""


def _window() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="main.py", description="See what a neural network learned, while it learns."
    )
    parser.add_argument("file", nargs="?", help="a session, a data set or a picture to open")
    parser.add_argument(
        "--reset-settings", action="store_true", help="start with the settings of a first start"
    )
    parser.add_argument(
        "--restore",
        choices=("ask", "yes", "no"),
        default="ask",
        help="what to do after a crash: ask which session to restore, restore the newest, or nothing (default: ask)",
    )
    parser.set_defaults(command="window")
    return parser


def _commands() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="main.py",
        description="See what a neural network learned, while it learns. Without a command, the window opens.",
        epilog="main.py [FILE] [--restore ask|yes|no] [--reset-settings] opens the window. "
        "Exit status: 0 done, 1 refused, 2 wrong usage, 130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"Layerlight {VERSION}")
    parser.add_argument(
        "--verbose",
        action="store_true",
        help="with --version: all versions, the commit, the device, licences",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for row in COMMANDS:
        row.add_flags(commands.add_parser(row.name, help=row.help, description=row.description))
    return parser
