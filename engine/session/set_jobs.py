"""The job that keeps sets of neurons in the session under their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from engine.base.messages import Job, Message
from engine.base.text import storable
from engine.session.session import Session, save_all

if TYPE_CHECKING:
    from engine.base.neuron_set import NeuronSet


@dataclass(frozen=True, slots=True, kw_only=True)
class SetsKept(Message):
    """What is kept now, by name, in its order. Of a session that opens `SessionOpened` tells it."""

    latest_only: ClassVar[bool] = True
    sets: Mapping[str, NeuronSet]


def keep_sets(session: Session, sets: Mapping[str, NeuronSet]) -> Job:
    """Keep just these sets, in this order, and write them at once. Answers `SetsKept`."""
    session.sets = {storable(name): each for name, each in sets.items()}
    yield SetsKept(sets=dict(session.sets))
    yield from save_all(session)
