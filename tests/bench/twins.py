"""What it costs to train two runs in turns (`engine.session.jobs.twins`), beside one after the other."""

from __future__ import annotations

import argparse
import json
import statistics
from typing import TYPE_CHECKING

from bench.timing import count_traces, in_turn, ratio
from engine.core.specs import PRESETS
from engine.data.sources import open_dataset
from engine.model.training.changed import Changed
from engine.session.jobs.train import train
from engine.session.jobs.twins import split
from engine.session.session import Session

if TYPE_CHECKING:
    from engine.core.messages import Job
    from engine.data.dataset import Dataset

CHANGED = Changed("learning_rate", 0.3)
IMAGES = 200_000  # about how many images each run learns from


def bench_twins(wanted: argparse.Namespace) -> int:
    """Print the figures; returns the exit status."""
    data, _ = open_dataset(wanted.dataset)
    spec = PRESETS["blog"].spec.but(epochs=max(2, round(IMAGES / len(data.train_images))))
    specs = spec, CHANGED.applied(spec)
    seconds = in_turn(
        {
            "one after the other": lambda: _through(*(train(Session(data), each) for each in specs)),
            "in turns": lambda: _through(split(Session(data), spec, CHANGED)),
        },
        wanted.rounds,
    )
    kept = ratio(seconds["one after the other"], seconds["in turns"])
    medians = {name: statistics.median(each) for name, each in seconds.items()}
    before = _traces(data)
    _through(split(Session(data), spec.but(epochs=1), CHANGED))
    facts = {
        "data": data.summary,
        "epochs": spec.epochs,
        "seconds": medians,
        "speed_kept": kept,
        "traces": _traces(data) - before,
    }
    if wanted.json:
        print(json.dumps(facts))
        return 0
    print(f"two runs of the blog's network on {data.summary}, {spec.epochs} epochs each")
    for name, took in medians.items():
        images = 2 * spec.epochs * len(data.train_images) / took
        print(f"  {name:<20} {took:7.2f} s  {images:>9,.0f} images/s, tests included")
    print(f"  in turns the speed is {100 * kept:.0f} % of that of one after the other")
    print(f"  {facts['traces']} new traces of TensorFlow's functions in the next twins of their kind")
    return 0


def _through(*jobs: Job) -> None:
    for job in jobs:
        for _ in job:
            pass


def _traces(data: Dataset) -> int:
    (counted,) = count_traces(Session(data))
    return int(getattr(counted, "traces", 0))
