"""Runs a command without a window: sets the log up, turns refusals into a sentence and an exit status."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable
from importlib import import_module

from engine.base.errors import UserError, reason_of
from engine.cli import INTERRUPTED
from engine.cli.terminal import output_failure, say
from engine.system import folders
from engine.system.logs import start_logging

log = logging.getLogger(__name__)


type Command = Callable[[argparse.Namespace], int]


def run_command(wanted: argparse.Namespace, command: Command | None = None) -> int:
    """Run `command`, or the engine's own by its name, and return its exit status.

    A refusal is a sentence on stderr and status 1. What needs the window, the engine cannot know: it is handed in.
    """
    try:
        start_logging(folders.log_file())
        if trouble := folders.trouble():
            say(trouble)
        return (command or command_of(wanted.command))(wanted)
    except UserError as error:
        say(str(error))
        return 1
    except BrokenPipeError:  # the reader of our output has left, as `head` does
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        if error is not output_failure():  # why that is so is said at the end
            log.warning("The command %s failed.", wanted.command, exc_info=True)
            say(f"The system does not let it be done: {reason_of(error)}.")
        return 1
    except Exception as error:
        log.exception("The command %s failed.", wanted.command)
        file = folders.log_file()
        details = f"{file} has the details" if file.is_file() else f"{type(error).__name__}: {error}"
        say(f"Something went wrong inside; {details}.")
        return 1


def command_of(name: str) -> Command:
    """Return the function of the engine's command with that name."""
    known = COMMANDS[name]
    return function_at(known) if isinstance(known, str) else known


def function_at(place: str) -> Command:
    """Return the function at `module:name`, imported only now: `--help` and most commands need few of them."""
    module, name = place.split(":")
    command: Command = getattr(import_module(module), name)
    return command


def _info(wanted: argparse.Namespace) -> int:
    of_session = "engine.cli.session_info:session_info_command"
    return function_at("engine.cli.info:info_command" if wanted.file is None else of_session)(wanted)


def _bench(wanted: argparse.Namespace) -> int:
    special = (place for name, place in BENCHES.items() if getattr(wanted, name))
    return function_at(next(special, "engine.bench.command:bench_command"))(wanted)


COMMANDS: dict[str, str | Command] = {
    "train": "engine.cli.train:train_command",
    "classify": "engine.cli.classify:classify_command",
    "fingerprints": "engine.cli.fingerprints:fingerprints_command",
    "mistakes": "engine.cli.mistakes:mistakes_command",
    "info": _info,
    "export": "engine.cli.export:export_command",
    "map": "engine.cli.map:map_command",
    "warmup": "engine.cli.warmup:warmup_command",
    "graph": "engine.cli.graph:graph_command",
    "weights": "engine.cli.weights:weights_command",
    "ideal": "engine.cli.ideal:ideal_command",
    "code": "engine.cli.code:code_command",
    "bench": _bench,
}
"""By name: where the function lies that does it, or the function that finds it."""

BENCHES = {
    "map": "engine.bench.maps:bench_maps",
    "sessions": "engine.bench.sessions:bench_sessions",
    "warmup": "engine.bench.warmup:bench_warmup",
    "graph": "engine.bench.graph:bench_graph",
    "views": "engine.bench.views:bench_views",
    "ideal": "engine.bench.ideal:bench_ideal",
    "health": "engine.bench.health:bench_health",
}
"""By flag: what is measured instead of the training."""
