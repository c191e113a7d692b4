"""What was told as saved beside what is in the files: read with sqlite3 alone, nothing of Layerlight's."""

import json
import sqlite3
from contextlib import closing
from hashlib import sha256

import numpy as np


def epochs_in(path):
    """Return run, epoch and test loss of every epoch in a session file that opens and is whole."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",), path
        rows = database.execute("SELECT run, epoch, figures FROM epochs").fetchall()
    return {(run, epoch): float(json.loads(figures)["test_loss"]) for run, epoch, figures in rows}


def moments_in(path):
    """Return run and step of every moment all of whose arrays are in the file as their hashes say."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True)) as database:
        moments = database.execute("SELECT run, step, weights, optimizer FROM moments").fetchall()
        arrays = database.execute("SELECT sha256, type, shape, content FROM arrays").fetchall()
    whole = {
        key
        for key, kind, shape, content in arrays
        if sha256(f"{kind} {tuple(json.loads(shape))} ".encode() + content).hexdigest() == key
        and np.frombuffer(content, kind).size == np.prod(json.loads(shape), dtype=int)
    }
    return {(run, step) for run, step, weights, optimizer in moments if whole >= {*weights.split(), *optimizer.split()}}


def told_of(session):
    """Return what the session tells as saved, as `epochs_in` and `moments_in` return what is there."""
    runs = session.runs.values()
    epochs = {(run.name, done.epoch): done.test_loss for run in runs for done in run.epochs}
    return epochs, {(run.name, step) for run in runs for step in run.moments}


def assert_found(told, path):
    """Everything that was told is in the file, which opens."""
    epochs, moments = told
    found = epochs_in(path)
    assert {key: found.get(key) for key in epochs} == epochs
    assert moments <= moments_in(path)


def assert_all_is_left(session):
    """Close the session, all of which is in its file then."""
    told, path = told_of(session), session.store.path
    assert session.close()
    assert_found(told, path)
