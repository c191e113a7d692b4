"""What is said of data that are read for long: nothing at first, then which and how far, nothing once it is over."""

import pytest

from engine.core.messages import JobEnded
from engine.data.formats.reading import DatasetReading
from gui.state.notices import Notices
from gui.state.training.ongoing import QUIET_MS, DataReading
from tests.gui.fake_clock import FakeClock
from tests.gui.fake_engine import dataset_opened


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def notices(qapp):
    return Notices()


@pytest.fixture
def reading(bridge, notices, clock):
    return DataReading(bridge, notices, clock=clock)


@pytest.fixture
def tell(bridge, mailbox):
    def tell(job, message):
        mailbox.post(job, message)
        bridge.deliver()

    return tell


def read(share, file="mnist.npz"):
    return DatasetReading(file=file, share=share)


def test_what_is_read_soon_is_not_worth_a_word(reading, tell, clock):
    tell(1, read(0.2))
    clock.advance(QUIET_MS - 1)
    tell(1, read(0.9))
    assert reading.words == ""
    tell(1, dataset_opened())
    tell(2, read(0.1))
    clock.advance(QUIET_MS - 1)
    assert reading.words == ""


def test_what_is_read_for_long_is_said_with_its_share(reading, tell, clock):
    told = []
    reading.changed.connect(lambda: told.append(reading.words))
    tell(1, read(0.2))
    clock.advance(QUIET_MS)
    tell(1, read(0.204))
    tell(1, read(0.5))
    tell(1, dataset_opened())
    assert told == ["Opening mnist.npz… 20 %", "Opening mnist.npz… 50 %", ""]


@pytest.mark.parametrize("outcome", ["done", "stopped", "failed"])
def test_it_is_over_when_the_job_is_whatever_its_end(reading, notices, tell, clock, outcome):
    reading.follow(1, read(0))
    clock.advance(QUIET_MS)
    assert reading.words == "Opening mnist.npz…", "before it is begun no share is known"
    tell(2, JobEnded(outcome="done"))
    assert reading.words
    tell(1, JobEnded(outcome=outcome))
    assert reading.words == "" and not notices.history


def test_of_two_the_one_that_was_wanted_last_is_shown_and_given_up(reading, notices, bridge, tell, clock):
    def endless(session, file):
        while True:
            yield read(0.5, file)

    first, second = (bridge.submit(endless, file) for file in ("a.npz", "b.npz"))
    for job, file in ((first, "a.npz"), (second, "b.npz")):
        reading.follow(job, read(0, file))
    clock.advance(QUIET_MS)
    assert reading.words.startswith("Opening b.npz…")
    ended = []
    bridge.listen(JobEnded, lambda message: ended.append((bridge.told_by, message.outcome)))
    for job, shown in ((second, "Opening a.npz… 50 %"), (first, "")):
        reading.give_up()
        while (job, "stopped") not in ended:
            bridge.deliver()
        assert reading.words == shown
    assert [line.sentence for line in notices.history] == ["a.npz was not opened."]
    tell(7, read(0))
    assert notices.current is None, "another one is opened, so that is no news any more"


@pytest.mark.parametrize("outcome", ["done", "failed"])
def test_what_ends_just_when_it_is_given_up_is_not_said_to_be(reading, notices, tell, clock, outcome):
    reading.follow(1, read(0.9))
    clock.advance(QUIET_MS)
    reading.give_up()
    tell(1, JobEnded(outcome=outcome))
    assert reading.words == "" and not notices.history


def test_nothing_is_given_up_where_nothing_is_read(reading, bridge, tell):
    tell(1, read(0.5))
    tell(1, dataset_opened())
    reading.give_up()
    assert reading.words == ""


def test_a_name_that_turns_lines_is_shown_as_one_line(reading, clock):
    reading.follow(1, read(0, "a\nb\u202ec\udcff.npz"))
    clock.advance(QUIET_MS)
    assert reading.words == "Opening a?b?c?.npz…"
