"""What the command line understands. It imports neither TensorFlow nor Qt nor NumPy: `--help` must answer at once."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from engine import VERSION
from engine.errors import UserError
from engine.knobs import Knob, Value, knobs
from engine.specs import PRESETS, TrainSpec

DATASET_HELP = (
    "a .npz file in Keras' layout, mnist (from Keras' cache), or sample (the embedded 5,000 digits)"
)
COMMANDS = ("train", "info", "screenshots", "bench")


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Return what is wanted: `command` and its options. Ends the program with status 2 on a wrong usage."""
    # A first word that is no command is a file to open in the window, as a desktop's "Open with" passes it.
    first = next((word for word in words if not word.startswith("-")), None)
    if first in COMMANDS or {"-h", "--help", "--version"} & set(words):
        return _commands().parse_args(words)
    return _window().parse_args(words)


def _window() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="main.py", description="See what a neural network learned, while it learns."
    )
    parser.add_argument("file", nargs="?", help="a data set to open")
    parser.add_argument(
        "--reset-settings", action="store_true", help="start with the settings of a first start"
    )
    parser.set_defaults(command="window")
    return parser


def _commands() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="main.py",
        description="See what a neural network learned, while it learns. Without a command, the window opens.",
        epilog="main.py [FILE] [--reset-settings] opens the window. "
        "Exit status: 0 done, 1 refused, 2 wrong usage, 130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"Layerlight {VERSION}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_train(commands.add_parser("train", help="train a network", description="Train a network."))
    info = commands.add_parser("info", help="versions, device, data and folders")
    info.add_argument("--dataset", metavar="DATA", help=DATASET_HELP)
    info.add_argument("--json", action="store_true", help="as one JSON object")
    pictures = commands.add_parser("screenshots", help="pictures of every tab, in both themes and two sizes")
    pictures.add_argument("folder", metavar="DIR", help="where they go; made if need be")
    bench = commands.add_parser("bench", help="how fast it is, each figure beside a rival's")
    bench.add_argument("--gui", action="store_true", help="what the window costs, and how fast it answers")
    bench.add_argument(
        "--slider", action="store_true", help="how fast the window follows the time slider, and what it costs"
    )
    bench.add_argument("--dataset", metavar="DATA", help=DATASET_HELP)
    bench.add_argument(
        "--rounds", type=int, default=5, metavar="N", help="how often each is timed (default: 5)"
    )
    bench.add_argument("--json", action="store_true", help="as one JSON object")
    return parser


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--preset", choices=tuple(PRESETS), default="blog", help="the settings to start from (default: blog)"
    )
    parser.add_argument("--dataset", metavar="DATA", help=DATASET_HELP)
    parser.add_argument("--json", action="store_true", help="print one JSON object per epoch")
    for each in knobs(TrainSpec).values():
        parser.add_argument(_flag(each), type=_checked(each), metavar=_metavar(each), help=_help(each))


def _flag(knob: Knob) -> str:
    return "--" + knob.name.replace("_", "-")


def _metavar(knob: Knob) -> str:
    return "NAME" if knob.kind == "choice" else "LAYERS" if knob.kind == "text" else "N"


def _help(knob: Knob) -> str:
    allowed = ", ".join(knob.choices) if knob.choices else "" if knob.kind == "text" else knob.range_text()
    text = f"{knob.help} ({allowed.replace(' and ', ' to ')})" if allowed else knob.help
    return text.replace("%", "%%")


def _checked(knob: Knob) -> Callable[[str], Value]:
    def value(text: str) -> Value:
        try:
            return knob.parse(text)
        except UserError as error:  # the same sentence as in the window's form
            raise argparse.ArgumentTypeError(str(error)) from None

    return value
