"""Runs the benchmark of the window that a flag of `bench` names, and prints what it measured."""

from __future__ import annotations

import argparse
import json
from importlib import import_module

from gui.app import NO_DISPLAY, lacks_display

# By flag, which is also the name of the module here that measures: the other flag that it follows.
FOLLOWS = {
    "gui": "dataset",
    "slider": "dataset",
    "pen": "dataset",
    "live": "dataset",
    "start": "rounds",
    "memory": "dataset",
    "many": "rounds",
    "growth": "rounds",
}


def bench_of_the_window(wanted: argparse.Namespace) -> int:
    """Measure what the first given flag names, print the lines or the figures; return the exit status."""
    if lacks_display():
        return NO_DISPLAY
    name = next(name for name in FOLLOWS if getattr(wanted, name))
    bench = import_module(f"bench.window.{name}")
    figures = bench.measure(getattr(wanted, FOLLOWS[name]))
    print(json.dumps(figures) if wanted.json else "\n".join(bench.lines(figures)))
    return 0
