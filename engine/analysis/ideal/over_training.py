"""Ideal images at several moments of a training."""

from __future__ import annotations

from collections.abc import Sequence

from engine.analysis.ideal.job import IdealImages, paint_ideal
from engine.analysis.ideal.spec import IdealSpec
from engine.core.lens import Lens, Neuron
from engine.core.messages import Job
from engine.session.session import Session


def ideal_over_training(
    session: Session, lens: Lens, steps: Sequence[int], spec: IdealSpec, neurons: Sequence[Neuron] = ()
) -> Job:
    """Answer with the finished `IdealImages` of each of these moments, in order; otherwise as `paint_ideal`."""
    # Each from the same start: what differs between two is then what the network has learned in between.
    for step in steps:
        last: IdealImages | None = None
        for message in paint_ideal(session, lens.at(step), spec, neurons):
            last = message if isinstance(message, IdealImages) else last
            yield None
        yield last
