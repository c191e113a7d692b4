"""How good is the network of a moment within an epoch? An epoch's end was tested by the training itself."""

from __future__ import annotations

import math

import numpy as np

from engine.core.lens import Lens
from engine.core.messages import Job
from engine.model.network.accuracy import accuracy
from engine.model.network.activations import activations
from engine.model.training.learned import own_part
from engine.model.training.losses import LOSSES
from engine.model.training.messages import MomentTested, Score
from engine.session.session import Session, tell


def moment_test(session: Session, run: str, step: int | None = None) -> Job:
    """Test the network of a run's moment, the newest one for `None`, on the run's test images; keep what is found.

    Answers with `MomentTested`, in turns. Says nothing where that moment was tested before, where the run has no
    weights, or where the test images that are open are not the run's.
    """
    kept = session.run(run)
    if not kept.moments:
        return
    step = kept.step_at(step)
    is_open = session.dataset is not None and own_part(session.dataset, kept) is not None
    if kept.test_of(step) is not None or not is_open:
        return
    found = yield from activations(session, Lens(run, step))
    losses = LOSSES[kept.spec.loss](found.labels.astype(np.int64), found.logits).numpy()
    share = accuracy(found.logits, found.labels).whole
    if not math.isfinite(share) or not np.isfinite(found.logits).all():
        return  # its training failed: what is said of it is that
    tested = kept.tested[step] = Score(step, float(losses.mean(dtype=np.float64)), share)
    yield MomentTested(run=run, tested=tested)
    yield from tell(session.save())
