"""How often TensorFlow has traced functions so far: each time costs tens of milliseconds that nobody sees coming."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.base.lazy import tf
from engine.base.messages import Job, Message

if TYPE_CHECKING:
    from engine.session.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class TracesCounted(Message):
    """How many graphs all functions that are alive were traced into."""

    traces: int


def count_traces(session: Session) -> Job:
    """Answer with `TracesCounted`. It looks at every object of the process, so not while something is timed."""
    functions = [
        each for each in gc.get_objects() if isinstance(each, tf.types.experimental.PolymorphicFunction)
    ]
    yield TracesCounted(traces=sum(each.experimental_get_tracing_count() for each in functions))
