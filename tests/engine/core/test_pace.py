"""How many steps a turn takes follows from how long the last one took."""

from engine.core.messages import Pace


def test_a_turn_takes_as_many_steps_as_fill_its_time():
    pace = Pace(0.02, 10, most=100)
    pace.fit(10, 0.0125)
    assert pace.size == 16
    pace.fit(16, 0.08)
    assert pace.size == 4


def test_it_grows_by_its_factor_at_most_because_a_first_turn_may_be_fast():
    pace = Pace(0.02, most=100, growth=4)
    sizes = []
    for _ in range(5):
        pace.fit(pace.size, 0.0)
        sizes.append(pace.size)
    assert sizes == [4, 16, 64, 100, 100]


def test_there_is_always_something_done():
    pace = Pace(0.02, 32, least=8, most=100)
    pace.fit(32, 60.0)
    assert pace.size == 8


def test_a_turn_that_somebody_waits_for_is_shorter():
    pace = Pace(0.02, 91, least=2, most=100)
    pace.shorten(3)
    assert pace.size == 30
    pace.shorten(100)
    assert pace.size == 2
