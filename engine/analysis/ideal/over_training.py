"""Ideal images through time: what the network would like to see most at each of some moments of its training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.analysis.ideal.job import IdealImages, paint_ideal
from engine.analysis.ideal.spec import IdealSpec
from engine.core.lens import Lens, Neuron
from engine.core.messages import Job

if TYPE_CHECKING:
    from engine.session.session import Session


def ideal_over_training(
    session: Session, lens: Lens, steps: Sequence[int], spec: IdealSpec, neurons: Sequence[Neuron] = ()
) -> Job:
    """Answer with the finished `IdealImages` of each of these moments, in order; otherwise as `paint_ideal`.

    All begin at the same start, whatever stands before: what differs between two is what the network has learned.
    """
    for step in steps:
        last: IdealImages | None = None
        for message in paint_ideal(session, lens.at(step), spec, neurons):
            last = message if isinstance(message, IdealImages) else last
            yield None
        yield last
