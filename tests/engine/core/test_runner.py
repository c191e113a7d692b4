"""The engine thread: turns, pause, step, stop, and that nothing a job does ends it."""

import os
import queue
import sys
import threading

import pytest

from engine.core.errors import NotYetError, UserError
from engine.core.mailbox import Letter, Mailbox
from engine.core.messages import JobEnded, JobFailed, JobPaused, JobResumed, JobStarted, Message, Rest, answer
from engine.core.runner import Runner
from tests.faults import refusing


class Count(Message):
    number: int


class Dozen(Message):
    number: int


class Post(Mailbox):
    """A mailbox that a test can wait at."""

    def __init__(self) -> None:
        super().__init__()
        self.letters: queue.Queue[Letter] = queue.Queue()

    def post(self, job: int, message: Message) -> None:
        self.letters.put(Letter(job, message))

    def until(self, kind: type[Message], job: int | None = None) -> list[Message]:
        """Return all messages (of `job`) up to the first one of `kind`; fails after ten seconds."""
        seen = []
        while True:
            letter = self.letters.get(timeout=10)
            if job is None or letter.job == job:
                seen.append(letter.message)
                if isinstance(letter.message, kind):
                    return seen


@pytest.fixture
def post():
    return Post()


@pytest.fixture
def runner(post):
    runner = Runner("the session", post)
    yield runner
    assert runner.close()


def counting(_session, last=10**9):
    for number in range(1, last + 1):
        yield Count(number=number)
        if number % 12 == 0:
            yield Dozen(number=number)


def numbers(messages):
    return [message.number for message in messages if isinstance(message, Count)]


