"""Runs that nobody trained, for tests of what is written and read."""

import contextlib
import sqlite3

import numpy as np

from engine.core.specs import TrainSpec
from engine.model.training.run import Moment, Run
from engine.session.jobs.files import open_session
from tests.engine.told import epoch_done

STEPS_PER_EPOCH = 10
SHAPES = ((64, 16), (16,), (16, 4), (4,))
IMAGES = (8, 8)


def made_moment(step, seed=0):
    """Weights and state of an optimiser that differ from step to step."""
    generator = np.random.default_rng([seed, step])
    weights = tuple(generator.normal(size=shape).astype(np.float32) for shape in SHAPES)
    return Moment(step=step, weights=weights, optimizer=(np.array(step, np.int64), weights[0] / 2))


def made_epoch(number, run="A"):
    figures = {"train_loss": 1 / number, "test_loss": 1.5 / number, "test_accuracy": 1 - 0.5 / number}
    speed = {"images_per_second": 1000.0 + number, "seconds": 0.25, "gradient_norms": (0.1 * number, 0.2)}
    return epoch_done(number, steps=STEPS_PER_EPOCH, run=run, dead=(3,), widths=(16,), **figures, **speed)


def made_run(name="A", epochs=3, seed=0, **more):
    """A run with a moment at its start and after each epoch."""
    run = Run(
        name=name,
        spec=TrainSpec(layers=str(SHAPES[0][1]), batch=24, epochs=max(epochs, 1)),
        shape=IMAGES,
        steps_per_epoch=STEPS_PER_EPOCH,
        dataset="Stripes 240 + 90",
        fingerprint="0123",
        **more,
    )
    run.moments[0] = made_moment(0, seed)
    run.moment_bytes = run.moments[0].bytes
    for number in range(1, epochs + 1):
        add_epoch(run, number, seed)
    return run


def add_epoch(run, number, seed=0):
    generator = np.random.default_rng([seed, number])
    run.losses.extend(generator.random(STEPS_PER_EPOCH))
    run.norms.extend(generator.random((1, 2)))
    run.moments[number * STEPS_PER_EPOCH] = made_moment(number * STEPS_PER_EPOCH, seed)
    run.epochs.append(made_epoch(number, run.name))


def assert_same_run(one, other):
    """Both tell the same and have the same weights, to the last bit."""
    here, there = one.summary(), other.summary()
    np.testing.assert_array_equal(here.losses, there.losses)
    np.testing.assert_array_equal(one.norms.so_far, other.norms.so_far)
    for name in ("name", "title", "color", "pinned", "spec", "dataset", "parent", "epochs", "moments", "bookmarks"):
        assert getattr(here, name) == getattr(there, name), name
    assert here.changes == there.changes
    for step in one.moments:
        assert_same_moment(one.moments[step], other.moments[step])


def assert_same_moment(one, other):
    assert one.step == other.step
    for here, there in zip((*one.weights, *one.optimizer), (*other.weights, *other.optimizer), strict=True):
        assert here.dtype == there.dtype
        np.testing.assert_array_equal(here, there)


def trained(session, name="A", epochs=3, seed=0):
    """Put a run into the session and save it, as a job does."""
    run = session.runs[name] = made_run(name, epochs, seed)
    return run, session.save() + save_until_saved(session)


def save_until_saved(session):
    """Save until all is saved; return what is told."""
    told = []
    while not session.is_saved():
        told += session.save()
    return told


def open_again(session):
    """Close the session and open its file again; return what is told."""
    path = session.store.path
    session.close()
    return list(open_session(session, str(path)))


def fill_the_disk(session):
    """No write into the session's file succeeds any more; return what makes room again."""
    database = session.store.database
    pages = database.execute("PRAGMA page_count").fetchone()[0]
    database.execute(f"PRAGMA max_page_count = {pages}")
    return lambda: database.execute("PRAGMA max_page_count = 1000000")


def ask(file, query, *values):
    """Carry out a statement on a file by itself; return the rows."""
    with contextlib.closing(sqlite3.connect(file)) as database, database:
        return database.execute(query, values).fetchall()


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def again(run):
    """What the run was before its moments were left to the file."""
    same = made_run(run.name, len(run.epochs))
    same.spec = run.spec
    return same
