"""What a screen reader says of its own accord, and that nothing listens where there is none."""

from types import SimpleNamespace

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QWidget

from engine.core.lens import Lens
from engine.model.training.messages import Diagnosis, RunFinished
from gui.shell.announcements import EPOCHS_MS, Announcements
from gui.state.notices import Notices, Offer
from gui.state.time.timeline import Timeline
from gui.widgets import heard
from tests.gui.training_messages import epoch, started, steps, whole_run
from tests.gui.worlds import World


class HeardWorld(World):
    def __init__(self, window):
        super().__init__()
        self.window, self.notices, self.lesson = window, Notices(window), None
        self.timeline = Timeline(self.bridge, self.selection, self.controls)
        self.announcements = Announcements(
            SimpleNamespace(
                window=window, timeline=self.timeline, notices=self.notices, bridge=self.bridge, lesson=None
            ),
            self.clock,
        )

    def train(self, *numbers):
        for number in numbers:
            self.say(steps(1 + (number - 1) * 550, 550), epoch(number))


@pytest.fixture
def said(monkeypatch):
    """The words that reached the reader, who is there, with whether they break into what it says."""
    sent = []
    monkeypatch.setattr(heard.QAccessible, "updateAccessibility", lambda event: sent.append(words_of(event)))
    QAccessible.setActive(True)
    yield sent
    QAccessible.setActive(False)


def words_of(event):
    is_urgent = event.politeness() == QAccessible.AnnouncementPoliteness.Assertive
    return f"{'! ' if is_urgent else ''}{event.message()}"


@pytest.fixture
def world(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    made = HeardWorld(window)
    yield made
    made.close()


def in_words(number):
    test = epoch(number)
    return f"Epoch {number}: test accuracy {100 * test.test_accuracy:.2f} %, loss {test.test_loss:.3f}"


def test_of_fast_epochs_the_first_is_said_and_then_the_newest_every_five_seconds(world, said):
    world.say(started())
    world.train(1, 2, 3)
    assert said == [in_words(1)]
    world.clock.advance(EPOCHS_MS - 1)
    assert said == [in_words(1)]
    world.clock.advance(1)
    assert said == [in_words(1), in_words(3)]
    world.train(4)
    world.clock.advance(EPOCHS_MS)
    assert said[2:] == [in_words(4)]
    world.clock.advance(EPOCHS_MS)
    world.train(5)
    assert said[3:] == [in_words(5)], "a slow one is said at once"


def test_epochs_of_a_run_that_nobody_follows_are_not_said(world, said):
    world.say(*whole_run("B", 1), *whole_run("A", 2))
    world.clock.advance(EPOCHS_MS)
    said.clear()
    world.look("B")
    world.train(3)
    world.look("A", moment=550)
    world.train(4)
    world.clock.advance(EPOCHS_MS)
    assert said == []
    world.selection.change(lens=Lens("A"))
    world.train(5)
    assert said == [in_words(5)]


def test_the_end_of_a_run_is_said_at_once_with_what_it_came_to_and_no_epoch_after_it(world, said):
    world.say(*whole_run("A", 3))
    said.clear()
    world.say(RunFinished(run="A", reason="epochs", epoch=3))
    accuracy = f"{100 * epoch(3).test_accuracy:.2f} % of the test images"
    assert said == [f"! Run A stopped at epoch 3.0 of {started().spec.epochs}: {accuracy}."]
    world.clock.advance(2 * EPOCHS_MS)
    assert len(said) == 1


def test_a_verdict_of_health_is_said_at_once_and_a_bad_one_breaks_in(world, said):
    world.say(started())
    world.say(Diagnosis(run="A", ailment="healthy", sentence="All layers learn."))
    world.say(Diagnosis(run="A", ailment="collapsed", sentence="It reads all as one class."))
    world.say(Diagnosis(run="C", ailment="collapsed", sentence="Another run."))
    assert said == ["Health: healthy. All layers learn.", "! Health: collapsed. It reads all as one class."]


def test_a_notice_is_said_when_it_comes_and_not_again_when_the_line_in_front_of_it_is_closed(world, said):
    world.notices.tell("Saved.", "It is in the folder.")
    world.notices.fail("The disk is full.", "Make room.")
    world.notices.offer("New here?", Offer("Begin", lambda: None, lambda: None))
    world.notices.close_current()
    world.notices.close_current()
    assert said == ["Saved. It is in the folder.", "! The disk is full. Make room.", "New here?"]


def test_without_a_reader_nothing_is_said_and_no_timer_runs(world, said):
    QAccessible.setActive(False)
    world.say(*whole_run("A", 2))
    QAccessible.setActive(True)
    world.clock.advance(2 * EPOCHS_MS)
    QAccessible.setActive(False)
    world.say(RunFinished(run="A", reason="epochs", epoch=2))
    world.say(Diagnosis(run="A", ailment="collapsed", sentence="It reads all as one class."))
    world.notices.tell("Saved.")
    QAccessible.setActive(True)
    world.notices.close_current()
    assert said == [], "nor later, when there is one"
