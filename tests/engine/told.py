"""What a job tells: all of it, its messages of one kind, or its last word; and an epoch as one is told."""

from engine.model.training.messages import EpochDone


def told(job):
    return [message for message in job if message is not None]


def of(kind, messages, run=None):
    return [
        message for message in messages if isinstance(message, kind) and run in (None, getattr(message, "run", None))
    ]


def last(job):
    return told(job)[-1]


def counted(work):
    """How many turns work takes, and what it returns."""
    results = []

    def watched():
        results.append((yield from work))

    return sum(turn is None for turn in watched()), results[0]


def epoch_done(epoch, *, steps=10, **figures):
    """An epoch of run A, or of another, in steps of so many; figures that are not given mean nothing."""
    usual = {"run": "A", "epoch": epoch, "step": steps * epoch, "train_loss": 0.2, "test_loss": 0.2,
             "test_accuracy": 0.5, "images_per_second": 1.0, "seconds": 1.0, "gradient_norms": (1.0, 1.0),
             "dead": (0,), "widths": (3,), "finite": True}  # fmt: skip
    return EpochDone(**usual | figures)
