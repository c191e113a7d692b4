"""Layerlight: `python main.py` opens the window; `python main.py --help` names what runs without one."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from engine.cli.parser import parse


def main(words: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and return the exit status.

    0 done, 1 refused (a sentence on stderr), 2 wrong usage, 130 interrupted. Only here do both the window and the
    engine's own command line stand side by side; each is imported when it is wanted, so `--help` answers at once.
    """
    wanted = parse(sys.argv[1:] if words is None else words)
    if wanted.command == "window":
        from gui.app import run

        return run(wanted.file, reset_settings=wanted.reset_settings)
    from engine.cli.commands import run_command

    return run_command(wanted)


if __name__ == "__main__":
    sys.exit(main())
