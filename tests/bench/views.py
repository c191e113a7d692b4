"""How fast the hidden layer is looked into: fingerprints, orders, silencing. The blog's network, medians."""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, get_args

from engine.analysis.probes.class_accuracy import class_accuracy
from engine.analysis.probes.fingerprints import View, fingerprints
from engine.analysis.probes.neuron_card import neuron_card
from engine.analysis.probes.neuron_order import NeuronKey
from engine.analysis.probes.pruning import prune_greedily, prune_weights
from engine.cli.parts.which import look_at
from engine.core.lens import Lens, Neuron
from engine.core.machine.bundled import BLOG, BUNDLED
from engine.core.machine.device import device
from engine.data.sources import open_dataset
from engine.model.network.activations import activations

if TYPE_CHECKING:
    from engine.session.session import Session

type Timed = Callable[[Lens, int], Any]

WORDS = {
    "hidden_ms": "all test images' hidden vectors, of a new snapshot",
    "moment_ms": "ten maps, of a new snapshot",
    "silenced_ms": "ten maps, with neurons silenced",
    "zoom_ms": "ten maps, another part of them",
    **{f"order_{key}_ms": f"ten maps, rows by {key} for the first time" for key in get_args(NeuronKey.__value__)},
    "accuracy_ms": "accuracies per class, with neurons silenced",
    "card_ms": "a neuron's card",
    "greedy_ms": "all neurons silenced one by one, the least useful first",
    "weights_ms": "weights pruned by size, the whole curve",
}


def bench_views(wanted: argparse.Namespace) -> int:
    """Print the figures; returns the exit status."""
    with look_at(BUNDLED) as session:
        session.replace_data(open_dataset(wanted.dataset)[0])
        figures = _figures(session, wanted.rounds)
    if wanted.json:
        print(json.dumps(figures))
        return 0
    print(f"{figures['data']} on {figures['device']}, the blog's network; medians, and the longest turn")
    for name, words in WORDS.items():
        median, longest = figures[name]
        print(f"  {words:58}{median:9.1f} ms{longest:9.1f} ms")
    return 0


def _figures(session: Session, rounds: int) -> dict[str, Any]:
    steps = tuple(session.runs[BLOG].moments)[1:]
    moments = [Lens(BLOG, step) for step in steps[: min(rounds, len(steps) // 2)]]
    others = [Lens(BLOG, step) for step in steps[len(moments) :][:rounds]]
    _seconds(activations(session, Lens(BLOG, 0)))  # compiles the network
    last = Lens(BLOG, steps[-1])
    figures: dict[str, Any] = {"data": session.data().summary, "device": device().name}
    figures["hidden_ms"] = _medians([activations(session, lens) for lens in moments])
    figures["moment_ms"] = _medians([fingerprints(session, lens, View()) for lens in others])
    for key in get_args(NeuronKey.__value__):
        jobs = []
        for lens in moments:
            _seconds(fingerprints(session, lens, View()))
            jobs.append(_seconds(fingerprints(session, lens, View(rows=key))))
        figures[f"order_{key}_ms"] = _both(jobs)
    _seconds(fingerprints(session, last, View()))
    changed = [
        Lens(BLOG, last.moment, frozenset(Neuron(0, number) for number in range(first, 300, 9)))
        for first in range(2 * rounds)
    ]
    figures["accuracy_ms"] = _medians([class_accuracy(session, lens) for lens in changed[:rounds]])
    figures["silenced_ms"] = _medians([fingerprints(session, lens, View()) for lens in changed[rounds:]])
    parts = [View(top=0.01 * number, bottom=0.5) for number in range(rounds)]
    figures["zoom_ms"] = _medians([fingerprints(session, last, part) for part in parts])
    figures["card_ms"] = _medians([neuron_card(session, last, Neuron(0, number)) for number in range(rounds)])
    figures["greedy_ms"] = _medians([prune_greedily(session, last, 0)])
    figures["weights_ms"] = _medians([prune_weights(session, last)])
    return figures


def _medians(jobs: list[Any]) -> tuple[float, float]:
    return _both([_seconds(job) for job in jobs])


def _both(figures: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the median of the times and of the longest turns, in milliseconds."""
    times, turns = zip(*figures, strict=True)
    return 1000 * statistics.median(times), 1000 * statistics.median(turns)


def _seconds(job: Any) -> tuple[float, float]:
    """Return how long a job takes, and its longest turn."""
    begin = before = time.perf_counter()
    longest = 0.0
    for _ in job:
        now = time.perf_counter()
        longest, before = max(longest, now - before), now
    end = time.perf_counter()
    return end - begin, max(longest, end - before)
