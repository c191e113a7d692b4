"""The commands that look into a network as the tabs do: names, help, flags."""

from __future__ import annotations

import argparse

from engine.base.knobs import knobs
from engine.cli.command_row import CommandRow
from engine.cli.flags import (
    add_dataset,
    add_json,
    add_knobs,
    checked,
    count,
    flag,
    knob_help,
    layer,
    metavar,
    numbers,
    tab,
)
from engine.cli.silence import add_silence
from engine.cli.which import add_which
from engine.ideal.spec import IdealSpec
from engine.mapping.settings import MapSpec
from engine.scripts.tabs import TABS
from engine.warmup.spec import WarmupSpec


def _fingerprints(parser: argparse.ArgumentParser) -> None:
    add_which(parser)
    add_silence(parser)
    add_dataset(parser)
    parser.add_argument(
        "--layer", type=int, default=1, metavar="N", help="which hidden layer, from 1 (default: 1)"
    )
    parser.add_argument(
        "--out",
        metavar="OUT.npz",
        help="arrays hidden (images x neurons, after activation and silencing), labels, accuracy, class_accuracy "
        "for numpy.load",
    )
    parser.add_argument(
        "--picture", metavar="OUT.png", help="a map per class: rows are neurons, columns images"
    )
    parser.add_argument(
        "--order",
        choices=("index", "class", "similar", "mean"),
        default="index",
        help="the neurons' order in the picture (default: index)",
    )
    parser.add_argument(
        "--columns",
        choices=("index", "confidence", "similar"),
        default="index",
        help="the images' order in the picture (default: index)",
    )
    add_json(parser)


def _mistakes(parser: argparse.ArgumentParser) -> None:
    add_which(parser)
    add_silence(parser)
    add_dataset(parser)
    parser.add_argument(
        "--worst",
        type=count,
        default=20,
        metavar="N",
        help="how many misread images are listed, the surest first (default: 20)",
    )
    add_json(parser)


def _weights(parser: argparse.ArgumentParser) -> None:
    add_which(parser)
    parser.add_argument(
        "--layer",
        type=layer,
        default=1,
        metavar="N",
        help="which layer, from 1; the last are the classes (default: 1)",
    )
    parser.add_argument(
        "--inputs",
        action="store_true",
        help="of a dense layer behind another: its weights over the neurons before, instead of the product",
    )
    parser.add_argument("--against", metavar="MOMENT", help="less the weights of this moment of the run")
    parser.add_argument(
        "--out",
        metavar="OUT.npz",
        help="arrays pictures (neurons, rows, columns), biases, outgoing (neurons, classes), norms for numpy.load",
    )
    add_json(parser, "print one JSON object per neuron")


def _map(parser: argparse.ArgumentParser) -> None:
    add_which(parser)
    add_dataset(parser)
    parser.add_argument(
        "--layer",
        type=int,
        default=1,
        metavar="N",
        help="which hidden layer, from 1; the number after the last one is the output (default: 1)",
    )
    for each in knobs(MapSpec).values():
        parser.add_argument(
            flag(each), type=checked(each), default=each.default, metavar=metavar(each), help=knob_help(each)
        )
    parser.add_argument(
        "--out", required=True, metavar="OUT.npz", help="arrays points, labels, numbers, answers, settings"
    )


def _ideal(parser: argparse.ArgumentParser) -> None:
    add_which(parser)
    add_silence(parser)
    add_dataset(parser, "for --start mean; ")
    parser.add_argument(
        "--layer", type=int, default=1, metavar="N", help="the hidden layer of --neurons (default: 1)"
    )
    parser.add_argument(
        "--neurons",
        type=numbers,
        default=(),
        metavar="N,N",
        help="hidden neurons, counted from 0, for --objective neuron",
    )
    add_knobs(parser, IdealSpec)
    parser.add_argument(
        "--out",
        metavar="OUT.npz",
        help="arrays images, losses, probabilities, penalties, labels for numpy.load",
    )
    parser.add_argument("--picture", metavar="OUT.png", help="the images on one sheet")
    add_json(parser, "one JSON object per image")


def _warmup(parser: argparse.ArgumentParser) -> None:
    add_knobs(parser, WarmupSpec)
    add_json(parser, "one JSON object per line")


def _graph(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--of", choices=("warmup", "network", "training"), required=True, help="what it is of"
    )
    add_which(parser)
    parser.add_argument("--out", metavar="OUT.svg", required=True, help="the file to write")
    blocks = parser.add_mutually_exclusive_group()
    blocks.add_argument(
        "--open", action="store_true", help="with all blocks open (default: those that say most)"
    )
    blocks.add_argument("--closed", action="store_true", help="with all blocks closed")
    parser.add_argument(
        "--theme", choices=("light", "dark"), default="light", help="its colours (default: light)"
    )


def _code(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("tab", metavar="TAB", type=tab, choices=TABS, help=f"one of {', '.join(TABS)}")
    add_which(parser)
    add_silence(parser)
    add_dataset(parser)
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of the tab, such as penalty=l2 of ideal, layer=2 of weights, size=5 of warmup; may be repeated",
    )
    parser.add_argument(
        "--out", metavar="OUT.py", help="save it there instead, and what it reads beside it (default: stdout)"
    )


VIEW_COMMANDS = (
    CommandRow(
        "fingerprints",
        "how every hidden neuron answers to every test image",
        "Write how a hidden layer answers to all test images, for NumPy and as a picture of one map "
        "per class, and tell how many images are read rightly, also with neurons silenced.",
        _fingerprints,
    ),
    CommandRow(
        "mistakes",
        "which test images a network misreads",
        "Test a network: how often each class is taken for each, how sure it is when it errs, "
        "and the images that it misreads most surely.",
        _mistakes,
    ),
    CommandRow(
        "weights",
        "each neuron's incoming weights as a picture",
        "Write what leads into each neuron of a layer as pictures: a dense layer's weights over the "
        "pixels, behind other dense layers their product through to the pixels; a convolution's 3 x 3 kernels, "
        "averaged over the feature maps before.",
        _weights,
    ),
    CommandRow(
        "map",
        "the test images as points, seen by one layer",
        "Write where a layer puts the test images on a map: alike ones lie together.",
        _map,
    ),
    CommandRow(
        "ideal",
        "what the network would like to see most",
        "Paint an ideal image of each class, or of hidden neurons, by gradient descent on the pixels.",
        _ideal,
    ),
    CommandRow(
        "warmup",
        "learn the inverse of a matrix by gradient descent",
        "Learn x with x A = I for a random matrix A of whole numbers from 0 to 9, by gradient descent. "
        "The defaults are the blog post's; the last line tells where it ended.",
        _warmup,
    ),
    CommandRow(
        "graph",
        "a computation graph as a drawing",
        "Draw the computation graph of the warm-up, of a network or of its training step into an SVG "
        "file, as TensorFlow traced it.",
        _graph,
    ),
    CommandRow(
        "code",
        "a tab's script in plain TensorFlow and NumPy",
        "Print the short script that does what a tab shows, ready to be run.",
        _code,
    ),
)
