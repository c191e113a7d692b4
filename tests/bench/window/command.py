"""Runs the benchmark of the window that a flag of `bench` names, and prints what it measured."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from importlib import import_module

from engine.core.errors import UserError
from gui.app import NO_DISPLAY, lacks_display

# By flag, which is also the name of the module here that measures: the other flags that it follows.
FOLLOWS = {
    "gui": ["dataset"],
    "slider": ["dataset"],
    "pen": ["dataset"],
    "live": ["dataset"],
    "start": ["rounds"],
    "memory": ["dataset", "only"],
    "many": ["rounds"],
    "growth": ["rounds", "only"],
}


def parts(only: Sequence[str], known: Iterable[str]) -> Sequence[str]:
    """Return the wanted parts of a benchmark, each `name` or `name:size`; all for none. `UserError` for others."""
    names = [*known]
    if others := [part for part in only if part.partition(":")[0] not in names]:
        raise UserError(f"There is no part {others[0]}.", hint=f"There are {', '.join(names)}.")
    return only or names


def bench_of_the_window(wanted: argparse.Namespace) -> int:
    """Measure what the first given flag names, print the lines or the figures; return the exit status."""
    if lacks_display():
        return NO_DISPLAY
    name = next(name for name in FOLLOWS if getattr(wanted, name))
    bench = import_module(f"bench.window.{name}")
    figures = bench.measure(*(getattr(wanted, flag) for flag in FOLLOWS[name]))
    print(json.dumps(figures) if wanted.json else "\n".join(bench.lines(figures)))
    return 0
