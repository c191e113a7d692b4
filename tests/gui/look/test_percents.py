"""Shares in percent: nothing is rounded to all or to none."""

from gui.look.percents import fine_percent, percent, probability_text


def test_only_what_is_whole_is_all_and_only_what_is_nothing_is_none():
    shares = {0.978: "97.8 %", 0.9996: "99.9 %", 1.0: "100.0 %", 1e-9: "0.1 %", 0.0: "0.0 %", float("nan"): "–"}
    assert [percent(share, 1) for share in shares] == [*shares.values()]
    assert (percent(0.99999, 2), percent(0.5, 0)) == ("99.99 %", "50 %")


def test_one_image_more_or_less_is_seen_whatever_their_number():
    for images in (10, 400, 10_000, 60_000):
        told = {fine_percent(right / images, images) for right in range(images - 5, images + 1)}
        assert len(told) == 6


def test_no_probability_is_certain():
    wanted = ["< 0.01 %", "12.35 %", "> 99.99 %", "> 99.99 %"]
    assert [probability_text(p) for p in (0.0, 0.12345, 0.99995, 1.0)] == wanted
