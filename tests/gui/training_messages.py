"""A run as the engine would tell it, made up: the curves fall as the blog's do."""

import numpy as np

from engine.specs import TrainSpec
from engine.training.messages import EpochDone, RunStarted, StepsDone

STEPS_PER_EPOCH = 550


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
    numbers = np.arange(first, first + count)
    losses = blog_loss(numbers / STEPS_PER_EPOCH) if loss is None else np.full(count, loss)
    return StepsDone(
        run=run,
        first_step=first,
        losses=losses,
        gradient_norms=np.ones((count, layers)),
        images_per_second=300_000.0,
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


def blog_loss(position):
    """Return a train loss that falls from about 5 to 0.011 in 40 epochs."""
    return 0.011 + 0.8 / (1 + position) ** 1.4 + 4 * np.exp(-60.0 * np.asarray(position))
