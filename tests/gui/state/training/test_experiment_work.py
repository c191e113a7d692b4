"""The bottom line says how far an experiment is, ends it, and tells what it came to."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from engine.core.messages import JobEnded
from engine.studies.experiments.parts.experiment import Figure, Look, Picture, Row
from engine.studies.experiments.parts.messages import ExperimentProgress, ExperimentResult, ExperimentStarted
from gui.shell.bars.status_line import STOP_EXPERIMENT, OngoingWord
from gui.state.notices import Notices
from gui.state.training.ongoing import ExperimentWork
from tests.gui.worlds import World

JOB = 7


class WorkWorld(World):
    def __init__(self, qtbot):
        super().__init__()
        self.notices = Notices()
        self.work = ExperimentWork(self.bridge, self.notices)
        self.line = OngoingWord("status.experiment", self.work, *STOP_EXPERIMENT)
        qtbot.addWidget(self.line, before_close_func=lambda _: self.close())
        self.line.show()

    def begin(self):
        self.say(ExperimentStarted(experiment="roads", group="Roads 2", remark=""), job=JOB)

    def at(self, share, left=None, job=JOB):
        self.say(ExperimentProgress(experiment="roads", share=share, words="", seconds_left=left), job=job)


@pytest.fixture
def world(qtbot):
    return WorkWorld(qtbot)


def test_it_says_which_one_goes_on_how_far_it_is_and_how_long_it_will_take(world):
    assert not world.work.words
    world.begin()
    assert world.work.words == "Roads 2"
    world.at(0.354)
    assert world.work.words == "Roads 2: 35 %"
    world.at(0.5, 70)
    assert world.work.words == "Roads 2: 50 % · 1 min 10 s left"
    world.at(0.9, job=JOB + 1)
    assert world.work.words.startswith("Roads 2: 50 %"), "another job's"
    world.say(JobEnded(outcome="stopped"), job=JOB)
    assert not world.work.words and not world.line.isVisible() and world.notices.current is None


def test_cancel_ends_that_job(world):
    world.begin()
    QTest.mouseClick(world.line.findChild(QToolButton, "status.experiment.cancel"), Qt.MouseButton.LeftButton)
    assert world.runner.stopped == [JOB]


def test_its_end_is_news_wherever_one_is(world):
    world.begin()
    picture = Picture(x_label="", y_label="", curves=())
    figure = Figure(what="it", says="1", where="there", read=True, asked=1.0, tolerance=0.5)
    rows = Row(figure=figure, seeds=(1.0, 1.01)), Row(figure=figure, seeds=(1.0, 2.0))
    result = ExperimentResult(
        experiment="roads", group="Roads 2", rows=rows, picture=picture, verdict="So.", remark="",
        look=Look(tab="train", run="A"), runs=(), seconds=1.0, seeds=(1, 2), is_whole=False,
    )  # fmt: skip
    world.say(result, job=JOB)
    assert world.notices.current is None, "there are seeds to come"
    world.say(replace(result, is_whole=True), JobEnded(outcome="done"), job=JOB)
    assert world.notices.current.sentence == "Roads 2: of 2 figures 1 agrees, 1 cannot be told, with 2 seeds."
    assert "Experiments tab" in world.notices.current.hint
