"""Flags of several commands: those that a spec's settings give, and what the words behind a flag may be.

It is imported for `--help`, so at the top it imports neither TensorFlow nor NumPy.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from engine.base.errors import UserError
from engine.base.knobs import Knob, Spec, Value, knobs

DATASET_HELP = (
    "an .npz file in Keras' layout, IDX files, a table in CSV (pixels and a label in each line), a folder "
    "with one of pictures for each class, mnist, fashion-mnist, kmnist or emnist-letters (where it "
    "is on this computer: see download), or sample (the embedded 5,000 digits)"
)

MOST_LAYERS = 1000


def add_dataset(parser: argparse.ArgumentParser, before: str = "", *, of_run: bool = False) -> None:
    """Add the flag `--dataset`; its help begins with `before`. `of_run`: without it the data are those of the run."""
    default = "; default: what the run learned from" if of_run else ""
    parser.add_argument("--dataset", metavar="DATA", help=before + DATASET_HELP + default)


def add_json(parser: argparse._ActionsContainer, what: str = "as one JSON object") -> None:
    """Add the flag `--json`."""
    parser.add_argument("--json", action="store_true", help=what)


def add_knobs(parser: argparse.ArgumentParser, spec: type[Spec]) -> None:
    """Add a flag for each setting, which tells its range and its default."""
    for each in knobs(spec).values():
        parser.add_argument(
            flag(each),
            type=checked(each),
            metavar=metavar(each),
            help=f"{knob_help(each)[:-1]}; default: {each.default})",
        )


def flag(knob: Knob) -> str:
    """Return the flag of a setting: `--learning-rate`."""
    return "--" + knob.name.replace("_", "-")


def metavar(knob: Knob) -> str:
    """Return what stands for its value in the help."""
    return "NAME" if knob.kind == "choice" else knob.name.upper() if knob.kind == "text" else "N"


def knob_help(knob: Knob) -> str:
    """Return its sentence of help and its range, for argparse."""
    allowed = ", ".join(knob.choices) if knob.choices else "" if knob.kind == "text" else knob.range_text()
    text = f"{knob.help} ({allowed.replace(' and ', ' to ')})" if allowed else knob.help
    return text.replace("%", "%%")


def checked(knob: Knob) -> Callable[[str], Value]:
    """Return what reads the setting's value and refuses it in the same words as the window's form."""

    def value(text: str) -> Value:
        try:
            return knob.parse(text)
        except UserError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return value


def numbers(text: str) -> tuple[int, ...]:
    """Read whole numbers with commas between them."""
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise argparse.ArgumentTypeError(f"whole numbers with commas between them, not “{text}”") from None


def count(text: str) -> int:
    """Read a number of images."""
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"“{text}” is not a number of images")
    return int(text)


def tab(text: str) -> str:
    """Read the name of a tab, also as it stands in the window: `Warm-up`, `Ideal images`."""
    return text.lower().replace("-", "").partition(" ")[0]


def layer(text: str) -> int:
    """Read the number of a layer, from 1."""
    if not text.isdecimal() or not 1 <= int(text) <= MOST_LAYERS:
        raise argparse.ArgumentTypeError(f"{text} is not the number of a layer; the first one is 1")
    return int(text)
