"""Wishes that come faster than they can be granted."""

import pytest
from PySide6.QtCore import QObject

from gui.state.paced import Paced


class World(QObject):
    def __init__(self, answers):
        super().__init__()
        self.wish, self.asked, self._answers = 0, [], answers
        self.paced = Paced(self._ask, 1, self)

    def _ask(self):
        self.asked.append(self.wish)
        return self._answers

    def want(self, wish):
        self.wish = wish
        self.paced.want()


@pytest.fixture
def answering(qapp):
    return World(answers=True)


@pytest.fixture
def plain(qapp):
    return World(answers=False)


def test_the_first_wish_is_granted_at_once_and_the_last_one_when_it_is_time(plain, qtbot):
    for wish in range(100):
        plain.want(wish)
    assert plain.asked[0] == 0 and len(plain.asked) < 100
    qtbot.waitUntil(lambda: plain.asked[-1] == 99)


def test_nothing_is_asked_before_the_question_before_is_answered(answering, qtbot):
    answering.want(1)
    answering.want(2)
    qtbot.waitUntil(lambda: not answering.paced._timer.isActive())
    assert answering.asked == [1]
    answering.want(3)
    assert answering.asked == [1]
    answering.paced.answered()
    assert answering.asked == [1, 3]


def test_an_answer_to_the_last_wish_asks_nothing(answering, qtbot):
    answering.want(1)
    qtbot.waitUntil(lambda: not answering.paced._timer.isActive())
    answering.paced.answered()
    answering.paced.answered()
    assert answering.asked == [1]


def test_a_wish_can_be_taken_back(plain, qtbot):
    plain.want(1)
    plain.want(2)
    plain.paced.forget()
    qtbot.waitUntil(lambda: not plain.paced._timer.isActive())
    assert plain.asked == [1]
