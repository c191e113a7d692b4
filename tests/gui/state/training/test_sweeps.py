"""A sweep in the window's models, over a true engine: stopped at any time, it can be gone on with."""

import threading

import numpy as np

from engine.data.sources import open_dataset
from engine.session.session import Session
from engine.session.store.opening import create_store
from engine.studies.sweep.plan import Plan
from gui.state.notices import Notices
from gui.state.sessions import Sessions
from gui.state.settings import Settings
from gui.state.training.sweeps import Sweeps
from tests.engine.studies.sweep.sweeps import SPEC
from tests.gui.worlds import World, true_engine


def data_in_a_file(file):
    """Write few data, which a process beside the window could open, and open them."""
    arrays = {}
    for part, count in (("train", 240), ("test", 60)):
        arrays[f"x_{part}"] = np.random.default_rng(0).integers(0, 256, (count, 8, 8), np.uint8)
        arrays[f"y_{part}"] = np.arange(count) % 3
    np.savez(file, **arrays)
    return open_dataset(str(file))[0]


def test_one_that_is_stopped_before_its_first_turn_waits_to_be_gone_on_with(qtbot, tmp_path):
    session, path = Session(data_in_a_file(tmp_path / "noise.npz")), tmp_path / "kept.layerlight"
    world, gate, made = World(*true_engine(session, at_end=session.close)), threading.Event(), []
    sessions = Sessions(world.bridge, world.controls, world.selection, Notices(), Settings())
    sweeps = Sweeps(world.bridge, sessions, Notices(), make_workers=lambda count: made.append)

    def begin(session):  # SQLite wants its file made where it is written
        session.begin(create_store(path))
        yield None

    def busy(session):
        gate.wait()
        yield None

    world.bridge.submit(begin)
    qtbot.waitUntil(lambda: session.store is not None)
    world.bridge.submit(busy)
    sweeps.begin(Plan(name="seeds", spec=SPEC, over={"seed": [1, 2, 3]}), 1)
    sweeps.give_up()
    gate.set()
    qtbot.waitUntil(lambda: sweeps.waiting.plan is not None)
    assert not sweeps.is_busy and made == [], "no process was started"
    assert (sweeps.waiting.plan.name, sweeps.waiting.done) == ("seeds", 0)
    sessions.open(path)
    qtbot.waitUntil(lambda: sessions.path == path and sweeps.waiting.plan is not None)
    assert len(sweeps.waiting.plan) == 3
    world.close()
