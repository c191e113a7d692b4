"""What a query does with questions and answers, by a clock that the test advances."""

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from engine.core.messages import Answer, JobEnded, JobFailed, JobStarted, Notice
from gui.state.link.bridge import DISPLAY_PERIOD_MS, HURRIED_MS
from gui.state.link.query import REST, Query, Request
from tests.gui import worlds


class Said(Answer):
    word: str


class World(worlds.World):
    """A view that can be seen, and what its queries hear; `question` is what is asked next."""

    def __init__(self):
        super().__init__()
        self.heard, self.view, self.question = [], QWidget(), "a"
        self.view.show()

    def close(self):
        self.view.deleteLater()
        super().close()

    def query(self, **options):
        query = Query(
            *(self.bridge, self.view, self._asked),
            **{"every_ms": 40, "refused": self.heard.append, "clock": self.clock, **options},
        )
        query.listen(Notice, lambda notice: self.heard.append(notice.sentence))
        query.ended.connect(lambda: self.heard.append("ended"))
        return query

    def _asked(self):
        is_known = self.question is None or isinstance(self.question, Said)
        return self.question if is_known else Request("make", self.question)

    def want(self, query, *questions):
        for self.question in questions:
            query.refresh()

    @property
    def questions(self):
        """What was asked."""
        return [question for _, (question,) in self.runner.jobs]

    def end(self, job=None, outcome="done"):
        self.say(JobEnded(outcome=outcome), job=job or len(self.runner.submitted))


@pytest.fixture
def query(world):
    return world.query()


def test_what_is_wanted_while_an_answer_is_due_is_asked_when_it_has_come_and_only_the_last_of_it(world, query):
    world.want(query, "a")
    assert world.questions == ["a"] and query.is_pending, "the first is asked at once"
    world.want(query, "b", "c")
    world.clock.advance(1000)
    assert world.questions == ["a"]
    world.end()
    assert world.questions == ["a", "c"] and world.runner.stopped == []
    world.end()
    world.clock.advance(1000)
    assert not query.is_pending and world.questions == ["a", "c"]


def test_however_soon_answers_come_there_is_one_request_a_period_which_can_change(world):
    query = world.query(every_ms=40)
    for number in range(100):
        world.want(query, number)
        world.end()
        world.clock.advance(10)
    assert world.questions == [0, *range(3, 100, 4)], "the last question among them"
    query.every_ms = 10
    world.clock.advance(40)
    for question in "abc":
        world.want(query, question)
        world.end()
        world.clock.advance(10)
    assert world.questions[-3:] == ["a", "b", "c"]


def test_it_says_when_nothing_is_waited_for_any_more_and_who_hears_of_the_end_may_ask_again(world, query):
    settled = []
    query.settled.connect(lambda: settled.append(query.is_pending))
    world.want(query, "a", "b")
    assert settled == []
    world.end()
    assert settled == [True]  # b is asked after a period
    world.clock.advance(1000)
    world.question = None
    world.end()
    assert settled == [True, False]
    world.want(query, None)
    assert settled == [True, False, False]
    world.want(query, "c")
    query.drop()
    query.drop()
    assert settled == [True, False, False, False]

    query.ended.connect(lambda: world.want(query, "e") if world.questions[-1] == "d" else None)
    world.clock.advance(40)
    world.want(query, "d")
    world.end()
    world.clock.advance(40)
    assert world.questions == [*"abcde"]


def test_where_there_is_nothing_to_ask_nothing_is_waited_for_and_the_next_weights_are_followed(world, query):
    world.want(query, None)
    assert world.questions == [] and not query.is_pending
    query.follow()
    world.clock.advance(1000)
    world.question = "a"
    query.follow()
    world.clock.advance(1000)
    assert world.questions == ["a"]


def test_what_is_wanted_for_a_message_is_asked_once_and_only_when_all_have_heard_it(world, query):
    for act in (query.refresh, query.drop):
        world.bridge.listen(JobStarted, lambda _, act=act: act())
    world.say(JobStarted())
    assert world.questions == [] and not query.is_pending, "it is dropped for the same message"
    for question in ("of the old lens", "of the new lens"):
        world.bridge.listen(Notice, lambda _, question=question: world.want(query, question))
    world.bridge.listen(Notice, lambda notice: world.heard.append(list(world.questions)))
    world.say(Notice(sentence="Another lens."))
    assert world.questions == ["of the new lens"] and world.heard == [[]]


def test_a_hidden_view_or_page_asks_nothing_and_once_it_is_shown_what_it_missed_last(world, query):
    world.view.hide()
    world.want(query, "a", "b")
    world.clock.advance(1000)
    assert world.questions == [] and not query.is_pending
    world.view.show()
    assert world.questions == ["b"]
    world.end()
    world.view.hide()
    world.clock.advance(1000)
    world.view.show()
    assert world.questions == ["b"], "it missed nothing"

    pages, page = QStackedWidget(), QWidget()
    QVBoxLayout(world.view).addWidget(pages)
    for each in (QWidget(), page):
        pages.addWidget(each)
    pages.show()
    Query(world.bridge, page, lambda: Request("make", "c"), clock=world.clock).refresh()
    assert world.questions == ["b"]
    pages.setCurrentWidget(page)
    assert world.questions == ["b", "c"]


