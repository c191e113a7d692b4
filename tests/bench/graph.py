"""How long it takes to show the graph of a training step: traced, laid out, run for its values."""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.analysis.graph.layout import lay_out
from engine.analysis.graph.tracing import Plan, traced
from engine.analysis.graph.values import grouped
from engine.core.machine.device import device
from engine.core.messages import run_through
from engine.core.specs import PRESETS

PIXELS, CLASSES = (28, 28), 10


def bench_graph(wanted: argparse.Namespace) -> int:
    """Print the figures of every preset's training step; returns the exit status."""
    device()
    figures = {name: _figures(preset.spec, wanted.rounds) for name, preset in PRESETS.items()}
    if wanted.json:
        print(json.dumps({"device": device().name, **figures}))
    else:
        for name, each in figures.items():
            print(_line(name, each))
    return 0


def _figures(spec: Any, rounds: int) -> dict[str, float]:
    plan = Plan("training", spec.network, spec.loss, spec.optimizer, shape=PIXELS, classes=CLASSES)
    tracing = _milliseconds(lambda: traced.__wrapped__(plan), 1)
    function = traced(plan)
    graph = grouped(function)
    given = [np.zeros((1, *PIXELS)), np.zeros(1)]
    function.values(given)
    return {
        "operations": len(graph.nodes),
        "inputs": len(graph.edges),
        "trace_ms": tracing,
        "layout_ms": _milliseconds(lambda: run_through(lay_out(graph, frozenset(graph.titles))), rounds),
        "values_ms": _milliseconds(lambda: function.values(given), rounds),
    }


def _milliseconds(do: Callable[[], object], rounds: int) -> float:
    """Return the median time in ms over `rounds` calls."""
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        do()
        times.append(1000 * (time.perf_counter() - begin))
    return statistics.median(times)


def _line(name: str, figures: dict[str, float]) -> str:
    return (
        f"{name:6} {figures['operations']:>4} operations, {figures['inputs']:>4} inputs: traced in "
        f"{figures['trace_ms']:.0f} ms, laid out with all blocks open in {figures['layout_ms']:.0f} ms, "
        f"all values in {figures['values_ms']:.0f} ms"
    )
