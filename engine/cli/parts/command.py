"""A command of the command line: its name, its help, its flags, what it does; and finding all that there are.

Each module in `engine.cli` is the command of its name and has a `COMMAND`: no list is kept. `--help` imports all of
them, so at the top they import neither TensorFlow nor NumPy.
"""

from __future__ import annotations

import argparse
import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

import engine.cli

type Run = Callable[[argparse.Namespace], int]


def _nothing_wrong(_: argparse.Namespace) -> str:
    return ""


class Command(NamedTuple):
    """One command. `add_flags` gives its parser what it understands."""

    order: int
    """Its place among all, from above."""
    help: str
    """A line in the list of all commands."""
    description: str
    """Some sentences above its own flags."""
    add_flags: Callable[[argparse.ArgumentParser], None]
    run: Run | None
    """Does it and returns the exit status; `None` where that needs the window, which hands it in."""
    contradiction: Callable[[argparse.Namespace], str] = _nothing_wrong
    """Returns what is wrong with flags that are right each by itself; empty when nothing is."""


def names() -> frozenset[str]:
    """Return the names of all commands, without importing any."""
    return frozenset(each.name for each in pkgutil.iter_modules(engine.cli.__path__) if not each.ispkg)


def command_called(name: str) -> Command:
    """Return the command of that name, which is one of `names`."""
    found: Command = import_module(f"engine.cli.{name}").COMMAND
    return found


def all_commands() -> dict[str, Command]:
    """Return all commands by name, in their order."""
    found = {name: command_called(name) for name in names()}
    return dict(sorted(found.items(), key=lambda each: each[1].order))
