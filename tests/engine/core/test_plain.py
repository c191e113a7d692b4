"""What plain values of a file may be: both ends belong to a range, and nothing is taken for something else."""

import math

import pytest

from engine.core.plain import LARGEST, flag, named, real, several, whole, word

TAKEN = [
    *[(whole, (value, 2, 5)) for value in (2, 3, 5)],
    *[(real, (value, -1, 1)) for value in (-1, -0.5, 0, 1, 1.0)],
    *[(real, (value,)) for value in (LARGEST, -LARGEST)],
    *[(word, (text, 3)) for text in ("", "abc")],
    *[(flag, (value,)) for value in (True, False)],
    *[(several, (values, 1, 2)) for values in ([0], [0, None])],
    *[(named, (values, 1)) for values in ({}, {"a": 1})],
    (named, ({"a": 1, "b": 2},)),
]

REFUSED = [
    *[(whole, (value, 2, 5)) for value in (1, 6, 3.0, True, "3", None)],
    *[(real, (value, -1, 1)) for value in (-1.01, 2, math.nan, math.inf, True, "0", None)],
    *[(real, (value,)) for value in (2 * LARGEST, math.inf, math.nan)],
    *[(word, (text, 3)) for text in ("abcd", b"abc", 3, None)],
    *[(flag, (value,)) for value in (0, 1, "true", None)],
    *[(several, (values, 1, 2)) for values in ([], [0, 0, 0], (0,), "a", None)],
    *[(named, (values, 1)) for values in ({"a": 1, "b": 2}, [], None)],
]


def test_a_value_up_to_both_ends_is_taken_as_it_is():
    for check, words in TAKEN:
        assert check(*words) == words[0], (check, words)
    assert type(real(1, 0, 2)) is float, "a whole number where any number may be"


def test_a_value_beyond_an_end_or_of_another_type_is_refused():
    for check, words in REFUSED:
        with pytest.raises(ValueError, match=r"no|true"):
            check(*words)
