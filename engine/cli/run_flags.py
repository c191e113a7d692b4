"""The commands about runs, sessions and pictures, and those for whoever works on Layerlight: names, help, flags."""

from __future__ import annotations

import argparse

from engine.base.knobs import knobs
from engine.base.specs import PRESETS, TrainSpec
from engine.cli.command_row import CommandRow
from engine.cli.flags import add_dataset, add_json, checked, flag, knob_help, metavar
from engine.cli.which import MOMENT_HELP, add_which

BENCHES = {
    "gui": "what the window costs, and how fast it answers",
    "sessions": "what it costs to keep a session of a run",
    "slider": "how fast the window follows the time slider, and what it costs",
    "ideal": "ten ideal images' steps, beside a rival's",
    "live": "how smooth the window is while warm-up and ideal images run, and how soon a slider is followed",
    "pen": "how fast the answer follows the pen",
    "start": "how long a start takes until a digit is read",
    "warmup": "the warm-up's steps a second, beside rivals'",
    "views": "how fast the hidden layer is looked into",
    "health": "what Health says of sick and healthy runs, and whether its remedies help",
    "graph": "how fast a training step is traced and laid out",
    "map": "maps beside those of scikit-learn",
}
"""What can be measured besides the training, and what that tells."""


def _train(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--preset", choices=tuple(PRESETS), help="the settings to start from (default: blog)")
    parser.add_argument(
        "--session",
        metavar="FILE",
        help="the session that gets the run, made if need be (default: a new one in the state folder)",
    )
    parser.add_argument(
        "--resume",
        metavar="RUN[@MOMENT]",
        help="train on from a run of the session (default: the last session) as a new run, with its settings and data "
        f"where none are given; {MOMENT_HELP} (default: last). --epochs counts from that run's start",
    )
    parser.add_argument(
        "--device",
        choices=("auto", "cpu"),
        default="auto",
        help="what to compute on: the first GPU that TensorFlow can use, or the CPU in any case (default: auto)",
    )
    parser.add_argument(
        "--large",
        action="store_true",
        help="train even where that takes more than half of the memory that is free; above 80 %% it is refused",
    )
    add_dataset(parser)
    add_json(parser, "print one JSON object per epoch")
    for each in knobs(TrainSpec).values():
        parser.add_argument(flag(each), type=checked(each), metavar=metavar(each), help=knob_help(each))


def _classify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("images", nargs="+", metavar="IMAGE", help="a picture")
    parser.add_argument(
        "--network",
        choices=("blog", "sharp"),
        help="a network that comes along (default: sharp, which reads best, unless another is named below)",
    )
    add_which(parser)
    add_json(parser, "one JSON object per picture")


def _export(parser: argparse.ArgumentParser) -> None:
    add_which(parser)
    parser.add_argument(
        "--weights",
        metavar="OUT.npz",
        help="arrays layer1/kernel, layer1/bias, layer2/kernel ... for numpy.load",
    )
    parser.add_argument(
        "--keras",
        metavar="OUT.keras",
        help="a model for keras.models.load_model; it gives logits, without softmax",
    )
    parser.add_argument("--csv", metavar="OUT.csv", help="the run's figures, a line per epoch")


def _info(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", metavar="FILE", help="a session")
    add_dataset(parser)
    add_json(parser)


def _screenshots(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", help="where they go; made if need be")
    parser.add_argument(
        "--tour", action="store_true", help="only the README's, of the session that comes along"
    )


def _bench(parser: argparse.ArgumentParser) -> None:
    for name, what in BENCHES.items():
        parser.add_argument(f"--{name}", action="store_true", help=what)
    add_dataset(parser)
    parser.add_argument(
        "--rounds", type=int, default=5, metavar="N", help="how often each is timed (default: 5)"
    )
    add_json(parser)


RUN_COMMANDS = (
    CommandRow(
        "train",
        "train a network",
        "Train a network.",
        _train,
    ),
    CommandRow(
        "classify",
        "read pictures of digits",
        "Read pictures of single digits (PNG, JPEG, BMP; dark on light or light on dark, of any size): "
        "a line for each with file, label, probability, and the probabilities of all classes.",
        _classify,
    ),
    CommandRow(
        "info",
        "what a session holds; without one: versions, device, data and folders",
        "Tell what a session holds, reading its file only; without FILE: versions, device, data, folders.",
        _info,
    ),
    CommandRow(
        "export",
        "a network out of a session, or a run's history",
        "Write the network at one moment of a run, or the run's history, into files.",
        _export,
    ),
)

OWN_COMMANDS = (
    CommandRow(
        "screenshots",
        "pictures of every tab, in both themes and two sizes",
        "Pictures of every tab, in both themes and two sizes.",
        _screenshots,
    ),
    CommandRow(
        "bench",
        "how fast it is, each figure beside a rival's",
        "How fast it is, each figure beside a rival's.",
        _bench,
    ),
)
