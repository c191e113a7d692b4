"""How numbers are written: what rounds to zero has no sign, and all else is as Python formats it."""

import math

from hypothesis import given
from hypothesis import strategies as st

from engine.core.knobs import in_sentence, plain_number
from engine.core.text import (
    accuracy_words,
    fine_percent,
    in_percent,
    number,
    percent,
    plain,
    plural,
    say_epoch,
    written,
)

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


@given(ANY)
def test_a_number_as_one_writes_it_by_hand_is_no_signed_zero(value):
    assert plain_number(value).strip("-0.,") or not plain_number(value).startswith("-")


SAID = [
    *[(written(-0.004, form), "0.00") for form in (".2f", "+.2f")],
    (written(-0.0, "9.4f"), "   0.0000"),
    (written(-1.5, "+.2f"), "−1.50"),
    *[(percent(share), text) for share, text in [(0.98123, "98.1 %"), (1, "100.0 %"), (0.99999, "99.9 %")]],
    *[(percent(share), text) for share, text in [(0, "0.0 %"), (1e-6, "0.1 %"), (math.nan, "–"), (2, "200.0 %")]],
    *[(fine_percent(0.5, images), text) for images, text in [(0, "50.0 %"), (1_000, "50.0 %"), (1_001, "50.00 %")]],
    *[(fine_percent(0.5, images), text) for images, text in [(10_000, "50.00 %"), (10_001, "50.000 %")]],
    (fine_percent(0.5, None), "50.00 %"),
    (in_percent(-0.001), "0 %"),
    (accuracy_words(0.974, 1_000), "97.4 % of 1,000 test images"),
    (accuracy_words(0.974, None), "97.40 % of the test images"),
    *[
        (plural(count, "run"), text)
        for count, text in [(0, "0 runs"), (1, "1 run"), (2, "2 runs"), (1_400, "1,400 runs")]
    ],
    *[(say_epoch(step, 100), f"epoch {text}") for step, text in [(0, "0.0"), (9, "0.090"), (10, "0.1"), (700, "7.0")]],
    *[(number(value), value if value == 1.5 else None) for value in (1.5, math.inf, -math.inf, math.nan)],
    *[(plain_number(value), text) for value, text in [(1e15, "1e+15"), (1e15 - 1, "999,999,999,999,999")]],
    *[(plain_number(value), text) for value, text in [(1e-9, "0.000000001"), (9e-10, "9e-10"), (math.inf, "inf")]],
    (plain_number(1_234.0, grouped=False), "1234"),
    *[
        (in_sentence(title), text)
        for title, text in [("L2", "L2"), ("Learning rate", "learning rate"), ("MNIST", "MNIST")]
    ],
]


def test_shares_counts_and_steps_are_said_as_precisely_as_they_are_known():
    assert [(said, wanted) for said, wanted in SAID if said != wanted] == []
