"""The command `bench`: how fast it is. What measures is imported from the folder of the tests when it is wanted."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated

from engine.cli.parts.command import command
from engine.cli.parts.flags import Dataset, Json
from engine.core.errors import UserError

# What can be measured besides the training, and what that tells.
BENCHES = {
    "gui": "what the window costs, and how fast it answers",
    "sessions": "what it costs to keep a session of a run",
    "slider": "how fast the window follows the time slider, and what it costs",
    "ideal": "ten ideal images' steps, beside a rival's",
    "live": "how smooth the window is while warm-up and ideal images run, and how soon a slider is followed",
    "pen": "how fast the answer follows the pen",
    "start": "how long a start takes until a digit is read",
    "data": "how long it takes to open a data set, in every format",
    "warmup": "the warm-up's steps a second, beside rivals'",
    "views": "how fast the hidden layer is looked into",
    "health": "what Health says of sick and healthy runs, and whether its remedies help",
    "graph": "how fast a training step is traced and laid out",
    "map": "maps beside those of scikit-learn",
    "teach": "how well a network is taught a new class, and to read a digit that it misreads",
    "split": "what it costs to train two runs in turns",
    "many": "what a session of many runs costs: its file, gathering, opening, list, curves and table",
    "unlike": "how well what is no digit is told from digits, beside other scores",
    "expected": "what each preset comes to on these data, with three seeds; the table beside Start in Train",
}

OF_THE_WINDOW = "bench.window.command:bench_of_the_window"

# By flag: the module and the function that measure it; without any flag the training is measured.
PLACES = {
    "gui": OF_THE_WINDOW,
    "slider": OF_THE_WINDOW,
    "pen": OF_THE_WINDOW,
    "live": OF_THE_WINDOW,
    "start": OF_THE_WINDOW,
    "many": OF_THE_WINDOW,
    "data": "bench.data:bench_data",
    "map": "bench.maps:bench_maps",
    "sessions": "bench.sessions:bench_sessions",
    "warmup": "bench.warmup:bench_warmup",
    "graph": "bench.graph:bench_graph",
    "views": "bench.views:bench_views",
    "ideal": "bench.ideal:bench_ideal",
    "health": "bench.health:bench_health",
    "teach": "bench.teaching:bench_teaching",
    "split": "bench.twins:bench_twins",
    "unlike": "bench.unlike:bench_unlike",
    "expected": "bench.expected:bench_expected",
}

# The folder of a checkout from which the package `bench` is imported.
TESTS = Path(__file__).resolve().parents[2] / "tests"


@command(140, "how fast it is, each figure beside a rival's")
def bench_command(
    *, benches: Annotated[Sequence[str], BENCHES], dataset: Dataset = None, rounds: int = 5, json: Json = False
) -> int:
    """How fast it is, each figure beside a rival's.

    rounds N: how often each is timed
    """
    if not (TESTS / "bench").is_dir():
        raise UserError(
            "This copy of Layerlight cannot measure itself: the benchmarks are part of its source, in tests/bench."
        )
    if str(TESTS) not in sys.path:
        sys.path.append(str(TESTS))
    wanted = argparse.Namespace(
        dataset=dataset, rounds=rounds, json=json, **{name: name in benches for name in BENCHES}
    )
    places = (place for name, place in PLACES.items() if name in benches)
    module, function = next(places, "bench.command:bench_command").split(":")
    status: int = getattr(import_module(module), function)(wanted)
    return status
