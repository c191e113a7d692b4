"""Opening data takes a while and can be given up; broken ones are refused, large ones opened for whoever says so."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QMessageBox, QPushButton, QWidget

from engine.core.errors import UserError
from engine.core.messages import JobEnded
from engine.data.formats.reading import DatasetReading
from engine.data.sources import SAMPLE, open_dataset
from engine.session.jobs.data import DataAsked, open_data, prepare
from engine.session.session import Session
from gui.shell.bars.status_line import WIDEST
from gui.shell.menus.questions import ask_about_size
from gui.shell.process.startup import Opening
from gui.state.notices import Notices
from gui.state.training.ongoing import DataReading
from tests.engine.data.broken_data import BROKEN
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


def test_a_data_set_that_is_read_for_long_is_given_up_with_the_keyboard_or_for_another_one(
    ready, qtbot, tmp_path, endless
):
    words, cancel = line_of(ready)
    assert not words.isVisible() and not cancel.isVisible()
    ready.window.fileDropped.emit(tmp_path / "large.npz")
    qtbot.waitUntil(cancel.isVisible)
    qtbot.waitUntil(lambda: words.text() == "Opening large.npz… 25 %")
    assert cancel.accessibleName() == "Cancel opening" and cancel.toolTip()
    reached = []
    while ready.window.focusWidget() is not cancel:
        QTest.keyClick(ready.window.focusWidget() or ready.window, Qt.Key.Key_Tab)
        reached.append(ready.window.focusWidget())
        assert len(reached) < 300, "Tab never gets there"
    QTest.keyClick(cancel, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not cancel.isVisible())
    assert endless == [str(tmp_path / "large.npz")] and not words.isVisible()
    assert ready.notices.current.text == "large.npz was not opened. The data that were open stay."
    assert ready.bridge.dataset.name == "MNIST" and ready.controls.state == "idle"

    endless.clear()
    ready.notices.history.clear()
    ready.opening.open(tmp_path / "large.npz")
    qtbot.waitUntil(cancel.isVisible)
    ready.controls.step()
    qtbot.waitUntil(lambda: ready.controls.state == "paused")
    assert endless == [], "others have their turns"
    width = ready.window.width()
    ready.opening.open(tmp_path / f"large {'and larger ' * 20}.npz")
    qtbot.waitUntil(lambda: words.text().endswith("25 %") and "and larger" in words.toolTip())
    assert words.text().startswith("Opening lar")
    assert words.width() <= WIDEST and ready.window.width() == width
    assert endless == [str(tmp_path / "large.npz")]
    ready.selection.change(training=5)
    ready.opening.open(tmp_path / "mine.npz")
    qtbot.waitUntil(lambda: not cancel.isVisible())
    qtbot.waitUntil(lambda: ready.bridge.dataset.name == "Mine")
    assert len(endless) == 2 and not ready.notices.history
    assert ready.selection.training is None, "it was of the other data"


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


def test_data_that_are_given_up_before_the_engine_is_ready_leave_what_was_open(qapp):
    for opened, then in (([], SAMPLE), ([dataset_opened()], None)):
        world = World()
        opening = Opening(world.bridge, DataReading(world.bridge, Notices()))
        opening.prepare(None)
        world.say(*opened, job=world.job(prepare))
        opening.open(Path("/data/large.npz"))
        world.say(JobEnded(outcome="stopped"), job=world.job(prepare))
        assert world.asked(prepare) == [(None,), ("/data/large.npz",), (then,)]
        world.close()


def test_broken_data_are_told_in_the_same_sentence_as_on_the_command_line(ready, qtbot, tmp_path):
    open_now, (write, _) = ready.bridge.dataset, BROKEN["CSV: text"]
    path = write(tmp_path)
    with pytest.raises(UserError) as refused:
        open_dataset(str(path))
    ready.window.fileDropped.emit(path)
    qtbot.waitUntil(lambda: ready.notices.current is not None)
    line = ready.notices.current
    assert line.text == str(refused.value) and not line.details
    assert ready.bridge.dataset is open_now


ASKED = "letters.npz takes about 5.0 GB of memory, and 8.0 GB are free."


@pytest.fixture
def world(qtbot):
    """A window in which data are asked about before they are opened."""
    made = World()
    made.window = QWidget()
    qtbot.addWidget(made.window)
    made.opening = Opening(made.bridge, DataReading(made.bridge, Notices()))
    ask_about_size(made)
    return made


def test_what_was_wanted_is_opened_only_by_whoever_says_so(world):
    for button in ("leave", "open"):
        assert world.runner.submitted == []
        world.say(DataAsked(dataset="/data/letters.npz", sentence=ASKED))
        box = next(each for each in world.window.findChildren(QMessageBox, "large.data") if each.isVisible())
        assert box.text() == ASKED
        box.findChild(QPushButton, f"large.data.{button}").click()
    assert world.runner.submitted == [(prepare, (str(Path("/data/letters.npz")),), {"sure": True})]


def test_the_engine_asks_and_opens_what_somebody_is_sure_of_and_meanwhile_the_sample(tmp_path, monkeypatch):
    images, labels, path = np.zeros((12, 4, 4), np.uint8), np.arange(12) % 2, str(tmp_path / "letters.npz")
    np.savez(path, x_train=images, y_train=labels, x_test=images, y_test=labels)
    free = 2 * (2 * images.nbytes + 2 * labels.nbytes)
    monkeypatch.setattr("engine.data.formats.reading.HARMLESS", 0)
    monkeypatch.setattr("engine.data.formats.reading.free_memory", lambda: free)
    session = Session()
    *_, asked = open_data(session, path)
    assert isinstance(asked, DataAsked) and asked.dataset == path and session.dataset is None
    assert asked.sentence.startswith("letters.npz takes about")
    *_, _ = open_data(session, path, sure=True)
    assert session.dataset.name == "letters"

    known = iter([free])  # for these data; for the sample nobody knows
    monkeypatch.setattr("engine.data.formats.reading.free_memory", lambda: next(known, None))
    session, told = Session(), []
    job = prepare(session, path)
    while session.dataset is None:
        told.append(next(job))
    job.close()
    assert any(isinstance(message, DataAsked) for message in told)
    assert session.dataset.name == "MNIST sample"
