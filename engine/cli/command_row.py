"""What there is to say of a command: its name, its help, its flags."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NamedTuple


class CommandRow(NamedTuple):
    """A command of the command line. `add_flags` gives its parser what it understands."""

    name: str
    help: str
    """A line in the list of all commands."""
    description: str
    """Some sentences above its own flags."""
    add_flags: Callable[[argparse.ArgumentParser], None]
