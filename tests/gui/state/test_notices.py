"""News is one line at a time, the newest first, and can be read again."""

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPlainTextEdit, QPushButton, QToolButton, QWidget

from engine.core.errors import DATA_AND_NETWORK, UserError
from engine.core.messages import JobFailed, Notice
from engine.session.session import PLACE, SessionSaved
from gui.shell.bars.status_line import NoticeBar
from gui.state.notices import MOST_WAITING, NEWS_MS, Notices, Offer
from tests.gui.fake_engine import dataset_opened
from tests.gui.session_messages import opened
from tests.gui.training_messages import started
from tests.gui.worlds import tell


@pytest.fixture
def notices(qapp, clock):
    return Notices(clock=clock.now)


@pytest.fixture
def bar(notices, qtbot):
    return qtbot.show(NoticeBar(notices), 900, 28)


def text(bar):
    bar.layout().activate()
    return bar.findChild(QLabel, "status.notice.text").text()


def link(bar, name):
    """The text of one of the bar's buttons; empty while it is hidden."""
    button = bar.findChild(QPushButton, f"status.notice.{name}")
    return button.text() if button.isVisible() else ""


def test_what_the_engine_tells_is_shown_the_newest_first(bridge, mailbox, notices, bar):
    notices.listen_to(bridge)
    mailbox.post(1, Notice(sentence="MNIST was found.", hint="It is larger."))
    mailbox.post(2, JobFailed(sentence="No images.", hint="Choose another file."))
    bridge.deliver()
    close = bar.findChild(QToolButton, "status.notice.close")
    assert text(bar) == "No images. Choose another file."
    assert link(bar, "waiting") == "1 more"
    close.click()
    assert text(bar) == "MNIST was found. It is larger." and not link(bar, "waiting")
    close.click()
    assert notices.current is None and close.isHidden()


def test_a_notice_stands_beside_the_word_that_all_is_saved_and_a_click_on_the_others_opens_their_list(ready, qtbot):
    tell(ready, started("A"))
    saved, label = (ready.window.findChild(QLabel, f"status.{name}") for name in ("saved", "notice.text"))
    bar = ready.window.findChild(QWidget, "status.notice")
    for width in (960, 1280):
        ready.window.resize(width, 600)
        for sentence in ("Saved.", "A long sentence. " * 30):
            ready.notices.fail(sentence, details="Traceback")
            qtbot.waitUntil(label.isVisible)
            ready.window.findChild(QWidget, "status").layout().activate()
            assert saved.isVisible() and saved.text() == "All work saved"
            assert saved.width() >= saved.sizeHint().width()
            assert not bar.geometry().intersects(saved.geometry())
        ready.notices.fail("It was moved while it was open.")
        assert text(bar) == "It was moved while it was open.", "the words on the run have less room"

    for number in range(3):
        ready.notices.tell(f"Saved {number}.svg.")
    ready.window.findChild(QPushButton, "status.notice.waiting").click()
    sheet = ready.window.findChild(QDialog, "notices")
    listed = sheet.findChild(QPlainTextEdit, "notices.text").toPlainText().splitlines()
    assert [line.split("  ")[1] for line in listed[:3]] == ["Saved 2.svg.", "Saved 1.svg.", "Saved 0.svg."]


def test_plain_news_is_stale_after_a_while_also_below_another_line_and_a_failure_stays(
    notices, bridge, mailbox, clock, qtbot, monkeypatch
):
    def waiting_after(ms):
        clock.advance(ms)
        notices.drop_stale()
        return [line.sentence for line in notices.waiting]

    notices.listen_to(bridge)
    mailbox.post(0, Notice(sentence="It was moved.", lasting=True))
    bridge.deliver()
    notices.tell("Early news.")
    clock.advance(NEWS_MS / 2)
    notices.fail("It broke.")
    notices.tell("Late news.")
    assert waiting_after(NEWS_MS / 2) == ["Late news.", "It broke.", "It was moved."]
    for wait in (NEWS_MS / 2, 1000 * NEWS_MS):
        assert waiting_after(wait) == ["It broke.", "It was moved."]
    notices.close_current()
    notices.close_current()
    assert notices.current is None

    monkeypatch.setattr("gui.state.notices.NEWS_MS", 5)
    by_itself = Notices()
    by_itself.tell("News.")
    qtbot.waitUntil(lambda: by_itself.current is None)


def test_the_same_line_waits_only_once_and_a_flood_is_dammed(notices):
    for _ in range(5):
        notices.tell("Again.")
    assert len(notices.waiting) == 1
    for number in range(100):
        notices.fail(f"Failure {number}.")
    assert len(notices.waiting) == MOST_WAITING
    assert len(notices.history) == 101


