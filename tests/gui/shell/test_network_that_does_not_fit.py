"""A network that reads other images than the open data have is opened as a person says: resized, or as it is."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from engine.core.messages import JobEnded, JobStarted
from engine.data.location import Range
from engine.session.jobs.networks import FitAsked
from gui.shell.menus.questions import ask_about_fit
from tests.gui.worlds import World

FILE, PIXELS = Path("digits.keras"), Range(0, 255)


def opens(session, file, fit, pixels=None):
    yield


@pytest.fixture
def world(qtbot, monkeypatch):
    """A window in which a network that does not fit is asked about."""
    monkeypatch.setattr("gui.shell.menus.questions.open_network", opens)
    made = World()
    made.window = QWidget()
    qtbot.addWidget(made.window)
    ask_about_fit(made)
    return made


def ask(world, file=FILE):
    asked = FitAsked(file=file, sentence="It reads others.", layers="resize 9x9, rescale 255", pixels=PIXELS)
    world.say(JobStarted(), asked, JobEnded(outcome="done"))
    return next(box for box in world.window.findChildren(QMessageBox, "fit") if box.isVisible())


def test_the_answer_opens_it_so_that_it_fits_or_as_it_is_and_esc_is_as_it_is(world):
    box = ask(world)
    assert box.text() == "It reads others." and "with resize 9x9, rescale 255," in box.informativeText()
    box.findChild(QPushButton, "fit.fit").click()
    ask(world).findChild(QPushButton, "fit.as_it_is").click()
    ask(world).reject()
    as_it_is = opens, (FILE,), {"fit": False}
    assert world.runner.submitted == [(opens, (FILE,), {"fit": True, "pixels": PIXELS}), as_it_is, as_it_is]


def test_a_second_one_is_opened_as_it_is_while_the_question_is_open(world):
    box = ask(world)
    ask(world, Path("other.keras"))
    assert world.runner.submitted == [(opens, (Path("other.keras"),), {"fit": False})]
    box.findChild(QPushButton, "fit.fit").click()
    assert world.runner.submitted[1:] == [(opens, (FILE,), {"fit": True, "pixels": PIXELS})]
