"""Opening a data set takes a while: the status line says so, and it can be given up."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel

from engine.core.messages import JobEnded
from engine.data.formats.reading import DatasetReading
from engine.data.sources import SAMPLE
from engine.session.jobs.data import prepare
from gui.shell.bars.status_line import WIDEST
from gui.shell.process.startup import Opening
from gui.state.notices import Notices
from gui.state.training.ongoing import DataReading
from tests.gui.fake_engine import dataset_opened, fake_prepare
from tests.gui.worlds import World


@pytest.fixture(autouse=True)
def said_soon(monkeypatch):
    """What is read is said at once, not after half a second."""
    monkeypatch.setattr("gui.state.training.ongoing.QUIET_MS", 10)


@pytest.fixture
def endless(monkeypatch):
    """Files called `large...` are read without an end; those that were given up are kept."""
    given_up = []

    def open_data(session, file):
        if not file.rpartition("/")[2].startswith("large"):
            yield dataset_opened("Mine")
            return
        try:
            while True:
                yield DatasetReading(file=file.rpartition("/")[2], share=0.25)
        finally:
            given_up.append(file)

    monkeypatch.setattr("gui.shell.process.startup.open_data", open_data)
    return given_up


def line_of(application):
    """The words on what is opened, and the button that gives it up."""
    find = application.window.findChild
    return find(QLabel, "status.opening"), find(QAbstractButton, "status.opening.cancel")


def test_a_data_set_that_is_read_for_long_is_given_up_with_the_keyboard(ready, qtbot, tmp_path, endless):
    words, cancel = line_of(ready)
    assert not words.isVisible() and not cancel.isVisible()
    ready.window.fileDropped.emit(tmp_path / "large.npz")
    qtbot.waitUntil(cancel.isVisible)
    qtbot.waitUntil(lambda: words.text() == "Opening large.npz… 25 %")
    assert cancel.accessibleName() == "Cancel opening" and cancel.toolTip()
    ready.window.activateWindow()
    reached = []
    while ready.window.focusWidget() is not cancel:
        QTest.keyClick(ready.window.focusWidget() or ready.window, Qt.Key.Key_Tab)
        reached.append(ready.window.focusWidget())
        assert len(reached) < 300, "Tab never gets there"
    QTest.keyClick(cancel, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not cancel.isVisible())
    assert endless == [str(tmp_path / "large.npz")] and not words.isVisible()
    assert ready.notices.current.text == "large.npz was not opened. The data that were open stay."
    assert ready.opening.dataset.name == "MNIST" and ready.controls.state == "idle"


def test_while_a_data_set_is_read_others_have_their_turns(ready, qtbot, tmp_path, endless):
    ready.opening.open(tmp_path / "large.npz")
    ready.controls.step()
    qtbot.waitUntil(lambda: ready.controls.state == "paused")
    assert endless == []


def test_another_data_set_takes_the_place_of_one_that_is_being_read(ready, qtbot, tmp_path, endless):
    words, cancel = line_of(ready)
    ready.opening.open(tmp_path / "large.npz")
    qtbot.waitUntil(cancel.isVisible)
    ready.opening.open(tmp_path / "large 2.npz")
    qtbot.waitUntil(lambda: words.text() == "Opening large 2.npz… 25 %")
    assert endless == [str(tmp_path / "large.npz")]
    ready.opening.open(tmp_path / "mine.npz")
    qtbot.waitUntil(lambda: not cancel.isVisible())
    qtbot.waitUntil(lambda: ready.opening.dataset.name == "Mine")
    assert len(endless) == 2 and not ready.notices.history


def test_a_name_that_is_longer_than_the_line_leaves_room_for_the_rest(ready, qtbot, tmp_path, endless):
    words, _ = line_of(ready)
    width = ready.window.width()
    ready.opening.open(tmp_path / f"large {'and larger ' * 20}.npz")
    qtbot.waitUntil(lambda: words.text().endswith("25 %"))
    assert words.text().startswith("Opening large") and "and larger" in words.toolTip()
    assert words.width() <= WIDEST and ready.window.width() == width


def test_data_that_are_given_up_at_the_start_give_way_to_the_sample(application, qtbot, monkeypatch):
    asked = []

    def prepare(session, dataset=None):
        asked.append(dataset)
        while dataset != SAMPLE:
            yield DatasetReading(file="mnist.npz", share=0.5)
        yield from fake_prepare(session)

    monkeypatch.setattr("gui.shell.process.startup.prepare", prepare)
    application.show()
    application.begin()
    words, cancel = line_of(application)
    qtbot.waitUntil(cancel.isVisible)
    assert words.text() == "Opening mnist.npz… 50 %" and application.controls.state == "starting"
    QTest.mouseClick(cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: application.controls.state == "idle")
    assert asked == [None, SAMPLE]
    assert application.notices.current.text == "mnist.npz was not opened."


@pytest.mark.parametrize(("opened", "then"), [([], SAMPLE), ([dataset_opened()], None)], ids=["none", "some"])
def test_data_that_are_given_up_before_the_engine_is_ready_leave_what_was_open(qapp, opened, then):
    world = World()
    opening = Opening(world.bridge, DataReading(world.bridge, Notices()))
    opening.prepare(None)
    world.say(*opened, job=world.job(prepare))
    opening.open(Path("/data/large.npz"))
    world.say(JobEnded(outcome="stopped"), job=world.job(prepare))
    assert world.asked(prepare) == [(None,), ("/data/large.npz",), (then,)]
    world.close()
