"""Timing things against each other on a noisy machine: in turn, several times, with the median."""

from __future__ import annotations

import gc
import os
import statistics
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from engine.core.lazy import tf
from engine.core.messages import Job, Message

if TYPE_CHECKING:
    from engine.session.session import Session

type Action = Callable[[], object]


def with_all_threads[T](action: Callable[[], T]) -> Callable[[], T]:
    """Return a rival's action that gets a thread per core for NumPy's products, as it has by itself.

    The engine's own have one (`engine.ONE_THREAD`), and a rival must not be slowed down by that. Where threadpoolctl
    is not installed, as without the libraries for the tests, the action stays as it is.
    """
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return action

    def freed() -> T:
        with threadpool_limits(os.cpu_count(), user_api="blas"):
            return action()

    return freed


def in_turn(actions: Mapping[str, Action], rounds: int) -> dict[str, list[float]]:
    """Return the seconds that each action took, `rounds` times, one after the other so that drift hits all alike.

    Each is done once before, uncounted: compiling and first touches are no part of the figure.
    """
    for action in actions.values():
        action()
    seconds: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(rounds):
        for name, action in actions.items():
            begin = time.perf_counter()
            action()
            seconds[name].append(time.perf_counter() - begin)
    return seconds


def ratio(rival: list[float], ours: list[float]) -> float:
    """Return how many times longer the rival takes: the median of the ratios round by round."""
    return statistics.median(theirs / mine for theirs, mine in zip(rival, ours, strict=True))


class TracesCounted(Message):
    """How many graphs all functions that are alive were traced into."""

    traces: int


def count_traces(session: Session) -> Job:
    """Answer with `TracesCounted`. It looks at every object of the process, so not while something is timed."""
    gc.unfreeze()  # or those would be left out that were there at the last look at all objects
    objects = gc.get_objects()
    gc.freeze()
    # A class is asked once: to ask each of a million objects takes ten seconds.
    kinds = {kind for kind in set(map(type, objects)) if issubclass(kind, tf.types.experimental.PolymorphicFunction)}
    functions = [each for each in objects if type(each) in kinds]
    yield TracesCounted(traces=sum(each.experimental_get_tracing_count() for each in functions))
