"""A sweep in the window's models, over a true engine: stopped at any time, it can be gone on with."""

import os
import threading

import numpy as np
import pytest

from engine.data.sources import open_dataset
from engine.session.session import Session
from engine.session.store.opening import create_store
from engine.session.store.places import sweep_folder
from engine.studies.sweep.messages import RunGathered
from engine.studies.sweep.plan import Plan
from engine.studies.sweep.processes import Processes
from gui.state.notices import Notices
from gui.state.sessions import Sessions
from gui.state.settings import Settings
from gui.state.training.sweeps import Sweeps
from tests.engine.studies.sweep.sweeps import SPEC
from tests.gui.worlds import World, true_engine


@pytest.fixture
def file(tmp_path):
    """A file of few data, which a process beside the window can open."""
    random = np.random.default_rng(0)
    arrays = {}
    for part, count in (("train", 240), ("test", 60)):
        arrays[f"x_{part}"] = random.integers(0, 256, (count, 8, 8), np.uint8)
        arrays[f"y_{part}"] = np.arange(count) % 3
    np.savez(tmp_path / "noise.npz", **arrays)
    return tmp_path / "noise.npz"


class SweepWorld(World):
    """A session in a file, and the models that a sweep has in the window."""

    def __init__(self, qtbot, folder, data, make_workers):
        self.session = Session(data)
        super().__init__(*true_engine(self.session, at_end=self.session.close))
        self.qtbot, notices = qtbot, Notices()
        self.sessions = Sessions(self.bridge, self.controls, self.selection, notices, Settings())
        self.sweeps = Sweeps(self.bridge, self.sessions, notices, make_workers=make_workers)

        def make_file(session):  # SQLite wants it made where it is written
            session.begin(create_store(folder / "kept.layerlight"))
            yield None

        self.bridge.submit(make_file)
        self.until(lambda: self.session.store)

    def until(self, condition, seconds=20):
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=1000 * seconds)

    @property
    def seeds(self):
        """The seeds of the runs in the window."""
        return sorted(run.spec.seed for run in self.runs)


@pytest.fixture
def begin(qtbot, tmp_path, file):
    worlds = []

    def make(make_workers):
        worlds.append(SweepWorld(qtbot, tmp_path, open_dataset(str(file))[0], make_workers))
        return worlds[-1]

    yield make
    for world in worlds:
        world.close()


def seeds(count, **spec):
    return Plan(name="seeds", spec=SPEC.but(**spec), over={"seed": [*range(1, count + 1)]})


def test_one_that_is_stopped_before_its_first_turn_waits_to_be_gone_on_with(begin, tmp_path):
    world, gate, made = begin(lambda count: made.append), threading.Event(), []

    def busy(session):
        gate.wait()
        yield None

    world.bridge.submit(busy)
    world.sweeps.begin(seeds(3), 1)
    world.sweeps.give_up()
    gate.set()
    world.until(lambda: world.sweeps.waiting.plan)
    assert not world.sweeps.is_busy and made == [], "no process was started"
    assert (world.sweeps.waiting.plan.name, world.sweeps.waiting.done) == ("seeds", 0)
    world.sessions.open(tmp_path / "kept.layerlight")
    world.until(lambda: world.sessions.path == tmp_path / "kept.layerlight" and world.sweeps.waiting.plan)
    assert len(world.sweeps.waiting.plan) == 3


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_stopped_after_its_first_run_and_gone_on_with_true_processes_train_every_run_once(begin, tmp_path):
    crews = []

    def processes(count):
        def make(tasks, folder, data):
            crews.append((crew := Processes(tasks, folder, data, count)).ids)
            return crew

        return make

    world, told = begin(processes), []
    world.bridge.listen(RunGathered, lambda message: told.append(message.summary.member.number))
    world.bridge.listen(RunGathered, lambda _: world.sweeps.give_up() if len(told) == 1 else None)
    world.sweeps.begin(seeds(4, epochs=150), 1)
    world.until(lambda: world.sweeps.waiting.plan, 120)
    assert 1 <= world.sweeps.waiting.done == len(told) < 4, "it was stopped on its way"
    assert world.seeds == [number + 1 for number in sorted(told)]
    for process in crews[0]:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
    world.sweeps.go_on(2)
    world.until(lambda: not world.sweeps.is_busy, 120)
    assert sorted(told) == [0, 1, 2, 3] and world.seeds == [1, 2, 3, 4], "each is there once"
    assert world.sweeps.end.startswith("“seeds” is trained: 4 runs")
    assert all(run.tests.column("epoch")[-1] == 150 for run in world.runs)
    assert world.sweeps.waiting.plan is None and not sweep_folder(tmp_path / "kept.layerlight").exists()
    assert len(crews) == 2
