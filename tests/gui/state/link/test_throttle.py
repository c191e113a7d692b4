"""Wishes that come faster than they can be granted."""

import pytest
from PySide6.QtCore import QObject

from gui.state.link.clock import Throttle
from tests.gui.fake_clock import FakeClock


class World:
    def __init__(self):
        self.clock, self.parent, self.wish, self.done = FakeClock(), QObject(), 0, []
        self.throttle = Throttle(lambda: self.done.append(self.wish), 40, self.parent, clock=self.clock)

    def want(self, wish):
        self.wish = wish
        self.throttle.want()


@pytest.fixture
def world(qapp):
    return World()


def test_the_first_wish_is_granted_at_once_the_others_once_a_period_and_the_last_one_always(world):
    for wish in range(100):
        world.want(wish)
        world.clock.advance(1)
    world.clock.advance(40)
    assert world.done == [0, 39, 79, 99]


def test_a_wish_can_be_taken_back(world):
    world.want(1)
    world.want(2)
    world.throttle.forget()
    world.clock.advance(1000)
    assert world.done == [1]
