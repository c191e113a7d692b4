"""Layerlight: `python main.py` opens the window; `python main.py --help` lists the commands that run without one."""

import os
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    import argparse

if not (3, 12) <= sys.version_info < (3, 14) or (not __package__ and not find_spec("numpy")):
    # The modules below have the syntax of 3.12, and need the packages of the environment.
    sys.exit("Layerlight needs Python 3.12 or 3.13 with its packages: type `make run`, or `.venv/bin/python main.py`.")

if sys.flags.safe_path and not __package__:  # `python -P` leaves this file's folder out of the path
    sys.path.insert(0, str(Path(__file__).resolve().parent))

from engine import CHILD
from engine.core.language import preferred, tr, use

if __name__ == "__main__" and sys.argv[1:2] == [CHILD]:  # a child process, which needs nothing of the below
    use(preferred())
    import_module(sys.argv[2]).main()
    sys.exit()

from engine.cli.parts import terminal
from engine.cli.parts.parser import parse
from engine.core.errors import UserError
from engine.core.preload import check_address_space, leave


def main(words: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and return the exit status.

    0 done, 1 refused (a sentence on stderr), 2 wrong usage, 130 interrupted. The window and
    the engine's command line are imported only when needed, so that `--help` answers at once.
    """
    terminal.prepare()
    os.umask(os.umask(0o077) & 0o077)  # files that are saved stay readable for their owner
    if any(action == "error" for action, *_ in warnings.filters):
        warnings.simplefilter("default")  # `-W error` is for one's own programs: libraries would fail
    try:
        status = _run(parse(sys.argv[1:] if words is None else words))
    except SystemExit as ended:  # after `--help`, and for wrong usage
        status = ended.code if isinstance(ended.code, int) else 0
    return terminal.finish(status)


def _run(wanted: "argparse.Namespace") -> int:
    try:
        f"{__file__}{sys.prefix}".encode()
    except UnicodeEncodeError:
        terminal.say(
            tr(
                "Layerlight or its Python lies in a folder whose name is not UTF-8, and neither NumPy nor Qt can be "
                "loaded from there. Rename that folder."
            )
        )
        return 1
    if wanted.command == "window":
        try:
            check_address_space()
        except UserError as error:
            terminal.say(str(error))
            return 1
        from gui.app import run

        return run(wanted.file, reset_settings=wanted.reset_settings, restore=wanted.restore)
    from engine.cli.parts.parser import run_command

    return run_command(wanted, _version if wanted.command == "version" else None)


def _version(_: "argparse.Namespace") -> int:
    from engine.core.machine.about import facts
    from engine.core.machine.device import device

    print(facts(device().say()))
    return 0


def start() -> NoReturn:
    """Run what the command line asks for, in the language of the system, and exit."""
    use(preferred())
    leave(main())


if __name__ == "__main__":
    start()
