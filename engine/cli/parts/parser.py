"""The parser of the command line, and the run of a command, whose errors become a sentence and an exit status.

It imports neither TensorFlow nor Qt nor NumPy, as `--help` must answer at once.
"""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence

from engine import COMMAND, VERSION
from engine.cli import INTERRUPTED
from engine.cli.parts.command import all_commands, command_called, names, run_wanted
from engine.cli.parts.terminal import output_failure, say
from engine.core.errors import UserError, reason_of
from engine.core.language import SOURCE, language, mark, tr, tr_plural
from engine.core.machine import folders
from engine.core.machine.logs import start_logging

# What `argparse` says by itself.
ITS_WORDS = (
    mark("usage: "),
    mark("positional arguments"),
    mark("options"),
    mark("show this help message and exit"),
    mark("show program's version number and exit"),
    mark("%(prog)s: error: %(message)s\n"),
    mark("argument %(argument_name)s: %(message)s"),
    mark("the following arguments are required: %s"),
    mark("unrecognized arguments: %s"),
    mark("one of the arguments %s is required"),
    mark("not allowed with argument %s"),
    mark("expected one argument"),
    mark("expected at least one argument"),
    mark("ignored explicit argument %r"),
    mark("ambiguous option: %(option)s could match %(matches)s"),
    mark("invalid choice: %(value)r (choose from %(choices)s)"),
    mark("invalid %(type)s value: %(value)r"),
)


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Return `command` and its options. Ends the program with status 2 on wrong usage."""
    if language() != SOURCE:
        vars(argparse).update(_=tr, ngettext=tr_plural)  # its own are those of the system's catalogues
    # A first word that is no command is a file to open in the window, passed by a desktop's "Open with".
    if {"--version", "--verbose"} <= set(words):
        return argparse.Namespace(command="version")
    first = next((word for word in words if not word.startswith("-")), None)
    if first in names() or {"-h", "--help", "--version"} & set(words):
        return _commands(words).parse_args(words)
    return _window().parse_args(words)


def _window() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=COMMAND, description=tr("See what a neural network learned, while it learns.")
    )
    parser.add_argument("file", nargs="?", help=tr("a session, a data set, a network or a picture to open"))
    parser.add_argument("--reset-settings", action="store_true", help=tr("start with the settings of a first start"))
    parser.add_argument(
        "--restore",
        choices=("ask", "yes", "no"),
        default="ask",
        help=tr(
            "what to do after a crash: ask which session to restore, restore the newest, or nothing (default: ask)"
        ),
    )
    parser.set_defaults(command="window")
    return parser


def _commands(words: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser of all commands, or of the only one with which the words begin."""
    window = f"{COMMAND} [FILE] [--restore ask|yes|no] [--reset-settings]"  # no text
    parser = argparse.ArgumentParser(
        prog=COMMAND,
        description=tr("See what a neural network learned, while it learns. Without a command, the window opens."),
        epilog=tr(
            "{command} opens the window. Exit status: 0 done, 1 refused, 2 wrong usage, 130 interrupted.",
            command=window,
        ),
    )
    parser.add_argument("--version", action="version", version=f"Layerlight {VERSION}")  # no text
    parser.add_argument(
        "--verbose", action="store_true", help=tr("with --version: all versions, the commit, the device, licences")
    )
    parser.set_defaults(refuse=parser.error)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    available = {words[0]: command_called(words[0])} if words[0] in names() else all_commands()
    for name, command in available.items():
        command.add_flags(commands.add_parser(name, help=tr(command.help), description=command.description))
    return parser


log = logging.getLogger(__name__)


def run_command(wanted: argparse.Namespace, run: Callable[[argparse.Namespace], int] | None = None) -> int:
    """Run the parsed command, or `run`, and return its exit status: 1 after a `UserError`, a sentence on stderr."""
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
        if sys.platform == "win32":
            say(tr("There is too little memory. Close other programs."))
        else:
            sentence = mark("There is too little memory. Close other programs, or lift the shell's limit: {command}.")
            say(tr(sentence, command="ulimit -v unlimited"))
        return 1
    except BrokenPipeError:  # the reader of our output has left, as `head` does
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        if error is not output_failure():  # which `finish` reports
            log.warning("The command %s failed.", wanted.command, exc_info=True)
            say(tr("The system does not let it be done: {reason}.", reason=reason_of(error)))
        return 1
    except Exception as error:
        log.exception("The command %s failed.", wanted.command)
        file = folders.log_file()
        if file.is_file():
            say(tr("Layerlight made a mistake; {file} has the details.", file=file))
        else:
            words = f"{type(error).__name__}: {error}"
            say(tr("Layerlight made a mistake; {error}.", error=words))
        return 1
