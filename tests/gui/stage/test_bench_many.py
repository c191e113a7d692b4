"""The benchmark of many runs: every figure is there, and what is extrapolated lies on the line through the others."""

import pytest

from bench.window.many import EACH, WORDS, extrapolated, lines, measure


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_all_figures_are_measured_and_said():
    figures = measure(1, (3, 6), 9)
    for count in ("3", "6"):
        assert figures[count].keys() == WORDS.keys()
        assert all(value > 0 for name, value in figures[count].items() if name != "window_mb")
    assert "sort_ms" in figures["9"] and "open_seconds" not in figures["9"]
    told = lines(figures)
    assert len(told) == 2 + len(WORDS) and "3 runs" in told[1] and "100,000" in told[1]


def test_what_is_told_for_each_run_stays_and_the_rest_goes_on_along_the_line():
    assert extrapolated("open_seconds", (100, 1_000), (1.0, 10.0)) == pytest.approx(1_000)
    assert extrapolated("open_seconds", (100, 1_000), (10.0, 9.0)) == 9
    assert {extrapolated(name, (100, 1_000), (1.0, 3.0)) for name in EACH} == {3.0}
