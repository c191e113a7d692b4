"""The bridge hands the engine's messages on, whatever its listeners do."""

import time

from engine.core.messages import JobEnded, JobFailed, JobPaused, Message
from gui.state.link.bridge import BUDGET_SECONDS


class Count(Message):
    number: int


class SpecialCount(Count):
    pass


def counting(session, most, message=Count):
    for number in range(most):
        yield message(number=number)


def failing(session):
    yield Count(number=0)
    raise KeyError("a bug")


def test_listeners_hear_their_class_and_subclasses_in_order_also_beside_one_that_raises(bridge, mailbox, qtbot):
    heard, sent = [], [*(Count(number=number) for number in range(100)), SpecialCount(number=0)]
    bridge.listen(Count, heard.append)
    for message in sent:
        mailbox.post(1, message)
    while len(heard) < len(sent):
        bridge.deliver()
    assert heard == sent

    heard = []

    def raise_at_first(message):
        if message.number == 0:
            raise RuntimeError("a bug in a view")

    bridge.listen(Count, raise_at_first)
    bridge.listen(Count, lambda message: heard.append(message.number))
    for number in range(3):
        mailbox.post(1, Count(number=number))
    with qtbot.captureExceptions() as exceptions:
        bridge.deliver()
    assert heard == [0, 1, 2]
    assert [str(error) for _, error, _ in exceptions] == ["a bug in a view"]


def test_what_takes_long_leaves_the_rest_to_the_next_delivery(bridge, mailbox):
    heard = []

    def compute_for_long(message):
        heard.append(message.number)
        end = time.monotonic() + BUDGET_SECONDS
        while time.monotonic() < end:
            pass

    bridge.listen(Count, compute_for_long)
    for number in range(2):
        mailbox.post(1, Count(number=number))
    bridge.deliver()
    assert heard == [0]
    bridge.deliver()
    assert heard == [0, 1]


def test_what_draws_the_result_of_many_messages_is_called_once_when_all_are_heard(bridge, mailbox, qtbot):
    heard, drawn = [], []

    def draw():
        drawn.append(list(heard))
        raise RuntimeError("a bug in a view")

    def redraw():
        drawn.append(list(heard))

    def hear(message):
        heard.append(message.number)
        bridge.afterwards(draw)
        bridge.afterwards(redraw)

    bridge.listen(Count, hear)
    for number in range(3):
        mailbox.post(1, Count(number=number))
    with qtbot.captureExceptions() as exceptions:
        bridge.deliver()
        bridge.deliver()
    assert drawn == [[0, 1, 2]] * 2 and len(exceptions) == 1


def test_answers_to_a_private_question_are_heard_only_by_who_names_the_job_or_overhears(bridge, qtbot):
    everyone, asker, over, ended = [], [], [], []
    job = bridge.ask(counting, 2)
    bridge.listen(Count, everyone.append)
    bridge.listen(Count, asker.append, lambda: job, shared=True)
    bridge.overhear(Count, over.append)
    bridge.listen(JobEnded, ended.append, lambda: job)
    qtbot.waitUntil(lambda: bool(ended))
    assert len(asker) == len(over) == 2 and everyone == []
    bridge.submit(counting, 1)
    qtbot.waitUntil(lambda: len(everyone) == 1)
    assert len(over) == 3


def test_who_hears_one_job_and_what_is_said_to_all_hears_no_answers_to_questions_of_others(bridge, mailbox):
    heard, alone = [], []
    asked = bridge.ask(lambda session: iter(()))
    bridge.listen(Count, lambda message: heard.append(message.number), lambda: -1, shared=True)
    bridge.listen(Count, lambda message: alone.append(message.number), lambda: -1)
    for job, number in ((asked, 0), (-1, 1), (-2, 2)):
        mailbox.post(job, Count(number=number))
    bridge.deliver()
    assert (heard, alone) == ([1, 2], [1])


def test_a_listener_added_while_messages_are_held_back_hears_them_once_and_in_order_as_if_it_had_been_there(
    bridge, mailbox
):
    early, late, over, own = [], [], [], []

    def post(*numbers):
        for number in numbers:
            mailbox.post(1, Count(number=number))
        bridge.deliver()

    bridge.listen(Count, lambda message: early.append(message.number))
    post(0)
    bridge.hold()
    bridge.listen(Count, lambda message: late.append(message.number))
    bridge.overhear(Count, lambda message: over.append(message.number))
    asked = bridge.tell(Count(number=7))
    bridge.listen(Count, lambda message: own.append(message.number), lambda: asked)
    post(1, 2)
    assert (early, late, over, own) == ([0, 1, 2], [], [], []) and bridge.is_holding
    bridge.release()
    assert (early, late, over, own) == ([0, 1, 2], [1, 2], [7, 1, 2], [7]) and not bridge.is_holding
    post(3)
    assert (early, late, over, own) == ([0, 1, 2, 3], [1, 2, 3], [7, 1, 2, 3], [7])


def test_what_comes_while_held_messages_are_passed_on_is_heard_behind_them(bridge, mailbox):
    heard = []

    def hear(message):
        if message.number == 0:
            mailbox.post(1, Count(number=2))
            bridge.deliver()  # as a listener does that runs an event loop of its own
        heard.append(message.number)

    bridge.hold()
    bridge.listen(Count, hear)
    for number in range(2):
        mailbox.post(1, Count(number=number))
    bridge.deliver()
    bridge.release()
    assert heard == [0, 1, 2]


def test_everyone_hears_that_a_question_failed_and_bridge_and_engine_answer_the_next(bridge, qtbot):
    failures, heard = [], []
    bridge.listen(JobFailed, lambda message: failures.append(message.details))
    bridge.listen(Count, heard.append)
    bridge.ask(failing)
    bridge.submit(counting)  # without what it wants to know
    qtbot.waitUntil(lambda: len(failures) == 2)
    assert all(any(error in each for each in failures) for error in ("KeyError", "TypeError")) and heard == []
    bridge.submit(counting, 1)
    qtbot.waitUntil(lambda: bool(heard))


def test_the_order_holds_and_each_listener_knows_which_job_tells_also_after_one_that_delivered_mail(bridge, mailbox):
    heard, told = [], []

    def deliver_more(message):
        heard.append(message.number)
        if message.number == 0:
            mailbox.post(2, Count(number=2))
            mailbox.post(2, JobPaused())
            while told == []:
                bridge.deliver()

    bridge.listen(Count, deliver_more)
    bridge.listen(Count, lambda message: told.append((message.number, bridge.sending_job)))
    bridge.listen(JobPaused, lambda _: told.append(("paused", bridge.sending_job)))
    mailbox.post(1, Count(number=0))
    mailbox.post(1, Count(number=1))
    bridge.deliver()
    assert heard == [0, 1, 2] and told == [(1, 1), (2, 2), ("paused", 2), (0, 1)]
