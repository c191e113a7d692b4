"""Known data sets are downloaded from the menu of data: with progress, given up at once, refused in a sentence."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from engine.data.download.catalogue import KNOWN, MNIST
from engine.data.formats.reading import DOWNLOADING, DatasetReading
from gui.state.notices import Notices
from gui.state.training.ongoing import QUIET_MS, DataReading
from tests.engine.data.download_server import FILES, IMAGES, Server, a_set, leave_alone
from tests.gui.fake_clock import FakeClock
from tests.gui.fake_engine import dataset_opened
from tests.gui.shell.test_opening_data import line_of
from tests.gui.worlds import tell


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Without data anywhere; a server that stalls is given up by hand."""
    leave_alone(monkeypatch, tmp_path)
    monkeypatch.setattr("engine.data.download.download.PATIENCE", 60)
    monkeypatch.setattr("gui.state.training.ongoing.QUIET_MS", 10)


@pytest.fixture
def server(monkeypatch):
    """A server on this computer, and a data set in the table that it has."""
    server = Server(FILES)
    known = a_set(server.base)
    monkeypatch.setitem(KNOWN, known.key, known)
    yield server
    server.close()


def entries(application):
    menu = application.window.findChild(QPushButton, "facts.data").menu()
    menu.aboutToShow.emit()
    return {each.objectName().rpartition("menu.")[2]: each for each in menu.actions() if not each.isSeparator()}


def test_the_menu_offers_what_is_not_on_this_computer_with_its_size(ready, server):
    assert ready.bridge.dataset.name == "MNIST" and "download.mnist" not in entries(ready), "it is open"
    tell(ready, dataset_opened("mine"))
    offered = entries(ready)
    assert offered["download.mnist"].text() == "MNIST\tdownload, 12 MB"
    assert offered["download.emnist-letters"].text() == "EMNIST letters\tdownload, 562 MB"
    assert "handwritten Japanese characters" in offered["download.kmnist"].toolTip()
    MNIST.folder.mkdir(parents=True)
    for file in MNIST.files:
        (MNIST.folder / file.name).touch()
    offered = entries(ready)
    assert "download.mnist" not in offered and offered["mnist"].text() == "MNIST"
    kmnist = KNOWN["kmnist"]
    kmnist.folder.mkdir()
    for file in kmnist.files:
        (kmnist.folder / file.name).touch()
    offered = entries(ready)
    assert "download.kmnist" not in offered and offered["found.1"].text() == "KMNIST"
    assert not server.asked, "to look at the menu asks nobody"


def test_a_download_says_how_far_it_is_is_given_up_at_once_goes_on_and_is_opened(ready, qtbot, server):
    server.behave = "slows down and stalls"
    words, cancel = line_of(ready)
    entries(ready)["download.tiny-set"].trigger()
    half = round(100 * len(FILES[IMAGES]) / 2 / KNOWN["tiny-set"].size)
    qtbot.waitUntil(lambda: words.text().startswith(f"Downloading Tiny set… {half} %"))
    QTest.mouseClick(cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not words.isVisible())  # the server would stall for ever
    qtbot.waitUntil(lambda: ready.notices.current is not None)
    assert ready.notices.current.text == (
        "Tiny set was not downloaded. The data that were open stay. What has come is kept for the next time."
    )
    assert ready.bridge.dataset.name == "MNIST"
    server.behave = "ok"
    again = entries(ready)["download.tiny-set"]
    came = 100 * KNOWN["tiny-set"].came // KNOWN["tiny-set"].size
    assert abs(came - half) <= 1 and again.text() == f"Tiny set\tgo on at {came} %, 0 MB"
    again.trigger()
    qtbot.waitUntil(lambda: ready.bridge.dataset.name == "Tiny set")
    assert "range: bytes=" in server.asked[1]
    folder = KNOWN["tiny-set"].folder
    assert ready.bridge.dataset.names == ("ape", "bee", "cat")
    assert ready.bridge.dataset.source == folder and str(folder) in ready.settings.data
    assert ready.window.findChild(QPushButton, "facts.data").words == "Tiny set 300 + 60"


def test_what_cannot_be_had_is_told_in_words_and_while_a_server_is_waited_for_all_else_goes_on(ready, qtbot, server):
    server.behave, words = "not found", line_of(ready)[0]
    entries(ready)["download.tiny-set"].trigger()
    qtbot.waitUntil(lambda: ready.notices.current is not None and not words.isVisible())
    assert ready.notices.current.text == (
        "Tiny set cannot be downloaded: 127.0.0.1 does not have it any more (404). "
        "Try again later, or open a file, a folder of pictures or the sample instead."
    )
    assert ready.bridge.dataset.name == "MNIST"

    ready.notices.close_current()
    server.behave = "stalls before the header"
    entries(ready)["download.tiny-set"].trigger()
    qtbot.waitUntil(server.stalls.is_set)
    ready.controls.step()
    qtbot.waitUntil(lambda: ready.controls.state == "paused")
    assert server.stalls.is_set() and ready.notices.current is None, "the server is still waited for"


def test_the_time_that_is_left_is_said(bridge, mailbox, qapp):
    clock = FakeClock()
    reading = DataReading(bridge, Notices(), clock=clock)
    reading.follow(1, DatasetReading(file="KMNIST", share=0.0, act=DOWNLOADING))
    clock.advance(QUIET_MS)
    assert reading.words == "Downloading KMNIST…"
    mailbox.post(1, DatasetReading(file="KMNIST", share=0.42, act=DOWNLOADING, left=130.0))
    bridge.deliver()
    assert reading.words == "Downloading KMNIST… 42 % · 2 min 10 s left"
