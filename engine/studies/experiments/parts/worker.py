"""The process that carries out trials one by one, as `engine.studies.sweep.worker` trains tasks.

In: a line of JSON with `dataset` and `folder`, then one for each trial. Out: `number` with a `report` of the progress
or the picture, and at a trial's end `done` with its result.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from engine.data.dataset import Dataset
from engine.studies.experiments.parts.trial import Trial, carry_out
from engine.studies.sweep.worker import Tell, serve

PERIOD = 0.25  # minimum seconds between two reports of a kind


def main() -> None:
    """Carry out the trials that arrive on stdin, until it is closed."""
    serve(_carry_out)


def _carry_out(trial: dict[str, Any], data: Dataset, folder: Path, tell: Tell) -> dict[str, Any]:
    last: dict[str, float] = {}

    def tell_some(report: dict[str, Any]) -> None:
        kind, now = next(iter(report)), time.monotonic()
        if now >= last.get(kind, 0.0) + PERIOD:
            last[kind] = now
            tell(report=report)

    return carry_out(Trial(**trial), data, folder, tell_some)


if __name__ == "__main__":
    main()
