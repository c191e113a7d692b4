"""An engine that trains nothing and answers at once."""

import time

import numpy as np

from engine.core.messages import read_only
from engine.model.training.messages import MomentKept, RunFinished
from engine.model.training.run import Moment, Moments, Run
from engine.session.jobs.data import DatasetOpened, EngineReady
from tests.gui.training_messages import epoch, started, steps

STEPS_PER_EPOCH = 10


def fake_train(session, spec, parent=None, on="auto"):
    """A run like a true one, but a turn takes only a millisecond."""
    if session is not None:
        session.runs["A"] = noise_run(spec)
    turn, step = 5, 0
    changes = yield started(spec=spec, steps_per_epoch=STEPS_PER_EPOCH)
    for number in range(1, spec.epochs + 1):
        end = number * STEPS_PER_EPOCH
        while step < end:
            if changes and "steps_per_turn" in changes:
                turn = int(changes["steps_per_turn"]) or 5
            count = min(turn, end - step)
            time.sleep(0.001)  # on the engine's thread, in place of the computation
            changes = yield steps(step + 1, count)
            step += count
        for kept in (0, end) if number == 1 else (end,):
            changes = {**(changes or {}), **((yield MomentKept(run="A", step=kept)) or {})}
        changes = yield epoch(number, step=end)
    yield RunFinished(run="A", reason="epochs", epoch=spec.epochs)


def fake_ask(session, spec, parent=None, on="auto"):
    """There is always enough memory."""
    yield


def noise_run(spec):
    """Weights that a tab may ask for: noise, of the shapes that the network would have; variances are above zero."""
    noise = np.random.default_rng(1)
    named = spec.plan((28, 28), 10).weights
    drawn = [noise.normal(size=weight.shape).astype(np.float32) for weight in named]
    weights = tuple(
        read_only(np.abs(array) if weight.role == "variance" else array)
        for weight, array in zip(named, drawn, strict=True)
    )
    moments = Moments({0: Moment(step=0, weights=weights, optimizer=())})
    return Run(name="A", spec=spec, steps_per_epoch=STEPS_PER_EPOCH, moments=moments)


def fake_prepare(session, dataset=None):
    yield dataset_opened()
    yield EngineReady(device="CPU, 2 threads")


def dataset_opened(name="MNIST", classes=10, train=55_000, test=10_000, **changes):
    values = {"shape": (28, 28), "names": tuple(map(str, range(classes))), "source": None} | changes
    return DatasetOpened(
        **{"summary": f"{name} {train:,} + {test:,}"} | values, name=name, train_images=train, test_images=test
    )
