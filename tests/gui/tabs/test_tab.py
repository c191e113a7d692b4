"""A tab has one job of its own, hears no late answers and asks nothing while it is hidden."""

from dataclasses import dataclass

import pytest

from engine.base.messages import Message
from engine.system.bundled import BUNDLED
from gui.state.selection import Selection
from gui.widgets.network_offer import NetworkOffer
from gui.widgets.tab import Tab

pytestmark = pytest.mark.usefixtures("all_tabs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Message):
    text: str


def answer(session, text):
    yield Answer(text=text)


def endless(session, text):
    while True:
        yield Answer(text=text)


class Page(Tab):
    TITLE, ORDER, HELP = "Page", 1, "A page."

    def __init__(self, bridge):
        super().__init__(bridge, None, Selection())
        self.heard = []
        self.listen(Answer, lambda message: self.heard.append(message.text))


@pytest.fixture
def page(bridge, qtbot):
    made = Page(bridge)
    qtbot.addWidget(made)
    return made


def test_a_tab_hears_the_answer(page, qtbot):
    page.show()
    page.ask(answer, "yes")
    qtbot.waitUntil(lambda: page.heard == ["yes"])


def test_late_answers_to_an_earlier_question_are_dropped(page, mailbox, qtbot):
    page.show()
    page.ask(answer, "old")
    old = page._job
    page.ask(answer, "new")
    mailbox.post(old, Answer(text="very late"))
    qtbot.waitUntil(lambda: bool(page.heard))
    assert page.heard == ["new"]


def test_a_new_question_ends_the_earlier_job(page, qtbot):
    page.show()
    page.ask(endless, "old")
    qtbot.waitUntil(lambda: "old" in page.heard)
    page.ask(answer, "new")
    qtbot.waitUntil(lambda: page.heard[-1] == "new")
    page.heard.clear()
    page.ask(answer, "newer")  # would never come if the endless one still had all the turns
    qtbot.waitUntil(lambda: page.heard == ["newer"])


def test_a_hidden_tab_asks_when_it_is_shown_and_only_the_last_question(page, qtbot):
    page.ask(answer, "first")
    page.ask(answer, "second")
    assert page._job is None
    page.show()
    qtbot.waitUntil(lambda: page.heard == ["second"])
    page.hide()
    page.show()
    assert page.heard == ["second"]


def test_a_tab_that_drops_its_question_hears_no_answer(page, mailbox, qtbot):
    page.show()
    page.ask(endless, "never mind")
    job = page._job
    page.drop()
    mailbox.post(job, Answer(text="late"))
    page.ask(answer, "new")
    qtbot.waitUntil(lambda: page.heard == ["new"])
    page.hide()
    page.ask(answer, "put off")
    page.drop()
    page.show()
    assert page._job is None


def test_tabs_do_not_hear_each_others_answers(bridge, qtbot):
    one, other = Page(bridge), Page(bridge)
    for each in (one, other):
        qtbot.addWidget(each)
        each.show()
    one.ask(answer, "for one")
    other.ask(answer, "for the other")
    qtbot.waitUntil(lambda: one.heard == ["for one"] and other.heard == ["for the other"])


def test_a_tab_hears_what_concerns_all(page, bridge, qtbot):
    bridge.submit(answer, "training")
    qtbot.waitUntil(lambda: page.heard == ["training"])


def test_the_selection_tells_once_what_changed():
    selection, told = Selection(), []
    selection.changed.connect(told.append)
    selection.change(label=3, image=None)
    selection.change(label=3)
    selection.change(label=4, image=7)
    assert told == [{"label"}, {"label", "image"}]


def test_every_tab_that_needs_a_network_has_the_buttons_that_lead_to_one(ready, qtbot, monkeypatch):
    opened, started = [], []
    monkeypatch.setattr(ready.sessions, "open", opened.append)
    monkeypatch.setattr(ready.controls, "start", lambda *_: started.append(True))
    for tab in ready.window.all_tabs():
        if tab.TITLE == "Warm-up":
            continue
        ready.window.tabs.setCurrentWidget(tab)
        offers = [each for each in tab.findChildren(NetworkOffer) if each.isVisible()]
        assert len(offers) == 1, tab.TITLE
        (offer,) = offers
        assert offer.start.isEnabled() and offer.start.toolTip() and offer.bundled.toolTip()
        assert offer.width() >= offer.sizeHint().width(), tab.TITLE
        offer.start.click()
        offer.bundled.click()
    tabs = len(ready.window.all_tabs()) - 1
    assert len(started) == tabs and opened == [BUNDLED] * tabs
