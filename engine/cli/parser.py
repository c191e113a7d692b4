"""What the command line understands. It imports neither TensorFlow nor Qt nor NumPy: `--help` must answer at once."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from engine import VERSION
from engine.cli.silence import add_silence
from engine.cli.which import MOMENT_HELP, add_which
from engine.errors import UserError
from engine.ideal.spec import IdealSpec
from engine.knobs import Knob, Spec, Value, knobs
from engine.mapping.settings import MapSpec
from engine.scripts.tabs import TABS
from engine.specs import PRESETS, TrainSpec
from engine.warmup.spec import WarmupSpec

DATASET_HELP = (
    "a .npz file in Keras' layout, mnist (from Keras' cache), or sample (the embedded 5,000 digits)"
)
COMMANDS = (
    "train",
    "classify",
    "fingerprints",
    "mistakes",
    "weights",
    "ideal",
    "warmup",
    "code",
    "info",
    "export",
    "map",
    "graph",
    "screenshots",
    "bench",
)

MOST_LAYERS = 1000


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Return what is wanted: `command` and its options. Ends the program with status 2 on a wrong usage."""
    # A first word that is no command is a file to open in the window, as a desktop's "Open with" passes it.
    first = next((word for word in words if not word.startswith("-")), None)
    if first in COMMANDS or {"-h", "--help", "--version"} & set(words):
        parser = _commands()
        wanted = parser.parse_args(words)
        if contradiction := _contradiction(wanted):
            parser.error(contradiction)
        return wanted
    return _window().parse_args(words)


def _contradiction(wanted: argparse.Namespace) -> str:
    """Return what is wrong with flags that are right each by itself; empty when nothing is."""
    if wanted.command == "train" and wanted.resume is not None and wanted.preset is not None:
        return "--preset and --resume: a run that goes on has its own settings; change single ones by their flags"
    if wanted.command == "classify" and wanted.network and (wanted.session or wanted.run or wanted.moment):
        return (
            "--network: it is of the session that comes along, so --session, --run and --moment are of no use"
        )
    if wanted.command == "info" and wanted.file is not None and wanted.dataset is not None:
        return "--dataset is of no use where a session is told about"
    if wanted.command == "export" and not (wanted.weights or wanted.keras or wanted.csv):
        return "export: name at least one of --weights, --keras and --csv"
    if wanted.command == "weights" and not (wanted.out or wanted.json):
        return "weights: name at least one of --out and --json"
    if wanted.command == "fingerprints" and not (wanted.out or wanted.picture):
        return "fingerprints: name at least one of --out and --picture"
    return ""


def _window() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="main.py", description="See what a neural network learned, while it learns."
    )
    parser.add_argument("file", nargs="?", help="a session or a data set to open")
    parser.add_argument(
        "--reset-settings", action="store_true", help="start with the settings of a first start"
    )
    parser.add_argument(
        "--restore",
        choices=("ask", "yes", "no"),
        default="ask",
        help="what to do after a crash: ask which session to restore, restore the newest, or nothing (default: ask)",
    )
    parser.set_defaults(command="window")
    return parser


