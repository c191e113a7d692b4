"""The process that carries out trials one after the other, as `engine.studies.sweep.worker` trains tasks.

In: a line of JSON with `dataset` and `folder`, then one for each trial. Out: `number` with a `report` of how far it is
or of its picture, and at a trial's end `done` with what it came to.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from engine.studies.experiments.parts.trial import Trial, carry_out
from engine.studies.sweep.worker import serve

if TYPE_CHECKING:
    from pathlib import Path

    from engine.data.dataset import Dataset
    from engine.studies.sweep.worker import Tell

PERIOD = 0.25
"""Least time between two reports of a kind, in seconds: a person sees no more."""


def main() -> None:
    """Carry out the trials that are written to stdin, until that is closed."""
    serve(_carry_out)


def _carry_out(asked: dict[str, Any], data: Dataset, folder: Path, tell: Tell) -> dict[str, Any]:
    last: dict[str, float] = {}

    def tell_some(report: dict[str, Any]) -> None:
        kind, now = next(iter(report)), time.monotonic()
        if now >= last.get(kind, 0.0) + PERIOD:
            last[kind] = now
            tell(report=report)

    return carry_out(Trial(**asked), data, folder, tell_some)


if __name__ == "__main__":
    main()
