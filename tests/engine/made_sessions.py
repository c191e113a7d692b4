"""Sessions for tests that nothing was trained for, and what is asked of session files there."""

import argparse
import os
from pathlib import Path

import numpy as np
import pytest

from engine.cli.parts.command import command_called
from engine.cli.parts.train_session import Planned, TrainingRequest, planned
from engine.core.messages import run_through
from engine.core.specs import TrainSpec
from engine.data.dataset import Dataset
from engine.model.training.messages import Parent
from engine.model.training.run import Moment, Run
from engine.session.session import Session
from engine.session.store.opening import create_store
from engine.session.store.seal import examine
from tests.engine.told import epoch_done

ROOT = Path(__file__).resolve().parents[2]
# keras warns when it saves a model: it calls NumPy in an old way
KERAS_WARNS = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def home_in(folder: Path) -> dict[str, str]:
    """Return an environment in which nothing of this machine is found."""
    hidden = ("LAYERLIGHT_DATA", "KERAS_HOME", "PYTHONPATH")
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return {**kept, "HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}


def dataset_of(name: str, images, labels, test_images, test_labels, classes) -> Dataset:
    train = {"train_images": images, "train_labels": labels}
    return Dataset(name=name, **train, test_images=test_images, test_labels=test_labels, classes=tuple(classes))


def save_dataset(data: Dataset, path: Path) -> Path:
    """Write a data set into an .npz file."""
    train, test = (data.train_images, data.train_labels), (data.test_images, data.test_labels)
    np.savez(path, x_train=train[0], y_train=train[1], x_test=test[0], y_test=test[1])
    return path


def arrays_of(path: Path) -> dict[str, np.ndarray]:
    """All arrays of an .npz file, which is closed again."""
    with np.load(path) as stored:
        return dict(stored)


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def is_sealed(path: Path) -> bool:
    return run_through(examine(path)).state == "whole"


def planned_by(wanted: argparse.Namespace) -> Planned:
    """Open the session that a parsed command `train` is about, and return it with the job."""
    values = command_called("train").values_in(wanted)
    del values["json"]
    return planned(TrainingRequest(**values))


def made_run(name: str, title: str = "", steps: int = 55, **more) -> Run:
    """A run of ten epochs with a moment at each one's end."""
    run = Run(name=name, title=title, spec=TrainSpec(layers="3", epochs=10), steps_per_epoch=steps, **more)
    run.dataset, run.source, run.shape = "Stripes 240 + 90", "/nowhere/stripes.npz", (8, 8)
    generator = np.random.default_rng(len(name + title))
    for epoch in range(11):
        shapes = ((64, 3), (3,), (3, 4), (4,))
        weights = tuple(generator.normal(size=shape).astype(np.float32) for shape in shapes)
        run.moments[epoch * steps] = Moment(step=epoch * steps, weights=weights, optimizer=())
        if epoch:
            accuracy = 0.9 if epoch == 5 else epoch / 20
            run.epochs.append(epoch_done(epoch, steps=steps, run=name, test_loss=float("nan"), test_accuracy=accuracy))
    run.bookmarks = {110: "before the fall", 165: "7"}
    return run


def make_session(path: Path) -> Path:
    """Write a session of three runs."""
    session = Session()
    session.begin(create_store(path))
    runs = (made_run("A", "no dropout"), made_run("B", "me@home", parent=Parent("A", 110)), made_run("C", "No dropout"))
    session.runs = {run.name: run for run in runs}
    session.view = {"tab": "train"}
    assert session.close()
    return path
