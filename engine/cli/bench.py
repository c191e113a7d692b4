"""The command `bench`: how fast it is. What measures the engine is imported when it is wanted."""

from __future__ import annotations

import argparse
from importlib import import_module

from engine.cli.parts.command import Command
from engine.cli.parts.flags import add_dataset, add_json

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
"""What can be measured besides the training, and what that tells."""

OF_THE_ENGINE = {
    "data": "engine.bench.data:bench_data",
    "map": "engine.bench.maps:bench_maps",
    "sessions": "engine.bench.sessions:bench_sessions",
    "warmup": "engine.bench.warmup:bench_warmup",
    "graph": "engine.bench.graph:bench_graph",
    "views": "engine.bench.views:bench_views",
    "ideal": "engine.bench.ideal:bench_ideal",
    "health": "engine.bench.health:bench_health",
    "teach": "engine.bench.teaching:bench_teaching",
    "split": "engine.bench.twins:bench_twins",
    "unlike": "engine.bench.unlike:bench_unlike",
    "expected": "engine.bench.expected:bench_expected",
}
"""By flag: what measures it; without any the training is measured. The others need the window."""


def bench_command(wanted: argparse.Namespace) -> int:
    """Measure what the flags name in the engine; returns the exit status."""
    special = (place for name, place in OF_THE_ENGINE.items() if getattr(wanted, name))
    module, name = next(special, "engine.bench.command:bench_command").split(":")
    status: int = getattr(import_module(module), name)(wanted)
    return status


def _flags(parser: argparse.ArgumentParser) -> None:
    for name, what in BENCHES.items():
        parser.add_argument(f"--{name}", action="store_true", help=what)
    add_dataset(parser)
    parser.add_argument(
        "--rounds", type=int, default=5, metavar="N", help="how often each is timed (default: 5)"
    )
    add_json(parser)


COMMAND = Command(
    140,
    "how fast it is, each figure beside a rival's",
    "How fast it is, each figure beside a rival's.",
    _flags,
    bench_command,
)
