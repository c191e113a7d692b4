"""A run as the engine would tell it, made up: the curves fall as the blog's do."""

import math

import numpy as np

from engine.core.specs import TrainSpec
from engine.model.training.messages import EpochDone, MomentKept, RunStarted, StepsDone

STEPS_PER_EPOCH = 550
LARGEST = float(np.finfo(np.float32).max)


def started(run="A", spec=None, steps_per_epoch=STEPS_PER_EPOCH, dataset="MNIST"):
    spec = spec or TrainSpec()
    return RunStarted(
        run=run,
        spec=spec,
        dataset=dataset,
        train_images=steps_per_epoch * spec.batch,
        test_images=10_000,
        steps_per_epoch=steps_per_epoch,
        parameters=238_510,
    )


def steps(first, count, run="A", layers=2, loss=None):
    so_far = blog_loss(np.arange(1, first + count) / STEPS_PER_EPOCH).astype(np.float32)
    if loss is not None:
        so_far[first - 1 :] = np.clip(loss, -LARGEST, LARGEST) if math.isfinite(loss) else loss
    return StepsDone(
        run=run, first_step=first, so_far=so_far, gradient_norms=np.ones((count, layers)), images_per_second=300_000.0
    )


def epoch(number, run="A", **changes):
    values = {
        "epoch": number,
        "step": number * STEPS_PER_EPOCH,
        "train_loss": float(blog_loss(number)),
        "test_loss": float(blog_loss(number)) + 0.05,
        "test_accuracy": 0.98 - 0.06 * 0.7**number,
        "images_per_second": 300_000.0,
        "seconds": 0.18,
        "gradient_norms": (0.021, 0.034),
        "dead": (53,),
        "widths": (300,),
        "finite": True,
    }
    return EpochDone(run=run, **(values | changes))


def whole_run(run="A", epochs=3, spec=None, early=(0,)):
    """Yield what a run tells that is trained for that many epochs and keeps these moments and one at each end."""
    yield started(run, spec)
    yield from (MomentKept(run=run, step=step) for step in early)
    for number in range(1, epochs + 1):
        end = number * STEPS_PER_EPOCH
        yield from (steps(1 + end - STEPS_PER_EPOCH, STEPS_PER_EPOCH, run), MomentKept(run=run, step=end))
        yield epoch(number, run)


def blog_loss(position):
    """Return a train loss that falls from about 5 to 0.011 in 40 epochs."""
    return 0.011 + 0.8 / (1 + position) ** 1.4 + 4 * np.exp(-60.0 * np.asarray(position))
