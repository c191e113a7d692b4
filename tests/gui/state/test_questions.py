"""Questions beside a tab's own: only the last one is heard, and what follows a hand waits for its answer."""

import pytest
from PySide6.QtCore import QObject

from engine.base.messages import JobEnded, Notice
from gui.state.questions import PacedQuestions, Questions


class World:
    """Questions whose jobs are numbered from 1, and what was heard."""

    def __init__(self, qtbot):
        self.asked, self.stopped, self.heard, self.listeners = [], [], [], []
        self.runner = self
        self.parent = QObject()
        self.wish = "a"
        self.qtbot = qtbot

    def stop(self, job):
        self.stopped.append(job)

    def ask(self, make, *args):
        self.asked.append((make, *args))
        return len(self.asked)

    def listen(self, kind, call, job):
        self.listeners.append((kind, call, job))

    def say(self, message, job):
        for kind, call, of in list(self.listeners):
            if isinstance(message, kind) and of() == job:
                call(message)

    def question(self):
        return None if self.wish is None else ("make", (self.wish,))

    def watch(self, questions):
        questions.listen(Notice, lambda message: self.heard.append(message.sentence))
        questions.ended.connect(lambda: self.heard.append("ended"))
        return questions


@pytest.fixture
def world(qtbot):
    return World(qtbot)


def ended():
    return JobEnded(outcome="done")


def test_a_newer_question_takes_the_place_of_the_one_before(world):
    questions = world.watch(Questions(world, world.parent))
    questions.ask("make", 1)
    questions.ask("make", 2)
    assert world.stopped == [1] and questions.is_asking
    for job in (1, 2):
        world.say(Notice(sentence=f"of {job}"), job)
        world.say(ended(), job)
    assert world.heard == ["of 2", "ended"] and not questions.is_asking
    questions.drop()
    assert world.stopped == [1], "what has ended need not be stopped"


def test_nothing_is_heard_of_a_question_that_was_dropped(world):
    questions = world.watch(Questions(world, world.parent))
    questions.ask("make")
    questions.drop()
    world.say(Notice(sentence="late"), 1)
    world.say(ended(), 1)
    assert world.stopped == [1] and world.heard == [] and not questions.is_asking


def test_a_wish_waits_for_the_answer_before_it_and_the_last_one_is_asked(world):
    questions = world.watch(PacedQuestions(world, world.question, 1, world.parent))
    for world.wish in "abc":
        questions.want()
    assert world.asked == [("make", "a")]
    world.say(ended(), 1)
    world.qtbot.waitUntil(lambda: world.asked[1:] == [("make", "c")])
    assert world.stopped == [] and world.heard == ["ended"]


def test_where_there_is_nothing_to_ask_nothing_is_waited_for(world):
    questions = PacedQuestions(world, world.question, 1, world.parent)
    world.wish = None
    questions.want()
    assert world.asked == [] and not questions.is_asking
    world.wish = "b"
    questions.want()
    world.qtbot.waitUntil(lambda: world.asked == [("make", "b")])


def test_dropped_wishes_are_not_asked_later_but_new_ones_are(world):
    questions = PacedQuestions(world, world.question, 1, world.parent)
    questions.want()
    questions.want()
    questions.drop()
    assert world.stopped == [1] and not questions._paced._wanted
    world.wish = "new"
    questions.want()
    world.qtbot.waitUntil(lambda: world.asked == [("make", "a"), ("make", "new")])
