"""Pictures and measurements use the true window, without a person."""

import itertools
import time

import pytest
from PySide6.QtCore import QTimer

from bench.window.timed_training import TimedTraining
from engine.core.errors import UserError
from engine.core.specs import TrainSpec
from engine.model.training.messages import EpochDone, StepsDone
from gui.stage.screenshots import Hold
from gui.stage.stage import Stage
from tests.gui.fake_engine import STEPS_PER_EPOCH, dataset_opened, fake_prepare, fake_train

pytestmark = pytest.mark.usefixtures("few_tabs")


@pytest.fixture
def stage(qapp, monkeypatch):
    monkeypatch.setattr("gui.shell.process.startup.prepare", fake_prepare)
    made = Stage(fake_train)
    yield made
    made.finish()


def test_a_wait_ends_with_an_error_in_vain_or_at_once_where_a_job_meets_a_bug(stage):
    def broken(session):
        raise TypeError("an unexpected argument")
        yield

    with pytest.raises(TimeoutError, match="in vain"):
        stage.wait_for(lambda: False, 0.05)
    QTimer.singleShot(0, lambda: stage.application.bridge.submit(broken))  # while it is waited for
    with pytest.raises(RuntimeError, match="TypeError: an unexpected argument"):
        stage.wait_for(lambda: False, 60)


@pytest.mark.parametrize("stand_in", [TimedTraining().train, Hold(99).train])
def test_a_training_and_what_stands_in_for_it_is_started_by_the_windows_button(qapp, monkeypatch, stand_in):
    monkeypatch.setattr("gui.shell.process.startup.prepare", fake_prepare)
    monkeypatch.setattr("bench.window.timed_training.train", fake_train)
    monkeypatch.setattr("gui.stage.screenshots.train", fake_train)
    with Stage(stand_in) as stage:
        stage.open(None)
        stage.button("run.start").click()
        stage.wait_for(lambda: stage.progress.finished, 20)
        assert stage.application.bridge.runs.get(stage.progress.run).last_test is not None


def counting(session, turns):
    for _ in range(turns):
        time.sleep(0.01)  # on the engine's thread, in place of the computation
        yield None


def endless(session, spec, parent=None, on="auto"):
    return counting(session, 10**6)


def test_a_stage_settles_when_nothing_is_about_to_answer_any_more_though_a_training_goes_on(qapp, monkeypatch):
    monkeypatch.setattr("gui.shell.process.startup.prepare", fake_prepare)
    monkeypatch.setattr("gui.stage.stage.SETTLE_SECONDS", 10_000)
    monkeypatch.setattr("gui.stage.stage.QUIET_SECONDS", 0.1)
    with Stage(endless) as stage:
        stage.open(None)
        job, tab = stage.application.bridge.submit(counting, 30), stage.window.all_tabs()[0]
        stage.settle(tab)
        assert job not in stage.mailbox.working
        stage.controls.start()
        stage.wait_for(lambda: stage.controls.job() in stage.mailbox.working)
        stage.settle(tab)
        assert stage.controls.job() in stage.mailbox.working


def test_data_that_cannot_be_read_ends_the_stage_with_its_sentence(stage, monkeypatch):
    def prepare(session, dataset=None):
        if dataset:
            raise UserError("This is no data set.", hint="Choose another file.")
        yield dataset_opened()

    monkeypatch.setattr("gui.shell.process.startup.prepare", prepare)
    with pytest.raises(UserError, match="no data set"):
        stage.open("nothing.npz")


def test_a_held_run_rests_at_its_epoch_until_it_is_released_and_takes_changes_of_its_pace(monkeypatch):
    monkeypatch.setattr("gui.stage.screenshots.train", fake_train)
    hold = Hold(2.5)
    job = hold.train(None, TrainSpec(epochs=4))
    last = max(each.last_step for each in itertools.islice(job, 60) if isinstance(each, StepsDone))
    assert hold.holding
    assert 2.5 * STEPS_PER_EPOCH <= last < 3 * STEPS_PER_EPOCH
    hold.release()
    assert sum(isinstance(each, EpochDone) for each in job) == 2
    job = Hold(99).train(None, TrainSpec(epochs=1))
    next(job)
    assert len(job.send({"steps_per_turn": 5.0}).losses) == 5
    assert len(job.send({"steps_per_turn": 1.0}).losses) == 1
