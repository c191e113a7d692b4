"""What the presets come to on data that are known: prints the lines of the table in `engine/data/expected.py`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from engine.core.specs import PRESETS
from engine.data.sources import open_dataset
from engine.model.training.messages import EpochDone
from engine.session.jobs.train import train
from engine.session.session import Session

if TYPE_CHECKING:
    import argparse

    from engine.data.dataset import Dataset

SEEDS = (1, 2, 3)


def bench_expected(wanted: argparse.Namespace) -> int:
    """Print the table's lines, or one JSON object; returns the exit status."""
    data, _ = open_dataset(wanted.dataset)
    figures = {}
    for preset in PRESETS:
        figures[preset] = measured(data, preset)
        if not wanted.json:
            accuracies = ", ".join(f"{accuracy:.4f}" for accuracy in figures[preset])
            key = data.name, len(data.train_images), len(data.test_images), preset
            print(f"    {json.dumps(key)}: ({accuracies}),", flush=True)
    if wanted.json:
        print(json.dumps({"data": data.summary, "test_accuracy": figures}))
    return 0


def measured(data: Dataset, preset: str, seeds: tuple[int, ...] = SEEDS) -> tuple[float, ...]:
    """Return the test accuracy, 0 to 1, that a preset ends with on these data, for each seed."""
    found = []
    for seed in seeds:
        spec = PRESETS[preset].spec.but(seed=seed)
        ends = [message for message in train(Session(data), spec) if isinstance(message, EpochDone)]
        found.append(ends[-1].test_accuracy)
    return tuple(found)