def _commands() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="main.py",
        description="See what a neural network learned, while it learns. Without a command, the window opens.",
        epilog="main.py [FILE] [--restore ask|yes|no] [--reset-settings] opens the window. "
        "Exit status: 0 done, 1 refused, 2 wrong usage, 130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"Layerlight {VERSION}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_train(commands.add_parser("train", help="train a network", description="Train a network."))
    _add_classify(
        commands.add_parser(
            "classify",
            help="read pictures of digits",
            description="Read pictures of single digits (PNG, JPEG, BMP; dark on light or light on dark, of any size): "
            "a line for each with file, label, probability, and the probabilities of all classes.",
        )
    )
    _add_fingerprints(
        commands.add_parser(
            "fingerprints",
            help="how every hidden neuron answers to every test image",
            description="Write how a hidden layer answers to all test images, for NumPy and as a picture of one map "
            "per class, and tell how many images are read rightly, also with neurons silenced. Without --session, "
            "--run and --moment the blog's network is meant, which comes along.",
        )
    )
    _add_mistakes(
        commands.add_parser(
            "mistakes",
            help="which test images a network misreads",
            description="Test a network: how often each class is taken for each, how sure it is when it errs, "
            "and the images that it misreads most surely.",
        )
    )
    info = commands.add_parser(
        "info",
        help="what a session holds; without one: versions, device, data and folders",
        description="Tell what a session holds, reading its file only; without FILE: versions, device, data, folders.",
    )
    info.add_argument("file", nargs="?", metavar="FILE", help="a session")
    info.add_argument("--dataset", metavar="DATA", help=DATASET_HELP)
    info.add_argument("--json", action="store_true", help="as one JSON object")
    _add_export(
        commands.add_parser(
            "export",
            help="a network out of a session, or a run's history",
            description="Write the network at one moment of a run, or the run's history, into files.",
        )
    )
    _add_ideal(
        commands.add_parser(
            "ideal",
            help="what the network would like to see most",
            description="Paint an ideal image of each class, or of hidden neurons, by gradient descent on the pixels.",
        )
    )
    _add_warmup(
        commands.add_parser(
            "warmup",
            help="learn the inverse of a matrix by gradient descent",
            description="Learn x with x A = I for a random matrix A of whole numbers from 0 to 9, by gradient descent. "
            "The defaults are the blog post's; the last line tells where it ended.",
        )
    )
    _add_weights(
        commands.add_parser(
            "weights",
            help="each neuron's incoming weights as a picture",
            description="Write what leads into each neuron of a layer as pictures: a dense layer's weights over the "
            "pixels, behind other dense layers their product through to the pixels; a convolution's 3 x 3 kernels, "
            "averaged over the feature maps before.",
        )
    )
    _add_map(
        commands.add_parser(
            "map",
            help="the test images as points, seen by one layer",
            description="Write where a layer puts the test images on a map: alike ones lie together.",
        )
    )
    _add_code(
        commands.add_parser(
            "code",
            help="a tab's script in plain TensorFlow and NumPy",
            description="Print the short script that does what a tab shows, ready to be run.",
        )
    )
    _add_graph(
        commands.add_parser(
            "graph",
            help="a computation graph as a drawing",
            description="Draw the computation graph of the warm-up, of a network or of its training step into an SVG "
            "file, as TensorFlow traced it.",
        )
    )
    pictures = commands.add_parser("screenshots", help="pictures of every tab, in both themes and two sizes")
    pictures.add_argument("folder", metavar="DIR", help="where they go; made if need be")
    bench = commands.add_parser("bench", help="how fast it is, each figure beside a rival's")
    bench.add_argument("--gui", action="store_true", help="what the window costs, and how fast it answers")
    bench.add_argument("--sessions", action="store_true", help="what it costs to keep a session of a run")
    bench.add_argument(
        "--slider", action="store_true", help="how fast the window follows the time slider, and what it costs"
    )
    bench.add_argument("--ideal", action="store_true", help="ten ideal images' steps, beside a rival's")
    bench.add_argument("--pen", action="store_true", help="how fast the answer follows the pen")
    bench.add_argument("--start", action="store_true", help="how long a start takes until a digit is read")
    bench.add_argument("--warmup", action="store_true", help="the warm-up's steps a second, beside rivals'")
    bench.add_argument("--views", action="store_true", help="how fast the hidden layer is looked into")
    bench.add_argument("--graph", action="store_true", help="how fast a training step is traced and laid out")
    bench.add_argument("--map", action="store_true", help="maps beside those of scikit-learn")
    bench.add_argument("--dataset", metavar="DATA", help=DATASET_HELP)
    bench.add_argument(
        "--rounds", type=int, default=5, metavar="N", help="how often each is timed (default: 5)"
    )
    bench.add_argument("--json", action="store_true", help="as one JSON object")
    return parser


def _add_train(parser: argparse.ArgumentParser) -> None:
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
    parser.add_argument("--dataset", metavar="DATA", help=DATASET_HELP)
    parser.add_argument("--json", action="store_true", help="print one JSON object per epoch")
    for each in knobs(TrainSpec).values():
        parser.add_argument(_flag(each), type=_checked(each), metavar=_metavar(each), help=_help(each))


