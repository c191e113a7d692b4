"""The parser of the command line. It imports neither TensorFlow nor Qt nor NumPy, as `--help` must answer at once."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from engine import VERSION
from engine.cli.parts.command import all_commands, command_called, names


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Return `command` and its options. Ends the program with status 2 on wrong usage."""
    # A first word that is no command is a file to open in the window, passed by a desktop's "Open with".
    if {"--version", "--verbose"} <= set(words):
        return argparse.Namespace(command="version")
    first = next((word for word in words if not word.startswith("-")), None)
    if first in names() or {"-h", "--help", "--version"} & set(words):
        return _commands(words).parse_args(words)
    return _window().parse_args(words)


def _window() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="main.py", description="See what a neural network learned, while it learns.")
    parser.add_argument("file", nargs="?", help="a session, a data set or a picture to open")
    parser.add_argument("--reset-settings", action="store_true", help="start with the settings of a first start")
    parser.add_argument(
        "--restore",
        choices=("ask", "yes", "no"),
        default="ask",
        help="what to do after a crash: ask which session to restore, restore the newest, or nothing (default: ask)",
    )
    parser.set_defaults(command="window")
    return parser


def _commands(words: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser of all commands, or of the only one with which the words begin."""
    parser = argparse.ArgumentParser(
        prog="main.py",
        description="See what a neural network learned, while it learns. Without a command, the window opens.",
        epilog="main.py [FILE] [--restore ask|yes|no] [--reset-settings] opens the window. "
        "Exit status: 0 done, 1 refused, 2 wrong usage, 130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"Layerlight {VERSION}")
    parser.add_argument(
        "--verbose", action="store_true", help="with --version: all versions, the commit, the device, licences"
    )
    parser.set_defaults(refuse=parser.error)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    available = {words[0]: command_called(words[0])} if words[0] in names() else all_commands()
    for name, command in available.items():
        command.add_flags(commands.add_parser(name, help=command.help, description=command.description))
    return parser
