"""A hand-out that is being written: its words, its end, and giving it up."""

import pytest

from engine.core.messages import JobEnded
from engine.export.handout.messages import HandoutWriting
from gui.state.notices import Notices
from gui.state.training.ongoing import Handouts
from tests.gui.worlds import World


def write():
    """Stands for the job: the engine of these tests runs nothing."""


@pytest.fixture
def world():
    return World()


@pytest.fixture
def notices():
    return Notices()


@pytest.fixture
def handouts(world, notices):
    return Handouts(world.bridge, notices)


def say(world, share, job=1, file="out.html"):
    world.say(HandoutWriting(file=file, share=share), job=job)


def test_it_says_which_file_and_how_far_it_is_until_it_is_done(world, handouts):
    handouts.write(write, "given")
    assert world.runner.jobs == [(write, ("given",))] and handouts.words == ""
    say(world, 0.256)
    assert handouts.words == "Writing out.html… 26 %"
    world.say(JobEnded(outcome="done"), job=1)
    assert handouts.words == ""


def test_one_that_is_given_up_is_stopped_and_a_sentence_says_so(world, handouts, notices):
    handouts.write(write)
    say(world, 0.5, file="a\nb.html")
    handouts.give_up()
    assert world.runner.stopped == [1] and handouts.words == ""
    assert notices.current.text == "a?b.html was not written."
    say(world, 0.6)
    assert handouts.words == "", "what it still had to say"


def test_a_newer_one_takes_the_place_of_one_that_is_not_done(world, handouts):
    handouts.write(write)
    handouts.write(write)
    assert world.runner.stopped == [1]
    say(world, 0.1, job=1, file="old.html")
    assert handouts.words == ""
    say(world, 0.1, job=2, file="new.html")
    assert handouts.words == "Writing new.html… 10 %"
    world.say(JobEnded(outcome="stopped"), job=1)
    assert handouts.words


def test_with_nothing_to_give_up_nothing_is_said(handouts, notices):
    handouts.give_up()
    assert notices.current is None
