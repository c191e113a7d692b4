"""News is one line at a time, in order, and can be read again."""

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton

from engine.data.fitting import DATA_AND_NETWORK
from engine.errors import UserError
from engine.messages import JobFailed, Notice
from gui.notice_bar import NoticeBar
from gui.notices import MOST_WAITING, NEWS_MS, Notices
from gui.tell import refuse
from tests.gui.fake_engine import dataset_opened


@pytest.fixture
def notices(qapp):
    return Notices()


@pytest.fixture
def bar(notices, qtbot):
    made = NoticeBar(notices)
    qtbot.addWidget(made)
    made.resize(900, 28)
    made.show()
    return made


def text(bar, name="text"):
    bar.layout().activate()
    return bar.findChild(QLabel, f"status.notice.{name}").text()


def test_what_the_engine_tells_is_shown_in_order(bridge, mailbox, notices, bar):
    notices.listen_to(bridge)
    mailbox.post(1, Notice(sentence="MNIST was found.", hint="It is larger."))
    mailbox.post(2, JobFailed(sentence="No images.", hint="Choose another file."))
    bridge.deliver()
    assert text(bar) == "MNIST was found. It is larger."
    assert text(bar, "waiting") == "and 1 more"
    bar.findChild(QToolButton, "status.notice.close").click()
    assert text(bar) == "No images. Choose another file."
    bar.findChild(QToolButton, "status.notice.close").click()
    assert notices.current is None
    assert bar.findChild(QToolButton, "status.notice.close").isHidden()


def test_details_of_a_bug_can_be_copied(notices, bar):
    copy = bar.findChild(QPushButton, "status.notice.copy")
    notices.fail("It broke.", details="Traceback ...")
    assert copy.isVisible()
    copy.click()
    assert QApplication.clipboard().text() == "It broke.\n\nTraceback ..."


def test_without_details_there_is_nothing_to_copy(notices, bar):
    notices.fail("It broke.")
    assert bar.findChild(QPushButton, "status.notice.copy").isHidden()


def test_plain_news_goes_by_itself_and_a_failure_stays(notices):
    notices.tell("News.")
    notices.fail("It broke.")
    assert notices._timer.interval() == NEWS_MS and notices._timer.isActive()
    notices._timer.timeout.emit()
    assert notices.current.sentence == "It broke."
    assert not notices._timer.isActive()


def test_the_same_line_waits_only_once_and_a_flood_is_dammed(notices):
    for _ in range(5):
        notices.tell("Again.")
    assert len(notices.waiting) == 1
    for number in range(100):
        notices.fail(f"Failure {number}.")
    assert len(notices.waiting) == MOST_WAITING
    assert len(notices.history) == 101


def test_a_long_line_is_cut_and_whole_in_the_tooltip(notices, bar):
    notices.tell("long " * 100)
    label = bar.findChild(QLabel, "status.notice.text")
    assert text(bar).endswith("…") and label.toolTip() == ("long " * 100).strip()


def test_a_notice_does_not_widen_the_window(notices, bar):
    before = bar.minimumSizeHint().width()
    notices.fail("long " * 100, details="x")
    assert bar.minimumSizeHint().width() - before < 250


def test_markup_in_a_notice_is_only_text(notices, bar):
    notices.tell("<b>file</b>.npz")
    assert "<b>" in text(bar)
    assert bar.findChild(QLabel, "status.notice.text").textFormat().name == "PlainText"


def test_news_on_a_topic_takes_the_place_of_its_forerunner(notices, bar):
    notices.tell("14 neurons silenced.", topic="neurons")
    notices.tell("Saved.")
    notices.tell("15 neurons silenced.", topic="neurons")
    assert text(bar) == "15 neurons silenced." and text(bar, "waiting") == "and 1 more"
    assert [line.sentence for line in notices.history] == ["Saved.", "15 neurons silenced."]
    notices.close_current()
    notices.tell("16 neurons silenced.", topic="neurons")
    notices.tell("17 neurons silenced.", topic="neurons")
    assert [line.sentence for line in notices.waiting] == ["Saved.", "17 neurons silenced."]
    assert [line.sentence for line in notices.history][-1] == "17 neurons silenced."


def test_what_is_no_longer_true_is_taken_back_and_remembered_all_the_same(notices, bar):
    notices.tell("Three neurons silenced.", "Undo brings them back.", topic="neurons")
    notices.fail("It broke.")
    notices.tell("", topic="neurons")
    assert text(bar) == "It broke." and not bar.findChild(QLabel, "status.notice.waiting").isVisible()
    notices.tell("Four neurons silenced.", topic="neurons")
    notices.tell("", topic="neurons")
    assert text(bar) == "It broke." and not bar.findChild(QLabel, "status.notice.waiting").isVisible()
    notices.tell("", topic="neurons")
    assert [line.sentence for line in notices.history] == [
        "Three neurons silenced.",
        "It broke.",
        "Four neurons silenced.",
    ]


def test_that_data_do_not_fit_is_no_longer_said_when_others_are_open(bridge, mailbox, notices, qtbot):
    notices.listen_to(bridge)
    refused = UserError("No such images.", topic=DATA_AND_NETWORK)
    bridge.submit(refuse, refused)
    qtbot.waitUntil(lambda: notices.current is not None)
    assert notices.current.sentence == "No such images."
    mailbox.post(1, dataset_opened())
    bridge.deliver()
    assert notices.current is None and len(notices.history) == 1
