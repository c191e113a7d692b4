"""A picture of another network than is looked at is marked, also where a listener asks anew as the answer comes."""

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QLabel, QVBoxLayout

from engine.core.lens import Lens
from engine.core.messages import Message
from gui.state.link.query import Request
from gui.widgets.tab import Tab
from gui.widgets.veil import DATA_BEFORE, LATE_MS, NETWORK_BEFORE
from tests.gui.fake_engine import dataset_opened
from tests.gui.session_messages import opened, summary
from tests.gui.worlds import TabWorld


class Answer(Message):
    run: str


def answer(session, lens):
    yield Answer(run=lens.run)


class Page(Tab):
    """A picture of the network that is looked at; as in Draw, an answer lets the next question go at once."""

    TITLE, PLACE, ORDER, HELP = "Page", "Inside", 1, "A page."

    def __init__(self, bridge, controls, selection):
        super().__init__(bridge, controls, selection)
        self.picture = QLabel()
        QVBoxLayout(self).addWidget(self.picture)
        self.question = self.query(self._ask, every_ms=0, shows=lambda _: [self.picture])
        self.question.listen(Answer, self._show)
        selection.changed.connect(lambda _: self.question.refresh())

    def _ask(self):
        return self.selection.lens and Request(answer, self.selection.lens)

    def _show(self, message):
        self.picture.setText(message.run)
        self.question.answered()


@pytest.fixture
def world(qtbot):
    world = TabWorld(qtbot, Page)
    world.say(dataset_opened(), opened(runs=[summary("A"), summary("B")]))
    world.look("A")
    return world


def caption(world):
    world.clock.advance(LATE_MS)
    (veil,) = (each for each in world.tab.picture.children() if each.isWidgetType())
    return veil.words


def test_an_answer_that_comes_after_another_network_is_looked_at_is_marked(world):
    world.look("B")
    world.say(Answer(run="A"), job=world.job(answer))
    assert world.tab.picture.text() == "A"
    assert world.asked(answer) == [(Lens("A"),), (Lens("B"),)]
    assert caption(world) == NETWORK_BEFORE and world.tab.veils.marked == [world.tab.picture]
    world.answer(answer, Answer(run="B"))
    assert caption(world) == "" and world.tab.veils.marked == []


def test_a_picture_of_data_that_were_replaced_is_marked_so_and_none_where_nothing_is_asked_any_more(world):
    world.answer(answer, Answer(run="A"))
    world.say(replace(dataset_opened(), fingerprint="other"))
    assert caption(world) == DATA_BEFORE
    world.selection.change(lens=None)
    assert caption(world) == ""
