"""Wishes that come faster than they can be granted."""

from PySide6.QtCore import QObject

from gui.state.link.clock import Throttle
from tests.gui.fake_clock import FakeClock


def test_the_first_wish_is_granted_at_once_the_others_once_a_period_and_the_last_one_if_it_is_not_taken_back(qapp):
    clock, parent, granted, wishes = FakeClock(), QObject(), [], []
    throttle = Throttle(lambda: granted.append(wishes[-1]), 40, parent, clock=clock)

    def want(wish):
        wishes.append(wish)
        throttle.want()

    for wish in range(100):
        want(wish)
        clock.advance(1)
    clock.advance(40)
    assert granted == [0, 39, 79, 99]

    clock.advance(40)
    want(100)
    want(101)
    throttle.forget()
    clock.advance(1000)
    assert granted[4:] == [100]
