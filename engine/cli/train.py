"""The command `train`: the same job as in the window, told in lines."""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import signal
import sys
from collections.abc import Iterator
from types import FrameType

from engine.cli import INTERRUPTED
from engine.cli.table import Table
from engine.data.sources import open_dataset
from engine.knobs import knobs
from engine.messages import Message
from engine.session import Session
from engine.specs import PRESETS, TrainSpec
from engine.training.job import train
from engine.training.messages import Diagnosis, EpochDone, RunFinished


def train_command(wanted: argparse.Namespace) -> int:
    """Train as asked and return the exit status; Ctrl-C ends the run between two chunks of steps."""
    dataset, notice = open_dataset(wanted.dataset)
    if notice:
        print(f"layerlight: {notice}", file=sys.stderr)
    teller = _Json() if wanted.json else Table()
    finite, epochs = True, 0
    with contextlib.closing(train(Session(dataset), spec_of(wanted))) as job, _interruptible() as interrupted:
        for message in job:
            if message is not None:
                teller.tell(message)
            epochs += isinstance(message, EpochDone)
            finite &= not (isinstance(message, RunFinished) and message.reason == "not finite")
            if interrupted:
                print(f"layerlight: Interrupted after {epochs} finished epochs.", file=sys.stderr)
                return INTERRUPTED
    return 0 if finite else 1


def spec_of(wanted: argparse.Namespace) -> TrainSpec:
    """Return the preset's settings with those that were given as flags."""
    given = {name: getattr(wanted, name) for name in knobs(TrainSpec) if getattr(wanted, name) is not None}
    return PRESETS[wanted.preset].spec.but(**given)


class _Json:
    """One JSON object per epoch on stdout; what a person should know goes to stderr."""

    def tell(self, message: Message) -> None:
        if isinstance(message, EpochDone):
            row = {
                "epoch": message.epoch,
                "train_loss": _number(message.train_loss),
                "test_loss": _number(message.test_loss),
                "test_accuracy": message.test_accuracy,
                "images_per_second": round(message.images_per_second, 1),
                "seconds": round(message.seconds, 4),
                "dead_neurons": list(message.dead),
            }
            print(json.dumps(row, allow_nan=False), flush=True)
        elif isinstance(message, Diagnosis) and message.ailment == "not finite":
            print(f"layerlight: {message.sentence} {message.remedy}.", file=sys.stderr)


def _number(value: float) -> float | None:
    """Return a number that JSON has; NaN and infinity are null there."""
    return value if math.isfinite(value) else None


@contextlib.contextmanager
def _interruptible() -> Iterator[list[int]]:
    """Collect Ctrl-C and SIGTERM instead of raising in the middle of a chunk; a second one ends at once."""
    received: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        if received:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        received.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