def _add_classify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("images", nargs="+", metavar="IMAGE", help="a picture")
    parser.add_argument(
        "--network",
        choices=("blog", "sharp"),
        help="a network that comes along (default: sharp, which reads best, unless another is named below)",
    )
    add_which(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object per picture")


def _add_fingerprints(parser: argparse.ArgumentParser) -> None:
    add_which(parser)
    add_silence(parser)
    parser.add_argument("--dataset", metavar="DATA", help=DATASET_HELP)
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
    parser.add_argument("--json", action="store_true", help="as one JSON object")


def _add_mistakes(parser: argparse.ArgumentParser) -> None:
    add_which(parser)
    add_silence(parser)
    parser.add_argument("--dataset", metavar="DATA", help=DATASET_HELP)
    parser.add_argument(
        "--worst",
        type=_count,
        default=20,
        metavar="N",
        help="how many misread images are listed, the surest first (default: 20)",
    )
    parser.add_argument("--json", action="store_true", help="as one JSON object")


def _add_export(parser: argparse.ArgumentParser) -> None:
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


def _add_ideal(parser: argparse.ArgumentParser) -> None:
    add_which(parser)
    add_silence(parser)
    parser.add_argument("--dataset", metavar="DATA", help=f"for --start mean; {DATASET_HELP}")
    parser.add_argument(
        "--layer", type=int, default=1, metavar="N", help="the hidden layer of --neurons (default: 1)"
    )
    parser.add_argument(
        "--neurons",
        type=_numbers,
        default=(),
        metavar="N,N",
        help="hidden neurons, counted from 0, for --objective neuron",
    )
    _add_knobs(parser, IdealSpec)
    parser.add_argument(
        "--out",
        metavar="OUT.npz",
        help="arrays images, losses, probabilities, penalties, labels for numpy.load",
    )
    parser.add_argument("--picture", metavar="OUT.png", help="the images on one sheet")
    parser.add_argument("--json", action="store_true", help="one JSON object per image")


def _add_warmup(parser: argparse.ArgumentParser) -> None:
    _add_knobs(parser, WarmupSpec)
    parser.add_argument("--json", action="store_true", help="one JSON object per line")


def _add_weights(parser: argparse.ArgumentParser) -> None:
    add_which(parser)
    parser.add_argument(
        "--layer",
        type=_layer,
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
    parser.add_argument("--json", action="store_true", help="print one JSON object per neuron")


def _add_code(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("tab", metavar="TAB", choices=TABS, help=f"one of {', '.join(TABS)}")
    add_which(parser)
    add_silence(parser)
    parser.add_argument("--dataset", metavar="DATA", help=DATASET_HELP)
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


def _layer(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_LAYERS:
        raise argparse.ArgumentTypeError(f"{text} is no number of a layer; the first one is 1")
    return int(text)


def _add_knobs(parser: argparse.ArgumentParser, spec: type[Spec]) -> None:
    """Add a flag for each setting, which tells its range and its default."""
    for each in knobs(spec).values():
        parser.add_argument(
            _flag(each),
            type=_checked(each),
            metavar=_metavar(each),
            help=f"{_help(each)[:-1]}; default: {each.default})",
        )


def _numbers(text: str) -> tuple[int, ...]:
    """Read whole numbers with commas between them."""
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise argparse.ArgumentTypeError(f"whole numbers with commas between them, not “{text}”") from None


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"“{text}” is no number of images")
    return int(text)


def _add_map(parser: argparse.ArgumentParser) -> None:
    add_which(parser)
    parser.add_argument("--dataset", metavar="DATA", help=DATASET_HELP)
    parser.add_argument(
        "--layer",
        type=int,
        default=1,
        metavar="N",
        help="which hidden layer, from 1; the number after the last one is the output (default: 1)",
    )
    for each in knobs(MapSpec).values():
        parser.add_argument(
            _flag(each), type=_checked(each), default=each.default, metavar=_metavar(each), help=_help(each)
        )
    parser.add_argument(
        "--out", required=True, metavar="OUT.npz", help="arrays points, labels, numbers, answers, settings"
    )


def _add_graph(parser: argparse.ArgumentParser) -> None:
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
