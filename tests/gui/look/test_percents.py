"""Shares in percent: nothing is rounded to all or to none."""

import pytest

from gui.look.percents import fine_percent, percent, probability_text


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [
        (0.978, 1, "97.8 %"),
        (0.9996, 1, "99.9 %"),
        (1.0, 1, "100.0 %"),
        (0.99999, 2, "99.99 %"),
        (1e-9, 1, "0.1 %"),
        (0.0, 1, "0.0 %"),
        (0.5, 0, "50 %"),
        (float("nan"), 1, "–"),
    ],
)
def test_only_what_is_whole_is_all_and_only_what_is_nothing_is_none(share, digits, text):
    assert percent(share, digits) == text


def test_one_image_more_or_less_is_seen_whatever_their_number():
    for images in (10, 400, 10_000, 60_000):
        told = {fine_percent(right / images, images) for right in range(images - 5, images + 1)}
        assert len(told) == 6


def test_no_probability_is_certain():
    wanted = ["< 0.01 %", "12.35 %", "> 99.99 %", "> 99.99 %"]
    assert [probability_text(p) for p in (0.0, 0.12345, 0.99995, 1.0)] == wanted
