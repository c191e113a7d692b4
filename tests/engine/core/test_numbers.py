"""How numbers are written: what rounds to zero has no sign, and all else is as Python formats it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.knobs import plain_number
from engine.core.numbers import plain, written

FORMS = (".0f", ".2f", "+.2f", ",.3f", ".3g", "+.3g", "#.4g", "+.2e", ",.0f", "9.4f", ">10.4f")
NEAR_ZERO = st.floats(-0.01, 0.01) | st.sampled_from([-0.0, -1e-300, -0.004, -0.005, -0.00049])
ANY = st.floats(allow_nan=False, allow_infinity=False) | NEAR_ZERO


@given(ANY, st.sampled_from(FORMS))
def test_no_number_is_a_signed_zero_and_all_others_are_as_they_were(value, form):
    text, usual = plain(value, form), format(value, form)
    if set(usual.partition("e")[0]) & set("123456789"):
        assert text == usual
    else:
        assert not text.strip().startswith(("+", "-"))
        assert float(text) == 0.0
    assert written(value, form) == text.replace("-", "−")


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [(-0.004, ".2f", "0.00"), (-0.004, "+.2f", "0.00"), (-0.0, "9.4f", "   0.0000"), (-1.5, "+.2f", "−1.50")],
)
def test_how_some_are_written(value, form, text):
    assert written(value, form) == text


@given(ANY)
def test_a_number_as_one_writes_it_by_hand_is_no_signed_zero(value):
    assert plain_number(value).strip("-0.,") or not plain_number(value).startswith("-")
