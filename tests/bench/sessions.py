"""What it costs that a session follows the training: time, room on the disk, and how fast it opens again."""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.timing import ratio
from engine.core.machine.device import device
from engine.core.specs import PRESETS
from engine.data.sources import open_dataset
from engine.model.training.messages import EpochDone
from engine.session.jobs.files import SessionOpened, open_session
from engine.session.jobs.train import train
from engine.session.session import Session

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from engine.core.messages import Message
    from engine.data.dataset import Dataset

EPOCHS = 40
OPENINGS = 5


def bench_sessions(wanted: argparse.Namespace) -> int:
    """Print the figures; returns the exit status."""
    data, _ = open_dataset(wanted.dataset)
    with tempfile.TemporaryDirectory(prefix="layerlight-") as folder:
        figures = _figures(data, Path(folder) / "bench.layerlight")
    if wanted.json:
        print(json.dumps(figures))
        return 0
    print(f"{figures['data']} on {figures['device']}, the blog's network, {EPOCHS} epochs")
    print(f"  an epoch without a session  {figures['epoch_seconds_without']:8.3f} s")
    print(
        f"  an epoch with one           {figures['epoch_seconds_with']:8.3f} s   "
        f"{figures['epoch_costs_percent']:+.1f} %, median of the pairs"
    )
    print(
        f"  all saves of the run        {figures['saves_seconds']:8.3f} s   "
        f"{figures['saves_percent']:.1f} % of its time; the longest {figures['longest_save_ms']:.0f} ms"
    )
    print(f"  the file                    {figures['file_megabytes']:8.1f} MB")
    print(f"  opening it                  {figures['open_seconds']:8.3f} s   until its curves are told")
    return 0


class _Timed(Session):
    """A session that notes how long each of its saves takes."""

    seconds: list[float]

    def save(self, only: Collection[str] | None = None) -> list[Message]:
        begin = time.perf_counter()
        try:
            return super().save(only)
        finally:
            self.seconds.append(time.perf_counter() - begin)


def _figures(data: Dataset, file: Path) -> dict[str, Any]:
    session = _Timed(data, lambda: file)
    session.seconds = []
    with_it, without = _epochs(session), _epochs(Session(data))
    saved, plain = list[float](), list[float]()
    for number in range(EPOCHS):
        # In turn, and each first every other time, so that drift hits both alike.
        for job, seconds in ((with_it, saved), (without, plain))[:: 1 if number % 2 else -1]:
            begin = time.perf_counter()
            next(job)
            seconds.append(time.perf_counter() - begin)
    for job in (with_it, without):
        next(job, None)
    session.close()
    return {
        "data": data.summary,
        "device": device().name,
        "epoch_seconds_without": statistics.median(plain[1:]),
        "epoch_seconds_with": statistics.median(saved[1:]),
        "epoch_costs_percent": 100 * (ratio(saved[1:], plain[1:]) - 1),
        "saves_seconds": sum(session.seconds),
        "saves_percent": 100 * sum(session.seconds) / sum(saved),
        "longest_save_ms": 1000 * max(session.seconds),
        "file_megabytes": file.stat().st_size / 1e6,
        "open_seconds": statistics.median(_opening(data, file) for _ in range(OPENINGS)),
    }


def _epochs(session: Session) -> Iterator[EpochDone]:
    job = train(session, PRESETS["blog"].spec.but(epochs=EPOCHS))
    return (message for message in job if isinstance(message, EpochDone))


def _opening(data: Dataset, file: Path) -> float:
    session = Session(data)
    begin = time.perf_counter()
    for message in open_session(session, str(file)):
        if isinstance(message, SessionOpened):
            seconds = time.perf_counter() - begin
            break
    else:
        raise AssertionError("an opened session is told")
    session.close()
    return seconds
