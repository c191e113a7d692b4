"""A tab hears what concerns all and no answer that others asked for, and is settled when its queries are."""

import pytest

from engine.core.machine.bundled import BUNDLED
from engine.core.messages import Message
from gui.state.link.query import Request
from gui.state.selection import Selection
from gui.widgets.empty_state import NetworkOffer
from gui.widgets.tab import Tab
from tests.gui.worlds import show_tab


class Answer(Message):
    text: str


def answer(session, text):
    yield Answer(text=text)


class Page(Tab):
    TITLE, ORDER, HELP = "Page", 1, "A page."

    def __init__(self, bridge):
        super().__init__(bridge, None, Selection())
        self.heard, self.told = [], []
        self.listen(Answer, lambda message: self.told.append(message.text))
        self.question = self.query(lambda: Request(answer, self.subject))
        self.question.listen(Answer, lambda message: self.heard.append(message.text))

    def want(self, subject):
        self.subject = subject
        self.question.refresh()


@pytest.fixture
def page(bridge, qtbot):
    made = Page(bridge)
    qtbot.addWidget(made)
    return made


def test_tabs_do_not_hear_each_others_answers(bridge, qtbot):
    one, other = Page(bridge), Page(bridge)
    for each, subject in ((one, "for one"), (other, "for the other")):
        qtbot.addWidget(each)
        each.show()
        each.want(subject)
    qtbot.waitUntil(lambda: one.heard == ["for one"] and other.heard == ["for the other"])
    assert one.told == other.told == []


def test_a_tab_is_settled_when_all_has_come_that_it_asked_for(page, qtbot):
    page.want("hidden")
    assert page.is_settled, "nobody looks"
    page.show()
    assert not page.is_settled
    qtbot.waitUntil(lambda: page.is_settled)
    assert page.heard == ["hidden"]


def test_a_tab_hears_what_concerns_all(page, bridge, qtbot):
    bridge.submit(answer, "training")
    qtbot.waitUntil(lambda: page.told == ["training"])


@pytest.mark.tabs("map")
def test_a_tab_without_a_network_leads_to_one_in_the_window(ready, monkeypatch):
    opened, started = [], []
    monkeypatch.setattr(ready.sessions, "open", opened.append)
    monkeypatch.setattr(ready.controls, "start", lambda *_: started.append(True))
    show_tab(ready, "map").findChild(NetworkOffer).start.click()
    show_tab(ready, "map").findChild(NetworkOffer).bundled.click()
    assert started == [True] and opened == [BUNDLED]
