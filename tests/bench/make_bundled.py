"""Makes the bundled session anew: `make bundled [MNIST=mnist.npz]` (see its ORIGIN.md)."""

from __future__ import annotations

import sys
from collections.abc import Container, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.core.errors import UserError
from engine.core.machine.bundled import BLOG, BUNDLED, SHARP
from engine.core.messages import Changes, run_through
from engine.core.specs import PRESETS, TrainSpec
from engine.data.dataset import Dataset
from engine.data.formats.sample import without_sample
from engine.data.sources import MNIST, open_dataset
from engine.model.training.messages import EpochDone
from engine.model.training.run import Moment, Run
from engine.model.training.table import Table
from engine.session.jobs.train import train
from engine.session.session import Session

if TYPE_CHECKING:
    from engine.core.lens import Weights

BLOG_STEPS, BLOG_EPOCHS = (0, 1, 3, 8, 21, 55, 144, 377), (1, 3, 6, 12, 25, 40)
SHARP_EPOCHS = (0, 1)  # moments that are kept, beside each run's last

SHARP_SPEC = TrainSpec(
    layers="conv 16, conv 32, conv 64, 128",
    initial="he",
    loss="cross_entropy",
    optimizer="adam",
    learning_rate=0.001,
    epochs=18,
    shift=2,
    rotate=15.0,
    scale=0.3,
    dropout=0.1,
)
SHARP_RATES = {9: 0.0004, 14: 0.0001}  # the learning rate by number of epochs

# What the window looks at when it opens the session.
VIEW = {"tab": "Draw", "lens": {"run": BLOG, "moment": None, "silenced": [], "adjusted": []}}


def make_bundled(full: Dataset, target: Path) -> None:
    """Train both networks on the full MNIST without the embedded sample, and write `target`."""
    session = Session(without_sample(full))
    blog = _trained(session, "Blog post", PRESETS["blog"].spec, {})
    sharp = _trained(session, "Sharp", SHARP_SPEC, SHARP_RATES)
    assert (blog.name, sharp.name) == (BLOG, SHARP)
    _keep(blog, {*BLOG_STEPS, *(epoch * blog.steps_per_epoch for epoch in BLOG_EPOCHS)})
    _keep(sharp, {epoch * sharp.steps_per_epoch for epoch in SHARP_EPOCHS})
    session.view = VIEW
    target.parent.mkdir(exist_ok=True)
    run_through(session.move_to(target))
    session.close()


def _trained(session: Session, title: str, spec: TrainSpec, rates: Mapping[int, float]) -> Run:
    """Train a run as the window does, with another learning rate after the epochs that `rates` names."""
    job, table = train(session, spec), Table()
    changes: Changes | None = None
    while True:
        try:
            message = job.send(changes)
        except StopIteration:
            break
        changes = None
        if message is not None:
            table.print(message)
        if isinstance(message, EpochDone) and message.epoch in rates:
            changes = {"learning_rate": rates[message.epoch]}
    run = next(reversed(session.runs.values()))
    run.title = title
    return run


def _keep(run: Run, steps: Container[int]) -> None:
    """Give up all other moments but the last, and halve the weights' precision.

    The optimiser's state stays as precise as it is, for Adam's squares are too small for half floats. It takes twice as
    much room as the weights, so where it matters, behind the first step, only the last moment has it.
    """
    newest = run.moments.newest
    for step in list(run.moments):
        moment = run.moments[step]
        if step != newest and step not in steps:
            del run.moments[step]
            continue
        is_small = sum(array.nbytes for array in moment.optimizer) < 1_000
        optimizer = moment.optimizer if step == newest or is_small else ()
        run.moments[step] = Moment(step=step, weights=_halved(moment.weights), optimizer=optimizer)


def _halved(weights: Weights) -> Weights:
    return tuple(array.astype(np.float16) for array in weights)


def main(wanted: str | None) -> None:
    """Make it from the full MNIST in the file `wanted`, or from where that is found."""
    try:
        full, _ = open_dataset(wanted or MNIST)
        make_bundled(full, BUNDLED)
    except UserError as error:
        sys.exit(f"{error.sentence} {error.hint}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