def test_a_job_gets_the_session_runs_on_the_engine_thread_and_says_only_what_it_has_to_say(runner, post):
    seen = []

    def look(session, word):
        seen.append((session, word, threading.current_thread().name))
        yield None
        yield Count(number=1)

    number = runner.submit(look, "hello")
    assert post.until(JobEnded, number) == [JobStarted(), Count(number=1), JobEnded(outcome="done")]
    assert seen == [("the session", "hello", "engine")]


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no niceness")
def test_the_engine_gives_way_to_the_window(runner, post):
    def look(session):
        yield Count(number=os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    (nice,) = numbers(post.until(JobEnded, runner.submit(look)))
    assert nice > os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_a_paused_job_rests_until_it_is_resumed_or_steps_to_a_wanted_message(runner, post):
    with runner.together:  # or it would have turns before it is paused
        number = runner.submit(counting)
        threading.Event().wait(0.1)
        runner.pause(number)
    assert not numbers(post.until(JobPaused))
    runner.submit(counting, 3)  # the thread has turns to give, and the paused job takes none of them
    assert numbers(post.until(JobEnded)) == [1, 2, 3]

    runner.step(number, until=Count)
    assert numbers(post.until(JobPaused)) == [1]
    runner.step(number, until=Dozen)
    at = numbers(post.until(JobPaused))[-1]
    assert at % 12 == 0

    runner.resume(number)
    resumed = post.until(Count)
    assert isinstance(resumed[0], JobResumed) and numbers(resumed) == [at + 1]


def test_stopping_closes_the_job_and_its_cleaning_up_is_done(runner, post):
    cleaned = threading.Event()

    def job(_session):
        try:
            yield from counting(None)
        finally:
            cleaned.set()

    number = runner.submit(job)
    post.until(Count)
    runner.stop(number)
    assert post.until(JobEnded)[-1] == JobEnded(outcome="stopped")
    assert cleaned.is_set()


def test_the_newest_job_has_the_next_turn_and_then_all_take_turns(runner, post):
    long = runner.submit(counting)
    post.until(Count)
    quick = runner.submit(counting, 5)
    order = []
    while (quick, JobEnded(outcome="done")) not in order:
        order.append(tuple(post.letters.get(timeout=10)))
    begun = order.index((quick, JobStarted()))
    assert order[begun + 1] == (quick, Count(number=1))
    turns = [job for job, message in order[begun:] if isinstance(message, Count | Dozen)]
    assert turns == [quick, long] * 5
    runner.stop(long)


def test_changes_reach_the_job_at_its_next_turn_and_the_newer_value_wins(runner, post):
    received = []

    def listening(_session):
        while True:
            received.append((yield Count(number=len(received))))

    number = runner.submit(listening)
    runner.pause(number)
    runner.change(number, {"rate": 1.0, "dropout": 0.5})
    runner.change(number, {"rate": 2.0})
    post.until(JobPaused)
    for _ in range(2):  # the first turn of a generator takes nothing in
        runner.step(number, until=Count)
        post.until(JobPaused)
    assert {"rate": 2.0, "dropout": 0.5} in received


def test_a_paced_job_leaves_time_between_its_turns_and_a_fast_pace_holds_up_nothing(runner, post):
    number = runner.submit(counting)
    runner.pace(number, 1 / 60)
    runner.pause(number)
    post.until(JobPaused)
    runner.resume(number)
    post.until(JobResumed)
    quick = runner.submit(counting, 100)
    runner.pace(quick, 1e9)
    turns = list(iter(post.letters.get, Letter(quick, JobEnded(outcome="done"))))
    assert len(numbers(letter.message for letter in turns if letter.job == quick)) == 100
    assert len([letter for letter in turns if letter.job == number]) <= 1


def test_whatever_a_job_raises_is_reported_and_leaves_the_thread_alive(runner, post):
    def failing(_session, error):
        yield Count(number=1)
        raise error

    for error in (ValueError("no"), SystemExit(3), KeyboardInterrupt()):
        *_, failed, ended = post.until(JobEnded, runner.submit(failing, error))
        assert isinstance(failed, JobFailed) and type(error).__name__ in failed.details
        assert ended == JobEnded(outcome="failed")
    _, failed, _ = post.until(JobEnded, runner.submit(counting, 1, 2, 3))
    assert "TypeError" in failed.details, "wrong arguments"

    mendable = UserError("There is no such file.", hint="Choose another.")
    *_, failed, _ = post.until(JobEnded, runner.submit(failing, mendable))
    assert failed == JobFailed(sentence="There is no such file.", hint="Choose another."), "without a traceback"
    told = post.until(JobEnded, runner.submit(failing, NotYetError("There is no run A.")))
    assert told[1:] == [Count(number=1), JobEnded(outcome="done")], "its quiet end"

    def untidy(_session):
        try:
            yield from counting(None)
        finally:
            raise RuntimeError("spilt")

    number = runner.submit(untidy)
    post.until(Count)
    runner.stop(number)
    failed = next(message for message in post.until(JobEnded, number) if isinstance(message, JobFailed))
    assert "spilt" in failed.details
    assert numbers(post.until(JobEnded, runner.submit(counting, 2))) == [1, 2]


def test_orders_for_a_job_that_has_ended_are_harmless(runner, post):
    number = runner.submit(counting, 1)
    post.until(JobEnded)
    for order in (runner.pause, runner.resume, runner.stop):
        order(number)
    runner.step(number, until=Count)
    runner.change(number, {"rate": 1.0})
    runner.pace(number, None)
    assert numbers(post.until(JobEnded, runner.submit(counting, 1))) == [1]


def test_after_its_last_turn_the_engine_rests_once_until_something_is_done_again(post, monkeypatch):
    rests = queue.Queue()
    monkeypatch.setattr("engine.core.runner.REST_SECONDS", 0.01)
    runner = Runner(None, post, at_rest=lambda: rests.put(threading.current_thread().name))
    for _ in range(2):
        paused = runner.submit(counting)
        runner.step(paused, until=Dozen)
        post.until(JobPaused, paused)
        assert rests.get(timeout=10) == "engine"
    with pytest.raises(queue.Empty):
        rests.get(timeout=0.1)
    assert runner.close() and rests.empty()


def test_closing_stops_every_job_and_then_does_what_is_to_be_done_at_the_end_on_the_engine_thread(post):
    seen = []

    def at_end():
        ended = [letter.job for letter in post.letters.queue if letter.message == JobEnded(outcome="stopped")]
        seen.append((threading.current_thread().name, sorted(ended)))

    runner = Runner(None, post, at_end)
    first, second = runner.submit(counting), runner.submit(counting)
    runner.pause(first)
    post.until(Count, second)
    assert seen == []
    assert runner.close()
    assert seen == [("engine", [first, second])]


@pytest.mark.parametrize("error", [ValueError("the disk is gone"), SystemExit("the disk is gone")])
def test_what_fails_at_the_end_is_logged_and_the_thread_ends(post, caplog, error):
    assert Runner(None, post, refusing(error)).close()
    assert "the disk is gone" in caplog.text


def test_what_is_done_at_the_end_has_more_time_than_the_last_turn(post):
    started, done = threading.Event(), threading.Event()

    def at_end():
        started.set()
        done.wait(10)

    runner = Runner(None, post, at_end)
    runner.close(0)
    assert started.wait(10)
    end = threading.Timer(0.1, done.set)
    end.start()
    assert runner.close(0) and done.is_set(), "a last turn would have no time at all"
    end.join()


def test_a_turn_that_does_not_end_is_not_waited_for_longer_than_asked(post):
    entered, leave, ended = threading.Event(), threading.Event(), threading.Event()

    def stuck(_session):
        entered.set()
        leave.wait(10)
        yield None

    runner = Runner(None, post, ended.set)
    runner.submit(stuck)
    assert entered.wait(10)
    assert not runner.close(0.05) and not ended.is_set()
    leave.set()
    assert runner.close() and ended.is_set()


def test_a_job_that_rests_leaves_the_turns_to_others_and_nobody_hears_of_it(runner, post):
    turns = []

    def waiting(_session):
        while True:
            turns.append("waiting")
            yield Rest(seconds=30)
            yield Count(number=len(turns))

    resting = runner.submit(waiting)
    post.until(JobStarted, resting)
    runner.submit(counting, 50)
    told = post.until(JobEnded)
    assert len(turns) == 1 and len([each for each in told if isinstance(each, Count)]) == 50
    runner.step(resting, Count)  # a person does not wait for it
    told += post.until(JobPaused, resting)
    assert not any(isinstance(each, Rest) for each in told) and len(turns) == 1


def test_who_waits_for_an_answer_rests_while_the_job_does(monkeypatch):
    def waiting():
        yield Rest(seconds=30)
        yield Count(number=1)
        yield Rest(seconds=4)
        yield Count(number=2)
        yield Dozen(number=0)

    rests = []
    monkeypatch.setattr("time.sleep", rests.append)
    assert answer(waiting(), Count) == Count(number=2) and rests == [30, 4]