def test_a_long_line_is_cut_markup_is_only_text_and_details_of_a_bug_can_be_copied(notices, bar):
    before = bar.minimumSizeHint().width()
    notices.fail("long " * 100, details="x")
    label = bar.findChild(QLabel, "status.notice.text")
    assert "…" in text(bar) and text(bar).endswith("long") and label.toolTip() == ("long " * 100).strip()
    assert bar.minimumSizeHint().width() - before < 250, "it does not widen the window"
    notices.tell("<b>file</b>.npz")
    assert "<b>" in text(bar) and label.textFormat().name == "PlainText"

    notices.fail("It broke.", details="Traceback ...")
    assert link(bar, "copy")
    bar.findChild(QPushButton, "status.notice.copy").click()
    assert QApplication.clipboard().text() == "It broke.\n\nTraceback ..."
    notices.fail("It broke.")
    assert not link(bar, "copy")


def test_news_on_a_topic_takes_the_place_of_its_forerunner(notices, bar):
    notices.tell("14 neurons silenced.", topic="neurons")
    notices.tell("Saved.")
    notices.tell("15 neurons silenced.", topic="neurons")
    assert text(bar) == "15 neurons silenced." and link(bar, "waiting") == "1 more"
    assert [line.sentence for line in notices.history] == ["Saved.", "15 neurons silenced."]
    notices.tell("Another thing.")
    for number in (16, 17):
        notices.tell(f"{number} neurons silenced.", topic="neurons")
    assert [line.sentence for line in notices.waiting] == ["17 neurons silenced.", "Another thing.", "Saved."]
    assert [line.sentence for line in notices.history][-1] == "17 neurons silenced."


def test_what_is_no_longer_true_is_taken_back_and_remembered_all_the_same(notices, bar):
    notices.tell("Three neurons silenced.", "Undo brings them back.", topic="neurons")
    notices.fail("It broke.")
    for said in ("", "Four neurons silenced.", "", ""):
        notices.tell(said, topic="neurons")
        assert text(bar) == (said or "It broke.") and link(bar, "waiting") == ("1 more" if said else "")
    wanted = ["Three neurons silenced.", "It broke.", "Four neurons silenced."]
    assert [line.sentence for line in notices.history] == wanted


def test_that_data_do_not_fit_is_no_longer_said_when_others_are_open(bridge, mailbox, notices, qtbot):
    notices.listen_to(bridge)

    def refused(_):
        yield None
        raise UserError("No such images.", topic=DATA_AND_NETWORK)

    bridge.submit(refused)
    qtbot.waitUntil(lambda: notices.current is not None)
    assert notices.current.sentence == "No such images."
    mailbox.post(1, dataset_opened())
    bridge.deliver()
    assert notices.current is None and len(notices.history) == 1


def test_an_offer_waits_beside_its_button_until_it_is_taken_closed_or_withdrawn(notices, bar, clock):
    told = []
    offer = Offer("Begin", lambda: told.append("taken"), lambda: told.append("answered"))
    notices.fail("Nothing may be written into your home.")
    notices.offer("There is a lesson.", offer)
    assert text(bar) == "Nothing may be written into your home.", "it covers no news that wait to be read"
    assert link(bar, "waiting") == "1 more" and not link(bar, "offer")
    notices.close_current()
    clock.advance(100 * NEWS_MS)
    notices.drop_stale()
    assert link(bar, "offer") == "Begin" and text(bar) == "There is a lesson." and told == []
    bar.findChild(QPushButton, "status.notice.offer").click()
    assert sorted(told) == ["answered", "taken"] and notices.current is None and not link(bar, "offer")

    told.clear()
    notices.offer("There is a lesson.", offer)
    notices.close_current()
    assert told == ["answered"], "and not taken"
    notices.offer("There is a lesson.", offer)
    notices.tell("Other news.")
    notices.withdraw_offers()
    assert [line.sentence for line in notices.waiting] == ["Other news."], "it was answered elsewhere"


def test_that_a_session_moved_is_no_longer_said_once_it_has_a_place(bridge, mailbox, notices, tmp_path):
    def say(message):
        mailbox.post(0, message)
        bridge.deliver()

    notices.listen_to(bridge)
    moved = Notice(sentence="one.layerlight was moved.", topic=PLACE, lasting=True)
    for is_saved in (False, True):
        say(moved)
        say(SessionSaved(name="x", path=tmp_path / "x.layerlight", is_saved=is_saved))
        assert [line.sentence for line in notices.waiting] == ([] if is_saved else [moved.sentence])
    say(moved)
    say(opened())
    assert not notices.waiting and notices.history
