"""The command `bench`: how fast it is. What measures is imported when it is wanted, in a checkout from its tests."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated

from engine import PACKAGE
from engine.cli.parts.command import command
from engine.cli.parts.which import Dataset, Json
from engine.core.errors import UserError
from engine.core.language import mark, tr

OF_THE_WINDOW = "window.command:bench_of_the_window"

# What can be measured besides the training: the module and the function in the package `bench`, and what they tell.
BENCHES = {
    "gui": (OF_THE_WINDOW, mark("what the window costs, and how fast it answers")),
    "layers": ("layers:bench_layers", mark("an epoch of networks of many kinds of layers, beside Keras'")),
    "sessions": ("sessions:bench_sessions", mark("what it costs to keep a session of a run")),
    "slider": (OF_THE_WINDOW, mark("how fast the window follows the time slider, and what it costs")),
    "ideal": ("ideal:bench_ideal", mark("ten ideal images' steps, beside a rival's")),
    "live": (
        OF_THE_WINDOW,
        mark("how smooth the window is, and how soon a slider is followed, while its engine paints"),
    ),
    "pen": (OF_THE_WINDOW, mark("how fast the answer follows the pen")),
    "start": (OF_THE_WINDOW, mark("how long a start takes until a digit is read")),
    "memory": (OF_THE_WINDOW, mark("how much memory the window takes, in all pages and through the lesson")),
    "data": ("data:bench_data", mark("how long it takes to open a data set, in every format")),
    "warmup": ("warmup:bench_warmup", mark("the warm-up's steps a second, beside rivals'")),
    "views": ("views:bench_views", mark("how fast the hidden layer is looked into")),
    "health": ("health:bench_health", mark("what Health says of sick and healthy runs, and whether its remedies help")),
    "graph": ("graph:bench_graph", mark("how fast a training step is traced and laid out")),
    "map": ("maps:bench_maps", mark("maps beside those of scikit-learn")),
    "teach": (
        "teaching:bench_teaching",
        mark("how well a network is taught a new class, and a digit that it misreads"),
    ),
    "split": ("twins:bench_twins", mark("what it costs to train two runs in turns")),
    "many": (
        OF_THE_WINDOW,
        mark("what a session of many runs costs: its file, gathering, opening, list, curves and table"),
    ),
    "growth": (
        OF_THE_WINDOW,
        mark("how times, files and memory grow with the work; --rounds N: over the N smallest sizes"),
    ),
    "quick": ("quick:bench_quick", mark("the ratios that matter in two minutes, beside those of the last release")),
    "unlike": ("unlike:bench_unlike", mark("how well what is no digit is told from digits, beside other scores")),
    "card": ("card:bench_card", mark("what a graphics card does, as a file gpu-report.md")),
    "expected": (
        "expected:bench_expected",
        mark("what each preset comes to on these data: the table beside Start in Train"),
    ),
}

# The folder of a checkout from which the package `bench` is imported. Where it is installed, it lies beside the engine.
TESTS = Path(__file__).resolve().parents[2] / "tests"
OF_A_CHECKOUT = {"start", "memory", "quick"}  # these start the program by its main.py


@command(140, mark("how fast it is, each figure beside a rival's"))
def bench_command(
    *,
    benches: Annotated[Sequence[str], {name: text for name, (_, text) in BENCHES.items()}],
    dataset: Dataset = None,
    rounds: int = 5,
    only: Sequence[str] = (),
    json: Json = False,
) -> int:
    """How fast it is, each figure beside a rival's.

    rounds N: how often each is timed
    only PART: a part of --growth (images, or images:4000 for one size), --memory (pages, lesson) or --layers
        (residual); can be repeated
    """
    if not PACKAGE and str(TESTS) not in sys.path:
        sys.path.append(str(TESTS))
    wanted = argparse.Namespace(
        dataset=dataset, rounds=rounds, only=only, json=json, **{name: name in benches for name in BENCHES}
    )
    places = [place for name, (place, _) in BENCHES.items() if name in benches] or ["command:bench_command"]
    module, function = (OF_THE_WINDOW if OF_THE_WINDOW in places else places[0]).split(":")
    try:
        if PACKAGE and OF_A_CHECKOUT & {*benches}:
            raise ModuleNotFoundError(name="main")
        measure = getattr(import_module(f"{PACKAGE}bench.{module}"), function)
    except ModuleNotFoundError as error:
        raise UserError(
            tr("This copy of Layerlight cannot measure that, as it has no module {module}.", module=error.name),
            hint=tr("A checkout of its source has all of them."),
        ) from None
    return measure(wanted)
