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
    text: object


def answer(session, text):
    yield Answer(text=text)


class Page(Tab):
    TITLE, PLACE, ORDER, HELP = "Page", "Inside", 1, "A page."

    def __init__(self, bridge):
        super().__init__(bridge, None, Selection())
        self.heard, self.told = [], []
        self.listen(Answer, lambda message: self.told.append(message.text))
        self.question = self.query(lambda: Request(answer, self.subject))
        self.question.listen(Answer, lambda message: self.heard.append(message.text))

    def want(self, subject):
        self.subject = subject
        self.question.refresh()


def test_a_tab_hears_what_it_asked_for_which_settles_it_and_what_concerns_all_and_not_what_others_asked_for(
    bridge, qtbot
):
    pages = [Page(bridge), Page(bridge)]
    for number, page in enumerate(pages):
        qtbot.addWidget(page)
        page.want(number)
        assert page.is_settled, "nobody looks"
        page.show()
        assert not page.is_settled
    qtbot.waitUntil(lambda: all(page.is_settled for page in pages))
    bridge.submit(answer, "training")
    qtbot.waitUntil(lambda: all(page.told == ["training"] for page in pages))
    assert [page.heard for page in pages] == [[0], [1]]


@pytest.mark.tabs("map")
def test_a_tab_without_a_network_leads_to_one_in_the_window(ready, monkeypatch):
    opened, started = [], []
    monkeypatch.setattr(ready.sessions, "open", opened.append)
    monkeypatch.setattr(ready.controls, "start", lambda *_: started.append(True))
    show_tab(ready, "map").findChild(NetworkOffer).start.click()
    show_tab(ready, "map").findChild(NetworkOffer).bundled.click()
    assert started == [True] and opened == [BUNDLED]
