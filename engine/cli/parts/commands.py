"""Runs a command: sets up the log, turns errors into a sentence and an exit status."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable

from engine.cli import INTERRUPTED
from engine.cli.parts.command import run_wanted
from engine.cli.parts.terminal import output_failure, say
from engine.core.errors import UserError, reason_of
from engine.core.machine import folders
from engine.core.machine.logs import start_logging

log = logging.getLogger(__name__)


def run_command(wanted: argparse.Namespace, run: Callable[[argparse.Namespace], int] | None = None) -> int:
    """Run the parsed command, or `run`, and return its exit status.

    A `UserError` is a sentence on stderr and status 1.
    """
    try:
        start_logging(folders.log_file())
        if trouble := folders.trouble():
            say(trouble)
        return (run or run_wanted)(wanted)
    except UserError as error:
        say(str(error))
        return 1
    except MemoryError:
        log.warning("The command %s failed.", wanted.command, exc_info=True)
        say("There is too little memory. Close other programs, or lift the shell's limit: ulimit -v unlimited.")
        return 1
    except BrokenPipeError:  # the reader of our output has left, as `head` does
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        if error is not output_failure():  # which `finish` reports
            log.warning("The command %s failed.", wanted.command, exc_info=True)
            say(f"The system does not let it be done: {reason_of(error)}.")
        return 1
    except Exception as error:
        log.exception("The command %s failed.", wanted.command)
        file = folders.log_file()
        details = f"{file} has the details" if file.is_file() else f"{type(error).__name__}: {error}"
        say(f"Layerlight made a mistake; {details}.")
        return 1
