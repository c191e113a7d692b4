"""How long a job's own turns take: the turns of others that lie between them do not count."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any


def clocked[Found](work: Generator[None, Any, Found]) -> Generator[None, Any, tuple[Found, float]]:
    """Go through the turns of `work`; return what it returns, and how many seconds its turns took together."""
    seconds = 0.0
    while True:
        begin = time.perf_counter()
        try:
            next(work)
        except StopIteration as end:
            return end.value, seconds + time.perf_counter() - begin
        seconds += time.perf_counter() - begin
        yield None
