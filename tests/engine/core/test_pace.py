"""How many steps a turn takes follows from how long the last one took."""

from engine.core.messages import Pace


def test_a_turn_takes_as_many_steps_as_fill_its_time_and_one_at_least():
    pace = Pace(0.02, most=100, growth=16)
    for size, seconds, wanted in ((10, 0.0125, 16), (16, 0.08, 4), (4, 60.0, 1)):
        pace.fit(size, seconds)
        assert pace.size == wanted


def test_it_grows_by_its_factor_at_most_because_a_first_turn_may_be_fast():
    pace = Pace(0.02, most=100, growth=4)
    sizes = []
    for _ in range(5):
        pace.fit(pace.size, 0.0)
        sizes.append(pace.size)
    assert sizes == [4, 16, 64, 100, 100]


def test_a_turn_that_somebody_waits_for_is_shorter():
    pace = Pace(0.02, most=91, growth=91)
    pace.fit(91, 0.02)
    for divisor, size in ((3, 30), (100, 1)):
        pace.shorten(divisor)
        assert pace.size == size