def test_what_a_job_adds_to_its_answer_gives_way_to_what_is_wanted_next_and_not_to_a_training(world, query):
    world.want(query, "a", "b")
    world.clock.advance(40)
    query.answered()
    assert world.questions == ["a", "b"] and world.runner.stopped == [1]
    world.clock.advance(40)
    world.want(query, "c")
    assert world.questions == ["a", "b"], "the answer to this one has not come yet"

    world.end()
    query.answered()
    query.follow()
    world.clock.advance(1000)
    assert world.questions == ["a", "b", "c"] and world.runner.stopped == [1]
    world.end()
    assert world.questions == ["a", "b", "c", "c"]

    world.end()
    query = Query(world.bridge, world.view, lambda: world.bridge.ask("make", world.question), clock=world.clock)
    world.want(query, "d", "e")
    world.clock.advance(40)
    assert world.questions[4:] == ["d"] and query.is_pending
    query.answered()
    assert world.questions[4:] == ["d", "e"] and world.runner.stopped == [1, 5], "one that is asked for elsewhere too"
    world.end()
    assert not query.is_pending


def test_a_request_that_takes_longer_than_a_person_is_patient_is_replaced_and_its_answer_not_heard(world):
    query = world.query(patience_ms=250)
    world.want(query, "a")
    world.clock.advance(240)
    world.want(query, "b")
    assert world.questions == ["a"]
    world.clock.advance(10)
    world.want(query, "c")
    assert world.questions == ["a", "c"] and world.runner.stopped == [1]
    for job, sentence in ((1, "late"), (2, "of c")):
        world.say(Notice(sentence=sentence), job=job)
        world.end(job)
    assert world.heard == ["of c", "ended"] and not query.is_pending


def test_the_sentence_of_a_request_that_failed_is_said_and_the_next_one_can_be_asked(world, query):
    world.want(query, "a")
    world.say(JobFailed(sentence="It cannot be.", details=""), job=1)
    world.end(outcome="failed")
    assert world.heard == ["It cannot be.", "ended"] and not query.is_pending
    world.clock.advance(40)
    world.want(query, "b")
    assert world.questions == ["a", "b"]


def test_who_follows_a_training_rests_ten_times_as_long_as_the_answer_took(world, query):
    query.follow()
    world.clock.advance(50)
    world.end()
    for _ in range(9):
        query.follow()
        world.clock.advance(50)
    assert world.questions == ["a"]
    world.clock.advance(50)
    assert world.questions == ["a", "a"] and REST == 10

    world.clock.advance(20)
    query.follow()  # new weights while the answer is due
    world.end()
    world.clock.advance(199)
    assert world.questions == ["a", "a"]
    world.clock.advance(1)
    assert world.questions == ["a", "a", "a"]


def test_a_view_is_not_followed_more_often_than_it_says(world):
    query = world.query(live_ms=1000)
    for _ in range(100):
        query.follow()
        world.clock.advance(100)
        world.end()
    assert len(world.questions) == 10


def test_what_a_hand_wants_never_waits_for_a_rest_and_is_newer_than_all_weights_that_were_told_before(world, query):
    query.follow()
    world.clock.advance(100)
    world.end()
    query.follow()
    world.want(query, "b")
    assert world.questions == ["a", "b"]
    world.end()
    world.clock.advance(2000)
    assert world.questions == ["a", "b"], "what was to follow was as old as the hand's request"

    query.follow()
    world.clock.advance(0)
    query.follow()
    world.want(query, "c")
    world.end()
    world.clock.advance(40)
    world.end()
    world.clock.advance(10_000)
    assert world.questions == ["a", "b", "b", "c"], "also where the weights were told while it waited"


def test_what_waits_for_a_rest_is_asked_once_and_as_it_is_then(world, query):
    for world.question in range(10):
        query.refresh_after(400)
        world.clock.advance(399)
    assert world.questions == [] and query.is_pending and not query.is_asking
    world.clock.advance(1)
    assert world.questions == [9]
    world.end()
    assert not query.is_pending

    world.clock.advance(1000)
    query.refresh_after(400)
    query.refresh()
    world.end()
    world.clock.advance(1000)
    assert world.questions == [9, 9], "what is asked at once is not asked again after the rest"


def test_nothing_is_heard_of_a_request_that_was_dropped_and_nothing_follows(world, query):
    world.want(query, "a", "b")
    query.follow()
    query.refresh_after(400)
    query.drop()
    world.say(Notice(sentence="late"), job=1)
    world.end(job=1)
    world.clock.advance(10_000)
    assert world.runner.stopped == [1] and world.heard == [] and world.questions == ["a"] and not query.is_pending
    world.want(query, "b")
    assert world.questions == ["a", "b"]
    world.end()
    query.drop()
    assert world.runner.stopped == [1], "what has ended is not stopped"


def test_the_mail_is_looked_at_often_while_a_person_waits_for_an_answer_but_not_for_ever(world, qtbot):
    timer = next(timer for timer in world.bridge.findChildren(QTimer) if not timer.isSingleShot())
    assert timer.interval() == DISPLAY_PERIOD_MS
    world.want(world.query(), "a")
    assert timer.interval() == HURRIED_MS
    qtbot.waitUntil(lambda: timer.interval() == DISPLAY_PERIOD_MS)


def test_an_answer_that_is_known_is_heard_at_once_by_those_who_overhear_too_at_the_pace_of_others(world):
    query = world.query()
    world.bridge.overhear(Said, world.heard.append)
    query.listen(Said, lambda said: world.heard.append(said.word))
    world.want(query, first := Said(word="known"))
    assert world.heard == [first, "known", "ended"] and not query.is_pending
    world.want(query, Said(word="next"))
    assert len(world.heard) == 3 and query.is_pending
    world.clock.advance(40)
    assert world.heard[-2:] == ["next", "ended"] and world.questions == []
