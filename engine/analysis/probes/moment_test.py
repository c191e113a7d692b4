"""The test of a moment within an epoch; the end of an epoch is tested by the training itself."""

import math

import numpy as np

from engine.core.lens import Lens
from engine.core.messages import Job
from engine.model.network.activations import activations
from engine.model.network.plain import accuracy
from engine.model.training.learned import own_part
from engine.model.training.losses import LOSSES
from engine.model.training.messages import MomentTested, Score
from engine.session.session import Session, tell


def moment_test(session: Session, run: str, step: int | None = None) -> Job:
    """Test a run's moment, the newest for `None`, on its test images; store the score, answer with `MomentTested`.

    Without answer if it was tested before, the run has no weights, or its test images are not open.
    """
    # The window asks for this when a run is stopped: a stopped run cannot test itself, its generator is closed.
    tested_run = session.run(run)
    if not tested_run.moments:
        return
    step = tested_run.step_at(step)
    is_open = session.dataset is not None and own_part(session.dataset, tested_run) is not None
    if tested_run.test_of(step) is not None or not is_open:
        return
    outputs = yield from activations(session, Lens(run, step))
    losses = LOSSES[tested_run.spec.loss](outputs.labels.astype(np.int64), outputs.logits).numpy()
    share = accuracy(outputs.logits, outputs.labels).whole
    if not math.isfinite(share) or not np.isfinite(outputs.logits).all():
        return  # the training diverged, and the run is shown as failed
    score = tested_run.tested[step] = Score(step, float(losses.mean(dtype=np.float64)), share)
    yield MomentTested(run=run, tested=score)
    yield from tell(session.save())
