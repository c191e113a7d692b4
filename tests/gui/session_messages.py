"""Sessions as the engine would tell them, made up."""

import time
from pathlib import Path

import numpy as np

from engine.core.specs import TrainSpec
from engine.model.training.messages import RunSummary
from engine.session.jobs.files import LeftSession, SessionOpened
from tests.gui.training_messages import STEPS_PER_EPOCH, epoch


def summary(name="A", moments=(0, 1, 550), started=1.0, **changes):
    values = {
        "name": name,
        "title": "",
        "color": 0,
        "pinned": True,
        "spec": TrainSpec(),
        "dataset": "MNIST",
        "steps_per_epoch": STEPS_PER_EPOCH,
        "parent": None,
        "started": started,
        "epochs": (epoch(1, run=name),),
        "losses": np.ones(STEPS_PER_EPOCH, np.float32),
        "changes": (),
        "moments": moments,
        "bookmarks": {},
    }
    return RunSummary(**(values | changes))


def opened(path="/sessions/blog-run.layerlight", runs=(), view=None, read_only="", is_saved=True, number=0):
    return SessionOpened(
        name=Path(path).stem if is_saved else "Untitled session (autosaved)",
        path=Path(path) if path else None,
        is_saved=is_saved,
        read_only=read_only,
        runs=tuple(runs),
        view=view or {},
        number=number,
    )


def left(path="/state/one.layerlight", crashed=True, changed=None, **changes):
    values = {
        "path": Path(path),
        "crashed": crashed,
        "changed": time.time() if changed is None else changed,
        "runs": 1,
        "epochs": 40,
        "accuracy": "97.80 % of 10,000 test images",
        "losses": np.geomspace(2, 0.1, 40),
    }
    return LeftSession(**(values | changes))
